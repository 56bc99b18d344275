"""The time of an event as nearly all events write it; what is written otherwise is left to Python.

Whatever is read here is what `tocsin.schema.values.event_time` reads; tests hold them together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tocsin.columns.cells import NO_TIME
from tocsin.columns.native import lean, load8, load64, whole
from tocsin.columns.number import HIGH_BITS, LOW_BITS, NOT_DIGIT
from tocsin.schema.values import FIRST_TIME, LAST_TIME

if TYPE_CHECKING:
    from tocsin.columns.cells import Bytes

UNCLEAR = NO_TIME

DATE = np.uint64(int.from_bytes(b"0000-00-", "little"))
CLOCK = np.uint64(int.from_bytes(b"00T00:00", "little"))
DASHES = np.uint64(int.from_bytes(b"\0\0\0\0\xff\0\0\xff", "little"))
MARKS = np.uint64(int.from_bytes(b"\0\0\xff\0\0\xff\0\0", "little"))
TEN, EIGHT = np.uint64(10), np.uint64(8)
ZERO, POINT, COLON = 0x30, 0x2E, 0x3A
PLUS, MINUS, ZULU = 0x2B, 0x2D, 0x5A

LAST_MS_IN_NS = 9_223_372_036_854
"""The last millisecond that nanoseconds since 1970 count in 64 bits; its negative is the first."""


@lean
def moment(data: Bytes, at: int, end: int, nanoseconds: bool) -> int:
    """A time such as ``2026-01-31T23:59:59.123Z`` since 1970, or UNCLEAR.

    Any number of digits of a second; ``Z``, an offset or nothing at its end. ``data`` has at least
    64 bytes from ``at`` on, of which the text's own are those before ``end``.
    """
    if end - at < 19:
        return UNCLEAR
    date = load64(data, at) ^ DATE
    clock = load64(data, at + 8) ^ CLOCK
    odd = ((date & LOW_BITS) + NOT_DIGIT) | date | ((clock & LOW_BITS) + NOT_DIGIT) | clock
    second = pair(data, at + 17)
    if odd & HIGH_BITS or load8(data, at + 16) != COLON or not 0 <= second <= 59:
        return UNCLEAR
    if date & DASHES or clock & MARKS:
        return UNCLEAR
    # Each byte becomes ten times its digit plus the next one's; at most 99, so none spills over.
    date = date * TEN + (date >> EIGHT)
    clock = clock * TEN + (clock >> EIGHT)
    year = byte_of(date, 0) * 100 + byte_of(date, 2)
    month = byte_of(date, 5)
    day = byte_of(clock, 0)
    hour = byte_of(clock, 3)
    minute = byte_of(clock, 6)
    if year == 0 or not (1 <= month <= 12 and 1 <= day <= month_length(year, month)):
        return UNCLEAR
    if hour > 23 or minute > 59:
        return UNCLEAR
    second += days_since_1970(year, month, day) * 86_400 + hour * 3600 + minute * 60
    at += 19
    fraction = 0
    if at < end and load8(data, at) == POINT:
        at += 1
        weight = 100_000_000
        digit = load8(data, at) - ZERO
        if at == end or not 0 <= digit <= 9:
            return UNCLEAR
        while at < end and 0 <= digit <= 9:
            fraction += digit * weight
            weight //= 10
            at += 1
            digit = load8(data, at) - ZERO
    shift = offset(data, at, end)
    if shift == UNCLEAR:
        return UNCLEAR
    return joined(second - shift, fraction, nanoseconds)


@lean
def byte_of(word: Any, index: int) -> int:  # noqa: ANN401
    """One byte of a word as a number."""
    return whole(word >> np.uint64(8 * index)) & 0xFF


@lean
def offset(data: Bytes, at: int, end: int) -> int:
    """The seconds that ``Z``, ``+hh:mm`` or nothing at the end of a time stand for, or UNCLEAR."""
    if at == end:
        return 0
    mark = load8(data, at)
    if mark == ZULU and end - at == 1:
        return 0
    if mark not in (PLUS, MINUS) or end - at != 6 or load8(data, at + 3) != COLON:
        return UNCLEAR
    hour = pair(data, at + 1)
    minute = pair(data, at + 4)
    if not (0 <= hour <= 14 and 0 <= minute <= 59):
        return UNCLEAR
    shift = hour * 3600 + minute * 60
    return -shift if mark == MINUS else shift


@lean
def pair(data: Bytes, at: int) -> int:
    """Two digits as a number, negative if one is none."""
    tens = load8(data, at) - ZERO
    ones = load8(data, at + 1) - ZERO
    return tens * 10 + ones if 0 <= tens <= 9 and 0 <= ones <= 9 else -1


@lean
def joined(second: int, fraction: int, nanoseconds: bool) -> int:
    """Seconds and billionths as one count."""
    if not nanoseconds:
        time = second * 1000 + fraction // 1_000_000
        return time if FIRST_TIME <= time <= LAST_TIME else UNCLEAR
    if not -LAST_MS_IN_NS < second * 1000 < LAST_MS_IN_NS - 1000:
        return UNCLEAR
    return second * 1_000_000_000 + fraction


@lean
def count(data: Bytes, at: int, end: int, nanoseconds: bool) -> int:
    """A time written as a whole number of milliseconds, or UNCLEAR."""
    if end - at > 14:
        return UNCLEAR
    value = 0
    for place in range(at, end):
        digit = load8(data, place) - ZERO
        if not 0 <= digit <= 9:
            return UNCLEAR
        value = value * 10 + digit
    if not nanoseconds:
        return value
    return value * 1_000_000 if value < LAST_MS_IN_NS else UNCLEAR


@lean
def month_length(year: int, month: int) -> int:
    """How many days a month has."""
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


@lean
def days_since_1970(year: int, month: int, day: int) -> int:
    """Days from 1970-01-01, negative before; years begin in March so that leap days end them."""
    if month <= 2:
        year -= 1
        month += 12
    in_year = (153 * (month - 3) + 2) // 5 + day - 1
    return 365 * year + year // 4 - year // 100 + year // 400 + in_year - 719_468
