"""The tables by which patterns are found: for each field its grams, and where patterns have them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from tocsin.plan import tables
from tocsin.plan.literals import Gram
from tocsin.plan.tables import Int64s, Tables, bitset

_MULTIPLIER, _MASK = 0x9E3779B1, 0xFFFFFFFF


def put_grams(
    out: Tables, slots: int, found: Mapping[int, tuple[int, Gram]], code_first: Sequence[int]
) -> None:
    """Put in the grams of patterns: ``found[number]`` is a pattern's slot and gram."""
    by_slot: list[dict[int, list[int]]] = [{} for _ in range(slots)]
    for number, (slot, gram) in found.items():
        by_slot[slot].setdefault(_key(gram), []).append(number)
    filters, keys, first, last = list[Int64s](), list[Int64s](), list[int](), list[int]()
    filter_shift, key_shift, spots = list[int](), list[int](), list[int]()
    for grams in by_slot:
        width = max(9, (32 * len(grams)).bit_length()) if grams else 6
        places = (_place(key, 32 - width) for key in grams)
        filters.append(bitset(places, 1 << (width - 6)))
        filter_shift.append(32 - width)
        width = max(1, (2 * len(grams)).bit_length())
        table = _table(grams, width)
        keys.append(table)
        key_shift.append(32 - width)
        for key in table.tolist():
            first.append(len(spots) // tables.SPOT)
            for number in grams.get(key, ()):
                spots += _spot(number, found[number][1], code_first[number])
            last.append(len(spots) // tables.SPOT)
    out.ints.put(tables.FILTER_FIRST, _ends(filters))
    out.ints.put(tables.FILTER_SHIFT, filter_shift)
    out.longs.put(tables.FILTER, np.concatenate(filters))
    out.ints.put(tables.KEY_FIRST, _ends(keys))
    out.ints.put(tables.KEY_SHIFT, key_shift)
    out.longs.put(tables.KEY, np.concatenate(keys))
    out.ints.put(tables.SPOT_FIRST, first)
    out.ints.put(tables.SPOT_LAST, last)
    out.ints.put(tables.SPOTS, spots)


def _key(gram: Gram) -> int:
    """What stands for a gram in the tables."""
    return gram.value | {1: tables.ONE_BYTE, 2: tables.TWO_BYTES}.get(gram.size, 0)


def _place(key: int, shift: int) -> int:
    """A gram's place in a table of ``2 ** (32 - shift)``; kernels reckon the same."""
    return (key * _MULTIPLIER & _MASK) >> shift


def _table(keys: Mapping[int, object], width: int) -> Int64s:
    """A hash table of ``2 ** width`` places, -1 where it is free."""
    table = np.full(1 << width, -1, dtype=np.int64)
    for key in keys:
        place = _place(key, 32 - width)
        while table[place] >= 0:
            place = (place + 1) & ((1 << width) - 1)
        table[place] = key
    return table


def _spot(number: int, gram: Gram, code_first: int) -> tuple[int, ...]:
    run = code_first + gram.run if gram.alone else -1
    return number, run, gram.length, gram.at, gram.before, gram.after


def _ends(parts: Sequence[Int64s]) -> list[int]:
    return np.cumsum([0, *map(len, parts)]).tolist()
