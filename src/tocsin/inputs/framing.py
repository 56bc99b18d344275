"""Finds where lines and JSON values begin and end in a buffer, eight bytes at a time where it can.

All functions are compiled and work on buffers of bytes that are readable for `PADDING` bytes beyond
`end`. They judge nothing: whether a span holds an event is for the scanner to say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tocsin.columns.native import compiled, ctz, load8, load64

if TYPE_CHECKING:
    import numpy.typing as npt

    from tocsin.columns.cells import Bytes

    Ints = npt.NDArray[np.int64]

PADDING = 64
"""Zero bytes at the end of every buffer, so that kernels may read whole words beyond a value."""

LOW = np.uint64(0x0101010101010101)
HIGH = np.uint64(0x8080808080808080)
NEWLINES = np.uint64(0x0A0A0A0A0A0A0A0A)
QUOTES = np.uint64(0x2222222222222222)
BACKSLASHES = np.uint64(0x5C5C5C5C5C5C5C5C)
UNDERSCORES = np.uint64(0x5F5F5F5F5F5F5F5F)
EIGHTS = np.uint64(0x3838383838383838)
ESSES = np.uint64(0x7373737373737373)
EYES = np.uint64(0x4949494949494949)
DEES = np.uint64(0x4444444444444444)
AUDIT_K8 = np.uint64(int.from_bytes(b"audit.k8", "little"))
AUDIT_ID = np.uint64(int.from_bytes(b'"auditID', "little"))
NONE = np.uint64(0)
ONE = np.uint64(1)

BLOCK = 4096
"""Bytes that are looked at in one go."""

HITS, AUDIT = 1, 2
"""What `marks` gives."""

LEVEL, DEPTH, QUOTED, BEGIN, DROPPED, AFTER = range(6)
"""The state of `split_values`: 1 inside the array whose elements are wanted, else 0; how many
brackets of the value at hand are open; whether a string is; where the value begins, -1 between
values; whether it is passed over; whether a value came last, and no comma since."""

MORE, FULL, OPENED, CLOSED, NO_COMMA = range(5)
"""Why `split_values` returns: the buffer is used up; there is no room for more spans; an array
begins; it ends; a comma is missing."""


def new_state(level: int) -> Ints:
    """The state of `split_values` between two values."""
    return np.array([level, 0, 0, -1, 0, 0], np.int64)


@compiled
def split_lines(
    data: Bytes, begin: int, end: int, line: int, starts: Ints, ends: Ints, lines: Ints
) -> tuple[int, int, int]:
    """The lines of ``data[begin:end]`` that end in a newline and are not blank.

    Parameters
    ----------
    line
        The number of the line at `begin`.
    starts, ends, lines
        Filled with the spans of the lines, without white space around them, and their numbers; the
        arrays' length bounds how many lines are taken.

    Returns
    -------
    count, position, line
        How many spans were filled, and where to go on.
    """
    count = 0
    start = begin
    at = begin
    while at < end and count < starts.size:
        word = load64(data, at) ^ NEWLINES
        found = (word - LOW) & ~word & HIGH
        if found == NONE:
            at += 8
            continue
        at += ctz(found) >> 3
        if at >= end:
            break
        first, last = start, at
        while first < last and white(load8(data, first)):
            first += 1
        while first < last and white(load8(data, last - 1)):
            last -= 1
        if first < last:
            starts[count] = first
            ends[count] = last
            lines[count] = line
            count += 1
        line += 1
        at += 1
        start = at
    return count, start, line


@compiled
def white(byte: int) -> bool:
    """Whether a byte is JSON's white space."""
    return byte in (0x20, 0x0D, 0x09, 0x0A)


@compiled
def marks(data: Bytes, begin: int, end: int) -> int:
    """What ``data[begin:end]`` may hold: exported hits (`HITS`), Kubernetes audit events (`AUDIT`).

    Said of a quote with ``_i`` or ``_s`` behind it, and of ``audit.k8s.io`` and ``"auditID``.
    """
    seen = 0
    at = begin
    while at < end and seen & HITS == 0:
        behind = min(at + BLOCK, end)
        if _has_pair(data, at, behind, QUOTES, UNDERSCORES, QUOTES, UNDERSCORES):
            seen |= _hits(data, at, behind)
        at = behind
    at = begin
    while at < end and seen & AUDIT == 0:
        behind = min(at + BLOCK, end)
        if _has_pair(data, at, behind, EIGHTS, ESSES, EYES, DEES):
            seen |= _audit(data, begin, at, behind)
        at = behind
    return seen


