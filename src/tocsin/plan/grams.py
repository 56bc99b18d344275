"""The tables by which patterns are found: each field's grams, and where patterns have them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate

import numpy as np

from tocsin.plan import tables
from tocsin.plan.literals import SIZES, Gram
from tocsin.plan.tables import Int64s, Tables, bitset, bitsets

_MULTIPLIER, _MASK = 0x9E3779B1, 0xFFFFFFFF


def put_grams(
    out: Tables, slots: int, found: Mapping[int, tuple[int, Gram]], code_first: Sequence[int]
) -> dict[int, list[int]]:
    """Put in the grams of patterns: ``found[number]`` is a pattern's slot and gram.

    Gives what fields' records need, by the place in them.
    """
    by_slot: list[dict[int, list[int]]] = [{} for _ in range(slots)]
    singles: list[set[int]] = [set() for _ in range(slots)]
    for number, (slot, gram) in found.items():
        by_slot[slot].setdefault(_key(gram), []).append(number)
        if gram_flags(gram) == tables.SHORT and gram.size == 1:
            singles[slot].add(gram.value)
    filters, places, limits, spots = list[Int64s](), list[Int64s](), list[int](), list[int]()
    filter_width, width = list[int](), list[int]()
    for grams in by_slot:
        filter_width.append(max(9, (32 * len(grams)).bit_length()) if grams else 6)
        bits = (_place(key, filter_width[-1]) for key in grams)
        filters.append(bitset(bits, 1 << (filter_width[-1] - 6)))
        width.append(max(1, (2 * len(grams)).bit_length()))
        places.append(_table(grams, width[-1]))
        for key in places[-1].tolist():
            limits.append(len(spots) // tables.SPOT_SIZE)
            for number in grams.get(key, ()):
                spots += _spot(number, found[number][1], code_first[number])
            limits.append(len(spots) // tables.SPOT_SIZE)
    out.longs.put(tables.SINGLES, bitsets(singles, 4))
    out.longs.put(tables.FILTER, np.concatenate(filters))
    out.longs.put(tables.GRAM, np.concatenate(places))
    out.ints.put(tables.GRAM_SPOTS, limits)
    out.ints.put(tables.SPOT, spots)
    return {
        tables.FILTER_FIRST: _starts(filters),
        tables.FILTER_SHIFT: [32 - each for each in filter_width],
        tables.GRAM_FIRST: _starts(places),
        tables.GRAM_MASK: [(1 << each) - 1 for each in width],
        tables.GRAM_SHIFT: [32 - each for each in width],
    }


def gram_flags(gram: Gram) -> int:
    """What a field's flags say of how a pattern is found."""
    if gram.size == SIZES[0]:
        return tables.GRAMS
    return tables.EDGES if gram.before == 0 or gram.after == gram.size else tables.SHORT


def _key(gram: Gram) -> int:
    """What stands for a gram in the tables."""
    if gram.size == SIZES[0]:
        return gram.value
    one = gram.size == 1
    if gram.before == 0:
        return gram.value | (tables.HEAD if one else tables.HEADS)
    if gram.after == gram.size:
        return gram.value | (tables.TAIL if one else tables.TAILS)
    return gram.value | (tables.ONE_BYTE if one else tables.TWO_BYTES)


def _place(key: int, width: int) -> int:
    """A gram's place in a table of ``2 ** width``; kernels reckon the same."""
    return (key * _MULTIPLIER & _MASK) >> (32 - width)


def _table(keys: Mapping[int, object], width: int) -> Int64s:
    """A hash table of ``2 ** width`` places, -1 where it is free."""
    table = np.full(1 << width, -1, dtype=np.int64)
    for key in keys:
        place = _place(key, width)
        while table[place] >= 0:
            place = (place + 1) & ((1 << width) - 1)
        table[place] = key
    return table


def _spot(number: int, gram: Gram, code_first: int) -> tuple[int, ...]:
    run = code_first + gram.run if gram.alone else -1
    return number, run, gram.length, gram.at, gram.before, gram.after, 0, 0


def _starts(parts: Sequence[Int64s]) -> list[int]:
    return list(accumulate(map(len, parts), initial=0))[:-1]
