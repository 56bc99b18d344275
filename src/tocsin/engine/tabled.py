"""What the rules in ES|QL find in an input: one alert for each row of their results.

A rule about several events runs at ticks, each over its own window. From run to run go on the
events that later windows may reach, and the rows that may go on; a run tells what its own ticks
have shown, and rows of earlier runs again, under the same name, where they have changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from tocsin.alerts.columns import COLUMNS
from tocsin.alerts.excepted import Excepted
from tocsin.alerts.finding import Finding, SourceEvent
from tocsin.alerts.identity import alert_id, finding_of
from tocsin.alerts.iso import iso
from tocsin.columns.cells import Batch, Cells
from tocsin.engine.carried import CARRIED, CarriedEvent, CarriedEvents
from tocsin.engine.compiled import Compiled
from tocsin.engine.open_events import SAMPLE
from tocsin.engine.table_events import Named, TableEvents
from tocsin.engine.table_memory import CarriedBatch, TableMemory, pieces
from tocsin.engine.table_rows import TableRows
from tocsin.inputs.source import Events
from tocsin.languages.esql.metadata import METADATA
from tocsin.languages.esql.typed import Column, Source
from tocsin.match.matcher import Hits
from tocsin.plan.lower_exceptions import Lowered, of_rows
from tocsin.plan.plan import TablePlan
from tocsin.tables.answers import Lasting, Span, answers, lasting
from tocsin.tables.cells import shown_cell
from tocsin.tables.database import Database
from tocsin.tables.regex.tree import PatternError
from tocsin.tables.ticks import TooManyTicksError, first_moment, last_tick

_TOGETHER = 4096
"""About how many events are read again in one go."""


class Tabled:
    """Collects the candidates of ES|QL rules, and runs the rules when the input has ended.

    ``problems`` names the rules that could not be run, each with the reason. ``open``: by rule,
    what goes on then. ``updated``: the names of alerts that an earlier run has told.

    Parameters
    ----------
    earlier
        What earlier runs left open, by rule, and ``carried``: its events.
    """

    def __init__(
        self,
        compiled: Compiled,
        source: Events,
        earlier: Mapping[int, TableMemory] | None = None,
        carried: CarriedEvents | None = None,
    ) -> None:
        self._compiled = compiled
        self._source = source
        self._plans = {
            rule: plan for rule, plan in enumerate(compiled.plans) if isinstance(plan, TablePlan)
        }
        self._earlier = dict(earlier or {})
        self._carried = carried or CarriedEvents()
        self._database: Database | None = None
        self._rows: TableRows | None = None
        self._events: TableEvents | None = None
        self.open: dict[int, TableMemory] = {}
        self.updated: set[str] = set()
        self.problems: list[tuple[int, str]] = []
        self.rows = 0
        """Rows that all rules looked at together, those of earlier runs among them."""
        self.bytes = 0
        """Bytes of these rows, in memory or on disk."""
        self.spilled = 0
        """Bytes that went to disk."""

    def collect(self, batch: Batch, cells: Cells, hits: Hits) -> None:
        """Take the hits of these rules' stages in a batch, sorted by row."""
        self._ready()[0].collect(batch, cells, hits)

    def finish(self, span: tuple[int | None, int] | None = None) -> Iterator[Finding]:
        """The input has ended: what each rule finds.

        Parameters
        ----------
        span
            If something goes on: when the last input ended and when this one does.
        """
        if self._rows is None and not self._earlier:
            return
        held, database = self._ready()
        self.rows = sum(rows.count for rows in held.rows.values())
        self.bytes = sum(rows.size for rows in held.rows.values())
        if self._events is not None:
            again = self._events.again()
            for rows in held.rows.values():
                rows.left_out = again
        for rule in sorted(held.rows.keys() | self._earlier.keys()):
            try:
                yield from self._rule(rule, self._plans[rule], held, database, span)
            except (PatternError, TooManyTicksError) as error:
                self._failed(rule, str(error))
            except database.errors as error:
                self._failed(rule, f"the table could not be asked: {error}")
        self.spilled = held.spilled

    def _failed(self, rule: int, reason: str) -> None:
        self.problems.append((rule, reason))
        if rule in self._earlier:
            self.open[rule] = self._earlier[rule]

    def open_events(self, first: int) -> Iterator[tuple[int, CarriedEvent]]:
        """The events of what is open, numbered from a number on, as `open` then has them, too."""
        held, events = self._rows, self._events
        if held is None or events is None:
            return
        whole: set[int] = set()
        every: set[int] = set()
        for memory in self.open.values():
            whole.update(memory.rows)
            every |= memory.events
            for each in (*memory.going, *memory.held):
                whole.update(held.places.ordered(each.events)[-SAMPLE:])
        numbers = sorted(every)
        names = events.named(numbers)
        for begin in range(0, len(numbers), _TOGETHER):
            some = numbers[begin : begin + _TOGETHER]
            contents = events.contents([number for number in some if number in whole])
            for number, own in enumerate(some, first + begin):
                yield number, CarriedEvent(*names[own], contents.get(own, b""))
        known = dict(zip(numbers, range(first, first + len(numbers)), strict=True))
        self.open = {
            rule: memory.renumbered(known.__getitem__) for rule, memory in self.open.items()
        }

    def close(self) -> None:
        """Forget everything, and remove temporary files."""
        if self._database is not None:
            self._database.close()
        if self._rows is not None:
            self._rows.places.close()
        self._rows = None

    def _ready(self) -> tuple[TableRows, Database]:
        """The rows and the database, with what earlier runs left."""
        if self._rows is None or self._database is None:
            self._database = Database()
            first = {rule: self._compiled.first_stage(rule) for rule in self._plans}
            self._rows = TableRows(
                list(self._plans.items()),
                first,
                self._compiled.program,
                self._database.directory,
                {rule: unread(plan, self._excepted(rule)) for rule, plan in self._plans.items()},
            )
            self._events = TableEvents(self._source, self._carried, self._rows.places)
            self._restore(self._rows)
        return self._rows, self._database

    def _restore(self, held: TableRows) -> None:
        """Put the rows of earlier runs before all others."""
        times: dict[int, int] = {}
        for memory in self._earlier.values():
            times.update(memory.times)
        numbers = np.array(sorted(times), np.int64)
        moments = np.array([times[number] for number in numbers.tolist()], np.int64)
        places = held.places.put(np.full(len(numbers), CARRIED, np.int32), numbers, moments)
        own = dict(zip(numbers.tolist(), places.tolist(), strict=True))
        flags: dict[int, list[tuple[int, int]]] = {}
        for rule, memory in self._earlier.items():
            for number, flag in zip(
                memory.rows, memory.flags or [0] * len(memory.rows), strict=True
            ):
                flags.setdefault(number, []).append((self._compiled.first_stage(rule), flag))
        some = np.array(sorted(flags), np.int64)
        sizes = [self._carried.size(number) for number in some.tolist()]
        for part in pieces(sizes):
            chosen = some[part].tolist()
            batch = CarriedBatch(
                [self._carried[number] for number in chosen], self._compiled.program.fields
            )
            found = [
                (row, stage + position)
                for row, number in enumerate(chosen)
                for stage, flag in sorted(flags[number])
                for position in range(1 + flag.bit_length())
                if not position or flag >> (position - 1) & 1
            ]
            hits = np.array(found, np.int32).reshape(-1, 2)
            numbered = np.array([own[number] for number in chosen], np.int64)
            held.restore(batch, batch.made, Hits(hits[:, 0], hits[:, 1]), numbered)
        self._earlier = {
            rule: memory.renumbered(own.__getitem__) for rule, memory in self._earlier.items()
        }

    def _excepted(self, rule: int) -> tuple[Lowered, ...]:
        return self._compiled.excepted[rule] if self._compiled.excepted else ()

    def _rule(
        self,
        rule: int,
        plan: TablePlan,
        held: TableRows,
        database: Database,
        span: tuple[int | None, int] | None,
    ) -> Iterator[Finding]:
        if plan.pipeline.windowed:
            found = self._windowed(rule, plan, held, database, span)
        else:
            found = [
                Lasting(0, 0, frozenset(each.events), each.names, each.cells)
                for each in answers(plan, held.rows[rule], database)
            ]
        found = self._not_excepted(rule, plan, found, held)
        if not found or self._events is None:
            return
        names = self._events.named({number for each in found for number in each.events})
        some: list[Lasting] = []
        count = 0
        for each in found:
            some.append(each)
            count += len(each.events)
            if count >= _TOGETHER:
                yield from self._findings(rule, plan, some, held, names)
                some, count = [], 0
        yield from self._findings(rule, plan, some, held, names)

    def _windowed(
        self,
        rule: int,
        plan: TablePlan,
        held: TableRows,
        database: Database,
        span: tuple[int | None, int] | None,
    ) -> list[Lasting]:
        """What the ticks of this run have shown."""
        rows = held.of(rule)
        if span is None:
            return list(lasting(plan, rows, database))
        begin = None if span[0] is None else _first_open(plan, span[0])
        end = _first_open(plan, span[1])
        low = first_moment(end, plan.low)
        earlier = self._earlier.get(rule, TableMemory())
        found = list(lasting(plan, rows, database, Span(begin, end), earlier.going))
        kept = TableMemory(*rows.since(low, database), [one for one in found if one.goes_on])
        if self._holds(rule):
            # in order of time: nothing that comes later is earlier than what is told
            over = [*earlier.held, *(one for one in found if not one.goes_on)]
            bound = min((_time(one, held) for one in kept.going), default=low)
            told = [one for one in over if _time(one, held) < min(bound, low)]
            kept.held = [one for one in over if _time(one, held) >= min(bound, low)]
        else:
            told = [one for one in found if begin is None or one.last >= begin]
            self._note(rule, plan, [one for one in told if begin is not None and one.first < begin])
        times = held.places.times
        kept.times = {number: int(times[number]) for number in kept.events}
        if kept:
            self.open[rule] = kept
        return told

    def _holds(self, rule: int) -> bool:
        """Whether alerts of a rule are told once they are over: of such as suppress alerts."""
        suppressions = self._compiled.suppressions
        return bool(suppressions) and suppressions[rule] is not None

    def _note(self, rule: int, plan: TablePlan, some: Sequence[Lasting]) -> None:
        """Note the names of alerts that were told before."""
        if plan.pipeline.aggregates:
            rule_id = self._compiled.rules[rule].id
            self.updated.update(_group_id(rule_id, each) for each in some)

    def _not_excepted(
        self, rule: int, plan: TablePlan, found: list[Lasting], held: TableRows
    ) -> list[Lasting]:
        """The rows that no exception is about which names a computed column."""
        excepted = of_rows(plan, self._excepted(rule))
        if not excepted:
            return found
        asked, columns = Excepted(excepted), plan.pipeline.result

        def row(each: Lasting) -> dict[str, Any]:
            told: dict[str, Any] = {"@timestamp": iso(_time(each, held))}
            for column, cell in zip(columns, each.cells, strict=True):
                told[column.name] = shown_cell(column, cell)
            return told

        return [each for each in found if not asked(row(each))]

    def _findings(
        self,
        rule: int,
        plan: TablePlan,
        some: Sequence[Lasting],
        held: TableRows,
        names: Mapping[int, Named],
    ) -> Iterator[Finding]:
        if self._events is None:
            return
        ordered = [held.places.ordered(each.events) for each in some]
        numbers = {number for numbers in ordered for number in numbers}
        # the last events of a row are kept whole
        whole = {number for numbers in ordered for number in numbers[-SAMPLE:]}
        streams = plan.pipeline.aggregates
        known = self._events.events(numbers, names, whole, streams=streams)
        for each, numbers_of in zip(some, ordered, strict=True):
            own = {*numbers_of[-SAMPLE:]}
            events = tuple(
                known[number] if number in own else known[number]._replace(content=b"")
                for number in numbers_of
            )
            yield self._finding(rule, plan, each, events, columns_of(plan, each.cells))

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
        return Finding(rule, _group_id(rule_id, each), last, events, each.names, extra)


def _time(each: Lasting, held: TableRows) -> int:
    """The time of a row's latest event."""
    times = held.places.times
    return int(times[list(each.events)].max()) if each.events else each.first


def _group_id(rule_id: str, each: Lasting) -> str:
    return alert_id(rule_id, (), (*each.names, iso(each.first)))


def _first_open(plan: TablePlan, latest: int) -> int:
    """The first tick whose window an event no earlier than some time may lie in."""
    return last_tick(latest, plan.interval, plan.high) + plan.interval


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
    """The columns of the result that an alert shows: of events what was computed or renamed."""
    source, aggregates = plan.pipeline.source, plan.pipeline.aggregates
    columns = source.columns if isinstance(source, Source) else ()
    given = {(column.id, column.name) for column in columns}
    return tuple(
        column
        for column in plan.pipeline.result
        if column.name not in METADATA
        and column.name != "@timestamp"
        and (aggregates or (column.id, column.name) not in given)
    )
