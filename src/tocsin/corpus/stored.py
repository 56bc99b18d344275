"""Events and alerts that are stored, as inputs of the engine: what questions are asked about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tocsin.corpus.span import ALWAYS, Span
from tocsin.inputs.batch import JsonBatch, padded
from tocsin.inputs.file import FileOrigin
from tocsin.inputs.inputs import Input
from tocsin.inputs.source import Events
from tocsin.inputs.spool import Records
from tocsin.journal.batch import batch
from tocsin.journal.sealed.archive import Archive, SealedFile, Shelf
from tocsin.journal.view import JournalView
from tocsin.store.export import INDEX, line_of
from tocsin.store.filter import Filter, Order, Sort
from tocsin.store.store import Store

if TYPE_CHECKING:
    from tocsin.columns.cells import FieldSet
    from tocsin.inputs.arrow_batch import ArrowBatch
    from tocsin.inputs.report import Report

DAY = 86_400_000
TOGETHER = 1_000
"""Alerts that become one batch."""

OLDEST_FIRST = Sort(Order.TIME, descending=False)


class Corpus:
    """All that is stored; events that are not sealed yet are read from the journal."""

    def __init__(self, journal: JournalView, archive: Archive, store: Store) -> None:
        self.journal = journal
        self.archive = archive
        self.store = store

    def events(self, span: Span = ALWAYS) -> Events:
        """Stored events that may lie in a span, in order of arrival; others may come too."""
        while True:
            files = sorted(self.archive.files(), key=lambda file: (file.first, file.path))
            begin = max((file.end for file in files), default=self.journal.begin)
            journal = JournalOrigin(self.journal, begin)
            if begin >= self.journal.begin:
                break  # else more was sealed, and dropped, between the two looks
        wanted = [file for file in files if may_hold(file, span)]
        sealed = [FileOrigin(Input(str(file.path), file.path)) for file in wanted]
        return Events([*sealed, journal])

    def alerts(self, span: Span = ALWAYS) -> Events:
        """Stored alerts of a span, with what people did with them, in order of time."""
        return Events([AlertOrigin(self.store, span)])


def uncovered(shelf: Shelf) -> list[SealedFile]:
    """The files, without those whose events a larger file of their folder holds too."""
    kept = []
    for _, group in groupby(shelf.files(), attrgetter("path.parent")):
        reached = -1
        for file in sorted(group, key=lambda file: (file.first, -file.end)):
            if file.end > reached:
                kept.append(file)
                reached = file.end
    return kept


def day_of(file: SealedFile) -> int | None:
    """When the day of a file's events begins, ms since 1970; None: they are of several."""
    day = Path(file.path).parent.parent.name.removeprefix("date=")
    try:
        return int(np.datetime64(day, "ms").astype(np.int64))
    except ValueError:
        return None


def may_hold(file: SealedFile, span: Span) -> bool:
    """Whether a file may hold events of a span, told by the day in its path."""
    day = day_of(file)
    return day is None or span.meets(day, day + DAY - 1)


class _Origin:
    """What all of these have: they can be read again, and nobody knows their size."""

    name = ""
    spool = False
    size = None
    position = 0
    delivered = 0

    def release(self) -> None:
        """Nothing is held."""

    def given(self, offset: int) -> Mapping[str, Any] | None:  # noqa: ARG002
        """Nothing was made from a mapping."""
        return None


class JournalOrigin(_Origin):
    """The events of a journal from a position to where it ends now; an offset is a place."""

    name = "journal"

    def __init__(self, journal: JournalView, begin: int) -> None:
        self._journal = journal
        self._begin = begin
        self._end = journal.end

    def batches(
        self,
        number: int,
        names: Sequence[str],
        report: Report,  # noqa: ARG002
        fields: FieldSet | None,  # noqa: ARG002
    ) -> Iterator[JsonBatch | ArrowBatch]:
        """All events, in order of arrival."""
        position = self._begin
        while position < self._end and (placed := self._journal.read(position)):
            position = placed[-1].position
            found = batch(placed)
            if found is not None:
                sources = np.full(len(found), number, np.int32)
                yield replace(found, sources=sources, names=names)

    def again(self, offsets: Sequence[int], report: Report) -> Iterator[tuple[int, bytes]]:
        """The events at these places."""
        for offset in offsets:
            try:
                yield offset, self._journal.event(offset)
            except LookupError:
                report.problem(self.name, "it was removed while it was read")
                yield offset, b"{}"


class AlertOrigin(_Origin):
    """The alerts of a store; an offset is an alert's number there."""

    name = "alerts"

    def __init__(self, store: Store, span: Span) -> None:
        self._store = store
        self._filter = Filter(since=span.since, until=span.until)
        self._copy = Records()

    def batches(
        self,
        number: int,
        names: Sequence[str],
        report: Report,  # noqa: ARG002
        fields: FieldSet | None,  # noqa: ARG002
    ) -> Iterator[JsonBatch | ArrowBatch]:
        """All alerts, by time."""
        self._copy = Records()
        lines: list[bytes] = []
        ids: list[str] = []
        count = 0
        for kept in self._store.each(self._filter, OLDEST_FIRST, whole=True):
            lines.append(line_of(kept))
            ids.append(kept.id)
            if self.spool:
                self._copy.add(lines[-1])
            if len(lines) == TOGETHER:
                yield _batch(lines, ids, number, names, count)
                count += len(lines)
                lines, ids = [], []
        if lines:
            yield _batch(lines, ids, number, names, count)

    def again(
        self,
        offsets: Sequence[int],
        report: Report,  # noqa: ARG002
    ) -> Iterator[tuple[int, bytes]]:
        """These alerts, as they were when they were read (`spool`)."""
        yield from ((offset, self._copy[offset]) for offset in offsets)


def _batch(
    lines: list[bytes], ids: list[str], number: int, names: Sequence[str], before: int
) -> JsonBatch:
    ends = np.cumsum([len(line) for line in lines], dtype=np.int64)
    starts = np.concatenate([np.zeros(1, np.int64), ends[:-1]])
    rows = np.arange(before, before + len(lines))
    return JsonBatch(
        padded(lines),
        starts,
        ends,
        np.full(len(lines), number, np.int32),
        rows,
        rows + 1,
        names,
        identities=([INDEX] * len(lines), ids),
    )
