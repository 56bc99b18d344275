"""The fields of events as typed Arrow columns: to be looked at, the whole event stands beside them.

The type of a column depends on its name alone, so that files of any day go together: what ECS and
Elastic's integrations say the field holds, a list where they say that it is an array. A value that
its type cannot hold is null; of several values in a field that is no array the first stands in the
column. Fields that no schema names have no column. Of which fields a row's columns do not tell all
is told by a column of its own, so that who asks them knows where to look at the event itself.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tocsin.columns.cells import NO_TIME, NUMBER, STRING, TRUE, Cells, FieldSet
from tocsin.columns.clock import times_of
from tocsin.schema.fields import Schema
from tocsin.schema.kinds import INTEGRAL, NUMERIC, TEMPORAL, TEXTUAL, Kind
from tocsin.schema.values import number_of

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]

MOST = 512
"""The most fields of a file that have columns: those that are there most often."""

TIMESTAMP = "@timestamp"
TIME = pa.timestamp("ms", "UTC")

FIRST_TIME, LAST_TIME = -62_135_596_800_000, 253_402_300_799_999
"""The years 1 to 9999, in ms since 1970: what all readers of Parquet can show."""

MORE = pa.list_(pa.string())
"""The type of the column that names fields of which the other columns do not tell all."""

_EXACT = 1 << 53
"""Doubles tell smaller whole numbers apart."""

_WHOLE = "^(0|-?[1-9][0-9]*)$"
_SIGNED, _UNSIGNED = range(-(2**63), 2**63), range(2**64)
_TEXTS = (TEXTUAL - {Kind.FLATTENED}) | {Kind.IP, Kind.VERSION}


@lru_cache(1)
def fields() -> FieldSet:
    """The fields that have columns."""
    schema = Schema()
    names = (name for name in schema.names if not name.endswith(".*") and name != TIMESTAMP)
    return FieldSet(tuple(sorted(name for name in names if _type(schema.kind(name)) is not None)))


def _type(kind: Kind) -> pa.DataType | None:
    if kind in _TEXTS:
        return pa.string()
    if kind in NUMERIC:
        whole = pa.uint64() if kind is Kind.UNSIGNED_LONG else pa.int64()
        return whole if kind in INTEGRAL else pa.float64()
    if kind is Kind.BOOLEAN:
        return pa.bool_()
    return TIME if kind in TEMPORAL else None


@lru_cache(1)
def _types() -> list[tuple[pa.DataType, bool]]:
    """For each slot of `fields` what its values are, and whether it is an array."""
    schema = Schema()
    return [(_type(schema.kind(name)), schema.holds_many(name)) for name in fields().names]


class Made(NamedTuple):
    """The columns of some rows, by name; ``more``: for each row the fields that they do not tell.

    Such a field has more values than its column, or one that its column cannot hold as it is.
    """

    columns: dict[str, pa.Array]
    more: pa.Array


def columns(cells: Cells) -> Made:
    """The columns of the fields that rows have, `MOST` at most; cells of `fields`."""
    size = len(cells.row_start) - 1
    rows = np.repeat(np.arange(size), np.diff(cells.row_start))
    # Sorting 16-bit numbers takes one pass.
    order = np.argsort(cells.slot.astype(np.uint16), kind="stable")
    slots = cells.slot[order]
    edges = np.flatnonzero(np.diff(slots, prepend=-1, append=-1))
    texts = Texts(cells)
    made = {}
    untold: list[tuple[int, Ints]] = []
    spans = list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True))
    if len(spans) > MOST:
        spans = sorted(spans, key=lambda span: span[0] - span[1])
        untold += [(int(slots[begin]), rows[order[begin:end]]) for begin, end in spans[MOST:]]
        del spans[MOST:]
    for begin, end in spans:
        slot = int(slots[begin])
        kind, many = _types()[slot]
        some = order[begin:end]
        build = _lists if many else _scalars
        made[fields().names[slot]], odd = build(texts, some, rows[some], size, kind)
        if odd.size:
            untold.append((slot, odd))
    return Made(dict(sorted(made.items())), _more(untold, size))


def _more(untold: list[tuple[int, Ints]], size: int) -> pa.Array:
    """For each row the names of slots, as a list; null where there are none."""
    if not untold:
        return pa.nulls(size, MORE)
    rows = np.concatenate([odd for _, odd in untold])
    slots = np.concatenate([np.full(len(odd), slot) for slot, odd in untold])
    pairs = np.unique(np.stack([rows, slots]), axis=1)
    counts = np.bincount(pairs[0], minlength=size)
    offsets = np.concatenate([np.zeros(1, np.int32), np.cumsum(counts, dtype=np.int32)])
    names = pa.array([fields().names[slot] for slot in pairs[1].tolist()], pa.string())
    return pa.ListArray.from_arrays(pa.array(offsets), names, mask=pa.array(counts == 0))


def times(values: Ints) -> pa.Array:
    """Milliseconds since 1970 as times; null where there is none, or none that others can show."""
    hidden = (values < FIRST_TIME) | (values > LAST_TIME) | (values == NO_TIME)
    return pa.array(np.where(hidden, 0, values), pa.int64(), mask=hidden).view(TIME)


class Texts:
    """The values of cells as Arrow has them."""

    def __init__(self, cells: Cells) -> None:
        self.cells = cells
        starts = cells.start
        self._rank: Ints | None = None
        if (np.diff(starts) < 0).any():
            by_start = np.argsort(starts, kind="stable")
            self._rank = np.empty(len(starts), np.int64)
            self._rank[by_start] = np.arange(len(starts))
            starts = starts[by_start]
            ends = starts + cells.length[by_start]
        else:
            ends = starts + cells.length
        # Every other text is a value, those between are what stands between values.
        edges = np.empty(2 * len(starts), np.int64)
        edges[0::2], edges[1::2] = starts, ends
        buffers = [None, pa.py_buffer(edges), pa.py_buffer(cells.text)]
        self._all = pa.Array.from_buffers(pa.large_string(), max(len(edges) - 1, 0), buffers)

    def take(self, some: Ints) -> pa.Array:
        """The texts of some cells."""
        at = some if self._rank is None else self._rank[some]
        return self._all.take(pa.array(2 * at)).cast(pa.string())

    def values(self, some: Ints, kind: pa.DataType) -> pa.Array:
        """The values of some cells, null where one is of another kind."""
        tags = self.cells.tag[some]
        if kind == TIME:
            return times(self._times(some))
        if kind == pa.bool_():
            if (tags >= TRUE).all():
                return pa.array(tags == TRUE)
        elif kind == pa.string():
            texts = self.take(some)
            if (tags < TRUE).all():
                return texts
            truths = pc.if_else(pa.array(tags == TRUE), "true", "false")
            return pc.if_else(pa.array(tags < TRUE), texts, truths)
        elif (tags == NUMBER).all():
            try:
                return pc.cast(self.take(some), kind)
            except pa.ArrowInvalid:
                pass
        return self._one_by_one(some, kind)

    def odd(self, some: Ints, values: pa.Array) -> npt.NDArray[np.bool_]:
        """Which of some cells are not told by their values as a column has them."""
        told = values.is_valid()
        if values.type == pa.float64():
            told = pc.and_(told, pc.fill_null(pc.less(pc.abs(values), float(_EXACT)), False))
        found = ~told.to_numpy(zero_copy_only=False)
        if values.type == pa.string():
            numbers = np.flatnonzero(self.cells.tag[some] == NUMBER)
            if numbers.size:
                plain = pc.match_substring_regex(self.take(some[numbers]), _WHOLE)
                found[numbers] = ~plain.to_numpy(zero_copy_only=False)
        return found

    def _times(self, some: Ints) -> Ints:
        cells = self.cells
        alone = np.arange(len(some) + 1)
        picked = cells.slot[some], cells.tag[some], cells.start[some], cells.length[some]
        return times_of(Cells(alone, *picked, cells.text, alone[1:], {}), nanoseconds=False)

    def _one_by_one(self, some: Ints, kind: pa.DataType) -> pa.Array:
        """Values that are written in unusual ways."""
        values = map(self.cells.value, some.tolist())
        if kind == pa.bool_():
            truth = {True: True, False: False, "true": True, "false": False}
            known = (truth.get(v) if isinstance(v, bool | str) else None for v in values)
            return pa.array(known, kind)
        numbers = map(number_of, values)
        if kind == pa.float64():
            return pa.array([None if n is None else float(n) for n in numbers], kind)
        fits = _UNSIGNED if kind == pa.uint64() else _SIGNED
        whole = (int(n) if n is not None and n == int(n) else None for n in numbers)
        return pa.array([n if n is not None and n in fits else None for n in whole], kind)


def _scalars(
    texts: Texts, some: Ints, rows: Ints, size: int, kind: pa.DataType
) -> tuple[pa.Array, Ints]:
    """The first value of each row, and the rows of which that is not all."""
    first = np.diff(rows, prepend=-1) > 0
    at = np.full(size, -1)
    at[rows[first]] = np.arange(int(first.sum()))
    values = texts.values(some[first], kind)
    odd = np.concatenate([rows[~first], rows[first][texts.odd(some[first], values)]])
    return values if len(values) == size else values.take(pa.array(at, mask=at < 0)), odd


def _lists(
    texts: Texts, some: Ints, rows: Ints, size: int, kind: pa.DataType
) -> tuple[pa.Array, Ints]:
    """All values of each row, and the rows of which that is not all."""
    counts = np.bincount(rows, minlength=size)
    offsets = np.concatenate([np.zeros(1, np.int32), np.cumsum(counts, dtype=np.int32)])
    values = texts.values(some, kind)
    made = pa.ListArray.from_arrays(pa.array(offsets), values, mask=pa.array(counts == 0))
    return made, rows[texts.odd(some, values)]


def first_texts(cells: Cells, slots: list[int]) -> list[str]:
    """For each row the first string of the first of these fields that has one, else nothing."""
    size = len(cells.row_start) - 1
    rows = np.repeat(np.arange(size), np.diff(cells.row_start))
    found = np.full(size, -1)
    for slot in reversed(slots):
        some = np.flatnonzero((cells.slot == slot) & (cells.tag == STRING))[::-1]
        found[rows[some]] = some
    known: dict[bytes, str] = {}
    text = memoryview(cells.text.data)
    made = [""] * size
    named = np.flatnonzero(found >= 0)
    chosen = found[named]
    for row, start, length in zip(
        named.tolist(), cells.start[chosen].tolist(), cells.length[chosen].tolist(), strict=True
    ):
        raw = bytes(text[start : start + length])
        name = known.get(raw)
        if name is None:
            name = known[raw] = raw.decode("utf-8", "replace")
        made[row] = name
    return made
