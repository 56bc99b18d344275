"""Writing bytes piece after piece, never beyond a limit; and the fixed pieces of an alert.

Compiled. Each function gives the place behind what it wrote, or ``limit + 1`` if that would lie
beyond the limit, and from there it does not come back: it is enough to look at the end. The text
has room for 64 bytes behind the limit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tocsin.columns.native import lean, load8
from tocsin.columns.vector import WIDTH, copy64

if TYPE_CHECKING:
    from tocsin.columns.cells import Bytes

_TEXTS = (
    b" with",
    b", ",
    b"process ",
    b"parent process ",
    b"file ",
    b"source ",
    b"destination ",
    b" by ",
    b" on ",
    b"event",
    b" event",
    b'"kibana.alert.original_',
    b'"signal"',
    b'"kind":"signal"',
    b'"event.kind":"signal"',
    b'@timestamp"',
    b'event"',
    b"kibana",
    b"signal",
    b"tocsin",
    b'"kibana.alert.reason":"',
)
(
    WITH,
    AND,
    PROCESS,
    _PARENT,
    _FILE,
    SOURCE,
    _DESTINATION,
    BY,
    ON,
    EVENT,
    AN_EVENT,
    ORIGINAL,
    SIGNAL,
    KIND_SIGNAL,
    EVENT_KIND_SIGNAL,
    TIMESTAMP_KEY,
    EVENT_KEY,
    OURS,
    _SIGNAL,
    _TOCSIN,
    REASON,
) = range(len(_TEXTS))
"""Numbers of phrases; those of the three processes and files, of the two sides, and of the names
that are the alert's own follow each other."""

PHRASES = np.frombuffer(b"".join(_TEXTS) + bytes(WIDTH), np.uint8)
ENDS = np.cumsum([0, *map(len, _TEXTS)])


@lean
def said(phrase: int, text: Bytes, out: int, limit: int) -> int:
    """Write a phrase."""
    start = ENDS[phrase]
    last: int = out + ENDS[phrase + 1] - start
    if last > limit:
        return limit + 1
    copy64(text, out, PHRASES, start)
    return last


@lean
def put(byte: int, text: Bytes, out: int, limit: int) -> int:
    """Write a byte."""
    if out >= limit:
        return limit + 1
    text[out] = byte
    return out + 1


@lean
def copied(data: Bytes, start: int, end: int, text: Bytes, out: int, limit: int) -> int:
    """Write ``data[start:end]``; 64 bytes more may be read."""
    last = out + end - start
    if last > limit:
        return limit + 1
    while out < last:
        copy64(text, out, data, start)
        out += WIDTH
        start += WIDTH
    return last


@lean
def begins(data: Bytes, at: int, phrase: int) -> bool:
    """Whether a phrase stands at a place."""
    start = ENDS[phrase]
    return same(data, at, PHRASES, start, ENDS[phrase + 1] - start)


@lean
def same(data: Bytes, at: int, other: Bytes, start: int, size: int) -> bool:
    """Whether two stretches of bytes are equal."""
    for index in range(size):  # noqa: SIM110
        if load8(data, at + index) != load8(other, start + index):
            return False
    return True
