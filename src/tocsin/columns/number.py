"""JSON numbers: their grammar, and whether a double can hold them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tocsin.columns.native import ctz, lean, load8, load64

if TYPE_CHECKING:
    from tocsin.columns.cells import Bytes

ZEROS = np.uint64(0x3030303030303030)
LOW_BITS = np.uint64(0x7F7F7F7F7F7F7F7F)
NOT_DIGIT = np.uint64(0x7676767676767676)
HIGH_BITS = np.uint64(0x8080808080808080)

ZERO, NINE, POINT, PLUS, MINUS, EXPONENT = 0x30, 0x39, 0x2E, 0x2B, 0x2D, 0x65
LOWER = 0x20
"""The bit that makes a capital letter a small one."""

SAFE = 300
"""A number with at most so many digits before its point is finite, whatever they are."""

LIMIT = np.frombuffer(str(2**1024 - 2**970).encode() + bytes(64), np.uint8)
"""The first number, of 309 digits, that is nearer to infinity than to the largest double."""

LIMIT_DIGITS = 309


@lean
def digits_end(data: Bytes, at: int) -> int:
    """The first byte from ``at`` on that is no digit; a zero byte after the data is none."""
    while True:
        word = load64(data, at) ^ ZEROS
        # Adding 0x76 carries a digit's byte to at most 0x7F, any other's to 0x80 or more.
        count = ctz((((word & LOW_BITS) + NOT_DIGIT) | word) & HIGH_BITS) >> 3
        at += count
        if count < 8:
            return at


@lean
def number_end(data: Bytes, at: int) -> int:
    """The end of the number that begins at ``at`` (a digit or a minus stands there).

    A negative answer ``-1 - place`` says where a digit is missing or the number is too large.
    """
    start = at
    if load8(data, at) == MINUS:
        at += 1
    whole = at
    at = digits_end(data, at)
    if at == whole or (load8(data, whole) == ZERO and at > whole + 1):
        return -1 - whole
    size = at - whole
    if load8(data, at) == POINT:
        at = digits_end(data, at + 1)
        if load8(data, at - 1) == POINT:
            return -1 - at
    power = 0
    if load8(data, at) | LOWER == EXPONENT:
        at += 1
        sign = load8(data, at)
        if sign in (PLUS, MINUS):
            at += 1
        first = at
        at = digits_end(data, at)
        if at == first:
            return -1 - at
        power = exponent(data, first, at)
        if sign == MINUS:
            power = -power
    if (size > SAFE or size + power > SAFE) and not is_finite(data, whole, at, power):
        return -1 - start
    return at


@lean
def reaches(data: Bytes, at: int, end: int) -> bool:
    """Whether there are only bytes of numbers from ``at`` to ``end``: a number was cut off."""
    while at < end:
        byte = load8(data, at)
        if not (ZERO <= byte <= NINE or byte in (PLUS, MINUS, POINT) or byte | LOWER == EXPONENT):
            return False
        at += 1
    return True


@lean
def exponent(data: Bytes, at: int, end: int) -> int:
    """The value of a row of digits; beyond a billion it no longer matters."""
    value = 0
    for place in range(at, end):
        value = min(value * 10 + load8(data, place) - ZERO, 1 << 30)
    return value


@lean
def is_finite(data: Bytes, at: int, end: int, power: int) -> bool:
    """Whether digits from ``at`` on, a point among them or not, times ten to ``power`` stay finite.

    Exact: the digits are compared with those of the first number that rounds to infinity.
    """
    point = at
    while point < end and ZERO <= load8(data, point) <= NINE:
        point += 1
    first = at
    while first < end and (load8(data, first) == ZERO or load8(data, first) == POINT):
        first += 1
    if first == end or load8(data, first) | LOWER == EXPONENT:
        return True
    scale = point - first if first < point else point - first + 1
    if scale + power != LIMIT_DIGITS:
        return scale + power < LIMIT_DIGITS
    place = first
    for index in range(LIMIT_DIGITS):
        digit = ZERO
        if place < end:
            if load8(data, place) == POINT:
                place += 1
            byte = load8(data, place)
            if place < end and ZERO <= byte <= NINE:
                digit = byte
                place += 1
            else:
                place = end
        if digit != load8(LIMIT, index):
            return bool(digit < load8(LIMIT, index))
    return False
