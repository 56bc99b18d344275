"""Pages of Parquet files that were read and will be asked for again: alerts carry whole rows.

Reading and decompressing is most of what a row costs that is read again. All files of a process
share a bounded room.
"""

from __future__ import annotations

import weakref
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tocsin.columns.cells import Bytes
    from tocsin.inputs.page_header import Header
    from tocsin.inputs.segment import Texts

ROOM = 96 << 20
"""Bytes of pages that are kept at a time."""


class StoredPage(NamedTuple):
    """A page of data as it stood in the file, decompressed; the words of its dictionary."""

    told: Header
    body: Bytes
    words: Texts | None


class Room:
    """So many bytes, to be taken by whoever comes first."""

    def __init__(self, size: int) -> None:
        self._left = size
        self._lock = Lock()

    def take(self, size: int) -> bool:
        """Take some, if there is so much left."""
        with self._lock:
            if size > self._left:
                return False
            self._left -= size
            return True

    def give(self, sizes: Sequence[int]) -> None:
        """Give back what was taken."""
        with self._lock:
            self._left += sum(sizes)


SHARED = Room(ROOM)


class Gathering:
    """The pages of a column in a row group, in order, while there is room for all of them.

    Its room is given back when nobody has it any more.
    """

    def __init__(self, room: Room) -> None:
        self._room = room
        self._sizes: list[int] = []
        self.pages: list[StoredPage] = []
        weakref.finalize(self, room.give, self._sizes)

    def add(self, page: StoredPage) -> bool:
        """Have the next page too, if there is room."""
        size = page.body.nbytes
        if page.words is not None and (not self.pages or self.pages[-1].words is None):
            size += page.words.text.nbytes + page.words.ends.nbytes
        if not self._room.take(size):
            return False
        self._sizes.append(size)
        self.pages.append(page)
        return True


class PageStore:
    """The pages of a file's columns, row group by row group, as many as there is room for."""

    def __init__(self, room: Room = SHARED) -> None:
        self._room = room
        self._whole: dict[tuple[int, int], Gathering] = {}

    def get(self, column: int, group: int) -> Sequence[StoredPage] | None:
        """All pages of a column in a row group, in order, if they were kept."""
        found = self._whole.get((column, group))
        return None if found is None else found.pages

    def gathering(self) -> Gathering:
        """Where to put the pages of a column in a row group, one after the other."""
        return Gathering(self._room)

    def put(self, column: int, group: int, gathered: Gathering) -> None:
        """Keep all pages of a column in a row group, unless they are kept already."""
        self._whole.setdefault((column, group), gathered)
