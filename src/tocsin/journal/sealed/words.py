"""Kernels that take the cells of events into columns, each different text of a column once.

The cells of a column stand in a chain of short pieces, so that one pass over the events does for
all columns, whatever they are; a cell is its row and the number of its word. What is known of a
column stands in eight numbers, that of a word in two: one place in memory is looked at for each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tocsin.columns.cells import TRUE
from tocsin.columns.native import inlined, lean, load64, whole
from tocsin.columns.vector import WIDTH, copy64

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from tocsin.columns.cells import Bytes

    Ints = npt.NDArray[np.int64]
    Shorts = npt.NDArray[np.int32]

PIECE = 32
"""Cells of a piece of a chain."""

WORDS = 4096
"""The most words of a column that are told apart; one that has more is written as it stands."""

TRIED = 128
"""Words of a column before it is asked whether half of its cells or more had a new one."""

TRIES = 32
"""Other words that are looked at for one cell; hostile texts may have a word twice."""

COLUMNS, PIECES, FOUND, TEXT, ENTERED, REST = range(6)
"""Places in `Gathered.state`: how much of each there is."""

FACTS = 8
SLOT, HEAD, NEXT, AMOUNT, LAST, LATEST, DIFFERENT, KINDS = range(FACTS)
"""What is known of a column: its slot in `fields`; the first piece of its chain, where its next
cell goes, and how many it has; the last row that has one; its last word, or -1; how many words are
in the table, or `PLAIN`, if that was given up; a bit for each kind of its values, 1 texts, 2
numbers, 4 truth values."""

PLAIN = -1

_HIGH = ~0xFFFFFFFF


class Gathered(NamedTuple):
    """The columns of some rows.

    ``column``: by slot, the number of its column or -1. ``facts``: `FACTS` numbers by column. By
    piece: ``link``, the next one of its chain. By cell of a piece: ``row``, ``word``. ``words``:
    two numbers by word: where its text begins in ``text``, and `meta` of it. ``table``: where words
    are found, their numbers from 1 on and half of their hashes. ``rest_row``, ``rest_slot``: cells
    that have no place in their column. ``state``: how many of all these there are.
    """

    column: Shorts
    facts: Ints
    link: Shorts
    row: Shorts
    word: Shorts
    words: Ints
    text: Bytes
    table: Ints
    rest_row: Shorts
    rest_slot: Shorts
    state: Ints


@inlined
def meta(size: int, column: int, tag: int) -> int:
    """The length of a word's text, whose it is, and its tag."""
    return size << 32 | column << 2 | tag


