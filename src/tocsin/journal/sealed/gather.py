"""The cells of events, one stretch of a journal after another, until they are columns of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa

from tocsin.columns.cells import NUMBER, TRUE, Cells
from tocsin.columns.clock import times_of
from tocsin.columns.vector import WIDTH
from tocsin.journal.sealed.chains import left_out, told_once, unchained
from tocsin.journal.sealed.columns import TIME, Texts, odd, types
from tocsin.journal.sealed.parquet import Values, Words
from tocsin.journal.sealed.spans import copied
from tocsin.journal.sealed.word_texts import extremes, measured, wholes, written
from tocsin.journal.sealed.words import (
    AMOUNT,
    COLUMNS,
    ENTERED,
    FACTS,
    FOUND,
    PIECE,
    PLAIN,
    REST,
    SLOT,
    TEXT,
    Gathered,
    entered,
    taken,
)
from tocsin.schema.values import FIRST_TIME, LAST_TIME

if TYPE_CHECKING:
    import numpy.typing as npt

    from tocsin.columns.cells import Bytes

    Ints = npt.NDArray[np.int64]
    Shorts = npt.NDArray[np.int32]
    Truths = npt.NDArray[np.bool_]

LONGEST = 64
"""Bytes of a text that statistics tell; none are told of columns with longer ones."""

_LEAST = 256
"""Of most things there is room for so many at first."""

_MIXED = (0, 0, 0, 1, 0, 1, 1, 1)
"""By `Gathered.kinds`: whether the same text may stand for values of different kinds."""

_NUMBERS = 2


class Column(NamedTuple):
    """A column: its slot in `fields`, its values, and the rows of which they do not tell all."""

    slot: int
    values: Values
    untold: Shorts


class Gathering:
    """The columns of some rows; used again for others once it is `clear`."""

    def __init__(self) -> None:
        self._many = np.array([several for _, several in types()], np.uint8)
        self._in = Gathered(
            column=np.full(self._many.size, -1, np.int32),
            facts=np.empty(_LEAST // 4 * FACTS, np.int64),
            link=np.empty(_LEAST, np.int32),
            row=np.empty(_LEAST * PIECE, np.int32),
            word=np.empty(_LEAST * PIECE, np.int32),
            words=np.empty(2 * _LEAST, np.int64),
            text=np.empty(_LEAST, np.uint8),
            table=np.zeros(16 * _LEAST, np.int64),
            rest_row=np.empty(_LEAST, np.int32),
            rest_slot=np.empty(_LEAST, np.int32),
            state=np.zeros(6, np.int64),
        )

    def clear(self) -> None:
        """Forget all rows."""
        held = self._in
        held.column[self.slots] = -1
        held.table[:] = 0
        held.state[:] = 0

    @property
    def _facts(self) -> Ints:
        return self._in.facts[: FACTS * int(self._in.state[COLUMNS])].reshape(-1, FACTS)

    @property
    def slots(self) -> Ints:
        """The slots of its columns, as they were first met."""
        return self._facts[:, SLOT]

    @property
    def counts(self) -> Ints:
        """How many cells each column has."""
        return self._facts[:, AMOUNT]

    @property
    def rest(self) -> tuple[Shorts, Shorts]:
        """Rows and slots of cells that have no place in their column."""
        count = self._in.state[REST]
        return self._in.rest_row[:count], self._in.rest_slot[:count]

    def take(self, cells: Cells, rows: Ints, first: int, size: int) -> None:
        """Take the cells of some rows, the first of which becomes the row ``first``.

        ``size``: the bytes of these events.
        """
        count = int((cells.row_start[rows + 1] - cells.row_start[rows]).sum())
        self._room(count, size)
        parts = cells.row_start, cells.slot, cells.tag, cells.start, cells.length, cells.text
        at = 0
        while True:
            at = taken(*parts, rows, at, first, self._many, self._in)
            if at == rows.size:
                break
            row = int(rows[at])
            self._places(int(cells.row_start[row + 1] - cells.row_start[row]))

    def _room(self, cells: int, size: int) -> None:
        """Have room for what so many cells are, of so many bytes together."""
        held = self._in
        columns, pieces, words, text, _, rest = held.state.tolist()
        most = pieces + columns + cells // PIECE + min(cells, self._many.size) + 1
        words += cells
        if most > held.link.size:
            held = held._replace(
                link=_grown(held.link, most),
                row=_grown(held.row, most * PIECE),
                word=_grown(held.word, most * PIECE),
            )
        if 2 * words > held.words.size:
            held = held._replace(words=_grown(held.words, 2 * words))
        if text + size + 2 * WIDTH > held.text.size:
            held = held._replace(text=_grown(held.text, text + size + 2 * WIDTH))
        if rest + cells > held.rest_row.size:
            held = held._replace(
                rest_row=_grown(held.rest_row, rest + cells),
                rest_slot=_grown(held.rest_slot, rest + cells),
            )
        self._in = held

    def _places(self, cells: int) -> None:
        """Have room for the columns and the words of one more row."""
        held = self._in
        columns = min(int(held.state[COLUMNS]) + cells, self._many.size)
        if FACTS * columns > held.facts.size:
            held = held._replace(facts=_grown(held.facts, FACTS * columns))
        size = held.table.size
        while size < 2 * (int(held.state[ENTERED]) + cells):
            size *= 2
        if size > held.table.size:
            before = held.table
            held = held._replace(table=np.zeros(2 * size, np.int64))
            entered(held, before)
        self._in = held

    def left_out(self, others: list[int]) -> tuple[Shorts, Shorts]:
        """Rows and slots of the cells of columns, by their numbers, that the file has not."""
        which = np.array(others, np.int64)
        count = int(self.counts[which].sum())
        rows, slots = np.empty(count, np.int32), np.empty(count, np.int32)
        left_out(which, self._in, rows, slots)
        return rows, slots

    def columns(self, chosen: list[int], rows: int) -> list[Column]:
        """Some of the columns, by their numbers; ``rows``: how many there are."""
        codes = np.full(int(self._in.state[FOUND]), -1, np.int32)
        every = np.arange(rows, dtype=np.int32)
        facts = self._facts.tolist()
        return [self._column(facts[which], codes, every) for which in chosen]

    def _column(self, facts: list[int], codes: Shorts, every: Shorts) -> Column:
        slot, head, _, amount, _, _, different, kinds = facts
        kind, several = types()[slot]
        words = np.empty(amount, np.int32)
        if several or amount < every.size:
            found = rows = np.empty(amount, np.int32)
        else:
            found, rows = every[:0], every
        told = None
        if different == PLAIN or kind == pa.int64():
            unchained(head, self._in, found, words)
        else:
            told = np.empty(different, np.int32)
            told_once(head, self._in, codes, found, words, told)
        if kind == pa.string():
            values, untold = self._texts(rows, words, told, kinds)
        else:
            values, untold = self._others(rows, words, told, kind, several=several)
        values.listed = several
        return Column(slot, values, untold)

    def _texts(
        self, rows: Shorts, words: Shorts, told: Shorts | None, kinds: int
    ) -> tuple[Values, Shorts]:
        """Values that are texts: by a dictionary where few are different, which are told."""
        different = words if told is None else told
        untold = rows[:0]
        if kinds & _NUMBERS:
            strange = self._as_cells(different).odd_numbers(np.arange(different.size))
            untold = rows[strange if told is None else strange[words]]
        if told is None or _MIXED[kinds]:
            text, ends = self._written(words if told is None else told[words])
            return Values(rows, text, ends=ends), untold
        text, ends = self._written(told)
        return Values(rows, words, Words(text.tobytes(), told.size), span=_span(text, ends)), untold

    def _written(self, words: Shorts) -> tuple[Bytes, Ints]:
        """Texts, each behind its length, and where they end."""
        size = measured(words, self._in)
        out, ends = np.empty(size + WIDTH, np.uint8), np.empty(words.size, np.int64)
        return out[: written(words, self._in, out, ends)], ends

    def _as_cells(self, words: Shorts) -> Texts:
        """Words as cells."""
        held = self._in
        told = held.words[2 * words + 1]
        tags = (told & 3).astype(np.uint8)
        cells = Cells(
            np.arange(words.size + 1),
            np.zeros(words.size, np.int32),
            tags,
            held.words[2 * words],
            (told >> 32).astype(np.int32),
            held.text[: int(held.state[TEXT]) + WIDTH],
            np.zeros(0, np.int64),
            {},
        )
        return Texts(cells, [], 0, [int(np.count_nonzero(tags == NUMBER))])

    def _others(
        self, rows: Shorts, words: Shorts, told: Shorts | None, kind: pa.DataType, *, several: bool
    ) -> tuple[Values, Shorts]:
        """Values that are no texts."""
        if kind == pa.int64():
            numbers = np.empty(words.size, np.int64)
            if wholes(words, self._in, numbers):
                return Values(rows, numbers, span=span_of(numbers)), rows[:0]
        there, body, strange = _bodies(self._as_cells(words if told is None else told), kind)
        if told is not None:
            there, body, strange = there[words], body[words], strange[words]
        untold = rows[strange] if strange.any() else rows[:0]
        span = span_of(body if there.all() else body[there])
        if there.all():
            return Values(rows, body, span=span), untold
        if several:  # nulls among its values stand in lists
            return Values(rows, body, told=there.view(np.uint8), span=span), untold
        return Values(rows[there], body[there], span=span), untold


def _bodies(texts: Texts, kind: pa.DataType) -> tuple[Truths, npt.NDArray[Any], Truths]:
    """Values that are no texts: which there are, all of them, and which do not tell all."""
    cells = texts.cells
    if kind == TIME:
        times = times_of(cells, nanoseconds=False)
        there = (times >= FIRST_TIME) & (times <= LAST_TIME)
        return there, times, ~there
    if kind == pa.bool_() and (cells.tag >= TRUE).all():
        body = cells.tag == TRUE
        return np.ones_like(body), body, np.zeros_like(body)
    if kind != pa.bool_():
        texts.texts = [_plain(cells.text, cells.start, cells.start + cells.length)]
    found = texts.values(0, np.arange(cells.tag.size), kind)
    there = found.is_valid().to_numpy(zero_copy_only=False)
    body = found.fill_null(False if kind == pa.bool_() else 0).to_numpy(zero_copy_only=False)
    return there, body, odd(found)


def _grown(array: npt.NDArray[Any], size: int) -> npt.NDArray[Any]:
    """A larger array, with the same at its beginning."""
    made = np.empty(max(size, 2 * array.size), array.dtype)
    made[: array.size] = array
    return made


def _span(text: Bytes, ends: Ints) -> tuple[bytes, bytes] | None:
    """The first and the last of texts, each behind its length, as statistics have them."""
    if not ends.size:
        return None
    found = np.zeros(2, np.int64)
    extremes(text, ends, found)
    low, high = (
        text[(int(ends[at - 1]) if at else 0) + 4 : int(ends[at])].tobytes()
        for at in found.tolist()
    )
    return (low, high) if max(len(low), len(high)) <= LONGEST else None


def _plain(text: Bytes, starts: Ints, ends: Ints) -> pa.Array:
    """Spans of a text as Arrow has texts."""
    offsets = np.zeros(starts.size + 1, np.int64)
    np.cumsum(ends - starts, out=offsets[1:])
    if offsets[-1] >= 1 << 31:
        raise pa.ArrowInvalid("there is too much text for a column")
    out = np.empty(int(offsets[-1]) + WIDTH, np.uint8)
    copied(text, starts, ends, np.arange(starts.size), out)
    buffers = [None, pa.py_buffer(offsets.astype(np.int32)), pa.py_buffer(out)]
    return pa.Array.from_buffers(pa.string(), starts.size, buffers)


def span_of(values: npt.NDArray[Any]) -> tuple[bytes, bytes] | None:
    """The least and the greatest of whole numbers, as statistics have them."""
    if not values.size or values.dtype.kind not in "iu":
        return None
    return values.min().tobytes(), values.max().tobytes()
