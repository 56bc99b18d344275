"""Kernels that read the texts of words: as a page of Parquet has them, or as whole numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tocsin.columns.cells import NUMBER, TRUE
from tocsin.columns.native import inlined, lean, load8, whole
from tocsin.columns.vector import WIDTH, copy64

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from tocsin.columns.cells import Bytes
    from tocsin.journal.sealed.words import Gathered

    Ints = npt.NDArray[np.int64]
    Shorts = npt.NDArray[np.int32]

DIGITS, MINUS = 18, 0x2D


@lean
def measured(numbers: Shorts, into: Gathered) -> int:
    """How many bytes `written` needs at most, but for those behind its last one."""
    words = into.words
    total = 9 * numbers.size
    for at in range(numbers.size):
        total += words[2 * whole(numbers[at]) + 1] >> 32
    return total


@lean
def written(numbers: Shorts, into: Gathered, out: Bytes, ends: Ints) -> int:
    """Write the texts of words, each behind its length; how many bytes they take.

    ``out`` has `WIDTH` bytes behind them. ``ends``: filled with where each of them ends.
    """
    words, text = into[5:7]
    place = 0
    for at in range(numbers.size):
        word = whole(numbers[at])
        told = words[2 * word + 1]
        tag, size = told & 3, told >> 32
        if tag >= TRUE:
            size = 2 + tag  # true, false
        for byte in range(4):
            out[place + byte] = (size >> (8 * byte)) & 0xFF
        place += 4
        if tag >= TRUE:
            letters = 0x65757274 if tag == TRUE else 0x65736C6166
            for byte in range(size):
                out[place + byte] = (letters >> (8 * byte)) & 0xFF
        else:
            start = words[2 * word]
            for byte in range(0, size, WIDTH):
                copy64(out, place + byte, text, start + byte)
        place += size
        ends[at] = place
    return place


@lean
def extremes(text: Bytes, ends: Ints, found: Ints) -> None:
    """The first and the last of some texts, each behind its length, in the order of bytes."""
    low, high = 0, 0
    for at in range(1, ends.size):
        begin, end = ends[at - 1] + 4, ends[at]
        if _below(text, begin, end, ends[low - 1] + 4 if low else 4, ends[low]):
            low = at
        elif _below(text, ends[high - 1] + 4 if high else 4, ends[high], begin, end):
            high = at
    found[0], found[1] = low, high


@inlined
def _below(text: Bytes, one: int, one_end: int, other: int, other_end: int) -> bool:
    """Whether a text stands before another one."""
    while one < one_end and other < other_end:
        if text[one] != text[other]:
            return text[one] < text[other]
        one += 1
        other += 1
    return one == one_end and other < other_end


@lean
def wholes(numbers: Shorts, into: Gathered, out: Ints) -> bool:
    """Read words as whole numbers of up to `DIGITS` digits; whether all of them are."""
    words, text = into[5:7]
    for at in range(numbers.size):
        word = whole(numbers[at])
        begin, told = words[2 * word], words[2 * word + 1]
        size = told >> 32
        if told & 3 != NUMBER:
            return False
        minus = load8(text, begin) == MINUS
        if minus:
            begin += 1
            size -= 1
        if size > DIGITS:
            return False
        total = 0
        for place in range(size):
            digit = load8(text, begin + place) - 0x30
            if digit < 0 or digit > 9:
                return False
            total = 10 * total + digit
        out[at] = -total if minus else total
    return True
