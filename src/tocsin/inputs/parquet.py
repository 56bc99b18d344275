"""Reads Parquet: only the columns that rules need become cells; an alert reads its row whole.

The place of an event is its row number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from tocsin.columns.cells import Cells, FieldSet, Place
from tocsin.inputs.arrow_cells import arrow_cells, needed
from tocsin.inputs.arrow_leaves import Wanted, projection
from tocsin.inputs.arrow_rows import Rows
from tocsin.inputs.batch import ROWS, Identities, identity_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

INDEX, ID = "_index", "_id"
DENSE = 8
"""Bytes a value up to which a text column is worth reading as words and codes."""


class ParquetSource:
    """One Parquet file.

    Parameters
    ----------
    file
        The file, which can seek, or what opens it; it is opened again if it was closed meanwhile.

    Raises
    ------
    pyarrow.ArrowException, OSError
        The file is damaged, encrypted or no Parquet file.
    """

    def __init__(self, file: BinaryIO | Callable[[], BinaryIO]) -> None:
        self._open = file if callable(file) else lambda: file
        self._plain = pq.ParquetFile(self._open())
        self.rows: int = self._plain.metadata.num_rows
        groups = range(self._plain.metadata.num_row_groups)
        self.bytes = sum(self._plain.metadata.row_group(at).total_byte_size for at in groups)
        self._whole: Iterator[pa.RecordBatch] = iter(())
        self._chunk: pa.RecordBatch | None = None
        self._begin = self._end = 0
        self._shown: Rows | None = None

    def batches(
        self, source: int, names: Sequence[str], fields: FieldSet | None, rows: int = ROWS
    ) -> Iterator[ArrowBatch]:
        """All rows, of the columns for these fields (None: of all columns)."""
        file, columns = self._plain, None
        if fields is not None:
            wanted = needed(fields)
            columns = projection(self._plain.schema_arrow, _with_identity(wanted))
            coded = self._dense(columns)
            if coded:
                file = pq.ParquetFile(self._open(), read_dictionary=coded)
        begin = 0
        for batch in _pieces(file, rows, columns):
            yield ArrowBatch(batch, begin, source, names, self, fields)
            begin += batch.num_rows

    def _dense(self, columns: Sequence[str]) -> list[str]:
        """The text columns, among these, whose values repeat much (nested ones cannot be coded)."""
        metadata = self._plain.metadata
        if not metadata.num_row_groups:
            return []
        group = metadata.row_group(0)
        texts = {
            field.name for field in self._plain.schema_arrow if pa.types.is_string(field.type)
        }.intersection(columns)
        chunks = (group.column(at) for at in range(group.num_columns))
        return [
            chunk.path_in_schema
            for chunk in chunks
            if chunk.path_in_schema in texts
            and chunk.total_uncompressed_size <= DENSE * max(chunk.num_values, 1)
        ]

    def chunk(self, number: int) -> tuple[pa.RecordBatch, int]:
        """A piece of the file with all columns that has this row in it, and its first row's number.

        Cheap when asked for rising rows: the file is read forward, and again from its beginning
        only for a row that was passed.
        """
        if self._chunk is None or number < self._begin:
            self.release()
            whole = pq.ParquetFile(self._open())
            self._whole = _pieces(whole, ROWS)
        while self._chunk is None or number >= self._end:
            self._chunk = next(self._whole)
            self._begin, self._end = self._end, self._end + self._chunk.num_rows
            self._shown = None
        return self._chunk, self._begin

    def release(self) -> None:
        """Forget the piece that was read last."""
        self._whole = iter(())
        self._begin = self._end = 0
        self._chunk = self._shown = None

    def event(self, number: int) -> bytes:
        """A row as a JSON object."""
        chunk, begin = self.chunk(number)
        if self._shown is None:
            self._shown = Rows(chunk)
        return self._shown.event(number - begin)

    def wider(self, begin: int, size: int) -> pa.RecordBatch:
        """These rows with all columns."""
        parts = []
        at = begin
        while at < begin + size:
            chunk, first = self.chunk(at)
            part = chunk.slice(at - first, begin + size - at)
            parts.append(part)
            at += part.num_rows
        return pa.concat_batches(parts)


def _pieces(
    file: pq.ParquetFile, rows: int, columns: Sequence[str] | None = None
) -> Iterator[pa.RecordBatch]:
    """The file's rows, at most so many at once; small row groups are joined."""
    waiting: list[pa.RecordBatch] = []
    size = 0
    damage: pa.ArrowException | OSError | None = None
    try:
        for batch in file.iter_batches(batch_size=rows, columns=columns, use_threads=False):
            if waiting and size + batch.num_rows > rows:
                yield pa.concat_batches(waiting)
                waiting, size = [], 0
            waiting.append(batch)
            size += batch.num_rows
    except (pa.ArrowException, OSError) as error:
        damage = error
    if waiting:
        yield pa.concat_batches(waiting)
    if damage is not None:
        raise damage


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
        first: int = 0,
    ) -> None:
        self._batch = batch
        self._begin = begin
        self._source = source
        self._names = names
        self._file = file
        self._fields = fields
        self._identities: Identities | None = None
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
        return self._file.event(self._begin + row)

    @property
    def named(self) -> bool:
        """Whether there is a column ``_index`` or ``_id``."""
        return not {INDEX, ID}.isdisjoint(self._batch.schema.names)

    def identity(self, row: int) -> tuple[str, str] | None:
        """The columns ``_index`` and ``_id``, if there are any; one that is missing is empty."""
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
            self.first + begin,
        )
