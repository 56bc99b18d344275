"""The scanner itself: JSON objects in, cells out; the only judge of what is an event.

It accepts exactly the JSON of RFC 8259 in UTF-8 whose numbers are finite as doubles, and objects
only; what is wanted plays no part in it.

Why no read or write leaves the buffers, whatever the bytes are. The data end with 64 zero bytes
that belong to no line (`scan` sees to it). The scanner only ever steps over bytes that it has seen
not to be zero, because a zero byte is neither white space nor part of any token; so its place is
never beyond the first of those zeros, and the widest load, of 64 bytes, stays inside. What it
writes for a line is never longer than what it has read of it before the line's end, plus one such
store; ``text`` has room for all lines and two stores more. Cells: a value takes two bytes at least
(its own and a comma or bracket), and room is ensured before each line.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tocsin.columns.cells import FALSE, NO_TIME, NUMBER, STRING, TRUE, Bytes
from tocsin.columns.moment import count, moment
from tocsin.columns.native import inlined, lean, load8, load64, whole
from tocsin.columns.number import number_end, reaches
from tocsin.columns.problem import (
    BAD_NUMBER,
    COLON_EXPECTED,
    COMMA_OR_BRACE,
    COMMA_OR_BRACKET,
    CUT_OFF,
    DEEPEST,
    EMPTY,
    FINE,
    KEY_EXPECTED,
    MORE,
    NOT_AN_OBJECT,
    TOO_DEEP,
    VALUE_EXPECTED,
)
from tocsin.columns.string import QUOTE, read_string
from tocsin.columns.trie import CLOCK, EVENT, INGESTED, MIX, NOTHING, SLOT, STIR, TIMESTAMP, Trie
from tocsin.columns.vector import copy64

Whole = npt.NDArray[np.int64]
Short = npt.NDArray[np.int32]
Words = npt.NDArray[np.uint64]


class Room(NamedTuple):
    """What the scanner writes and works with: the arrays of `Cells`, with room to spare."""

    row_start: Whole
    slot: Short
    tag: Bytes
    start: Whole
    length: Short
    text: Bytes
    time: Whole
    doubts: Whole
    """int64[n, 3]: row, problem, place; a row whose time Python must read has problem FINE."""

    stack: Whole
    """int64[DEEPEST]: what is open around the present place."""

    clock: Whole
    """int64[3]: bits of the times with a value that could not be read, then the times."""


SPACE, NEWLINE, RETURN, TAB = 0x20, 0x0A, 0x0D, 0x09
COMMA, COLON, MINUS = 0x2C, 0x3A, 0x2D
BRACE, BRACE_END, BRACKET, BRACKET_END = 0x7B, 0x7D, 0x5B, 0x5D

ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
LOW_HALF = np.uint64(0xFFFFFFFF)
HALF = np.uint64(32)
MIX_WORD = np.uint64(MIX)
STIR_WORD = np.uint64(STIR)

FOUR_BYTES, FIVE_BYTES = np.uint64(0xFFFFFFFF), np.uint64(0xFFFFFFFFFF)
TRUE_WORD = np.uint64(int.from_bytes(b"true", "little"))
FALSE_WORD = np.uint64(int.from_bytes(b"false", "little"))
NULL_WORD = np.uint64(int.from_bytes(b"null", "little"))
NULL = -1


@lean
def scan_rows(
    data: Bytes, starts: Whole, ends: Whole, nanoseconds: bool, trie: Trie, room: Room
) -> tuple[int, int, int, int]:
    """Read events in order, until there might be no room for the cells of the next.

    Gives how many events were read, cells made, bytes of ``room.text`` and doubts written.
    """
    row_start, slots, _, _, _, _, time, noted, _, clock = room
    cells = 0
    out = 0
    doubts = 0
    for row in range(starts.size):
        at, end = starts[row], ends[row]
        if cells + (end - at) // 2 + 1 > slots.size:
            return row, cells, out, doubts
        clock[0] = 0
        clock[TIMESTAMP] = NO_TIME
        clock[INGESTED] = NO_TIME
        problem, place, cell, written = scan_event(
            data, at, end, nanoseconds, trie, room, cells, out
        )
        if problem == FINE:
            cells, out = cell, written
            timed = clock[TIMESTAMP] != NO_TIME
            time[row] = clock[TIMESTAMP] if timed else clock[INGESTED]
            unread = clock[0] & (TIMESTAMP if timed else TIMESTAMP | INGESTED) != 0
        else:
            time[row] = NO_TIME
            unread = False
        if problem != FINE or unread:
            noted[doubts, 0] = row
            noted[doubts, 1] = problem
            noted[doubts, 2] = place - at
            doubts += 1
        row_start[row + 1] = cells
    return starts.size, cells, out, doubts


@lean
def scan_event(  # noqa: C901, PLR0912, PLR0915
    data: Bytes,
    at: int,
    end: int,
    nanoseconds: bool,
    trie: Trie,
    room: Room,
    cell: int,
    out: int,
) -> tuple[int, int, int, int]:
    """Read one event, ``data[at:end]``; its cells stand from ``cell``, its text from ``out`` on.

    Gives the problem or FINE, its place, and the ends of cells and text.
    """
    use, base, mask, entries, keys = trie
    _, slots, tags, starts, lengths, text, _, _, stack, clock = room
    at = after_space(data, at, end)
    if at >= end:
        return EMPTY, at, cell, out
    if load8(data, at) != BRACE:
        return NOT_AN_OBJECT, at, cell, out
    depth = 0
    here = whole(EVENT)
    node = here
    closing = whole(BRACE_END)
    opened = True
    while True:
        # An opening bracket or a comma stands at this place.
        at = after_space(data, at + 1, end)
        if at >= end:
            return CUT_OFF, end, cell, out
        byte = load8(data, at)
        if not opened or byte != closing:
            opened = False
            if closing == BRACE_END:
                if byte != QUOTE:
                    return KEY_EXPECTED, at, cell, out
                start = at + 1
                problem, at, last = read_string(data, start, end, text, out)
                if problem != FINE:
                    return problem, at, cell, out
                node = NOTHING
                if here != NOTHING:
                    node = child(base, mask, entries, keys, here, text, out, last - out)
                at = after_space(data, at + 1, end)
                if at >= end:
                    return CUT_OFF, end, cell, out
                if load8(data, at) != COLON:
                    return COLON_EXPECTED, at, cell, out
                at = after_space(data, at + 1, end)
                if at >= end:
                    return CUT_OFF, end, cell, out
                byte = load8(data, at)
            else:
                node = here
            used = use[node]
            if byte == QUOTE:
                problem, at, last = read_string(data, at + 1, end, text, out)
                if problem != FINE:
                    return problem, at, cell, out
                at += 1
                if used > SLOT:
                    note(clock, used >> CLOCK, moment(text, out, last, nanoseconds))
                tag = whole(STRING)
            elif byte in (BRACE, BRACKET):
                if depth + 1 >= DEEPEST:
                    return TOO_DEEP, at, cell, out
                stack[depth] = here << 8 | closing
                depth += 1
                here = node
                closing = BRACE_END if byte == BRACE else BRACKET_END
                opened = True
                continue
            elif byte == MINUS or 0x30 <= byte <= 0x39:
                start = at
                at = number_end(data, at)
                if at < 0 or at >= end:
                    if reaches(data, start, end):
                        return CUT_OFF, end, cell, out
                    return BAD_NUMBER, -1 - at, cell, out
                if used > SLOT:
                    note(clock, used >> CLOCK, count(data, start, at, nanoseconds))
                tag = whole(NUMBER)
                last = out
                if used & SLOT:
                    last = copied(data, start, at, text, out)
            else:
                tag, at = literal(data, at, end)
                if at < 0:
                    return VALUE_EXPECTED, -1 - at, cell, out
                last = out
            if used & SLOT and tag != NULL:
                put(slots, tags, starts, lengths, cell, used, tag, out, last)
                cell += 1
                out = last
        while True:
            # A value has ended before this place, or an empty object or array ends here.
            at = after_space(data, at, end)
            if at >= end:
                return CUT_OFF, end, cell, out
            byte = load8(data, at)
            if byte == COMMA:
                break
            if byte != closing:
                wrong = COMMA_OR_BRACE if closing == BRACE_END else COMMA_OR_BRACKET
                return wrong, at, cell, out
            opened = False
            at += 1
            if depth == 0:
                at = after_space(data, at, end)
                return (FINE if at >= end else MORE), at, cell, out
            depth -= 1
            here = stack[depth] >> 8
            closing = stack[depth] & 0xFF


@inlined
def after_space(data: Bytes, at: int, end: int) -> int:
    """The first place from ``at`` on without white space; none is skipped from ``end`` on."""
    byte = load8(data, at)
    while byte <= SPACE:
        if at >= end or byte not in (SPACE, NEWLINE, RETURN, TAB):
            break
        at += 1
        byte = load8(data, at)
    return at


@inlined
def child(
    base: Whole,
    mask: Whole,
    entries: Words,
    keys: Bytes,
    here: int,
    text: Bytes,
    at: int,
    size: int,
) -> int:
    """The node to which a key leads from a node, or NOTHING."""
    short = min(size, 8)
    unused = np.uint64(32 - 4 * short)
    keep = (ALL >> unused) >> unused
    first = load64(text, at) & keep
    last = load64(text, at + size - short) & keep
    length = np.uint64(size)
    look = whole((((first * MIX_WORD) ^ (last + length)) * STIR_WORD) >> HALF)
    wrap = mask[here]
    while True:
        entry = base[here] + 4 * (look & wrap)
        way = entries[entry + 2]
        differs = (entries[entry] ^ first) | (entries[entry + 1] ^ last)
        if differs | ((way >> HALF) ^ length) == 0:
            key = whole(entries[entry + 3])
            if size <= 16 or same(text, at + 8, keys, key + 8, size - 16):
                return whole(way & LOW_HALF)
        if way == 0:
            return NOTHING
        look += 1


@lean
def same(text: Bytes, at: int, keys: Bytes, start: int, size: int) -> bool:
    """Whether two stretches of bytes are equal."""
    for index in range(size):  # noqa: SIM110
        if load8(text, at + index) != load8(keys, start + index):
            return False
    return True


@inlined
def literal(data: Bytes, at: int, end: int) -> tuple[int, int]:
    """The tag of ``true``, ``false`` or ``null``, and the place after it (-1 - place: neither)."""
    word = load64(data, at)
    if word & FOUR_BYTES == TRUE_WORD and at + 4 <= end:
        return TRUE, at + 4
    if word & FIVE_BYTES == FALSE_WORD and at + 5 <= end:
        return FALSE, at + 5
    if word & FOUR_BYTES == NULL_WORD and at + 4 <= end:
        return NULL, at + 4
    return NULL, -1 - at


@inlined
def copied(data: Bytes, start: int, end: int, text: Bytes, out: int) -> int:
    """Copy the bytes of a number; gives the end of what was written."""
    last = out + end - start
    while out < last:
        copy64(text, out, data, start)
        out += 64
        start += 64
    return last


@inlined
def put(
    slots: Short,
    tags: Bytes,
    starts: Whole,
    lengths: Short,
    cell: int,
    used: int,
    tag: int,
    start: int,
    end: int,
) -> None:
    """Write a cell."""
    slots[cell] = (used & SLOT) - 1
    tags[cell] = tag
    starts[cell] = start
    lengths[cell] = end - start


@inlined
def note(clock: Whole, which: int, time: int) -> None:
    """Keep a time unless one is known; an unreadable one before the first leaves a mark."""
    if clock[which] == NO_TIME:
        clock[which] = time
        if time == NO_TIME:
            clock[0] |= which
