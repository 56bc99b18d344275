"""Judging rows: the stages that may hold, and each of those stages; in kernels.

A stage is asked if it can hold in the row's class (`match.classes`) and each of its covers is hit.
So of a row's fields at first only the gates are looked up, then those of covers, and the others
only if they are read by a stage that is asked.
"""

from __future__ import annotations

from tocsin.columns.cells import Bytes
from tocsin.columns.native import ctz, inlined, lean
from tocsin.match import desk as at
from tocsin.match.classes import known_kind, new_kind
from tocsin.match.desk import Desk
from tocsin.match.hashing import Words, signed, unsigned
from tocsin.match.late import NO, PAIR, PERHAPS, YES, holds
from tocsin.match.memo import meet
from tocsin.match.pairs import address_text, compare_pair, plain, slice_place
from tocsin.match.row_cells import NO_ROUTE, STRING, TRUE, Batch, span
from tocsin.plan import tables
from tocsin.plan.branches import ACCEPT, NEGATED
from tocsin.plan.late import (
    FOLD,
    LATE_CHECK,
    LATE_FIRST,
    LATE_LAST,
    LATE_MARK,
    LATE_OPERATOR,
    LATE_SIZE,
    LATE_SLOT,
    LEFT_ADDRESS,
    LEFT_MIXED,
    RIGHT_ADDRESS,
    RIGHT_MIXED,
)
from tocsin.plan.leaves import WHOLE
from tocsin.plan.tables import Int32s

MOST_CHOICES = 10_000
"""As in `match.evaluate`."""

GATES, COVERS, REST = range(3)
"""The turns in which a row's fields are looked up."""

NEVER, ALWAYS, OPEN = 0, 1, 2
"""A stage's answer on a row; an open one hangs on a leaf that is unknown."""


@inlined
def _look_up(
    ints: Int32s,
    longs: Words,
    codes: Bytes,
    desk: Desk,
    table: Words,
    arena: Words,
    batch: Batch,
    row: int,
    turn: int,
    covers: int,
) -> None:
    """Set what a row's values satisfy: those of gates, of covers, or of all else that is needed.

    ``covers``: where in the desk stands which fields are covers.
    """
    records, reading = ints[tables.SLOT] + tables.FLAGS, desk[at.READING]
    for cell in range(batch.row_start[row], batch.row_start[row + 1]):
        slot = signed(batch.slot[cell])
        flags = ints[records + tables.SLOT_SIZE * slot]
        if turn == GATES:
            if flags & tables.GATE == 0:
                continue
        elif flags & tables.GATE or flags & ~tables.TEXTS == 0:
            continue
        else:
            cover = desk[covers + (slot >> 6)] >> (slot & 63) & 1 != 0
            if cover != (turn == COVERS):
                continue
            if turn == REST and desk[reading + (slot >> 6)] >> (slot & 63) & 1 == 0:
                continue
        text = batch.text if batch.tag[cell] < TRUE else codes
        start, end = span(batch, cell)
        meet(ints, longs, codes, desk, table, arena, slot, text, start, end - start)


