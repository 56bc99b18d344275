"""Rows of columns written as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tocsin.columns.cells import FALSE, STRING, TRUE
from tocsin.columns.native import compiled, inlined, load8
from tocsin.inputs.segment import EMPTY

if TYPE_CHECKING:
    import numpy.typing as npt

    from tocsin.columns.cells import Bytes

    Ints = npt.NDArray[np.int64]
    Shorts = npt.NDArray[np.int32]

HOLLOW = 4
"""Instead of a cell's tag: there is a list, but here no value of it."""

OWNER, LEAF, TAG, START, LENGTH = range(CELL := 5)
"""Of a value that is to be written: its row, counted among those that are wanted; its column; its
tag; where its text begins, and how long that is."""

CELLS, TEXT, SIZE = range(3)
"""Of what has been taken: values, bytes of their texts, bytes that all may take as JSON."""

QUOTE, BACKSLASH, COMMA, SPACE = 0x22, 0x5C, 0x2C, 0x20
OPEN, CLOSE, OPEN_LIST, CLOSE_LIST = 0x7B, 0x7D, 0x5B, 0x5D
LETTER_U, ZERO = 0x75, 0x30

SHORT = np.zeros(32, np.uint8)
SHORT[[8, 9, 10, 12, 13]] = list(b"btnfr")
"""The letters of control characters that have one."""

HEX = np.frombuffer(b"0123456789abcdef", np.uint8)


@compiled
def take(  # noqa: C901 - flat columns and lists in one
    wanted: Ints,
    rows: Ints,
    codes: Shorts,
    ends: Ints,
    text: Bytes,
    about: Ints,
    room: int,
    cells: Ints,
    out: Bytes,
    taken: Ints,
) -> bool:
    """Take the values of some rows out of a segment; False, and nothing taken, if there is no room.

    ``wanted``: rising. ``about``: the segment's first and last row, whether it has ``rows`` and
    ``codes``, its tag and gap, and the number of the column. ``room``: what a value of this column
    may take beside its text.
    """
    first, last, listed, coded = about[0], about[1], about[2] != 0, about[3] != 0
    tag, gap, leaf = about[4], about[5], about[6]
    cell, place, size = taken[CELLS], taken[TEXT], taken[SIZE]
    low = np.searchsorted(wanted, first)
    for owner in range(low, wanted.size):
        row = wanted[owner]
        if row >= last:
            break
        element = np.searchsorted(rows, row) if listed else row - first
        while not listed or (element < rows.size and rows[element] == row):
            code = codes[element] if coded else element
            element += 1
            if code >= 0 or code == EMPTY:
                begin = end = 0
                if code >= 0:
                    begin, end = ends[code] + gap, ends[code + 1]
                if cell >= cells.shape[0] or place + end - begin > out.size:
                    return False
                cells[cell, OWNER], cells[cell, LEAF] = owner, leaf
                cells[cell, TAG] = tag if code >= 0 else HOLLOW
                if tag == FALSE and code == 1:
                    cells[cell, TAG] = TRUE
                cells[cell, START], cells[cell, LENGTH] = place, end - begin
                cell += 1
                size += room + end - begin
                for at in range(begin, end):
                    byte = load8(text, at)
                    out[place] = byte
                    place += 1
                    if byte < SPACE:
                        size += 5
                    elif byte in (QUOTE, BACKSLASH):
                        size += 1
            if not listed:
                break
    taken[CELLS], taken[TEXT], taken[SIZE] = cell, place, size
    return True


@compiled
def by_owner(cells: Ints, order: Ints, begins: Ints) -> None:
    """Give ``order``: the cells by row, those of a row as they stand.

    ``begins``: room for one number more than there are rows.
    """
    begins[:] = 0
    for cell in range(order.size):
        begins[cells[cell, OWNER] + 1] += 1
    for row in range(1, begins.size):
        begins[row] += begins[row - 1]
    for cell in range(order.size):
        row = cells[cell, OWNER]
        order[begins[row]] = cell
        begins[row] += 1


