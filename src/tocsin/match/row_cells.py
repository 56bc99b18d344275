"""The cells of rows as kernels read them."""

from __future__ import annotations

from typing import NamedTuple

from tocsin.columns.cells import Bytes
from tocsin.columns.native import inlined
from tocsin.match.hashing import Words
from tocsin.plan.tables import Int32s

STRING, TRUE, FALSE = 0, 2, 3
"""As in `columns.cells`."""

NO_ROUTE = -1
"""The route of a row that is no event."""


class Batch(NamedTuple):
    """The arrays of `Cells`, and each row's route."""

    row_start: Words
    slot: Int32s
    tag: Bytes
    start: Words
    length: Int32s
    text: Bytes
    route: Int32s


@inlined
def span(batch: Batch, cell: int) -> tuple[int, int]:
    """Where a cell's text stands; the texts of booleans stand in ``codes``."""
    tag = batch.tag[cell]
    if tag == TRUE:
        return 0, 4
    if tag == FALSE:
        return 4, 9
    return batch.start[cell], batch.start[cell] + batch.length[cell]
