"""Judging rows: their class, the stages that may hold, each of those stages; in kernels.

A row's gate leaves (what kind of event it is) and its route make its *class*. For a class it is
worked out once which stages can hold at all, and which fields those read; of a row only these fields
are looked up. A stage is asked if it can hold in the row's class and each of its covers is hit.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tocsin.columns.cells import Bytes
from tocsin.columns.native import compiled, ctz
from tocsin.match import desk as at
from tocsin.match.hashing import Words, mix
from tocsin.match.late import PERHAPS, YES, holds
from tocsin.match.words import meet, present
from tocsin.plan import tables
from tocsin.plan.branches import ACCEPT, NEGATED
from tocsin.plan.tables import Int32s

TRUE, FALSE = 2, 3
"""As in `columns.cells`."""

FREE = 1024
"""Classes that may be worked out at once; beyond that one for every 16 rows, so that events that are
all different cost little."""

NEVER, ALWAYS, OPEN = 0, 1, 2
"""A stage's answer on a row; an open one hangs on a leaf that is unknown."""


class Batch(NamedTuple):
    """The arrays of `Cells`, and each row's route."""

    row_start: Words
    slot: Int32s
    tag: Bytes
    start: Words
    length: Int32s
    text: Bytes
    route: Int32s


@compiled
def _possible(ints: Int32s, desk: Words, stage: int) -> bool:
    """Whether a stage can hold for rows with the gate leaves of the state."""
    step, state = np.int64(ints[ints[tables.START] + stage]), desk[at.STATE]
    gates, steps = 64 * ints[tables.GATE_WORDS], ints[tables.STEPS]
    while step >= 0:
        leaf = np.int64(ints[steps + 3 * step])
        bit = leaf & ~NEGATED
        if bit < gates:
            true = desk[state + (bit >> 6)] >> (bit & 63) & 1 != 0
        else:
            true = leaf & NEGATED == 0
        step = np.int64(ints[steps + 3 * step + (1 if true else 2)])
    return step == ACCEPT


@compiled
def _fill_class(
    ints: Int32s, longs: Words, desk: Words, routes: Words, number: int, route: int, narrow: bool
) -> None:
    """Work out which stages can hold in a class; if not ``narrow`` take all of its route."""
    stages, slots = np.int64(ints[tables.STAGE_WORDS]), np.int64(ints[tables.SLOT_WORDS])
    fields, needs = desk[at.CLASS_SLOTS] + number * slots, longs[tables.NEEDS]
    desk[fields : fields + slots] = 0
    for word in range(stages):
        offered, kept = routes[route * stages + word], np.int64(0)
        while offered != 0:
            stage = 64 * word + ctz(np.uint64(offered))
            if not narrow or _possible(ints, desk, stage):
                kept |= offered & -offered
                for place in range(slots):
                    desk[fields + place] |= longs[needs + stage * slots + place]
            offered &= offered - 1
        desk[desk[at.CLASS_STAGES] + number * stages + word] = kept


@compiled
def _class_of(ints: Int32s, longs: Words, desk: Words, routes: Words, route: int) -> int:
    """The number of a row's class; a new one is worked out, unless there have been very many."""
    gates, state = np.int64(ints[tables.GATE_WORDS]), desk[at.STATE]
    code = mix(np.uint64(desk[at.SEED]) ^ np.uint64(route), np.uint64(0xD6E8FEB86659FD93))
    for word in range(gates):
        code = mix(code ^ np.uint64(desk[state + word]), np.uint64(0x9E3779B97F4A7C15))
    table, size = desk[at.CLASS_TABLE], desk[at.CLASS_KEYS] - desk[at.CLASS_TABLE]
    place = np.int64(code >> np.uint64(8)) & (size - 1)
    while desk[table + place] != 0:
        number = desk[table + place]
        key = desk[at.CLASS_KEYS] + number * (gates + 1)
        if desk[key] == route:
            word = 0
            while word < gates and desk[key + 1 + word] == desk[state + word]:
                word += 1
            if word == gates:
                return number
        place = (place + 1) & (size - 1)
    number = desk[at.CLASSES]
    if 2 * number >= size or 16 * desk[at.MADE] > desk[at.ROWS] + 16 * FREE:
        if desk[at.WIDE] != route + 1:
            _fill_class(ints, longs, desk, routes, 0, route, False)  # noqa: FBT003
            desk[at.WIDE] = route + 1
        return 0
    desk[at.CLASSES] += 1
    desk[at.MADE] += 1
    desk[table + place] = number
    key = desk[at.CLASS_KEYS] + number * (gates + 1)
    desk[key] = route
    for word in range(gates):
        desk[key + 1 + word] = desk[state + word]
    _fill_class(ints, longs, desk, routes, number, route, True)  # noqa: FBT003
    return number


@compiled
def _settle(
    ints: Int32s, longs: Words, codes: Bytes, desk: Words, batch: Batch, row: int, leaf: int
) -> None:
    """Look at a late leaf for a row: set its bit if it holds, or mark it unknown."""
    slot, bit = ints[ints[tables.LATE_SLOT] + leaf], np.int64(1) << (leaf & 63)
    desk[desk[at.SETTLED] + (leaf >> 6)] |= bit
    unknown = slot < 0
    for cell in range(batch.row_start[row], batch.row_start[row + 1]):
        if batch.slot[cell] != slot:
            continue
        text, start, end = batch.text, batch.start[cell], batch.start[cell] + batch.length[cell]
        if batch.tag[cell] == TRUE:
            text, start, end = codes, np.int64(0), np.int64(4)
        elif batch.tag[cell] == FALSE:
            text, start, end = codes, np.int64(4), np.int64(9)
        answer = holds(ints, longs, codes, leaf, text, start, end)
        if answer == YES:
            place = ints[tables.LATE_BIT] + leaf
            desk[desk[at.STATE] + (place >> 6)] |= np.int64(1) << (place & 63)
            return
        unknown |= answer == PERHAPS
    if unknown:
        desk[desk[at.UNKNOWN] + (leaf >> 6)] |= bit


