"""Run the steps of a pattern over a text: what failed once at a place is never tried there again.

The time is at most steps times characters for patterns without atomic groups and look-around, and
bounded by ``budget`` for all.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tocsin.columns.native import compiled
from tocsin.tables.regex.program import ATOMIC, CHAR, DONE, EDGE, JUMP, LOOK, SAVE, SPLIT

Ints = npt.NDArray[np.int32]

FAILED, EXHAUSTED = -1, -2
MOST_RUNS = 64
"""How deep look-around and atomic groups may stand in each other; more than the parser lets."""
BUDGET, FURTHEST = 0, 1
"""Places in ``state``: steps that may still be taken; the furthest place that was reached."""


@compiled
def in_class(
    code: int,
    number: int,
    table: npt.NDArray[np.uint8],
    ranges: Ints,
    bounds: Ints,
) -> bool:
    """Whether a character is in a class."""
    if code < 128:
        return table[number, code] != 0
    low, high = bounds[number], bounds[number + 1]
    while low < high:
        middle = (low + high) // 2
        if code < ranges[middle, 0]:
            high = middle
        elif code > ranges[middle, 1]:
            low = middle + 1
        else:
            return True
    return False


@compiled
def _line_end(code: int) -> bool:
    return code in (10, 13, 0x85, 0x2028, 0x2029)


@compiled
def at_edge(
    kind: int,
    text: Ints,
    at: int,
    table: npt.NDArray[np.uint8],
    ranges: Ints,
    bounds: Ints,
) -> bool:
    """Whether a place is an edge of a kind, by its number in ``program.EDGES``."""
    end = len(text)
    if kind == 0:
        return at == 0
    if kind == 1:
        return at == end
    before = text[at - 1] if at > 0 else -1
    after = text[at] if at < end else -1
    crlf = before == 13 and after == 10
    if kind == 2:
        if at == end:
            return True
        if at == end - 2:
            return after == 13 and text[at + 1] == 10
        return at == end - 1 and _line_end(after) and not crlf
    if kind == 3:
        return at == 0 or (at < end and _line_end(before) and not crlf)
    if kind == 4:
        return at == end or (_line_end(after) and not crlf)
    if kind == 7:
        return at == 0 or (before == 10 and at < end)
    if kind == 8:
        return at == end or after == 10
    word_before = before >= 0 and in_class(before, 0, table, ranges, bounds)
    word_after = after >= 0 and in_class(after, 0, table, ranges, bounds)
    return (word_before != word_after) == (kind == 5)


@compiled
def _forget(
    steps: Ints, first: int, last: int, low: int, high: int, seen: npt.NDArray[np.uint8]
) -> None:
    """Forget what has failed in some steps at some places: it may have failed for want of more."""
    for step in range(first, last):
        if steps[step, 5] >= 0:
            seen[steps[step, 5], low >> 3 : (high >> 3) + 1] = 0


@compiled
def run(  # noqa: C901, PLR0912, PLR0915 - one loop, as kernels are
    steps: Ints,
    table: npt.NDArray[np.uint8],
    ranges: Ints,
    bounds: Ints,
    text: Ints,
    start: int,
    saves: Ints,
    seen: npt.NDArray[np.uint8],
    state: npt.NDArray[np.int64],
) -> int:
    """Run the steps from the place ``start``; where they end, FAILED or EXHAUSTED.

    ``saves`` holds the places of groups. ``seen``: uint8[ordinals, places / 8], one bit for each
    that has failed. What stands in look-around and atomic groups is run by itself: ``depth`` counts
    such runs, each of which has its part of what is pending.
    """
    end, slots = len(text), len(saves)
    pending = np.empty((64, 2), np.int32)
    pending[0, 0], pending[0, 1] = 0, start
    count = 1
    # by depth: the step that began the run, its place, where pending begins, where it must end,
    # the furthest place before it, how far behind it began
    runs = np.empty((MOST_RUNS, 6), np.int64)
    runs[0, 2], runs[0, 3] = 0, -1
    before = np.empty((MOST_RUNS, slots), np.int32)
    depth = 0
    while True:
        ended = -1
        if count > runs[depth, 2]:
            count -= 1
            step, at = pending[count, 0], pending[count, 1]
            if step < 0:
                saves[-step - 1] = at
                continue
            entered = False
            while True:
                state[0] -= 1
                if state[0] < 0:
                    return -2
                state[1] = max(state[1], at)
                op = steps[step, 0]
                if op == CHAR:
                    if at < end and in_class(text[at], steps[step, 1], table, ranges, bounds):
                        step += 1
                        at += 1
                        continue
                    break
                if op == JUMP:
                    step = steps[step, 1]
                    continue
                if op == EDGE:
                    if at_edge(steps[step, 1], text, at, table, ranges, bounds):
                        step += 1
                        continue
                    break
                if op == DONE:
                    if runs[depth, 3] < 0 or at == runs[depth, 3]:
                        ended = at
                    break
                if count + 1 >= len(pending):
                    wider = np.empty((2 * len(pending), 2), np.int32)
                    wider[:count] = pending[:count]
                    pending = wider
                if op == SAVE:
                    slot = steps[step, 1]
                    pending[count, 0], pending[count, 1] = -slot - 1, saves[slot]
                    count += 1
                    saves[slot] = at
                    step += 1
                    continue
                ordinal = steps[step, 5]
                bit = np.uint8(1 << (at & 7))
                if seen[ordinal, at >> 3] & bit:
                    break
                if op == SPLIT:
                    seen[ordinal, at >> 3] |= bit
                    pending[count, 0], pending[count, 1] = steps[step, 2], at
                    count += 1
                    step = steps[step, 1]
                    continue
                behind = op == LOOK and steps[step, 2] >= 2
                length = steps[step, 3] if behind else 0
                depth += 1
                runs[depth, 0], runs[depth, 1], runs[depth, 2] = step, at, count
                runs[depth, 3] = at if behind else -1
                runs[depth, 4], runs[depth, 5] = state[1], length
                before[depth] = saves
                state[1] = at
                if length <= at:
                    pending[count, 0], pending[count, 1] = step + 1, at - length
                    count += 1
                entered = True
                break
            if entered or ended < 0:
                continue
        if depth == 0:
            return ended
        # a run by itself has ended
        step, at = int(runs[depth, 0]), int(runs[depth, 1])
        last = steps[step, 1]
        behind = steps[step, 0] == LOOK and steps[step, 2] >= 2
        count = int(runs[depth, 2])
        if behind:
            _forget(steps, step + 1, last, max(0, at - steps[step, 4]), state[1], seen)
            length = int(runs[depth, 5]) + 1
            if ended < 0 and length <= steps[step, 4] and length <= at:
                runs[depth, 5] = length
                pending[count, 0], pending[count, 1] = step + 1, at - length
                count += 1
                continue
        elif ended >= 0:
            _forget(steps, step + 1, last, at, state[1], seen)
        state[1] = max(state[1], runs[depth, 4])
        negative = steps[step, 0] == LOOK and steps[step, 2] & 1 == 1
        held = (ended >= 0) != negative
        if not held:
            seen[steps[step, 5], at >> 3] |= np.uint8(1 << (at & 7))
        if not held or negative:
            saves[:] = before[depth]
        if held:
            if count + slots + 1 >= len(pending):
                wider = np.empty((2 * len(pending) + slots, 2), np.int32)
                wider[:count] = pending[:count]
                pending = wider
            for slot in range(slots):
                if saves[slot] != before[depth, slot]:
                    pending[count, 0], pending[count, 1] = -slot - 1, before[depth, slot]
                    count += 1
            pending[count, 0] = last
            pending[count, 1] = ended if steps[step, 0] == ATOMIC else at
            count += 1
        depth -= 1


@compiled
def search(
    steps: Ints,
    table: npt.NDArray[np.uint8],
    ranges: Ints,
    bounds: Ints,
    text: Ints,
    start: int,
    first: int,
    saves: Ints,
    seen: npt.NDArray[np.uint8],
    state: npt.NDArray[np.int64],
) -> int:
    """The first match from a place on: 1 with its places in ``saves``, FAILED or EXHAUSTED."""
    state[1] = start
    for at in range(start, len(text) + 1):
        if first >= 0:
            if at == len(text):
                return -1
            if not in_class(text[at], first, table, ranges, bounds):
                continue
        saves[:] = -1
        found = run(steps, table, ranges, bounds, text, at, saves, seen, state)
        if found == -2:
            return -2
        if found >= 0:
            saves[0], saves[1] = at, found
            return 1
    return -1
