"""The arrays that the matching kernels read, made from numbered leaves, patterns and stages.

A kernel is handed few arrays: all 32-bit numbers stand in one, all 64-bit numbers in another, all
bytes in a third. The first numbers of each say where its parts begin: part ``P`` of ``ints`` is
``ints[ints[P]:]``. A part of records has equally many numbers for each thing, one after the other.

A row of events is judged on a *state*: bits in 64-bit words, one bit for each leaf, then one for
each cover level and stage. What a value satisfies is some *sets* of these bits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

Int64s = npt.NDArray[np.int64]
Int32s = npt.NDArray[np.int32]
Bytes = npt.NDArray[np.uint8]

(
    # sizes: words of the state for gate leaves, for all leaves, for one bit each stage, in all;
    # words for one bit each field; the bit of the first late leaf; numbers of fields, patterns,
    # late leaves; places in the hash tables of exact patterns
    GATE_WORDS,
    LEAF_WORDS,
    STAGE_WORDS,
    STATE_WORDS,
    SLOT_WORDS,
    LATE_BIT,
    SLOTS,
    PATTERNS,
    LATES,
    EXACT_PLACES,
    # records of fields, patterns, late leaves, automata
    SLOT,
    PATTERN,
    LATE,
    AUTOMATON,
    # where each set begins (its bits are in ``longs``), and the words of the state it touches
    SET_FIRST,
    SET_WORD,
    # lists of patterns and of late leaves that each new value of a field is compared with
    DIRECT,
    KEEN,
    # for each place of the fields' tables of grams its first spot and its last; records of spots
    GRAM_SPOTS,
    SPOT,
    # parts of automata: see `late`
    CLASS_START,
    ASCII_CLASS,
    ACCEPTS,
    MOVES,
    # for each stage its first step; records of steps: see `branches`
    START,
    STEP,
) = range(INTS := 26)
(
    SET_BITS,
    # for each field the bytes that are grams of one byte, four words each; filters and tables of
    # grams
    SINGLES,
    FILTER,
    GRAM,
    # late leaves' constants; blocks of addresses
    CONSTANT,
    BLOCK,
    # for each stage the fields of its covers, and all fields it reads; for each cover level the
    # stages without a cover
    COVER_SLOTS,
    STAGE_SLOTS,
    FREE,
) = range(LONGS := 9)

# Of a field's record:
(
    FLAGS,
    # the set that any value stands for
    PRESENT_SET,
    # its hash table of exact patterns: where it begins, and its size less one
    EXACT_FIRST,
    EXACT_MASK,
    # its filter and its table of grams: where they begin, by how much to shift a gram's hash
    FILTER_FIRST,
    FILTER_SHIFT,
    GRAM_FIRST,
    GRAM_MASK,
    GRAM_SHIFT,
    DIRECT_FIRST,
    DIRECT_LAST,
    KEEN_FIRST,
    KEEN_LAST,
) = range(13)
SLOT_SIZE = 16

# A field's flags:
(
    # its values tell classes apart
    GATE,
    # its being there satisfies something
    PRESENT,
    # it has exact patterns
    EXACT,
    # what its values satisfy is worth remembering
    MEMO,
    # it has patterns found by a gram, by the first or last bytes, by one or two bytes anywhere
    GRAMS,
    EDGES,
    SHORT,
    # it has late leaves that bring rows to stages
    KEENNESS,
    # there is a question about its values as text
    TEXTS,
) = (1 << bit for bit in range(9))

# Of a pattern's record: its code, whether case is ignored, whether it is exact, its field, and the
# set that its matching stands for.
CODE_FIRST, CODE_LAST, CODE_FOLD, CODE_EXACT, CODE_SLOT, CODE_SET = range(6)
PATTERN_SIZE = 8

# Of a spot's record, a place where a pattern has a gram: the pattern; its run's place among the
# codes if that is all there is to compare, else -1; the run's length, and where in it the gram
# stands; how many bytes of a text must stand before the gram, and how many from it on, -1 for any.
SPOT_PATTERN, SPOT_RUN, SPOT_LENGTH, SPOT_AT, SPOT_BEFORE, SPOT_AFTER = range(6)
SPOT_SIZE = 8

TWO_BYTES, HEADS, TAILS = 0xFFFE0000, 0xFFFD0000, 0xFFFC0000
ONE_BYTE, HEAD, TAIL = 0xFFFEFE00, 0xFFFDFE00, 0xFFFCFE00
"""What grams of two bytes and of one are filled up with, those anywhere and those that must be
first or last in a text: bytes that no text holds."""

FLAG_TEXTS: Final = b"truefalse"
"""What ``codes`` begin with: booleans count as these texts."""


class Pool:
    """Parts of one array, put in one by one."""

    def __init__(self, parts: int) -> None:
        self._sizes: dict[int, int] = {}
        self._parts: dict[int, Int64s] = {}
        self._count = parts

    def size(self, part: int, size: int) -> None:
        """Put in a number that stands for itself."""
        self._sizes[part] = size

    def put(self, part: int, content: npt.ArrayLike) -> None:
        """Put in a part."""
        self._parts[part] = np.asarray(content).astype(np.int64).ravel()

    def array(self) -> Int64s:
        """All parts."""
        head = np.zeros(self._count, dtype=np.int64)
        bodies, end = [head], self._count
        for part, content in self._parts.items():
            head[part] = end
            bodies.append(content)
            end += len(content)
        for part, size in self._sizes.items():
            head[part] = size
        return np.concatenate(bodies)


class Tables:
    """What is put together for the kernels."""

    def __init__(self) -> None:
        self.ints = Pool(INTS)
        self.longs = Pool(LONGS)
        self.codes = bytearray(FLAG_TEXTS)
        self._sets: dict[frozenset[int], int] = {}

    def code(self, text: bytes) -> int:
        """Put in bytes; gives their place."""
        place = len(self.codes)
        self.codes += text
        return place

    def set(self, bits: Iterable[int]) -> int:
        """The number of a set of bits of the state."""
        return self._sets.setdefault(frozenset(bits), len(self._sets))

    def put_sets(self) -> None:
        """Put in all sets that have been asked for."""
        ends, words, masks = [0], list[int](), list[int]()
        for bits in self._sets:
            found: dict[int, int] = {}
            for bit in bits:
                found[bit >> 6] = found.get(bit >> 6, 0) | 1 << (bit & 63)
            for place in sorted(found):
                words.append(place)
                masks.append(found[place])
            ends.append(len(words))
        self.ints.put(SET_FIRST, ends)
        self.ints.put(SET_WORD, words)
        self.longs.put(SET_BITS, np.array(masks, dtype=np.uint64).view(np.int64))


def records(columns: Mapping[int, Sequence[int]], size: int) -> Int32s:
    """Records of ``size`` numbers from columns of equal length."""
    count = max(map(len, columns.values()), default=0)
    found = np.zeros((count, size), dtype=np.int32)
    for place, column in columns.items():
        found[:, place] = column
    return found


def bitset(numbers: Iterable[int], words: int) -> Int64s:
    """A set of small numbers as bits."""
    total = sum(1 << number for number in set(numbers))
    return np.frombuffer(total.to_bytes(words * 8, "little"), dtype="<i8").astype(np.int64)


def bitsets(rows: Iterable[Iterable[int]], words: int) -> Int64s:
    """Sets of small numbers, one after the other."""
    return np.concatenate([np.zeros(0, np.int64), *(bitset(row, words) for row in rows)])
