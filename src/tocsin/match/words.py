"""What a value of a field satisfies, found once and remembered, in kernels.

The memo is a hash table over an arena of 64-bit numbers. A record holds the field and the length of
a value, the number of its state entries, its bytes, and the entries, each a place and bits. The memo
never takes more than it was given: where it is full, values are judged anew until it is cleared.
"""

from __future__ import annotations

import numpy as np

from tocsin.columns.cells import Bytes
from tocsin.columns.native import compiled, load8
from tocsin.match import desk as at
from tocsin.match.globs import glob
from tocsin.match.hashing import Words, equal, folded, folded8, hashed, mix, part, same, store
from tocsin.match.late import NO, YES, holds
from tocsin.plan import tables
from tocsin.plan.tables import Int32s

LONGEST = 4096
"""Values of more bytes are never remembered."""


@compiled
def seed_of(desk: Words, slot: int) -> np.uint64:
    """The hash's secret for a field."""
    return mix(np.uint64(desk[at.SEED]), np.uint64(2 * slot + 0x5851F42D4C957F2D))


@compiled
def learn_exact(ints: Int32s, codes: Bytes, desk: Words) -> None:
    """Fill the table of exact patterns."""
    table, mask = desk[at.EXACT], desk[at.EXACT_SIZE] - 1
    for pattern in range(ints[tables.PATTERNS]):
        if ints[ints[tables.CODE_EXACT] + pattern] == 0:
            continue
        first = np.int64(ints[ints[tables.CODE_FIRST] + pattern])
        length = ints[ints[tables.CODE_LAST] + pattern] - first
        fold = ints[ints[tables.CODE_FOLD] + pattern] != 0
        seed = seed_of(desk, np.int64(ints[ints[tables.CODE_SLOT] + pattern]))
        code = hashed(codes, first, length, fold, seed)
        place = code >> 8 & mask
        while desk[table + 2 * place] != 0:
            place = (place + 1) & mask
        desk[table + 2 * place] = code
        desk[table + 2 * place + 1] = pattern


@compiled
def present(ints: Int32s, longs: Words, desk: Words, state: int, slot: int) -> None:
    """Set what a field's having a value satisfies."""
    row = ints[tables.PRESENT_FIRST] + slot
    words, bits = ints[tables.PRESENT_WORD], longs[tables.PRESENT_BITS]
    for entry in range(ints[row], ints[row + 1]):
        desk[state + ints[words + entry]] |= longs[bits + entry]


@compiled
def _leaf(ints: Int32s, longs: Words, desk: Words, leaf: int) -> None:
    """Set what a leaf that holds stands for."""
    row, build = ints[tables.LEAF_FIRST] + leaf, desk[at.BUILD]
    words, bits = ints[tables.LEAF_WORD], longs[tables.LEAF_BITS]
    for entry in range(ints[row], ints[row + 1]):
        desk[build + ints[words + entry]] |= longs[bits + entry]


@compiled
def _matched(ints: Int32s, longs: Words, desk: Words, pattern: int) -> None:
    """Set what the leaves of a pattern stand for."""
    row = ints[tables.CODE_LEAF_FIRST] + pattern
    for place in range(ints[row], ints[row + 1]):
        _leaf(ints, longs, desk, np.int64(ints[ints[tables.CODE_LEAF] + place]))


@compiled
def _find_exact(
    ints: Int32s,
    longs: Words,
    codes: Bytes,
    desk: Words,
    slot: int,
    code: int,
    fold: bool,
    text: Bytes,
    start: int,
    length: int,
) -> None:
    table, mask = desk[at.EXACT], desk[at.EXACT_SIZE] - 1
    place = code >> 8 & mask
    while desk[table + 2 * place] != 0:
        if desk[table + 2 * place] == code:
            pattern = desk[table + 2 * place + 1]
            first = np.int64(ints[ints[tables.CODE_FIRST] + pattern])
            if (
                ints[ints[tables.CODE_SLOT] + pattern] == slot
                and (ints[ints[tables.CODE_FOLD] + pattern] != 0) == fold
                and ints[ints[tables.CODE_LAST] + pattern] - first == length
                and equal(text, start, codes, first, length, fold)
            ):
                _matched(ints, longs, desk, pattern)
                return
        place = (place + 1) & mask


