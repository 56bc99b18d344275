"""One content that is followed: whole lines in, events and the place behind them out."""

from __future__ import annotations

import io
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from tocsin.follow.content import Content, Packed, State, first_text, head_of, holds
from tocsin.follow.discover import log_of
from tocsin.follow.joining import Joining
from tocsin.follow.lines import events_of
from tocsin.follow.place import WINDOW, Place, fingerprint
from tocsin.inputs.format import AHEAD, Finding, Format, detect
from tocsin.inputs.stream import ByteStream

if TYPE_CHECKING:
    from collections.abc import Callable

    from tocsin.follow.taken import Name
    from tocsin.inputs.report import RejectHook

CHUNK = 1 << 20
"""Bytes that are read of a file at once."""

LONGEST = 16 << 20
"""The longest line of a file that is followed, in bytes."""

TOO_LONG = "longer than 16 MiB"


class Took(NamedTuple):
    """Events, what they are called, and the place behind them; no events where all were refused."""

    lines: list[bytes]
    names: list[Name]
    place: Place


@dataclass(slots=True)
class Round:
    """What was read of several files for one frame."""

    lines: list[bytes] = field(default_factory=list)
    names: list[Name] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    sources: set[str] = field(default_factory=set)
    size: int = 0

    def add(self, took: Took, path: str) -> None:
        """Take in what a file said."""
        self.places.append(took.place)
        self.lines += took.lines
        self.names += took.names or [("", "")] * len(took.lines)
        self.size += sum(map(len, took.lines))
        if took.lines:
            self.sources.add(path)


ADVICE = (
    "this looks like a JSON list, or objects over several lines: have each event written to one "
    "line, or read the file with `tocsin scan`"
)
"""What is said where no line of a file of JSON is an event."""


