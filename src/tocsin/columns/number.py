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
    if load8(data, at) == 0x2D:
        at += 1
    whole = at
    at = digits_end(data, at)
    if at == whole or (load8(data, whole) == 0x30 and at > whole + 1):
        return -1 - whole
    size = at - whole
    if load8(data, at) == 0x2E:
        at = digits_end(data, at + 1)
        if load8(data, at - 1) == 0x2E:
            return -1 - at
    power = np.int64(0)
    if load8(data, at) | 0x20 == 0x65:
        at += 1
        sign = load8(data, at)
        if sign in (0x2B, 0x2D):
            at += 1
        first = at
        at = digits_end(data, at)
        if at == first:
            return -1 - at
        power = exponent(data, first, at)
        if sign == 0x2D:
            power = -power
    if (size > SAFE or size + power > SAFE) and not is_finite(data, whole, at, power):
        return -1 - start
    return at


@lean
def exponent(data: Bytes, at: int, end: int) -> int:
    """The value of a row of digits; beyond a billion it no longer matters."""
    value = np.int64(0)
    for place in range(at, end):
        value = min(value * 10 + load8(data, place) - 0x30, 1 << 30)
    return value


@lean
def is_finite(data: Bytes, at: int, end: int, power: int) -> bool:
    """Whether digits from ``at`` on, a point among them or not, times ten to ``power`` stay finite.

    Exact: the digits are compared with those of the first number that rounds to infinity.
    """
    point = at
    while point < end and load8(data, point) >= 0x30 and load8(data, point) <= 0x39:
        point += 1
    first = at
    while first < end and (load8(data, first) == 0x30 or load8(data, first) == 0x2E):
        first += 1
    if first == end or load8(data, first) | 0x20 == 0x65:
        return True
    scale = point - first if first < point else point - first + 1
    if scale + power != LIMIT_DIGITS:
        return scale + power < LIMIT_DIGITS
    place = first
    for index in range(LIMIT_DIGITS):
        digit = np.int64(0x30)
        if place < end:
            if load8(data, place) == 0x2E:
                place += 1
            byte = load8(data, place)
            if place < end and byte >= 0x30 and byte <= 0x39:
                digit = byte
                place += 1
            else:
                place = end
        if digit != load8(LIMIT, index):
            return digit < load8(LIMIT, index)
    return False
