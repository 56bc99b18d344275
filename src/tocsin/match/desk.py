"""The matcher's working memory: one array of 64-bit numbers that the kernels share.

Its first numbers are counters and, as in `plan.tables`, the places where parts begin.
"""

from __future__ import annotations

import secrets
from typing import TypeAlias

import numpy as np

from tocsin.match.hashing import Words
from tocsin.plan import tables
from tocsin.plan.tables import Int32s

(
    # the hash's secret; of the memo: numbers of the arena in use, records, whether something did
    # not fit, values judged so far; a stamp for the value being judged
    SEED,
    TOP,
    COUNT,
    FULL,
    NEW,
    EPOCH,
    # pairs asked and left open so far; hits in the output
    ASKED,
    OPEN,
    HITS,
    # classes known; classes made and rows judged so far; the route (and one) that class 0 holds
    CLASSES,
    MADE,
    ROWS,
    WIDE,
    # how many sets of bits are noted for the value being judged
    NOTED,
    # parts: the state of a row; the sets noted
    STATE,
    NOTES,
    # for each late leaf bits: whether it was looked at for the row, whether it is unknown
    SETTLED,
    UNKNOWN,
    # for each pattern the epoch when it was last compared; for each field whether it was met
    STAMPS,
    SEEN,
    # hash tables of exact patterns, one for each field: pairs of hash (0: free) and pattern; and by
    # their hashes eight bits for each place, of which most are 0
    EXACT,
    EXACT_BITS,
    # a hash table of classes (0: free), and for each class: route and gate leaves; the stages that
    # can hold; the fields of their covers
    CLASS_TABLE,
    CLASS_KEYS,
    CLASS_STAGES,
    CLASS_SLOTS,
    # what values of gates are known to make which class: a hash table of 128 bits each, and the
    # class (0: free); how many there are; the 128 bits of the row
    KINDS,
    KINDS_KNOWN,
    KIND,
    KIND_HIGH,
    # for the row: stages to ask, fields they read
    ASKING,
    READING,
    # of values that were judged and not remembered: how many, and bits by their hashes
    PASSED,
    PASSING,
) = range(DESK := 34)

MOST_PASSING = 1 << 16
"""Values that came once, after which that is forgotten; there are eight bits for each."""
MOST_CLASSES = 1 << 12
MOST_KINDS = 1 << 13

Desk: TypeAlias = Words


def make_desk(ints: Int32s) -> Desk:
    """Working memory for a program's tables."""
    late = (int(ints[tables.LATES]) + 63) // 64
    sizes = {
        STATE: ints[tables.STATE_WORDS],
        NOTES: 1 + ints[tables.PATTERNS] + ints[tables.LATES],
        SETTLED: late,
        UNKNOWN: late,
        STAMPS: ints[tables.PATTERNS],
        SEEN: 64 * ints[tables.SLOT_WORDS],
        EXACT: 2 * ints[tables.EXACT_PLACES],
        EXACT_BITS: ints[tables.EXACT_PLACES] // 8 + 1,
        CLASS_TABLE: 2 * MOST_CLASSES,
        CLASS_KEYS: MOST_CLASSES * (ints[tables.GATE_WORDS] + 1),
        CLASS_STAGES: MOST_CLASSES * ints[tables.STAGE_WORDS],
        CLASS_SLOTS: MOST_CLASSES * ints[tables.SLOT_WORDS],
        KINDS: 3 * MOST_KINDS,
        ASKING: ints[tables.STAGE_WORDS],
        READING: ints[tables.SLOT_WORDS],
        PASSING: MOST_PASSING // 8,
    }
    desk = np.zeros(DESK + sum(map(int, sizes.values())), dtype=np.int64)
    end = DESK
    for part, size in sizes.items():
        desk[part] = end
        end += int(size)
    desk[SEED] = secrets.randbits(62)
    forget_classes(desk)
    return desk


def forget_classes(desk: Desk) -> None:
    """Drop all classes: their routes mean something else now."""
    desk[desk[CLASS_TABLE] : desk[CLASS_KEYS]] = 0
    desk[CLASSES] = 1
    desk[desk[KINDS] : desk[KINDS] + 3 * MOST_KINDS] = 0
    desk[KINDS_KNOWN] = 0
    desk[WIDE] = 0
