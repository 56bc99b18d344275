"""The cells of some rows of a batch, field by field, with their texts as Arrow has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tocsin.columns.cells import Bytes, Cells
from tocsin.columns.native import compiled

Ints: TypeAlias = npt.NDArray[np.int64]
Shorts: TypeAlias = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Picked:
    """The cells of one field in ``rows`` rows, by row and as they stood.

    ``owner``: int64[n], the place of each cell's row, ascending. ``tag``: uint8[n], as `Cells` has
    it. ``texts``: n texts.
    """

    rows: int
    owner: Ints
    tag: Bytes
    texts: pa.Array


class Pick:
    """Finds the cells of fields in some rows of a batch.

    Parameters
    ----------
    rows
        The rows, ascending; their texts have less than 2 GiB together.
    slots
        The fields that may be asked for, each once.
    """

    def __init__(self, cells: Cells, rows: Ints, slots: Shorts) -> None:
        self._cells = cells
        self._rows = rows
        self._group = {slot: number for number, slot in enumerate(slots.tolist())}
        highest = max(int(cells.slot.max(initial=-1)), int(slots.max(initial=-1)))
        group = np.full(highest + 1, -1, np.int32)
        group[slots] = np.arange(len(slots), dtype=np.int32)
        start, slot = _locked(cells.row_start), _locked(cells.slot)
        counts = np.zeros(len(slots) + 1, np.int64)
        count(start, slot, rows, group, counts)
        self._ends = np.cumsum(counts)
        total = int(self._ends[-1])
        self._cell, self._owner = np.empty(total, np.int64), np.empty(total, np.int64)
        sort_out(start, slot, rows, group, self._ends[:-1].copy(), self._cell, self._owner)

    def of(self, slot: int, among: Ints | None = None) -> Picked:
        """The cells of a field in all rows, or in those at some places (ascending) among them."""
        group = self._group[slot]
        part = slice(int(self._ends[group]), int(self._ends[group + 1]))
        cell, owner, rows = self._cell[part], self._owner[part], len(self._rows)
        if among is not None:
            place = np.searchsorted(among, owner)
            rows = len(among)
            kept = place < rows
            kept[kept] = among[place[kept]] == owner[kept]
            cell, owner = cell[kept], place[kept]
        return Picked(rows, owner, self._cells.tag[cell], self._texts(cell))

    def _texts(self, cell: Ints) -> pa.Array:
        cells = self._cells
        ends = np.zeros(len(cell) + 1, np.int64)
        np.cumsum(cells.length[cell], out=ends[1:])
        text = np.empty(int(ends[-1]), np.uint8)
        copy(_locked(cells.text), cells.start[cell], ends, text)
        buffers = [None, pa.py_buffer(ends.astype(np.int32)), pa.py_buffer(text)]
        return pa.Array.from_buffers(pa.string(), len(cell), buffers)


def _locked(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """A read-only view: kernels are compiled for just one kind of array."""
    view = array.view()
    view.flags.writeable = False
    return view


@compiled
def count(row_start: Ints, slot: Shorts, rows: Ints, group: Shorts, counts: Ints) -> None:
    """Count the cells of each group of fields; that of group ``g`` stands at ``g + 1``."""
    for row in rows:
        for cell in range(row_start[row], row_start[row + 1]):
            which = group[slot[cell]]
            if which >= 0:
                counts[which + 1] += 1


@compiled
def sort_out(
    row_start: Ints, slot: Shorts, rows: Ints, group: Shorts, at: Ints, cells: Ints, owner: Ints
) -> None:
    """Write down the cells of each group, and whose they are; ``at``: where each group begins."""
    for place in range(rows.size):
        row = rows[place]
        for cell in range(row_start[row], row_start[row + 1]):
            which = group[slot[cell]]
            if which >= 0:
                cells[at[which]] = cell
                owner[at[which]] = place
                at[which] += 1


@compiled
def copy(text: Bytes, start: Ints, ends: Ints, target: Bytes) -> None:
    """Put texts one after the other; ``ends[i + 1]``: where text ``i`` ends."""
    for number in range(start.size):
        shift = start[number] - ends[number]
        for at in range(ends[number], ends[number + 1]):
            target[at] = text[at + shift]
