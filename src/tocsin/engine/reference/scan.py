"""A scan under the reference's clock: the alerts that Kibana's schedule would have given."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from tocsin.alerts.finding import Finding, SourceEvent
from tocsin.alerts.identity import finding_of
from tocsin.alerts.threshold import counted
from tocsin.columns.cells import Batch, Cells, Place
from tocsin.engine.compiled import Compiled, reading
from tocsin.engine.joins import Joins
from tocsin.engine.reference.arrivals import Arrivals, Times, fields_of
from tocsin.engine.reference.compare import WINDOW, Row, Shape, compared
from tocsin.engine.reference.counting import new_terms, thresholds
from tocsin.engine.reference.runs import Outage, Runs
from tocsin.engine.reference.single import CAPPED, LATE, told
from tocsin.engine.reference.windowed import Event, Match, Seen, Simulated, joined
from tocsin.engine.remembering import NEW_TERMS
from tocsin.engine.scan import Options, Scan
from tocsin.engine.statistics import Statistics
from tocsin.inputs.report import RejectHook
from tocsin.inputs.source import Events
from tocsin.match.carry import Carry
from tocsin.match.matcher import Hits
from tocsin.match.records import places
from tocsin.plan.plan import (
    EventPlan,
    Joining,
    NewTermsPlan,
    Plan,
    SamplePlan,
    SequencePlan,
    TablePlan,
    ThreatPlan,
    ThresholdPlan,
)
from tocsin.plan.predicate import FieldRef
from tocsin.rules.timing import look_back
from tocsin.schema.kinds import Kind
from tocsin.schema.values import parse_time

Ints: TypeAlias = npt.NDArray[np.int32]

_TOGETHER = 4096


class ReferenceScan:
    """One run of compiled rules over one input, by the clock of the reference.

    Iterate `findings` once; `statistics` holds, beside what a scan counts, the comparison with the
    answer in event time (``statistics.reference``): by rule id, a row of `compare.Row`.

    Parameters
    ----------
    outages
        Times in which no rule runs.
    """

    def __init__(
        self,
        compiled: Compiled,
        source: Events,
        options: Options | None = None,
        *,
        outages: Sequence[Outage] = (),
        reject: RejectHook | None = None,
        progress: Callable[[Statistics], None] | None = None,
    ) -> None:
        extra = fields_of(compiled.rules)
        self._compiled = reading(compiled, extra)
        self._source = source
        self.options = dataclasses.replace(options or Options(), suppression=False)
        self._scan = Scan(
            self._compiled,
            source,
            self.options,
            reject=reject,
            progress=progress,
            observe=self._observe,
        )
        self.statistics = self._scan.statistics
        self._arrivals = Arrivals(self._compiled.program, extra)
        rules = self._compiled.rules
        self._runs = {
            number: Runs(rules[number], outages)
            for number, plan in enumerate(self._compiled.plans)
            if plan is not None
        }
        self._singles = _Singles()
        self._joins = self._windowed()
        self._ours: dict[int, list[Shape]] = {}
        self._theirs: dict[int, list[Shape]] = {}
        self._rows: dict[int, Row] = {}

    def findings(self) -> Iterator[Finding]:
        """The reference's alerts, in no order."""
        source = self._source
        source.spool = True
        try:
            for finding in self._scan.findings():
                plan = self._compiled.plans[finding.rule]
                match plan:
                    case EventPlan():
                        continue
                    case TablePlan() if plan.pipeline.windowed:
                        self._repeated(finding, plan)
                        yield finding
                    case ThreatPlan() | TablePlan():
                        self._singles.found(finding)
                    case _:
                        self._ours.setdefault(finding.rule, []).append(_shape(finding))
            self._arrivals.close()
            yield from self._single()
            for finding in self._joined():
                self._theirs.setdefault(finding.rule, []).append(_shape(finding))
                yield finding
        finally:
            self._joins.candidates.close()
        self._compare()

    @property
    def windows(self) -> dict[int, dict[str, Any]]:
        """Windows of suppression from earlier runs: there are none."""
        return {}

    def save(self, windows: Mapping[int, dict[str, Any]]) -> None:
        """Keep nothing for a later run."""

    def close(self) -> None:
        """Let go of everything that waits."""
        self._joins.candidates.close()
        self._scan.close()

    def _windowed(self) -> Joins:
        """Collects the hits of rules that join, and runs them window by window."""
        compiled = self._compiled
        joining = [
            (number, recorded)
            for number, plan in enumerate(compiled.plans)
            if plan is not None and (recorded := _recorded(plan)) is not None
        ]
        ties = {
            number: FieldRef(field, Kind.UNKNOWN)
            for number, _ in joining
            if (field := compiled.rules[number].tiebreaker_field)
        }
        first = {number: compiled.first_stage(number) for number, _ in joining}
        joined_rules = np.array([number for number, _ in joining], np.int32)
        self._joins_stage = np.isin(compiled.stage_rule, joined_rules)
        alone = [n for n, plan in enumerate(compiled.plans) if isinstance(plan, EventPlan)]
        self._single_stage = np.isin(compiled.stage_rule, np.array(alone, np.int32))
        program, source = compiled.program, self._source
        return Joins(joining, first, program, source, ties, runs=self._simulated)

    def _simulated(self, number: int, recorded: Joining, _: int, carry: Carry | None) -> Simulated:
        """The runs of one rule over its events; nothing is carried from input to input."""
        del carry
        rule, runs = self._compiled.rules[number], self._runs[number]
        plan = self._compiled.plans[number]
        most = rule.max_signals
        simulate: Callable[[Seen], Iterator[Match]]
        match plan:
            case NewTermsPlan():
                simulate = new_terms(plan, runs, most)
            case ThresholdPlan():
                simulate = thresholds(plan, runs, most)
            case _ if isinstance(recorded, SequencePlan | SamplePlan):
                simulate = joined(recorded, runs, most)
            case _:
                raise TypeError("a plan that does not join")

        def times(events: Sequence[Event]) -> tuple[Times, Times]:
            return self._arrivals.of(
                rule,
                np.array([event.ref.source for event in events], np.int32),
                np.array([event.ref.offset for event in events], np.int64),
                np.array([event.time for event in events], np.int64),
            )

        return Simulated(number, times, simulate)

    def _observe(self, batch: Batch, cells: Cells, hits: Hits) -> None:
        """Take what the rules hit in a batch."""
        joins, single = self._joins_stage[hits.stage], self._single_stage[hits.stage]
        self._arrivals.take(batch, cells, np.unique(hits.row))
        if joins.any():
            self._joins.collect(batch, cells, hits.row[joins], hits.stage[joins])
        rules = self._compiled.stage_rule[hits.stage[single]]
        self._singles.take(batch, cells, hits.row[single], rules)

    def _repeated(self, finding: Finding, plan: TablePlan) -> None:
        """Count an alert of a table that is asked at each run: each gives its rows anew."""
        row = self._rows.setdefault(finding.rule, Row())
        row.same += 1
        ticks = finding.extra.get("tocsin.ticks", {})
        first, last = parse_time(ticks.get("first")), parse_time(ticks.get("last"))
        if first is not None and last is not None:
            row.doubled += (last - first) // plan.interval

    def _single(self) -> Iterator[Finding]:
        """The reference's alerts of single events, rule after rule."""
        for number, sources, offsets, times in self._singles.by_rule():
            rule = self._compiled.rules[number]
            primary, arrival = self._arrivals.of(rule, sources, offsets, times)
            latest = rule.language == "eql"
            found, lost = told(
                self._runs[number], primary, arrival, rule.max_signals, latest=latest
            )
            self._rows[number] = Row(int(found.sum()), lost=lost)
            yield from self._again(number, sources, offsets, times, np.flatnonzero(found))

    def _again(
        self,
        number: int,
        sources: Ints,
        offsets: Times,
        times: Times,
        chosen: npt.NDArray[np.intp],
    ) -> Iterator[Finding]:
        """Findings about the chosen ones of a rule's hits, with their events read again."""
        known = self._singles.known.get(number)
        order = np.lexsort((offsets[chosen], sources[chosen]))
        waiting = iter(chosen[order].tolist())
        while some := list(islice(waiting, _TOGETHER)):
            spots = [(int(sources[n]), int(offsets[n])) for n in some]
            again = self._source.read_again(Place(*spot) for spot in dict.fromkeys(spots))
            contents = {(place.source, place.offset): content for place, content in again}
            for n, spot in zip(some, spots, strict=True):
                if known is not None:
                    event = known[n].present[0]._replace(content=contents[spot])
                    yield known[n]._replace(events=(event,))
                    continue
                index, name = self._singles.identities.get(spot, ("", ""))
                at = int(times[n])
                event = SourceEvent(name, index, at, 0, contents[spot], *spot)
                yield Finding(number, "", at, (event,))

    def _joined(self) -> Iterator[Finding]:
        rules, plans = self._compiled.rules, self._compiled.plans
        for number, keys, events, at, distinct in self._joins.finish():
            plan = plans[number]
            extra = {}
            if isinstance(plan, ThresholdPlan):
                extra = counted(plan, keys, events, distinct)
            elif isinstance(plan, NewTermsPlan):
                extra = {NEW_TERMS: list(keys)}
            yield finding_of(number, rules[number].id, at, events, keys, extra)

    def _compare(self) -> None:
        for number in sorted({*self._ours, *self._theirs}):
            plan, rule = self._compiled.plans[number], self._compiled.rules[number]
            ours = self._ours.get(number, [])
            self._rows[number] = compared(
                ours,
                self._theirs.get(number, []),
                self._reasons(number, ours),
                by_keys=isinstance(plan, NewTermsPlan),
                span=look_back(rule),
            )
        rules = self._compiled.rules
        self.statistics.reference = {
            rules[number].id: {"name": rules[number].name, **self._rows[number].as_json()}
            for number in sorted(self._rows)
        }

    def _reasons(self, number: int, shapes: Sequence[Shape]) -> Iterator[str]:
        """For each alert why the reference would not tell it, if it does not."""
        rule, runs = self._compiled.rules[number], self._runs[number]
        for shape in shapes:
            present = [place for place in shape.places if place is not None]
            sources = np.array([source for source, _ in present], np.int32)
            offsets = np.array([offset for _, offset in present], np.int64)
            times = np.array(shape.times, np.int64)
            moments, arrivals = self._arrivals.of(rule, sources, offsets, times)
            events = list(zip(moments.tolist(), arrivals.tolist(), strict=True))
            if any(runs.first_seeing(*event) is None for event in events):
                yield LATE
            elif runs.capped and runs.sees_together(events):
                yield CAPPED
            else:
                yield WINDOW


