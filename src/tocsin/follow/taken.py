"""What a follower took and what became of it, in numbers that others may show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Protocol

from tocsin.journal.frame import Frame, Kind

Line = bytes
"""An event as JSON, without a line break."""

Name = tuple[str, str]
"""``_index`` and ``_id`` of an event, empty where it has none."""


LONGEST = 8_192
"""Characters of a source that are kept; longer than any path that systems take."""


class Writer(Protocol):
    """What a follower needs of a journal."""

    def append(self, frame: Frame) -> int:
        """Make a frame durable; the position behind it."""
        ...


@dataclass(slots=True)
class Counts:
    """What a follower did since it began.

    ``behind``: bytes or messages that are known to wait. ``failures``: times that a source could
    not be read or the journal could not be written; ``problem``: the last of them in words, empty
    once it is over.
    """

    events: int = 0
    bytes: int = 0
    rejected: int = 0
    frames: int = 0
    files: int = 0
    begun: int = 0
    truncated: int = 0
    rotated: int = 0
    behind: int = 0
    failures: int = 0
    problem: str = ""

    def shown(self) -> dict[str, int | str]:
        """The same as a mapping."""
        return asdict(self)

    def failed(self, problem: str) -> None:
        """Count a failure and keep its words."""
        self.failures += 1
        self.problem = problem

    def took(self, lines: Sequence[Line]) -> None:
        """Count events that are in the journal."""
        self.frames += 1
        self.events += len(lines)
        self.bytes += sum(map(len, lines))


class Follower(Protocol):
    """A source that is asked again and again."""

    name: str
    counts: Counts

    def step(self, now: int, clock: float) -> bool:
        """Take what is there, up to a batch.

        Parameters
        ----------
        now
            The wall clock, in milliseconds since 1970: when events are accepted.
        clock
            A clock in seconds that never goes back: how long something has been waited for.

        Returns
        -------
            Whether anything was done; if not, the caller waits before it asks again.
        """
        ...

    def close(self) -> None:
        """Let go of files and connections; what is not in the journal is taken next time."""
        ...


def frame_of(
    source: str,
    lines: Sequence[bytes],
    names: Sequence[Name] | None,
    now: int,
    note: bytes = b"",
) -> Frame:
    """The frame of some events, accepted at ``now``; names are left out where no event has one.

    ``source`` may be any text, as the name of a file may be: a frame's stands on one line.
    """
    named = names is not None and any(index or name for index, name in names)
    shown = source[:LONGEST].replace("\n", "\N{REPLACEMENT CHARACTER}")
    return Frame(
        Kind.EVENTS, now, shown, tuple(lines), tuple(names or ()) if named else None, note=note
    )
