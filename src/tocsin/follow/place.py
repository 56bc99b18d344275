"""How far a file was followed, and by what it is known again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from hashlib import blake2b
from typing import Any

WINDOW = 1024
"""Bytes by which a content is known: so many at its beginning, and so many before the place."""


@dataclass(frozen=True, slots=True)
class Place:
    """How far one content was followed. A content is what stands in a file until it is truncated.

    ``number``: its own, never given twice. ``path``: where it was seen last. ``device``, ``inode``:
    the file. ``head``, ``window``: fingerprints of its first ``headed`` bytes, and of up to
    `WINDOW` bytes before ``offset``. ``offset``: all before it is in the journal (decompressed
    bytes); ``done``: and so are these audit events beyond it. ``line``: the number of the line at
    the offset.
    """

    number: int
    path: str
    device: int
    inode: int
    headed: int
    head: str
    offset: int = 0
    window: str = ""
    line: int = 1
    done: Mapping[str, int] = field(default_factory=dict)

    @property
    def file(self) -> tuple[int, int]:
        """Device and inode."""
        return self.device, self.inode

    def moved(self, path: str, device: int, inode: int) -> Place:
        """The same content in another file."""
        return replace(self, path=path, device=device, inode=inode)

    def shown(self) -> dict[str, Any]:
        """The place as JSON takes it."""
        return asdict(self)


def place_of(told: Mapping[str, Any]) -> Place | None:
    """The place that `Place.shown` told of; None for anything else."""
    try:
        place = Place(**told)
        whole = (place.number, place.device, place.inode, place.headed, place.offset, place.line)
        texts = (place.path, place.head, place.window)
        fine = all(isinstance(number, int) for number in whole) and all(
            isinstance(text, str) for text in texts
        )
        done = {str(name): int(last) for name, last in dict(place.done).items()}
    except (TypeError, ValueError):
        return None
    return replace(place, done=done) if fine and place.offset >= 0 <= place.headed else None


def fingerprint(content: bytes) -> str:
    """A short name of some bytes."""
    return blake2b(content, digest_size=12).hexdigest()