def _recorded(plan: Plan) -> Joining | None:
    """The plan by which hits are collected: without a bound in event time, the windows being one.

    None for plans of single events.
    """
    match plan:
        case SequencePlan() | SamplePlan() | ThresholdPlan():
            return dataclasses.replace(plan, reach=None)
        case NewTermsPlan():
            return ThresholdPlan(plan.stage, 1)
        case _:
            return None


def _shape(finding: Finding) -> Shape:
    places = tuple(event and (event.source, event.offset) for event in finding.events)
    return Shape(finding.keys, places, finding.time, tuple(event.time for event in finding.present))


class _Singles:
    """Hits of single events as arrays: 24 bytes each."""

    def __init__(self) -> None:
        self._parts: list[tuple[Ints, Ints, Times, Times]] = []
        self.identities: dict[tuple[int, int], tuple[str, str]] = {}
        self.known: dict[int, list[Finding]] = {}
        """Of rules whose hits alone do not tell all, their findings, without the contents."""

    def found(self, finding: Finding) -> None:
        """Take a finding about one event."""
        event = finding.present[0]
        light = finding._replace(events=(event._replace(content=b""),), excerpt=None)
        self.known.setdefault(finding.rule, []).append(light)
        self._parts.append(
            (
                np.array([finding.rule], np.int32),
                np.array([event.source], np.int32),
                np.array([event.offset], np.int64),
                np.array([event.time], np.int64),
            )
        )

    def take(self, batch: Batch, cells: Cells, rows: Ints, rules: Ints) -> None:
        """Take hits of a batch: rows, and the numbers of the rules."""
        if not rows.size:
            return
        sources, offsets = places(batch, rows)
        self._parts.append((rules.astype(np.int32), sources, offsets, cells.time[rows]))
        for row in dict.fromkeys(rows.tolist()) if batch.named else ():
            identity, place = batch.identity(row), batch.place(row)
            if identity is not None:
                self.identities[place.source, place.offset] = identity

    def by_rule(self) -> Iterator[tuple[int, Ints, Times, Times]]:
        """Rule by rule: its number, and sources, offsets and times of its hits, as they came."""
        if not self._parts:
            return
        rules, sources, offsets, times = (
            np.concatenate(column) for column in zip(*self._parts, strict=True)
        )
        order = np.argsort(rules, kind="stable")
        numbers, starts = np.unique(rules[order], return_index=True)
        for number, some in zip(numbers.tolist(), np.split(order, starts[1:]), strict=True):
            yield number, sources[some], offsets[some], times[some]