@compiled
def _has_pair(
    data: Bytes, at: int, end: int, a: np.uint64, b: np.uint64, c: np.uint64, d: np.uint64
) -> bool:
    """Whether one of two pairs of bytes may be there; no branches inside, so that it is quick."""
    words = 0
    while at < end:
        first = load64(data, at)
        second = load64(data, at + 1)
        one = (first ^ a) | (second ^ b)
        two = (first ^ c) | (second ^ d)
        if (((one - LOW) & ~one) | ((two - LOW) & ~two)) & HIGH != NONE:
            words += 1
        at += 8
    return words > 0


@compiled
def _hits(data: Bytes, at: int, end: int) -> int:
    while at < end:
        if load8(data, at) == 0x22 and load8(data, at + 1) == 0x5F:
            letter = load8(data, at + 2)
            if letter in (0x69, 0x73):
                return HITS
        at += 1
    return 0


@compiled
def _audit(data: Bytes, begin: int, at: int, end: int) -> int:
    while at < end:
        byte = load8(data, at)
        if byte == 0x38 and at - 7 >= begin and load64(data, at - 7) == AUDIT_K8:
            return AUDIT
        if byte == 0x49 and at - 6 >= begin and load64(data, at - 6) == AUDIT_ID:
            return AUDIT
        at += 1
    return 0


@compiled
def split_values(  # noqa: C901 - kernel
    data: Bytes, at: int, end: int, state: Ints, starts: Ints, ends: Ints
) -> tuple[int, int, int]:
    """The JSON values of ``data[at:end]``, one after the other or as the elements of an array.

    What is no value counts as one up to the next comma, bracket or line, for the scanner to reject.
    Only brackets and strings are looked at.

    Parameters
    ----------
    state
        int64[6], carried from call to call: see `LEVEL`.
    starts, ends
        Filled with the spans of the values that end here.

    Returns
    -------
    count, at, why
        How many spans were filled, where to go on, and why here: see `MORE`.
    """
    count = 0
    while at < end:
        byte = load8(data, at)
        if state[BEGIN] < 0:
            if white(byte):
                at += 1
                continue
            if state[LEVEL] == 1:
                if byte == 0x5D:
                    return count, at + 1, CLOSED
                if byte == 0x2C:
                    state[AFTER] = 0
                    at += 1
                    continue
                if state[AFTER] == 1:
                    return count, at, NO_COMMA
            elif byte == 0x5B:
                return count, at + 1, OPENED
            if count == starts.size:
                return count, at, FULL
            state[BEGIN] = at
            state[DEPTH] = 0
            state[QUOTED] = 0
            state[AFTER] = 1
        at, done = _value_end(data, at, end, state)
        if done:
            if state[DROPPED] == 0:
                starts[count] = state[BEGIN]
                ends[count] = at
                count += 1
            state[DROPPED] = 0
            state[BEGIN] = -1
    return count, at, MORE


@compiled
def _value_end(  # noqa: C901 - kernel
    data: Bytes, at: int, end: int, state: Ints
) -> tuple[int, bool]:
    """Behind the value that is open, and whether it ends at all; else the state is kept."""
    begin = state[BEGIN]
    depth = state[DEPTH]
    quoted = state[QUOTED] == 1
    while at < end:
        if quoted:
            at = string_end(data, at, end)
            if at >= end:
                break
            quoted = False
            at += 1
            if depth == 0:
                return at, True
            continue
        byte = load8(data, at)
        if depth == 0 and at > begin:
            # No object, array or string: then nothing in it counts but what may follow a value.
            if byte == 0x0A or (state[LEVEL] == 1 and byte in (0x2C, 0x5D)):
                return at, True
        elif byte == 0x22:
            quoted = True
        elif byte in (0x7B, 0x5B):
            depth += 1
        elif byte in (0x7D, 0x5D):
            if depth == 1:
                return at + 1, True
            depth = max(depth - 1, 0)
        at += 1
    state[DEPTH] = depth
    state[QUOTED] = 1 if quoted else 0
    return at, False


@compiled
def string_end(data: Bytes, at: int, end: int) -> int:
    """The quote that ends a string, or where to go on looking: `end`, or one byte beyond it."""
    while at < end:
        here = load64(data, at)
        quote = here ^ QUOTES
        escape = here ^ BACKSLASHES
        found = (((quote - LOW) & ~quote) | ((escape - LOW) & ~escape)) & HIGH
        if found == NONE:
            at += 8
            continue
        at += ctz(found) >> 3
        if at >= end:
            break
        if load8(data, at) == 0x22:
            return at
        at += 2
        if at > end:
            return at
    return min(at, end)


@compiled
def marked_rows(data: Bytes, starts: Ints, ends: Ints) -> Ints:
    """What `marks` says of each span: int64[n]."""
    found = np.empty(starts.size, np.int64)
    for row in range(starts.size):
        found[row] = marks(data, starts[row], ends[row])
    return found
