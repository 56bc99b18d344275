"""Rules in ES|QL over a stream.

A pipeline that looks at each event by itself is asked about a batch as soon as it has come. One
that looks at several is asked at each tick, a multiple of the rule's interval, once the watermark
has passed the tick's window; its candidates wait as records, and their events are read again. A row
that stays from tick to tick is one alert, told again as it grows.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from tocsin.alerts.columns import COLUMNS
from tocsin.alerts.excepted import Excepted
from tocsin.alerts.finding import Finding, SourceEvent
from tocsin.alerts.identity import alert_id, finding_of
from tocsin.alerts.iso import iso
from tocsin.alerts.paths import Fields
from tocsin.alerts.stream_name import stream_name
from tocsin.engine.open_events import SAMPLE
from tocsin.engine.table_rows import TableRows
from tocsin.engine.tabled import shown, unread
from tocsin.live.lasting import Lasting, States
from tocsin.live.places import Places, Ref
from tocsin.live.table_records import Records
from tocsin.match.matcher import Hits
from tocsin.plan.lower_exceptions import of_rows
from tocsin.tables.answers import NO_ANSWERS, answers, between
from tocsin.tables.cells import shown_cell
from tocsin.tables.database import Database
from tocsin.tables.ticks import first_moment, last_tick, window_end

if TYPE_CHECKING:
    import numpy.typing as npt

    from tocsin.columns.cells import Cells
    from tocsin.engine.compiled import Compiled
    from tocsin.inputs.batch import JsonBatch
    from tocsin.live.content import Arrays, Longs
    from tocsin.live.guard import Guard
    from tocsin.plan.plan import TablePlan

MOST_RECORDS = 2_000_000
"""Records of one rule; beyond it the oldest are forgotten."""

_Remember = Callable[["npt.NDArray[Any]"], "npt.NDArray[np.int32]"]


class LiveTables:
    """The rules in ES|QL.

    ``alike``: rules that suppress alerts; of those, a row of several ticks is told when it is gone.
    ``evicted``: candidates that were forgotten to bound memory.
    """

    def __init__(
        self,
        compiled: Compiled,
        plans: Mapping[int, TablePlan],
        keys: Sequence[str],
        places: Places,
        guard: Guard,
        alike: Collection[int],
    ) -> None:
        self._alike = alike
        self._compiled = compiled
        self._keys = keys
        self._places = places
        self._guard = guard
        self.plans = plans
        self._first = {rule: compiled.first_stage(rule) for rule in self.plans}
        excepted = compiled.excepted or [()] * len(compiled.plans)
        self._excepted = {
            rule: Excepted(found)
            for rule, plan in self.plans.items()
            if (found := of_rows(plan, excepted[rule]))
        }
        self._unread = {rule: unread(plan, excepted[rule]) for rule, plan in self.plans.items()}
        self._records: dict[int, Records] = {}
        self._states: dict[int, States] = {}
        self._made: Database | None = None
        self.evicted = 0

    def __len__(self) -> int:
        return sum(map(len, self._records.values()))

    @property
    def _database(self) -> Database:
        if self._made is None:
            self._made = Database()
        return self._made

    def collect(
        self,
        batch: JsonBatch,
        cells: Cells,
        hits: Hits,
        late: npt.NDArray[np.bool_],
        remember: _Remember,
    ) -> list[Finding]:
        """Take a batch's hits of these rules, by row; what single events are worth."""
        found: list[Finding] = []
        rules = self._compiled.stage_rule[hits.stage]
        for rule in np.unique(rules).tolist():
            plan, mine = self.plans[rule], rules == rule
            some = Hits(hits.row[mine], hits.stage[mine])
            if plan.pipeline.windowed:
                in_time = ~late[some.row]
                self._keep(rule, batch, cells, some.row[in_time], some.stage[in_time], remember)
                continue
            with self._guard.of(rule):
                found += self._single(rule, plan, batch, cells, some, remember)
        return found

    def _single(
        self,
        rule: int,
        plan: TablePlan,
        batch: JsonBatch,
        cells: Cells,
        hits: Hits,
        remember: _Remember,
    ) -> list[Finding]:
        with self._held(rule, plan) as held:
            held.collect(batch, cells, hits)
            if rule not in held.rows:
                return []
            found = list(answers(plan, held.rows[rule], self._database))
        rows = np.unique(hits.row[hits.stage == self._first[rule]])
        reading = _Reading(
            self, plan, batch.offsets[rows], cells.time[rows].tolist(), remember(rows).tolist()
        )
        findings = []
        for each in found:
            lasting = Lasting(0, 0, each.names, reading.told(each.cells))
            for number in each.events:
                ref = reading.place(number)
                lasting.events[ref.place] = reading.named(ref)
            findings += self._finding(rule, plan, lasting)
        return findings

    def _keep(
        self,
        rule: int,
        batch: JsonBatch,
        cells: Cells,
        rows: npt.NDArray[np.int32],
        stages: npt.NDArray[np.int32],
        remember: _Remember,
    ) -> None:
        if not rows.size:
            return
        unique, at = np.unique(rows, return_inverse=True)
        records = self._records.setdefault(rule, Records())
        records.add(
            cells.time[rows],
            batch.offsets[rows],
            stages - self._first[rule],
            remember(unique)[at],
        )
        self.evicted += records.bound(MOST_RECORDS)

    def passed(self, mark: int) -> list[Finding]:
        """What the ticks answer whose windows the watermark has passed."""
        found: list[Finding] = []
        for rule in sorted(self._records.keys() | self._states.keys()):
            plan = self.plans[rule]
            states = self._states.setdefault(rule, States(plan))
            if rule in self._guard.suspended or mark < states.next:
                continue
            until = last_tick(mark, plan.interval, plan.high)
            with self._guard.of(rule):
                if states.done is None or until > states.done:
                    found += self._ticks(rule, plan, states, until)
                states.next = window_end(until + plan.interval, plan.high) + 1
        return found

    def _ticks(self, rule: int, plan: TablePlan, states: States, until: int) -> list[Finding]:
        """What a rule answers at the ticks that are due."""
        records = self._records.setdefault(rule, Records())
        time, place, position, origin = records.all()
        answered, reading = NO_ANSWERS, _Reading(self, plan, place, [], [])
        if len(records):
            unique, first, row = np.unique(place, return_index=True, return_inverse=True)
            batch = self._places.batch(unique.tolist(), origin[first].tolist())
            cells = batch.cells(self._compiled.program.fields)
            order = np.lexsort((position, row))
            stages = (position + self._first[rule])[order].astype(np.int32)
            with self._held(rule, plan) as held:
                held.collect(batch, cells, Hits(row[order].astype(np.int32), stages))
                some = np.unique(row[position == 0])
                reading = _Reading(
                    self,
                    plan,
                    unique[some],
                    time[first][some].tolist(),
                    origin[first][some].tolist(),
                )
                if rule in held.rows:
                    rows = held.rows[rule]
                    answered = between(plan, rows, self._database, states.done, until)
        touched = states.take(answered, until, reading)
        closed, states.closed = states.closed, []
        records.forget(first_moment(until, plan.low))
        told = closed if rule in self._alike else touched
        return [finding for one in told for finding in self._finding(rule, plan, one)]

    def _held(self, rule: int, plan: TablePlan) -> _Held:
        return _Held(
            TableRows(
                [(rule, plan)],
                self._first,
                self._compiled.program,
                self._database.directory,
                {rule: self._unread[rule]},
            )
        )

    def named(self, ref: Ref, plan: TablePlan) -> tuple[int, str, str, int]:
        """Time, index, name of an event, and the number of its index."""
        content = self._places.content(ref.place)
        index, name = self._places.name(ref, content)
        if not index and plan.pipeline.aggregates:
            index = stream_name(Fields(orjson.loads(content), content))
        return ref.time, index, name, ref.origin

    def _finding(self, rule: int, plan: TablePlan, each: Lasting) -> list[Finding]:
        """A row as a finding; none if an exception is about it."""
        if rule in self._excepted and self._excepted[rule](_row(each)):
            return []
        ordered = sorted(each.events, key=lambda place: (each.events[place][0], place))
        whole = {*ordered[-SAMPLE:]}
        events = tuple(self._event(place, each.events[place], place in whole) for place in ordered)
        rule_id = self._compiled.rules[rule].id
        last = max((event.time for event in events), default=each.first)
        columns = {column.name: each.told[column.name] for column in shown(plan)}
        extra: dict[str, Any] = {COLUMNS: columns}
        if not plan.pipeline.aggregates:
            return [finding_of(rule, rule_id, last, events, each.names, extra)]
        extra["tocsin.ticks"] = {"first": iso(each.first), "last": iso(each.last)}
        told = alert_id(rule_id, (), (*each.names, iso(each.first)))
        return [Finding(rule, told, last, events, each.names, extra)]

    def _event(
        self,
        place: int,
        named: tuple[int, str, str, int],
        whole: bool,
    ) -> SourceEvent:
        time, index, name, _ = named
        content = self._places.content(place) if whole else b""
        return SourceEvent(name, index, time, 0, content, 0, place)

    def close(self) -> None:
        """Let go of temporary files; they are made again if need be."""
        if self._made is not None:
            self._made.close()
            self._made = None

    def drop(self, rule: int) -> None:
        """Forget what is open for a rule."""
        self._records.pop(rule, None)
        self._states.pop(rule, None)

    def records(self) -> list[Longs]:
        """The places of all candidates, by rule."""
        return [records.all()[1] for records in self._records.values()]

    def state(self, arrays: Arrays) -> dict[str, Any]:
        """What waits and what lasts, by the rules' keys."""
        return {
            "records": {
                self._keys[rule]: [arrays.add(column) for column in records.all()]
                for rule, records in self._records.items()
                if len(records)
            },
            "lasting": {self._keys[rule]: states.state() for rule, states in self._states.items()},
        }

    def restore(self, state: Mapping[str, Any], arrays: Sequence[Longs]) -> list[str]:
        """Go on with rules that are here too; the keys of those that are not."""
        numbers = {self._keys[rule]: rule for rule in self.plans}
        for key, columns in state["records"].items():
            if key in numbers:
                records = self._records[numbers[key]] = Records()
                records.add(*(arrays[column] for column in columns))
        for key, told in state["lasting"].items():
            if key in numbers:
                rule = numbers[key]
                self._states[rule] = States(self.plans[rule])
                self._states[rule].restore(told)
        return [key for key in state["records"] if key not in numbers]


