"""Deciding a late leaf on one value, in kernels: automata, numbers, addresses, lengths, order.

What they read is described in `plan.late` and `plan.tables`.
"""

from __future__ import annotations

from tocsin.columns.cells import Bytes
from tocsin.columns.native import lean, load8
from tocsin.match.hashing import Words, as_double, signed, unsigned
from tocsin.match.scalars import DOUBTFUL, NOTHING, WHOLE, read_address, read_number, units
from tocsin.plan import tables
from tocsin.plan.late import (
    ABOVE,
    ACCEPT_FIRST,
    ASCII,
    AUTOMATON_SIZE,
    BELOW,
    BROKEN,
    CLASS_FIRST,
    CLASS_LAST,
    ENDS,
    EQUAL,
    LATE_CHECK,
    LATE_FIRST,
    LATE_LAST,
    LATE_MARK,
    LATE_OPERATOR,
    LATE_SIZE,
    MOVE_FIRST,
)
from tocsin.plan.tables import Int32s

YES, NO, PERHAPS = 1, 0, -1
"""A leaf's answer on a value; an unknown one is the evaluator's to give."""

REGEX, NUMBER, ORDER, WITHIN, LENGTH, PAIR = 1, 2, 3, 4, 5, 6
"""As in `plan.leaves.Check`."""

LARGEST = 1 << 53
"""Integers up to here are doubles."""


@lean
def _compared(
    operator: int, whole_wanted: int, wanted: float, broken: bool, text: Bytes, start: int, end: int
) -> int:
    """Compare a text with an integer or, where ``broken``, a double."""
    found, whole, decimal = read_number(text, start, end)
    if found == NOTHING:
        return NO
    if found == DOUBTFUL:
        return PERHAPS
    if found == WHOLE and not broken:
        if whole == whole_wanted:
            return YES if operator & EQUAL else NO
        return YES if operator & (BELOW if whole < whole_wanted else ABOVE) else NO
    if found == WHOLE:
        if abs(whole) > LARGEST:
            return PERHAPS
        decimal = float(whole)
    if not broken:
        if abs(whole_wanted) > LARGEST:
            return PERHAPS
        wanted = float(whole_wanted)
    if decimal == wanted:
        return YES if operator & EQUAL else NO
    return YES if operator & (BELOW if decimal < wanted else ABOVE) else NO


@lean
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


@lean
def _within(longs: Words, first: int, last: int, text: Bytes, start: int, end: int) -> int:
    """Whether a text is an address in one of some blocks."""
    readable, high, low = read_address(text, start, end)
    if not readable:
        return NO
    for block in range(first, last):
        place = longs[tables.BLOCK] + 4 * block
        least, least_low = unsigned(longs[place]), unsigned(longs[place + 1])
        most, most_low = unsigned(longs[place + 2]), unsigned(longs[place + 3])
        if (high > least or (high == least and low >= least_low)) and (
            high < most or (high == most and low <= most_low)
        ):
            return YES
    return NO


@lean
def _code_point(text: Bytes, start: int) -> int:
    """The character that begins at ``start``, where valid UTF-8 has a byte above 0x7F."""
    first, second = load8(text, start), load8(text, start + 1) & 0x3F
    if first < 0xE0:
        return (first & 0x1F) << 6 | second
    third = load8(text, start + 2) & 0x3F
    if first < 0xF0:
        return (first & 0x0F) << 12 | second << 6 | third
    return (first & 0x07) << 18 | second << 12 | third << 6 | (load8(text, start + 3) & 0x3F)


@lean
def _class_of(ints: Int32s, first: int, last: int, point: int) -> int:
    """The class of a character: the last whose first character is not beyond it."""
    low, high = first, last
    while high - low > 1:
        middle = (low + high) >> 1
        if ints[middle] <= point:
            low = middle
        else:
            high = middle
    return low - first


@lean
def accepts(ints: Int32s, automaton: int, text: Bytes, start: int, end: int) -> bool:
    """Whether an automaton accepts ``text[start:end]`` as a whole."""
    row = ints[tables.AUTOMATON] + AUTOMATON_SIZE * automaton
    first = signed(ints[tables.CLASS_START] + ints[row + CLASS_FIRST])
    last = signed(ints[tables.CLASS_START] + ints[row + CLASS_LAST])
    states = signed(ints[tables.ACCEPTS] + ints[row + ACCEPT_FIRST])
    moves = signed(ints[tables.MOVES] + ints[row + MOVE_FIRST])
    plain, state = signed(ints[tables.ASCII_CLASS] + ASCII * automaton), signed(0)
    while start < end:
        byte = load8(text, start)
        if byte < ASCII:
            number = signed(ints[plain + byte])
            start += 1
        else:
            number = _class_of(ints, first, last, _code_point(text, start))
            start += 2 if byte < 0xE0 else (3 if byte < 0xF0 else 4)
        state = signed(ints[moves + state * (last - first) + number])
        if state < 0:
            return False
        if ints[states + state] == ENDS:
            return True
    return bool(ints[states + state] != 0)


@lean
def holds(
    ints: Int32s, longs: Words, codes: Bytes, leaf: int, text: Bytes, start: int, end: int
) -> int:
    """Whether a late leaf holds for a value given as text: YES, NO or PERHAPS."""
    row = ints[tables.LATE] + LATE_SIZE * leaf
    check, operator = ints[row + LATE_CHECK], ints[row + LATE_OPERATOR]
    first, last = signed(ints[row + LATE_FIRST]), signed(ints[row + LATE_LAST])
    constant = longs[longs[tables.CONSTANT] + leaf]
    if check == REGEX:
        for automaton in range(first, last):
            if accepts(ints, automaton, text, start, end):
                return YES
        return NO
    if check == NUMBER:
        broken = ints[row + LATE_MARK] == BROKEN
        return _compared(operator, constant, as_double(constant), broken, text, start, end)
    if check == ORDER:
        return _ordered(operator, codes, first, last, text, start, end)
    if check == WITHIN:
        return _within(longs, first, last, text, start, end)
    if check == LENGTH:
        length = units(text, start, end)
        outcome = EQUAL if length == constant else (BELOW if length < constant else ABOVE)
        return YES if operator & outcome else NO
    return PERHAPS