@compiled
def _compare(
    ints: Int32s,
    longs: Words,
    codes: Bytes,
    desk: Words,
    spot: int,
    text: Bytes,
    start: int,
    end: int,
    gram_at: int,
) -> None:
    """Compare a pattern with a text that has its gram at ``gram_at``."""
    spot = ints[tables.SPOTS] + tables.SPOT * spot
    pattern, run, length = np.int64(ints[spot]), np.int64(ints[spot + 1]), ints[spot + 2]
    stamp = desk[at.STAMPS] + pattern
    if desk[stamp] == desk[at.EPOCH]:
        return
    if ints[spot + 4] >= 0 and gram_at - start != ints[spot + 4]:
        return
    if ints[spot + 5] >= 0 and end - gram_at != ints[spot + 5]:
        return
    fold = ints[ints[tables.CODE_FOLD] + pattern] != 0
    if run >= 0:
        begin = gram_at - ints[spot + 3]
        if begin < start or begin + length > end:
            return
        if not equal(text, begin, codes, run, length, fold):
            return
    desk[stamp] = desk[at.EPOCH]
    first = np.int64(ints[ints[tables.CODE_FIRST] + pattern])
    last = np.int64(ints[ints[tables.CODE_LAST] + pattern])
    if run >= 0 or glob(text, start, end, codes, first, last, fold):
        _matched(ints, longs, desk, pattern)


@compiled
def _find_gram(
    ints: Int32s,
    longs: Words,
    codes: Bytes,
    desk: Words,
    slot: int,
    gram: int,
    text: Bytes,
    start: int,
    end: int,
    gram_at: int,
) -> None:
    """Compare the patterns of a gram."""
    row = ints[tables.KEY_FIRST] + slot
    first, size = np.int64(ints[row]), np.int64(ints[row + 1] - ints[row])
    place = (gram * 0x9E3779B1 & 0xFFFFFFFF) >> ints[ints[tables.KEY_SHIFT] + slot]
    keys = longs[tables.KEY]
    while longs[keys + first + place] >= 0:
        if longs[keys + first + place] == gram:
            last = ints[ints[tables.SPOT_LAST] + first + place]
            for spot in range(ints[ints[tables.SPOT_FIRST] + first + place], last):
                _compare(ints, longs, codes, desk, spot, text, start, end, gram_at)
            return
        place = (place + 1) & (size - 1)


@compiled
def _find_grams(
    ints: Int32s,
    longs: Words,
    codes: Bytes,
    desk: Words,
    slot: int,
    text: Bytes,
    start: int,
    end: int,
) -> None:
    """Look at every four bytes of a text."""
    first = longs[tables.FILTER] + ints[ints[tables.FILTER_FIRST] + slot]
    shift = np.int64(ints[ints[tables.FILTER_SHIFT] + slot])
    place = start
    while place + 4 <= end:
        size = min(8, end - place)
        word = folded8(part(text, place, size))
        for gram_at in range(place, place + size - 3):
            gram = np.int64(word & np.uint64(0xFFFFFFFF))
            word >>= np.uint64(8)
            code = (gram * 0x9E3779B1 & 0xFFFFFFFF) >> shift
            if longs[first + (code >> 6)] >> (code & 63) & 1:
                _find_gram(ints, longs, codes, desk, slot, gram, text, start, end, gram_at)
        place += size - 3


@compiled
def _find_short(
    ints: Int32s,
    longs: Words,
    codes: Bytes,
    desk: Words,
    slot: int,
    text: Bytes,
    start: int,
    end: int,
) -> None:
    """Look at every byte of a text, and at every two."""
    first = longs[tables.FILTER] + ints[ints[tables.FILTER_FIRST] + slot]
    shift = np.int64(ints[ints[tables.FILTER_SHIFT] + slot])
    byte = np.int64(0)
    for gram_at in range(end - 1, start - 1, -1):
        gram = byte << 8
        byte = folded(load8(text, gram_at))
        gram |= byte | tables.TWO_BYTES
        code = (gram * 0x9E3779B1 & 0xFFFFFFFF) >> shift
        if longs[first + (code >> 6)] >> (code & 63) & 1:
            _find_gram(ints, longs, codes, desk, slot, gram, text, start, end, gram_at)
        gram = byte | tables.ONE_BYTE
        code = (gram * 0x9E3779B1 & 0xFFFFFFFF) >> shift
        if longs[first + (code >> 6)] >> (code & 63) & 1:
            _find_gram(ints, longs, codes, desk, slot, gram, text, start, end, gram_at)


