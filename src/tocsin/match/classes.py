"""Classes of rows, in kernels: which stages can hold for what kind of event.

A row's gate leaves (what kind of event it is) and its route make its *class*. For a class it is
worked out once which stages can hold at all, and on which fields their covers are.
"""

from __future__ import annotations

from tocsin.columns.cells import Bytes
from tocsin.columns.native import ctz, inlined, lean
from tocsin.match import desk as at
from tocsin.match.desk import Desk
from tocsin.match.hashing import Words, hashed, mix, signed, unsigned
from tocsin.match.row_cells import TRUE, Batch, span
from tocsin.plan import tables
from tocsin.plan.branches import ACCEPT, NEGATED
from tocsin.plan.tables import Int32s

FREE = 1024
"""Classes that may be worked out at once; beyond that one for every 16 rows, so that events that
are all different cost little."""

SPREAD, OTHER = unsigned(0x9E3779B97F4A7C15), unsigned(0xD6E8FEB86659FD93)


@lean
def _possible(ints: Int32s, desk: Desk, stage: int) -> bool:
    """Whether a stage can hold for rows with the gate leaves of the state."""
    step, state = signed(ints[ints[tables.START] + stage]), desk[at.STATE]
    gates, steps = 64 * ints[tables.GATE_WORDS], ints[tables.STEP]
    while step >= 0:
        leaf = signed(ints[steps + 3 * step])
        bit = leaf & ~NEGATED
        if bit < gates:
            true = desk[state + (bit >> 6)] >> (bit & 63) & 1 != 0
        else:
            true = leaf & NEGATED == 0
        step = signed(ints[steps + 3 * step + (1 if true else 2)])
    return step == ACCEPT


@lean
def _fill_class(
    ints: Int32s, longs: Words, desk: Desk, routes: Words, number: int, route: int, narrow: bool
) -> None:
    """Work out which stages can hold in a class; if not ``narrow`` take all of its route."""
    stages, slots = signed(ints[tables.STAGE_WORDS]), signed(ints[tables.SLOT_WORDS])
    fields, needs = desk[at.CLASS_SLOTS] + number * slots, longs[tables.COVER_SLOTS]
    for word in range(slots):
        desk[fields + word] = 0
    for word in range(stages):
        offered, kept = routes[route * stages + word], signed(0)
        while offered != 0:
            stage = 64 * word + ctz(unsigned(offered))
            if not narrow or _possible(ints, desk, stage):
                kept |= offered & -offered
                for place in range(slots):
                    desk[fields + place] |= longs[needs + stage * slots + place]
            offered &= offered - 1
        desk[desk[at.CLASS_STAGES] + number * stages + word] = kept


@lean
def _class_of(ints: Int32s, longs: Words, desk: Desk, routes: Words, route: int) -> int:
    """The class of the gate leaves in the state; 0 if that is new, and very many are known."""
    gates, state = signed(ints[tables.GATE_WORDS]), desk[at.STATE]
    code = mix(unsigned(desk[at.SEED]) ^ unsigned(route), unsigned(0xD6E8FEB86659FD93))
    for word in range(gates):
        code = mix(code ^ unsigned(desk[state + word]), unsigned(0x9E3779B97F4A7C15))
    table, size = desk[at.CLASS_TABLE], desk[at.CLASS_KEYS] - desk[at.CLASS_TABLE]
    place = signed(code >> unsigned(8)) & (size - 1)
    while desk[table + place] != 0:
        number = signed(desk[table + place])
        key = desk[at.CLASS_KEYS] + number * (gates + 1)
        if desk[key] == route:
            word = 0
            while word < gates and desk[key + 1 + word] == desk[state + word]:
                word += 1
            if word == gates:
                return number
        place = (place + 1) & (size - 1)
    number = signed(desk[at.CLASSES])
    if 2 * number >= size or 16 * desk[at.MADE] > desk[at.ROWS] + 16 * FREE:
        if desk[at.WIDE] != route + 1:
            _fill_class(ints, longs, desk, routes, 0, route, False)
            desk[at.WIDE] = route + 1
        return 0
    desk[at.CLASSES] += 1
    desk[at.MADE] += 1
    desk[table + place] = number
    key = desk[at.CLASS_KEYS] + number * (gates + 1)
    desk[key] = route
    for word in range(gates):
        desk[key + 1 + word] = desk[state + word]
    _fill_class(ints, longs, desk, routes, number, route, True)
    return number


@inlined
def known_kind(ints: Int32s, codes: Bytes, desk: Desk, batch: Batch, row: int) -> int:
    """The class of a row if the values of its gates are known, else 0.

    Sets its gate leaves, and notes which fields the row has. ``desk[at.KIND]`` and the next number
    are a hash of 128 bits of the values.
    """
    seed, route = unsigned(desk[at.SEED]), unsigned(batch.route[row])
    low, high = mix(seed ^ route, SPREAD), mix(seed ^ route, OTHER)
    records, seen = ints[tables.SLOT] + tables.FLAGS, desk[at.SEEN]
    for cell in range(batch.row_start[row], batch.row_start[row + 1]):
        slot = signed(batch.slot[cell])
        desk[seen + slot] = 1
        if ints[records + tables.SLOT_SIZE * slot] & tables.GATE:
            text = batch.text if batch.tag[cell] < TRUE else codes
            start, end = span(batch, cell)
            secret = seed ^ unsigned(slot + 1) * SPREAD
            code = unsigned(hashed(text, start, end - start, False, secret))
            low, high = mix(low ^ code, SPREAD), mix(high ^ code, OTHER)
    desk[at.KIND], desk[at.KIND_HIGH] = signed(low), signed(high)
    place = signed(low) & (at.MOST_KINDS - 1)
    kind = desk[at.KINDS] + 3 * place
    while desk[kind + 2] != 0:
        if desk[kind] == signed(low) and desk[kind + 1] == signed(high):
            number = signed(desk[kind + 2])
            key = desk[at.CLASS_KEYS] + number * (ints[tables.GATE_WORDS] + 1) + 1
            for word in range(ints[tables.GATE_WORDS]):
                desk[desk[at.STATE] + word] = desk[key + word]
            return number
        place = (place + 1) & (at.MOST_KINDS - 1)
        kind = desk[at.KINDS] + 3 * place
    return 0


@lean
def new_kind(ints: Int32s, longs: Words, desk: Desk, routes: Words, route: int) -> int:
    """The class of a row whose gate leaves are set; it is known from now on."""
    number = _class_of(ints, longs, desk, routes, route)
    if 2 * desk[at.KINDS_KNOWN] >= at.MOST_KINDS:
        for word in range(desk[at.KINDS], desk[at.KINDS] + 3 * at.MOST_KINDS):
            desk[word] = 0
        desk[at.KINDS_KNOWN] = 0
    if number != 0:
        place = desk[at.KIND] & (at.MOST_KINDS - 1)
        while desk[desk[at.KINDS] + 3 * place + 2] != 0:
            place = (place + 1) & (at.MOST_KINDS - 1)
        kind = desk[at.KINDS] + 3 * place
        desk[kind], desk[kind + 1] = desk[at.KIND], desk[at.KIND_HIGH]
        desk[kind + 2] = number
        desk[at.KINDS_KNOWN] += 1
    return number
