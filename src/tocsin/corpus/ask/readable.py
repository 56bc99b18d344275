"""What is stored, in parts that know their times, so that a question opens only what it needs."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from tocsin.corpus.span import ALWAYS, Span
from tocsin.corpus.stock import Stock
from tocsin.corpus.stored import JournalOrigin, day_of, may_hold, uncovered
from tocsin.inputs.origin import Origin
from tocsin.inputs.sealed_files import SIDE_BY_SIDE, SealedInput, SealedOrigin
from tocsin.inputs.source import Events
from tocsin.journal.sealed.archive import SealedFile, Shelf
from tocsin.journal.sealed.columns import TIMESTAMP
from tocsin.journal.view import JournalView
from tocsin.schema.values import LAST_TIME

DAY = 86_400_000
KNOWN = 4_096
"""Files whose parts are remembered."""


class Part(NamedTuple):
    """A group of rows of a file; its earliest and latest time, ms since 1970."""

    file: SealedFile
    group: int
    rows: int
    low: int
    high: int


class Chosen(NamedTuple):
    """An input, whether it holds all that may be meant, and since when it holds all.

    ``rows``: about how many events it has.
    """

    events: Events
    whole: bool
    since: int | None
    rows: int = 0


class _Kept(NamedTuple):
    archive: Shelf
    journal: JournalView


class Readable:
    """The stored events for whoever only reads; one thread at a time.

    Attributes
    ----------
    stock
        The same in parts that have columns.
    unread
        Files that could not be read since `begin` was called.
    tell
        Takes accounts of how far a long task is, for whoever waits for it.
    """

    def __init__(self, shelf: Shelf, journal: JournalView) -> None:
        self._shelf = shelf
        self._journal = journal
        self.stock = Stock(_Kept(shelf, journal), time.monotonic)
        self._known: OrderedDict[str, list[Part]] = OrderedDict()
        self.unread = 0
        self.tell: Callable[[object], None] = lambda _: None

    def latest(self) -> int | None:
        """About when the newest sealed event was, ms since 1970; None if nothing is sealed."""
        for parts, _ in self._days(ALWAYS):
            if parts:
                return max(part.high for part in parts)
        return None

    def source(self, span: Span, most: int) -> Chosen:
        """The newest events of a span, about so many, as an input in order of arrival.

        Others may come too.
        """
        begin, _ = self._looked(span)
        taken: list[Part] = []
        count, whole, since = 0, True, None
        for parts, _rest in self._days(span):
            for part in parts:
                if count and count + part.rows > most:
                    whole = False
                    break
                taken.append(part)
                count += part.rows
                since = part.low if since is None else min(since, part.low)
            if not whole:
                break
        origins: list[Origin] = list(_origins(taken))
        events = Events([*origins, JournalOrigin(self._journal, begin)])
        return Chosen(events, whole, None if whole else since, count)

    def _looked(self, span: Span) -> tuple[int, list[SealedFile]]:
        """Where the journal holds what is not sealed, and the files that may hold events."""
        while True:
            files = uncovered(self._shelf)
            begin = max((file.end for file in files), default=self._journal.begin)
            if begin >= self._journal.begin:
                return begin, [file for file in files if may_hold(file, span)]

    def _days(self, span: Span) -> Iterator[tuple[list[Part], int | None]]:
        """The parts of a day, the latest first, and how late other days' events can be.

        Files with events of several days come first.
        """
        _, wanted = self._looked(span)
        ordered = sorted(wanted, key=_latest_of, reverse=True)
        days = [list(files) for _, files in groupby(ordered, _latest_of)]
        for at, files in enumerate(days):
            parts = [part for file in files for part in self._parts(file)]
            fits = [part for part in parts if span.meets(part.low, part.high)]
            rest = _latest_of(days[at + 1][0]) if at + 1 < len(days) else None
            yield sorted(fits, key=attrgetter("high"), reverse=True), rest

    def _parts(self, file: SealedFile) -> list[Part]:
        name = str(file.path)
        known = self._known.get(name)
        if known is None:
            try:
                known = _parts_of(file)
            except (OSError, pa.ArrowException):
                self.unread += 1
                return []
            self._known[name] = known
            if len(self._known) > KNOWN:
                self._known.popitem(last=False)
        return known


def _latest_of(file: SealedFile) -> int:
    """How late a file's events can be, told by its name."""
    day = day_of(file)
    return LAST_TIME if day is None else day + DAY - 1


def _parts_of(file: SealedFile) -> list[Part]:
    with pq.ParquetFile(file.path) as opened:
        metadata = opened.metadata
        at = opened.schema_arrow.get_field_index(TIMESTAMP)
        found = []
        for group in range(metadata.num_row_groups):
            row_group = metadata.row_group(group)
            low, high = -LAST_TIME, LAST_TIME
            column = row_group.column(at) if at >= 0 else None
            if column is not None and column.path_in_schema == TIMESTAMP:
                low, high = _times(column)
            found.append(Part(file, group, row_group.num_rows, low, high))
        return found


def _times(column: pq.ColumnChunkMetaData) -> tuple[int, int]:
    """The earliest and the latest time of a part; all times where some event has none."""
    known = column.statistics
    if known is None or not known.has_min_max or known.null_count:
        return -LAST_TIME, LAST_TIME
    with suppress(OverflowError, ValueError):
        if isinstance(known.min, datetime) and isinstance(known.max, datetime):
            return _ms(known.min), _ms(known.max)
    return -LAST_TIME, LAST_TIME


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _origins(parts: Sequence[Part]) -> Iterator[Origin]:
    """Parts as inputs, day by day, each read in order of arrival."""
    ordered = sorted(parts, key=lambda part: (_latest_of(part.file), part.file.path, part.group))
    for _, day in groupby(ordered, lambda part: _latest_of(part.file)):
        files = [
            SealedInput(
                file.path,
                str(file.path),
                file.first,
                file.end,
                tuple(part.group for part in group),
            )
            for file, group in groupby(day, attrgetter("file"))
        ]
        files.sort(key=lambda file: (file.first, -file.end))
        for at in range(0, len(files), SIDE_BY_SIDE):
            yield SealedOrigin(files[at : at + SIDE_BY_SIDE])
