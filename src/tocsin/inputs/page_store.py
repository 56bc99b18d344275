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


class PageStore:
    """The pages of a file's columns, row group by row group, as many as there is room for."""

    def __init__(self, room: Room = SHARED) -> None:
        self._room = room
        self._chunks: dict[tuple[int, int], Sequence[StoredPage]] = {}
        self._sizes: list[int] = []
        weakref.finalize(self, room.give, self._sizes)

    def get(self, column: int, group: int) -> Sequence[StoredPage] | None:
        """All pages of a column in a row group, in order, if they were kept."""
        return self._chunks.get((column, group))

    def put(self, column: int, group: int, pages: Sequence[StoredPage]) -> None:
        """Keep all pages of a column in a row group, if there is room."""
        if (column, group) in self._chunks:
            return
        words = {id(page.words): page.words for page in pages if page.words is not None}
        size = sum(page.body.nbytes for page in pages)
        size += sum(one.text.nbytes + one.ends.nbytes for one in words.values())
        if self._room.take(size):
            self._sizes.append(size)
            self._chunks[column, group] = pages
