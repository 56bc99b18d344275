"""The arrays that the matching kernels read, made from numbered leaves, patterns and stages.

A kernel is handed few arrays: all 32-bit numbers stand in one, all 64-bit numbers in another, all
bytes in a third. The first numbers of each say where its parts begin: part ``P`` of ``ints`` is
``ints[ints[P]:]``. A list of lists is two parts, where each list begins and what is in them.

A row of events is judged on a *state*: bits in 64-bit words, one bit for each leaf, then one for
each cover level and stage. What a value of a field is known to satisfy is kept as *entries*, each the
place of a word in the state and the bits to set there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt


Int64s = npt.NDArray[np.int64]
Int32s = npt.NDArray[np.int32]
Bytes = npt.NDArray[np.uint8]

(
    # sizes, in 64-bit words unless they say otherwise: gate leaves, all leaves, stages, fields, the
    # state; the bit of the first late leaf; numbers of leaves, of late ones, of patterns, of exact ones
    GATE_WORDS,
    LEAF_WORDS,
    STAGE_WORDS,
    SLOT_WORDS,
    STATE_WORDS,
    LATE_BIT,
    LEAVES,
    LATES,
    PATTERNS,
    EXACTS,
    # what a leaf that holds sets: entries, their bits in ``longs``
    LEAF_FIRST,
    LEAF_WORD,
    # for each field: flags; what its being there sets; patterns and late leaves that each new value
    # is compared with
    FLAGS,
    PRESENT_FIRST,
    PRESENT_WORD,
    DIRECT_FIRST,
    DIRECT,
    KEEN_FIRST,
    KEEN,
    # for each pattern: its code's place, its field, whether case is ignored, whether it is exact, the
    # leaves that it belongs to
    CODE_FIRST,
    CODE_LAST,
    CODE_SLOT,
    CODE_FOLD,
    CODE_EXACT,
    CODE_LEAF_FIRST,
    CODE_LEAF,
    # for each field a filter of bits and a table of grams, both in ``longs``: where they begin, by how
    # much to shift a gram's hash; for each place of the table the spots of the gram there
    FILTER_FIRST,
    FILTER_SHIFT,
    KEY_FIRST,
    KEY_SHIFT,
    SPOT_FIRST,
    SPOT_LAST,
    SPOTS,
    # for each late leaf: see `late`
    LATE_SLOT,
    LATE_CHECK,
    LATE_OPERATOR,
    LATE_BROKEN,
    LATE_FIRST,
    LATE_LAST,
    CLASS_FIRST,
    CLASS_START,
    ASCII_CLASS,
    ACCEPT_FIRST,
    ACCEPTS,
    MOVE_FIRST,
    MOVES,
    # for each stage its first step, three numbers each; see `branches`
    START,
    STEPS,
) = range(INTS := 48)
(
    LEAF_BITS,
    PRESENT_BITS,
    FILTER,
    KEY,
    CONSTANT,
    BLOCKS,
    # for each stage the fields it reads; for each cover level the stages without a cover
    NEEDS,
    FREE,
) = range(LONGS := 8)

GATE, WORDS, EXACT, FOLDED, GRAMS, SHORT, TEXTS = 1, 2, 4, 8, 16, 32, 64
"""What a field's flags say: its values tell classes apart; they are looked up; it has exact patterns, exact
ones that ignore case, patterns found by a gram, by a gram of one or two bytes, any question about
its values as text."""

FLAG_TEXTS = b"truefalse"
"""What ``codes`` begin with: booleans count as these texts."""

ONE_BYTE, TWO_BYTES = 0xFFFEFE00, 0xFFFE0000
"""What grams of one and two bytes are filled up with: bytes that no text holds."""

SPOT = 6
"""Numbers of a spot, a place where a pattern has a gram: the pattern; its run's place among the codes if
that is all there is to compare, else -1; the run's length, and where in it the gram stands; how many
bytes of a text must stand before the gram, and how many from it on, -1 for any."""


class Pool:
    """Parts of one array, put in one by one."""

    def __init__(self, parts: int, kind: type[np.int32 | np.int64]) -> None:
        self._parts: dict[int, npt.NDArray[np.int32 | np.int64] | int] = {}
        self._count = parts
        self._kind = kind

    def put(self, part: int, content: npt.ArrayLike) -> None:
        """Put in a part: numbers, or for a size one number."""
        found = np.asarray(content)
        self._parts[part] = int(found) if found.ndim == 0 else found.astype(self._kind).ravel()

    def array(self) -> npt.NDArray[np.int32 | np.int64]:
        """All parts."""
        head = np.zeros(self._count, dtype=self._kind)
        bodies = [head]
        end = self._count
        for part, content in self._parts.items():
            if isinstance(content, int):
                head[part] = content
            else:
                head[part] = end
                bodies.append(content)
                end += len(content)
        return np.concatenate(bodies)


class Tables:
    """What is put together for the kernels."""

    def __init__(self) -> None:
        self.ints = Pool(INTS, np.int32)
        self.longs = Pool(LONGS, np.int64)
        self.codes = bytearray(FLAG_TEXTS)

    def lists(self, first: int, items: int, rows: Iterable[Sequence[int]]) -> None:
        """Put in lists."""
        ends, found = [0], list[int]()
        for row in rows:
            found.extend(row)
            ends.append(len(found))
        self.ints.put(first, ends)
        self.ints.put(items, found)

    def entries(self, first: int, word: int, bits: int, rows: Iterable[Iterable[int]]) -> None:
        """Put in lists of entries that set these bits of the state."""
        ends, words, masks = [0], list[int](), list[int]()
        for row in rows:
            found: dict[int, int] = {}
            for bit in row:
                found[bit >> 6] = found.get(bit >> 6, 0) | 1 << (bit & 63)
            for place in sorted(found):
                words.append(place)
                masks.append(found[place])
            ends.append(len(words))
        self.ints.put(first, ends)
        self.ints.put(word, words)
        self.longs.put(bits, np.array(masks, dtype=np.uint64).view(np.int64))

    def code(self, text: bytes) -> int:
        """Put in bytes; gives their place."""
        place = len(self.codes)
        self.codes += text
        return place


def bitset(numbers: Iterable[int], words: int) -> Int64s:
    """A set of small numbers as bits."""
    total = sum(1 << number for number in set(numbers))
    return np.frombuffer(total.to_bytes(words * 8, "little"), dtype="<i8").astype(np.int64)


def bitsets(rows: Iterable[Iterable[int]], words: int) -> Int64s:
    """Sets of small numbers, one after the other."""
    return np.concatenate([np.zeros(0, np.int64), *(bitset(row, words) for row in rows)])
