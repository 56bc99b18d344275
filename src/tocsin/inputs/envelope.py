"""Looks into JSON objects one level deep: which members they have, and where these stand.

What is compiled here judges syntax only as far as it says; what it cannot vouch for it calls odd,
and then Python looks at it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tocsin.columns.native import compiled, load8, load64
from tocsin.inputs.framing import string_end, white

if TYPE_CHECKING:
    import numpy.typing as npt

    from tocsin.columns.cells import Bytes

    Ints = npt.NDArray[np.int64]

INDEX, ID, SOURCE, FIELDS, HITS, ITEMS, ANSWER = range(7)
"""Columns of the table that `envelopes` fills, two numbers each: where a member's value begins and
ends, strings without their quotes; -1 for a member that is not there or of the wrong type. An
`ANSWER` is ``response``, ``rawResponse``, ``responses`` or ``events``, in which hits may stand;
`ITEMS` are ``items``, or ``records`` and ``logEvents``, as clouds call the entries of a log."""

COLUMNS = 7

PLAIN, SOUND, ODD = range(3)
"""What `envelopes` says of a row: none of the members is there; it is an object whose other members
are numbers, literals and simple strings; or neither is certain."""


def _word(text: bytes) -> np.uint64:
    return np.uint64(int.from_bytes(text, "little"))


SOURCE_KEY, INDEX_KEY, FIELDS_KEY = _word(b"_source"), _word(b"_index"), _word(b"fields")
ITEMS_KEY, HITS_KEY, ID_KEY = _word(b"items"), _word(b"hits"), _word(b"_id")
EVENTS_KEY, RESPONSE_KEY, RAW_KEY = _word(b"events"), _word(b"response"), _word(b"rawRespo")
RAW_END = _word(b"Response")
RECORDS_KEY, LOG_EVENT_KEY = _word(b"records"), _word(b"logEvent")
TRUE, FALSE, NULL = _word(b"true"), _word(b"false"), _word(b"null")
MASK3, MASK4, MASK5 = _word(b"\xff" * 3), _word(b"\xff" * 4), _word(b"\xff" * 5)
MASK6, MASK7 = _word(b"\xff" * 6), _word(b"\xff" * 7)


@compiled
def value_end(data: Bytes, at: int, end: int) -> int:
    """Behind the JSON value that begins at `at`, -1 if it does not end before `end`.

    Of what is inside only brackets, without regard to their kind, and strings are looked at.
    """
    depth = 0
    while at < end:
        byte = load8(data, at)
        if byte == 0x22:
            at = string_end(data, at + 1, end)
            if at >= end:
                return -1
        elif byte in (0x7B, 0x5B):
            depth += 1
        elif byte in (0x7D, 0x5D):
            depth -= 1
            if depth < 0:
                return at
        elif depth == 0 and (byte == 0x2C or white(byte)):
            return at
        at += 1
        if depth == 0 and (byte in (0x22, 0x7D, 0x5D)):
            return at
    return -1


@compiled
def _skip_white(data: Bytes, at: int, end: int) -> int:
    while at < end and white(load8(data, at)):
        at += 1
    return at


@compiled
def next_member(data: Bytes, at: int, end: int, span: Ints) -> int:
    """The next member of an object: where its key (without quotes) and its value stand.

    Parameters
    ----------
    at
        Behind the opening brace or behind the value before.
    span
        int64[5]: key's begin and end, value's begin and end (-1 if it does not end here), and how
        many members there were before, which is counted on.

    Returns
    -------
        Behind the value, 0 if the syntax is broken, or -p if the object ends before p.
    """
    at = _skip_white(data, at, end)
    if at < end and load8(data, at) == 0x7D:
        return -(at + 1)
    if span[4] > 0:
        if at >= end or load8(data, at) != 0x2C:
            return 0
        at = _skip_white(data, at + 1, end)
    if at >= end or load8(data, at) != 0x22:
        return 0
    span[0] = at + 1
    at = string_end(data, at + 1, end)
    span[1] = at
    at = _skip_white(data, at + 1, end)
    if at >= end or load8(data, at) != 0x3A:
        return 0
    at = _skip_white(data, at + 1, end)
    if at >= end:
        return 0
    span[2] = at
    at = value_end(data, at, end)
    span[3] = at
    span[4] += 1
    if at < 0:
        return end
    return at if at > span[2] else 0


@compiled
def _column(data: Bytes, begin: int, end: int) -> int:
    """The column of a key, -1 for all other keys."""
    size = end - begin
    word = load64(data, begin)
    if size == 7 and word & MASK7 == SOURCE_KEY:
        return SOURCE
    if size == 6 and word & MASK6 == INDEX_KEY:
        return INDEX
    if size == 6 and word & MASK6 == FIELDS_KEY:
        return FIELDS
    if _is_items(data, begin, size, word):
        return ITEMS
    if size == 4 and word & MASK4 == HITS_KEY:
        return HITS
    if size == 3 and word & MASK3 == ID_KEY:
        return ID
    return ANSWER if _is_answer(data, begin, size, word) else -1


@compiled
def _is_items(data: Bytes, begin: int, size: int, word: np.uint64) -> bool:
    if size == 5:
        return word & MASK5 == ITEMS_KEY
    if size == 7:
        return word & MASK7 == RECORDS_KEY
    return size == 9 and word == LOG_EVENT_KEY and load8(data, begin + 8) == 0x73


@compiled
def _is_answer(data: Bytes, begin: int, size: int, word: np.uint64) -> bool:
    if size == 6:
        return word & MASK6 == EVENTS_KEY
    if size == 11:
        return word == RAW_KEY and load64(data, begin + 3) == RAW_END
    return word == RESPONSE_KEY and (size == 8 or (size == 9 and load8(data, begin + 8) == 0x73))


@compiled
def _fits(column: int, byte: int) -> bool:
    """Whether a value that begins with this byte is what the column holds."""
    if column in (INDEX, ID):
        return byte == 0x22
    if column == ITEMS:
        return byte == 0x5B
    return byte == 0x7B or (column in (HITS, ANSWER) and byte == 0x5B)


@compiled
def _simple(data: Bytes, begin: int, end: int) -> bool:
    """Whether a value is certainly a JSON literal, a plain number or a string in plain ASCII."""
    first = load8(data, begin)
    if first == 0x22:
        for at in range(begin + 1, end - 1):
            byte = load8(data, at)
            if byte < 0x20 or byte > 0x7E or byte == 0x5C:
                return False
        return True
    size = end - begin
    word = load64(data, begin)
    if size == 4 and (word & MASK4 == TRUE or word & MASK4 == NULL):
        return True
    if size == 5 and word & MASK5 == FALSE:
        return True
    if first == 0x30 and size > 1:
        return False
    points = 0
    for at in range(begin, end):
        byte = load8(data, at)
        if byte == 0x2E and at > begin and at < end - 1:
            points += 1
        elif byte < 0x30 or byte > 0x39:
            return False
    return points <= 1


@compiled
def envelopes(data: Bytes, starts: Ints, ends: Ints, table: Ints, verdicts: Ints) -> None:
    """What the objects at the spans have of the members that exported hits and lists have.

    Parameters
    ----------
    table
        int64[n, 2 * COLUMNS], filled: see `INDEX`.
    verdicts
        int64[n], filled: see `PLAIN`. An object that is broken is plain: the scanner rejects it.
    """
    span = np.empty(5, np.int64)
    for row in range(starts.size):
        table[row, :] = -1
        verdicts[row] = PLAIN
        end = ends[row]
        if load8(data, starts[row]) != 0x7B:
            continue
        at = starts[row] + 1
        span[4] = 0
        simple = True
        found = False
        while True:
            at = next_member(data, at, end, span)
            if at <= 0 or span[3] < 0:
                break
            column = _column(data, span[0], span[1])
            begin, behind = span[2], span[3]
            if column >= 0 and _fits(column, load8(data, begin)):
                found = True
                quoted = 1 if column in (INDEX, ID) else 0
                table[row, 2 * column] = begin + quoted
                table[row, 2 * column + 1] = behind - quoted
                if quoted == 0:
                    continue
            simple = simple and _simple(data, begin, behind)
        if -at == end and found:
            verdicts[row] = SOUND if simple else ODD


@compiled
def members_named(data: Bytes, begin: int, end: int, key: Bytes, spans: Ints) -> int:
    """Where the values of an object's members with this key stand.

    Parameters
    ----------
    spans
        int64[n, 2], filled with begin and end of the first n of them.

    Returns
    -------
        How many there are in `spans`.
    """
    span = np.zeros(5, np.int64)
    count = 0
    at = next_member(data, begin + 1, end, span)
    while at > 0 and count < len(spans):
        same = span[1] - span[0] == key.size
        for place in range(key.size):
            same = same and load8(data, span[0] + place) == load8(key, place)
        if same:
            spans[count, 0] = span[2]
            spans[count, 1] = span[3]
            count += 1
        at = next_member(data, at, end, span)
    return count