@lean
def _on_pair(  # noqa: C901 - one case after the other
    ints: Int32s, longs: Words, codes: Bytes, batch: Batch, row: int, leaf: int
) -> int:
    """A leaf about two fields on all choices of their values."""
    record, answer = ints[tables.LATE] + LATE_SIZE * leaf, NO
    marks, function = ints[record + LATE_MARK], ints[record + LATE_OPERATOR]
    fold, choices = marks & FOLD != 0, 0
    parts = longs[tables.BLOCK] + 4 * ints[record + LATE_LAST]
    sliced = (
        longs[parts] != 0
        or longs[parts + 1] != WHOLE
        or longs[parts + 2] != 0
        or longs[parts + 3] != WHOLE
    )
    for one in range(batch.row_start[row], batch.row_start[row + 1]):
        if batch.slot[one] != ints[record + LATE_SLOT]:
            continue
        for two in range(batch.row_start[row], batch.row_start[row + 1]):
            if batch.slot[two] != ints[record + LATE_FIRST]:
                continue
            choices += 1
            (start, end), (begin, stop) = span(batch, one), span(batch, two)
            text = batch.text if batch.tag[one] < TRUE else codes
            other = batch.text if batch.tag[two] < TRUE else codes
            found = YES
            if (marks & LEFT_MIXED and batch.tag[one] != STRING) or (
                marks & RIGHT_MIXED and batch.tag[two] != STRING
            ):
                found = PERHAPS
            if found == YES and marks & LEFT_ADDRESS:
                found = address_text(text, start, end)
            if found == YES and marks & RIGHT_ADDRESS:
                found = address_text(other, begin, stop)
            if (
                found == YES
                and sliced
                and not (plain(text, start, end) and plain(other, begin, stop))
            ):
                found = PERHAPS
            if found == YES:
                length, rest = end - start, stop - begin
                end = start + slice_place(longs[parts + 1], length)
                start += slice_place(longs[parts], length)
                stop = begin + slice_place(longs[parts + 3], rest)
                begin += slice_place(longs[parts + 2], rest)
                end, stop = max(start, end), max(begin, stop)
                found = compare_pair(function, fold, text, start, end, other, begin, stop)
            if found == YES and choices <= MOST_CHOICES:
                return YES
            if found != NO or choices > MOST_CHOICES:
                answer = PERHAPS
    return answer


@lean
def _settle(
    ints: Int32s, longs: Words, codes: Bytes, desk: Desk, batch: Batch, row: int, leaf: int
) -> None:
    """Look at a late leaf for a row: set its bit if it holds, or mark it unknown."""
    record, bit = ints[tables.LATE] + LATE_SIZE * leaf, signed(1) << (leaf & 63)
    slot, answer = ints[record + LATE_SLOT], NO
    desk[desk[at.SETTLED] + (leaf >> 6)] |= bit
    if ints[record + LATE_CHECK] == PAIR:
        answer = _on_pair(ints, longs, codes, batch, row, leaf)
    elif slot < 0:
        answer = PERHAPS
    else:
        for cell in range(batch.row_start[row], batch.row_start[row + 1]):
            if batch.slot[cell] != slot:
                continue
            text = batch.text if batch.tag[cell] < TRUE else codes
            start, end = span(batch, cell)
            found = holds(ints, longs, codes, leaf, text, start, end)
            if found != NO:
                answer = found
            if found == YES:
                break
    if answer == YES:
        place = ints[tables.LATE_BIT] + leaf
        desk[desk[at.STATE] + (place >> 6)] |= signed(1) << (place & 63)
    elif answer == PERHAPS:
        desk[desk[at.UNKNOWN] + (leaf >> 6)] |= bit


@lean
def _follow(
    ints: Int32s,
    longs: Words,
    codes: Bytes,
    desk: Desk,
    batch: Batch,
    row: int,
    stage: int,
    hopeful: bool,
) -> int:
    """Run a stage's code, taking unknown leaves for the better or for the worse.

    Gives NEVER or ALWAYS, OPEN instead of ALWAYS if it met an unknown leaf.
    """
    step, state = signed(ints[ints[tables.START] + stage]), desk[at.STATE]
    late, steps = signed(ints[tables.LATE_BIT]), ints[tables.STEP]
    doubt = False
    while step >= 0:
        leaf = signed(ints[steps + 3 * step])
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
        step = signed(ints[steps + 3 * step + (1 if true else 2)])
    if step != ACCEPT:
        return NEVER
    return OPEN if doubt else ALWAYS


