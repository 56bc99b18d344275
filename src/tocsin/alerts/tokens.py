"""The marks of JSON; where strings, numbers and literals of an event end, and how they are written.

Compiled. None of these functions checks that the bytes are JSON; all give a place at or behind
``at``, and read at most 64 bytes behind ``end``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tocsin.columns.native import ctz, inlined, lean, load8
from tocsin.columns.string import BACKSLASH, LETTER_U, QUOTE
from tocsin.columns.vector import WIDTH, special64

if TYPE_CHECKING:
    from tocsin.columns.cells import Bytes

SPACE, NEWLINE, RETURN, COMMA, COLON, DOT = 0x20, 0x0A, 0x0D, 0x2C, 0x3A, 0x2E
BRACE, BRACE_END, BRACKET, BRACKET_END = 0x7B, 0x7D, 0x5B, 0x5D
MINUS, ZERO, NINE, LETTER_N, SLASH = 0x2D, 0x30, 0x39, 0x6E, 0x2F

PLAIN, NOTHING, ODD, LONG = range(4)
"""What a value is. NOTHING: null. ODD: a number or text that is not as `orjson` writes it. LONG: an
integer that is so, and may lie beyond 64 bits."""

LONG_NUMBER = 19
"""Digits that fit into 64 bits if the first is no nine."""

SURE_DIGITS = 15
"""Digits of which any two different decimals are different doubles."""


@inlined
def value_end(data: Bytes, at: int, end: int) -> tuple[int, int]:
    """The end of a value that is no list or object, and what it is."""
    byte = load8(data, at)
    if byte == QUOTE:
        last, escapes = string_end(data, at + 1, end)
        return last + 1, ODD if escapes > 1 else PLAIN
    last = token_end(data, at, end)
    if byte == LETTER_N:
        return last, NOTHING
    if byte > NINE or is_settled(data, at, last):
        return last, PLAIN
    return last, LONG if are_digits(data, at + 1, last) else ODD


@lean
def string_end(data: Bytes, at: int, end: int) -> tuple[int, int]:
    """The place of the quote that closes a string, or one at or behind the end; and its escapes.

    That is 0 for none, 1 if each is as short as it can be, else more.
    """
    escapes = 0
    while at < end:
        size = ctz(special64(data, at))
        at += size
        if size < WIDTH and at < end:
            byte = load8(data, at)
            if byte == QUOTE:
                return at, escapes
            if byte == BACKSLASH:
                escapes |= 3 if load8(data, at + 1) in (LETTER_U, SLASH) else 1
                at += 1
            at += 1
    return at, escapes


@lean
def token_end(data: Bytes, at: int, end: int) -> int:
    """The end of a number or literal."""
    while at < end:
        byte = load8(data, at)
        if byte <= SPACE or byte in (COMMA, BRACE_END, BRACKET_END):
            break
        at += 1
    return at


@lean
def is_settled(data: Bytes, at: int, end: int) -> bool:
    """Whether a number surely is as `orjson` writes it: a short integer, or a short decimal.

    A decimal of up to 15 digits without zeros at its end is the shortest one for its double; below
    a tenth, and beyond so many digits, there may be an exponent.
    """
    if is_integer(data, at, end):
        return True
    start = at + 1 if load8(data, at) == MINUS else at
    point = start
    while point < end and ZERO <= load8(data, point) <= NINE:
        point += 1
    first = point + 1
    if point == start or first >= end or load8(data, point) != DOT or end - start > SURE_DIGITS + 1:
        return False
    if first + 1 < end and (
        load8(data, end - 1) == ZERO or (load8(data, start) == ZERO and load8(data, first) == ZERO)
    ):
        return False
    return are_digits(data, first, end)


@lean
def is_integer(data: Bytes, at: int, end: int) -> bool:
    """Whether a number is a short integer, other than ``-0``."""
    if load8(data, at) == MINUS:
        at += 1
        if load8(data, at) == ZERO:
            return False
    size = end - at
    return (
        0 < size <= LONG_NUMBER
        and (size < LONG_NUMBER or load8(data, at) < NINE)
        and are_digits(data, at, end)
    )


@lean
def are_digits(data: Bytes, at: int, end: int) -> bool:
    """Whether there are only digits."""
    for place in range(at, end):  # noqa: SIM110
        if not ZERO <= load8(data, place) <= NINE:
            return False
    return True
