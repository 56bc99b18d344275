"""A file, a pipe or standard input, in any of the formats.

A regular file is kept open after it was read, so that it can be read again although it was renamed
or removed meanwhile; only the first `KEPT_OPEN` of many are, others are opened anew by their names.
"""

from __future__ import annotations

import os
import stat
import sys
import weakref
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import numpy as np
import pyarrow as pa

from tocsin.inputs.again import values_at
from tocsin.inputs.batch import BYTES
from tocsin.inputs.esql_answer import begins_with_table
from tocsin.inputs.esql_rows import Answers
from tocsin.inputs.format import Finding, Format, detect
from tocsin.inputs.lines import Lines
from tocsin.inputs.linux import audit_batches
from tocsin.inputs.origin import UsedUpError
from tocsin.inputs.recognise import recognised, restored
from tocsin.inputs.report import Report
from tocsin.inputs.sealed import SealedSource, table_of
from tocsin.inputs.spool import Copying, temporary
from tocsin.inputs.stream import ByteStream
from tocsin.inputs.values import Values

if TYPE_CHECKING:
    from tocsin.columns.cells import FieldSet
    from tocsin.inputs.arrow_batch import ArrowBatch
    from tocsin.inputs.batch import JsonBatch
    from tocsin.inputs.inputs import Input
    from tocsin.inputs.parquet import ParquetSource

KEPT_OPEN = 64
"""How many files are kept open."""

GONE = b"{}"
"""What stands for an event whose file was overwritten before it was read again."""

CHUNK = 1 << 20
"""Bytes that are copied at once."""


