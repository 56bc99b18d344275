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
def word_at(data: Bytes, at: int, end: int) -> np.uint64:
    """Eight bytes as a number; those from ``end`` on count as zero."""
    if at + 8 <= end:
        return load64(data, at)
    word = np.uint64(0)
    for place in range(at, end):
        word |= np.uint64(load8(data, place)) << np.uint64(8 * (place - at))
    return word


@inlined
def unpack(data: Bytes, at: int, end: int, width: int, out: Shorts, first: int, last: int) -> int:
    """Write packed numbers to ``out[first:last]``; gives the largest."""
    mask, largest = np.uint64((1 << width) - 1), 0
    element, place = first, 8 * at
    if width <= 8:
        while element + 8 <= last:
            word = word_at(data, place >> 3, end)
            for number in range(8):
                value = whole(word >> np.uint64(number * width) & mask)
                out[element + number] = value
                largest = max(largest, value)
            element += 8
            place += 8 * width
    while element < last:
        word = word_at(data, place >> 3, end)
        value = whole(word >> np.uint64(place & 7) & mask)
        out[element] = value
        largest = max(largest, value)
        element += 1
        place += width
    return largest


@compiled
def hybrid(data: Bytes, at: int, end: int, width: int, out: Shorts, most: int) -> int:
    """Numbers of so many bits, in runs of equal ones or packed, none above ``most``.

    Gives 0, or -1 if they are not there or too large. If all are one run it gives 1 more than the
    number, and writes nothing.
    """
    done, size, largest = 0, out.size, 0
    if width > 31 or at < 0 or at > end or end > data.size:
        return -1
    bytes_each = (width + 7) >> 3
    while done < size:
        header, at = varint(data, at, end)
        if header < 0:
            return -1
        count = min(size - done, 8 * (header >> 1) if header & 1 else header >> 1)
        if header & 1:
            used = (count * width + 7) >> 3
            if used > end - at:
                return -1
            largest = max(largest, unpack(data, at, at + used, width, out, done, done + count))
            at += min((header >> 1) * width, end - at)
        else:
            if bytes_each > end - at:
                return -1
            value = whole(word_at(data, at, at + bytes_each)) & ((1 << width) - 1)
            at += bytes_each
            largest = max(largest, value)
            if count == size:
                return 1 + value if value <= most else -1
            for element in range(done, done + count):
                out[element] = value
        done += count
    return 0 if largest <= most else -1


@compiled
def count_of(levels: Shorts, most: int) -> int:
    """How many elements are there: those of the highest level."""
    count = 0
    for element in range(levels.size):
        count += levels[element] == most
    return count


@compiled
def placed(levels: Shorts, most: int, packed: Shorts, codes: Shorts) -> None:
    """The code of each element that is there; ``packed`` has theirs, or none if they count up."""
    count, last = 0, packed.size - 1
    for element in range(levels.size):
        there = levels[element] == most
        code = packed[min(count, last)] if last >= 0 else count
        codes[element] = code if there else NOTHING
        count += there


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
def found_at(data: Bytes, ordinals: Ints, places: Ints) -> int:
    """Where some texts stand, and how long they are; gives their bytes together.

    -1 if they are not there. ``ordinals``: their numbers, rising.
    """
    at, number, size = 0, 0, 0
    for wanted in range(ordinals.size):
        length = 0
        while number <= ordinals[wanted]:
            if data.size - at < PREFIX:
                return -1
            length = load8(data, at) | load8(data, at + 1) << 8 | load8(data, at + 2) << 16
            length |= load8(data, at + 3) << 24
            at += PREFIX + length
            if at > data.size:
                return -1
            number += 1
        places[wanted, 0], places[wanted, 1] = at - length, length
        size += length
    return size


@compiled
def packed(data: Bytes, places: Ints, text: Bytes) -> None:
    """Texts one after the other; ``places``: where each begins, and how long it is."""
    out = 0
    for word in range(places.shape[0]):
        for at in range(places[word, 0], places[word, 0] + places[word, 1]):
            text[out] = load8(data, at)
            out += 1


@compiled
def ranks(  # noqa: C901 - runs of both kinds, and what may be wrong with them
    data: Bytes,
    at: int,
    end: int,
    width: int,
    most: int,
    size: int,
    wanted: Ints,
    ordinals: Ints,
) -> int:
    """Of some elements: how many are there before it, or -1 if it is not there itself.

    ``wanted``: their numbers, rising, below ``size``. Gives -1 if levels are lacking or too large.
    """
    element, count, turn, mask = 0, 0, 0, (1 << width) - 1
    bytes_each = (width + 7) >> 3
    if at < 0 or at > end or end > data.size:
        return -1
    while turn < wanted.size:
        header, at = varint(data, at, end)
        if header < 0 or element >= size:
            return -1
        last = element + min(size - element, 8 * (header >> 1) if header & 1 else header >> 1)
        if header & 1:
            used = ((last - element) * width + 7) >> 3
            if used > end - at:
                return -1
            place = 8 * at
            while element < last and turn < wanted.size:
                level = whole(word_at(data, place >> 3, at + used) >> np.uint64(place & 7)) & mask
                if level > most:
                    return -1
                if wanted[turn] == element:
                    ordinals[turn] = count if level == most else NOTHING
                    turn += 1
                count += level == most
                element += 1
                place += width
            at += min((header >> 1) * width, end - at)
        else:
            if bytes_each > end - at:
                return -1
            level = whole(word_at(data, at, at + bytes_each)) & mask
            at += bytes_each
            if level > most:
                return -1
            while turn < wanted.size and wanted[turn] < last:
                there = count + wanted[turn] - element
                ordinals[turn] = there if level == most else NOTHING
                turn += 1
            count += last - element if level == most else 0
        element = last
    return 0


@compiled
def chosen(
    data: Bytes, at: int, end: int, width: int, most: int, ordinals: Ints, codes: Shorts
) -> int:
    """The codes of some values, by rising numbers; -1 if they are lacking or too large."""
    element, turn, mask = 0, 0, (1 << width) - 1
    bytes_each = (width + 7) >> 3
    if width > 31 or at > end or end > data.size:
        return -1
    while turn < ordinals.size:
        header, at = varint(data, at, end)
        if header < 0:
            return -1
        count = 8 * (header >> 1) if header & 1 else header >> 1
        size = (header >> 1) * width if header & 1 else bytes_each
        if header & 1 == 0 and size > end - at:
            return -1
        while turn < ordinals.size and ordinals[turn] < element + count:
            place = 8 * at
            if header & 1:
                place += (ordinals[turn] - element) * width
                if place + width > 8 * end:
                    return -1
            code = whole(word_at(data, place >> 3, end) >> np.uint64(place & 7)) & mask
            if code > most:
                return -1
            codes[turn] = code
            turn += 1
        at += min(size, end - at)
        element += count
    return 0


@compiled
def flags(data: Bytes, at: int, end: int, out: Shorts) -> int:
    """Booleans, a bit each; -1 if there are too few."""
    if at < 0 or end > data.size or 8 * (end - at) < out.size:
        return -1
    for element in range(out.size):
        out[element] = load8(data, at + (element >> 3)) >> (element & 7) & 1
    return 0
