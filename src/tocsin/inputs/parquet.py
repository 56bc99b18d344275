"""Reads Parquet: only the columns that rules need become cells; an alert reads its row whole.

The place of an event is its row number.
"""

from __future__ import annotations

from itertools import islice, takewhile
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from tocsin.columns.cells import Cells, FieldSet, Place
from tocsin.inputs.arrow_cells import arrow_cells, needed
from tocsin.inputs.arrow_groups import Columns
from tocsin.inputs.arrow_leaves import Wanted, has_doubles, projection
from tocsin.inputs.arrow_row import Rows
from tocsin.inputs.arrow_rows import events
from tocsin.inputs.batch import BYTES, ROWS, Identities, identity_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

INDEX, ID = "_index", "_id"

MOST_ROWS = 2 * ROWS
"""The most rows that are read at once."""

AHEAD = 256
"""The most rows that are made JSON together for somebody who asks for one after the other."""


class ParquetSource:
    """One Parquet file.

    Parameters
    ----------
    file
        The file, which can seek, or what opens it; it is opened again if it was closed meanwhile.

    Attributes
    ----------
    trouble
        Why the other columns of a row could not be read; such events have but what rules need.

    Raises
    ------
    pyarrow.ArrowException, OSError
        The file is damaged, encrypted or no Parquet file.
    """

    def __init__(self, file: BinaryIO | Callable[[], BinaryIO]) -> None:
        self._open = file if callable(file) else lambda: file
        self._metadata = (plain := pq.ParquetFile(self._open())).metadata
        self.schema: pa.Schema = plain.schema_arrow
        self.rows: int = self._metadata.num_rows
        groups = range(self._metadata.num_row_groups)
        self.bytes = sum(self._metadata.row_group(at).total_byte_size for at in groups)
        self.trouble: str | None = None
        self._doubles = has_doubles(self.schema)
        self._most = max(1, min(MOST_ROWS, 2 * BYTES * self.rows // max(self.bytes, 1)))
        self._whole = self._columns(None)
        self._others: Columns | None = None

    def _columns(self, names: Sequence[str] | None) -> Columns:
        return Columns(self._open, self._metadata, names, self._most)

    def batches(
        self, source: int, names: Sequence[str], fields: FieldSet | None
    ) -> Iterator[ArrowBatch]:
        """All rows, of the columns for these fields (None: of all columns)."""
        columns, self._others = None, None
        if fields is not None:
            columns = projection(self.schema, _with_identity(needed(fields)))
            rest = set(projection(self.schema, None)).difference(columns)
            self._others = self._whole if self._doubles else self._columns(sorted(rest))
        for begin, piece in self._columns(columns).pieces():
            yield ArrowBatch(piece, begin, source, names, self, fields, self._others)

    def complete(
        self, batch: pa.RecordBatch, begin: int, others: Columns | None
    ) -> list[pa.RecordBatch]:
        """Parts of a batch of rows that have all columns together."""
        if others is None:
            return [batch]
        more = others.rows(begin, batch.num_rows)
        return [more] if self._doubles else [batch, more]

    def release(self) -> None:
        """Forget what was read last."""
        self._whole.release()
        if self._others is not None:
            self._others.release()

    def events(self, numbers: Sequence[int]) -> Iterator[bytes]:
        """Rows as JSON objects, by their numbers; cheap if these rise.

        Raises
        ------
        pyarrow.ArrowException, OSError
            The file is damaged here.
        """
        at = 0
        while at < len(numbers):
            first, piece = self._whole.piece(numbers[at])
            some = range(first, first + piece.num_rows)
            near = takewhile(some.__contains__, islice(numbers, at, at + AHEAD))
            rows = [number - first for number in near]
            yield from events(self.schema, [piece], rows)
            at += len(rows)

    def wider(self, begin: int, size: int) -> pa.RecordBatch:
        """These rows with all columns."""
        return self._whole.rows(begin, size)


def _with_identity(wanted: Wanted) -> Wanted:
    return Wanted((*wanted.names, INDEX, ID))


class ArrowBatch:
    """Consecutive rows of a Parquet file (`tocsin.columns.cells.Batch`)."""

    __slots__ = (
        "_batch",
        "_begin",
        "_fields",
        "_file",
        "_identities",
        "_names",
        "_others",
        "_ready",
        "_rows",
        "_source",
        "first",
    )

    def __init__(
        self,
        batch: pa.RecordBatch,
        begin: int,
        source: int,
        names: Sequence[str],
        file: ParquetSource,
        fields: FieldSet | None,
        others: Columns | None,
        first: int = 0,
    ) -> None:
        self._batch = batch
        self._begin = begin
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
        return int(self._batch.num_rows)

    def cells(self, fields: FieldSet) -> Cells:
        """The values of these fields, all rows. Quick for fields that the file was read for."""
        batch = self._batch
        if self._fields is not None and not needed(fields).names <= needed(self._fields).names:
            batch = self._file.wider(self._begin, len(self))
        return arrow_cells(batch, fields)

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
        try:
            parts = self._file.complete(self._batch, self._begin, self._others)
        except (pa.ArrowException, OSError) as error:
            self._file.trouble = str(error)
            return events(self._batch.schema, [self._batch], rows)
        return events(self._file.schema, parts, rows)

    @property
    def named(self) -> bool:
        """Whether there is a column ``_index`` or ``_id``."""
        return not {INDEX, ID}.isdisjoint(self._batch.schema.names)

    def identity(self, row: int) -> tuple[str, str] | None:
        """The columns ``_index`` and ``_id``, if there are any; one that is missing is empty."""
        if not self.named:
            return None
        if self._identities is None:
            self._identities = self._texts(INDEX), self._texts(ID)
        return identity_at(self._identities, row)

    def _texts(self, column: str) -> list[str]:
        at = self._batch.schema.get_field_index(column)
        values = self._batch.column(at).to_pylist() if at >= 0 else [None] * len(self)
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
            self._batch.slice(begin, end - begin),
            self._begin + begin,
            self._source,
            self._names,
            self._file,
            self._fields,
            self._others,
            self.first + begin,
        )
