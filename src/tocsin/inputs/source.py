"""An input: files, standard input or mappings, as events for people, as batches for the engine."""

from __future__ import annotations

import builtins
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import orjson

from tocsin.columns.cells import FieldSet, Place
from tocsin.inputs.cut import numbered
from tocsin.inputs.file import FileOrigin
from tocsin.inputs.inputs import resolve
from tocsin.inputs.origin import MemoryOrigin, Origin
from tocsin.inputs.report import Problem, Reject, RejectHook, Report
from tocsin.inputs.sealed_files import SealedOrigin, sealed_inputs

if TYPE_CHECKING:
    from tocsin.columns.cells import Batch
    from tocsin.inputs.arrow_batch import ArrowBatch
    from tocsin.inputs.batch import JsonBatch

_SOME = 1_000
"""Events that are read again before it is told."""


class Events:
    """All events of an input, in order. Iterating gives them as dictionaries.

    Files and lists can be read any number of times; standard input and generators once, after
    which `UsedUpError` is raised. What is counted belongs to the latest reading.

    Attributes
    ----------
    on_reject
        Called for each part of the input that the readers cannot make an event of: file, line,
        reason, sample. What the scanner rejects stands in ``Cells.rejected``.
    on_batch
        Called with each batch before it is given, whenever the input is read.
    on_again
        Called with how many events more were read again, some at a time.
    """

    def __init__(self, origins: Sequence[Origin], problems: Sequence[Problem] = ()) -> None:
        self._origins = origins
        self._beside: list[Origin] = []
        self._names = [origin.name for origin in origins]
        self._missing = tuple(problems)
        self._report = Report(problems=list(problems))
        self._current: Origin | None = None
        self._again: int | None = None
        self._position = self._delivered = 0
        self._size: int | None = None
        self.on_reject: RejectHook | None = None
        self.on_batch: Callable[[Batch], None] | None = None
        self.on_again: Callable[[int], None] | None = None

    @property
    def names(self) -> list[str]:
        """The inputs that were found, in order, whether they can be read or not."""
        return list(self._names)

    @property
    def rejected(self) -> int:
        """How many parts of the input the readers rejected."""
        return self._report.rejected

    @property
    def rejects(self) -> list[Reject]:
        """The first thousand of them."""
        return self._report.rejects

    @property
    def problems(self) -> list[Problem]:
        """Inputs that could not be opened."""
        return self._report.problems

    @property
    def bytes(self) -> int:
        """Decompressed bytes read so far."""
        return self._delivered + (self._current.delivered if self._current is not None else 0)

    def progress(self) -> tuple[int, int]:
        """Bytes of the files (as they lie on disk) read so far, and of all; 0 if nobody knows."""
        if self._size is None:
            sizes = [origin.size for origin in self._origins]
            self._size = 0 if None in sizes else sum(size or 0 for size in sizes)
        position = self._current.position if self._current is not None else 0
        return self._position + position, self._size

    def batches(self, fields: FieldSet | None = None, rows: int | None = None) -> Iterator[Batch]:
        """The events in batches, in order of arrival.

        Parameters
        ----------
        fields
            The fields that will be asked for (None: any), so that formats with columns need not
            read the others.
        rows
            The most events in a batch; None: as many as suit the reader.
        """
        self._report.clear()
        self._report.problems.extend(self._missing)
        self._report.on_reject = self.on_reject
        for batch in numbered(self._pieces(fields), rows):
            if self.on_batch is not None:
                self.on_batch(batch)
            yield batch

    def _pieces(self, fields: FieldSet | None) -> Iterator[JsonBatch | ArrowBatch]:
        self._position = self._delivered = 0
        self._size = None
        for number, origin in enumerate(self._origins):
            self._current = origin
            yield from origin.batches(number, self._names, self._report, fields)
            self._current = None
            self._position += origin.position
            self._delivered += origin.delivered
            if number:
                self._origins[number - 1].release()

    @property
    def spool(self) -> bool:
        """Whether what can be read only once is kept on disk while it is read."""
        return all(origin.spool for origin in self._origins)

    @spool.setter
    def spool(self, wanted: bool) -> None:
        for origin in self._origins:
            origin.spool = wanted

    def read_again(self, places: Iterable[Place]) -> Iterator[tuple[Place, builtins.bytes]]:
        """The events at these places once more, as ``Batch.event`` gave them.

        Parameters
        ----------
        places
            Sorted by source and offset. An event that is gone, since its file was overwritten, is
            given as ``{}``, and a problem is noted.

        Raises
        ------
        UsedUpError
            The input can be read only once, and `spool` was not set before it was.
        """
        wanted = places if self.on_again is None else _told(places, self.on_again)
        for source, found in groupby(wanted, key=attrgetter("source")):
            if self._again is not None and self._again != source:
                self._origin(self._again).release()
            self._again = source
            offsets = [place.offset for place in found]
            for offset, event in self._origin(source).again(offsets, self._report):
                yield Place(source, offset), event

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        nothing = FieldSet(())
        for batch in self.batches(nothing):
            rejected = batch.cells(nothing).rejected
            for row in range(len(batch)):
                if row in rejected:
                    file, line = batch.line(row)
                    self._report.reject(file, line, rejected[row], batch.event(row))
                    continue
                place = batch.place(row)
                given = self.given(place)
                yield orjson.loads(batch.event(row)) if given is None else given

    @property
    def sources(self) -> int:
        """How many inputs there are, those that were put beside the others included."""
        return len(self._origins) + len(self._beside)

    def put_beside(self, origin: Origin) -> None:
        """Let the events of another input be read again here; `batches` does not give them.

        Its number is `sources` before.
        """
        self._beside.append(origin)

    def _origin(self, source: int) -> Origin:
        own = len(self._origins)
        return self._origins[source] if source < own else self._beside[source - own]

    def given(self, place: Place) -> Mapping[str, Any] | None:
        """The very mapping that an event was made from, if it came from a sequence of mappings."""
        return self._origin(place.source).given(place.offset)