class _Held:
    """Rows of one question, let go of when it has been answered."""

    def __init__(self, rows: TableRows) -> None:
        self._rows = rows

    def __enter__(self) -> TableRows:
        return self._rows

    def __exit__(self, *_: object) -> None:
        self._rows.places.close()


class _Reading:
    """What the rows of answers are read with; by number, the candidates of one question."""

    def __init__(
        self,
        tables: LiveTables,
        plan: TablePlan,
        places: Longs,
        times: Sequence[int],
        origins: Sequence[int],
    ) -> None:
        self._tables = tables
        self._plan = plan
        self._places = places.tolist()
        self._times = times
        self._origins = origins

    def place(self, number: int) -> Ref:
        """The event of a number in the answers."""
        return Ref(self._places[number], self._times[number], self._origins[number])

    def named(self, ref: Ref) -> tuple[int, str, str, int]:
        """Time, index, name of an event, and the number of its index."""
        return self._tables.named(ref, self._plan)

    def told(self, cells: Sequence[Any]) -> dict[str, Any]:
        """What a row shows of its columns."""
        return {
            column.name: shown_cell(column, cell)
            for column, cell in zip(self._plan.pipeline.result, cells, strict=True)
        }


def _row(each: Lasting) -> dict[str, Any]:
    """A row as exceptions see it."""
    last = max((time for time, *_ in each.events.values()), default=each.last)
    return {"@timestamp": iso(last), **each.told}
