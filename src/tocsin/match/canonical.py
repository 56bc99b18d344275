"""Cells as kernels take them: read-only arrays, and numbers in their canonical text.

A number compares with text as Java writes it. Integers are written so already; the few that are not
(``1.50``, ``1e3``, ``-0``) get a text of their own behind the batch's.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from tocsin.columns.cells import NUMBER, Bytes, Cells
from tocsin.columns.native import lean, load8
from tocsin.match.hashing import Words
from tocsin.plan.tables import TEXTS, Int32s
from tocsin.schema.values import text_of

Views: TypeAlias = tuple[Words, Int32s, Bytes, Words, Int32s, Bytes]
"""Row starts, slots, tags, starts, lengths, text."""


def locked(array: Bytes) -> Bytes:
    """A read-only view."""
    view = array.view()
    view.flags.writeable = False
    return view


def views(cells: Cells) -> Views:
    """The arrays of cells, read-only: kernels are compiled for just one kind of array."""
    found = (
        cells.row_start.view(),
        cells.slot.view(),
        cells.tag.view(),
        cells.start.view(),
        cells.length.view(),
        cells.text.view(),
    )
    for array in found:
        array.flags.writeable = False
    return found


def canonical(cells: Cells, flags: Int32s) -> Views:
    """The arrays of cells with numbers in canonical text, where a field's ``flags`` say `TEXTS`."""
    found = views(cells)
    row_start, slot, tag, start, length, text = found
    odd = np.empty(16, dtype=np.int64)
    count = _odd_numbers(slot, tag, start, length, text, flags, odd)
    if count == 0:
        return found
    if count > len(odd):
        odd = np.empty(count, dtype=np.int64)
        _odd_numbers(slot, tag, start, length, text, flags, odd)
    written = [text_of(cells.value(cell)).encode() for cell in odd[:count].tolist()]
    ends = np.cumsum([len(text), *map(len, written)])
    start, length = start.copy(), length.copy()
    start[odd[:count]] = ends[:-1]
    length[odd[:count]] = np.diff(ends)
    text = np.concatenate((text, np.frombuffer(b"".join(written), dtype=np.uint8)))
    for array in (start, length, text):
        array.flags.writeable = False
    return row_start, slot, tag, start, length, text


@lean
def _odd_numbers(
    slot: Int32s, tag: Bytes, start: Words, length: Int32s, text: Bytes, flags: Int32s, odd: Words
) -> int:
    """How many numbers are not written canonically; the first of them, as many as ``odd`` holds."""
    count = 0
    for cell in range(slot.size):
        if tag[cell] != NUMBER or flags[slot[cell]] & TEXTS == 0:
            continue
        first, end = start[cell], start[cell] + length[cell]
        plain = not (
            length[cell] == 2 and load8(text, first) == 45 and load8(text, first + 1) == 48
        )
        for place in range(first, end):
            byte = load8(text, place)
            if byte == 46 or byte | 32 == 101:
                plain = False
        if not plain:
            if count < odd.size:
                odd[count] = cell
            count += 1
    return count
