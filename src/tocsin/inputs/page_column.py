"""One column of a Parquet file, read forward page by page."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tocsin.columns.cells import FALSE, NUMBER, STRING
from tocsin.inputs.page_header import (
    DATA,
    DATA_2,
    DICTIONARY,
    LONGEST,
    PLAIN,
    PLAIN_DICTIONARY,
    RLE,
    RLE_DICTIONARY,
    BadPageError,
    Header,
    header,
)
from tocsin.inputs.page_kernel import (
    PREFIX,
    flags,
    hybrid,
    ordinals,
    owners,
    packed,
    spread,
    walk,
)
from tocsin.inputs.segment import Segment, Texts, locked

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from tocsin.columns.cells import Bytes
    from tocsin.inputs.page_leaves import Chunk, PageLeaf

    Ints = npt.NDArray[np.int64]
    Shorts = npt.NDArray[np.int32]

LARGEST = 32 << 20
"""The most bytes of a page; columns with larger ones are for Arrow."""

READ = 1 << 20
"""Bytes of a column that are read at once."""

_CODED = (PLAIN_DICTIONARY, RLE_DICTIONARY)
_NO_WORDS = Texts(np.zeros(0, np.uint8), np.zeros(3, np.int64))


class PageColumn:
    """A column, of which rows are asked for in rising order.

    Parameters
    ----------
    opened
        Gives the file, anew whenever reading begins anew.
    """

    def __init__(self, opened: Callable[[], BinaryIO], leaf: PageLeaf) -> None:
        self._opened = opened
        self._leaf = leaf
        self._tag = _tag(leaf.kind)
        self._row = 0
        self._from(0)

    def _from(self, chunk: int) -> None:
        self._number = chunk
        self._held: list[Segment] = []
        self._file: BinaryIO | None = None
        self._begin_chunk()

    def _begin_chunk(self) -> None:
        self._words: Texts | None = None
        self._read = self._at = self._values = 0
        self._data = b""
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
        if begin < self._known_from:
            self._from(0)
        self._held = [segment for segment in self._held if segment.last > begin]
        while (chunk := self._chunk) is not None and not self._complete(end):
            if chunk.begin + chunk.rows <= begin and not self._values:
                self._next_chunk()
            elif self._values == chunk.values:
                if self._row != chunk.begin + chunk.rows:
                    raise BadPageError("a column of fewer rows than its row group has")
                self._next_chunk()
            elif (found := self._page(chunk, begin)) is not None:
                self._held.append(found)
        return [segment for segment in self._held if segment.first < end and segment.last > begin]

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

    def _page(self, chunk: Chunk, begin: int) -> Segment | None:
        """The elements of the next page; None if it is a dictionary, or has none of these rows."""
        told = self._header(chunk)
        if told.kind == DICTIONARY and self._words is None:
            body = self._body(chunk, told)
            self._words = self._plain(body, told.values, told.encoding)
            return None
        if told.kind not in (DATA, DATA_2):
            raise BadPageError("a page of another kind")
        if told.values > chunk.values - self._values:
            raise BadPageError("more values than its column has")
        if not self._leaf.inner and self._row + told.values <= begin:
            self._skip(chunk, told.size)
            self._values += told.values
            self._row += told.values
            return None
        body = self._body(chunk, told)
        self._values += told.values
        return self._elements(told, body)

    def _header(self, chunk: Chunk) -> Header:
        size = 256
        while True:
            self._have(chunk, size)
            try:
                told, length = header(memoryview(self._data)[self._at : self._at + size])
            except IndexError:
                if size > LONGEST or size >= chunk.size:
                    raise BadPageError("a header without an end") from None
                size *= 8
            else:
                self._at += length
                if told.size > LARGEST or told.whole > LARGEST:
                    raise BadPageError("a very large page")
                return told

    def _have(self, chunk: Chunk, size: int) -> None:
        """Have so many bytes at hand, or all that the column has left."""
        lacking = size - (len(self._data) - self._at)
        left = chunk.size - self._read
        if lacking <= 0 or left <= 0:
            return
        if self._file is None:
            self._file = self._opened()
        self._file.seek(chunk.offset + self._read)
        more = _exactly(self._file, min(left, max(lacking, READ)))
        self._read += len(more)
        self._data = self._data[self._at :] + more if self._at < len(self._data) else more
        self._at = 0

    def _skip(self, chunk: Chunk, size: int) -> None:
        """Pass over bytes without reading them."""
        here = min(size, len(self._data) - self._at)
        self._at += here
        self._read += size - here
        if self._read > chunk.size:
            raise BadPageError("a page beyond the end of its column")

    def _body(self, chunk: Chunk, told: Header) -> Bytes:
        """A page's bytes, decompressed."""
        self._have(chunk, told.size)
        if len(self._data) - self._at < told.size:
            raise BadPageError("a page beyond the end of its column")
        body = memoryview(self._data)[self._at : self._at + told.size]
        self._at += told.size
        if not chunk.codec or not told.compressed:
            if told.size != told.whole:
                raise BadPageError("a page of another size than it tells")
            return locked(np.frombuffer(body, np.uint8))
        before = max(told.repeats, 0) + max(told.levels, 0)
        inner = told.whole - before
        if not inner:
            return locked(np.frombuffer(body[:before], np.uint8))
        try:
            whole = _codec(chunk.codec).decompress(
                body[before:], inner, memory_pool=_system_memory()
            )
        except pa.ArrowException as error:
            raise BadPageError(str(error)) from None
        found = np.frombuffer(whole, np.uint8)
        if len(found) != inner:
            raise BadPageError("a page of another size than it tells")
        if before:
            found = np.concatenate([np.frombuffer(body[:before], np.uint8), found])
        return locked(found)

    def _elements(self, told: Header, body: Bytes) -> Segment:
        leaf, size, at = self._leaf, told.values, 0
        repeats = levels = None
        alike = leaf.most + 1
        if (told.repeats > 0 and not leaf.inner) or (told.levels > 0 and not leaf.most):
            raise BadPageError("levels that its column has not")
        if leaf.inner:
            repeats, at, _ = _levels(body, at, told.repeats, size, 1)
        if leaf.most:
            levels, at, alike = _levels(body, at, told.levels, size, leaf.most)
        codes: Shorts | None = None
        count = size
        if levels is not None and alike != leaf.most + 1:
            codes = np.empty(size, np.int32)
            count = ordinals(levels, leaf.most, codes)
        words, packed_codes = self._values_of(told, body[at:], count)
        if codes is None:
            codes = packed_codes
        elif packed_codes is not None:
            spread(codes, packed_codes)
        if repeats is None:
            found = Segment(self._row, self._row + size, None, codes, self._tag, words)
            self._row += size
        else:
            found = self._list(repeats, levels, codes, words)
        if told.rows >= 0 and self._row - found.first != told.rows:
            raise BadPageError("other rows than it tells")
        chunk = self._chunk
        if chunk is None or self._row > chunk.begin + chunk.rows:
            raise BadPageError("more rows than its row group has")
        return found

    def _list(
        self, repeats: Shorts, levels: Shorts | None, codes: Shorts | None, words: Texts
    ) -> Segment:
        size, chunk = len(repeats), self._chunk
        if codes is None:
            codes = np.arange(size, dtype=np.int32)
        rows = np.empty(size, np.int64)
        if chunk is None or levels is None or (size and repeats[0] and self._row == chunk.begin):
            raise BadPageError("a list that begins nowhere")
        row = owners(repeats, levels, self._leaf.inner, self._row - 1, codes, rows) + 1
        first = int(rows[0]) if size else self._row
        self._row = row
        return Segment(first, row, rows, codes, self._tag, words)

    def _values_of(self, told: Header, data: Bytes, count: int) -> tuple[Texts, Shorts | None]:
        """The words of a page, and the word of each value if it is not its own."""
        if told.encoding in _CODED:
            if self._words is None:
                raise BadPageError("codes without a dictionary")
            codes = np.empty(count, np.int32)
            if count:
                width = int(data[0]) if len(data) else 32
                _sure(hybrid(data, 1, len(data), width, codes, len(self._words.ends) - 2))
            return self._words, codes
        if self._tag == FALSE:
            return _NO_WORDS, _truths(told.encoding, data, count)
        return self._plain(data, count, told.encoding), None

    def _plain(self, data: Bytes, count: int, encoding: int) -> Texts:
        """So many words one after the other."""
        if encoding not in (PLAIN, PLAIN_DICTIONARY):
            raise BadPageError("an encoding that is not read here")
        if self._tag == NUMBER:
            return _numbers(self._leaf, data, count)
        if self._tag != STRING or PREFIX * count > len(data):
            raise BadPageError("fewer values than it tells")
        ends = np.empty(count + 1, np.int64)
        if _sure(walk(data, 0, len(data), ends)):
            return _sound(data, ends)
        return Texts(data, ends, PREFIX)


