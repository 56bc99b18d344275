"""Writes a Parquet file from values that have been encoded: pages, groups of rows, footer.

Arrow writes any table; this writes the few kinds of columns that sealed events have, from where
their values lie. What it writes is what Arrow would: pages of version 1, texts by dictionary where
few are different, null counts everywhere, first and last values where they are known.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

import numpy as np
import pyarrow as pa
import zstandard

from tocsin.inputs.page_header import PLAIN, RLE, RLE_DICTIONARY
from tocsin.journal.sealed.levels import nested, present, runs
from tocsin.journal.sealed.thrift import (
    BINARY,
    INT32,
    STRUCT,
    Struct,
    binary,
    data_head,
    number,
    words_head,
)

if TYPE_CHECKING:
    import numpy.typing as npt

    from tocsin.columns.cells import Bytes

    Ints = npt.NDArray[np.int64]
    Shorts = npt.NDArray[np.int32]

PAGE, PAGE_ROWS = 1 << 16, 128
"""A page of a column ends behind so many rows once it has so many bytes.

To show one event its page is read (`tocsin.inputs.page_rows`). Arrow's own pages are eight times as
large; these cost 3 % more room.
"""

LARGE = 1 << 20
"""A page that has so many bytes ends behind fewer rows."""

SMALL = 64
"""Pages of so few bytes, all of a column together, are not compressed."""

CREATED = b"tocsin"
_MAGIC = b"PAR1"
_BOOLEAN, _INT64, _DOUBLE, _BYTES = 0, 2, 5, 6
_OPTIONAL, _REPEATED = 1, 2
ZSTD = 6
CODECS = {"UNCOMPRESSED": 0, "ZSTD": ZSTD}
"""How pages are compressed, as Arrow calls it."""

_TEXT = Struct().struct(1, b"\0").done()
_LIST = Struct().struct(3, b"\0").done()
_TIME = (
    Struct()
    .struct(8, Struct().truth(1, True).struct(2, Struct().struct(1, b"\0").done()).done())
    .done()
)
_UNSIGNED = Struct().struct(10, Struct().byte(1, 64).truth(2, False).done()).done()
_ORDER = Struct().struct(1, b"\0").done()
_NO_BYTES = np.zeros(0, np.uint8)

_HOW = zstandard.ZstdCompressionParameters.from_level(1, min_match=7)
pack = zstandard.ZstdCompressor(compression_params=_HOW).compress
"""A page compressed; what stands twice has seven bytes: less to do, as small."""


class Words(NamedTuple):
    """The different texts of a column, each behind its length; how many they are."""

    text: bytes
    amount: int


def words_of(texts: list[bytes]) -> Words:
    """Different texts as a dictionary."""
    return Words(b"".join(len(text).to_bytes(4, "little") + text for text in texts), len(texts))


@dataclass(slots=True)
class Values:
    """The values of a column in some rows.

    ``of_row``: int32, the row of each, rising; ``told``: by value, whether it is one or null (for
    lists; None: all are). ``body`` is one of: numbers of 64 bits, truth values, int32 numbers of
    `words`, or texts, each behind its length, of which ``ends`` says where each ends. ``span``: the
    first and the last of them as statistics tell them. ``listed``: whether they are of lists.
    """

    of_row: Shorts
    body: npt.NDArray[Any]
    words: Words | None = None
    ends: Ints | None = None
    told: Bytes | None = None
    span: tuple[bytes, bytes] | None = None
    listed: bool = False


class Chunk(NamedTuple):
    """A column in a group of rows: its pages as the file has them, and what the footer tells.

    ``dictionary``: bytes of the pages before that of the first values. ``whole``: bytes before
    they were compressed; ``values``, ``nulls``: levels, and those without a value, if it is known.
    """

    pages: list[bytes]
    dictionary: int
    whole: int
    values: int
    nulls: int | None
    codec: int
    span: tuple[bytes, bytes] | None


class _Told(NamedTuple):
    """A chunk as the footer tells it: where it begins, its bytes, and the chunk without pages."""

    place: int
    size: int
    chunk: Chunk


class _Leaf(NamedTuple):
    """A column as the file has it: what its chunks' metadata begin and go on with."""

    kind: int
    listed: bool
    path: list[bytes]


