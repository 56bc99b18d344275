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


BLOCK = 256
"""Rows whose cells are written together."""


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

    Segment by segment for some rows at a time, so that a row's cells are still close at hand when
    the next segment adds to them.
    """
    rows, cell = row_start.size - 1, 0
    place = np.empty(BLOCK, np.int64)
    for begin in range(0, rows, BLOCK):
        end = min(begin + BLOCK, rows)
        place[:] = 0
        for record in range(records.shape[0]):
            first, last = _elements(records, owners, record, end)
            code_at, owner_at = records[record, CODES], records[record, OWNERS]
            base = records[record, FIRST] - begin
            for element in range(first, last):
                if code_at < 0 or codes[code_at + element] >= 0:
                    row = base + element if owner_at < 0 else owners[owner_at + element] - begin
                    place[row] += 1
        for row in range(begin, end):
            count = place[row - begin]
            row_start[row] = place[row - begin] = cell
            cell += count
        for record in range(records.shape[0]):
            first, last = _elements(records, owners, record, end)
            code_at, owner_at = records[record, CODES], records[record, OWNERS]
            base = records[record, FIRST] - begin
            kind, number = records[record, TAG], records[record, SLOT]
            word, gap, text = records[record, WORDS], records[record, GAP], records[record, TEXT]
            for element in range(first, last):
                code = codes[code_at + element] if code_at >= 0 else element
                if code < 0:
                    continue
                row = base + element if owner_at < 0 else owners[owner_at + element] - begin
                at = place[row]
                place[row] = at + 1
                slot[at] = number
                tag[at] = TRUE if kind == FALSE and code == 1 else kind
                low = ends[word + code] + gap
                start[at] = text + low
                length[at] = ends[word + code + 1] - low
            records[record, NEXT] = last
    row_start[rows] = cell
    return cell


@inlined
def _elements(records: Ints, owners: Ints, record: int, end: int) -> tuple[int, int]:
    """The elements of a segment that come next, before a row: the first, the one after the last."""
    first, size = records[record, NEXT], records[record, LAST]
    owner = records[record, OWNERS]
    if owner < 0:
        last = min(size, end - records[record, FIRST])
        return min(first, size), max(last, first)
    last = first
    while last < size and owners[owner + last] < end:
        last += 1
    return first, last
