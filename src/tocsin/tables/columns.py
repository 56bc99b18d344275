"""Columns of a table from the cells of events: all values of a field at once.

A cell is what `tocsin.tables.cells.read_cell` makes of an event's values; here each different
value of a batch is read once, and most are not read at all.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tocsin.columns.cells import FALSE, NUMBER, STRING, TRUE, Scalar, number
from tocsin.languages.esql.types import Type
from tocsin.tables.cells import ARROW, READ, Value, read_text
from tocsin.tables.picked import Picked
from tocsin.tables.quoting import address

_ADDRESSES = 1 << 14
"""Addresses that are remembered from batch to batch."""

Read = Callable[[Value], Value | None]


def column_of(kind: Type, picked: Picked, *, multi: bool, folded: bool = False) -> pa.Array:
    """A column's cells in all rows; what cannot be read as its type is left out.

    ``multi``: all values of an event as a list, else the first. ``folded``: texts are brought into
    lower case before they are read.
    """
    values = _values(kind, picked, folded=folded)
    owner = picked.owner
    if values.null_count:
        there = values.is_valid()
        owner = owner[there.to_numpy(zero_copy_only=False)]
        values = values.filter(there)
    return _lists(picked.rows, owner, values) if multi else _first(picked.rows, owner, values)


def _lists(rows: int, owner: npt.NDArray[np.int64], values: pa.Array) -> pa.Array:
    """All values of each row."""
    counts = np.bincount(owner, minlength=rows)
    ends = np.zeros(rows + 1, np.int32)
    np.cumsum(counts, out=ends[1:])
    nothing = np.append(counts == 0, False)
    offsets = pa.array(ends, mask=nothing if nothing.any() else None)
    return pa.ListArray.from_arrays(offsets, values)


def _first(rows: int, owner: npt.NDArray[np.int64], values: pa.Array) -> pa.Array:
    """The first value of each row."""
    if len(owner) == rows and (owner == np.arange(rows)).all():
        return values
    at = np.full(rows, -1, np.int64)
    at[owner[::-1]] = np.arange(len(owner))[::-1]
    return values.take(pa.array(at, mask=at < 0))


def _values(kind: Type, picked: Picked, *, folded: bool) -> pa.Array:
    """Each cell's value, null where it cannot be read."""
    read: Read = READ.get(kind, read_text)
    if kind is Type.IP:
        read = _address
    if folded:
        read = _folded(read)
    tags = np.unique(picked.tag).tolist()
    if len(tags) == 1:
        return _alike(kind, tags[0], picked.texts, read)
    places = [np.flatnonzero(picked.tag == tag) for tag in tags]
    parts = [
        _alike(kind, tag, picked.texts.take(pa.array(place)), read)
        for tag, place in zip(tags, places, strict=True)
    ]
    if not parts:
        return pa.nulls(0, ARROW[kind])
    order = np.empty(len(picked.tag), np.int64)
    order[np.concatenate(places)] = np.arange(len(order))
    return pa.concat_arrays(parts).take(pa.array(order))


def _alike(kind: Type, tag: int, texts: pa.Array, read: Read) -> pa.Array:
    """The values of cells that have the same tag."""
    stored = ARROW[kind]
    if tag == STRING and read is read_text:
        return texts
    if tag in (TRUE, FALSE):
        return pa.repeat(pa.scalar(read(tag == TRUE), stored), len(texts))
    if tag == NUMBER and kind is Type.LONG:
        try:
            return texts.cast(stored)
        except pa.ArrowInvalid:  # fractions, exponents, and what is too large
            pass
    encoded = texts.dictionary_encode()
    told: list[Scalar] = encoded.dictionary.to_pylist()
    if tag == NUMBER:
        told = [number(str(text)) for text in told]
    return pa.array(list(map(read, told)), stored).take(encoded.indices)


def _folded(read: Read) -> Read:
    return lambda value: read(value.lower() if isinstance(value, str) else value)


@lru_cache(_ADDRESSES)
def _address(value: Value) -> str | None:
    return address(value)
