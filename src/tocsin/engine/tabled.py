"""What the rules in ES|QL find in a finished input: one alert for each row of their results."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from tocsin.alerts.columns import COLUMNS
from tocsin.alerts.excepted import Excepted
from tocsin.alerts.finding import Finding, SourceEvent
from tocsin.alerts.identity import alert_id, event_name, finding_of
from tocsin.alerts.iso import iso
from tocsin.alerts.paths import Fields
from tocsin.alerts.stream_name import stream_name
from tocsin.columns.cells import Batch, Cells
from tocsin.columns.cells import Place as At
from tocsin.columns.content import content_hash
from tocsin.engine.compiled import Compiled
from tocsin.engine.open_events import SAMPLE
from tocsin.engine.table_places import Place
from tocsin.engine.table_rows import TableRows
from tocsin.inputs.source import Events
from tocsin.languages.esql.check import METADATA
from tocsin.languages.esql.typed import Column, Source
from tocsin.match.matcher import Hits
from tocsin.plan.lower_exceptions import Lowered, of_rows
from tocsin.plan.plan import TablePlan
from tocsin.tables.answers import Lasting, answers, lasting
from tocsin.tables.cells import shown_cell
from tocsin.tables.database import Database
from tocsin.tables.regex.parse import PatternError
from tocsin.tables.ticks import TooManyTicksError

_TOGETHER = 4096
"""About how many events are read again in one go."""


class Tabled:
    """Collects the candidates of ES|QL rules, and runs the rules when the input has ended.

    ``problems`` names the rules that could not be run, each with the reason.
    """

    def __init__(self, compiled: Compiled, source: Events) -> None:
        self._compiled = compiled
        self._source = source
        self._plans = {
            rule: plan for rule, plan in enumerate(compiled.plans) if isinstance(plan, TablePlan)
        }
        self._database: Database | None = None
        self._rows: TableRows | None = None
        self._names: dict[int, tuple[str, str]] = {}
        self.problems: list[tuple[int, str]] = []

    @property
    def spilled(self) -> int:
        """Bytes that went to disk."""
        return self._rows.spilled if self._rows is not None else 0

    def collect(self, batch: Batch, cells: Cells, hits: Hits) -> None:
        """Take the hits of these rules' stages in a batch, sorted by row."""
        if self._rows is None:
            self._database = Database()
            first = {rule: self._compiled.first_stage(rule) for rule in self._plans}
            self._rows = TableRows(
                list(self._plans.items()),
                first,
                self._compiled.program,
                self._database.directory,
                {rule: self._unread(rule, plan) for rule, plan in self._plans.items()},
            )
        self._rows.collect(batch, cells, hits)

    def finish(self) -> Iterator[Finding]:
        """The input has ended: what each rule finds."""
        if self._rows is None or self._database is None:
            return
        for rule in sorted(self._rows.rows):
            try:
                yield from self._rule(rule, self._plans[rule], self._rows, self._database)
            except (PatternError, TooManyTicksError) as error:
                self.problems.append((rule, str(error)))
            except self._database.errors as error:
                self.problems.append((rule, f"the table could not be asked: {error}"))

    def close(self) -> None:
        """Forget everything, and remove temporary files."""
        if self._database is not None:
            self._database.close()
        if self._rows is not None:
            self._rows.places.close()
        self._rows = None

    def _unread(self, rule: int, plan: TablePlan) -> frozenset[int]:
        return unread(plan, self._excepted(rule))

    def _excepted(self, rule: int) -> tuple[Lowered, ...]:
        return self._compiled.excepted[rule] if self._compiled.excepted else ()

    def _rule(
        self, rule: int, plan: TablePlan, held: TableRows, database: Database
    ) -> Iterator[Finding]:
        rows = held.rows[rule]
        if plan.pipeline.windowed:
            found = list(lasting(plan, rows, database))
        else:
            found = [
                Lasting(0, 0, frozenset(each.events), each.names, each.cells)
                for each in answers(plan, rows, database)
            ]
        found = self._not_excepted(rule, plan, found, held)
        self._name({number for each in found for number in each.events}, held)
        some: list[Lasting] = []
        count = 0
        for each in found:
            some.append(each)
            count += len(each.events)
            if count >= _TOGETHER:
                yield from self._findings(rule, plan, some, held)
                some, count = [], 0
        yield from self._findings(rule, plan, some, held)

    def _not_excepted(
        self, rule: int, plan: TablePlan, found: list[Lasting], held: TableRows
    ) -> list[Lasting]:
        """The rows that no exception is about which names a computed column."""
        excepted = of_rows(plan, self._excepted(rule))
        if not excepted:
            return found
        asked, columns, time = Excepted(excepted), plan.pipeline.result, held.places.times

        def row(each: Lasting) -> dict[str, Any]:
            times = time[list(each.events)].tolist()
            told: dict[str, Any] = {"@timestamp": iso(max(times, default=each.last))}
            for column, cell in zip(columns, each.cells, strict=True):
                told[column.name] = shown_cell(column, cell)
            return told

        return [each for each in found if not asked(row(each))]

    def _name(self, numbers: set[int], held: TableRows) -> None:
        """Find the names of events that the input gives none, equal ones numbered by arrival."""
        self._names = {}
        known = held.places.of(numbers)
        unnamed = {
            (place.source, place.offset): number for number, place in known.items() if not place.id
        }
        count: dict[str, int] = {}
        for at, content in self._source.read_again(At(*place) for place in sorted(unnamed)):
            number = unnamed[at.source, at.offset]
            digest = content_hash(content)
            count[digest] = count.get(digest, -1) + 1
            index = known[number].index
            if not index:
                index = stream_name(Fields(orjson.loads(content), content))
            self._names[number] = index, event_name(digest, count[digest])

    def _findings(
        self, rule: int, plan: TablePlan, some: Sequence[Lasting], held: TableRows
    ) -> Iterator[Finding]:
        ordered = [held.places.ordered(each.events) for each in some]
        known = held.places.of({number for numbers in ordered for number in numbers})
        # the last events of a row are kept whole
        wanted = {number for numbers in ordered for number in numbers[-SAMPLE:]}
        places = {(known[number].source, known[number].offset): number for number in wanted}
        contents = {
            places[at.source, at.offset]: content
            for at, content in self._source.read_again(At(*place) for place in sorted(places))
        }
        for each, numbers in zip(some, ordered, strict=True):
            whole = {*numbers[-SAMPLE:]}
            events = tuple(
                self._event(
                    number, known[number], contents[number] if number in whole else b"", plan
                )
                for number in numbers
            )
            columns = columns_of(plan, each.cells)
            yield self._finding(rule, plan, each, events, columns)

    def _event(self, number: int, place: Place, content: bytes, plan: TablePlan) -> SourceEvent:
        index, name = place.index, place.id
        if not name:
            stream, name = self._names[number]
            index = index or (stream if plan.pipeline.aggregates else "")
        return SourceEvent(name, index, place.time, 0, content, place.source, place.offset)

    def _finding(
        self,
        rule: int,
        plan: TablePlan,
        each: Lasting,
        events: tuple[SourceEvent, ...],
        columns: dict[str, Any],
    ) -> Finding:
        rule_id = self._compiled.rules[rule].id
        last = max((event.time for event in events), default=each.first)
        extra: dict[str, Any] = {COLUMNS: columns}
        if not plan.pipeline.aggregates:
            # what was expanded tells the rows of an event apart
            return finding_of(rule, rule_id, last, events, each.names, extra)
        extra["tocsin.ticks"] = {"first": iso(each.first), "last": iso(each.last)}
        told = alert_id(rule_id, (), (*each.names, iso(each.first)))
        return Finding(rule, told, last, events, each.names, extra)


def unread(plan: TablePlan, excepted: Sequence[Lowered]) -> frozenset[int]:
    """The columns that neither the pipeline nor the rule's alerts or exceptions look at."""
    source = plan.pipeline.source
    if not isinstance(source, Source) or of_rows(plan, excepted):
        return frozenset()
    told = {column.id for column in shown(plan)}
    return frozenset(column.id for column in source.columns) - told - plan.pipeline.read


def columns_of(plan: TablePlan, cells: Sequence[Any]) -> dict[str, Any]:
    """The columns that an alert shows."""
    told = shown(plan)
    return {
        column.name: shown_cell(column, cell)
        for column, cell in zip(plan.pipeline.result, cells, strict=True)
        if column in told
    }


def shown(plan: TablePlan) -> tuple[Column, ...]:
    """The columns of the result that an alert shows: of events those that were computed."""
    source, aggregates = plan.pipeline.source, plan.pipeline.aggregates
    given = {column.id for column in source.columns} if isinstance(source, Source) else set()
    return tuple(
        column
        for column in plan.pipeline.result
        if column.name not in METADATA
        and column.name != "@timestamp"
        and (aggregates or column.id not in given)
    )
