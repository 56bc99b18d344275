"""The fields of events as typed Arrow columns: to be looked at, the whole event stands beside them.

The type of a column depends on its name alone, so that files of any day go together: what ECS and
Elastic's integrations say the field holds, a list where they say that it is an array. A value that
its type cannot hold is null; of several values in a field that is no array the first stands in the
column. Fields that no schema names have no column. Of which fields a row's columns do not tell all
is told by a column of its own, so that who asks them knows where to look at the event itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tocsin.columns.cells import NO_TIME, NUMBER, TRUE, Cells, FieldSet
from tocsin.columns.clock import times_of
from tocsin.columns.vector import WIDTH
from tocsin.journal.sealed.spans import (
    COMPACT,
    SPREAD,
    counted,
    sorted_out,
    written,
)
from tocsin.schema.fields import Schema
from tocsin.schema.kinds import INTEGRAL, NUMERIC, TEMPORAL, TEXTUAL, Kind
from tocsin.schema.values import FIRST_TIME, LAST_TIME, number_of

if TYPE_CHECKING:
    import numpy.typing as npt

    from tocsin.columns.cells import Bytes

    Ints = npt.NDArray[np.int64]
    Shorts = npt.NDArray[np.int32]
    _How = tuple[Ints, Shorts, Ints, Shorts, Bytes]
    """What the kernels are told of rows and columns."""

MOST = 512
"""The most fields of a file that have columns: those that are there most often."""

TIMESTAMP = "@timestamp"
TIME = pa.timestamp("ms", "UTC")

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
def types() -> list[tuple[pa.DataType, bool]]:
    """For each slot of `fields` what its values are, and whether it is an array."""
    schema = Schema()
    return [(_type(schema.kind(name)), schema.holds_many(name)) for name in fields().names]


def type_of(name: str) -> pa.DataType:
    """The type of the column of one of `fields`."""
    kind, many = types()[fields().slots[name]]
    return pa.list_(kind) if many else kind


class Made(NamedTuple):
    """The columns of some rows, by name; ``more``: for each row the fields that they do not tell.

    Such a field has more values than its column, or one that its column cannot hold as it is.
    """

    columns: dict[str, pa.Array]
    more: pa.Array


def columns(cells: Cells, rows: Ints, read: FieldSet | None = None) -> Made:
    """The columns of the fields that rows have, `MOST` at most.

    For questions about events that are not sealed yet: what is asked needs them as Arrow has them.
    Sealing encodes them as they come (`tocsin.journal.sealed.gather`), with the same values.

    ``cells`` of `fields`, or of ``read``, which are some of them; ``rows``: those that are wanted,
    in this order.
    """
    names = (fields() if read is None else read).names
    kinds = types() if read is None else [types()[fields().slots[name]] for name in names]
    known = len(names)
    counts = np.bincount(cells.slot, minlength=known)
    chosen = np.sort(np.argsort(-counts, kind="stable")[: min(MOST, np.count_nonzero(counts))])
    column = np.full(known, -1, np.int32)
    column[chosen] = np.arange(chosen.size)
    many = np.array([kinds[slot][1] for slot in chosen.tolist()], np.uint8)
    # Behind the columns: values for which there is no room in any.
    sizes = np.zeros(chosen.size + 1, np.int64)
    how = cells.row_start, cells.slot, rows, column, many
    counted(*how, np.full(chosen.size, -1), sizes)
    edges = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])
    members, of_row = np.empty(edges[-1], np.int64), np.empty(edges[-1], np.int32)
    ways = np.array([_way(*kinds[slot]) for slot in chosen.tolist()], np.uint8)
    counts = np.where(ways == SPREAD, rows.size, np.where(ways == COMPACT, sizes[:-1], 0))
    base = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts + 1)])
    lengths, numeric = np.zeros(base[-1], np.int32), np.zeros(chosen.size, np.int64)
    sorted_out(
        *how,
        np.full(chosen.size, -1),
        edges[:-1].copy(),
        members,
        of_row,
        cells.tag,
        cells.length,
        ways,
        base,
        lengths,
        numeric,
    )
    rest = slice(edges[-2], edges[-1])
    none = cells.slot[members[rest]].astype(np.int64), of_row[rest]
    untold: list[tuple[Ints, Ints | Shorts]] = [none]
    spans = [lengths[base[n] : base[n + 1]] for n in range(chosen.size)]
    texts = Texts(
        cells, _texts(cells, how, ways, spans, edges, of_row), rows.size, numeric.tolist()
    )
    made = {}
    for number, slot in enumerate(chosen.tolist()):
        if sizes[number]:
            some = slice(edges[number], edges[number + 1])
            values, strange = texts.column(number, members[some], of_row[some], *kinds[slot])
            made[names[slot]] = values
            untold.append((np.full(strange.size, slot), strange))
    return Made(made, more_of(untold, rows.size, names))


def _way(kind: pa.DataType, many: bool) -> int:
    """How a column's values are made of texts."""
    if kind == pa.string():
        return COMPACT if many else SPREAD
    return 0 if kind in {TIME, pa.bool_()} else COMPACT