def _tag(kind: pa.DataType) -> int:
    if pa.types.is_boolean(kind):
        return FALSE
    return NUMBER if pa.types.is_integer(kind) else STRING


def _sure(answer: int) -> int:
    if answer < 0:
        raise BadPageError("a page that is not as it must be")
    return answer


def _exactly(file: BinaryIO, size: int) -> bytes:
    """So many bytes, fewer at the end of the file."""
    parts: list[bytes] = []
    while size > 0 and (part := file.read(size)):
        parts.append(part)
        size -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _levels(body: Bytes, at: int, size: int, count: int, most: int) -> tuple[Shorts, int, int]:
    """So many levels, the place after them, and 1 more than the level if all are alike."""
    if size < 0:
        if len(body) - at < 4:
            raise BadPageError("a page without levels")
        size = int.from_bytes(body[at : at + 4].tobytes(), "little")
        at += 4
    if size > len(body) - at:
        raise BadPageError("levels longer than their page")
    out = np.empty(count, np.int32)
    alike = _sure(hybrid(body, at, at + size, most.bit_length(), out, most))
    return out, at + size, alike


def _truths(encoding: int, data: Bytes, count: int) -> Shorts:
    out = np.empty(count, np.int32)
    if encoding == PLAIN:
        _sure(flags(data, 0, len(data), out))
        return out
    if encoding != RLE or len(data) < 4:
        raise BadPageError("an encoding that is not read here")
    size = int.from_bytes(data[:4].tobytes(), "little")
    _sure(hybrid(data, 4, 4 + size, 1, out, 1))
    return out


