"""Words of several columns put together as cells, row by row."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np

from tocsin.columns.cells import NO_TIME, Cells
from tocsin.columns.native import compiled
from tocsin.inputs.batch import buffer
from tocsin.inputs.framing import PADDING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

    from tocsin.columns.cells import Bytes
    from tocsin.inputs.arrow_leaves import Leaf
    from tocsin.inputs.arrow_words import Words

    Ints = npt.NDArray[np.int64]
    Shorts = npt.NDArray[np.int32]

SLOT, NEXT, LAST, WORDS, CODES, OWNERS = range(COLUMN := 6)
"""Of a column's record: its slot; the element that comes next and the one after the last; where its
words, its codes (-1: each element is a word) and the rows of its elements (-1: one each) begin."""


def gathered(
    size: int, columns: Sequence[Leaf], parts: Sequence[Words], slots: Sequence[int]
) -> Cells:
    """The cells of so many rows, without their times. ``parts``: the words of each column."""
    records = np.full((len(parts), COLUMN), -1, np.int64)
    records[:, SLOT], records[:, NEXT] = slots, 0
    records[:, LAST] = [len(column.array) for column in columns]
    records[:, WORDS] = _begins(len(part.tags) for part in parts)
    codes = _pooled(records[:, CODES], [part.codes for part in parts], np.int32)
    owners = _pooled(records[:, OWNERS], [column.rows for column in columns], np.int64)
    begins = _begins(len(part.text) for part in parts)
    text = buffer(sum(len(part.text) for part in parts) + PADDING)
    for begin, part in zip(begins, parts, strict=True):
        text[begin : begin + len(part.text)] = part.text
    text[len(text) - PADDING :] = 0
    starts = [part.starts + begin for begin, part in zip(begins, parts, strict=True)]
    found = _room(size, sum(len(column.array) - column.array.null_count for column in columns))
    total = gather(
        records,
        codes,
        owners,
        _joined([part.tags for part in parts], np.uint8),
        _joined(starts, np.int64),
        _joined([part.lengths for part in parts], np.int64),
        *found,
    )
    row_start, slot, tag, start, length = found
    return Cells(
        row_start,
        slot[:total],
        tag[:total],
        start[:total],
        length[:total],
        text,
        np.full(size, NO_TIME, np.int64),
        {},
    )


def _begins(lengths: Iterable[int]) -> list[int]:
    return list(accumulate(lengths, initial=0))[:-1]


def _joined(arrays: Sequence[npt.NDArray[Any]], kind: type[np.generic]) -> npt.NDArray[Any]:
    return np.concatenate([np.empty(0, kind), *arrays])


def _pooled(
    begins: Ints, arrays: Sequence[npt.NDArray[Any] | None], kind: type[np.generic]
) -> npt.NDArray[Any]:
    """All arrays as one; where each begins is written down."""
    there = [at for at, array in enumerate(arrays) if array is not None]
    kept = [array for array in arrays if array is not None]
    begins[there] = _begins(map(len, kept))
    return _joined(kept, kind)


def _room(rows: int, cells: int) -> tuple[Ints, Shorts, Bytes, Ints, Shorts]:
    """Row starts, slots, tags, starts and lengths in one block of memory."""
    lengths = [8 * (rows + 1), 4 * cells, cells, 8 * cells, 4 * cells]
    rounded = [(length + 63) // 64 * 64 for length in lengths]
    block = buffer(sum(rounded))
    kinds = (np.int64, np.int32, np.uint8, np.int64, np.int32)
    places: Any = zip(_begins(rounded), lengths, kinds, strict=True)
    row_start, slot, tag, start, length = (
        block[begin : begin + length].view(kind) for begin, length, kind in places
    )
    return row_start, slot, tag, start, length


@compiled
def gather(
    records: Ints,
    codes: Shorts,
    owners: Ints,
    tags: Bytes,
    starts: Ints,
    lengths: Ints,
    row_start: Ints,
    slot: Shorts,
    tag: Bytes,
    start: Ints,
    length: Shorts,
) -> int:
    """Write the cells of all rows; gives how many there are. The owners of a column rise."""
    cell = 0
    for row in range(row_start.size - 1):
        row_start[row] = cell
        for column in range(records.shape[0]):
            place, owner = records[column, NEXT], records[column, OWNERS]
            while place < records[column, LAST] and (owner < 0 or owners[owner + place] == row):
                code = place
                if records[column, CODES] >= 0:
                    code = codes[records[column, CODES] + place]
                known = records[column, WORDS] + code
                if code >= 0 and lengths[known] >= 0:
                    slot[cell] = records[column, SLOT]
                    tag[cell] = tags[known]
                    start[cell] = starts[known]
                    length[cell] = lengths[known]
                    cell += 1
                place += 1
                if owner < 0:
                    break
            records[column, NEXT] = place
    row_start[row_start.size - 1] = cell
    return cell
