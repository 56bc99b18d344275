"""What values of fields satisfy, found once and remembered, in kernels.

The memo is a hash table over an arena of 64-bit numbers. A record holds the field and length of a
value, how many words of the state it touches, its bytes, and for each of these words its number and
the bits to set. The memo never takes more than it was given: where it is full, values are judged
anew until it is cleared. Once it holds some values, another one is remembered only when it comes a
second time: most command lines and paths never do, and a small memo stays near the processor.

Of each entry of the hash table eight bits stand together with those of its neighbours: a value that
is not there is told from these, which stay near the processor when the table does not.
"""

from __future__ import annotations

import numpy as np

from tocsin.columns.cells import Bytes
from tocsin.columns.native import inlined, lean
from tocsin.match import desk as at
from tocsin.match.desk import Desk
from tocsin.match.hashing import Words, hashed, same, signed, store, unsigned
from tocsin.match.words import judge, seed_of
from tocsin.plan import tables
from tocsin.plan.tables import Int32s

LONGEST = 4096
"""Values of more bytes are never remembered."""

AT_ONCE = 4096
"""So many values are remembered when they come for the first time."""


def empty_table(places: int) -> Words:
    """A hash table; ``places``: a power of two, at least 8."""
    return np.zeros(17 * places // 8, dtype=np.int64)


@inlined
def places_of(table: Words) -> int:
    """How many values a table has places for: two numbers each, then eight bits each."""
    return table.size * 8 // 17


@inlined
def _tag(table: Words, size: int, place: int) -> int:
    """The eight bits of a place, 0 if it is free."""
    return table[2 * size + (place >> 3)] >> (8 * (place & 7)) & 0xFF


@inlined
def _tag_of(code: int) -> int:
    """The eight bits of a hash, never 0; it gives its place by others."""
    return signed(unsigned(code) >> unsigned(56)) | 1


@inlined
def _enter(table: Words, size: int, place: int, code: int, record: int) -> None:
    """Write an entry where there is none."""
    table[2 * place], table[2 * place + 1] = code, record
    table[2 * size + (place >> 3)] |= _tag_of(code) << (8 * (place & 7))


@inlined
def _put(ints: Int32s, longs: Words, desk: Desk, number: int) -> None:
    """Set a set of bits in the row's state."""
    row, state = ints[tables.SET_FIRST] + number, desk[at.STATE]
    words, bits = ints[tables.SET_WORD], longs[tables.SET_BITS]
    for entry in range(ints[row], ints[row + 1]):
        desk[state + ints[words + entry]] |= longs[bits + entry]


@lean
def _passes(desk: Desk, code: int) -> bool:
    """Whether a value, by its hash, seems to come for the first time; notes that it came."""
    bit = signed(unsigned(code) >> unsigned(32)) & (8 * at.MOST_PASSING - 1)
    word, mask = desk[at.PASSING] + (bit >> 6), signed(1) << (bit & 63)
    if desk[word] & mask:
        return False
    if desk[at.PASSED] >= at.MOST_PASSING:
        for place in range(desk[at.PASSING], desk[at.PASSING] + at.MOST_PASSING // 8):
            desk[place] = 0
        desk[at.PASSED] = 0
    desk[word] |= mask
    desk[at.PASSED] += 1
    return True


@lean
def _touched(ints: Int32s, longs: Words, desk: Desk, arena: Words, first: int) -> int:
    """Write the words of the state that the sets noted touch, with their bits; gives how many."""
    count, words, bits = 0, ints[tables.SET_WORD], longs[tables.SET_BITS]
    for note in range(desk[at.NOTES], desk[at.NOTES] + desk[at.NOTED]):
        row = ints[tables.SET_FIRST] + desk[note]
        for entry in range(ints[row], ints[row + 1]):
            place = first
            while place < first + 2 * count and arena[place] != ints[words + entry]:
                place += 2
            if place == first + 2 * count:
                arena[place], arena[place + 1] = signed(ints[words + entry]), signed(0)
                count += 1
            arena[place + 1] |= longs[bits + entry]
    return count


@inlined
def meet(
    ints: Int32s,
    longs: Words,
    codes: Bytes,
    desk: Desk,
    table: Words,
    arena: Words,
    slot: int,
    text: Bytes,
    start: int,
    length: int,
) -> None:
    """Set in the row's state all that a value of a field satisfies; remember it if that pays."""
    flags = ints[ints[tables.SLOT] + tables.SLOT_SIZE * slot + tables.FLAGS]
    memo = flags & tables.MEMO != 0 and length <= LONGEST
    size, words, key = places_of(table), (length + 7) >> 3, signed(slot) << 32 | length
    code = place = signed(0)
    if memo:
        code = hashed(text, start, length, False, seed_of(desk, slot))
        place = code >> 8 & (size - 1)
        tag, found = _tag_of(code), _tag(table, size, place)
        while found != 0:
            if found == tag and table[2 * place] == code:
                record = table[2 * place + 1]
                if arena[record] == key and same(text, start, length, arena, record + 2):
                    state, first = desk[at.STATE], record + 2 + words
                    for touched in range(first, first + 2 * arena[record + 1], 2):
                        desk[state + arena[touched]] |= arena[touched + 1]
                    return
            place = (place + 1) & (size - 1)
            found = _tag(table, size, place)
    judge(ints, longs, codes, desk, slot, text, start, length)
    notes, noted = desk[at.NOTES], desk[at.NOTED]
    for number in range(notes, notes + noted):
        _put(ints, longs, desk, desk[number])
    if not memo:
        return
    desk[at.NEW] += 1
    if desk[at.COUNT] >= AT_ONCE and _passes(desk, code):
        return
    record = desk[at.TOP]
    first = record + 2 + words
    if first + 2 * ints[tables.STATE_WORDS] > arena.size or 4 * desk[at.COUNT] >= 3 * size:
        desk[at.FULL] = 1
        return
    _enter(table, size, place, code, record)
    store(text, start, length, arena, record + 2)
    touched = _touched(ints, longs, desk, arena, first)
    arena[record], arena[record + 1] = key, touched
    desk[at.COUNT] += 1
    desk[at.TOP] = first + 2 * touched


@lean
def spread(old: Words, new: Words) -> None:
    """Enter all that one hash table holds in another."""
    size = places_of(new)
    for entry in range(0, 2 * places_of(old), 2):
        if old[entry] != 0:
            place = old[entry] >> 8 & (size - 1)
            while new[2 * place] != 0:
                place = (place + 1) & (size - 1)
            _enter(new, size, place, old[entry], old[entry + 1])
