"""An event as a tree in one array: members in order of their keys, dotted keys as nested objects.

Compiled. Nothing is parsed: a node says where its key and its value stand in the event's bytes.
What needs more than that (an escape in a key, a key that comes twice, ...) is called a doubt and
left to Python.

Bytes that are no JSON object give any tree, safely: the place is never moved but from one that is
before the end, by at most 64 bytes that are not zero, and 64 zero bytes follow the data. Nodes are
never more than there is room for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tocsin.alerts.cells import COLUMNS, cell, set_cell
from tocsin.alerts.tokens import (
    BRACE,
    BRACE_END,
    BRACKET,
    BRACKET_END,
    COLON,
    COMMA,
    LONG,
    NEWLINE,
    NOTHING,
    ODD,
    RETURN,
    SPACE,
    string_end,
    value_end,
)
from tocsin.columns.native import ctz, inlined, lean, load8, load64, whole
from tocsin.columns.string import QUOTE

if TYPE_CHECKING:
    from typing import Any

    import numpy.typing as npt

    from tocsin.columns.cells import Bytes

    Table = npt.NDArray[np.int64]

WORD, KEY, KEY_END, START, END, KIND, FIRST, NEXT = range(8)
"""Columns of a node: the first eight bytes of its key as a number that sorts as they do, where its
key and its value stand, with quotes or brackets; its parent << 3 | what it is; its first member or
element and its next neighbour, -1 for none."""

SCALAR, NULL, ARRAY, OBJECT, WHOLE = range(5)
"""Kinds. An object is WHOLE if its own braces stand somewhere, not only dots."""

PARENT, KINDS = 3, 7
"""How far to shift, and what to keep, of the column KIND."""

UNFIT, REWRITTEN, BROKEN, MIXED = 1, 2, 4, 8
"""Doubts. UNFIT: the bytes cannot stand in a line as they are, because of line ends or of integers
beyond 64 bits. REWRITTEN: a number or an escape is not as `orjson` writes it. BROKEN: there is no
tree. MIXED: members of one object are spelled both with dots and within its braces."""

MOST = 1024
"""Nodes of a tree; an event with more values is in doubt."""

DEEPEST = 64
"""So deep may objects and arrays be nested in the event itself, and nodes in the tree."""
MOST_DOTS = 31
"""Dots of a key; `tocsin.columns.trie.LONGEST` segments."""

TOPS, STACK = MOST, 2 * MOST
"""Rows behind the nodes: for each member of the event as it stood, where its key begins and where
its value begins and ends; and room for what is open around the present place."""

BYTE, PAIR, HALF = np.uint64(8), np.uint64(16), np.uint64(32)
BYTES, PAIRS = np.uint64(0x00FF00FF00FF00FF), np.uint64(0x0000FFFF0000FFFF)
DOTS, ONES = np.uint64(0x2E2E2E2E2E2E2E2E), np.uint64(0x0101010101010101)
HIGH = np.uint64(0x8080808080808080)
SIGN = np.uint64(1 << 63)
NO_WORD = -(1 << 63)


def room() -> Table:
    """What `grow` works with."""
    return np.empty((STACK + DEEPEST, COLUMNS), np.int64)


@lean
def grow(data: Bytes, at: int, end: int, tree: Table) -> tuple[int, int]:  # noqa: C901, PLR0912, PLR0915
    """Read an event, ``data[at:end]``; gives the number of its members as they stood, and doubts.

    Node 0 is the event.
    """
    while at < end and load8(data, at) <= SPACE:
        at += 1
    if at >= end or load8(data, at) != BRACE:
        return 0, BROKEN
    plant(tree, 0, NO_WORD, at, at, WHOLE, at)
    at += 1
    count, top, doubts, depth, here, last = 1, 0, 0, 0, 0, -1
    inside = True
    while at < end:
        byte = load8(data, at)
        if byte <= SPACE or byte == COMMA:
            if byte in (NEWLINE, RETURN):
                doubts |= UNFIT
            at += 1
            continue
        if byte in (BRACE_END, BRACKET_END):
            at += 1
            set_cell(tree, here, END, at)
            if depth == 0:
                return top, doubts
            depth -= 1
            last = here
            here = cell(tree, STACK + depth, 0)
            inside = cell(tree, here, KIND) & KINDS >= OBJECT
            if depth == 0:
                set_cell(tree, TOPS + top - 1, 2, at)
            continue
        if count + MOST_DOTS >= MOST:
            return 0, BROKEN
        fresh = True
        if inside:
            start = at + 1
            at, escapes = string_end(data, start, end)
            if byte != QUOTE or escapes != 0 or at >= end:
                return 0, BROKEN
            node, count, doubt = placed(data, tree, here, start, at, count)
            if doubt & BROKEN != 0:
                return 0, BROKEN
            fresh = node == count
            if fresh:
                count += 1
            at, gap = value_start(data, at + 1, end)
            doubts |= doubt | gap
            byte = load8(data, at)
            if depth == 0:
                set_cell(tree, TOPS + top, 0, start - 1)
                set_cell(tree, TOPS + top, 1, at)
                top += 1
        else:
            node = count
            count += 1
            plant(tree, node, NO_WORD, at, at, here << PARENT, at)
            link(tree, here, last, node)
            last = node
        known = cell(tree, node, KIND)
        if not fresh:
            if byte != BRACE or known & KINDS != OBJECT:
                return 0, BROKEN
            doubts |= MIXED
        known = known >> PARENT << PARENT
        set_cell(tree, node, START, at)
        if byte in (BRACE, BRACKET):
            if depth == DEEPEST:
                return 0, BROKEN
            set_cell(tree, STACK + depth, 0, here)
            depth += 1
            here = node
            last = -1
            inside = byte == BRACE
            set_cell(tree, node, KIND, known | (WHOLE if inside else ARRAY))
            at += 1
            continue
        start = at
        at, what = value_end(data, start, end)
        if at > end or at == start:
            return 0, BROKEN
        if what >= ODD:
            doubts |= REWRITTEN | (UNFIT if what == LONG else 0)
        set_cell(tree, node, KIND, known | (NULL if what == NOTHING else SCALAR))
        set_cell(tree, node, END, at)
        if depth == 0:
            set_cell(tree, TOPS + top - 1, 2, at)
    return 0, BROKEN


@inlined
def placed(
    data: Bytes, tree: Table, node: int, start: int, end: int, count: int
) -> tuple[int, int, int]:
    """Where a member of an object stands whose key, ``data[start:end]``, may have dots.

    Gives its node, which is new if it is ``count``; how many nodes there are without it; and
    doubts.
    """
    doubts, dots = 0, 0
    dot = dot_from(data, start, end)
    while dot < end:
        node = member(data, tree, node, start, dot, count)
        if node == count:
            count += 1
        elif cell(tree, node, KIND) & KINDS != OBJECT:
            if cell(tree, node, KIND) & KINDS != WHOLE:
                return node, count, BROKEN
            doubts |= MIXED
        dots += 1
        if dots > MOST_DOTS:
            return node, count, BROKEN
        start = dot + 1
        dot = dot_from(data, start, end)
    return member(data, tree, node, start, end, count), count, doubts


@inlined
def value_start(data: Bytes, at: int, end: int) -> tuple[int, int]:
    """Where the value of a key begins, and doubts; ``at`` is behind the key's quote."""
    doubts = 0
    while at < end:
        byte = load8(data, at)
        if byte > SPACE and byte != COLON:
            break
        if byte in (NEWLINE, RETURN):
            doubts |= UNFIT
        at += 1
    return at, doubts


