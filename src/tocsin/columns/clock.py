"""Times of events out of cells: for events that did not come as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tocsin.columns.cells import NO_TIME, NUMBER, STRING, Cells
from tocsin.columns.moment import UNCLEAR, count, moment
from tocsin.columns.native import compiled
from tocsin.schema.values import event_time

if TYPE_CHECKING:
    import numpy.typing as npt

    from tocsin.columns.cells import Bytes

    Ints = npt.NDArray[np.int64]


def times_of(cells: Cells, nanoseconds: bool) -> Ints:
    """The first value of each row that is a time, as the scanner reads it; NO_TIME if none is.

    ``cells.text`` has 64 bytes behind the last value.
    """
    rows = len(cells.row_start) - 1
    times, doubts = np.full(rows, NO_TIME, np.int64), np.zeros(rows, np.bool_)
    first_times(
        cells.row_start,
        cells.tag,
        cells.start,
        cells.length,
        cells.text,
        nanoseconds,
        times,
        doubts,
    )
    for row in np.flatnonzero(doubts).tolist():
        values = map(cells.value, range(*cells.row_start[row : row + 2].tolist()))
        found = (event_time(value, nanoseconds=nanoseconds) for value in values)
        times[row] = next((time for time in found if time is not None), NO_TIME)
    return times


@compiled
def first_times(
    row_start: Ints,
    tag: Bytes,
    start: Ints,
    length: npt.NDArray[np.int32],
    text: Bytes,
    nanoseconds: bool,
    times: Ints,
    doubts: npt.NDArray[np.bool_],
) -> None:
    """Read the rows' times; a row whose first value is written oddly is left in doubt."""
    for row in range(times.size):
        for cell in range(row_start[row], row_start[row + 1]):
            begin, end = start[cell], start[cell] + length[cell]
            if tag[cell] == STRING:
                times[row] = moment(text, begin, end, nanoseconds)
            elif tag[cell] == NUMBER:
                times[row] = count(text, begin, end, nanoseconds)
            else:
                continue
            doubts[row] = times[row] == UNCLEAR
            break
