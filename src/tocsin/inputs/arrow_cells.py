"""Arrow columns as cells: row by row, as the matcher reads them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from tocsin.columns.cells import NO_TIME, Cells, FieldSet
from tocsin.columns.clock import times_of
from tocsin.inputs.arrow_gather import gathered
from tocsin.inputs.arrow_leaves import Leaf, Wanted, leaves, valid
from tocsin.inputs.arrow_words import UNITS, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]

INGESTED = "event.ingested"
_LAST = 2**63 - 1


@lru_cache(16)
def needed(fields: FieldSet) -> Wanted:
    """The fields whose columns must be there for `arrow_cells`."""
    return Wanted((*fields.slots, fields.timestamp, INGESTED))


def arrow_cells(batch: pa.RecordBatch, fields: FieldSet) -> Cells:
    """The cells of these fields, all rows of a batch; no row is ever rejected."""
    found = list(leaves(batch, needed(fields)))
    slots = fields.slots
    chosen = [leaf for leaf in found if leaf.name in slots]
    parts = [words(leaf.array) for leaf in chosen]
    cells = gathered(batch.num_rows, chosen, parts, [slots[leaf.name] for leaf in chosen])
    cells.time = _times(
        batch.num_rows, [leaf for leaf in found if leaf.name == fields.timestamp], fields
    )
    lacking = cells.time == NO_TIME
    if lacking.any() and fields.timestamp != INGESTED:
        later = [leaf for leaf in found if leaf.name == INGESTED]
        cells.time[lacking] = _times(batch.num_rows, later, fields)[lacking]
    return cells


def _times(size: int, found: Sequence[Leaf], fields: FieldSet) -> Ints:
    """The first time that each row has in these columns."""
    times = np.full(size, NO_TIME, np.int64)
    written = []
    for leaf in found:
        if pa.types.is_timestamp(leaf.array.type) or pa.types.is_date(leaf.array.type):
            rows, values = _instants(leaf, fields.nanoseconds)
            free = times[rows] == NO_TIME
            times[rows[free][::-1]] = values[free][::-1]
        else:
            written.append(leaf)
    if written:
        lacking = times == NO_TIME
        parts = [words(leaf.array) for leaf in written]
        cells = gathered(size, written, parts, [0] * len(written))
        times[lacking] = times_of(cells, fields.nanoseconds)[lacking]
    return times


def _instants(leaf: Leaf, nanoseconds: bool) -> tuple[Ints, Ints]:
    """Rows and times of a column of timestamps or dates."""
    array = leaf.array
    if pa.types.is_date(array.type):
        array = array.cast(pa.timestamp("ms"))
    kept = np.flatnonzero(valid(array))
    rows = kept if leaf.rows is None else leaf.rows[kept]
    values = array.view(pa.int64()).fill_null(0).to_numpy()[kept]
    have, want = UNITS[array.type.unit], UNITS["ns" if nanoseconds else "ms"]
    if have >= want:
        return rows, values // (have // want)
    factor = want // have
    fits = np.abs(values) <= _LAST // factor
    return rows, np.where(fits, values * np.where(fits, factor, 1), NO_TIME)