@dataclass(slots=True)
class ParquetFile:
    """A file that grows by groups of rows; without `close` it cannot be read."""

    file: BinaryIO
    _place: int = 0
    _groups: list[tuple[int, dict[str, _Told]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._put([_MAGIC])

    def _put(self, parts: Sequence[bytes]) -> int:
        """Write bytes; how many."""
        size = sum(map(len, parts))
        self.file.writelines(parts)
        self._place += size
        return size

    def write(self, rows: int, chunks: Mapping[str, Chunk]) -> None:
        """Write a group of rows: what there is of its columns, by name, in any order."""
        told: dict[str, _Told] = {}
        for name, chunk in chunks.items():
            place = self._place
            told[name] = _Told(place, self._put(chunk.pages), chunk._replace(pages=[]))
        self._groups.append((rows, told))

    def close(self, schema: pa.Schema) -> None:
        """Write the footer; of a column that a group of rows does not have all values are null.

        ``schema``: texts, times in ms, whole numbers of 64 bits, doubles, truth values, and lists
        of these, in this order; its metadata are kept.
        """
        leaves = [(each.name, _leaf(each.name, each.type)) for each in schema]
        groups = [self._group(rows, chunks, leaves) for rows, chunks in self._groups]
        footer = (
            Struct()
            .short(1, 2)
            .several(2, STRUCT, _elements(schema))
            .long(3, sum(rows for rows, _ in self._groups))
            .several(4, STRUCT, groups)
            .several(5, STRUCT, _noted(schema))
            .text(6, CREATED)
            .several(7, STRUCT, [_ORDER] * len(leaves))
            .done()
        )
        self._put([footer, len(footer).to_bytes(4, "little"), _MAGIC])

    def _group(
        self, rows: int, chunks: dict[str, _Told], leaves: Sequence[tuple[str, _Leaf]]
    ) -> bytes:
        """A group of rows as the footer tells it."""
        told = []
        size = whole = 0
        for name, leaf in leaves:
            found = chunks.get(name)
            if found is None:
                chunk = chunk_of(_none(listed=leaf.listed), rows)
                found = _Told(self._place, self._put(chunk.pages), chunk)
            told.append(_metadata(leaf, found))
            size += found.size
            whole += found.chunk.whole
        made = Struct().several(1, STRUCT, told).long(2, whole).long(3, rows)
        return made.long(6, size).done()


def _none(*, listed: bool) -> Values:
    return Values(np.empty(0, np.int32), np.empty(0, np.int64), listed=listed)


def chunk_of(values: Values, rows: int) -> Chunk:
    """The pages of a column in a group of so many rows."""
    room = 2 * (rows + values.of_row.size)
    levels = np.empty(room, np.int32)
    size = 8 * values.of_row.size if values.words is not None else 0
    out = np.empty(size + room + 64, np.uint8)
    bodies: list[tuple[int, bytes | memoryview]] = []
    cut = _cut(values, rows)
    for some in cut:
        count, end = _page(values, some, levels, out)
        whole = out.data[:end]
        bodies.append((count, whole.tobytes() if len(cut) > 1 else whole))
        if values.words is None:
            bodies[-1] = count, b"".join((whole, _body(values, *some[2:])))
    there = values.of_row.size
    if values.told is not None:
        there = int(np.count_nonzero(values.told))
    count = sum(count for count, _ in bodies)
    return paged(bodies, values.words, count - there, values.span)


def paged(
    bodies: Sequence[tuple[int, bytes | memoryview]],
    words: Words | None,
    nulls: int,
    span: tuple[bytes, bytes] | None,
) -> Chunk:
    """Pages, each with the number of its levels, as a chunk."""
    whole = sum(len(body) for _, body in bodies) + (len(words.text) if words else 0)
    codec = ZSTD if whole > SMALL else 0
    pages: list[bytes] = []
    dictionary = heads = 0
    if words is not None:
        packed = pack(words.text) if codec else words.text
        head = words_head(len(words.text), packed, words.amount)
        pages += head, packed
        dictionary = len(head) + len(packed)
        heads += len(head)
    encoding = PLAIN if words is None else RLE_DICTIONARY
    for count, body in bodies:
        made = pack(body) if codec else bytes(body)
        head = data_head(len(body), made, count, encoding)
        pages += head, made
        heads += len(head)
    levels = sum(count for count, _ in bodies)
    return Chunk(pages, dictionary, whole + heads, levels, nulls, codec, span)


def _leaf(name: str, kind: pa.DataType) -> _Leaf:
    path = [binary(name.encode())]
    if pa.types.is_list(kind):
        return _Leaf(_physical(kind.value_type), True, [*path, binary(b"list"), binary(b"element")])
    return _Leaf(_physical(kind), False, path)


def _physical(kind: pa.DataType) -> int:
    if pa.types.is_string(kind):
        return _BYTES
    if pa.types.is_boolean(kind):
        return _BOOLEAN
    return _DOUBLE if pa.types.is_floating(kind) else _INT64


def _cut(values: Values, rows: int) -> list[tuple[int, int, int, int]]:
    """The pages of a column: rows from and to, values from and to."""
    count = values.of_row.size
    if values.ends is not None:
        size = int(values.ends[-1]) if count else 0
    else:
        size = count * (2 if values.words is not None else 8)
    if size <= 2 * PAGE:
        return [(0, rows, 0, count)]
    steps = np.arange(0, rows, max(1, min(PAGE_ROWS, LARGE * rows // size)))
    firsts = np.searchsorted(values.of_row, steps)
    if values.ends is None:
        at = firsts * (size // count)
    else:
        at = np.where(firsts > 0, values.ends[firsts - 1], 0)
    found, begin, used = [], 0, 0
    for now, (step, place) in enumerate(zip(steps.tolist(), at.tolist(), strict=True)):
        if place - used >= PAGE:
            found.append((int(steps[begin]), step, int(firsts[begin]), int(firsts[now])))
            begin, used = now, place
    found.append((int(steps[begin]), rows, int(firsts[begin]), count))
    return found


def _page(
    values: Values, some: tuple[int, int, int, int], levels: Shorts, out: Bytes
) -> tuple[int, int]:
    """Write the levels of a page and the numbers of its words; how many levels, and bytes."""
    first, last, begin, end = some
    if values.listed:
        told = _NO_BYTES if values.told is None else values.told
        found = np.zeros(1, np.int64)
        place = nested(values.of_row, told, begin, end, first, last, levels, out, found)
        count = int(found[0])
    else:
        place = present(values.of_row, begin, end, first, last, levels, out)
        count = last - first
    if values.words is not None:
        width = max(1, (values.words.amount - 1).bit_length())
        out[place] = width
        place = runs(values.body, begin, end, width, out, place + 1)
    return count, place


def _body(values: Values, begin: int, end: int) -> memoryview:
    """The values of a page that are no words."""
    body = values.body
    if values.ends is not None:
        ends = values.ends
        return body[ends[begin - 1] if begin else 0 : ends[end - 1] if end else 0].data
    body = body[begin:end]
    if values.told is not None:
        body = body[values.told[begin:end] != 0]
    if body.dtype == np.bool_:
        return np.packbits(body, bitorder="little").data
    return body.view(np.uint8).data


def _metadata(leaf: _Leaf, told: _Told) -> bytes:
    """A column in a group of rows."""
    chunk = told.chunk
    encodings = _WITH_CODES if chunk.dictionary else _WITHOUT_CODES
    facts = Struct()
    if chunk.nulls is not None:
        facts.long(3, chunk.nulls)
    if chunk.span is not None:
        facts.text(5, chunk.span[1]).text(6, chunk.span[0])
    known = (
        Struct()
        .short(1, leaf.kind)
        .several(2, INT32, encodings)
        .several(3, BINARY, leaf.path)
        .short(4, chunk.codec)
        .long(5, chunk.values)
        .long(6, chunk.whole)
        .long(7, told.size)
        .long(9, told.place + chunk.dictionary)
    )
    if chunk.dictionary:
        known.long(11, told.place)
    known.struct(12, facts.done())
    return Struct().long(2, 0).struct(3, known.done()).done()


_WITH_CODES = [number(each) for each in (PLAIN, RLE, RLE_DICTIONARY)]
_WITHOUT_CODES = [number(each) for each in (PLAIN, RLE)]


def _elements(schema: pa.Schema) -> list[bytes]:
    """The schema as Parquet has it."""
    found = [Struct().short(3, 0).text(4, b"schema").short(5, len(schema.names)).done()]
    for each in schema:
        found += _element(each.name, each.type)
    return found


@lru_cache(4096)
def _element(name: str, kind: pa.DataType) -> list[bytes]:
    text = name.encode()
    if not pa.types.is_list(kind):
        return [_one(text, kind)]
    outer = Struct().short(3, _OPTIONAL).text(4, text).short(5, 1).short(6, 3).struct(10, _LIST)
    inner = Struct().short(3, _REPEATED).text(4, b"list").short(5, 1)
    return [outer.done(), inner.done(), _one(b"element", kind.value_type)]


def _one(name: bytes, kind: pa.DataType) -> bytes:
    told = Struct().short(1, _physical(kind)).short(3, _OPTIONAL).text(4, name)
    if pa.types.is_string(kind):
        told.short(6, 0).struct(10, _TEXT)
    elif pa.types.is_timestamp(kind):
        told.short(6, 9).struct(10, _TIME)
    elif pa.types.is_unsigned_integer(kind):
        told.short(6, 14).struct(10, _UNSIGNED)
    return told.done()


def _noted(schema: pa.Schema) -> list[bytes]:
    """The schema's metadata, and the schema as Arrow has it."""
    pairs = {**(schema.metadata or {}), b"ARROW:schema": base64.b64encode(schema.serialize())}
    return [Struct().text(1, key).text(2, value).done() for key, value in pairs.items()]
