"""Elements of a column: words and codes, whoever read them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tocsin.inputs.batch import buffer
from tocsin.inputs.framing import PADDING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

    from tocsin.columns.cells import Bytes

    Ints = npt.NDArray[np.int64]
    Shorts = npt.NDArray[np.int32]

NOTHING, EMPTY = -1, -2
"""Instead of the number of a word: there is no value; there is a list, but here no value of it."""

SLOT, TAG, FIRST, NEXT, LAST, CODES, OWNERS, WORDS, GAP, TEXT = range(RECORD := 10)
"""Of a segment's record: a number for the caller; its words' tag; the row of element 0, if each row
has one element; the element that comes next and the one after the last; where its codes and the
rows of its elements begin (-1: there are none); where word 0 begins among all ends; how many bytes
stand before each word; what to add to an end to have its place in the text."""

_SMALL = 1 << 16


def locked(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The array, read-only: kernels are compiled for just one kind of array."""
    array.flags.writeable = False
    return array


@dataclass(slots=True, eq=False)
class Texts:
    """Words: word ``w`` is ``text[ends[w] + gap : ends[w + 1]]``."""

    text: Bytes
    ends: Ints
    gap: int = 0

    def __post_init__(self) -> None:
        locked(self.text)
        locked(self.ends)

    def span(self, first: int, last: int) -> tuple[Ints, Bytes]:
        """The ends of some words, after where the first begins, and their text."""
        ends = self.ends[first : last + 1]
        return ends, self.text[ends[0] : ends[-1]]


@dataclass(slots=True, eq=False)
class Segment:
    """Some elements of a column.

    ``first``, ``last``: the first row that has elements here, and the one after the last.
    ``rows``: the row of each element, rising; None: each row has one. ``codes``: int32, the word of
    each element, `NOTHING` or `EMPTY`; None: each is its own word. ``tag``: of all of them, as in
    `tocsin.columns.cells.Cells`; with FALSE, word 1 is true.
    """

    first: int
    last: int
    rows: Ints | None
    codes: Shorts | None
    tag: int
    words: Texts

    def __post_init__(self) -> None:
        for array in (self.rows, self.codes):
            if array is not None:
                locked(array)

    def within(self, begin: int, end: int) -> tuple[int, int]:
        """The elements of these rows: the first, and the one after the last."""
        if self.rows is None:
            return max(begin, self.first) - self.first, min(end, self.last) - self.first
        low, high = np.searchsorted(self.rows, (begin, end)).tolist()
        return low, high


class Joined(NamedTuple):
    """Segments put together: a record for each, and all their arrays one after the other.

    Rows count from the first that was asked for. ``text`` ends in `PADDING` zero bytes.
    """

    records: Ints
    codes: Shorts
    owners: Ints
    ends: Ints
    text: Bytes


def joined(segments: Sequence[Segment], begin: int, end: int) -> Joined:
    """What segments have of these rows."""
    records = np.full((len(segments), RECORD), -1, np.int64)
    places: dict[tuple[int, int, int], int] = {}
    words: list[tuple[Ints, Bytes]] = []
    numbers: list[int] = []
    codes: list[Shorts | None] = []
    owners: list[Ints | None] = []
    for record, segment in zip(records, segments, strict=True):
        low, high = segment.within(begin, end)
        some = segment.codes
        if some is not None and (low, high) != (0, len(some)):
            some = some[low:high]
        first, last = (low, high) if some is None else _span(segment, some)
        key = id(segment.words), first, last
        number = places.setdefault(key, len(words))
        if number == len(words):
            words.append(segment.words.span(first, last))
        numbers.append(number)
        codes.append(some)
        owners.append(None if segment.rows is None else segment.rows[low:high])
        record[TAG], record[GAP] = segment.tag, segment.words.gap
        record[FIRST], record[NEXT], record[LAST] = max(segment.first - begin, 0), 0, high - low
        record[WORDS] = 0 if some is None else -first
    ends = [ends for ends, _ in words]
    texts = [text for _, text in words]
    ends_at, texts_at = _begins(map(len, ends)), _begins(map(len, texts))
    records[:, WORDS] += np.array([ends_at[number] for number in numbers], np.int64)
    records[:, TEXT] = [texts_at[number] - int(ends[number][0]) for number in numbers]
    all_codes, all_owners, all_ends, text = carved(
        (np.int32, _total(codes)),
        (np.int64, _total(owners)),
        (np.int64, _total(ends)),
        (np.uint8, _total(texts) + PADDING),
    )
    records[:, CODES] = _put(codes, all_codes)
    records[:, OWNERS] = _put(owners, all_owners)
    _put(ends, all_ends)
    _put([*texts, np.zeros(PADDING, np.uint8)], text)
    if all_owners.size:
        all_owners -= begin
    return Joined(records, all_codes, all_owners, all_ends, text)


def _span(segment: Segment, codes: Shorts) -> tuple[int, int]:
    """The words to have for these codes: all if they are few, or needed anyway."""
    texts = segment.words
    whole = 0, len(texts.ends) - 1
    if codes is segment.codes or len(texts.text) <= _SMALL:
        return whole
    there = codes[codes >= 0]
    return (int(there.min()), int(there.max()) + 1) if there.size else (0, 0)


def _total(arrays: Iterable[npt.NDArray[Any] | None]) -> int:
    return sum(len(array) for array in arrays if array is not None)


def _begins(lengths: Iterable[int]) -> list[int]:
    return list(accumulate(lengths, initial=0))[:-1]


def _put(arrays: Sequence[npt.NDArray[Any] | None], room: npt.NDArray[Any]) -> list[int]:
    """Write all arrays into one; gives where each begins, -1 for those that are None."""
    begins, at = [], 0
    for array in arrays:
        begins.append(-1 if array is None else at)
        at += 0 if array is None else len(array)
    kept = [array for array in arrays if array is not None]
    if kept:
        np.concatenate(kept, out=room)
    return begins


def carved(*shapes: tuple[type[np.generic], int]) -> list[npt.NDArray[Any]]:
    """Arrays of these kinds and lengths, side by side in one block of memory."""
    sizes = [np.dtype(kind).itemsize * count for kind, count in shapes]
    begins = _begins((size + 63) // 64 * 64 for size in sizes)
    block = buffer(begins[-1] + sizes[-1])
    return [
        block[begin : begin + size].view(kind)
        for begin, size, (kind, _) in zip(begins, sizes, shapes, strict=True)
    ]
