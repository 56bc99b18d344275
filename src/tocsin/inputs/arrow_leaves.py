"""The leaf columns of Arrow data: nested structures, lists and maps taken apart, with dotted names.

A column whose own name has dots is the same field as a nested one. The elements of a list are
further values of its field; the keys of a map are parts of the names of the fields inside.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tocsin.inputs.arrow_plain import is_list, plain, valid
from tocsin.inputs.arrow_rows import elements

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A column without parts.

    ``rows``: int64, the row that each element belongs to, rising; None: each row has one element.
    """

    name: str
    array: pa.Array
    rows: Ints | None


class Wanted:
    """Which fields somebody asks for."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = frozenset(names)
        self._inner = frozenset(
            name[:at] for name in self.names for at, mark in enumerate(name) if mark == "."
        )

    def leaf(self, name: str) -> bool:
        """Whether the field itself is wanted."""
        return name in self.names

    def within(self, name: str) -> bool:
        """Whether the field, or one inside it, is wanted."""
        return name in self.names or name in self._inner


def projection(schema: pa.Schema, wanted: Wanted | None) -> list[str]:
    """The columns to read, as paths of a Parquet file, so that all wanted fields are among them.

    With None all columns, structures taken apart.
    """
    paths: list[str] = []
    pending = [(field.name, field.name, field.type) for field in reversed(schema)]
    while pending:
        path, name, kind = pending.pop()
        if wanted is not None and not wanted.within(name):
            continue
        if pa.types.is_struct(kind):
            inner = [kind.field(at) for at in range(kind.num_fields)]
            pending += [
                (f"{path}.{field.name}", f"{name}.{field.name}", field.type)
                for field in reversed(inner)
            ]
        elif wanted is None or is_list(kind) or pa.types.is_map(kind) or wanted.leaf(name):
            paths.append(path)
    return paths


def has_doubles(schema: pa.Schema) -> bool:
    """Whether columns, or fields of a structure, have equal names."""
    pending = [list(schema)]
    while pending:
        fields = pending.pop()
        if len({field.name for field in fields}) < len(fields):
            return True
        structures = (field.type for field in fields if pa.types.is_struct(field.type))
        pending += [[kind.field(at) for at in range(kind.num_fields)] for kind in structures]
    return False


def leaves(batch: pa.RecordBatch, wanted: Wanted) -> Iterator[Leaf]:
    """The leaf columns of a batch that are wanted, in the order of its columns."""
    for name, array in zip(batch.schema.names, batch.columns, strict=True):
        yield from _leaves(name, array, None, wanted)


def _leaves(name: str, array: pa.Array, rows: Ints | None, wanted: Wanted) -> Iterator[Leaf]:
    if not wanted.within(name):
        return
    array = plain(array)
    kind = array.type
    if pa.types.is_struct(kind):
        for at, child in enumerate(array.flatten()):
            yield from _leaves(f"{name}.{kind.field(at).name}", child, rows, wanted)
    elif pa.types.is_map(kind):
        yield from _map_leaves(name, array, rows, wanted)
    elif is_list(kind):
        parents = pc.list_parent_indices(array).to_numpy().astype(np.int64)
        owners = parents if rows is None else rows[parents]
        yield from _leaves(name, pc.list_flatten(array), owners, wanted)
    elif wanted.leaf(name) and not pa.types.is_null(kind):
        yield Leaf(name, array, rows)


def _map_leaves(name: str, array: pa.MapArray, rows: Ints | None, wanted: Wanted) -> Iterator[Leaf]:
    own = np.arange(len(array), dtype=np.int64) if rows is None else rows
    keys, items, owners = entries(array, own)
    coded = plain(keys).dictionary_encode()
    codes = coded.indices.to_numpy()
    for code, key in enumerate(elements(coded.dictionary)):
        inner = f"{name}.{key}"
        if wanted.within(inner):
            chosen = np.flatnonzero(codes == code)
            yield from _leaves(inner, items.take(pa.array(chosen)), owners[chosen], wanted)


def entries(array: pa.MapArray, rows: Ints) -> tuple[pa.Array, pa.Array, Ints]:
    """Keys and items of all maps one after the other, and the row of each."""
    offsets = array.offsets.to_numpy()
    lengths = np.diff(offsets)
    first, size = int(offsets[0]), int(offsets[-1] - offsets[0])
    keys, items = array.keys.slice(first, size), array.items.slice(first, size)
    owners = np.repeat(rows, lengths)
    if array.null_count and lengths[hidden := ~valid(array)].any():
        kept = np.flatnonzero(~np.repeat(hidden, lengths))
        keys, items, owners = keys.take(pa.array(kept)), items.take(pa.array(kept)), owners[kept]
    return keys, items, owners