@lean
def taken(  # noqa: C901, PLR0912, PLR0915 - a kernel
    row_start: Ints,
    slots: Shorts,
    tags: Bytes,
    starts: Ints,
    lengths: Shorts,
    texts: Bytes,
    rows: Ints,
    at: int,
    base: int,
    many: Bytes,
    into: Gathered,
) -> int:
    """Take the cells of ``rows[at:]``, the first of which becomes the row ``base + at``.

    ``many``: by slot, whether it is an array. There is room for all cells, pieces and texts;
    whoever finds no room for columns or words gets the place of the row that waits for it.
    """
    column, facts, link, row_of, word_of, words, held, table, rest_row, rest_slot, state = into
    mask = table.size - 1
    columns, pieces, found, end, entries, rest = (
        state[COLUMNS],
        state[PIECES],
        state[FOUND],
        state[TEXT],
        state[ENTERED],
        state[REST],
    )
    place = at
    while place < rows.size:
        row = rows[place]
        first, behind = row_start[row], row_start[row + 1]
        wanted = min(behind - first + columns, column.size)
        if FACTS * wanted > facts.size or 2 * (behind - first + entries) > table.size:
            break
        new = base + place
        for cell in range(first, behind):
            slot = slots[cell]
            which = whole(column[slot])
            if which < 0:
                which = columns
                columns += 1
                column[slot] = which
                own = FACTS * which
                facts[own + SLOT] = slot
                facts[own + NEXT] = 0
                facts[own + AMOUNT] = 0
                facts[own + LATEST] = -1
                facts[own + DIFFERENT] = 0
                facts[own + KINDS] = 0
            else:
                own = FACTS * which
                if facts[own + LAST] == new and many[slot] == 0:
                    rest_row[rest] = new
                    rest_slot[rest] = slot
                    rest += 1
                    continue
            facts[own + LAST] = new
            tag, start, size = whole(tags[cell]), starts[cell], whole(lengths[cell])
            facts[own + KINDS] |= 1 << min(tag, TRUE)
            told = meta(size, which, tag)
            known = whole(-1)
            amount = facts[own + AMOUNT]
            different = facts[own + DIFFERENT]
            if different != PLAIN:
                latest = facts[own + LATEST]
                if (
                    latest >= 0
                    and words[2 * latest + 1] == told
                    and _same(texts, start, held, words[2 * latest], size)
                ):
                    known = latest
                else:
                    mixed = _mixed(texts, start, size, told)
                    spot = mixed & mask
                    tries = 0
                    while table[spot] != 0:
                        entry = table[spot]
                        if (entry ^ mixed) & _HIGH == 0:
                            other = (entry & 0xFFFFFFFF) - 1
                            if words[2 * other + 1] == told and _same(
                                texts, start, held, words[2 * other], size
                            ):
                                known = other
                                break
                        tries += 1
                        if tries == TRIES:
                            break
                        spot = (spot + 1) & mask
                    if known < 0:
                        if (
                            tries == TRIES
                            or different >= WORDS
                            or (different >= TRIED and 2 * different >= amount)
                        ):
                            facts[own + DIFFERENT] = PLAIN
                        else:
                            table[spot] = (mixed & _HIGH) | (found + 1)
                            entries += 1
                            facts[own + DIFFERENT] = different + 1
            if known < 0:
                known = found
                found += 1
                for byte in range(0, size, WIDTH):
                    copy64(held, end + byte, texts, start + byte)
                words[2 * known] = end
                words[2 * known + 1] = told
                end += size
            facts[own + LATEST] = known
            target = facts[own + NEXT]
            if target & (PIECE - 1) == 0:
                if amount == 0:
                    facts[own + HEAD] = pieces
                else:
                    link[(target - 1) // PIECE] = pieces
                target = PIECE * pieces
                pieces += 1
            row_of[target] = new
            word_of[target] = known
            facts[own + NEXT] = target + 1
            facts[own + AMOUNT] = amount + 1
        place += 1
    state[COLUMNS] = columns
    state[PIECES] = pieces
    state[FOUND] = found
    state[TEXT] = end
    state[ENTERED] = entries
    state[REST] = rest
    return place


@inlined
def _mixed(text: Bytes, start: int, size: int, told: int) -> int:
    """A hash of a column's word."""
    mixed = (told ^ _first(text, start, size)) * 0x5851F42D4C957F2D
    mixed ^= (mixed >> 29) & 0x7FFFFFFFF
    for byte in range(8, size - 8, 8):
        mixed = (mixed ^ whole(load64(text, start + byte))) * 0x5851F42D4C957F2D
        mixed ^= (mixed >> 29) & 0x7FFFFFFFF
    mixed = (mixed ^ _last(text, start, size)) * 0x2545F4914F6CDD1D
    return mixed ^ (mixed >> 32) & 0xFFFFFFFF


@inlined
def _first(text: Bytes, start: int, size: int) -> int:
    """The first eight bytes as a number, or fewer; text has `WIDTH` bytes behind its last one."""
    word = whole(load64(text, start))
    return word if size >= 8 else word & ((1 << (8 * size)) - 1)


@inlined
def _last(text: Bytes, start: int, size: int) -> int:
    """The last eight bytes as a number; those of a shorter text are its first."""
    return whole(load64(text, start + size - 8)) if size >= 8 else 0


@inlined
def _same(one: Bytes, start: int, other: Bytes, begin: int, size: int) -> bool:
    """Whether two texts are the same."""
    if _first(one, start, size) != _first(other, begin, size):
        return False
    if _last(one, start, size) != _last(other, begin, size):
        return False
    for byte in range(8, size - 8, 8):
        if load64(one, start + byte) != load64(other, begin + byte):
            return False
    return True


@lean
def entered(into: Gathered, before: Ints) -> None:
    """Put the words of a table into a larger one, which is all zeros."""
    words, text, table = into[5:8]
    mask = table.size - 1
    for place in range(before.size):
        if before[place] == 0:
            continue
        word = (before[place] & 0xFFFFFFFF) - 1
        told = words[2 * word + 1]
        mixed = _mixed(text, words[2 * word], told >> 32, told)
        spot = mixed & mask
        while table[spot] != 0:
            spot = (spot + 1) & mask
        table[spot] = (mixed & _HIGH) | (word + 1)
