"""A page of a column: what its elements are."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tocsin.columns.cells import FALSE, NUMBER, STRING
from tocsin.inputs.page_header import (
    PLAIN,
    PLAIN_DICTIONARY,
    RLE,
    RLE_DICTIONARY,
    BadPageError,
    Header,
)
from tocsin.inputs.page_kernel import (
    PREFIX,
    chosen,
    count_of,
    flags,
    found_at,
    hybrid,
    owners,
    packed,
    placed,
    ranks,
    walk,
)
from tocsin.inputs.segment import NOTHING, Segment, Texts, locked

if TYPE_CHECKING:
    import numpy.typing as npt

    from tocsin.columns.cells import Bytes
    from tocsin.inputs.page_leaves import PageLeaf

    Ints = npt.NDArray[np.int64]
    Shorts = npt.NDArray[np.int32]

FEW = 8
"""Elements are looked for one by one if they are no more than one of so many."""

CODED = (PLAIN_DICTIONARY, RLE_DICTIONARY)
_NO_CODES = np.zeros(0, np.int32)
_NO_WORDS = Texts(np.zeros(0, np.uint8), np.zeros(3, np.int64))


class Page:
    """A page of data.

    Parameters
    ----------
    first
        The row that begins first in it; the elements before belong to the one before that.
    opens
        Whether it is the first of its row group.
    words
        The words of its dictionary, if there is one.

    Attributes
    ----------
    first, last
        The first row that has elements here, and the one after the last.
    """

    def __init__(
        self,
        leaf: PageLeaf,
        told: Header,
        body: Bytes,
        first: int,
        opens: bool,
        words: Texts | None,
    ) -> None:
        if (told.repeats > 0 and not leaf.inner) or (told.levels > 0 and not leaf.most):
            raise BadPageError("levels that its column has not")
        self._leaf = leaf
        self._told = told
        self._body = body
        self._words = words
        self._tag = leaf.tag
        self._opens = opens
        self._whole: Segment | None = None
        self.first = first
        self.last = first + told.values
        if leaf.inner:
            found = self.segment()
            self.first, self.last = found.first, found.last
        if told.rows >= 0 and self.last - first != told.rows:
            raise BadPageError("other rows than it tells")

    def segment(self) -> Segment:
        """All elements."""
        if self._whole is None:
            self._whole = self._elements()
            self._body = self._body[:0]
        return self._whole

    def few(self, wanted: Ints) -> Segment:
        """The elements of some rows, along with others; ``wanted`` rises."""
        low, high = np.searchsorted(wanted, (self.first, self.last)).tolist()
        size = self.last - self.first
        # a page of which only a part is looked at now will be looked at again
        few = FEW * (high - low) <= size <= 2 * int(wanted[-1] + 1 - wanted[0])
        if self._whole is not None or not few or self._leaf.inner or self._tag == FALSE:
            return self.segment()
        return self.only(wanted[low:high])

    def only(self, rows: Ints) -> Segment:
        """The elements of some rows of it, which rise; it holds no list and no booleans."""
        places = rows - self.first
        at = 0
        if self._leaf.most:
            at, end = _bounds(self._body, 0, self._told.levels)
            ordinals = np.empty(len(places), np.int64)
            width, most = self._leaf.most.bit_length(), self._leaf.most
            _sure(ranks(self._body, at, end, width, most, self._told.values, places, ordinals))
            places, at = ordinals, end
        codes = np.full(len(rows), NOTHING, np.int32)
        there = places >= 0
        ordinals = places[there]
        words, picked = self._few_values(self._body[at:], ordinals)
        codes[there] = picked
        return Segment(self.first, self.last, rows, codes, self._tag, words)

    def _few_values(self, data: Bytes, ordinals: Ints) -> tuple[Texts, Shorts]:
        """The words of some values, and which each of them has; ``ordinals`` rises."""
        count = len(ordinals)
        codes = np.arange(count, dtype=np.int32)
        encoding = self._told.encoding
        if not count:
            return _NO_WORDS, codes
        if encoding in CODED:
            words = self._dictionary()
            width = int(data[0]) if len(data) else 32
            _sure(chosen(data, 1, len(data), width, len(words.ends) - 2, ordinals, codes))
            return words, codes
        if encoding != PLAIN:
            raise BadPageError("an encoding that is not read here")
        if self._tag == NUMBER:
            stored = _stored(self._leaf)
            if stored.itemsize * (int(ordinals[-1]) + 1) > len(data):
                raise BadPageError("fewer values than it tells")
            values = np.frombuffer(data, stored, int(ordinals[-1]) + 1)
            return _numbers(self._leaf, locked(values[ordinals].view(np.uint8)), count), codes
        places = np.empty((count, 2), np.int64)
        size = _sure(found_at(data, ordinals, places))
        text = np.empty(size, np.uint8)
        ends = np.zeros(count + 1, np.int64)
        np.cumsum(places[:, 1], out=ends[1:])
        packed(data, places, text)
        words = Texts(text, ends)
        return (_sound(words) if size and int(text.max()) >= 0x80 else words), codes

    def _elements(self) -> Segment:
        leaf, told, body, at = self._leaf, self._told, self._body, 0
        size = told.values
        repeats = levels = None
        if leaf.inner:
            repeats, at, alike = _levels(body, at, told.repeats, size, 1)
            if alike:
                repeats.fill(alike - 1)
        alike, count = leaf.most + 1, size
        if leaf.most:
            levels, at, alike = _levels(body, at, told.levels, size, leaf.most)
            if alike and (repeats is not None or alike <= leaf.most):
                levels.fill(alike - 1)
            if alike <= leaf.most:
                count = int(count_of(levels, leaf.most))
        words, codes = self._values_of(body[at:], count)
        if levels is not None and alike <= leaf.most:
            every = np.empty_like(levels)
            placed(levels, leaf.most, _NO_CODES if codes is None else codes, every)
            codes = every
        if repeats is not None:
            return self._list(repeats, levels, codes, words)
        return Segment(self.first, self.last, None, codes, self._tag, words)

    def _list(
        self, repeats: Shorts, levels: Shorts | None, codes: Shorts | None, words: Texts
    ) -> Segment:
        size = len(repeats)
        if codes is None:
            codes = np.arange(size, dtype=np.int32)
        rows = np.empty(size, np.int64)
        if levels is None or (size and repeats[0] and self._opens):
            raise BadPageError("a list that begins nowhere")
        last = owners(repeats, levels, self._leaf.inner, self.first - 1, codes, rows) + 1
        first = int(rows[0]) if size else self.first
        return Segment(first, last, rows, codes, self._tag, words)

    def _dictionary(self) -> Texts:
        if self._words is None:
            raise BadPageError("codes without a dictionary")
        return self._words

    def _values_of(self, data: Bytes, count: int) -> tuple[Texts, Shorts | None]:
        """The words of the page, and the word of each value if it is not its own."""
        encoding = self._told.encoding
        if encoding in CODED:
            words = self._dictionary()
            codes = np.empty(count, np.int32)
            if count:
                width = int(data[0]) if len(data) else 32
                if alike := _sure(hybrid(data, 1, len(data), width, codes, len(words.ends) - 2)):
                    codes.fill(alike - 1)
            return words, codes
        if self._tag == FALSE:
            return _NO_WORDS, _truths(encoding, data, count)
        return plain(self._leaf, data, count, encoding), None


def plain(leaf: PageLeaf, data: Bytes, count: int, encoding: int) -> Texts:
    """So many words one after the other.

    Raises
    ------
    BadPageError
        They are not there.
    """
    if encoding not in (PLAIN, PLAIN_DICTIONARY):
        raise BadPageError("an encoding that is not read here")
    if leaf.tag == NUMBER:
        return _numbers(leaf, data, count)
    if leaf.tag != STRING or PREFIX * count > len(data):
        raise BadPageError("fewer values than it tells")
    ends = np.empty(count + 1, np.int64)
    if not _sure(walk(data, 0, len(data), ends)):
        return Texts(data, ends, PREFIX)
    places = np.stack([ends[:-1] + PREFIX, ends[1:] - ends[:-1] - PREFIX], 1)
    text = np.empty(int(places[:, 1].sum()), np.uint8)
    packed(data, places, text)
    ends[0] = 0
    np.cumsum(places[:, 1], out=ends[1:])
    return _sound(Texts(text, ends))


def _sure(answer: int) -> int:
    if answer < 0:
        raise BadPageError("a page that is not as it must be")
    return answer


def _bounds(body: Bytes, at: int, size: int) -> tuple[int, int]:
    """Where levels begin and end."""
    if size < 0:
        if len(body) - at < PREFIX:
            raise BadPageError("a page without levels")
        size = int.from_bytes(body[at : at + PREFIX].tobytes(), "little")
        at += PREFIX
    if size > len(body) - at:
        raise BadPageError("levels longer than their page")
    return at, at + size


def _levels(body: Bytes, at: int, size: int, count: int, most: int) -> tuple[Shorts, int, int]:
    """So many levels and the place after them.

    If all are alike they are not written, but 1 more than the level is given, too.
    """
    at, end = _bounds(body, at, size)
    out = np.empty(count, np.int32)
    alike = _sure(hybrid(body, at, end, most.bit_length(), out, most))
    return out, end, alike


def _truths(encoding: int, data: Bytes, count: int) -> Shorts:
    out = np.empty(count, np.int32)
    if encoding == PLAIN:
        _sure(flags(data, 0, len(data), out))
        return out
    if encoding != RLE:
        raise BadPageError("an encoding that is not read here")
    at, end = _bounds(data, 0, -1)
    if alike := _sure(hybrid(data, at, end, 1, out, 1)):
        out.fill(alike - 1)
    return out


def _stored(leaf: PageLeaf) -> np.dtype[Any]:
    """How integers stand in a page. Narrow ones take 32 bits; the sign is their type's."""
    return np.dtype(f"{'i' if leaf.signed else 'u'}{8 if leaf.wide else 4}")


def _numbers(leaf: PageLeaf, data: Bytes, count: int) -> Texts:
    """Integers as texts."""
    stored = _stored(leaf)
    if stored.itemsize * count > len(data):
        raise BadPageError("fewer values than it tells")
    values = np.frombuffer(data, stored, count)
    written = pc.cast(pa.array(values), pa.large_string(), memory_pool=system_memory())
    _, places, text = written.buffers()
    ends = np.frombuffer(places, np.int64, count + 1)
    return Texts(np.frombuffer(text or b"", np.uint8), ends)


def _sound(words: Texts) -> Texts:
    """Texts of which some are not plain ASCII, without anything between them."""
    places, text = pa.py_buffer(words.ends), pa.py_buffer(words.text)
    array = pa.LargeStringArray.from_buffers(len(words.ends) - 1, places, text)
    try:
        array.validate(full=True)
    except pa.ArrowInvalid:
        raise BadPageError("text that is not UTF-8") from None
    return words


@cache
def system_memory() -> pa.MemoryPool:
    """The C library's; Arrow's own gives memory back, and fresh pages cost more than decoding."""
    return pa.system_memory_pool()
