"""One question about events: ``tocsin.query``."""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal, overload

from tocsin.alerts.finding import Finding, SourceEvent
from tocsin.alerts.paths import Scalar, flat
from tocsin.alerts.sorter import Sorter
from tocsin.columns.cells import NO_TIME, Batch, Cells, FieldSet
from tocsin.columns.content import content_hash
from tocsin.diagnostics import Severity
from tocsin.engine.joins import Joins
from tocsin.engine.query_esql import esql_table
from tocsin.engine.remembering import indices
from tocsin.engine.tally import Tally
from tocsin.engine.whole import as_events, whole_event
from tocsin.inputs.source import Events
from tocsin.languages import QueryError
from tocsin.languages.eql.check import check
from tocsin.languages.eql.nodes import Field, Query
from tocsin.languages.eql.parser import parse
from tocsin.match.candidate import order_of
from tocsin.match.making import least
from tocsin.match.matcher import Matcher
from tocsin.plan.filters import filters_of
from tocsin.plan.lower_eql import lower
from tocsin.plan.needs import fields_of
from tocsin.plan.passes import TRUE, conjunction
from tocsin.plan.plan import (
    EventPlan,
    NewTermsPlan,
    Plan,
    StagePlan,
    TablePlan,
    ThreatPlan,
    Window,
    fields_to_read,
    stages_of,
)
from tocsin.plan.predicate import FieldRef, Predicate
from tocsin.plan.program import Program, compile_program
from tocsin.plan.regex import regex_error
from tocsin.plan.rule_kql import condition_of_query
from tocsin.schema.fields import Schema, TextMode
from tocsin.schema.kinds import Kind

LANGUAGES = ("eql", "kuery", "lucene", "esql")

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
class _Question:
    """What to ask: the compiled plan and how events are ordered."""

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
        for batch in source.batches(program.fields, rows=self.rows):
            cells = batch.cells(program.fields)
            self.tally.take(batch, cells)
            yield batch, cells
        named = {field.name for one in program.conditions for field in fields_of(one)}
        self.tally.absent = matcher.absent(named | fields_to_read(self.plan))


@overload
def query(
    events: Events | Iterable[Mapping[str, Any]],
    text: str,
    *,
    language: Literal["esql"],
    fields: Mapping[str, Kind | str] | None = None,
    text_mode: TextMode = "raw",
    size: int | None = None,
    now: int | None = None,
    rows: int | None = None,
    tally: Tally | None = None,
) -> Iterator[dict[str, Any]]: ...


@overload
def query(
    events: Events | Iterable[Mapping[str, Any]],
    text: str,
    *,
    language: Literal["eql", "kuery", "lucene"] = "eql",
    event_category_field: str = "event.category",
    timestamp_field: str = "@timestamp",
    tiebreaker_field: str | None = None,
    size: int | None = None,
    result_position: Literal["head", "tail"] | str = "tail",  # noqa: PYI051 - says what there is
    fields: Mapping[str, Kind | str] | None = None,
    mapped_only: bool = False,
    max_samples_per_key: int = 1,
    filters: Sequence[object] = (),
    index: Sequence[str] = (),
    text_mode: TextMode = "raw",
    now: int | None = None,
    rows: int | None = None,
    tally: Tally | None = None,
) -> Iterator[Match]: ...


