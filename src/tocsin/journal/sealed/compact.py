"""Many small files of a day become few: a folder of sealed events stays quick to query."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import attrgetter

import pyarrow as pa
import pyarrow.parquet as pq

from tocsin.inputs.batch import BYTES, ROWS
from tocsin.inputs.sealed import SEALED, UNTOLD
from tocsin.journal.sealed.archive import Archive, SealedFile, file_name, rows_together
from tocsin.journal.sealed.copying import can_be_copied, groups_of
from tocsin.journal.sealed.parquet import ParquetFile
from tocsin.journal.sealed.sheet import OWN

MANY = 8
"""So many small neighbours become one file at once; fewer wait until their folder is quiet."""

SMALL = 32 << 20
"""Files of this many bytes are left alone."""

LARGEST = 128 << 20
"""Bytes of files that are put together, at most."""

MOST_COLUMNS = 1024
"""Files that have more columns together are left alone."""

QUIET = 24 * 3_600_000
"""A folder is quiet when nothing came for so many ms."""

_NAME = "joined.parquet"


def due(files: Sequence[SealedFile], now: int) -> Iterator[list[SealedFile]]:
    """Neighbours, in the journal's order, that should become one file."""
    for _, found in groupby(files, attrgetter("path.parent")):
        folder = sorted(found, key=attrgetter("first"))
        quiet = now - max(file.accepted for file in folder) >= QUIET
        run: list[SealedFile] = []
        for file in folder:
            size = sum(other.bytes for other in run)
            if run and (file.bytes >= SMALL or size + file.bytes > LARGEST):
                if len(run) >= (2 if quiet else MANY):
                    yield run
                run = []
            if file.bytes < SMALL:
                run.append(file)
        if len(run) >= (2 if quiet else MANY):
            yield run


def compact(archive: Archive, files: Sequence[SealedFile]) -> None:
    """Put the events of neighbours into one file, in order, and remove the others.

    An interruption at any time leaves each event in one file, once `Archive.settle` has run.

    Raises
    ------
    OSError, pyarrow.ArrowException
        There is no room, or one of them is damaged; they stay as they are.
    """
    fields: dict[str, pa.DataType] = {}
    for file in files:
        for field in pq.read_schema(file.path):
            if fields.setdefault(field.name, field.type) != field.type:
                raise pa.ArrowInvalid(f"{file.path}: {field.name} is of another type")
    if len(fields) > MOST_COLUMNS:
        raise pa.ArrowInvalid(f"{files[0].path} and others have too many columns together")
    fields[UNTOLD] = OWN.field(UNTOLD).type
    names = [*OWN.names, *sorted(fields.keys() - set(OWN.names))]
    schema = pa.schema([(name, fields[name]) for name in names], metadata=SEALED)
    if all(can_be_copied(file.path) for file in files):
        with archive.fresh(_NAME) as opened:
            made = ParquetFile(opened)
            for file in files:
                for group in groups_of(file.path):
                    made.write(*group)
            made.close(schema)
    else:
        with archive.writer(_NAME, schema) as writer:
            for piece in _pieces(files, schema):
                writer.write_table(piece, rows_together(piece))
    accepted = max(file.accepted for file in files)
    name = file_name(files[0].first, files[-1].end, accepted)
    archive.replace(_NAME, files[0].path.with_name(name), [file.path for file in files])


def _pieces(files: Sequence[SealedFile], schema: pa.Schema) -> Iterator[pa.Table]:
    """The rows of all files, some thousand at a time, with all columns."""
    waiting: list[pa.Table] = []
    rows = size = 0
    for file in files:
        with pq.ParquetFile(file.path, page_checksum_verification=True) as source:
            for group in range(source.num_row_groups):
                piece = _with_all(source.read_row_group(group), schema)
                waiting.append(piece)
                rows += piece.num_rows
                size += piece.nbytes
                if rows >= ROWS or size >= BYTES:
                    yield pa.concat_tables(waiting)
                    waiting, rows, size = [], 0, 0
    if waiting:
        yield pa.concat_tables(waiting)


def _with_all(table: pa.Table, schema: pa.Schema) -> pa.Table:
    have = set(table.column_names)
    return pa.table(
        [
            table.column(field.name) if field.name in have else _missing(field, table.num_rows)
            for field in schema
        ],
        schema=schema,
    )


def _missing(field: pa.Field, rows: int) -> pa.Array:
    """What stands in a column that a file does not have."""
    if field.name != UNTOLD:
        return pa.nulls(rows, field.type)
    # It was sealed before its rows said what their columns do not tell.
    offsets = pa.array(range(rows + 1), pa.int32())
    return pa.ListArray.from_arrays(offsets, pa.array(["*"] * rows, pa.string()))
