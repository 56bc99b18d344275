"""What stands in a page of a Parquet file: levels, codes and texts.

Pages come from files that anybody may have written. Each kernel is told where the bytes end, looks
at none beyond, and gives -1 for whatever is not as it must be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tocsin.columns.native import compiled, inlined, load8, load64, whole
from tocsin.inputs.segment import EMPTY, NOTHING

if TYPE_CHECKING:
    import numpy.typing as npt

    from tocsin.columns.cells import Bytes

    Ints = npt.NDArray[np.int64]
    Shorts = npt.NDArray[np.int32]

PREFIX = 4
"""Bytes before each text of a page: its length."""

HIGH = np.uint64(0x8080808080808080)


@inlined
def varint(data: Bytes, at: int, end: int) -> tuple[int, int]:
    """A number of at most 32 bits and the place after it; -1 if there is none."""
    value, shift = 0, 0
    while at < end and shift < 35:
        byte = load8(data, at)
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return (value, at) if value < 1 << 32 else (-1, at)
        shift += 7
    return -1, at


@inlined
def bits(data: Bytes, place: int, end: int, width: int) -> int:
    """A number of at most 32 bits from a bit on; bytes from ``end`` on count as zero."""
    byte, shift = place >> 3, place & 7
    word = np.uint64(0)
    if byte + 8 <= end:
        word = load64(data, byte)
    else:
        for at in range(byte, min(end, byte + 8)):
            word |= np.uint64(load8(data, at)) << np.uint64(8 * (at - byte))
    return whole((word >> np.uint64(shift)) & np.uint64((1 << width) - 1))


@compiled
def hybrid(  # noqa: C901 - runs of both kinds, and what may be wrong with them
    data: Bytes, at: int, end: int, width: int, out: Shorts, most: int
) -> int:
    """Numbers of so many bits, in runs of equal ones or packed, none above ``most``.

    Gives 0, -1 if they are not there or too large, or, if all are one run, 1 more than the number.
    """
    done, size, mask = 0, out.size, (1 << width) - 1
    if width > 31 or at < 0 or at > end or end > data.size:
        return -1
    while done < size:
        header, at = varint(data, at, end)
        if header < 0:
            return -1
        count = min(size - done, 8 * (header >> 1) if header & 1 else header >> 1)
        if header & 1:
            used = (count * width + 7) >> 3
            if used > end - at:
                return -1
            place, last = 8 * at, at + used
            for element in range(done, done + count):
                value = bits(data, place, last, width)
                if value > most:
                    return -1
                out[element] = value
                place += width
            at += min((header >> 1) * width, end - at)
        else:
            if (width + 7) >> 3 > end - at:
                return -1
            value = bits(data, 8 * at, at + ((width + 7) >> 3), 32) & mask
            at += (width + 7) >> 3
            if value > most:
                return -1
            if count == size:
                out[:] = value
                return 1 + value
            for element in range(done, done + count):
                out[element] = value
        done += count
    return 0


@compiled
def ordinals(levels: Shorts, most: int, codes: Shorts) -> int:
    """Number the elements that are there, those of the highest level; gives how many they are."""
    count = 0
    for element in range(levels.size):
        there = levels[element] == most
        codes[element] = count if there else NOTHING
        count += there
    return count


@compiled
def spread(codes: Shorts, packed: Shorts) -> None:
    """Instead of the number of an element that is there write its code."""
    for element in range(codes.size):
        if codes[element] >= 0:
            codes[element] = packed[codes[element]]


@compiled
def owners(repeats: Shorts, levels: Shorts, inner: int, row: int, codes: Shorts, rows: Ints) -> int:
    """The row of each element; ``row`` is the one before, which the first elements may continue.

    ``inner``: the level from which on there is an element of a list; where the list is empty, or
    the element null, the code says so. Gives the last row.
    """
    for element in range(repeats.size):
        row += repeats[element] == 0
        rows[element] = row
        if codes[element] == NOTHING and levels[element] >= inner - 1:
            codes[element] = EMPTY
    return row


@compiled
def walk(data: Bytes, at: int, end: int, ends: Ints) -> int:
    """Where the lengths of texts stand, and where the last text ends.

    Gives 0, 1 if some text is not plain ASCII, -1 if they are not there.
    """
    found = np.uint64(0)
    count = ends.size - 1
    if at < 0 or at > end or end > data.size:
        return -1
    for text in range(count):
        if end - at < PREFIX:
            return -1
        ends[text] = at
        size = load8(data, at) | load8(data, at + 1) << 8 | load8(data, at + 2) << 16
        size |= load8(data, at + 3) << 24
        at += PREFIX
        if size > end - at:
            return -1
        last = at + size
        while at + 8 <= last:
            found |= load64(data, at)
            at += 8
        while at < last:
            found |= np.uint64(load8(data, at))
            at += 1
    ends[count] = at
    return 1 if found & HIGH else 0


@compiled
def packed(data: Bytes, ends: Ints, text: Bytes, places: Ints) -> None:
    """The texts that `walk` found one after the other, without their lengths."""
    out = 0
    for word in range(ends.size - 1):
        places[word] = out
        for at in range(ends[word] + PREFIX, ends[word + 1]):
            text[out] = data[at]
            out += 1
    places[ends.size - 1] = out


@compiled
def flags(data: Bytes, at: int, end: int, out: Shorts) -> int:
    """Booleans, a bit each; -1 if there are too few."""
    if at < 0 or end > data.size or 8 * (end - at) < out.size:
        return -1
    for element in range(out.size):
        out[element] = load8(data, at + (element >> 3)) >> (element & 7) & 1
    return 0