def _told(places: Iterable[Place], tell: Callable[[int], None]) -> Iterator[Place]:
    """Places, as they are taken: it is told how many were."""
    number = 0
    for place in places:
        yield place
        number += 1
        if number == _SOME:
            tell(number)
            number = 0
    if number:
        tell(number)


def read(*paths: str | os.PathLike[str], spool: bool = False) -> Events:
    """The events of files, directories, globs and ``-`` (standard input), as one input.

    The format of each file is told by its content: JSON lines, JSON arrays and values, exported
    Elasticsearch hits, Parquet, raw Linux audit logs, raw Kubernetes audit events; gzip or zstd of
    each. Nothing is read before the events are asked for. What cannot be read is counted
    (``rejects``, ``problems``) and stops nothing.

    Parameters
    ----------
    spool
        Keep what comes from standard input or a pipe in a temporary file, so that single events
        can be read again.

    Raises
    ------
    TypeError
        It is no path.
    """
    for path in paths:
        if not isinstance(path, str | os.PathLike):
            raise TypeError(f"a path is a text or a Path, not {path!r}; of several give each")
    report = Report()
    origins: list[Origin] = [
        SealedOrigin(found) if isinstance(found, list) else FileOrigin(found, spool=spool)
        for found in sealed_inputs(resolve(paths, report))
    ]
    return Events(origins, report.problems)


def events(mappings: Iterable[Mapping[str, Any]]) -> Events:
    """Events out of memory: any iterable of mappings, nested or dotted.

    Raises
    ------
    TypeError
        It is a text, which could name a file, a single mapping, or nothing to go through.
    """
    if isinstance(mappings, str | builtins.bytes | os.PathLike):
        raise TypeError(f"events are mappings, not a text; tocsin.read({mappings!r}) reads a file")
    if isinstance(mappings, Mapping):
        raise TypeError("events are several mappings; of a single one give a list")
    if not isinstance(mappings, Iterable):
        raise TypeError(f"events are an iterable of mappings, not {mappings!r}")
    return Events([MemoryOrigin(mappings)])


from_mappings = events
