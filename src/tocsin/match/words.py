"""What a value of a field satisfies, in kernels.

It is a few sets of bits of the state (`plan.tables`), one for each pattern that matches.
"""

from __future__ import annotations

from tocsin.columns.cells import Bytes
from tocsin.columns.native import inlined, lean, load8
from tocsin.match import desk as at
from tocsin.match.desk import Desk
from tocsin.match.globs import glob
from tocsin.match.hashing import (
    Words,
    equal,
    folded,
    folded8,
    hashed,
    mix,
    part,
    signed,
    unsigned,
)
from tocsin.match.late import PERHAPS, YES, holds
from tocsin.plan import tables
from tocsin.plan.late import LATE_COVERS, LATE_SET, LATE_SIZE
from tocsin.plan.tables import Int32s

MULTIPLIER, MASK = 0x9E3779B1, 0xFFFFFFFF
"""As in `plan.grams`."""


@inlined
def seed_of(desk: Desk, slot: int) -> int:
    """The hash's secret for a field."""
    return unsigned(mix(unsigned(desk[at.SEED]), unsigned(2 * slot + 0x5851F42D4C957F2D)))


@inlined
def _exact_bit(ints: Int32s, row: int, code: int) -> int:
    """Which of a field's bits stands for a hash; ``row``: the field's in `tables.SLOT`."""
    mask = 8 * signed(ints[row + tables.EXACT_MASK]) + 7
    return 8 * signed(ints[row + tables.EXACT_FIRST]) + (code >> 32 & mask)


@lean
def learn_exact(ints: Int32s, codes: Bytes, desk: Desk) -> None:
    """Fill each field's table of exact patterns, by their hash without regard to case."""
    for pattern in range(ints[tables.PATTERNS]):
        row = ints[tables.PATTERN] + tables.PATTERN_SIZE * pattern
        if ints[row + tables.CODE_EXACT] == 0:
            continue
        first, slot = (
            signed(ints[row + tables.CODE_FIRST]),
            signed(ints[row + tables.CODE_SLOT]),
        )
        length = ints[row + tables.CODE_LAST] - first
        code = hashed(codes, first, length, True, seed_of(desk, slot))
        row = ints[tables.SLOT] + tables.SLOT_SIZE * slot
        table, mask = (
            desk[at.EXACT] + 2 * ints[row + tables.EXACT_FIRST],
            ints[row + tables.EXACT_MASK],
        )
        place = code >> 8 & mask
        while desk[table + 2 * place] != 0:
            place = (place + 1) & mask
        desk[table + 2 * place] = code
        desk[table + 2 * place + 1] = pattern
        bit = _exact_bit(ints, row, code)
        desk[desk[at.EXACT_BITS] + (bit >> 6)] |= signed(1) << (bit & 63)


@lean
def _note(desk: Desk, number: int) -> None:
    """Note a set of bits that the value being judged stands for."""
    desk[desk[at.NOTES] + desk[at.NOTED]] = number
    desk[at.NOTED] += 1


@lean
def _find_exact(
    ints: Int32s, codes: Bytes, desk: Desk, slot: int, text: Bytes, start: int, length: int
) -> None:
    """Look for exact patterns that are this text, case aside where they say so."""
    row = ints[tables.SLOT] + tables.SLOT_SIZE * slot
    table, mask = desk[at.EXACT] + 2 * ints[row + tables.EXACT_FIRST], ints[row + tables.EXACT_MASK]
    code = hashed(text, start, length, True, seed_of(desk, slot))
    bit = _exact_bit(ints, row, code)
    if desk[desk[at.EXACT_BITS] + (bit >> 6)] >> (bit & 63) & 1 == 0:
        return
    place = code >> 8 & mask
    while desk[table + 2 * place] != 0:
        if desk[table + 2 * place] == code:
            row = ints[tables.PATTERN] + tables.PATTERN_SIZE * desk[table + 2 * place + 1]
            first, fold = signed(ints[row + tables.CODE_FIRST]), ints[row + tables.CODE_FOLD] != 0
            if ints[row + tables.CODE_LAST] - first == length and equal(
                text, start, codes, first, length, fold
            ):
                _note(desk, signed(ints[row + tables.CODE_SET]))
        place = (place + 1) & mask