@lean
def plant(tree: Table, node: int, word: int, at: int, end: int, kind: int, start: int) -> None:
    """Make a node without members or neighbours."""
    set_cell(tree, node, WORD, word)
    set_cell(tree, node, KEY, at)
    set_cell(tree, node, KEY_END, end)
    set_cell(tree, node, START, start)
    set_cell(tree, node, END, start)
    set_cell(tree, node, KIND, kind)
    set_cell(tree, node, FIRST, -1)
    set_cell(tree, node, NEXT, -1)


@lean
def link(tree: Table, parent: int, before: int, node: int) -> None:
    """Make a node the next member behind another one, or the first."""
    if before < 0:
        set_cell(tree, parent, FIRST, node)
    else:
        set_cell(tree, before, NEXT, node)


@lean
def member(data: Bytes, tree: Table, parent: int, at: int, end: int, count: int) -> int:
    """The member of an object with the key ``data[at:end]``; if it is new, ``count``, in its place.

    A new one is an object of dots, until it gets a value.
    """
    word = key_word(data, at, end)
    before = -1
    node: int = cell(tree, parent, FIRST)
    while node >= 0 and cell(tree, node, WORD) <= word:
        if cell(tree, node, WORD) == word:
            order = compared(data, cell(tree, node, KEY), cell(tree, node, KEY_END), at, end)
            if order == 0:
                return node
            if order > 0:
                break
        before = node
        node = cell(tree, node, NEXT)
    plant(tree, count, word, at, end, parent << PARENT | OBJECT, at)
    set_cell(tree, count, NEXT, node)
    if before < 0:
        set_cell(tree, parent, FIRST, count)
    else:
        set_cell(tree, before, NEXT, count)
    return count


@lean
def key_word(data: Bytes, at: int, end: int) -> int:
    """The first eight bytes of a key as a number that sorts as they do; zeros fill it up."""
    if at >= end:
        return NO_WORD
    word: Any = load64(data, at)
    word = (word & BYTES) << BYTE | (word >> BYTE) & BYTES
    word = (word & PAIRS) << PAIR | (word >> PAIR) & PAIRS
    word = word << HALF | word >> HALF
    unused = np.uint64(64 - 8 * min(end - at, 8))
    return whole(((word >> unused) << unused) ^ SIGN)


@lean
def compared(data: Bytes, at: int, end: int, other: int, other_end: int) -> int:
    """How a key sorts against another with the same first eight bytes: before it if negative."""
    size, other_size = end - at, other_end - other
    for index in range(8, min(size, other_size)):
        differs = load8(data, at + index) - load8(data, other + index)
        if differs != 0:
            return differs
    return size - other_size


@lean
def dot_from(data: Bytes, at: int, end: int) -> int:
    """The place of the first dot from ``at`` on, or one at or behind the end."""
    while at < end:
        word: Any = load64(data, at) ^ DOTS
        # the lowest byte that is zero is the lowest whose bit comes through
        size = ctz((word - ONES) & ~word & HIGH) >> 3
        at += size
        if size < 8:
            return at
    return at