@inlined
def _copy(text: Bytes, first: int, last: int, out: Bytes, at: int) -> int:
    for place in range(first, last):
        out[at] = load8(text, place)
        at += 1
    return at


@inlined
def _quoted(text: Bytes, first: int, last: int, out: Bytes, at: int) -> int:
    """Write a string; gives the place after it."""
    out[at] = QUOTE
    at += 1
    for place in range(first, last):
        byte = load8(text, place)
        if byte >= SPACE and byte not in (QUOTE, BACKSLASH):
            out[at] = byte
            at += 1
            continue
        out[at] = BACKSLASH
        if byte >= SPACE:
            out[at + 1] = byte
        elif SHORT[byte] != 0:
            out[at + 1] = SHORT[byte]
        else:
            out[at + 1], out[at + 2], out[at + 3] = LETTER_U, ZERO, ZERO
            out[at + 4], out[at + 5] = HEX[byte >> 4], HEX[byte & 15]
            at += 4
        at += 2
    out[at] = QUOTE
    return at + 1


@inlined
def _value(tag: int, text: Bytes, first: int, last: int, out: Bytes, at: int) -> int:
    if tag == STRING:
        return _quoted(text, first, last, out, at)
    if tag == TRUE:
        out[at], out[at + 1], out[at + 2], out[at + 3] = 0x74, 0x72, 0x75, 0x65
        return at + 4
    if tag == FALSE:
        out[at], out[at + 1], out[at + 2], out[at + 3] = 0x66, 0x61, 0x6C, 0x73
        out[at + 4] = 0x65
        return at + 5
    return _copy(text, first, last, out, at)


@compiled
def write(  # noqa: C901, PLR0912, PLR0915 - the way of a row, in line
    cells: Ints,
    order: Ints,
    text: Bytes,
    keys: Bytes,
    key_ends: Ints,
    path_ends: Ints,
    paths: Ints,
    listed: Bytes,
    out: Bytes,
    ends: Ints,
) -> int:
    """Write rows one after the other; gives how many bytes they take.

    ``order``: the cells by row, those of a row by column. ``keys``, ``key_ends``: the names with
    their colons, first of the columns and then of the structures. ``path_ends``, ``paths``: the
    structures that each column is in, from the outermost. ``ends``: where each row ends.
    """
    at, cell, columns = 0, 0, path_ends.size - 1
    held = np.empty(64, np.int64)
    for row in range(ends.size):
        out[at] = OPEN
        at += 1
        depth, comma = 0, False
        while cell < order.size and cells[order[cell], OWNER] == row:
            leaf = cells[order[cell], LEAF]
            first, inside = path_ends[leaf], path_ends[leaf + 1] - path_ends[leaf]
            common = 0
            while common < depth and common < inside and held[common] == paths[first + common]:
                common += 1
            while depth > common:
                out[at] = CLOSE
                at += 1
                depth -= 1
                comma = True
            while depth <= inside:
                key = columns + paths[first + depth] if depth < inside else leaf
                if comma:
                    out[at] = COMMA
                    at += 1
                at = _copy(keys, key_ends[key], key_ends[key + 1], out, at)
                if depth == inside:
                    break
                out[at] = OPEN
                at += 1
                held[depth] = paths[first + depth]
                depth += 1
                comma = False
            if listed[leaf]:
                out[at] = OPEN_LIST
                at += 1
            more = False
            while cell < order.size:
                here = order[cell]
                if cells[here, OWNER] != row or cells[here, LEAF] != leaf:
                    break
                cell += 1
                if cells[here, TAG] == HOLLOW:
                    continue
                if more:
                    out[at] = COMMA
                    at += 1
                more = True
                begin = cells[here, START]
                end = begin + cells[here, LENGTH]
                at = _value(cells[here, TAG], text, begin, end, out, at)
            if listed[leaf]:
                out[at] = CLOSE_LIST
                at += 1
            comma = True
        for _ in range(depth + 1):
            out[at] = CLOSE
            at += 1
        ends[row] = at
    return at
