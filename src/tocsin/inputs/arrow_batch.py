"""A batch of rows of a Parquet file: columns that rules need as cells, an alert's row whole.

The place of an event is its row number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tocsin.columns.cells import Cells, FieldSet, Place
from tocsin.inputs.arrow_cells import arrow_columns, cells_of, needed
from tocsin.inputs.arrow_row import Rows
from tocsin.inputs.arrow_rows import elements, events
from tocsin.inputs.batch import Identities, identity_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tocsin.inputs.arrow_groups import Columns
    from tocsin.inputs.parquet import ParquetSource
    from tocsin.inputs.piece import Piece

INDEX, ID = "_index", "_id"

AHEAD = 1024
"""The most rows that are made JSON together for somebody who asks for one after the other."""


class ArrowBatch:
    """Consecutive rows of a Parquet file (`tocsin.columns.cells.Batch`)."""

    __slots__ = (
        "_begin",
        "_fields",
        "_file",
        "_identities",
        "_names",
        "_others",
        "_piece",
        "_ready",
        "_rows",
        "_size",
        "_source",
        "first",
    )

    def __init__(
        self,
        piece: Piece,
        source: int,
        names: Sequence[str],
        file: ParquetSource,
        fields: FieldSet | None,
        others: Columns | None,
        first: int = 0,
        span: tuple[int, int] | None = None,
    ) -> None:
        self._piece = piece
        self._begin, self._size = span or (piece.begin, piece.size)
        self._source = source
        self._names = names
        self._file = file
        self._fields = fields
        self._others = others
        self._identities: Identities | None = None
        self._rows: Rows | None = None
        self._ready: tuple[int, list[bytes]] = (0, [])
        self.first = first

    def __len__(self) -> int:
        return self._size

    def cells(self, fields: FieldSet) -> Cells:
        """The values of these fields, all rows. Quick for fields that the file was read for."""
        if self._fields is not None and not needed(fields).names <= needed(self._fields).names:
            columns = arrow_columns(self._file.wider(self._begin, len(self)), needed(fields))
            return cells_of(columns, fields, self._begin, self._begin + len(self))
        return self._piece.cells(fields, self._begin - self._piece.begin, len(self))

    @property
    def _batch(self) -> pa.RecordBatch | None:
        """The columns that Arrow read."""
        batch = self._piece.batch
        if batch is None:
            return None
        return batch.slice(self._begin - self._piece.begin, len(self))

    def event(self, row: int) -> bytes:
        """The whole row as a JSON object."""
        begin, ready = self._ready
        end = begin + len(ready)
        if begin <= row < end:
            return ready[row - begin]
        if row != end:
            return self._one(row)
        ready = self._made(range(row, min(row + max(2 * len(ready), 1), row + AHEAD, len(self))))
        self._ready = row, ready
        return ready[0]

    def _one(self, row: int) -> bytes:
        try:
            if self._rows is None:
                self._rows = Rows(self._file.wider(self._begin, len(self)))
        except (pa.ArrowException, OSError):
            return self._made([row])[0]
        return self._rows.event(row)

    def events(self, rows: Sequence[int]) -> Iterator[bytes]:
        """Some rows as JSON objects, all of their columns; if those are damaged, what was read."""
        for at in range(0, len(rows), AHEAD):
            yield from self._made(rows[at : at + AHEAD])

    def _made(self, rows: Sequence[int]) -> list[bytes]:
        if not rows:
            return []
        numbers = [self._begin + row for row in rows]
        unlike = sorted(set(numbers))
        if (written := self._file.written(self._piece, unlike)) is not None:
            if unlike == numbers:
                return written
            by_number = dict(zip(unlike, written, strict=True))
            return [by_number[number] for number in numbers]
        batch = self._batch
        try:
            if self._piece.pages or batch is None:
                parts = [self._file.wider(self._begin, len(self))]
            else:
                parts = self._file.complete(batch, self._begin, self._others)
        except (pa.ArrowException, OSError) as error:
            self._file.trouble = str(error)
            if self._piece.pages and self._fields is not None:
                batch = self._file.some(self._fields, self._begin, len(self))
            return [] if batch is None else events(batch.schema, [batch], rows)
        return events(self._file.schema, parts, rows)

    @property
    def named(self) -> bool:
        """Whether there is a column ``_index`` or ``_id``."""
        batch = self._piece.batch
        return batch is not None and not {INDEX, ID}.isdisjoint(batch.schema.names)

    def identity(self, row: int) -> tuple[str, str] | None:
        """The columns ``_index`` and ``_id``, if there are any; one that is missing is empty."""
        if not self.named:
            return None
        if self._identities is None:
            self._identities = self._texts(INDEX), self._texts(ID)
        return identity_at(self._identities, row)

    def _texts(self, column: str) -> list[str]:
        batch = self._batch
        if batch is None or column not in batch.schema.names:
            return [""] * len(self)
        values = elements(batch.column(batch.schema.names.index(column)))
        return [value if isinstance(value, str) else "" for value in values]

    @property
    def sources(self) -> npt.NDArray[np.int32]:
        """The input's number, for each row."""
        return np.full(len(self), self._source, np.int32)

    @property
    def offsets(self) -> npt.NDArray[np.int64]:
        """The numbers of all rows, as `place` gives them."""
        return np.arange(self._begin, self._begin + len(self), dtype=np.int64)

    def place(self, row: int) -> Place:
        """The number of the row."""
        return Place(self._source, self._begin + row)

    def line(self, row: int) -> tuple[str, int]:
        """File, and the row's number from 1."""
        return self._names[self._source], self._begin + row + 1

    def part(self, begin: int, end: int) -> ArrowBatch:
        """The rows from `begin` to before `end`."""
        return ArrowBatch(
            self._piece,
            self._source,
            self._names,
            self._file,
            self._fields,
            self._others,
            self.first + begin,
            (self._begin + begin, end - begin),
        )
