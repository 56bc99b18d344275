"""A compiled query about events, and the matches that answer it."""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import Any

from tocsin.alerts.finding import Finding, SourceEvent
from tocsin.alerts.paths import Scalar
from tocsin.alerts.sorter import Sorter
from tocsin.columns.cells import NO_TIME, Batch, Cells
from tocsin.columns.content import content_hash
from tocsin.engine.joins import Joins
from tocsin.engine.remembering import indices
from tocsin.engine.tally import Tally
from tocsin.engine.whole import whole_event
from tocsin.inputs.source import Events
from tocsin.match.candidate import order_of
from tocsin.match.making import least
from tocsin.match.matcher import Matcher
from tocsin.plan.needs import fields_of
from tocsin.plan.passes import TRUE, conjunction
from tocsin.plan.plan import (
    EventPlan,
    NewTermsPlan,
    Plan,
    TablePlan,
    ThreatPlan,
    Window,
    fields_to_read,
    stages_of,
)
from tocsin.plan.predicate import FieldRef, Predicate
from tocsin.plan.program import Program, compile_program

_LAST = 1 << 62


@dataclass(frozen=True, slots=True)
class Match:
    """An answer: one event, or the events of a sequence or sample by stage.

    ``events`` are whole, as they came; None stands for a missing event of a sequence.
    """

    events: list[Mapping[str, Any] | None]
    join_keys: tuple[Scalar | None, ...] = ()
    sources: tuple[SourceEvent | None, ...] = dataclasses.field(
        default=(), compare=False, repr=False
    )

    @property
    def names(self) -> list[tuple[str, str] | None]:
        """``_index`` and ``_id`` of each event; one without an id is named by its content."""
        return [
            event and (event.index_name, event.id or content_hash(event.content))
            for event in self.sources
        ]


@dataclass(frozen=True, slots=True)
class CompiledQuery:
    """What to ask: the compiled plan, of which events, and how they are ordered.

    ``filters``: what events must satisfy beside it; ``index``: patterns of the indices they must
    stand in, none for all. ``rows``: the most events in a batch (None: as many as suit).
    """

    plan: Plan
    timestamp: str
    nanoseconds: bool
    tiebreaker: FieldRef | None
    rows: int | None
    tally: Tally
    filters: Predicate = TRUE
    index: tuple[str, ...] = ()

    @property
    def matcher(self) -> tuple[Program, Matcher]:
        """The program of all stages, and what finds their events."""
        stages = stages_of(self.plan)
        extra = sorted(fields_to_read(self.plan))
        if self.tiebreaker:
            extra.append(self.tiebreaker.name)
        program = compile_program(
            [conjunction((stage.condition, self.filters)) for stage in stages],
            [self.index] * len(stages),
            extra_fields=extra,
            timestamp=self.timestamp,
            nanoseconds=self.nanoseconds,
        )
        return program, Matcher(program, routing="strict" if self.index else "off")

    def batches(
        self, source: Events, program: Program, matcher: Matcher
    ) -> Iterator[tuple[Batch, Cells]]:
        """The events with their cells, counted, and at the end which fields none of them had."""
        timed = False
        for batch in source.batches(program.fields, rows=self.rows):
            cells = batch.cells(program.fields)
            self.tally.take(batch, cells)
            timed = timed or bool((cells.time != NO_TIME).any())
            yield batch, cells
        named = {field.name for one in program.conditions for field in fields_of(one)}
        if self.tiebreaker:
            named.add(self.tiebreaker.name)
        absent = matcher.absent(named | fields_to_read(self.plan))
        self.tally.absent = absent if timed or self.timestamp in absent else self._with_time(absent)

    def _with_time(self, absent: tuple[str, ...]) -> tuple[str, ...]:
        """The field of the time too, since no event had one."""
        return tuple(sorted((*absent, self.timestamp)))


def answers(source: Events, asked: CompiledQuery) -> Iterator[Match]:
    """The matches, in Elasticsearch's order; the source is read when the first is taken."""
    program, matcher = asked.matcher
    if isinstance(asked.plan, EventPlan):
        with closing(Sorter()) as sorter:
            with asked.tally.reading:
                _gather(source, asked, program, matcher, sorter)
            for finding in _cut(iter(sorter), asked.plan.window):
                yield _match(source, finding.present)
        return
    if isinstance(asked.plan, NewTermsPlan | ThreatPlan | TablePlan):
        raise TypeError("no query of these languages has such a plan")
    ties = {0: asked.tiebreaker} if asked.tiebreaker else {}
    ticks = 1_000_000 if asked.nanoseconds else 1
    with closing(Joins([(0, asked.plan)], {0: 0}, program, source, ties, ticks)) as joins:
        source.spool = True
        for batch, cells in asked.batches(source, program, matcher):
            hits = matcher.match(cells, indices(batch), batch.event)
            joins.collect(batch, cells, hits.row, hits.stage)
        for _, keys, events, *_ in joins.finish():
            yield _match(source, events, keys)


def _match(
    source: Events,
    events: Sequence[SourceEvent | None],
    keys: tuple[Scalar | None, ...] = (),
) -> Match:
    whole = [None if event is None else whole_event(source, event) for event in events]
    return Match(whole, keys, tuple(events))


def _gather(
    source: Events, asked: CompiledQuery, program: Program, matcher: Matcher, sorter: Sorter
) -> None:
    tie = asked.tiebreaker
    for batch, cells in asked.batches(source, program, matcher):
        rows = matcher.match(cells, indices(batch), batch.event).row.tolist()
        for row, content in zip(rows, batch.events(rows), strict=True):
            at, place = int(cells.time[row]), batch.place(row)
            ties = cells.values(row, program.slot(tie.name)) if tie is not None else []
            key = order_of(_LAST if at == NO_TIME else at, least(tie, ties), batch.first + row)
            index, name = batch.identity(row) or ("", "")
            event = SourceEvent(name, index, at, 0, content, place.source, place.offset)
            sorter.add(key, Finding(0, "", at, (event,)))


def _cut(findings: Iterator[Finding], window: Window) -> Iterator[Finding]:
    for side, count in window.cuts:
        findings = islice(findings, count) if side == "head" else iter(deque(findings, count))
    return findings