@lean
def _compare(
    ints: Int32s,
    codes: Bytes,
    desk: Desk,
    spot: int,
    text: Bytes,
    start: int,
    end: int,
    gram_at: int,
) -> None:
    """Compare a pattern with a text that has its gram at ``gram_at``."""
    spot = signed(ints[tables.SPOT]) + tables.SPOT_SIZE * spot
    pattern, run = (
        signed(ints[spot + tables.SPOT_PATTERN]),
        signed(ints[spot + tables.SPOT_RUN]),
    )
    before, after = ints[spot + tables.SPOT_BEFORE], ints[spot + tables.SPOT_AFTER]
    stamp = desk[at.STAMPS] + pattern
    if desk[stamp] == desk[at.EPOCH]:
        return
    if (before >= 0 and gram_at - start != before) or (after >= 0 and end - gram_at != after):
        return
    row = ints[tables.PATTERN] + tables.PATTERN_SIZE * pattern
    fold = ints[row + tables.CODE_FOLD] != 0
    if run >= 0:
        length, begin = ints[spot + tables.SPOT_LENGTH], gram_at - ints[spot + tables.SPOT_AT]
        if begin < start or begin + length > end:
            return
        if not equal(text, begin, codes, run, signed(length), fold):
            return
    desk[stamp] = desk[at.EPOCH]
    first, last = signed(ints[row + tables.CODE_FIRST]), signed(ints[row + tables.CODE_LAST])
    if run >= 0 or glob(text, start, end, codes, first, last, fold):
        _note(desk, signed(ints[row + tables.CODE_SET]))


@lean
def _find_gram(
    ints: Int32s,
    longs: Words,
    codes: Bytes,
    desk: Desk,
    slot: int,
    gram: int,
    text: Bytes,
    start: int,
    end: int,
    gram_at: int,
) -> None:
    """Compare the patterns that a gram of a text stands for, if any."""
    row = ints[tables.SLOT] + tables.SLOT_SIZE * slot
    first, mask = signed(ints[row + tables.GRAM_FIRST]), ints[row + tables.GRAM_MASK]
    code, keys = gram * MULTIPLIER & MASK, longs[tables.GRAM] + first
    bit = code >> ints[row + tables.FILTER_SHIFT]
    if (
        longs[longs[tables.FILTER] + ints[row + tables.FILTER_FIRST] + (bit >> 6)] >> (bit & 63) & 1
        == 0
    ):
        return
    place = code >> ints[row + tables.GRAM_SHIFT]
    while longs[keys + place] >= 0:
        if longs[keys + place] == gram:
            limits = ints[tables.GRAM_SPOTS] + 2 * (first + place)
            for spot in range(ints[limits], ints[limits + 1]):
                _compare(ints, codes, desk, spot, text, start, end, gram_at)
            return
        place = (place + 1) & mask


@lean
def _find_grams(
    ints: Int32s,
    longs: Words,
    codes: Bytes,
    desk: Desk,
    slot: int,
    text: Bytes,
    start: int,
    end: int,
) -> None:
    """Look at every four bytes of a text."""
    row = ints[tables.SLOT] + tables.SLOT_SIZE * slot
    first = longs[tables.FILTER] + ints[row + tables.FILTER_FIRST]
    shift = signed(ints[row + tables.FILTER_SHIFT])
    place = start
    while place + 4 <= end:
        size = min(8, end - place)
        word = folded8(part(text, place, size))
        for gram_at in range(place, place + size - 3):
            gram = signed(word & unsigned(MASK))
            word >>= unsigned(8)
            bit = (gram * MULTIPLIER & MASK) >> shift
            if longs[first + (bit >> 6)] >> (bit & 63) & 1:
                _find_gram(ints, longs, codes, desk, slot, gram, text, start, end, gram_at)
        place += size - 3