class FileOrigin:
    """One input that is bytes; an offset is what its format says."""

    room = BYTES
    """Bytes of a text that are read at once."""

    def __init__(self, found: Input, *, spool: bool = False) -> None:
        self.name = found.name
        self.spool = spool
        self._path = found.path
        self._stream: ByteStream | None = None
        self._finding = Finding(Format.EMPTY)
        self._answers = False
        self._table: ParquetSource | SealedSource | None = None
        self._rows_done = 0
        self._file: BinaryIO | None = None
        self._mark = (0, 0)
        self._used = False

    @property
    def size(self) -> int | None:
        """Bytes of the file; None if it is no regular file."""
        if self._path is None:
            return None
        try:
            status = self._path.stat()
        except OSError:
            return 0
        return status.st_size if stat.S_ISREG(status.st_mode) else None

    @property
    def position(self) -> int:
        """Bytes of the file read so far."""
        if self._table is not None:
            return self._share(self.size or 0)
        return 0 if self._stream is None else self._stream.position

    @property
    def delivered(self) -> int:
        """Decompressed bytes read so far."""
        if self._table is not None:
            return self._share(self._table.bytes)
        return 0 if self._stream is None else self._stream.delivered

    def _share(self, whole: int) -> int:
        rows = self._table.rows if self._table is not None else 0
        return whole * self._rows_done // rows if rows else whole

    def batches(
        self, number: int, names: Sequence[str], report: Report, fields: FieldSet | None
    ) -> Iterator[JsonBatch | ArrowBatch]:
        """The events of the file from its beginning."""
        self._table, self._rows_done = None, 0
        try:
            file = self._open()
        except OSError as error:
            report.problem(self.name, error.strerror or str(error))
            return
        self._stream = ByteStream(file)
        self._finding = detect(self._stream)
        self._answers = self._finding.format in (Format.LINES, Format.VALUES) and begins_with_table(
            self._stream, self._finding.skip
        )
        if self._finding.format is Format.PARQUET:
            yield from self._rows(number, names, report, fields)
        else:
            yield from self._texts(self._stream, number, names, report)
        if number >= KEPT_OPEN and _is_regular(file):
            file.close()

    def _texts(
        self, stream: ByteStream, number: int, names: Sequence[str], report: Report
    ) -> Iterator[JsonBatch]:
        """The events of text, whatever its format."""
        skip = self._finding.skip
        stream.skip(skip)
        if self._answers:
            yield from Answers(stream, number, names, report, offset=skip, room=self.room).events()
            return
        match self._finding.format:
            case Format.LINES:
                found = Lines(stream, number, names, report, offset=skip, room=self.room).batches()
                yield from map(recognised, found)
            case Format.VALUES:
                found = Values(stream, number, names, report, offset=skip, room=self.room).batches()
                yield from map(recognised, found)
            case Format.AUDIT:
                yield from audit_batches(stream, number, names, report, offset=skip)
            case Format.NONE:
                report.reject(self.name, 1, self._finding.reason, stream.peek(64))
            case Format.EMPTY | Format.PARQUET:
                if stream.trouble is not None:
                    report.reject(self.name, 1, stream.trouble)

    def _rows(
        self, number: int, names: Sequence[str], report: Report, fields: FieldSet | None
    ) -> Iterator[JsonBatch | ArrowBatch]:
        """The rows of a Parquet file."""
        try:
            copy = self._seekable()
            opened = copy if copy is not self._file else self._reopened
            self._table = table_of(opened, again=self.spool)
            for batch in self._table.batches(number, names, fields):
                self._rows_done += len(batch)
                yield batch
            if self._table.trouble is not None:
                report.problem(self.name, f"damaged Parquet: {self._table.trouble}")
        except (pa.ArrowException, OSError) as error:
            reason = f"damaged or unreadable Parquet: {_first_line(error)}"
            if self._table is None:
                report.problem(self.name, reason)
            else:
                report.reject(self.name, self._rows_done + 1, reason)

    def _seekable(self) -> BinaryIO:
        """The bytes of the stream in a file that can seek: the file itself, or a copy on disk."""
        stream, file = self._stream, self._file
        if stream is None or file is None:
            raise OSError("not open")
        if not stream.compression and _is_regular(file):
            file.seek(0)
            return file
        copy = temporary(self)
        room = memoryview(bytearray(CHUNK))
        while got := stream.readinto(room):
            copy.write(room[:got])
        copy.seek(0)
        return copy

    def again(self, offsets: Sequence[int], report: Report) -> Iterator[tuple[int, bytes]]:
        """The events at these places once more."""
        gone = False
        for offset, event in zip_longest(offsets, self._again(offsets)):
            gone |= event is None
            yield offset, GONE if event is None else event
        if gone:
            report.problem(self.name, "was changed while it was read")

    def _again(self, offsets: Sequence[int]) -> Iterator[bytes | None]:
        """The events in this order, None for one that is gone; fewer if the others are gone."""
        if self._table is not None:
            try:
                yield from self._table.events(offsets)
            except (pa.ArrowException, OSError):
                return
            return
        try:
            stream = ByteStream(self._reopened())
        except OSError:
            return
        if self._finding.format is Format.AUDIT:
            yield from self._audit_again(stream, offsets)
        elif self._answers:
            yield from self._rows_again(stream, offsets)
        else:
            for raw in values_at(stream, offsets):
                yield None if raw is None else restored(raw)

    def _audit_again(self, stream: ByteStream, offsets: Sequence[int]) -> Iterator[bytes]:
        """Events of an audit log by their numbers: the log is joined once more."""
        detect(stream)
        wanted = iter(offsets)
        offset = next(wanted, None)
        for batch in self._texts(stream, 0, (self.name,), Report()):
            first = int(batch.offsets[0])
            while offset is not None and offset < first + len(batch):
                yield batch.event(offset - first)
                offset = next(wanted, None)
            if offset is None:
                return

    def _rows_again(self, stream: ByteStream, offsets: Sequence[int]) -> Iterator[bytes | None]:
        """Events of an answer in rows by their places: it is read once more, for its columns."""
        wanted = iter(offsets)
        offset = next(wanted, None)
        for batch in self._texts(stream, 0, (self.name,), Report()):
            while offset is not None and len(batch) and offset <= batch.offsets[-1]:
                row = int(np.searchsorted(batch.offsets, offset))
                yield batch.event(row) if batch.offsets[row] == offset else None
                offset = next(wanted, None)

    def _open(self) -> BinaryIO:
        """The file from its beginning."""
        if self._used and not self._is_file():
            raise UsedUpError(f"{self.name} can be read only once")
        self._used = True
        if self._path is None:
            file = sys.stdin.buffer
        else:
            file = cast("BinaryIO", self._path.open("rb", buffering=0))
            weakref.finalize(self, file.close)
        if not _is_regular(file) and self.spool:
            file = cast("BinaryIO", Copying(file, self))
        elif _is_regular(file):
            self._mark = _identity(file)
        self._file = file
        return file

    def _is_file(self) -> bool:
        """Whether the input is a regular file under a name."""
        try:
            return self._path is not None and stat.S_ISREG(self._path.stat().st_mode)
        except OSError:
            return False

    def _reopened(self) -> BinaryIO:
        """The same bytes from the beginning, wherever they are now."""
        file = self._file
        if isinstance(file, Copying):
            file.copy.seek(0)
            return file.copy
        if file is None or self._path is None or not (file.closed or _is_regular(file)):
            raise UsedUpError(f"{self.name} can be read only once and was not kept (spool)")
        if file.closed:
            file = cast("BinaryIO", self._path.open("rb", buffering=0))
            weakref.finalize(self, file.close)
            if _identity(file) != self._mark:
                raise OSError("another file has this name now")
            self._file = file
        file.seek(0)
        return file

    def release(self) -> None:
        """Drop the rows of a Parquet file that are held to make single events quick."""
        if self._table is not None:
            self._table.release()

    def given(self, offset: int) -> Mapping[str, Any] | None:  # noqa: ARG002
        """None: the events of a file were never mappings."""
        return None


def _is_regular(file: BinaryIO) -> bool:
    try:
        return stat.S_ISREG(os.fstat(file.fileno()).st_mode)
    except (OSError, AttributeError, ValueError):
        return False


def _identity(file: BinaryIO) -> tuple[int, int]:
    status = os.fstat(file.fileno())
    return status.st_dev, status.st_ino


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
