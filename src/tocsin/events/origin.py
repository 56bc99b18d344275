"""Where events come from: a file, standard input, or mappings in memory."""

from __future__ import annotations

import stat
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, cast

from tocsin.events.lines import Lines
from tocsin.events.memory import mapping_batches
from tocsin.events.stream import ByteStream

if TYPE_CHECKING:
    from tocsin.columns.cells import FieldSet
    from tocsin.events.batch import JsonBatch
    from tocsin.events.inputs import Input
    from tocsin.events.report import Report


class UsedUpError(RuntimeError):
    """An input that can be read only once was asked for a second time."""


class Origin(Protocol):
    """One input of many."""

    name: str

    @property
    def size(self) -> int | None:
        """Bytes as they lie on disk, None if nobody knows."""
        ...

    @property
    def position(self) -> int:
        """How many of them have been read."""
        ...

    @property
    def delivered(self) -> int:
        """Decompressed bytes read so far."""
        ...

    def batches(
        self, number: int, names: Sequence[str], report: Report, fields: FieldSet | None
    ) -> Iterator[JsonBatch]:
        """All its events from the beginning; `number` is its place among the inputs."""
        ...

    def given(self, offset: int) -> Mapping[str, Any] | None:
        """The mapping that an event was made from."""
        ...


class MemoryOrigin:
    """Python mappings; an offset is a mapping's place among them."""

    name = "memory"
    size = 0
    position = 0
    delivered = 0

    def __init__(self, mappings: Iterable[Mapping[str, Any]]) -> None:
        self._mappings = mappings
        self._used = False

    def batches(
        self,
        number: int,
        names: Sequence[str],
        report: Report,
        fields: FieldSet | None,  # noqa: ARG002
    ) -> Iterator[JsonBatch]:
        """The mappings from the first on."""
        if self._used and iter(self._mappings) is self._mappings:
            raise UsedUpError("these events came from a generator, which can be read only once")
        self._used = True
        self.delivered = 0
        for batch in mapping_batches(self._mappings, number, names, report):
            self.delivered += batch.size
            yield batch

    def given(self, offset: int) -> Mapping[str, Any] | None:
        """The very mapping, if they are a sequence."""
        return self._mappings[offset] if isinstance(self._mappings, Sequence) else None


class FileOrigin:
    """A file, or standard input, in any of the formats."""

    def __init__(self, found: Input, *, spool: bool = False) -> None:
        self.name = found.name
        self._path = found.path
        self._spool = spool
        self._stream: ByteStream | None = None
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
        return 0 if self._stream is None else self._stream.position

    @property
    def delivered(self) -> int:
        """Decompressed bytes read so far."""
        return 0 if self._stream is None else self._stream.delivered

    def batches(
        self,
        number: int,
        names: Sequence[str],
        report: Report,
        fields: FieldSet | None,  # noqa: ARG002
    ) -> Iterator[JsonBatch]:
        """The events of the file from its beginning."""
        try:
            self._stream = ByteStream(self._open())
        except OSError as error:
            report.problem(self.name, error.strerror or str(error))
            return
        yield from Lines(self._stream, number, names, report).batches()

    def given(self, offset: int) -> Mapping[str, Any] | None:  # noqa: ARG002
        """None: the events of a file were never mappings."""
        return None

    def _open(self) -> BinaryIO:
        if self._path is not None:
            return cast("BinaryIO", self._path.open("rb", buffering=0))
        if self._used:
            raise UsedUpError("standard input can be read only once")
        self._used = True
        return sys.stdin.buffer