@lean
def _find_short(
    ints: Int32s,
    longs: Words,
    codes: Bytes,
    desk: Desk,
    slot: int,
    text: Bytes,
    start: int,
    end: int,
) -> None:
    """Look at every byte of a text, and at every two."""
    row, singles = ints[tables.SLOT] + tables.SLOT_SIZE * slot, longs[tables.SINGLES] + 4 * slot
    first = longs[tables.FILTER] + ints[row + tables.FILTER_FIRST]
    shift = signed(ints[row + tables.FILTER_SHIFT])
    following = folded(load8(text, start)) if start < end else 0
    for place in range(start, end):
        byte = following
        if longs[singles + (byte >> 6)] >> (byte & 63) & 1:
            gram = byte | tables.ONE_BYTE
            _find_gram(ints, longs, codes, desk, slot, gram, text, start, end, place)
        if place + 1 == end:
            break
        following = folded(load8(text, place + 1))
        gram = byte | following << 8 | tables.TWO_BYTES
        bit = (gram * MULTIPLIER & MASK) >> shift
        if longs[first + (bit >> 6)] >> (bit & 63) & 1:
            _find_gram(ints, longs, codes, desk, slot, gram, text, start, end, place)


@lean
def _find_edges(
    ints: Int32s,
    longs: Words,
    codes: Bytes,
    desk: Desk,
    slot: int,
    text: Bytes,
    start: int,
    end: int,
) -> None:
    """Look at the first byte of a text and the last, at the first two and the last."""
    for turn in range(2):
        place = end - 1 if turn else start
        byte = folded(load8(text, place))
        gram = byte | (tables.TAIL if turn else tables.HEAD)
        _find_gram(ints, longs, codes, desk, slot, gram, text, start, end, place)
        if end - start > 1:
            place = end - 2 if turn else start
            gram = folded(load8(text, place)) | folded(load8(text, place + 1)) << 8
            gram |= tables.TAILS if turn else tables.HEADS
            _find_gram(ints, longs, codes, desk, slot, gram, text, start, end, place)


@lean
def judge(  # noqa: C901 - one question after the other
    ints: Int32s,
    longs: Words,
    codes: Bytes,
    desk: Desk,
    slot: int,
    text: Bytes,
    start: int,
    length: int,
) -> None:
    """Find the sets of bits that a value of a field stands for: the part NOTES of the desk."""
    row, end = ints[tables.SLOT] + tables.SLOT_SIZE * slot, start + length
    flags = ints[row + tables.FLAGS]
    desk[at.EPOCH] += 1
    desk[at.NOTED] = 0
    if flags & tables.PRESENT:
        _note(desk, signed(ints[row + tables.PRESENT_SET]))
    if flags & tables.EXACT:
        _find_exact(ints, codes, desk, slot, text, start, length)
    if flags & tables.GRAMS:
        _find_grams(ints, longs, codes, desk, slot, text, start, end)
    if flags & tables.SHORT:
        _find_short(ints, longs, codes, desk, slot, text, start, end)
    if flags & tables.EDGES and length > 0:
        _find_edges(ints, longs, codes, desk, slot, text, start, end)
    for place in range(ints[row + tables.DIRECT_FIRST], ints[row + tables.DIRECT_LAST]):
        which = ints[tables.PATTERN] + tables.PATTERN_SIZE * ints[ints[tables.DIRECT] + place]
        first, last = (
            signed(ints[which + tables.CODE_FIRST]),
            signed(ints[which + tables.CODE_LAST]),
        )
        if glob(text, start, end, codes, first, last, ints[which + tables.CODE_FOLD] != 0):
            _note(desk, signed(ints[which + tables.CODE_SET]))
    for place in range(ints[row + tables.KEEN_FIRST], ints[row + tables.KEEN_LAST]):
        late = signed(ints[ints[tables.KEEN] + place])
        answer = holds(ints, longs, codes, late, text, start, end)
        which = ints[tables.LATE] + LATE_SIZE * late
        if answer == YES:
            _note(desk, signed(ints[which + LATE_SET]))
        elif answer == PERHAPS:
            _note(desk, signed(ints[which + LATE_COVERS]))
