"""Kernels that take the cells of events into columns, each different text of a column once.

The cells of a column stand in a chain of short pieces, so that one pass over the events does for
all columns, whatever they are; a cell is its row and the number of its word. What is known of a
column stands in eight numbers, that of a word in two: one place in memory is looked at for each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tocsin.columns.cells import NUMBER, TRUE
from tocsin.columns.native import inlined, lean, load8, load64, whole
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

DIGITS, MINUS = 18, 0x2D

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


@lean
def unchained(piece: int, into: Gathered, rows: Shorts, words: Shorts) -> None:
    """The cells of the chain that begins with a piece, as many as ``words`` has room for.

    ``rows``: their rows; they are not asked for if it is empty.
    """
    link, row, word = into[2:5]
    done = 0
    while done < words.size:
        some = min(PIECE, words.size - done)
        begin = piece * PIECE
        for at in range(some):
            words[done + at] = word[begin + at]
        for at in range(some if rows.size else 0):
            rows[done + at] = row[begin + at]
        done += some
        if done < words.size:
            piece = link[piece]


@lean
def left_out(others: Ints, into: Gathered, rows: Shorts, slots: Shorts) -> None:
    """Rows and slots of all cells of some columns, which have no place in the file."""
    facts, link, row = into[1:4]
    place = 0
    for at in range(others.size):
        own = FACTS * others[at]
        piece, left = facts[own + HEAD], facts[own + AMOUNT]
        while left > 0:
            some = min(PIECE, left)
            for cell in range(some):
                rows[place] = row[piece * PIECE + cell]
                slots[place] = facts[own + SLOT]
                place += 1
            left -= some
            if left > 0:
                piece = link[piece]


@lean
def told_once(
    piece: int, into: Gathered, code: Shorts, rows: Shorts, codes: Shorts, different: Shorts
) -> int:
    """The same with numbers from 0 on in place of words; how many different words there are.

    ``code``: by word, -1. ``different``: filled with the words by their numbers.
    """
    link, row, word = into[2:5]
    done = count = 0
    while done < codes.size:
        some = min(PIECE, codes.size - done)
        begin = piece * PIECE
        for at in range(some):
            number = word[begin + at]
            if code[number] < 0:
                code[number] = count
                different[count] = number
                count += 1
            codes[done + at] = code[number]
        for at in range(some if rows.size else 0):
            rows[done + at] = row[begin + at]
        done += some
        if done < codes.size:
            piece = link[piece]
    return count


@lean
def measured(numbers: Shorts, into: Gathered) -> int:
    """How many bytes `written` needs at most, but for those behind its last one."""
    words = into.words
    total = 9 * numbers.size
    for at in range(numbers.size):
        total += words[2 * whole(numbers[at]) + 1] >> 32
    return total


@lean
def written(numbers: Shorts, into: Gathered, out: Bytes, ends: Ints) -> int:
    """Write the texts of words, each behind its length; how many bytes they take.

    ``out`` has `WIDTH` bytes behind them. ``ends``: filled with where each of them ends.
    """
    words, text = into[5:7]
    place = 0
    for at in range(numbers.size):
        word = whole(numbers[at])
        told = words[2 * word + 1]
        tag, size = told & 3, told >> 32
        if tag >= TRUE:
            size = 2 + tag  # true, false
        for byte in range(4):
            out[place + byte] = (size >> (8 * byte)) & 0xFF
        place += 4
        if tag >= TRUE:
            letters = 0x65757274 if tag == TRUE else 0x65736C6166
            for byte in range(size):
                out[place + byte] = (letters >> (8 * byte)) & 0xFF
        else:
            start = words[2 * word]
            for byte in range(0, size, WIDTH):
                copy64(out, place + byte, text, start + byte)
        place += size
        ends[at] = place
    return place


@lean
def extremes(text: Bytes, ends: Ints, found: Ints) -> None:
    """The first and the last of some texts, each behind its length, in the order of bytes."""
    low, high = 0, 0
    for at in range(1, ends.size):
        begin, end = ends[at - 1] + 4, ends[at]
        if _below(text, begin, end, ends[low - 1] + 4 if low else 4, ends[low]):
            low = at
        elif _below(text, ends[high - 1] + 4 if high else 4, ends[high], begin, end):
            high = at
    found[0], found[1] = low, high


@inlined
def _below(text: Bytes, one: int, one_end: int, other: int, other_end: int) -> bool:
    """Whether a text stands before another one."""
    while one < one_end and other < other_end:
        if text[one] != text[other]:
            return text[one] < text[other]
        one += 1
        other += 1
    return one == one_end and other < other_end


@lean
def stacked(
    text: Bytes,
    starts: Ints,
    ends: Ints,
    rows: Ints,
    limits: Ints,
    out: Bytes,
    state: Ints,
    cuts: Ints,
) -> int:
    """Put spans behind each other, each behind its length, in pages; how many pages are full.

    ``limits``: bytes and rows behind which a page ends, bytes behind which it ends whatever its
    rows, bytes that are left free before each page. ``state``: where the page that is not full
    begins and ends, and its rows. ``cuts``: of each full page begin, end and rows. ``text`` and
    ``out`` have `WIDTH` bytes behind their last one.
    """
    full = 0
    begin, place, held = state[0], state[1], state[2]
    for number in range(rows.size):
        start, end = starts[rows[number]], ends[rows[number]]
        size = end - start
        for byte in range(4):
            out[place + byte] = (size >> (8 * byte)) & 0xFF
        place += 4
        for byte in range(0, size, WIDTH):
            copy64(out, place + byte, text, start + byte)
        place += size
        held += 1
        used = place - begin
        if used >= limits[2] or (used >= limits[0] and held % limits[1] == 0):
            cuts[3 * full], cuts[3 * full + 1], cuts[3 * full + 2] = begin, place, held
            full += 1
            place += limits[3]
            begin, held = place, 0
    state[0], state[1], state[2] = begin, place, held
    return full


@lean
def wholes(numbers: Shorts, into: Gathered, out: Ints) -> bool:
    """Read words as whole numbers of up to `DIGITS` digits; whether all of them are."""
    words, text = into[5:7]
    for at in range(numbers.size):
        word = whole(numbers[at])
        begin, told = words[2 * word], words[2 * word + 1]
        size = told >> 32
        if told & 3 != NUMBER:
            return False
        minus = load8(text, begin) == MINUS
        if minus:
            begin += 1
            size -= 1
        if size > DIGITS:
            return False
        total = 0
        for place in range(size):
            digit = load8(text, begin + place) - 0x30
            if digit < 0 or digit > 9:
                return False
            total = 10 * total + digit
        out[at] = -total if minus else total
    return True


@lean
def paired(rows: Shorts, slots: Shorts, out_rows: Shorts, out_slots: Shorts) -> int:
    """Rows, which rise, with their slots in order, each pair once; how many these are."""
    count = first = 0
    for at in range(rows.size):
        row, slot = rows[at], slots[at]
        if count == 0 or out_rows[count - 1] != row:
            first = count
        low, high = first, count
        while low < high:
            middle = (low + high) // 2
            if out_slots[middle] < slot:
                low = middle + 1
            else:
                high = middle
        if low < count and out_slots[low] == slot:
            continue
        for place in range(count, low, -1):
            out_slots[place] = out_slots[place - 1]
        out_rows[count] = row
        out_slots[low] = slot
        count += 1
    return count
