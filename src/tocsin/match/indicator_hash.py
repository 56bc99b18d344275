"""Values that events and indicators may share, as hashes: for all rows of a batch at once.

A *column* is an indicator's field and how its values compare. Hashes differ from column to column,
and from process to process, so that nobody can aim at them. An address is looked up alone and
in each length of block that the column has.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tocsin.columns.cells import Bytes
from tocsin.columns.native import lean
from tocsin.match.hashing import mix
from tocsin.match.keyhash import ADDRESS, SPREAD, Hashes, Ints, Longs, cell_hash
from tocsin.match.scalars import read_address

SETTLED, ODD, BLOCK = 0, 1, 2
"""What becomes of a cell: it has a hash; Python must say which; it is no single address."""

ALONE = 129
"""Stands for a whole value where others have the length of a block's prefix (of 128 bits)."""


class Columns(NamedTuple):
    """Which cells are values of which columns: slot ``s`` has ``column[start[s]:start[s + 1]]``.

    ``way``: int32, how values of each column are hashed; ``salt``: uint64[columns]; ``prefix``:
    the block lengths that columns have, ``prefix_start[c]:prefix_start[c + 1]`` being those of
    column ``c``; ``seed`` of the hashes.
    """

    start: Ints
    column: Ints
    way: Ints
    salt: Hashes
    prefix_start: Ints
    prefix: Ints
    seed: np.uint64


class Cells(NamedTuple):
    """A batch's cells, as `match.canonical.views` gives them."""

    row_start: Longs
    slot: Ints
    tag: Bytes
    start: Longs
    length: Ints
    text: Bytes


class Room(NamedTuple):
    """Where kernels write: of each value the row, cell, column, hash, and what becomes of it."""

    row: Ints
    cell: Longs
    column: Ints
    hash: Hashes
    state: npt.NDArray[np.uint8]


def room(size: int) -> Room:
    """Room for so many values."""
    return Room(
        np.empty(size, np.int32),
        np.empty(size, np.int64),
        np.empty(size, np.int32),
        np.empty(size, np.uint64),
        np.empty(size, np.uint8),
    )


@lean
def value_key(value: np.uint64, salt: np.uint64, prefix: int) -> np.uint64:
    """The hash under which a value stands in a column: alone, or as a block's first address."""
    return np.uint64(mix(value ^ salt, SPREAD ^ np.uint64(prefix + 1)))


@lean
def block_hash(high: np.uint64, low: np.uint64, prefix: int, seed: np.uint64) -> np.uint64:
    """The hash of the block of a length that an address lies in."""
    if prefix <= 64:
        low = np.uint64(0)
        high = high & ~(np.uint64(0xFFFFFFFFFFFFFFFF) >> np.uint64(prefix)) if prefix < 64 else high
    elif prefix < 128:
        low &= ~(np.uint64(0xFFFFFFFFFFFFFFFF) >> np.uint64(prefix - 64))
    return np.uint64(mix(high ^ seed, low ^ SPREAD))


@lean
def hash_cells(rows: Ints, cells: Cells, columns: Columns, out: Room) -> int:
    """The hashes of all values of indicators; gives how many, though fewer may have had room."""
    count = 0
    for at in range(rows.size):
        for cell in range(cells.row_start[rows[at]], cells.row_start[rows[at] + 1]):
            slot = cells.slot[cell]
            for place in range(columns.start[slot], columns.start[slot + 1]):
                if count < out.row.size:
                    column = columns.column[place]
                    how = columns.way[column]
                    settled, value = cell_hash(
                        cells.text,
                        cells.tag[cell],
                        cells.start[cell],
                        cells.length[cell],
                        how,
                        columns.seed,
                    )
                    state = SETTLED if settled else ODD
                    if how >= ADDRESS and cells.tag[cell] == 0 and settled:
                        start = cells.start[cell]
                        found, _, _ = read_address(cells.text, start, start + cells.length[cell])
                        if not found:
                            state = BLOCK
                    out.row[count] = rows[at]
                    out.cell[count] = cell
                    out.column[count] = column
                    out.hash[count] = value_key(value, columns.salt[column], ALONE)
                    out.state[count] = state
                count += 1
    return count


@lean
def may_hold(bloom: Hashes, value: np.uint64) -> bool:
    """Whether a filter may have been given a hash: four bits of one word."""
    word = bloom[value >> np.uint64(40) & np.uint64(bloom.size - 1)]
    one = np.uint64(1)
    mask = one << (value & np.uint64(63)) | one << (value >> np.uint64(6) & np.uint64(63))
    mask |= one << (value >> np.uint64(12) & np.uint64(63))
    mask |= one << (value >> np.uint64(18) & np.uint64(63))
    return bool(word & mask == mask)


@lean
def fill(bloom: Hashes, values: Hashes) -> None:
    """Give a filter some hashes."""
    one = np.uint64(1)
    for value in values:
        mask = one << (value & np.uint64(63)) | one << (value >> np.uint64(6) & np.uint64(63))
        mask |= one << (value >> np.uint64(12) & np.uint64(63))
        mask |= one << (value >> np.uint64(18) & np.uint64(63))
        bloom[value >> np.uint64(40) & np.uint64(bloom.size - 1)] |= mask


@lean
def probe(  # noqa: C901 - one cell after the other
    rows: Ints, cells: Cells, columns: Columns, bloom: Hashes, out: Room
) -> int:
    """The values of events that indicators may have; gives how many, as `hash_cells` does."""
    count = 0
    for at in range(rows.size):
        for cell in range(cells.row_start[rows[at]], cells.row_start[rows[at] + 1]):
            slot = cells.slot[cell]
            for place in range(columns.start[slot], columns.start[slot + 1]):
                column = columns.column[place]
                how = columns.way[column]
                start, salt = cells.start[cell], columns.salt[column]
                settled, value = cell_hash(
                    cells.text, cells.tag[cell], start, cells.length[cell], how, columns.seed
                )
                value = value_key(value, salt, ALONE)
                if not settled or may_hold(bloom, value):
                    if count < out.row.size:
                        out.row[count], out.cell[count] = rows[at], cell
                        out.column[count], out.hash[count] = column, value
                        out.state[count] = SETTLED if settled else ODD
                    count += 1
                first, last = columns.prefix_start[column], columns.prefix_start[column + 1]
                if first == last or cells.tag[cell] != 0:
                    continue
                found, high, low = read_address(cells.text, start, start + cells.length[cell])
                if not found:
                    continue
                for number in range(first, last):
                    length = columns.prefix[number]
                    value = block_hash(np.uint64(high), np.uint64(low), length, columns.seed)
                    value = value_key(value, salt, length)
                    if may_hold(bloom, value):
                        if count < out.row.size:
                            out.row[count], out.cell[count] = rows[at], cell
                            out.column[count], out.hash[count] = column, value
                            out.state[count] = SETTLED
                        count += 1
    return count