def _texts(
    cells: Cells,
    how: _How,
    ways: Bytes,
    spans: list[Shorts],
    edges: Ints,
    of_row: Shorts,
) -> list[pa.Array]:
    """The texts of columns; ``edges`` of their cells, ``spans``: lengths that become offsets."""
    size = len(how[2])
    if int(cells.length.sum(dtype=np.int64)) + 5 * cells.tag.size >= 1 << 31:
        raise pa.ArrowInvalid("there is too much text for columns")
    for span in spans:
        np.cumsum(span, out=span)
    at = np.zeros(ways.size + 1, np.int64)
    np.cumsum([int(span[-1]) + WIDTH for span in spans], out=at[1:])
    out = np.empty(int(at[-1]) + WIDTH, np.uint8)
    last = np.full(ways.size, -1)
    written(*how, last, ways, cells.text, cells.start, cells.length, cells.tag, at[:-1].copy(), out)
    made = []
    for number, (span, begin) in enumerate(zip(spans, at.tolist(), strict=False)):
        there = None
        some = slice(edges[number], edges[number + 1])
        if ways[number] == SPREAD and some.stop - some.start < size:
            present = np.zeros(size, np.bool_)
            present[of_row[some]] = True
            there = pa.py_buffer(np.packbits(present, bitorder="little"))
        buffers = [there, pa.py_buffer(span), pa.py_buffer(out[begin : begin + int(span[-1])])]
        made.append(pa.Array.from_buffers(pa.string(), len(span) - 1, buffers))
    return made


def more_of(untold: list[tuple[Ints, Ints | Shorts]], size: int, names: Sequence[str]) -> pa.Array:
    """For each row the names of slots, as a list; null where there are none."""
    slots, rows = map(np.concatenate, zip(*untold, strict=True))
    if not rows.size:
        return pa.nulls(size, MORE)
    known = len(names)
    pairs = np.unique(rows * np.int64(known) + slots)
    counts = np.bincount(pairs // known, minlength=size)
    offsets = np.concatenate([np.zeros(1, np.int32), np.cumsum(counts, dtype=np.int32)])
    told = pa.array([names[slot] for slot in (pairs % known).tolist()], pa.string())
    return pa.ListArray.from_arrays(pa.array(offsets), told, mask=pa.array(counts == 0))


def times(values: Ints) -> pa.Array:
    """Milliseconds since 1970 as times; null where there is none, or none that others can show."""
    hidden = (values < FIRST_TIME) | (values > LAST_TIME) | (values == NO_TIME)
    return pa.array(np.where(hidden, 0, values), pa.int64(), mask=hidden).view(TIME)


class Texts:
    """The values of cells as Arrow has them.

    Parameters
    ----------
    texts
        Those of each column, of all rows or of the cells that it has.
    size
        How many rows there are.
    numbers
        How many cells of each column are numbers.
    """

    def __init__(
        self, cells: Cells, texts: list[pa.Array], size: int, numbers: Sequence[int]
    ) -> None:
        self.cells = cells
        self.texts = texts
        self._size = size
        self._numbers = numbers

    def column(
        self, number: int, some: Ints, rows: Shorts, kind: pa.DataType, many: bool
    ) -> tuple[pa.Array, Shorts]:
        """The values of a column's cells in their rows, and the rows of which that is not all."""
        values = self.values(number, some, kind)
        if kind != pa.string():
            strange = rows[odd(values)]
        else:
            strange = rows[self.odd_numbers(some)] if self._numbers[number] else rows[:0]
        if many:
            counts = np.bincount(rows, minlength=self._size)
            offsets = np.concatenate([np.zeros(1, np.int32), np.cumsum(counts, dtype=np.int32)])
            mask = pa.array(counts == 0)
            values = pa.ListArray.from_arrays(pa.array(offsets), values, mask=mask)
        elif len(values) < self._size:
            at = np.full(self._size, -1)
            at[rows] = np.arange(some.size)
            values = values.take(pa.array(at, mask=at < 0))
        return values, strange

    def values(self, number: int, some: Ints, kind: pa.DataType) -> pa.Array:
        """The values of cells, null where one is of another kind; texts also in their rows."""
        if kind == TIME:
            return times(self._times(some))
        if kind == pa.bool_():
            tags = self.cells.tag[some]
            if (tags >= TRUE).all():
                return pa.array(tags == TRUE)
        elif kind == pa.string():
            return self.texts[number]
        elif self._numbers[number] == some.size:
            try:
                return pc.cast(self.texts[number], kind)
            except pa.ArrowInvalid:
                pass
        return self._one_by_one(some, kind)

    def odd_numbers(self, some: Ints) -> npt.NDArray[np.bool_]:
        """Which of some cells that become texts are numbers, and none written as most are."""
        found = np.zeros(some.size, np.bool_)
        numbers = np.flatnonzero(self.cells.tag[some] == NUMBER)
        if numbers.size:
            cells = self.cells
            raw = [
                cells.text[start : start + size].tobytes()
                for start, size in zip(
                    cells.start[some[numbers]].tolist(),
                    cells.length[some[numbers]].tolist(),
                    strict=True,
                )
            ]
            plain = pc.match_substring_regex(pa.array(raw, pa.string()), _WHOLE)
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


def odd(values: pa.Array) -> npt.NDArray[np.bool_]:
    """Which of some cells are not told by their values, which are no texts."""
    told = values.is_valid()
    if values.type == pa.float64():
        told = pc.and_(told, pc.fill_null(pc.less(pc.abs(values), float(_EXACT)), False))
    odd: npt.NDArray[np.bool_] = ~told.to_numpy(zero_copy_only=False)
    return odd