def query(
    events: Events | Iterable[Mapping[str, Any]],
    text: str,
    *,
    language: str = "eql",
    event_category_field: str = "event.category",
    timestamp_field: str = "@timestamp",
    tiebreaker_field: str | None = None,
    size: int | None = None,
    result_position: str = "tail",
    fields: Mapping[str, Kind | str] | None = None,
    mapped_only: bool = False,
    max_samples_per_key: int = 1,
    filters: Sequence[object] = (),
    index: Sequence[str] = (),
    text_mode: TextMode = "raw",
    now: int | None = None,
    rows: int | None = None,
    tally: Tally | None = None,
) -> Iterator[Match] | Iterator[dict[str, Any]]:
    """Ask events one query; the matches come in Elasticsearch's order.

    A query in ES|QL gives the rows of its table, each as a mapping of the columns' names.

    Parameters
    ----------
    events
        What `tocsin.read` or `tocsin.events` gives, or any iterable of mappings, nested or dotted.
    language
        ``eql``, ``kuery`` (KQL), ``lucene`` or ``esql`` (ES|QL).
    size, result_position
        At most so many matches (None: all), the first (``head``) or the last ones (``tail``).
    fields
        Kinds of fields that ECS does not know or types otherwise, such as ``{"v": "version"}``.
    mapped_only
        Elasticsearch's strictness: a field that is neither in ``fields`` nor in any event is
        unmapped: an error, or null if it is optional. KQL and Lucene find nothing there anyway.
    filters
        Clauses of Elasticsearch's query DSL; only events of which all hold are looked at.
    index
        Patterns of index names; only events of such an index are looked at.
    text_mode
        How KQL and Lucene look at texts: ``raw`` as they stand, ``compat`` as Elasticsearch
        indexes them.
    now
        What `now()` is in ES|QL, in milliseconds; None: the present.
    rows
        The most events in a batch; matches never depend on it.
    tally
        Counts what is read while the matches are taken.

    Raises
    ------
    QueryError
        The query is wrong; its ``diagnostics`` say what and where.
    ValueError
        An option has a value that there is not.
    """
    if language not in LANGUAGES:
        there_is = ", ".join(map(repr, LANGUAGES))
        raise ValueError(f"no query language is called {language!r}; there is {there_is}")
    if result_position not in {"head", "tail"}:
        raise ValueError(f"result_position is 'head' or 'tail', not {result_position!r}")
    source = as_events(events)
    kinds = {name: Kind(kind) for name, kind in (fields or {}).items()}
    schema = Schema(kinds, text=text_mode)
    if language == "esql":
        table = esql_table(source, text, schema, now=now, rows=rows, tally=tally)
        return table.rows if size is None else islice(table.rows, size)
    plan: Plan
    if language == "eql":
        parsed = parse(text)
        if mapped_only:
            schema = Schema(kinds, frozenset(kinds) | _present(source, _fields(parsed), schema))
        _judge(parsed, schema, text, source)
        plan = lower(
            parsed,
            schema,
            category_field=event_category_field,
            text=text,
            size=size,
            result_position=result_position,
            max_samples_per_key=max_samples_per_key,
        )
    else:
        condition = condition_of_query(text, language, schema)
        cuts = () if size is None else ((result_position, size),)
        plan = EventPlan(StagePlan(condition), Window(cuts))
    nanoseconds = kinds.get(timestamp_field) is Kind.DATE_NANOS
    asked = _Question(
        plan,
        timestamp_field,
        nanoseconds,
        FieldRef(tiebreaker_field, schema.kind(tiebreaker_field)) if tiebreaker_field else None,
        rows,
        tally or Tally(),
        filter_of(filters, schema),
        tuple(index),
    )
    return _answers(source, asked)


def filter_of(clauses: Sequence[object], schema: Schema) -> Predicate:
    """Clauses of the query DSL, all of which hold, as one predicate. Raises QueryError."""
    found, diagnostics = filters_of([{"query": clause} for clause in clauses], schema)
    if found is None:
        raise QueryError(*diagnostics)
    return found


def _fields(parsed: Query) -> set[str]:
    """The names of all fields in a query."""
    names: set[str] = set()
    pending: list[Any] = [parsed]
    while pending:
        node = pending.pop()
        if isinstance(node, Field):
            names.add(node.name)
        elif isinstance(node, tuple):
            pending.extend(node)
        elif dataclasses.is_dataclass(node):
            pending.extend(getattr(node, part.name) for part in dataclasses.fields(node))
    return names


def _present(source: Events, named: Collection[str], schema: Schema) -> frozenset[str]:
    """Those of the named fields that some event has."""
    names = tuple(sorted({schema.path(name) for name in named}))
    fields = FieldSet(names)
    seen: set[int] = set()
    for batch in source.batches(fields):
        seen.update(batch.cells(fields).slot.tolist())
    paths = {names[slot] for slot in seen}
    return frozenset(name for name in named if schema.path(name) in paths)


def _judge(parsed: Query, schema: Schema, text: str, source: Events) -> None:
    found = check(parsed, schema, text, regex_error)
    if not any(entry.severity is Severity.ERROR for entry in found):
        return
    if schema.known is not None:
        # only now are all names worth collecting: for «did you mean»
        names = {name for event in islice(source, 10_000) for name in flat(dict(event))}
        found = check(
            parsed,
            Schema(schema.overrides, known=schema.known | names),
            text,
            regex_error,
        )
    raise QueryError(*found)


def _answers(source: Events, asked: _Question) -> Iterator[Match]:
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
    source: Events, asked: _Question, program: Program, matcher: Matcher, sorter: Sorter
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
