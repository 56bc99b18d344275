"""Deciding a late leaf on one value, in kernels: automata, numbers, addresses, lengths, order.

What they read is described in `plan.late` and `plan.tables`.
"""

from __future__ import annotations

import numpy as np

from tocsin.columns.cells import Bytes
from tocsin.columns.native import compiled, load8
from tocsin.match.hashing import Words
from tocsin.match.scalars import DOUBTFUL, NOTHING, WHOLE, read_address, read_number, units
from tocsin.plan.late import ABOVE, ASCII, BELOW, ENDS, EQUAL
from tocsin.plan.tables import (
    ACCEPT_FIRST,
    ACCEPTS,
    ASCII_CLASS,
    BLOCKS,
    CLASS_FIRST,
    CLASS_START,
    CONSTANT,
    LATE_BROKEN,
    LATE_CHECK,
    LATE_FIRST,
    LATE_LAST,
    LATE_OPERATOR,
    MOVE_FIRST,
    MOVES,
    Int32s,
)

YES, NO, PERHAPS = 1, 0, -1
"""A leaf's answer on a value; an unknown one is the evaluator's to give."""

REGEX, NUMBER, ORDER, WITHIN, LENGTH = 1, 2, 3, 4, 5
"""As in `plan.leaves.Check`."""

LARGEST = 1 << 53
"""Integers up to here are doubles."""


@compiled
def _compared(operator: int, broken: bool, constant: Words, text: Bytes, start: int, end: int) -> int:
    """Compare a text with ``constant[0]``, as numbers."""
    found, whole, decimal = read_number(text, start, end)
    if found == NOTHING:
        return NO
    if found == DOUBTFUL:
        return PERHAPS
    if found == WHOLE and not broken:
        if whole == constant[0]:
            return YES if operator & EQUAL else NO
        return YES if operator & (BELOW if whole < constant[0] else ABOVE) else NO
    if found == WHOLE:
        if abs(whole) > LARGEST:
            return PERHAPS
        decimal = float(whole)
    wanted = constant.view(np.float64)[0]
    if not broken:
        if abs(constant[0]) > LARGEST:
            return PERHAPS
        wanted = float(constant[0])
    if decimal == wanted:
        return YES if operator & EQUAL else NO
    return YES if operator & (BELOW if decimal < wanted else ABOVE) else NO


@compiled
def _ordered(
    operator: int, codes: Bytes, at: int, last: int, text: Bytes, start: int, end: int
) -> int:
    """Compare a text with a constant by bytes."""
    while start < end and at < last:
        left, right = load8(text, start), load8(codes, at)
        if left != right:
            return YES if operator & (BELOW if left < right else ABOVE) else NO
        start += 1
        at += 1
    rest, wanted = end - start, last - at
    outcome = EQUAL if rest == wanted else (BELOW if rest < wanted else ABOVE)
    return YES if operator & outcome else NO


@compiled
def _within(longs: Words, first: int, last: int, text: Bytes, start: int, end: int) -> int:
    """Whether a text is an address in one of some blocks."""
    readable, high, low = read_address(text, start, end)
    if not readable:
        return NO
    for place in range(longs[BLOCKS] + 4 * first, longs[BLOCKS] + 4 * last, 4):
        least, least_low = np.uint64(longs[place]), np.uint64(longs[place + 1])
        most, most_low = np.uint64(longs[place + 2]), np.uint64(longs[place + 3])
        if (high > least or (high == least and low >= least_low)) and (
            high < most or (high == most and low <= most_low)
        ):
            return YES
    return NO


@compiled
def _code_point(text: Bytes, start: int) -> int:
    """The character that begins at ``start``, where valid UTF-8 has a byte above 0x7F."""
    first, second = load8(text, start), load8(text, start + 1) & 0x3F
    if first < 0xE0:
        return (first & 0x1F) << 6 | second
    third = load8(text, start + 2) & 0x3F
    if first < 0xF0:
        return (first & 0x0F) << 12 | second << 6 | third
    return (first & 0x07) << 18 | second << 12 | third << 6 | (load8(text, start + 3) & 0x3F)


@compiled
def accepts(ints: Int32s, automaton: int, text: Bytes, start: int, end: int) -> bool:
    """Whether an automaton accepts ``text[start:end]`` as a whole."""
    first = ints[ints[CLASS_FIRST] + automaton] + ints[CLASS_START]
    last = ints[ints[CLASS_FIRST] + automaton + 1] + ints[CLASS_START]
    states = ints[ints[ACCEPT_FIRST] + automaton] + ints[ACCEPTS]
    moves = ints[ints[MOVE_FIRST] + automaton] + ints[MOVES]
    plain = ints[ASCII_CLASS] + ASCII * automaton
    state = np.int64(0)
    while start < end:
        byte = load8(text, start)
        if byte < ASCII:
            number = np.int64(ints[plain + byte])
            start += 1
        else:
            point = _code_point(text, start)
            start += 2 if byte < 0xE0 else (3 if byte < 0xF0 else 4)
            number = np.searchsorted(ints[first:last], point, side="right") - 1
        state = np.int64(ints[moves + state * (last - first) + number])
        if state < 0:
            return False
        if ints[states + state] == ENDS:
            return True
    return ints[states + state] != 0


@compiled
def holds(
    ints: Int32s, longs: Words, codes: Bytes, leaf: int, text: Bytes, start: int, end: int
) -> int:
    """Whether a late leaf holds for a value given as text: YES, NO or PERHAPS."""
    check, operator = ints[ints[LATE_CHECK] + leaf], ints[ints[LATE_OPERATOR] + leaf]
    first, last = ints[ints[LATE_FIRST] + leaf], ints[ints[LATE_LAST] + leaf]
    if check == REGEX:
        for automaton in range(first, last):
            if accepts(ints, automaton, text, start, end):
                return YES
        return NO
    if check == NUMBER:
        place, broken = longs[CONSTANT] + leaf, ints[ints[LATE_BROKEN] + leaf] != 0
        return _compared(operator, broken, longs[place : place + 1], text, start, end)
    if check == ORDER:
        return _ordered(operator, codes, first, last, text, start, end)
    if check == WITHIN:
        return _within(longs, first, last, text, start, end)
    if check == LENGTH:
        length, wanted = units(text, start, end), longs[longs[CONSTANT] + leaf]
        outcome = EQUAL if length == wanted else (BELOW if length < wanted else ABOVE)
        return YES if operator & outcome else NO
    return PERHAPS
