"""Columns of a Parquet file read forward in pieces, texts that repeat as words and codes.

A row group is read by itself, since its words are its own; small ones are read together. A large
one is never held whole: pieces are of a given number of rows.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from tocsin.inputs.batch import ROWS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

DENSE = 8
"""Bytes a value up to which a text column is worth reading as words and codes."""

LARGE = 64 << 20
"""Bytes of a row group's columns (packed) that are held; more is read bit by bit."""

PIECE = 1 << 20
"""How much of each column is then read at once."""

_CODED = frozenset({"RLE_DICTIONARY", "PLAIN_DICTIONARY"})
_WRITTEN = _CODED | {"PLAIN", "RLE", "BIT_PACKED"}


class Run(NamedTuple):
    """Row groups that are read together: their numbers, the first row's number, how many rows."""

    groups: list[int]
    begin: int
    size: int

    def step(self, most: int) -> int:
        """Rows of a piece: all are of about the same size, none has more than ``most``."""
        return -(-self.size // max(1, -(-self.size // most)))

    def spans(self, most: int) -> Iterator[tuple[int, int]]:
        """First row and size of each piece."""
        step, end = self.step(most), self.begin + self.size
        for begin in range(self.begin, end, max(step, 1)):
            yield begin, min(step, end - begin)


def runs(metadata: pq.FileMetaData, rows: int) -> list[Run]:
    """All row groups of a file; neighbours are read together if they have at most so many rows."""
    found: list[Run] = []
    begin = 0
    for group in range(metadata.num_row_groups):
        size = metadata.row_group(group).num_rows
        if found and found[-1].size + size <= rows:
            last = found[-1]
            found[-1] = Run([*last.groups, group], last.begin, last.size + size)
        else:
            found.append(Run([group], begin, size))
        begin += size
    return found


class Columns:
    """Some columns of a Parquet file (None: all), in pieces of at most so many rows.

    Parameters
    ----------
    opened
        Gives the file; asked each time when reading begins anew.
    """

    def __init__(
        self,
        opened: Callable[[], BinaryIO],
        metadata: pq.FileMetaData,
        columns: Sequence[str] | None,
        rows: int,
    ) -> None:
        self._opened = opened
        self._metadata = metadata
        self._columns = columns
        self._asked = frozenset(columns or ())
        self._rows = rows
        self.runs = runs(metadata, min(rows, ROWS))
        self.release()

    def pieces(self, begin: int = 0) -> Iterator[tuple[int, pa.RecordBatch]]:
        """The pieces with the number of their first row, from the row groups of this row on.

        Raises
        ------
        pyarrow.ArrowException, OSError
            The file is damaged here.
        """
        for run in self.runs:
            if begin < run.begin + run.size:
                yield from self._run(run)

    def rows(self, begin: int, size: int) -> pa.RecordBatch:
        """These rows. Cheap when they rise from call to call: the file is read forward."""
        parts = []
        at = begin
        while at < begin + size:
            first, piece = self.piece(at)
            part = piece.slice(at - first, begin + size - at)
            parts.append(part)
            at += part.num_rows
        return parts[0] if len(parts) == 1 else pa.concat_batches(parts)

    def release(self) -> None:
        """Forget the piece that was read last."""
        self._pieces: Iterator[tuple[int, pa.RecordBatch]] = iter(())
        self._held: pa.RecordBatch | None = None
        self._span = 0, 0

    def piece(self, row: int) -> tuple[int, pa.RecordBatch]:
        """The piece that has this row, and the number of its first row."""
        begin, end = self._span
        if begin <= row < end:
            return begin, self._held
        run = next(run for run in self.runs if row < run.begin + run.size)
        if row < end or end <= run.begin:
            self._pieces = self.pieces(row)
        self._held = None
        for begin, piece in self._pieces:
            self._held, self._span = piece, (begin, begin + piece.num_rows)
            if row < begin + piece.num_rows:
                return begin, piece
        raise OSError("the file has fewer rows than it tells")

    def _run(self, run: Run) -> Iterator[tuple[int, pa.RecordBatch]]:
        done = 0
        words = self._words(run)
        if words:
            try:
                for piece in self._read(run, words):
                    yield run.begin + done, piece
                    done += piece.num_rows
            except (pa.ArrowException, OSError):
                # Arrow cannot read everything as words; if the file is damaged we hear it again.
                pass
            else:
                return
        begin = 0
        for piece in self._read(run, ()):
            end = begin + piece.num_rows
            if end > done:
                yield run.begin + max(begin, done), piece.slice(max(0, done - begin))
            begin = end

    def _read(self, run: Run, words: Sequence[str]) -> Iterator[pa.RecordBatch]:
        groups = map(self._metadata.row_group, run.groups)
        large = sum(group.total_byte_size for group in groups) > LARGE
        with _system_memory():
            file = pq.ParquetFile(
                self._opened(),
                metadata=self._metadata,
                read_dictionary=list(words),
                buffer_size=PIECE if large else 0,
                page_checksum_verification=True,
            )
        found = file.iter_batches(
            batch_size=max(1, run.step(self._rows)),
            row_groups=run.groups,
            columns=self._columns,
            use_threads=False,
        )
        if len(run.groups) == 1:
            yield from found
            return
        together = list(found)
        yield together[0] if len(together) == 1 else pa.concat_batches(together)

    def _words(self, run: Run) -> list[str]:
        """The text columns whose values repeat much, if there is one dictionary for all rows."""
        if len(run.groups) > 1:
            return []
        group = self._metadata.row_group(run.groups[0])
        return [path for at, path in self._texts if _repeats(group.column(at))]

    @cached_property
    def _texts(self) -> list[tuple[int, str]]:
        """Number and path of each text column."""
        schema = self._metadata.schema
        columns = (schema.column(at) for at in range(len(schema)))
        return [
            (at, column.path)
            for at, column in enumerate(columns)
            if column.physical_type == "BYTE_ARRAY"
            and column.logical_type.type == "STRING"
            and self._has(column.path)
        ]

    def _has(self, path: str) -> bool:
        if self._columns is None:
            return True
        ends = [at for at, mark in enumerate(path) if mark == "."]
        return not self._asked.isdisjoint(path[:end] for end in (*ends, len(path)))


@contextmanager
def _system_memory() -> Iterator[None]:
    """Readers that are made meanwhile take their memory from the C library.

    Arrow's own allocators give freed memory back after some milliseconds, and fresh pages cost more
    than what is decoded into them.
    """
    before = pa.default_memory_pool()
    pa.set_memory_pool(pa.system_memory_pool())
    try:
        yield
    finally:
        pa.set_memory_pool(before)


def _repeats(chunk: pq.ColumnChunkMetaData) -> bool:
    encodings = set(chunk.encodings)
    return (
        not _CODED.isdisjoint(encodings)
        and encodings <= _WRITTEN
        and bool(chunk.total_uncompressed_size <= DENSE * chunk.num_values)
    )
