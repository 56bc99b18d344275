"""Words of several columns put together as cells, row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tocsin.columns.cells import FALSE, NO_TIME, TRUE, Cells
from tocsin.columns.native import compiled
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


def gathered(begin: int, end: int, parts: Sequence[tuple[int, Segment]]) -> Cells:
    """The cells of these rows, without their times. ``parts``: segments with their slots."""
    whole = joined([segment for _, segment in parts], begin, end)
    whole.records[:, SLOT] = [slot for slot, _ in parts]
    cells = whole.most
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
    """Write the cells of all rows; gives how many there are."""
    cell = 0
    for row in range(row_start.size - 1):
        row_start[row] = cell
        for record in range(records.shape[0]):
            place, owner = records[record, NEXT], records[record, OWNERS]
            if owner < 0 and row < records[record, FIRST]:
                continue
            while place < records[record, LAST] and (owner < 0 or owners[owner + place] == row):
                code = place
                if records[record, CODES] >= 0:
                    code = codes[records[record, CODES] + place]
                place += 1
                if code >= 0:
                    kind = records[record, TAG]
                    slot[cell] = records[record, SLOT]
                    tag[cell] = TRUE if kind == FALSE and code == 1 else kind
                    end = records[record, WORDS] + code
                    begin = ends[end] + records[record, GAP]
                    start[cell] = records[record, TEXT] + begin
                    length[cell] = ends[end + 1] - begin
                    cell += 1
                if owner < 0:
                    break
            records[record, NEXT] = place
    row_start[row_start.size - 1] = cell
    return cell
