"""JSON objects to cells: what every reader of JSON calls for each batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tocsin.columns.cells import NO_TIME, Cells, FieldSet
from tocsin.columns.kernel import Room, scan_rows
from tocsin.columns.pool import Pool
from tocsin.columns.problem import DEEPEST, FINE, reason
from tocsin.columns.trie import FALLBACK, Trie, trie_of
from tocsin.columns.vector import WIDTH
from tocsin.schema.values import event_time

if TYPE_CHECKING:
    import numpy.typing as npt

    from tocsin.columns.cells import Bytes

    Ints = npt.NDArray[np.int64]

PADDING = WIDTH
"""Zero bytes at the end of the data that belong to no event."""

SPARE = 3 * WIDTH
"""What stands behind the text: two stores that go too far, and bytes for whoever reads words."""

POOL = Pool()


def scan(data: Bytes, starts: Ints, ends: Ints, fields: FieldSet) -> Cells:
    """The cells of the events ``data[starts[i]:ends[i]]``, and which of them are no events.

    Parameters
    ----------
    data
        One JSON object in each span, and nothing else but white space. The last `PADDING` bytes are
        zeros and in no span; if they are not, the data are copied.
    starts, ends
        int64[n]; a span is shorter than 2 GiB.
    fields
        What is wanted. Which spans are rejected does not depend on it.

    Raises
    ------
    ValueError
        If a span does not lie within the data.
    """
    if not len(starts):
        return _none()
    starts, ends = _fixed(starts, np.int64), _fixed(ends, np.int64)
    data = _padded(data, starts, ends)
    cells, doubts = _read(data, starts, ends, trie_of(fields), fields.nanoseconds)
    fine = doubts[:, 1] == FINE
    for row, problem, place in doubts[~fine].tolist():
        cells.rejected[row] = reason(problem, place)
    if fine.any():
        rows = doubts[fine, 0]
        cells.time[rows] = _times(data, starts[rows], ends[rows], fields)
    return cells


def _read(
    data: Bytes, starts: Ints, ends: Ints, trie: Trie, nanoseconds: bool
) -> tuple[Cells, Ints]:
    """Cells, and what the kernel leaves to us (`Room.doubts`)."""
    total, longest = int((ends - starts).sum()), int((ends - starts).max())
    # A cell to twelve bytes is more than events have; what has more gets all it can need.
    for count in (total // 12 + longest // 2 + 64, total // 2 + len(starts)):
        room = _room(len(starts), count, total)
        rows, cells, used, noted = scan_rows(data, starts, ends, nanoseconds, trie, room)
        if rows == len(starts):
            break
    found = Cells(
        room.row_start,
        room.slot[:cells],
        room.tag[:cells],
        room.start[:cells],
        room.length[:cells],
        room.text[: used + WIDTH],
        room.time,
        {},
    )
    return found, room.doubts[:noted]


def _none() -> Cells:
    number, small, whole = np.empty(0, np.int64), np.empty(0, np.int32), np.zeros(1, np.int64)
    text = np.zeros(WIDTH, np.uint8)
    return Cells(whole, small, text[:0], number, small, text, number, {})


def _fixed(array: npt.NDArray[Any], kind: type[np.generic]) -> npt.NDArray[Any]:
    """The array as the kernel was compiled for it: not writable, in one piece, aligned."""
    view = np.require(array, kind, ["C", "A"]).view()
    view.flags.writeable = False
    return view


def _padded(data: Bytes, starts: Ints, ends: Ints) -> Bytes:
    if starts.shape != ends.shape or starts.min() < 0 or (ends < starts).any():
        raise ValueError("spans begin within the data and end after that")
    if ends.max() > data.size or (ends - starts).max() >= 1 << 31:
        raise ValueError("spans end within the data and are shorter than 2 GiB")
    if ends.max() + PADDING > data.size or data[-PADDING:].any():
        data = np.concatenate([data, np.zeros(PADDING, np.uint8)])
    return _fixed(data, np.uint8)


def _room(rows: int, cells: int, size: int) -> Room:
    """Arrays for so many rows, cells and bytes of text, side by side in one block of memory."""
    wanted = (
        (np.int64, rows + 1),
        (np.int32, cells),
        (np.uint8, cells),
        (np.int64, cells),
        (np.int32, cells),
        (np.uint8, size + SPARE),
        (np.int64, rows),
        (np.int64, 3 * rows),
        (np.int64, DEEPEST),
        (np.int64, 3),
    )
    lengths = [np.dtype(kind).itemsize * count for kind, count in wanted]
    places = np.cumsum([0, *((length + 63) // 64 * 64 for length in lengths)])
    block = POOL.block(int(places[-1]))
    made = [
        np.frombuffer(block, kind, count, offset=int(place))
        for (kind, count), place in zip(wanted, places[:-1], strict=True)
    ]
    made[0][0] = 0
    made[7] = made[7].reshape(rows, 3)
    return Room(*made)


def _times(data: Bytes, starts: Ints, ends: Ints, fields: FieldSet) -> list[int]:
    """The times of events as `tocsin.schema.values` reads them: the first that can be read."""
    names = (fields.timestamp, FALLBACK.decode())
    starts, ends = _fixed(starts, np.int64), _fixed(ends, np.int64)
    sources, _ = _read(data, starts, ends, trie_of(FieldSet(names), timed=False), False)
    found = []
    for row in range(len(starts)):
        values = [value for slot in range(len(names)) for value in sources.values(row, slot)]
        times = (event_time(value, nanoseconds=fields.nanoseconds) for value in values)
        found.append(next((time for time in times if time is not None), NO_TIME))
    return found
