"""Messages of a broker as events: several lines each, judged like the lines of a file."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Generic, TypeVar

from tocsin.follow.lines import events_of
from tocsin.follow.taken import Counts, Name, Writer, frame_of
from tocsin.inputs.lines import is_json
from tocsin.journal.errors import JournalError

if TYPE_CHECKING:
    from tocsin.inputs.report import RejectHook
    from tocsin.journal.frame import Frame

M = TypeVar("M")

BATCH = 1000
"""Messages that are taken at once."""

FRAME = 8 << 20
"""About how many bytes one frame takes."""


class Messages(Generic[M]):
    """Writes messages into the journal, and only then has them acknowledged.

    If that is not possible, the same ones are kept until it is. A message that is delivered again,
    because its acknowledgement was lost, makes the same events again: the engine drops them.

    Parameters
    ----------
    name
        What the source is called.
    acknowledge
        Tells the broker that messages are safe.
    """

    def __init__(
        self,
        name: str,
        journal: Writer,
        reject: RejectHook,
        counts: Counts,
        acknowledge: Callable[[list[M]], None],
    ) -> None:
        self._name = name
        self._journal = journal
        self._tell = reject
        self._counts = counts
        self._acknowledge = acknowledge
        self._frames: list[Frame] = []
        self._messages: list[M] = []

    def settle(self) -> bool:
        """Write what waits; whether nothing waits any longer."""
        while self._frames:
            frame = self._frames[0]
            try:
                self._journal.append(frame)
            except JournalError as error:
                self._counts.failed(f"the journal takes nothing: {error}")
                return False
            del self._frames[0]
            self._counts.problem = ""
            self._counts.took(frame.lines)
        messages, self._messages = self._messages, []
        if messages:
            self._acknowledge(messages)
        return True

    def take(self, messages: list[M], told: Iterable[tuple[bytes, int]], now: int) -> None:
        """Take messages; ``told`` is what each says, and its number in the source."""
        lines: list[bytes] = []
        names: list[Name] = []
        size = 0
        for text, number in told:
            found, ids = events_of(_lines(text) + b"\n", self._name, number, self._reject)
            lines += found
            names += ids
            size += len(text)
            if size >= FRAME:
                self._frames.append(frame_of(self._name, lines, names, now))
                lines, names, size = [], [], 0
        if lines:
            self._frames.append(frame_of(self._name, lines, names, now))
        self._messages = messages
        self.settle()

    def _reject(self, file: str, line: int, reason: str, sample: bytes) -> None:
        self._counts.rejected += 1
        self._tell(file, line, reason, sample)


def _lines(text: bytes) -> bytes:
    """A message as lines: an object that stands on several is one, and none has a mark in front."""
    text = text.removeprefix(BOM_UTF8)
    first, _, rest = text.strip().partition(b"\n")
    if rest and first.startswith(b"{") and not is_json(first) and is_json(text):
        return text.replace(b"\r", b" ").replace(b"\n", b" ")
    return text
