"""Columns as cells: row by row, as the matcher reads them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

from tocsin.columns.cells import NO_TIME, Cells, FieldSet
from tocsin.columns.clock import times_of
from tocsin.inputs.arrow_gather import gathered
from tocsin.inputs.arrow_leaves import Leaf, Wanted, leaves
from tocsin.inputs.arrow_plain import UNITS, valid
from tocsin.inputs.arrow_segments import segment_of
from tocsin.schema.values import FIRST_TIME, LAST_TIME

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from tocsin.inputs.segment import Segment

    Ints = npt.NDArray[np.int64]

INGESTED = "event.ingested"
_LAST = 2**63 - 1


class Column(NamedTuple):
    """What rows have of a field: segments, or a leaf that Arrow read."""

    name: str
    segments: Sequence[Segment]
    leaf: Leaf | None = None

    def parts(self, begin: int) -> Sequence[Segment]:
        """Its segments; ``begin`` is the number of the first row."""
        return self.segments if self.leaf is None else [segment_of(self.leaf, begin)]


@lru_cache(16)
def needed(fields: FieldSet) -> Wanted:
    """The fields whose columns must be there for `cells_of`."""
    return Wanted((*fields.slots, fields.timestamp, INGESTED))


def arrow_columns(batch: pa.RecordBatch | None, wanted: Wanted) -> list[Column]:
    """The columns of a batch that are wanted."""
    if batch is None:
        return []
    return [Column(leaf.name, (), leaf) for leaf in leaves(batch, wanted)]


def cells_of(columns: Sequence[Column], fields: FieldSet, begin: int, end: int) -> Cells:
    """The cells of these fields, rows from ``begin`` to before ``end``; none is ever rejected."""
    slots = fields.slots
    chosen = [
        (slots[column.name], segment)
        for column in columns
        if column.name in slots
        for segment in column.parts(begin)
    ]
    cells = gathered(begin, end, chosen)
    cells.time = _times(columns, fields.timestamp, fields, begin, end)
    lacking = cells.time == NO_TIME
    if lacking.any() and fields.timestamp != INGESTED:
        cells.time[lacking] = _times(columns, INGESTED, fields, begin, end)[lacking]
    return cells


def _times(columns: Sequence[Column], name: str, fields: FieldSet, begin: int, end: int) -> Ints:
    """The first time that each row has in the columns of a field."""
    times = np.full(end - begin, NO_TIME, np.int64)
    written: list[Segment] = []
    for column in columns:
        if column.name != name:
            continue
        leaf = column.leaf
        if leaf is not None and (
            pa.types.is_timestamp(leaf.array.type) or pa.types.is_date(leaf.array.type)
        ):
            rows, values = _instants(leaf, fields.nanoseconds)
            free = times[rows] == NO_TIME
            times[rows[free][::-1]] = values[free][::-1]
        else:
            written += column.parts(begin)
    if written:
        lacking = times == NO_TIME
        cells = gathered(begin, end, [(0, segment) for segment in written])
        times[lacking] = times_of(cells, fields.nanoseconds)[lacking]
    return times


def _instants(leaf: Leaf, nanoseconds: bool) -> tuple[Ints, Ints]:
    """Rows and times of a column of timestamps or dates, those that events can have."""
    array = leaf.array
    if pa.types.is_date(array.type):
        array = array.cast(pa.timestamp("ms"))
    kept = np.flatnonzero(valid(array))
    rows = kept if leaf.rows is None else leaf.rows[kept]
    values = array.view(pa.int64()).fill_null(0).to_numpy()[kept]
    have, want = UNITS[array.type.unit], UNITS["ns" if nanoseconds else "ms"]
    first, last = (-_LAST, _LAST) if nanoseconds else (FIRST_TIME, LAST_TIME)
    if have >= want:
        values = values // (have // want)
        factor = 1
    else:
        factor = want // have
    fits = (values >= -(-first // factor)) & (values <= last // factor)
    return rows[fits], values[fits] * factor