@dataclass(slots=True, eq=False)
class Tail:
    """A file and how far it was read.

    ``place`` is None until the first whole line; ``number`` gives it its own number.
    ``began`` tells the parts of a log apart: when the file had been written last as it was met.
    ``path`` is where the file was seen last, ``file`` its device and inode; ``content`` is None
    while the file is closed because nothing happens to it. ``ended``: nothing will come any more;
    ``refused``: why it cannot be followed; ``advice``: what to do, as no line is an event so far.
    ``torn``: a line is there that is not whole; ``since``: since when nothing was written, in
    seconds, until it was looked at whether that line is an event.
    """

    path: str
    file: tuple[int, int]
    content: Content | None
    place: Place | None
    number: Callable[[], int]
    reject: RejectHook
    position: int = 0
    line: int = 1
    ended: bool = False
    began: int = 0
    refused: str = ""
    advice: str = ""
    torn: bool = False
    since: float | None = None
    seen: State | None = None
    more: bool = True
    family: str = field(init=False)
    _joining: Joining | None = None
    _sure: bool = False
    _passing: bool = False

    def __post_init__(self) -> None:
        self.family = log_of(self.path)
        if self.place is not None:
            self.position, self.line = self.place.offset, self.place.line

    @property
    def waiting(self) -> bool:
        """Whether records wait for others of their event."""
        return self._joining is not None and self._joining.waiting

    @property
    def behind(self) -> int:
        """Bytes that are known to wait; of compressed files none are."""
        if self.content is None or self.content.packed:
            return 0
        return max(self.content.state.size - self.position, 0)

    def step(self, clock: float, *, last: bool = False, still: bool = False) -> Took | None:
        """The next whole lines.

        Parameters
        ----------
        clock
            Seconds: what has waited long enough is given although more might follow.
        last
            Nothing will be written any more: the rest is given out.
        still
            Nothing was written for a while: a last line without an end is given out if it is an
            event as it stands.

        Raises
        ------
        OSError
            The file cannot be read.
        """
        content = self.content
        if content is None or self.ended:
            return None
        state = content.state
        if state != self.seen:
            self.since = clock
        self.seen, self.more = state, False
        if still:
            self.since = None
        if not self._known(content, last=last, still=still):
            return None
        text = self._whole_lines(content)
        at_end = last and len(text) < CHUNK
        cut = self._end_of(text, content) if at_end else text.rfind(b"\n") + 1
        if still and cut < len(text) < CHUNK and self._is_event(text[cut:]):
            cut = len(text)
        self.more = cut > 0 and len(text) >= CHUNK
        self.torn = cut < len(text)
        if not cut and not at_end:
            return self._expired(content, clock)
        took = self._events(text[:cut], clock)
        self.position += cut
        self.line += text.count(b"\n", 0, cut)
        if at_end:
            self.ended = True
            self._stopped(content, text[cut:])
        return self._behind(content, took, last=at_end)

    def _known(self, content: Content, *, last: bool, still: bool) -> bool:
        """Whether the format is known, and one that can be followed."""
        if not self._sure:
            begin = first_text(content, 0)
            head = content.read(begin, AHEAD) if begin is not None else b""
            whole = bool(head.strip()) and (b"\n" in head or (still and self._is_event(head)))
            if begin is None or not head or not (last or whole or len(head) == AHEAD):
                self.torn = bool(head)
                self.ended = last
                if last:
                    self._stopped(content, head)
                return False
            found = detect(ByteStream(io.BytesIO(head))) if not content.packed else _inside(head)
            if found.format is Format.PARQUET:
                self.refused = "Parquet, which is scanned, not followed"
            elif found.format is Format.NONE:
                self.refused = found.reason
            self.advice = ADVICE if found.format is Format.VALUES else ""
            if found.format is Format.AUDIT:
                self._sure = True
                self._joining = Joining(self.place.done if self.place is not None else None)
            self.position = max(self.position, begin + found.skip)
        self.ended |= bool(self.refused)
        return not self.refused

    def _whole_lines(self, content: Content) -> bytes:
        """What stands at the position: some lines, or one that is longer than a chunk.

        A line that is too long is passed over, chunk by chunk.
        """
        size = CHUNK
        while True:
            text = content.read(self.position, size)
            if self._passing:
                found = text.find(b"\n") + 1
                self._passing = not found
                self.line += not self._passing
                self.position += found or len(text)
                if len(text) < size and self._passing:
                    return b""
            elif (
                text.startswith(b"\0")
                and not text.strip(b"\0")
                and first_text(content, self.position) is None
            ):
                return b""  # room that was made for what is to come
            elif len(text) < size or text.rfind(b"\n") >= 0:
                return text
            elif size > LONGEST:
                self._passing = True
                self.reject(self.path, self.line, TOO_LONG, text[:WINDOW])
                size = CHUNK
            else:
                size = min(4 * size, LONGEST + 1)

    def _events(self, text: bytes, clock: float) -> tuple[list[bytes], list[Name]]:
        if self._joining is not None:
            return self._records(self._joining, text, clock), []
        ended = text if text.endswith(b"\n") else text + b"\n"
        found = events_of(
            ended, self.path, self.line, self._advised if self.advice else self.reject
        )
        # As long as no line is an event, those that follow may tell that it is an audit log.
        if found[0]:
            self._sure, self.advice = True, ""
        return found

    def _advised(self, file: str, line: int, reason: str, content: bytes) -> None:
        """Refuse a line of JSON that stands on several lines, or is a list."""
        self.reject(file, line, f"{reason}; {self.advice}", content)

    def _records(self, joining: Joining, text: bytes, clock: float) -> list[bytes]:
        events: list[bytes] = []
        offset, line = self.position, self.line
        for record in text.split(b"\n"):
            events += joining.feed(record, offset, clock)
            for reason, content in joining.rejected():
                self.reject(self.path, line, reason, content)
            offset += len(record) + 1
            line += 1
        return events

    def _end_of(self, text: bytes, content: Content) -> int:
        """How much of a text that ends a content is whole.

        Of a compressed one that broke off more may come yet: its last line waits unless it is an
        event as it stands.
        """
        whole = text.rfind(b"\n") + 1
        if not isinstance(content, Packed) or content.trouble is None or whole == len(text):
            return len(text)
        return len(text) if self._is_event(text[whole:]) else whole

    def _is_event(self, text: bytes) -> bool:
        """Whether a line without its end is an event as it stands: nothing can follow in it."""
        if self._joining is not None:
            return False
        found, _ = events_of(text + b"\n", self.path, self.line, lambda *_: None)
        return bool(found)

    def _stopped(self, content: Content, torn: bytes) -> None:
        """Tell of a compressed file that broke off, within a line perhaps."""
        trouble = content.trouble if isinstance(content, Packed) else None
        if trouble is not None:
            self.reject(self.path, self.line, trouble, torn)

    def _expired(self, content: Content, clock: float) -> Took | None:
        """Events that have waited for more of their records long enough."""
        if self._joining is None or not self._joining.waiting:
            return None
        events = self._joining.expire(clock, torn=self.torn)
        return self._behind(content, (events, []), last=False) if events else None

    def _behind(
        self, content: Content, took: tuple[list[bytes], list[Name]], *, last: bool
    ) -> Took:
        """The events with the place behind them."""
        lines, names = took
        offset, line, done = self.position, self.line, {}
        if self._joining is not None:
            if last:
                lines = lines + self._joining.finish()
            offset = self._joining.place(self.position)
            done = self._joining.done
            line -= content.read(offset, self.position - offset).count(b"\n")
        place = self.place or self._first(content)
        if place.headed < min(WINDOW, offset):
            headed, head = head_of(content, offset)
            place = replace(place, headed=headed, head=head)
        back = min(WINDOW, offset)
        window = fingerprint(content.read(offset - back, back))
        self.place = replace(
            place, path=self.path, offset=offset, window=window, line=line, done=done
        )
        return Took(lines, names, self.place)

    def _first(self, content: Content) -> Place:
        """The place of a content that was never seen."""
        headed, head = head_of(content, self.position)
        device, inode = self.file
        return Place(self.number(), self.path, device, inode, headed, head)

    def quiet(self) -> bool:
        """Whether nothing happened to the file since it was read to its end."""
        if self.content is None:
            return True
        return self.content.state == self.seen and not (self.more or self.waiting)

    def rests(self, clock: float, seconds: float) -> bool:
        """Whether half a line is there, and nothing was written for so long."""
        return self.torn and self.since is not None and clock - self.since >= seconds

    def replaced(self) -> bool:
        """Whether the file holds another content now: it was truncated, or written anew."""
        if self.content is None or self.content.packed:
            return False
        if self.content.state.size < self.position:
            return True
        return self.place is not None and not holds(self.content, self.place)

    def restart(self) -> None:
        """Begin with another content in the same file."""
        if self.content is not None:
            self.began = self.content.state.changed
        self.place, self.position, self.line = None, 0, 1
        self.torn, self.more = False, True
        self._joining = None
        self._sure = self._passing = False

    def begin_at_end(self) -> Place | None:
        """Leave out the whole lines that are there; the place behind them."""
        if self.content is None:
            return None
        length = self.content.length
        back = min(length, AHEAD)
        text = self.content.read(length - back, back)
        self.position = length - back + text.rfind(b"\n") + 1
        self.line = 1 + sum(
            self.content.read(at, min(CHUNK, self.position - at)).count(b"\n")
            for at in range(0, self.position, CHUNK)
        )
        return self._behind(self.content, ([], []), last=False).place if self.position else None

    def break_off(self) -> Took | None:
        """The events that wait for records which will never come: the content is gone."""
        if self._joining is None or self.place is None:
            return None
        events = self._joining.finish()
        done = {**self.place.done, **self._joining.done}
        return Took(events, [], replace(self.place, done=done)) if events else None

    def close(self) -> None:
        """Let go of the file."""
        if self.content is not None:
            self.content.close()
            self.content = None


def _inside(head: bytes) -> Finding:
    """The format of decompressed bytes."""
    if head.startswith((b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd")):
        return Finding(Format.NONE, reason="compressed twice")
    return detect(ByteStream(io.BytesIO(head)))
