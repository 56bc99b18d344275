"""Rows of a Parquet file that were read together."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from tocsin.columns.cells import Cells, FieldSet
from tocsin.inputs.arrow_cells import Column, arrow_columns, cells_of, needed

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa


class Piece:
    """Consecutive rows, with the columns that were asked for.

    Attributes
    ----------
    begin, size
        The first row's number, and how many there are.
    batch
        The columns that Arrow read; None: there are none.
    pages
        Those that were read page by page.
    """

    def __init__(
        self, begin: int, size: int, batch: pa.RecordBatch | None, pages: Sequence[Column] = ()
    ) -> None:
        self.begin = begin
        self.size = size
        self.batch = batch
        self.pages = pages
        self._cells: tuple[FieldSet, Cells] | None = None
        self._lock = Lock()

    def cells(self, fields: FieldSet, begin: int, size: int) -> Cells:
        """The cells of some of the rows, counted from the piece's first."""
        if size == self.size:
            return self._made(fields)
        with self._lock:
            if self._cells is None or self._cells[0] is not fields:
                self._cells = fields, self._made(fields)
            whole = self._cells[1]
        starts = whole.row_start[begin : begin + size + 1]
        some = slice(int(starts[0]), int(starts[-1]))
        return Cells(
            starts - starts[0],
            whole.slot[some],
            whole.tag[some],
            whole.start[some],
            whole.length[some],
            whole.text,
            whole.time[begin : begin + size],
            {},
        )

    def _made(self, fields: FieldSet) -> Cells:
        known = {column.name for column in self.pages}
        others = arrow_columns(self.batch, needed(fields))
        columns = [*self.pages, *(column for column in others if column.name not in known)]
        return cells_of(columns, fields, self.begin, self.begin + self.size)
