"""Kernels that write levels and the numbers of words as the pages of Parquet have them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tocsin.columns.native import inlined, lean

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from tocsin.columns.cells import Bytes

    Ints = npt.NDArray[np.int64]
    Shorts = npt.NDArray[np.int32]

REPEATED, DEFINED = range(2)


@lean
def present(
    of_row: Shorts, begin: int, end: int, first: int, last: int, levels: Shorts, out: Bytes
) -> int:
    """Write which rows have a value; how many bytes that takes.

    ``of_row[begin:end]``: those from ``first`` to before ``last`` that have one. ``levels``: room
    for as many rows. ``out``: as for `runs`.
    """
    size = last - first
    if begin == end or end - begin == size:
        for row in range(size if size < 8 else 0):
            levels[row] = 0 if begin == end else 1
        if size >= 8:
            place = _number(size << 1, out, 4)
            out[place] = 0 if begin == end else 1
            return _sized(out, 0, place + 1)
    else:
        for row in range(size):
            levels[row] = 0
        for at in range(begin, end):
            levels[of_row[at] - first] = 1
    return _sized(out, 0, runs(levels, 0, size, 1, out, 4))


@lean
def nested(
    of_row: Shorts,
    told: Bytes,
    begin: int,
    end: int,
    first: int,
    last: int,
    levels: Shorts,
    out: Bytes,
    found: Ints,
) -> int:
    """Write the levels of lists; how many bytes they take.

    As for `present`; ``told``: by value, whether there is one or it is null; if empty, all are.
    ``levels``: room for twice as many as there are rows and values. ``found``: filled with how
    many levels there are.
    """
    room = levels.size // 2
    count = 0
    at = begin
    for row in range(first, last):
        if at == end or of_row[at] != row:
            levels[count], levels[room + count] = 0, 0
            count += 1
            continue
        repeated = 0
        while at < end and of_row[at] == row:
            levels[count] = repeated
            levels[room + count] = 3 if told.size == 0 or told[at] else 2
            repeated = 1
            count += 1
            at += 1
    place = _sized(out, 0, runs(levels, 0, count, 1, out, 4))
    found[0] = count
    return _sized(out, place, runs(levels, room, room + count, 2, out, place + 4))


@inlined
def _sized(out: Bytes, place: int, end: int) -> int:
    """Write in front of what was written how long it is; where it ends."""
    size = end - place - 4
    for byte in range(4):
        out[place + byte] = (size >> (8 * byte)) & 0xFF
    return end


@lean
def runs(values: Shorts, begin: int, end: int, width: int, out: Bytes, place: int) -> int:
    """Write numbers of so many bits as Parquet's runs, from a place on; where they end.

    What stands eight times or more is told once; others are packed, eight together. ``out`` has
    four bytes more for each eight numbers than these take, and 16 bytes.
    """
    packed, at = begin, begin
    step = (width + 7) // 8
    while at < end:
        value = values[at]
        run = at + 1
        while run < end and values[run] == value:
            run += 1
        lacking = (packed - at) & 7  # a packed run is a multiple of eight
        if run - at - lacking < 8:
            at = run
            continue
        at += lacking
        if at > packed:
            place = _packed(values, packed, at, width, out, place)
        place = _number((run - at) << 1, out, place)
        for byte in range(step):
            out[place + byte] = (value >> (8 * byte)) & 0xFF
        place += step
        at = packed = run
    if at > packed:
        place = _packed(values, packed, at, width, out, place)
    return place


@lean
def _packed(values: Shorts, begin: int, end: int, width: int, out: Bytes, place: int) -> int:
    """Write numbers packed, with zeros behind them up to a multiple of eight."""
    groups = (end - begin + 7) // 8
    place = _number(groups << 1 | 1, out, place)
    held, bits = 0, 0
    for at in range(begin, begin + 8 * groups):
        if at < end:
            held |= values[at] << bits
        bits += width
        while bits >= 8:
            out[place] = held & 0xFF
            place += 1
            held >>= 8
            bits -= 8
    return place


@inlined
def _number(value: int, out: Bytes, place: int) -> int:
    """Write a number, seven bits to a byte; where it ends."""
    while value >= 0x80:
        out[place] = value & 0x7F | 0x80
        place += 1
        value >>= 7
    out[place] = value
    return place + 1
