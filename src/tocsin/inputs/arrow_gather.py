"""Words of several columns put together as cells, row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tocsin.columns.cells import FALSE, NO_TIME, TRUE, Cells
from tocsin.columns.native import compiled, inlined
from tocsin.inputs.segment import (
    CODES,
    FIRST,
    GAP,
    LAST,
    NEXT,
    OWNERS,
    SLOT,
    TAG,
    TEXT,
    WORDS,
    Segment,
    carved,
    joined,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from tocsin.columns.cells import Bytes

    Ints = npt.NDArray[np.int64]
    Shorts = npt.NDArray[np.int32]


WAY, BASE, CODE_AT, NUMBER, KIND, WORD, BEFORE, TEXT_AT = range(ACTIVE := 8)
"""Of a segment that may have elements of a row: a way of those below; the row of its element 0,
of lists the segment's number; where its codes begin, as if row 0 (of lists: element 0) had the
first; what else stands in its record."""

CODED, OWN, LISTED = range(3)
"""Each row has an element with a code, with a word of its own, or a list."""


def gathered(begin: int, end: int, parts: Sequence[tuple[int, Segment]]) -> Cells:
    """The cells of these rows, without their times. ``parts``: segments with their slots."""
    whole = joined([segment for _, segment in parts], begin, end)
    whole.records[:, SLOT] = [slot for slot, _ in parts]
    cells = counted(whole.records, whole.codes)
    row_start, slot, tag, start, length = carved(
        (np.int64, end - begin + 1),
        (np.int32, cells),
        (np.uint8, cells),
        (np.int64, cells),
        (np.int32, cells),
    )
    total = gather(*whole[:4], row_start, slot, tag, start, length)
    return Cells(
        row_start,
        slot[:total],
        tag[:total],
        start[:total],
        length[:total],
        whole.text,
        np.full(end - begin, NO_TIME, np.int64),
        {},
    )


@compiled
def counted(records: Ints, codes: Shorts) -> int:
    """How many cells there are in all."""
    count = 0
    for element in range(codes.size):
        count += codes[element] >= 0
    for record in range(records.shape[0]):
        if records[record, CODES] < 0:
            count += records[record, LAST]
    return count


@compiled
def gather(
    records: Ints,
    codes: Shorts,
    owners: Ints,
    ends: Ints,
    row_start: Ints,
    slot: Shorts,
    tag: Bytes,
    start: Ints,
    length: Shorts,
) -> int:
    """Write the cells of all rows; gives how many there are.

    Row by row, so that cells are written one after the other. Between rows where a segment begins
    or ends each has one element a row, or a list: these are put down once.
    """
    rows, cell, row = row_start.size - 1, 0, 0
    active = np.empty((records.shape[0], ACTIVE), np.int64)
    while row < rows:
        count, until = _present(records, row, rows, active)
        while row < until:
            row_start[row] = cell
            for one in range(count):
                way, code_at = active[one, WAY], active[one, CODE_AT]
                if way != LISTED:
                    code = codes[code_at + row] if way == CODED else row - active[one, BASE]
                    if code >= 0:
                        _write(active, one, code, ends, slot, tag, start, length, cell)
                        cell += 1
                    continue
                record = active[one, BASE]
                element, last = records[record, NEXT], records[record, LAST]
                owner_at = records[record, OWNERS]
                while element < last and owners[owner_at + element] <= row:
                    code = codes[code_at + element] if code_at >= 0 else element
                    element += 1
                    if code >= 0:
                        _write(active, one, code, ends, slot, tag, start, length, cell)
                        cell += 1
                records[record, NEXT] = element
            row += 1
    row_start[rows] = cell
    return cell


@inlined
def _write(
    active: Ints,
    one: int,
    code: int,
    ends: Ints,
    slot: Shorts,
    tag: Bytes,
    start: Ints,
    length: Shorts,
    cell: int,
) -> None:
    """Write a cell."""
    kind, word = active[one, KIND], active[one, WORD] + code
    low = ends[word] + active[one, BEFORE]
    slot[cell] = active[one, NUMBER]
    tag[cell] = TRUE if kind == FALSE and code == 1 else kind
    start[cell] = active[one, TEXT_AT] + low
    length[cell] = ends[word + 1] - low


@inlined
def _present(records: Ints, row: int, rows: int, active: Ints) -> tuple[int, int]:
    """The segments that have elements of a row, or may have some later: how many there are.

    Also the row before which they stay the same.
    """
    count, until = 0, rows
    for record in range(records.shape[0]):
        first, last = records[record, FIRST], records[record, LAST]
        listed = records[record, OWNERS] >= 0
        if not listed:
            if first > row:
                until = min(until, first)
            if first > row or first + last <= row:
                continue
            until = min(until, first + last)
        elif records[record, NEXT] >= last:
            continue
        code_at = records[record, CODES]
        active[count, WAY] = LISTED if listed else CODED if code_at >= 0 else OWN
        active[count, BASE] = record if listed else first
        active[count, CODE_AT] = code_at if listed else code_at - first
        active[count, NUMBER] = records[record, SLOT]
        active[count, KIND] = records[record, TAG]
        active[count, WORD] = records[record, WORDS]
        active[count, BEFORE] = records[record, GAP]
        active[count, TEXT_AT] = records[record, TEXT]
        count += 1
    return count, until
