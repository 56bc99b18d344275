"""How alerts of one event each begin: times, names, and where the event stands.

Compiled, for many alerts at once. It is written before the part of the document that
`tocsin.alerts.excerpt` wrote; both together are the head, all that the event decides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tocsin.alerts.phrase import copied
from tocsin.alerts.tokens import COLON, DOT, MINUS, ZERO
from tocsin.columns.native import lean, load8
from tocsin.columns.string import BACKSLASH, QUOTE
from tocsin.columns.vector import WIDTH, copy64

if TYPE_CHECKING:
    from tocsin.alerts.tree import Table
    from tocsin.columns.cells import Bytes

    Whole = Table

ID = 40
"""Digits of an alert's name."""

TIME, ORIGINAL_TIME, STAGE, INDEX = range(4)
"""Rows of ``told``: the alert's time and the event's, in milliseconds since 1970; the event's
stage; and the row of ``spans`` that has its index."""

EARLIEST, LATEST = -62_135_596_800_000, 253_402_300_799_999
"""The times that have four digits for the year, in milliseconds since 1970."""

_TEXTS = (
    b'{"@timestamp":"',
    b'","kibana.alert.uuid":"',
    b'","kibana.alert.original_time":"',
    b'","kibana.alert.ancestors":[{"id":',
    b',"type":"event","index":',
    b',"depth":0}],"tocsin.events":[{"id":',
    b',"index":',
    b',"timestamp":"',
    b'","stage":',
    b"}],",
)
ENDS = np.cumsum([0, *map(len, _TEXTS)])
TEXTS = np.frombuffer(b"".join(_TEXTS) + bytes(WIDTH), np.uint8)

ROOM = int(ENDS[-1]) + ID + 3 * 24 + 20
"""Bytes of a beginning without the event's name and index, which stand in it twice."""

GAP = 1024
"""Bytes before an event's part in which the beginning finds room."""

DAY, LETTER_T, LETTER_Z = 86_400_000, 0x54, 0x5A
TO_MARCH, ERA, YEAR, LEAPS, CENTURY = 719_468, 146_097, 365, 1_460, 36_524
"""Days from March of the year 0 to 1970, of 400 years, of a year, of 4 years less one, of 100."""


@lean
def write_heads(
    ids: Bytes,
    names: Bytes,
    told: Table,
    indices: Bytes,
    spans: Table,
    some: Bytes,
    text: Bytes,
    places: Whole,
    starts: Whole,
) -> None:
    """Write the beginnings of heads, each before the event's part.

    Parameters
    ----------
    ids
        The names of the alerts, `ID` digits each, and 64 bytes more.
    names
        A JSON list with the names of the events, and 64 bytes more.
    told
        int64[4, n]: the rows above; times are such that have four digits for the year.
    indices, spans
        ``indices[first:last]`` are the indices of events, JSON, and 64 bytes more.
    some
        What it works with: `GAP` and 64 bytes.
    text, places
        Where the events' parts begin; before each are `GAP` bytes free.
    starts
        Where the heads begin; -1 if the gap is too small for one.
    """
    at = 1
    for row in range(starts.size):
        last = name_end(names, at)
        first, stop = spans[told[INDEX, row], 0], spans[told[INDEX, row], 1]
        if ROOM + 2 * (last - at + stop - first) > GAP:
            starts[row] = -1
            at = last + 1
            continue
        out = write_time(told[TIME, row], some, phrase(0, some, 0))
        out = copied(ids, row * ID, (row + 1) * ID, some, phrase(1, some, out), GAP)
        out = write_time(told[ORIGINAL_TIME, row], some, phrase(2, some, out))
        out = copied(names, at, last, some, phrase(3, some, out), GAP)
        out = copied(indices, first, stop, some, phrase(4, some, out), GAP)
        out = copied(names, at, last, some, phrase(5, some, out), GAP)
        out = copied(indices, first, stop, some, phrase(6, some, out), GAP)
        out = write_time(told[ORIGINAL_TIME, row], some, phrase(7, some, out))
        out = phrase(9, some, write_number(told[STAGE, row], some, phrase(8, some, out)))
        place = places[row] - out
        starts[row] = place
        # whole vectors but for the last one, which ends where the part begins
        part = 0
        while part < out - WIDTH:
            copy64(text, place + part, some, part)
            part += WIDTH
        copy64(text, place + out - WIDTH, some, out - WIDTH)
        at = last + 1


@lean
def name_end(names: Bytes, at: int) -> int:
    """The place behind a JSON string."""
    at += 1
    while load8(names, at) != QUOTE:
        at += 2 if load8(names, at) == BACKSLASH else 1
    return at + 1


@lean
def phrase(number: int, text: Bytes, out: int) -> int:
    """Write one of the texts that are the same in all alerts."""
    return copied(TEXTS, ENDS[number], ENDS[number + 1], text, out, GAP)


@lean
def write_time(time: int, text: Bytes, out: int) -> int:
    """Write a time as `tocsin.alerts.iso.iso` does."""
    day, rest = time // DAY, time % DAY
    # the year begins in March here, so that its leap day is the last one
    day += TO_MARCH
    era, day = day // ERA, day % ERA
    year = (day - day // LEAPS + day // CENTURY - day // (ERA - 1)) // YEAR
    day -= YEAR * year + year // 4 - year // 100
    month = (5 * day + 2) // 153
    day -= (153 * month + 2) // 5
    month += 3 if month < 10 else -9
    out = write_digits(era * 400 + year + (1 if month <= 2 else 0), 4, MINUS, text, out)
    out = write_digits(month, 2, MINUS, text, out)
    out = write_digits(day + 1, 2, LETTER_T, text, out)
    out = write_digits(rest // 3_600_000, 2, COLON, text, out)
    out = write_digits(rest // 60_000 % 60, 2, COLON, text, out)
    out = write_digits(rest // 1000 % 60, 2, DOT, text, out)
    return write_digits(rest % 1000, 3, LETTER_Z, text, out)


@lean
def write_digits(number: int, count: int, mark: int, text: Bytes, out: int) -> int:
    """Write a number with so many digits, and a mark."""
    for digit in range(count - 1, -1, -1):
        text[out + digit] = ZERO + number % 10
        number //= 10
    text[out + count] = mark
    return out + count + 1


@lean
def write_number(number: int, text: Bytes, out: int) -> int:
    """Write a number that is not negative."""
    count, rest = 1, number // 10
    while rest > 0:
        count, rest = count + 1, rest // 10
    return write_digits(number, count, ZERO, text, out) - 1
