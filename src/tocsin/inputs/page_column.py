"""One column of a Parquet file, read forward page by page."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
import pyarrow as pa

from tocsin.columns.checksum import checksum
from tocsin.inputs.page import Page, plain, system_memory
from tocsin.inputs.page_header import (
    DATA,
    DATA_2,
    DICTIONARY,
    BadPageError,
    CutError,
    Header,
    header,
)
from tocsin.inputs.page_store import StoredPage
from tocsin.inputs.segment import Segment, Texts, locked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy.typing as npt

    from tocsin.columns.cells import Bytes
    from tocsin.inputs.page_leaves import Chunk, PageLeaf
    from tocsin.inputs.page_store import Gathering, PageStore

    Ints = npt.NDArray[np.int64]
    Shorts = npt.NDArray[np.int32]

LARGEST, MOST = 32 << 20, 1 << 18
"""The most bytes and values of a page; columns with larger ones are for Arrow."""

READ = 1 << 18
"""Bytes of a column that are read at once."""

SHORT, LONGEST = 256, 1 << 20
"""Bytes of a header that are looked at first, and at most."""

_NO_BYTES = locked(np.zeros(0, np.uint8))


class PageColumn:
    """A column, of which rows are asked for in rising order.

    Parameters
    ----------
    opened
        Gives the file, anew whenever reading begins anew.
    store
        Where pages are kept, and found instead of in the file.
    """

    def __init__(
        self, opened: Callable[[], BinaryIO], leaf: PageLeaf, store: PageStore | None = None
    ) -> None:
        self._opened = opened
        self._leaf = leaf
        self._store = store
        self._row = 0
        self._from(0)

    def _from(self, chunk: int) -> None:
        self._number = chunk
        self._held: list[Page] = []
        self._file: BinaryIO | None = None
        self._begin_chunk()

    def _begin_chunk(self) -> None:
        self._words: Texts | None = None
        self._read = self._at = self._values = 0
        self._data = _NO_BYTES
        self._stored: Iterator[StoredPage] | None = None
        self._gathering: Gathering | None = None
        if self._store is not None:
            known = self._store.get(self._leaf.number, self._number)
            if known is None:
                self._gathering = self._store.gathering()
            else:
                self._stored = iter(known)
        if (chunk := self._chunk) is not None:
            self._row = chunk.begin

    @property
    def _chunk(self) -> Chunk | None:
        chunks = self._leaf.chunks
        return chunks[self._number] if self._number < len(chunks) else None

    def segments(self, begin: int, end: int) -> list[Segment]:
        """All elements of these rows, in order, along with others.

        Raises
        ------
        BadPageError, OSError
            The pages are damaged here, or of a kind that is not read.
        """
        return [page.segment() for page in self._pages(begin, end)]

    def few(self, wanted: Ints) -> list[Segment]:
        """The same for some rows, which rise."""
        return [page.few(wanted) for page in self._pages(int(wanted[0]), int(wanted[-1]) + 1)]

    def _pages(self, begin: int, end: int) -> list[Page]:
        if begin < self._known_from:
            self._from(0)
        self._held = [page for page in self._held if page.last > begin]
        while (chunk := self._chunk) is not None and not self._complete(end):
            if chunk.begin + chunk.rows <= begin and not self._values:
                self._next_chunk()
            elif self._values == chunk.values:
                if self._row != chunk.begin + chunk.rows:
                    raise BadPageError("a column of fewer rows than its row group has")
                self._next_chunk()
            elif (found := self._page(chunk, begin)) is not None:
                self._held.append(found)
        return [page for page in self._held if page.first < end and page.last > begin]

    @property
    def _known_from(self) -> int:
        """The first row that is not behind."""
        if self._held:
            return self._held[0].first
        return self._row

    def _complete(self, end: int) -> bool:
        """Whether all elements of the rows before this one have been read."""
        if self._leaf.inner and self._values:
            return self._row > end  # the next page may go on with the last row
        return self._row >= end

    def _next_chunk(self) -> None:
        self._number += 1
        self._begin_chunk()

    def _page(self, chunk: Chunk, begin: int) -> Page | None:
        """The elements of the next page; None if it is a dictionary, or has none of these rows."""
        known = None if self._stored is None else next(self._stored)
        told = self._header(chunk) if known is None else known.told
        if told.kind == DICTIONARY and self._words is None:
            body = self._body(chunk, told)
            self._words = plain(self._leaf, body, told.values, told.encoding)
            return None
        if told.kind not in (DATA, DATA_2):
            raise BadPageError("a page of another kind")
        if told.values > chunk.values - self._values:
            raise BadPageError("more values than its column has")
        if not self._leaf.inner and self._row + told.values <= begin:
            if known is None:
                self._skip(chunk, told.size)
                self._gathering = None
            self._values += told.values
            self._row += told.values
            return None
        if known is None:
            body = self._body(chunk, told)
            self._keep(chunk, StoredPage(told, body, self._words))
        else:
            _, body, self._words = known
        found = Page(self._leaf, told, body, self._row, self._row == chunk.begin, self._words)
        self._values += told.values
        self._row = found.last
        if self._row > chunk.begin + chunk.rows:
            raise BadPageError("more rows than its row group has")
        return found

    def _keep(self, chunk: Chunk, page: StoredPage) -> None:
        """Keep a page with all others of its row group; none, if one was skipped or has no room."""
        if self._store is None or self._gathering is None:
            return
        if not self._gathering.add(page):
            self._gathering = None
        elif self._values + page.told.values == chunk.values:
            self._store.put(self._leaf.number, self._number, self._gathering)

    def _header(self, chunk: Chunk) -> Header:
        size = SHORT
        while True:
            self._have(chunk, size)
            try:
                told, self._at = header(self._data[: self._at + size], self._at)
            except CutError:
                if size > LONGEST or size >= chunk.size:
                    raise BadPageError("a header without an end") from None
                size *= 8
            else:
                if max(told.size, told.whole) > LARGEST or told.values > MOST:
                    raise BadPageError("a very large page")
                return told

    def _have(self, chunk: Chunk, size: int) -> None:
        """Have so many bytes at hand, or all that the column has left."""
        lacking = size - (len(self._data) - self._at)
        left = chunk.size - self._read
        if lacking <= 0 or left <= 0:
            return
        more = self._next(chunk, min(left, max(lacking, READ)))
        kept = self._data[self._at :]
        self._data = locked(np.concatenate([kept, more])) if len(kept) else more
        self._at = 0

    def _skip(self, chunk: Chunk, size: int) -> None:
        """Pass over bytes without reading them."""
        here = min(size, len(self._data) - self._at)
        self._at += here
        self._read += size - here
        if self._read > chunk.size:
            raise BadPageError("a page beyond the end of its column")

    def _taken(self, chunk: Chunk, size: int) -> Bytes:
        """The next bytes, those that are not at hand read without any others."""
        here = self._data[self._at : self._at + size]
        self._at += len(here)
        lacking = size - len(here)
        if lacking > chunk.size - self._read:
            raise BadPageError("a page beyond the end of its column")
        if not lacking:
            return here
        more = self._next(chunk, lacking)
        if len(more) < lacking:
            raise BadPageError("a page beyond the end of its column")
        return locked(np.concatenate([here, more])) if len(here) else more

    def _next(self, chunk: Chunk, size: int) -> Bytes:
        """So many bytes from where reading stands, fewer at the end of the file."""
        if self._file is None:
            self._file = self._opened()
        self._file.seek(chunk.offset + self._read)
        more = _exactly(self._file, size)
        self._read += len(more)
        return locked(np.frombuffer(more, np.uint8))

    def _body(self, chunk: Chunk, told: Header) -> Bytes:
        """A page's bytes, decompressed."""
        return plain_body(self._taken(chunk, told.size), chunk.codec, told)


def plain_body(body: Bytes, codec: str, told: Header) -> Bytes:
    """A page's bytes, decompressed. Raises BadPageError if they are not what it tells."""
    if told.crc >= 0 and checksum(body.data) != told.crc:
        raise BadPageError("a page of another checksum than it tells")
    if not codec or not told.compressed:
        if told.size != told.whole:
            raise BadPageError("a page of another size than it tells")
        return body
    before = max(told.repeats, 0) + max(told.levels, 0)
    inner = told.whole - before
    if not inner:
        return body[:before]
    try:
        whole = _codec(codec).decompress(body[before:], inner, memory_pool=system_memory())
    except pa.ArrowException as error:
        raise BadPageError(str(error)) from None
    found = np.frombuffer(whole, np.uint8)
    if len(found) != inner:
        raise BadPageError("a page of another size than it tells")
    if before:
        found = np.concatenate([body[:before], found])
    return locked(found)


def _exactly(file: BinaryIO, size: int) -> bytes:
    """So many bytes, fewer at the end of the file."""
    parts: list[bytes] = []
    while size > 0 and (part := file.read(size)):
        parts.append(part)
        size -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


@cache
def _codec(name: str) -> pa.Codec:
    return pa.Codec(name)
