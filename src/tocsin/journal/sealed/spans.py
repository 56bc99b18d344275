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

SPREAD, COMPACT = 1, 2
"""How a column has its texts: null where a row has none, or one behind the other."""

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
def put(text: Bytes, begin: int, size: int, tag: int, out: Bytes, place: int) -> int:
    """Write a cell's text; how long it is."""
    if tag < TRUE:
        for byte in range(0, size, WIDTH):
            copy64(out, place + byte, text, begin + byte)
        return size
    if tag == TRUE:
        for byte in range(4):
            out[place + byte] = _TRUE[byte]
        return 4
    for byte in range(5):
        out[place + byte] = _FALSE[byte]
    return 5


@compiled
def measured(
    tag: Bytes,
    length: Shorts,
    edges: Ints,
    cells: Ints,
    of_row: Shorts,
    how: Bytes,
    base: Ints,
    sizes: Shorts,
) -> None:
    """How long the texts of the columns are, each behind the place where its column begins.

    By column: ``edges`` where its cells begin and end, ``how``, `SPREAD` where each row has a
    text, `COMPACT` where each cell has one, else nothing; ``base``, the column's place in
    ``sizes``, which is all zeros.
    """
    for column in range(how.size):
        for number in range(edges[column], edges[column + 1]):
            cell = cells[number]
            size = length[cell]
            if tag[cell] >= TRUE:
                size = 4 if tag[cell] == TRUE else 5
            if how[column] == SPREAD:
                sizes[base[column] + of_row[number] + 1] = size
            elif how[column] == COMPACT:
                sizes[base[column] + number - edges[column] + 1] = size


@compiled
def written(
    row_start: Ints,
    slot: Shorts,
    rows: Ints,
    column: Shorts,
    many: Bytes,
    last: Ints,
    how: Bytes,
    text: Bytes,
    start: Ints,
    length: Shorts,
    tag: Bytes,
    at: Ints,
    out: Bytes,
) -> None:
    """The texts of the columns, row by row, so that each event is looked at once.

    As for `counted` and `measured`; ``at``: where in ``out`` the next text of a column goes.
    ``true`` and ``false`` are texts too. ``text`` and ``out`` have `WIDTH` bytes behind their last
    one, and each column has as many behind it.
    """
    for new in range(rows.size):
        row = rows[new]
        for cell in range(row_start[row], row_start[row + 1]):
            number = column[slot[cell]]
            if number < 0 or how[number] == 0 or (many[number] == 0 and last[number] == new):
                continue
            last[number] = new
            at[number] += put(text, start[cell], length[cell], tag[cell], out, at[number])


@compiled
def copied(text: Bytes, starts: Ints, ends: Ints, rows: Ints, out: Bytes) -> None:
    """The spans of some rows, one behind the other.

    ``text`` and ``out`` have `WIDTH` bytes behind their last one.
    """
    place = 0
    for number in range(rows.size):
        begin, end = starts[rows[number]], ends[rows[number]]
        for byte in range(0, end - begin, WIDTH):
            copy64(out, place + byte, text, begin + byte)
        place += end - begin
