"""Which columns of a Parquet file are read page by page: texts, integers, booleans, lists of them.

All others are for Arrow to read.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa

from tocsin.columns.cells import FALSE, NUMBER, STRING
from tocsin.inputs.arrow_plain import is_list

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    import pyarrow.parquet as pq

CODECS = {"UNCOMPRESSED": "", "SNAPPY": "snappy", "ZSTD": "zstd", "GZIP": "gzip"}
"""How pages may be compressed."""

DEEPEST = 60
"""Structures inside each other that are written here."""

_ENCODINGS = frozenset({"PLAIN", "RLE", "RLE_DICTIONARY", "PLAIN_DICTIONARY", "BIT_PACKED"})
_TAGS = {"string": STRING, "bool": FALSE, "integer": NUMBER}
_PHYSICAL = {
    "string": ("BYTE_ARRAY",),
    "bool": ("BOOLEAN",),
    "integer": ("INT32", "INT64"),
}


@dataclass(frozen=True, slots=True)
class Chunk:
    """What a row group has of a column: first row and rows, where it stands, its values."""

    begin: int
    rows: int
    offset: int
    size: int
    values: int
    codec: str


@dataclass(frozen=True, slots=True)
class PageLeaf:
    """A leaf column.

    ``number``: of the column in the file. ``path``: the names of the structures and its own.
    ``tag``: of its cells (`tocsin.columns.cells.Cells`), FALSE for booleans. ``most``: the level of
    a value that is there. ``inner``: of lists, the level from which on there is an element, else 0.
    ``wide``: integers are stored in 64 bits, not 32; ``signed``: they have a sign.
    """

    number: int
    path: tuple[str, ...]
    tag: int
    most: int
    inner: int
    chunks: tuple[Chunk, ...]
    wide: bool
    signed: bool

    @property
    def name(self) -> str:
        """The field's name."""
        return ".".join(self.path)


class _Seen(NamedTuple):
    """A leaf of the schema; ``plain``: it is a value, or a list of values; ``entry``: a map's."""

    path: tuple[str, ...]
    kind: pa.DataType
    most: int
    inner: int
    plain: bool
    entry: bool = False


def page_leaves(
    schema: pa.Schema, metadata: pq.FileMetaData, wanted: Collection[str] | None = None
) -> list[PageLeaf]:
    """The leaf columns that can be read page by page; those that are the same field are not.

    ``wanted``: only these are wanted.
    """
    seen = _seen(schema)
    if len(seen) != metadata.num_columns:
        return []
    names = Counter(".".join(leaf.path) for leaf in seen)
    maps = tuple(f"{'.'.join(leaf.path[:-1])}." for leaf in seen if leaf.entry)
    found = []
    for number, leaf in enumerate(seen):
        name = ".".join(leaf.path)
        if wanted is not None and name not in wanted:
            continue
        if names[name] == 1 and not name.startswith(maps) and (kind := _kind(leaf)) is not None:
            chunks = _chunks(metadata, number, leaf, kind)
            if chunks is not None:
                wide = metadata.schema.column(number).physical_type == "INT64"
                signed = pa.types.is_signed_integer(leaf.kind)
                levels = leaf.most, leaf.inner
                found.append(
                    PageLeaf(number, leaf.path, _TAGS[kind], *levels, chunks, wide, signed)
                )
    return found


def written_leaves(
    schema: pa.Schema, read: Sequence[PageLeaf]
) -> list[tuple[tuple[str, ...], bool]] | None:
    """Path of each leaf column, and whether it holds lists; all are values or lists of values.

    None if that is not so, if several are the same field, or if lists are among those not ``read``.
    """
    seen, known = _seen(schema), {leaf.number for leaf in read}
    if len({".".join(leaf.path) for leaf in seen}) < len(seen):
        return None
    for number, leaf in enumerate(seen):
        if not leaf.plain or len(leaf.path) > DEEPEST or (leaf.inner and number not in known):
            return None
    return [(leaf.path, leaf.inner > 0) for leaf in seen]


def leaf_names(schema: pa.Schema) -> list[str]:
    """The fields of all leaf columns; those inside maps depend on what the maps hold."""
    return [".".join(leaf.path) for leaf in _seen(schema)]


def _seen(schema: pa.Schema) -> list[_Seen]:
    return [leaf for field in schema for leaf in _leaves(field, (), 0, 0, True)]


def _leaves(
    field: pa.Field, path: tuple[str, ...], most: int, inner: int, plain: bool
) -> Iterator[_Seen]:
    kind, path, most = field.type, (*path, field.name), most + field.nullable
    if isinstance(kind, pa.ExtensionType):
        yield from _leaves(pa.field(field.name, kind.storage_type), path[:-1], most, inner, False)
    elif pa.types.is_struct(kind):
        for at in range(kind.num_fields):
            yield from _leaves(kind.field(at), path, most, inner, plain and not inner)
    elif pa.types.is_map(kind):
        yield _Seen((*path, "key"), kind.key_type, most + 1, inner, False, True)
        yield from _leaves(kind.item_field, path, most + 1, inner, False)
    elif is_list(kind):
        element = kind.value_field
        nested = pa.types.is_nested(element.type)
        value = most + 1 + element.nullable
        if nested:
            inside = pa.field(field.name, element.type, element.nullable)
            yield from _leaves(inside, path[:-1], most + 1, most + 1, False)
        else:
            yield _Seen(path, element.type, value, most + 1, plain and not inner)
    else:
        yield _Seen(path, kind, most, inner, plain)


def _kind(leaf: _Seen) -> str | None:
    """What kind of value it is, if of one that is read."""
    kind = leaf.kind
    if not leaf.plain:
        return None
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
        return "string" if pa.types.is_string(kind) or pa.types.is_large_string(kind) else None
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return "string"
    if pa.types.is_boolean(kind):
        return "bool"
    return "integer" if pa.types.is_integer(kind) else None


def _chunks(
    metadata: pq.FileMetaData, number: int, leaf: _Seen, kind: str
) -> tuple[Chunk, ...] | None:
    column = metadata.schema.column(number)
    if (
        column.physical_type not in _PHYSICAL[kind]
        or column.max_definition_level != leaf.most
        or column.max_repetition_level != (leaf.inner > 0)
    ):
        return None
    found, row = [], 0
    for at in range(metadata.num_row_groups):
        group = metadata.row_group(at)
        chunk = group.column(number)
        codec = CODECS.get(chunk.compression)
        if codec is None or not _ENCODINGS.issuperset(chunk.encodings):
            return None
        offset = chunk.data_page_offset
        if chunk.has_dictionary_page and chunk.dictionary_page_offset is not None:
            offset = min(offset, chunk.dictionary_page_offset)
        size = chunk.total_compressed_size
        found.append(Chunk(row, group.num_rows, offset, size, chunk.num_values, codec))
        row += group.num_rows
    return tuple(found)