def _numbers(leaf: PageLeaf, data: Bytes, count: int) -> Texts:
    """Integers as texts. Narrow ones stand as 32 bits; the sign is their type's."""
    signed = pa.types.is_signed_integer(leaf.kind)
    stored: Any = np.dtype(f"{'i' if signed else 'u'}{8 if leaf.wide else 4}")
    if stored.itemsize * count > len(data):
        raise BadPageError("fewer values than it tells")
    values = np.frombuffer(data, stored, count)
    written = pc.cast(pa.array(values), pa.large_string(), memory_pool=_system_memory())
    _, places, text = written.buffers()
    ends = np.frombuffer(places, np.int64, count + 1)
    return Texts(np.frombuffer(text or b"", np.uint8), ends)


def _sound(data: Bytes, ends: Ints) -> Texts:
    """Texts of which some are not plain ASCII."""
    text = np.empty(len(data), np.uint8)
    places = np.empty(len(ends), np.int64)
    packed(data, ends, text, places)
    array = pa.LargeStringArray.from_buffers(
        len(ends) - 1, pa.py_buffer(places), pa.py_buffer(text)
    )
    try:
        array.validate(full=True)
    except pa.ArrowInvalid:
        raise BadPageError("text that is not UTF-8") from None
    return Texts(text, places)


@cache
def _system_memory() -> pa.MemoryPool:
    """The C library's; Arrow's own gives memory back, and fresh pages cost more than decoding."""
    return pa.system_memory_pool()


@cache
def _codec(name: str) -> pa.Codec:
    return pa.Codec(name)
