"""Kernels that put the cells of events into columns: which cells belong to which, and their texts.

A column needs its cells in order of rows, whatever order the rows are wanted in; then the bytes of
its values one behind the other, as Arrow has them. Nothing is copied twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tocsin.columns.cells import TRUE
from tocsin.columns.native import compiled
from tocsin.columns.vector import WIDTH, copy64

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from tocsin.columns.cells import Bytes

    Ints = npt.NDArray[np.int64]
    Shorts = npt.NDArray[np.int32]

_TRUE = (0x74, 0x72, 0x75, 0x65)
_FALSE = (0x66, 0x61, 0x6C, 0x73, 0x65)


@compiled
def counted(
    row_start: Ints, slot: Shorts, rows: Ints, column: Shorts, many: Bytes, last: Ints, sizes: Ints
) -> None:
    """How many cells the columns have: all of a field that is an array, else a row's first.

    ``rows``: the rows, in the order that is wanted. By slot: ``column``, its column's number or
    -1. By column: ``many``, whether it is an array; ``last``, -1 in each place; ``sizes``, zeros,
    and behind them one for the cells that have no place in a column.
    """
    for new in range(rows.size):
        row = rows[new]
        for cell in range(row_start[row], row_start[row + 1]):
            number = column[slot[cell]]
            if number < 0:
                number = last.size
            elif many[number] == 0:
                if last[number] == new:
                    number = last.size
                else:
                    last[number] = new
            sizes[number] += 1


@compiled
def sorted_out(
    row_start: Ints,
    slot: Shorts,
    rows: Ints,
    column: Shorts,
    many: Bytes,
    last: Ints,
    at: Ints,
    cells: Ints,
    of_row: Shorts,
) -> None:
    """Write down the columns' cells, and the new row of each.

    As for `counted`; ``at``: by column where in ``cells`` and ``of_row`` its first one goes, and
    that of those without a column.
    """
    for new in range(rows.size):
        row = rows[new]
        for cell in range(row_start[row], row_start[row + 1]):
            number = column[slot[cell]]
            if number < 0:
                number = last.size
            elif many[number] == 0:
                if last[number] == new:
                    number = last.size
                else:
                    last[number] = new
            cells[at[number]] = cell
            of_row[at[number]] = new
            at[number] += 1


@compiled
def written(text: Bytes, start: Ints, length: Shorts, tag: Bytes, cells: Ints, out: Bytes) -> None:
    """The texts of some cells, one behind the other; ``true`` and ``false`` are texts too.

    ``text`` and ``out`` have `WIDTH` bytes behind their last one.
    """
    place = 0
    for number in range(cells.size):
        cell = cells[number]
        if tag[cell] < TRUE:
            begin, size = start[cell], length[cell]
            for byte in range(0, size, WIDTH):
                copy64(out, place + byte, text, begin + byte)
            place += size
        elif tag[cell] == TRUE:
            for byte in range(4):
                out[place + byte] = _TRUE[byte]
            place += 4
        else:
            for byte in range(5):
                out[place + byte] = _FALSE[byte]
            place += 5


@compiled
def copied(text: Bytes, starts: Ints, ends: Ints, rows: Ints, out: Bytes) -> None:
    """The spans of some rows, one behind the other; the buffers as for `written`."""
    place = 0
    for number in range(rows.size):
        begin, end = starts[rows[number]], ends[rows[number]]
        for byte in range(0, end - begin, WIDTH):
            copy64(out, place + byte, text, begin + byte)
        place += end - begin