@compiled
def judge(
    ints: Int32s,
    longs: Words,
    codes: Bytes,
    desk: Words,
    slot: int,
    code: int,
    text: Bytes,
    start: int,
    length: int,
) -> None:
    """Find what a value of a field satisfies and leave it in the part BUILD of the desk."""
    flags, end, build = ints[ints[tables.FLAGS] + slot], start + length, desk[at.BUILD]
    desk[build : build + ints[tables.STATE_WORDS]] = 0
    desk[at.EPOCH] += 1
    desk[at.NEW] += 1
    present(ints, longs, desk, build, slot)
    if flags & tables.EXACT:
        _find_exact(ints, longs, codes, desk, slot, code, False, text, start, length)  # noqa: FBT003
    if flags & tables.FOLDED:
        code = hashed(text, start, length, True, seed_of(desk, slot))  # noqa: FBT003
        _find_exact(ints, longs, codes, desk, slot, code, True, text, start, length)  # noqa: FBT003
    if flags & tables.GRAMS:
        _find_grams(ints, longs, codes, desk, slot, text, start, end)
    if flags & tables.SHORT:
        _find_short(ints, longs, codes, desk, slot, text, start, end)
    row = ints[tables.DIRECT_FIRST] + slot
    for place in range(ints[row], ints[row + 1]):
        pattern = ints[ints[tables.DIRECT] + place]
        first = np.int64(ints[ints[tables.CODE_FIRST] + pattern])
        last = np.int64(ints[ints[tables.CODE_LAST] + pattern])
        if glob(text, start, end, codes, first, last, ints[ints[tables.CODE_FOLD] + pattern] != 0):
            _matched(ints, longs, desk, np.int64(pattern))
    row = ints[tables.KEEN_FIRST] + slot
    for place in range(ints[row], ints[row + 1]):
        late = np.int64(ints[ints[tables.KEEN] + place])
        answer = holds(ints, longs, codes, late, text, start, end)
        if answer != NO:
            bit = ints[tables.LATE_BIT] + late
            before = desk[build + (bit >> 6)]
            _leaf(ints, longs, desk, np.int64(ints[tables.LEAVES]) - ints[tables.LATES] + late)
            if answer != YES:  # its stages are to be asked, but it is not known to hold
                desk[build + (bit >> 6)] = before


@compiled
def meet(
    ints: Int32s,
    longs: Words,
    codes: Bytes,
    desk: Words,
    table: Words,
    arena: Words,
    slot: int,
    text: Bytes,
    start: int,
    length: int,
) -> None:
    """Set in the row's state all that a value of a field satisfies; remember it if there is room."""
    code = hashed(text, start, length, False, seed_of(desk, slot))  # noqa: FBT003
    size, state = table.size // 2, desk[at.STATE]
    place = code >> 8 & (size - 1)
    key, words = np.int64(slot) << 32 | length, (length + 7) >> 3
    while table[2 * place] != 0:
        if table[2 * place] == code:
            record = table[2 * place + 1]
            if arena[record] == key and same(text, start, length, arena, record + 2):
                entry = record + 2 + words
                for word in range(entry, entry + 2 * arena[record + 1], 2):
                    desk[state + arena[word]] |= arena[word + 1]
                return
        place = (place + 1) & (size - 1)
    judge(ints, longs, codes, desk, slot, code, text, start, length)
    build, used = desk[at.BUILD], 0
    for word in range(ints[tables.STATE_WORDS]):
        if desk[build + word] != 0:
            desk[state + word] |= desk[build + word]
            used += 1
    record = desk[at.TOP]
    if length > LONGEST:
        return
    if record + 2 + words + 2 * used > arena.size or 4 * desk[at.COUNT] >= 3 * size:
        desk[at.FULL] = 1
        return
    table[2 * place], table[2 * place + 1] = code, record
    desk[at.COUNT] += 1
    arena[record], arena[record + 1] = key, used
    store(text, start, length, arena, record + 2)
    record += 2 + words
    for word in range(ints[tables.STATE_WORDS]):
        if desk[build + word] != 0:
            arena[record], arena[record + 1] = word, desk[build + word]
            record += 2
    desk[at.TOP] = record


@compiled
def spread(old: Words, new: Words) -> None:
    """Enter all that one hash table holds in another."""
    size = new.size // 2
    for entry in range(0, old.size, 2):
        if old[entry] != 0:
            place = old[entry] >> 8 & (size - 1)
            while new[2 * place] != 0:
                place = (place + 1) & (size - 1)
            new[2 * place], new[2 * place + 1] = old[entry], old[entry + 1]