@inlined
def _choose(ints: Int32s, longs: Words, desk: Desk, number: int) -> bool:
    """Find the stages to ask about a row of a class, and the fields that they read."""
    width, slots = signed(ints[tables.STAGE_WORDS]), signed(ints[tables.SLOT_WORDS])
    asking, reading, any_stage = desk[at.ASKING], desk[at.READING], False
    alive, free = desk[at.CLASS_STAGES] + number * width, longs[tables.FREE]
    covers = desk[at.STATE] + ints[tables.LEAF_WORDS]
    for word in range(slots):
        desk[reading + word] = 0
    for word in range(width):
        wanted = desk[alive + word]
        wanted &= desk[covers + word] | longs[free + word]
        wanted &= desk[covers + width + word] | longs[free + width + word]
        desk[asking + word] = wanted
        while wanted != 0:
            stage = 64 * word + ctz(unsigned(wanted))
            wanted &= wanted - 1
            any_stage = True
            for place in range(slots):
                desk[reading + place] |= longs[longs[tables.STAGE_SLOTS] + stage * slots + place]
    return any_stage


@inlined
def _ask(
    ints: Int32s,
    longs: Words,
    codes: Bytes,
    desk: Desk,
    batch: Batch,
    hits: Words,
    row: int,
    stage: int,
) -> None:
    """Ask a stage about a row, and write down a hit."""
    desk[at.ASKED] += 1
    answer = ALWAYS
    for hopeful in (True, False):
        found = _follow(ints, longs, codes, desk, batch, row, stage, hopeful)
        if found != OPEN:
            if hopeful or found == ALWAYS:
                answer = found
            break
        answer = OPEN if hopeful else ALWAYS
    if answer != NEVER:
        hits[desk[at.HITS]] = signed(row) << 32 | stage << 1 | (answer == OPEN)
        desk[at.HITS] += 1
        desk[at.OPEN] += answer == OPEN


@lean
def match_rows(  # noqa: C901 - the way of a row, in line
    ints: Int32s,
    longs: Words,
    codes: Bytes,
    desk: Desk,
    table: Words,
    arena: Words,
    routes: Words,
    batch: Batch,
    hits: Words,
    row: int,
) -> int:
    """Judge rows from ``row`` on; gives the row to go on with, once there is room again.

    ``table`` and ``arena`` are the memo's; ``routes`` the stages of each route, bit by bit. A hit
    is written as row, stage and whether it is open: ``row << 32 | stage << 1 | open``. It stops
    where the memo is full, or there may not be room for all hits of one more row.
    """
    rows, width = batch.row_start.size - 1, signed(ints[tables.STAGE_WORDS])
    state, late = desk[at.STATE], (ints[tables.LATES] + 63) >> 6
    settled, unknown = desk[at.SETTLED], desk[at.UNKNOWN]
    while row < rows and desk[at.FULL] == 0 and desk[at.HITS] + 64 * width <= hits.size:
        if batch.route[row] == NO_ROUTE:
            row += 1
            continue
        for word in range(state, state + ints[tables.STATE_WORDS]):
            desk[word] = 0
        for word in range(late):
            desk[settled + word] = 0
            desk[unknown + word] = 0
        desk[at.ROWS] += 1
        number, asked = known_kind(ints, codes, desk, batch, row), False
        for turn in range(REST + 1):  # looking up stands once in the code: it is all in line
            if turn == GATES and number != 0:
                continue
            if turn == REST:
                asked = _choose(ints, longs, desk, number)
                if not asked:
                    break
            covers = desk[at.CLASS_SLOTS] + number * ints[tables.SLOT_WORDS]
            _look_up(ints, longs, codes, desk, table, arena, batch, row, turn, covers)
            if turn == GATES:
                number = new_kind(ints, longs, desk, routes, signed(batch.route[row]))
        if asked:
            for word in range(width):
                wanted = desk[desk[at.ASKING] + word]
                while wanted != 0:
                    stage = 64 * word + ctz(unsigned(wanted))
                    wanted &= wanted - 1
                    _ask(ints, longs, codes, desk, batch, hits, row, stage)
        row += 1
    return row