@compiled
def _follow(
    ints: Int32s,
    longs: Words,
    codes: Bytes,
    desk: Words,
    batch: Batch,
    row: int,
    stage: int,
    hopeful: bool,
) -> int:
    """Run a stage's code, taking unknown leaves for the better or for the worse.

    Gives NEVER or ALWAYS, OPEN instead of ALWAYS if it met an unknown leaf.
    """
    step, state = np.int64(ints[ints[tables.START] + stage]), desk[at.STATE]
    late, steps = np.int64(ints[tables.LATE_BIT]), ints[tables.STEPS]
    doubt = False
    while step >= 0:
        leaf = np.int64(ints[steps + 3 * step])
        bit = leaf & ~NEGATED
        true = desk[state + (bit >> 6)] >> (bit & 63) & 1 != 0
        if not true and bit >= late:
            number = bit - late
            if desk[desk[at.SETTLED] + (number >> 6)] >> (number & 63) & 1 == 0:
                _settle(ints, longs, codes, desk, batch, row, number)
                true = desk[state + (bit >> 6)] >> (bit & 63) & 1 != 0
            if desk[desk[at.UNKNOWN] + (number >> 6)] >> (number & 63) & 1:
                doubt = True
                true = (leaf & NEGATED == 0) == hopeful
        step = np.int64(ints[steps + 3 * step + (1 if true else 2)])
    if step != ACCEPT:
        return NEVER
    return OPEN if doubt else ALWAYS


@compiled
def match_rows(
    ints: Int32s,
    longs: Words,
    codes: Bytes,
    desk: Words,
    table: Words,
    arena: Words,
    routes: Words,
    batch: Batch,
    hits: Words,
    row: int,
) -> int:
    """Judge rows from ``row`` on; gives the row to go on with, once there is room again.

    ``table`` and ``arena`` are the memo's; ``routes`` the stages of each route, bit by bit. A hit is
    written as row, stage and whether it is open: ``row << 32 | stage << 1 | open``. It stops where
    the memo is full, or there may not be room for all hits of one more row.
    """
    rows, width = batch.row_start.size - 1, np.int64(ints[tables.STAGE_WORDS])
    slots, state, seen = np.int64(ints[tables.SLOT_WORDS]), desk[at.STATE], desk[at.SEEN]
    state_end, late = state + ints[tables.STATE_WORDS], (ints[tables.LATES] + 63) >> 6
    covers, free = state + ints[tables.LEAF_WORDS], longs[tables.FREE]
    while row < rows and desk[at.FULL] == 0 and desk[at.HITS] + 64 * width <= hits.size:
        first, last = batch.row_start[row], batch.row_start[row + 1]
        desk[state:state_end] = 0
        desk[desk[at.SETTLED] : desk[at.SETTLED] + late] = 0
        desk[desk[at.UNKNOWN] : desk[at.UNKNOWN] + late] = 0
        desk[at.ROWS] += 1
        number = np.int64(-1)
        for turn in range(2):
            for cell in range(first, last):
                slot = np.int64(batch.slot[cell])
                flags = ints[ints[tables.FLAGS] + slot]
                if turn == 0:
                    desk[seen + slot] = 1
                    if flags & tables.GATE == 0:
                        continue
                else:
                    needed = desk[desk[at.CLASS_SLOTS] + number * slots + (slot >> 6)]
                    if flags & tables.GATE or needed >> (slot & 63) & 1 == 0:
                        continue
                if flags & tables.WORDS == 0:
                    present(ints, longs, desk, state, slot)
                    continue
                text, start, length = batch.text, batch.start[cell], np.int64(batch.length[cell])
                if batch.tag[cell] == TRUE:
                    text, start, length = codes, np.int64(0), np.int64(4)
                elif batch.tag[cell] == FALSE:
                    text, start, length = codes, np.int64(4), np.int64(5)
                meet(ints, longs, codes, desk, table, arena, slot, text, start, length)
            if turn == 0:
                number = _class_of(ints, longs, desk, routes, np.int64(batch.route[row]))
        alive = desk[at.CLASS_STAGES] + number * width
        for word in range(width):
            wanted = desk[alive + word]
            wanted &= desk[covers + word] | longs[free + word]
            wanted &= desk[covers + width + word] | longs[free + width + word]
            while wanted != 0:
                stage = 64 * word + ctz(np.uint64(wanted))
                wanted &= wanted - 1
                desk[at.ASKED] += 1
                answer = _follow(ints, longs, codes, desk, batch, row, stage, True)  # noqa: FBT003
                if answer == OPEN:
                    sure = _follow(ints, longs, codes, desk, batch, row, stage, False)  # noqa: FBT003
                    answer = OPEN if sure == NEVER else ALWAYS
                if answer != NEVER:
                    hit = np.int64(row) << 32 | stage << 1 | (answer == OPEN)
                    hits[desk[at.HITS]] = hit
                    desk[at.HITS] += 1
                    desk[at.OPEN] += answer == OPEN
        row += 1
    return row
