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
DOTS = np.uint64(0x2E2E2E2E2E2E2E2E)
AUDIT_K8 = np.uint64(int.from_bytes(b"audit.k8", "little"))
NONE = np.uint64(0)
ONE = np.uint64(1)

HITS, AUDIT = 1, 2
"""What `marks` gives."""


@compiled
def split_lines(  # noqa: PLR0913
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
        while first < last and _white(load8(data, first)):
            first += 1
        while first < last and _white(load8(data, last - 1)):
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
def _white(byte: int) -> bool:
    return byte == 0x20 or byte == 0x0D or byte == 0x09 or byte == 0x0A


@compiled
def marks(data: Bytes, begin: int, end: int) -> int:
    """Whether ``data[begin:end]`` may hold exported hits (`HITS`), Kubernetes audit events (`AUDIT`).

    The first is said of a quote with ``_i`` or ``_s`` behind it, the second of ``audit.k8s.io``.
    """
    seen = 0
    at = begin
    while at < end and seen != HITS | AUDIT:
        here = load64(data, at)
        behind = load64(data, at + 1)
        word = (here ^ QUOTES) | (behind ^ UNDERSCORES)
        found = (word - LOW) & ~word & HIGH
        while found != NONE:
            place = at + (ctz(found) >> 3)
            third = load8(data, place + 2)
            if (third == 0x69 or third == 0x73) and load8(data, place + 1) == 0x5F:
                seen |= HITS
            found &= found - ONE
        word = (here ^ EIGHTS) | (behind ^ ESSES) | (load64(data, at + 2) ^ DOTS)
        found = (word - LOW) & ~word & HIGH
        while found != NONE:
            place = at + (ctz(found) >> 3)
            if place - 7 >= begin and load64(data, place - 7) == AUDIT_K8:
                seen |= AUDIT
            found &= found - ONE
        at += 8
    return seen
