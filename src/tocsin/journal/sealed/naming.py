"""Which data set events belong to: numbers for the few names that most of them have.

A kernel tells the names apart by all of their bytes. Events whose name is beyond the first few are
left to the caller, so that a hostile stream of names costs no more than it did.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tocsin.columns.cells import STRING
from tocsin.columns.native import compiled, load64

if TYPE_CHECKING:
    import numpy.typing as npt

    from tocsin.columns.cells import Bytes, Cells

    Ints = npt.NDArray[np.int64]
    Shorts = npt.NDArray[np.int32]

FEW = 64
"""Names that the kernel tells apart."""

ONE = np.uint64(1)

NOBODY, OTHER = -1, -2
"""An event that has no name, and one whose name is beyond the first few."""


@compiled
def numbered(
    row_start: Ints,
    slot: Shorts,
    tag: Bytes,
    start: Ints,
    length: Shorts,
    text: Bytes,
    wanted: Ints,
    chosen: Ints,
    known: Ints,
    numbers: Ints,
) -> int:
    """Find each row's name, the first string of the first of the wanted slots that has one.

    ``chosen``: filled with the cells of the names, -1 where there is none; ``numbers``: with the
    names' numbers; ``known``: with a cell of each that is told apart. Returns how many are.
    """
    count = 0
    last = 0
    for row in range(numbers.size):
        cell = -1
        for place in range(wanted.size):
            for at in range(row_start[row], row_start[row + 1]):
                if slot[at] == wanted[place] and tag[at] == STRING:
                    cell = at
                    break
            if cell >= 0:
                break
        chosen[row] = cell
        if cell < 0:
            numbers[row] = NOBODY
            continue
        tried = 0
        while tried < count and not _same(start, length, text, cell, known[last]):
            last = last + 1 if last + 1 < count else 0
            tried += 1
        if tried == count:
            if count == known.size:
                numbers[row] = OTHER
                continue
            last = count
            known[count] = cell
            count += 1
        numbers[row] = last
    return count


@compiled
def _same(start: Ints, length: Shorts, text: Bytes, one: int, other: int) -> bool:
    """Whether two cells have the same text."""
    if length[one] != length[other]:
        return False
    size = length[one]
    for byte in range(0, size, 8):
        differs = load64(text, start[one] + byte) ^ load64(text, start[other] + byte)
        if size - byte < 8:
            differs &= (ONE << np.uint64(8 * (size - byte))) - ONE
        if differs != 0:
            return False
    return True


def names_of(cells: Cells, slots: list[int], nameless: str) -> tuple[list[str], Ints]:
    """All names, and for each row the number of its name.

    A row's name is the first string of the first of these fields that has one; the first of all
    names, ``nameless``, is that of rows without any, or with an empty one.
    """
    size = len(cells.row_start) - 1
    chosen, numbers = np.empty(size, np.int64), np.empty(size, np.int64)
    known = np.empty(FEW, np.int64)
    wanted = np.array(slots, np.int64)
    parts = cells.row_start, cells.slot, cells.tag, cells.start, cells.length, cells.text
    count = numbered(*parts, wanted, chosen, known, numbers)
    places = {nameless: 0, "": 0}
    told = [
        places.setdefault(_text(cells, cell), len(places) - 1) for cell in known[:count].tolist()
    ]
    others = np.flatnonzero(numbers == OTHER)
    rest = [
        places.setdefault(_text(cells, cell), len(places) - 1) for cell in chosen[others].tolist()
    ]
    found = np.where(numbers >= 0, np.array([*told, 0], np.int64)[numbers], 0)
    found[others] = rest
    return [name for name in places if name], found


def _text(cells: Cells, cell: int) -> str:
    start = int(cells.start[cell])
    return cells.text[start : start + int(cells.length[cell])].tobytes().decode("utf-8", "replace")
