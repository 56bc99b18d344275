"""Where events stand in a list within an object, whatever the two are called.

``{"expected": [{"@timestamp": …}, null, …]}``, as the tests of Elastic's integrations keep what
their pipelines make of logs, ``{"docs": [{"_source": …}]}``, as Elasticsearch answers a question
for documents by their names, and ``{"docs": [{"doc": {"_source": …}}]}``, what it says of a trial
of a pipeline; pages of any other interface that wraps events are of the same form. Such an object
would be no event: it has no time of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tocsin.columns.native import compiled, ctz, load8, load64
from tocsin.inputs.envelope import next_member
from tocsin.inputs.framing import HIGH, LOW, NONE, white

if TYPE_CHECKING:
    import numpy.typing as npt

    from tocsin.columns.cells import Bytes

    Ints = npt.NDArray[np.int64]

NEAR = 256
"""The list begins within so many bytes of the object: this is asked of each line of a file."""

MOST_OTHERS = 16
"""Elements that are looked at, until one is an event."""


def _word(text: bytes) -> np.uint64:
    return np.uint64(int.from_bytes(text, "little"))


TIME_KEY, TIME_REST, SOURCE_KEY = _word(b"@timesta"), _word(b"mp"), _word(b"_source")
DOC_KEY, STEPS_KEY, STEPS_REST = _word(b"doc"), _word(b"processo"), _word(b"_results")
DOCS_KEY, EXPECTED_KEY, NULL = _word(b"docs"), _word(b"expected"), _word(b"null")
EVENT_KEY = _word(b"event")
BRACKETS = _word(b"[" * 8)
MASK2, MASK3, MASK4 = _word(b"\xff" * 2), _word(b"\xff" * 3), _word(b"\xff" * 4)
MASK5, MASK7 = _word(b"\xff" * 5), _word(b"\xff" * 7)


def list_near(data: Bytes, begin: int, end: int) -> tuple[int, int] | None:
    """Where the list of events begins in an object that need not be whole.

    Returns
    -------
        Behind the opening bracket, and how many brackets must close behind the list's own.
    """
    found = np.empty(1, np.int64)
    lists_near(data, np.array([begin], np.int64), np.array([end], np.int64), found)
    return (int(found[0]) + 1, 1) if found[0] >= 0 else None


@compiled
def lists_near(data: Bytes, starts: Ints, ends: Ints, found: Ints) -> None:
    """Where a list of events begins in each of the objects at the spans.

    Whether the object has a time behind its list is not looked at.

    Parameters
    ----------
    found
        int64[n], filled with the place of the list's bracket, -1 for what has none.
    """
    span = np.empty(5, np.int64)
    for row in range(starts.size):
        found[row] = -1
        begin, end = starts[row], ends[row]
        near = min(end, begin + NEAR)
        if load8(data, begin) != 0x7B or not _may_wrap(data, begin + 1, near):
            continue
        if not _has_list(data, begin, near, end):
            continue
        at = begin + 1
        span[4] = 0
        while True:
            at = next_member(data, at, near, span)
            if at <= 0 or _is_time(data, span[0], span[1]) or _is_event(data, span[0], span[1]):
                break
            if load8(data, span[2]) == 0x5B:
                known = _may_be_empty(data, span[0], span[1])
                if _has_events(data, span[2] + 1, end, known):
                    found[row] = span[2]
                    break
            if span[3] < 0:
                break


@compiled
def _may_wrap(data: Bytes, at: int, end: int) -> bool:
    """Whether an object's first key is neither a time nor of a hit."""
    while at < end and white(load8(data, at)):
        at += 1
    return load8(data, at) == 0x22 and load8(data, at + 1) not in (0x40, 0x5F)


@compiled
def _has_list(data: Bytes, at: int, near: int, end: int) -> bool:
    """Whether a list of objects, of nulls or of nothing seems to begin before ``near``."""
    while at < near:
        word = load64(data, at) ^ BRACKETS
        found = (word - LOW) & ~word & HIGH
        if found == NONE:
            at += 8
            continue
        at += (ctz(found) >> 3) + 1
        first = at
        while first < end and white(load8(data, first)):
            first += 1
        if load8(data, first) in (0x7B, 0x6E, 0x5D):
            return True
    return False


@compiled
def _is_time(data: Bytes, begin: int, end: int) -> bool:
    return (
        end - begin == 10
        and load64(data, begin) == TIME_KEY
        and load64(data, begin + 8) & MASK2 == TIME_REST
    )


@compiled
def _is_event(data: Bytes, begin: int, end: int) -> bool:
    """Whether a key is ``event``, or of a field below it."""
    word = load64(data, begin)
    return word & MASK5 == EVENT_KEY and (end - begin == 5 or load8(data, begin + 5) == 0x2E)


@compiled
def _may_be_empty(data: Bytes, begin: int, end: int) -> bool:
    """Whether a list of this name is one of events even if it has none."""
    size = end - begin
    word = load64(data, begin)
    return (size == 4 and word & MASK4 == DOCS_KEY) or (size == 8 and word == EXPECTED_KEY)


@compiled
def _has_events(data: Bytes, at: int, end: int, known: bool) -> bool:
    """Whether one of a list's first elements is an event, or it is ``known`` and has none."""
    span = np.empty(5, np.int64)
    for _ in range(MOST_OTHERS):
        while at < end and (white(load8(data, at)) or load8(data, at) == 0x2C):
            at += 1
        if at >= end:
            return False
        if load8(data, at) == 0x5D:
            return known
        if load8(data, at) == 0x7B:
            known = False
            at = _behind_other(data, at, end, span)
            if at < 0:
                return True
        elif load64(data, at) & MASK4 == NULL:
            at += 4
        else:
            return False
        if at == 0:
            return False
    return False


@compiled
def _behind_other(data: Bytes, at: int, end: int, span: Ints) -> int:
    """Behind an object that is no event; -1 for an event, 0 for what is broken or does not end."""
    at += 1
    span[4] = 0
    depth = 0
    while True:
        at = next_member(data, at, end, span)
        if at < 0 and depth:
            at, depth = -at, depth - 1
            span[4] = 1
            continue
        if at <= 0:
            return -at if at < 0 else 0
        begin, size, value = span[0], span[1] - span[0], load8(data, span[2])
        word = load64(data, begin)
        if _is_time(data, begin, span[1]):
            return -1
        if value == 0x7B and size == 7 and word & MASK7 == SOURCE_KEY:
            return -1
        is_trial = size == 17 and word == STEPS_KEY and load64(data, begin + 9) == STEPS_REST
        if value == 0x5B and is_trial:
            return -1
        if span[3] < 0:
            return 0
        if value == 0x7B and size == 3 and word & MASK3 == DOC_KEY and depth == 0:
            at, depth = span[2] + 1, depth + 1
            span[4] = 0
