"""The runs of all rules under the reference's clock, over one pass of the events.

    events ─► scan ─┬─► hits of single events ─┐
                    └─► hits that join ────────┴─► in the order of runs ─► what each run tells

Hits wait in temporary files, in the order of the runs that see them first, rule after rule; in
memory are only those that the next run may see.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, islice
from operator import itemgetter
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from tocsin.alerts.finding import Finding, SourceEvent
from tocsin.alerts.identity import finding_of, named
from tocsin.alerts.iso import iso
from tocsin.alerts.suppressing import Suppressing
from tocsin.alerts.threshold import counted
from tocsin.columns.cells import NO_TIME, Batch, Cells, Place
from tocsin.engine.compiled import Compiled
from tocsin.engine.joins import Joins
from tocsin.engine.reference.arrivals import Arrivals, Times
from tocsin.engine.reference.counting import new_terms, thresholds
from tocsin.engine.reference.folding import PAGES, Fold, Folding
from tocsin.engine.reference.ordered import Ordered
from tocsin.engine.reference.retold import hits_of, retold, span_of
from tocsin.engine.reference.runs import Runs
from tocsin.engine.reference.single import CAPPED, LATE, Hit, Manner, told
from tocsin.engine.reference.windowed import (
    Event,
    Simulate,
    Simulated,
    joined,
    recorded_by,
)
from tocsin.engine.remembering import NEW_TERMS
from tocsin.inputs.source import Events
from tocsin.match.carry import Carry
from tocsin.match.matcher import Hits
from tocsin.match.records import places
from tocsin.match.suppression import Group, Window
from tocsin.plan.plan import (
    EventPlan,
    Joining,
    NewTermsPlan,
    SamplePlan,
    SequencePlan,
    TablePlan,
    ThreatPlan,
    ThresholdPlan,
)
from tocsin.rules.timing import date_math

Ints: TypeAlias = npt.NDArray[np.int32]

RUN = "tocsin.run"
"""Of an alert, the moment of the run that told it."""

_TOGETHER = 4096


class Simulation:
    """What the runs tell, from what a scan in event time sees and finds.

    Parameters
    ----------
    compiled
        With a program that reads the fields of times, too.
    suppressing
        The rules that suppress.
    """

    def __init__(
        self,
        compiled: Compiled,
        source: Events,
        runs: Mapping[int, Runs],
        fields: list[str],
        suppressing: Suppressing,
    ) -> None:
        self._compiled = compiled
        self._source = source
        self._runs = runs
        self._suppressing = suppressing
        self._folds = suppressing.machines.keys()
        self.arrivals = Arrivals(compiled.program, fields)
        self.lost: dict[int, Counter[str]] = {}
        """By rule about single events, how many hits are not told, by the reason."""
        self.told: Counter[int] = Counter()
        """How many alerts of single events each rule told."""
        self.repeated: Counter[int] = Counter()
        """How often alerts of tables were told once more."""
        self.suppressed = 0
        self._hits: Ordered[tuple[int, int], Hit] = Ordered()
        self._spooled: Ordered[int, tuple[int, Hit]] = Ordered()
        self._ticks: dict[int, deque[int]] = {}
        self._lasting = 0
        self._joins = self._windowed()

    def close(self) -> None:
        """Let go of everything that waits."""
        self._joins.candidates.close()
        self._hits.close()
        self._spooled.close()
        self.arrivals.release()

    def observe(self, batch: Batch, cells: Cells, hits: Hits) -> None:
        """Take what the rules hit in a batch."""
        rows = np.unique(hits.row)
        columns = self.arrivals.take(batch, cells, rows)
        joins, single = self._joins_stage[hits.stage], self._single_stage[hits.stage]
        if joins.any():
            self._joins.collect(batch, cells, hits.row[joins], hits.stage[joins])
        if not single.any():
            return
        row, rules = hits.row[single], self._compiled.stage_rule[hits.stage[single]]
        sources, offsets = places(batch, row)
        times, at = cells.time[row], np.searchsorted(rows, row)
        for number in np.unique(rules).tolist():
            here = np.flatnonzero(rules == number)
            clock = [column[at[here]] for column in columns]
            moments, arrivals = self.arrivals.clock(
                self._compiled.rules[number], times[here], clock
            )
            for n, moment, arrival in zip(
                here.tolist(), moments.tolist(), arrivals.tolist(), strict=True
            ):
                name = batch.identity(int(row[n])) or ("", "")
                hit = Hit(moment, int(times[n]), int(sources[n]), int(offsets[n]), (), name)
                self._add(number, hit, arrival)

    def found(self, finding: Finding) -> Iterator[Finding]:
        """Take what was found in event time; those that are told as they are, with their runs."""
        plan, rule = self._compiled.plans[finding.rule], finding.rule
        match plan:
            case TablePlan() if plan.pipeline.windowed:
                yield from self._told_anew(finding, plan)
            case EventPlan() if rule not in self._folds:
                return
            case EventPlan() | ThreatPlan() | TablePlan():
                event = finding.present[0]
                groups = None if rule not in self._folds else self._suppressing.groups(finding)
                light = finding._replace(
                    events=(event._replace(content=b""),), extra=dict(finding.extra), excerpt=None
                )
                place, at = (event.source, event.offset), event.time
                hit = Hit(at, at, *place, _hashable(groups), (event.index_name, event.id), light)
                self._spooled.add(0, (rule, hit))
            case _:
                return

    def findings(self) -> Iterator[Finding]:
        """All events have passed: what the runs tell, rule after rule."""
        self.arrivals.close()
        waiting = (row for _, row in self._spooled)
        while some := list(islice(waiting, _TOGETHER)):
            self._clocked(some)
        self._spooled.close()
        for rule, group in groupby(self._hits, key=lambda row: row[0][0]):
            hits = ((key[1], hit) for key, hit in group)
            yield from self._single(rule, hits)
        self._hits.close()
        yield from self._joined()

    def _clocked(self, some: Sequence[tuple[int, Hit]]) -> None:
        for rule, group in groupby(sorted(some, key=itemgetter(0)), key=itemgetter(0)):
            hits = [hit for _, hit in group]
            moments, arrivals = self.arrivals.of(
                self._compiled.rules[rule],
                np.array([hit.source for hit in hits], np.int32),
                np.array([hit.offset for hit in hits], np.int64),
                np.array([hit.time for hit in hits], np.int64),
            )
            for hit, moment, arrival in zip(hits, moments.tolist(), arrivals.tolist(), strict=True):
                self._add(rule, hit._replace(moment=moment), arrival)

    def _add(self, rule: int, hit: Hit, arrival: int) -> None:
        runs = self._runs[rule]
        tick = None if hit.moment == NO_TIME else runs.first_seeing(hit.moment, arrival)
        lost = self.lost.setdefault(rule, Counter())
        if tick is None:
            lost[LATE] += 1
        else:
            lost[CAPPED] += 1
            self._hits.add((rule, tick), hit)

    def _single(self, rule: int, hits: Iterator[tuple[int, Hit]]) -> Iterator[Finding]:
        """The reference's alerts of a rule about single events."""
        found, runs, most = self._compiled.rules[rule], self._runs[rule], self._most(rule)
        plan = self._compiled.plans[rule]
        if isinstance(plan, TablePlan) and plan.pipeline.windowed:
            yield from self._retold(rule, hits)
            return
        manner: Manner = "latest" if found.language == "eql" else "oldest"
        if isinstance(plan, ThreatPlan):
            manner = "newest"
        if rule not in self._folds:
            alone = ((tick, Fold(hit, None, 0, 0)) for tick, hit in told(hits, runs, most, manner))
            for finding in self._again(rule, alone):
                self.told[rule] += 1
                self.lost[rule][CAPPED] -= 1
                yield finding
            return
        folding = Folding(self.duration(rule), most)
        by_history = found.type in ("query", "saved_query")
        folds = folding.by_history(hits, runs) if by_history else None
        folds = folds or folding.in_memory(hits, runs, manner)
        yield from self._again(rule, folds)
        runs.capped |= folding.capped
        self.suppressed += folding.suppressed

    def _most(self, rule: int) -> int:
        return min(self._compiled.rules[rule].max_signals, MOST_SIGNALS)

    def duration(self, rule: int) -> int | None:
        """How long alerts are alike; None if only those of a run are."""
        told = self._compiled.rules[rule].raw.get("alert_suppression")
        if isinstance(told, Mapping) and told.get("duration") is None:
            return None
        return self._suppressing.duration(rule)

    def _again(self, rule: int, folds: Iterator[tuple[int, Fold]]) -> Iterator[Finding]:
        """Findings about hits, with their events read again."""
        while some := list(islice(folds, _TOGETHER)):
            spots = sorted({fold.hit.place for _, fold in some})
            again = self._source.read_again(Place(*spot) for spot in spots)
            contents = {(place.source, place.offset): content for place, content in again}
            for tick, fold in some:
                hit, content = fold.hit, contents[fold.hit.place]
                if hit.known is not None:
                    event = hit.known.present[0]._replace(content=content)
                    finding = hit.known._replace(events=(event,))
                else:
                    index, name = hit.name
                    event = SourceEvent(name, index, hit.time, 0, content, *hit.place)
                    finding = Finding(rule, "", hit.time, (event,))
                yield self._stamped(finding, tick, fold)

    def _stamped(self, finding: Finding, tick: int, fold: Fold | None = None) -> Finding:
        """The finding with its run, and what it stands for."""
        if fold is not None and fold.group is not None:
            if len(fold.hit.groups or ()) > 1:
                # each of its groups gives a name of its own, which stands on the finding's
                (finding,) = named([finding], self._id)
            window = Window(fold.group, finding, fold.start, fold.end, fold.more)
            finding = self._suppressing.alert_of(finding, window, fold.hit.groups or ())
        return finding._replace(extra={**finding.extra, RUN: iso(tick)})

    def _id(self, rule: int) -> str:
        return self._compiled.rules[rule].id

    def _told_anew(self, finding: Finding, plan: TablePlan) -> Iterator[Finding]:
        """An alert of a table that is asked at each run: each gives its rows anew."""
        span, rule = span_of(finding), finding.rule
        if span is None:
            yield finding
            return
        first, last = span
        if rule in self._folds:
            self._lasting += 1
            groups = _hashable(self._suppressing.groups(finding))
            ticks = range(first, last + 1, plan.interval)
            for tick, hit in hits_of(finding, self._lasting, groups, ticks):
                self._hits.add((rule, tick), hit)
            return
        self.told[rule] += 1
        self.repeated[rule] += (last - first) // plan.interval
        yield self._stamped(finding, first)

    def _retold(self, rule: int, hits: Iterator[tuple[int, Hit]]) -> Iterator[Finding]:
        """The alerts of a table, suppressed; event time's alert is given once."""
        most = self._most(rule)
        folding = Folding(self.duration(rule), most)
        for tick, fold, finding, again in retold(hits, self._runs[rule], folding, most):
            if again:
                self.repeated[rule] += 1
            else:
                self.told[rule] += 1
                yield self._stamped(finding, tick, fold)
        self._runs[rule].capped |= folding.capped
        self.suppressed += folding.suppressed

    def _windowed(self) -> Joins:
        """Collects the hits of rules that join, and runs them window by window."""
        compiled = self._compiled
        joining = [
            (number, recorded)
            for number, plan in enumerate(compiled.plans)
            if plan is not None and (recorded := recorded_by(plan)) is not None
        ]
        ties = {number: field for number, _ in joining if (field := compiled.tiebreaker(number))}
        first = {number: compiled.first_stage(number) for number, _ in joining}
        joined_rules = np.array([number for number, _ in joining], np.int32)
        self._joins_stage = np.isin(compiled.stage_rule, joined_rules)
        alone = [
            number
            for number, plan in enumerate(compiled.plans)
            if isinstance(plan, EventPlan) and number not in self._folds
        ]
        self._single_stage = np.isin(compiled.stage_rule, np.array(alone, np.int32))
        program, source = compiled.program, self._source
        return Joins(joining, first, program, source, ties, runs=self._simulated)

    def _simulated(self, number: int, recorded: Joining, _: int, carry: Carry | None) -> Simulated:
        """The runs of one rule over its events; nothing is carried from input to input."""
        del carry
        rule, runs = self._compiled.rules[number], self._runs[number]
        plan, most = self._compiled.plans[number], self._most(number)
        simulate: Simulate
        match plan:
            case NewTermsPlan():
                # what is suppressed leaves room for more
                most *= PAGES if number in self._folds else 1
                settled = date_math(rule.history_window_start).anchor is not None
                simulate = new_terms(plan, runs, most, settled=settled)
            case ThresholdPlan():
                simulate = thresholds(plan, runs, most)
            case _ if isinstance(recorded, SequencePlan | SamplePlan):
                simulate = joined(recorded, runs, most)
            case _:
                raise TypeError("a plan that does not join")

        def times(events: Sequence[Event]) -> tuple[Times, Times]:
            return self.arrivals.of(
                rule,
                np.array([event.ref.source for event in events], np.int32),
                np.array([event.ref.offset for event in events], np.int64),
                np.array([event.time for event in events], np.int64),
            )

        ticks = self._ticks[number] = deque()
        past = isinstance(plan, NewTermsPlan)
        return Simulated(number, runs, times, simulate, ticks, past=past)

    def _joined(self) -> Iterator[Finding]:
        def ticked() -> Iterator[tuple[int, Finding]]:
            rules, plans = self._compiled.rules, self._compiled.plans
            for number, keys, events, at, distinct in self._joins.finish():
                plan = plans[number]
                extra: dict[str, Any] = {}
                if isinstance(plan, ThresholdPlan):
                    extra = dict(counted(plan, keys, events, distinct))
                elif isinstance(plan, NewTermsPlan):
                    extra = {NEW_TERMS: list(keys)}
                tick = self._ticks[number].popleft()
                yield tick, finding_of(number, rules[number].id, at, events, keys, extra)

        for rule, group in groupby(ticked(), key=lambda row: row[1].rule):
            if rule in self._folds:
                yield from self._folded(rule, group)
            else:
                yield from (self._stamped(finding, tick) for tick, finding in group)

    def _folded(self, rule: int, found: Iterator[tuple[int, Finding]]) -> Iterator[Finding]:
        """Matches of several events, suppressed; each counts for the run that finds it first."""
        runs, most = self._runs[rule], self._most(rule)
        folding = Folding(self.duration(rule), most)
        parents: dict[tuple[int, int], Finding] = {}
        number = 0
        for tick, group in groupby(found, key=itemgetter(0)):
            page: list[Hit] = []
            findings = [finding for _, finding in group]
            moments = self.arrivals.latest(self._compiled.rules[rule], findings)
            for finding, moment in zip(findings, moments, strict=True):
                number += 1
                groups = _hashable(self._suppressing.groups(finding))
                page.append(Hit(moment, finding.time, 0, number, groups))
                parents[0, number] = finding
            made = list(folding.fold(page, tick, runs.windows(tick)[-1], most))
            kept = {fold.hit.place for fold in made} | folding.open_places()
            for tick_of, fold in [
                *((tick, fold) for fold in made if fold.group is None),
                *folding.past(tick, runs),
            ]:
                yield self._stamped(parents[fold.hit.place], tick_of, fold)
            parents = {place: one for place, one in parents.items() if place in kept}
        for tick, fold in folding.past(None, runs):
            yield self._stamped(parents[fold.hit.place], tick, fold)
        runs.capped |= folding.capped
        self.suppressed += folding.suppressed


MOST_SIGNALS = 1000
"""More alerts Kibana makes in no run, whatever a rule asks for."""


def _hashable(groups: Sequence[Group] | None) -> tuple[Group, ...] | None:
    return None if groups is None else tuple(groups)
