"""Words of several columns put together as cells, row by row."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np

from tocsin.columns.cells import FALSE, NO_TIME, TRUE, Cells
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

SLOT, TAG, NEXT, LAST, CODES, OWNERS, WORDS, THERE, TEXT = range(COLUMN := 9)
"""Of a column's record: its slot and its words' tag; the element that comes next and the one after
the last; where its codes, the rows of its elements, the ends of its words, and which of them are
there begin (-1: none are needed); what to add to an end to have its place in the whole text."""


def gathered(
    size: int, columns: Sequence[Leaf], parts: Sequence[Words], slots: Sequence[int]
) -> Cells:
    """The cells of so many rows, without their times. ``parts``: the words of each column."""
    records = np.full((len(parts), COLUMN), -1, np.int64)
    records[:, SLOT], records[:, NEXT] = slots, 0
    records[:, TAG] = [part.tag for part in parts]
    records[:, LAST] = [len(column.array) for column in columns]
    codes, owners, ends, there = _joined(
        (records[:, CODES], np.int32, [part.codes for part in parts]),
        (records[:, OWNERS], np.int64, [column.rows for column in columns]),
        (records[:, WORDS], np.int64, [part.ends for part in parts]),
        (records[:, THERE], np.uint8, [part.there for part in parts]),
    )
    texts = [part.text[part.ends[0] : part.ends[-1]] for part in parts]
    places = zip(_begins(map(len, texts)), parts, strict=True)
    records[:, TEXT] = [begin - int(part.ends[0]) for begin, part in places]
    cells = sum(len(column.array) - column.array.null_count for column in columns)
    row_start, slot, tag, start, length, text = _carved(
        (np.int64, size + 1),
        (np.int32, cells),
        (np.uint8, cells),
        (np.int64, cells),
        (np.int32, cells),
        (np.uint8, sum(map(len, texts)) + PADDING),
    )
    np.concatenate([*texts, np.zeros(PADDING, np.uint8)], out=text)
    total = gather(records, codes, owners, ends, there, row_start, slot, tag, start, length)
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


def _joined(
    *asked: tuple[Ints, type[np.generic], Sequence[npt.NDArray[Any] | None]],
) -> list[npt.NDArray[Any]]:
    """Each sequence of arrays as one; where its arrays begin is written down."""
    made = _carved(
        *(
            (kind, sum(len(array) for array in arrays if array is not None))
            for _, kind, arrays in asked
        )
    )
    for room, (begins, _, arrays) in zip(made, asked, strict=True):
        there = [at for at, array in enumerate(arrays) if array is not None]
        kept = [array for array in arrays if array is not None]
        begins[there] = _begins(map(len, kept))
        if kept:
            np.concatenate(kept, out=room)
    return made


def _carved(*shapes: tuple[type[np.generic], int]) -> list[npt.NDArray[Any]]:
    """Arrays of these kinds and lengths, side by side in one block of memory."""
    sizes = [np.dtype(kind).itemsize * count for kind, count in shapes]
    begins = _begins((size + 63) // 64 * 64 for size in sizes)
    block = buffer(begins[-1] + sizes[-1])
    return [
        block[begin : begin + size].view(kind)
        for begin, size, (kind, _) in zip(begins, sizes, shapes, strict=True)
    ]


@compiled
def gather(
    records: Ints,
    codes: Shorts,
    owners: Ints,
    ends: Ints,
    there: Bytes,
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
                place += 1
                if code >= 0 and (
                    records[column, THERE] < 0 or there[records[column, THERE] + code] != 0
                ):
                    slot[cell] = records[column, SLOT]
                    kind = records[column, TAG]
                    tag[cell] = TRUE if kind == FALSE and code == 1 else kind
                    end = records[column, WORDS] + code
                    start[cell] = records[column, TEXT] + ends[end]
                    length[cell] = ends[end + 1] - ends[end]
                    cell += 1
                if owner < 0:
                    break
            records[column, NEXT] = place
    row_start[row_start.size - 1] = cell
    return cell
