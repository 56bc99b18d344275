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
def run(  # noqa: C901, PLR0912, PLR0915 - one loop, as kernels are
    steps: Ints,
    table: npt.NDArray[np.uint8],
    ranges: Ints,
    bounds: Ints,
    text: Ints,
    first: int,
    start: int,
    target: int,
    saves: Ints,
    seen: npt.NDArray[np.uint8],
    state: npt.NDArray[np.int64],
) -> int:
    """Run steps from ``first`` at the place ``start``; where they end, FAILED or EXHAUSTED.

    ``target``: where they must end, -1 for anywhere. ``saves`` holds the places of groups.
    ``seen``: uint8[ordinals, places / 8], one bit for each that has failed.
    """
    end = len(text)
    pending_step = np.empty(64, np.int32)
    pending_place = np.empty(64, np.int32)
    pending_step[0], pending_place[0] = first, start
    count = 1
    while count > 0:
        count -= 1
        step, at = pending_step[count], pending_place[count]
        if step < 0:
            saves[-step - 1] = at
            continue
        while True:
            state[0] -= 1
            if state[0] < 0:
                return -2
            state[1] = max(state[1], at)
            op = steps[step, 0]
            if count + 2 + len(saves) > len(pending_step):
                wider_step = np.empty(2 * len(pending_step) + len(saves), np.int32)
                wider_place = np.empty(2 * len(pending_step) + len(saves), np.int32)
                wider_step[:count] = pending_step[:count]
                wider_place[:count] = pending_place[:count]
                pending_step, pending_place = wider_step, wider_place
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
            if op == SAVE:
                slot = steps[step, 1]
                pending_step[count], pending_place[count] = -slot - 1, saves[slot]
                count += 1
                saves[slot] = at
                step += 1
                continue
            if op == DONE:
                if target < 0 or at == target:
                    return at
                break
            ordinal = steps[step, 5]
            bit = np.uint8(1 << (at & 7))
            if seen[ordinal, at >> 3] & bit:
                break
            if op == SPLIT:
                seen[ordinal, at >> 3] |= bit
                pending_step[count], pending_place[count] = steps[step, 2], at
                count += 1
                step = steps[step, 1]
                continue
            behind = steps[step, 1]
            before = saves.copy()
            reached = state[1]
            negative = op == LOOK and steps[step, 2] & 1 == 1
            found = -1
            if op == ATOMIC or steps[step, 2] < 2:
                state[1] = at
                found = run(
                    *(steps, table, ranges, bounds, text, step + 1, at, -1, saves, seen, state)
                )
                lowest = at
            else:
                lowest = max(0, at - steps[step, 4])
                for length in range(steps[step, 3], steps[step, 4] + 1):
                    if length > at or found != -1:
                        break
                    state[1] = at
                    found = run(
                        *(steps, table, ranges, bounds, text, step + 1, at - length, at),
                        *(saves, seen, state),
                    )
                    for inner in range(step + 1, behind):
                        if steps[inner, 5] >= 0:
                            seen[steps[inner, 5], lowest >> 3 : (state[1] >> 3) + 1] = 0
            if found == -2:
                return -2
            if found >= 0:
                for inner in range(step + 1, behind):
                    if steps[inner, 5] >= 0:
                        seen[steps[inner, 5], lowest >> 3 : (state[1] >> 3) + 1] = 0
            state[1] = max(state[1], reached)
            if (found >= 0) == negative:
                saves[:] = before
                seen[ordinal, at >> 3] |= bit
                break
            if negative:
                saves[:] = before
            else:
                for slot in range(len(saves)):
                    if saves[slot] != before[slot]:
                        pending_step[count], pending_place[count] = -slot - 1, before[slot]
                        count += 1
            if op == ATOMIC:
                at = found
            step = behind
    return -1


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
        found = run(steps, table, ranges, bounds, text, 0, at, -1, saves, seen, state)
        if found == -2:
            return -2
        if found >= 0:
            saves[0], saves[1] = at, found
            return 1
    return -1
