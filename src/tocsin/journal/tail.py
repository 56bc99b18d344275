"""What stands at the end of a journal when it is opened to be written."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tocsin.journal.frame import Kind

if TYPE_CHECKING:
    from tocsin.journal.reading import Reading
    from tocsin.journal.segments import Segment


class Tail(NamedTuple):
    """The end of the last segment.

    ``end``: the position behind its last sound frame. ``behind``: bytes that stand behind it.
    ``accepted``: the last frame's time, 0 if there is none.
    """

    end: int
    behind: int
    accepted: int


def tail(reading: Reading, segment: Segment) -> Tail:
    """Read the last segment whole; damage between sound frames stays for readers to meet."""
    size = segment.path.stat().st_size
    limit = segment.first + size
    end, accepted = segment.first, 0
    position = segment.first
    while position < limit:
        for placed in reading.read(position, limit, 8 << 20):
            position = placed.position
            if placed.frame.kind != Kind.GAP:
                end, accepted = position, placed.frame.accepted
    return Tail(end, limit - end, accepted)


def last_accepted(reading: Reading, segments: list[Segment]) -> int:
    """When the last readable frame of finished segments was accepted; 0 if there is none."""
    for segment in reversed(segments):
        limit = segment.first + segment.path.stat().st_size
        times = [header.accepted for _, header in reading.headers(segment, segment.first, limit)]
        if times:
            return max(times)
    return 0
