"""Kernels that put the cells of events into columns: which cells belong to which, and their texts.

A column needs its cells in order of rows, whatever order the rows are wanted in; then the bytes of
its values one behind the other, as Arrow has them. Nothing is copied twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tocsin.columns.cells import NUMBER, TRUE
from tocsin.columns.native import compiled, lean
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
    tag: Bytes,
    length: Shorts,
    how: Bytes,
    base: Ints,
    sizes: Shorts,
    numbers: Ints,
) -> None:
    """Write down the columns' cells, the new row of each, and how long their texts are.

    As for `counted`; ``at``: by column where in ``cells`` and ``of_row`` its first one goes, and
    that of those without a column.

    By column: ``how``, `SPREAD` where each row has a text, `COMPACT` where each cell has one, else
    nothing; ``base``, the column's place in ``sizes``, which is all zeros: a text's length goes
    behind the place where its column begins. ``numbers``, zeros, counts the cells that are numbers.
    """
    first = at.copy()
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
            place = at[number]
            cells[place] = cell
            of_row[place] = new
            at[number] = place + 1
            if number == last.size:
                continue
            if tag[cell] == NUMBER:
                numbers[number] += 1
            size = _size(tag[cell], length[cell])
            if how[number] == SPREAD:
                sizes[base[number] + new + 1] = size
            elif how[number] == COMPACT:
                sizes[base[number] + place - first[number] + 1] = size


@compiled
def _size(tag: int, length: int) -> int:
    """How long a cell's text is."""
    if tag < TRUE:
        return length
    return 4 if tag == TRUE else 5


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

    As for `counted` and `sorted_out`; ``at``: where in ``out`` the next text of a column goes.
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


@lean
def stacked(
    text: Bytes,
    starts: Ints,
    ends: Ints,
    rows: Ints,
    limits: Ints,
    out: Bytes,
    state: Ints,
    cuts: Ints,
) -> int:
    """Put spans behind each other, each behind its length, in pages; how many pages are full.

    ``limits``: bytes and rows behind which a page ends, bytes behind which it ends whatever its
    rows, bytes that are left free before each page. ``state``: where the page that is not full
    begins and ends, and its rows. ``cuts``: of each full page begin, end and rows. ``text`` and
    ``out`` have `WIDTH` bytes behind their last one.
    """
    full = 0
    begin, place, held = state[0], state[1], state[2]
    for number in range(rows.size):
        start, end = starts[rows[number]], ends[rows[number]]
        size = end - start
        for byte in range(4):
            out[place + byte] = (size >> (8 * byte)) & 0xFF
        place += 4
        for byte in range(0, size, WIDTH):
            copy64(out, place + byte, text, start + byte)
        place += size
        held += 1
        used = place - begin
        if used >= limits[2] or (used >= limits[0] and held % limits[1] == 0):
            cuts[3 * full], cuts[3 * full + 1], cuts[3 * full + 2] = begin, place, held
            full += 1
            place += limits[3]
            begin, held = place, 0
    state[0], state[1], state[2] = begin, place, held
    return full
