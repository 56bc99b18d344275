"""Arrow columns as cells: row by row, as the matcher reads them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from tocsin.columns.cells import NO_TIME, NUMBER, STRING, Cells, FieldSet
from tocsin.columns.native import compiled, load8
from tocsin.columns.scan import scan
from tocsin.inputs.arrow_gather import gathered
from tocsin.inputs.arrow_leaves import Leaf, Wanted, leaves, valid
from tocsin.inputs.arrow_words import UNITS, words
from tocsin.inputs.framing import PADDING
from tocsin.schema.fields import former_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from tocsin.columns.cells import Bytes

    Ints = npt.NDArray[np.int64]

INGESTED = "event.ingested"
_CLOCK = FieldSet((), timestamp="t")
_CLOCK_NS = FieldSet((), timestamp="t", nanoseconds=True)
_LAST = 2**63 - 1


@lru_cache(16)
def needed(fields: FieldSet) -> Wanted:
    """The fields whose columns must be there for `arrow_cells`."""
    return Wanted((*_slots(fields), fields.timestamp, INGESTED))


@lru_cache(maxsize=16)
def _slots(fields: FieldSet) -> dict[str, int]:
    """The slot of each name of a column; those that fields of alerts had before count too."""
    slots = {name: slot for slot, name in enumerate(fields.names)}
    for name, slot in [*slots.items()]:
        for former in former_names(name):
            slots.setdefault(former, slot)
    return slots


def arrow_cells(batch: pa.RecordBatch, fields: FieldSet) -> Cells:
    """The cells of these fields, all rows of a batch; no row is ever rejected."""
    found = list(leaves(batch, needed(fields)))
    slots = _slots(fields)
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
        times[lacking] = _written_times(size, written, fields)[lacking]
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


def _written_times(size: int, written: Sequence[Leaf], fields: FieldSet) -> Ints:
    """Times that are texts or numbers, read as the scanner reads them."""
    parts = [words(leaf.array) for leaf in written]
    cells = gathered(size, written, parts, [0] * len(written))
    kept = (cells.tag == STRING) | (cells.tag == NUMBER)
    room = int(cells.length[kept].sum()) + 3 * len(cells.slot) + 10 * size
    lines = np.zeros(room + PADDING, np.uint8)
    starts, ends = np.empty(size, np.int64), np.empty(size, np.int64)
    write_lines(
        cells.row_start, cells.tag, cells.start, cells.length, cells.text, lines, starts, ends
    )
    return scan(lines, starts, ends, _CLOCK_NS if fields.nanoseconds else _CLOCK).time


@compiled
def write_lines(
    row_start: Ints,
    tag: npt.NDArray[np.uint8],
    start: Ints,
    length: npt.NDArray[np.int32],
    text: Bytes,
    lines: Bytes,
    starts: Ints,
    ends: Ints,
) -> None:
    """Each row as ``{"t":[…]}`` with its strings and numbers; odd characters become ``?``."""
    at = 0
    for row in range(starts.size):
        starts[row] = at
        for byte in (0x7B, 0x22, 0x74, 0x22, 0x3A, 0x5B):
            lines[at] = byte
            at += 1
        first = True
        for cell in range(row_start[row], row_start[row + 1]):
            if tag[cell] != STRING and tag[cell] != NUMBER:
                continue
            if not first:
                lines[at] = 0x2C
                at += 1
            first = False
            if tag[cell] == STRING:
                lines[at] = 0x22
                at += 1
            for place in range(start[cell], start[cell] + length[cell]):
                byte = load8(text, place)
                odd = byte < 0x20 or byte > 0x7E or byte in (0x22, 0x5C)
                lines[at] = 0x3F if odd else byte
                at += 1
            if tag[cell] == STRING:
                lines[at] = 0x22
                at += 1
        lines[at] = 0x5D
        lines[at + 1] = 0x7D
        at += 2
        ends[row] = at
