"""The files of a journal, named by the position of their first byte.

A segment ends where the next one begins, whatever stands behind that in its file: so a file whose
end cannot be trusted any more is closed off by beginning the next one.
"""

from __future__ import annotations

from bisect import bisect_right
from pathlib import Path
from typing import NamedTuple

SUFFIX = ".journal"
_DIGITS = 20


class Segment(NamedTuple):
    """A file: where it begins, and where the next one does (None: it is the last)."""

    first: int
    next: int | None
    path: Path


def segment_path(folder: Path, first: int) -> Path:
    """The file of the segment that begins at a position."""
    return folder / f"{first:0{_DIGITS}d}{SUFFIX}"


class Segments:
    """The segments of a folder, in order."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.firsts: list[int] = []
        self.look()

    def look(self) -> None:
        """Look again which there are."""
        names = (path.name for path in self.folder.glob("*" + SUFFIX))
        stems = (name.removesuffix(SUFFIX) for name in names)
        self.firsts = sorted(int(stem) for stem in stems if len(stem) == _DIGITS and _digits(stem))

    def add(self, first: int) -> None:
        """A segment was made at the end."""
        if not self.firsts or self.firsts[-1] < first:
            self.firsts = [*self.firsts, first]

    def remove(self, first: int) -> None:
        """A segment was removed."""
        self.firsts = [other for other in self.firsts if other != first]

    def holding(self, position: int) -> Segment | None:
        """The segment whose range has this position; None if all begin behind it."""
        firsts = self.firsts
        at = bisect_right(firsts, position) - 1
        if at < 0:
            return None
        later = firsts[at + 1] if at + 1 < len(firsts) else None
        return Segment(firsts[at], later, segment_path(self.folder, firsts[at]))

    def all(self) -> list[Segment]:
        """All of them."""
        firsts = self.firsts
        ends = [*firsts[1:], None]
        return [
            Segment(first, end, segment_path(self.folder, first))
            for first, end in zip(firsts, ends, strict=False)
        ]


def _digits(text: str) -> bool:
    return text.isascii() and text.isdigit()
