"""What is stored, in parts that know their times, so that a question opens only what it needs."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from tocsin.corpus.span import ALWAYS, Span
from tocsin.corpus.stored import JournalOrigin
from tocsin.inputs.batch import JsonBatch
from tocsin.inputs.origin import Origin
from tocsin.inputs.parquet import ID, INDEX
from tocsin.inputs.sealed import PLACE, SOURCE, json_batch
from tocsin.inputs.sealed_files import SIDE_BY_SIDE, SealedInput, SealedOrigin
from tocsin.inputs.source import Events
from tocsin.journal.batch import batch as batch_of
from tocsin.journal.sealed.archive import SealedFile, Shelf
from tocsin.journal.sealed.columns import LAST_TIME, TIMESTAMP
from tocsin.journal.view import JournalView

DAY = 86_400_000
NAMES = ("stored",)
_EPOCH = date(1970, 1, 1).toordinal()
KNOWN = 4_096
"""Files whose parts are remembered."""


class Part(NamedTuple):
    """A group of rows of a file; its earliest and latest time, ms since 1970."""

    file: SealedFile
    group: int
    rows: int
    low: int
    high: int


class Batch(NamedTuple):
    """Events, and how late the events can be that are yet to come; None: none are."""

    events: JsonBatch
    rest: int | None


class Chosen(NamedTuple):
    """An input, whether it holds all that may be meant, and since when it holds all."""

    events: Events
    whole: bool
    since: int | None


class Readable:
    """The stored events for whoever only reads; one thread at a time.

    Attributes
    ----------
    unread
        Files that could not be read since `begin` was called.
    """

    def __init__(self, shelf: Shelf, journal: JournalView) -> None:
        self._shelf = shelf
        self._journal = journal
        self._known: OrderedDict[str, list[Part]] = OrderedDict()
        self.unread = 0

    def latest(self) -> int | None:
        """About when the newest sealed event was, ms since 1970; None if nothing is sealed."""
        for parts, _ in self._days(ALWAYS):
            if parts:
                return max(part.high for part in parts)
        return None

    def newest(self, span: Span) -> Iterator[Batch]:
        """The events that may lie in a span, about from the newest on; others may come too."""
        begin, _ = self._looked(span)
        for fresh in self._fresh(begin):
            yield Batch(fresh, LAST_TIME)
        for parts, rest in self._days(span):
            for at, part in enumerate(parts):
                after = [parts[at + 1].high] if at + 1 < len(parts) else []
                bounds = [*after, *([] if rest is None else [rest])]
                batch = self._read(part)
                if batch is not None:
                    yield Batch(batch, max(bounds, default=None))

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
        return Chosen(
            Events([*origins, JournalOrigin(self._journal, begin)]), whole, None if whole else since
        )

    def _fresh(self, position: int) -> Iterator[JsonBatch]:
        """The events of the journal from a position to where it ends now."""
        end = self._journal.end
        while position < end and (placed := self._journal.read(position)):
            position = placed[-1].position
            found = batch_of(placed)
            if found is not None:
                yield found

    def _looked(self, span: Span) -> tuple[int, list[SealedFile]]:
        """Where the journal holds what is not sealed, and the files that may hold events."""
        while True:
            files = uncovered(self._shelf.files())
            begin = max((file.end for file in files), default=self._journal.begin)
            if begin >= self._journal.begin:
                days = ((file, _day_of(file)) for file in files)
                fits = (file for file, day in days if day is None or span.meets(day, day + DAY - 1))
                return begin, list(fits)

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

    def _read(self, part: Part) -> JsonBatch | None:
        try:
            with pq.ParquetFile(part.file.path) as opened:
                table = opened.read_row_group(part.group, columns=[INDEX, ID, PLACE, SOURCE])
        except (OSError, pa.ArrowException):
            self.unread += 1
            return None
        whole = table.combine_chunks()
        return json_batch(whole, whole.column(PLACE).to_numpy(), 0, NAMES)


def uncovered(files: Iterable[SealedFile]) -> list[SealedFile]:
    """Files, by path, without those whose events a larger file of their folder holds too."""
    kept = []
    for _, group in groupby(files, attrgetter("path.parent")):
        reached = -1
        for file in sorted(group, key=lambda file: (file.first, -file.end)):
            if file.end > reached:
                kept.append(file)
                reached = file.end
    return kept


def _day_of(file: SealedFile) -> int | None:
    """When the day of a file's events begins, ms since 1970; None: they are of several."""
    name = file.path.parent.parent.name.removeprefix("date=")
    try:
        day = date.fromisoformat(name).toordinal() - _EPOCH
    except ValueError:
        return None
    return day * DAY


def _latest_of(file: SealedFile) -> int:
    """How late a file's events can be, told by its name."""
    day = _day_of(file)
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
