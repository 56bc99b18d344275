"""A scan under the reference's clock: the alerts that Kibana's schedule would have given."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

import numpy as np

from tocsin.alerts.finding import Finding
from tocsin.alerts.lineage import RULE, RULES
from tocsin.alerts.suppressing import PREFIX, Suppressing
from tocsin.columns.cells import Batch, Cells
from tocsin.engine.compiled import Compiled, reading
from tocsin.engine.feedback import Feedback
from tocsin.engine.gathered import Gathered
from tocsin.engine.reference.arrivals import fields_of
from tocsin.engine.reference.compare import WINDOW, Row, Shape, compared
from tocsin.engine.reference.feedback import Fed, Guard
from tocsin.engine.reference.runs import Outage, Runs
from tocsin.engine.reference.simulation import Simulation
from tocsin.engine.reference.single import CAPPED, LATE
from tocsin.engine.scan import Options, Scan
from tocsin.engine.statistics import Statistics
from tocsin.inputs.report import RejectHook
from tocsin.inputs.source import Events
from tocsin.match.matcher import Hits
from tocsin.plan.plan import EventPlan, NewTermsPlan, TablePlan, ThreatPlan
from tocsin.rules.rule import Rule
from tocsin.rules.timing import interval, look_back


class ReferenceScan:
    """One run of compiled rules over one input, by the clock of the reference.

    Iterate `findings` once; `statistics` holds, beside what a scan counts, the comparison with the
    answer in event time (``statistics.reference``): by rule id, a row of `compare.Row`.

    Parameters
    ----------
    outages
        Times in which no rule runs.
    stagger
        Each rule's runs begin at a moment of their own within its interval, as where rules were
        switched on one by one; else all begin at the multiples of their intervals.
    reading_alerts
        The rules are those that read alerts, and the source holds these: each keeps to others'.
    """

    def __init__(
        self,
        compiled: Compiled,
        source: Events,
        options: Options | None = None,
        *,
        outages: Sequence[Outage] = (),
        stagger: bool = False,
        reject: RejectHook | None = None,
        progress: Callable[[Statistics], None] | None = None,
        reading_alerts: bool = False,
    ) -> None:
        fields = fields_of(compiled.rules)
        self._compiled = reading(compiled, [*fields, *((RULE, RULES) if reading_alerts else ())])
        self._source = source
        given = options or Options()
        # what suppresses are the runs, not who gathers the alerts
        self.options = dataclasses.replace(given, suppression=False)
        self._outages, self._stagger = outages, stagger
        self._feedback = None if reading_alerts else Feedback(self._compiled, source)
        self._guard = Guard(self._compiled) if reading_alerts else None
        self._scan = Scan(
            self._compiled,
            source,
            self.options,
            reject=reject,
            progress=progress,
            sift=self._sift,
        )
        self.statistics = self._scan.statistics
        plans = self._compiled.plans
        self._runs = {
            number: Runs(rule, outages, _offset(rule) if stagger else 0)
            for number, (rule, plan) in enumerate(zip(self._compiled.rules, plans, strict=True))
            if plan is not None
        }
        self._suppresses = given.suppression
        folds = {
            number: plan
            for number, plan in enumerate(self._compiled.suppressions)
            if plan is not None and given.suppression
        }
        self._folds = folds.keys()
        suppressing = Suppressing(self._compiled.rules, plans, folds)
        self._simulation = Simulation(self._compiled, source, self._runs, fields, suppressing)
        self._ours: dict[int, list[Shape]] = {}
        self._theirs: dict[int, list[Shape]] = {}
        self._rows: dict[int, Row] = {}

    @property
    def kinds(self) -> None:
        """What the events were is not told: runs see windows of them, each of its own."""

    def findings(self) -> Iterator[Finding]:
        """The reference's alerts, in no order; each tells its run."""
        self._source.spool = True
        simulation = self._simulation
        readers = self._feedback.rules if self._feedback is not None else []
        ours = self._gathered(suppression=self._suppresses)
        fed = Fed(self._compiled, self._source) if readers else None
        try:
            for finding in self._scan.findings():
                if self._guard is None:
                    self._take(finding, ours, all_of_them=bool(readers))
                for theirs in simulation.found(finding):
                    yield self._told(theirs, fed)
            for theirs in simulation.findings():
                yield self._told(theirs, fed)
            self.statistics.suppressed = simulation.suppressed
            ours.settle()
            if fed is not None and self._feedback is not None:
                yield from self._fed_back(fed, self._feedback, ours)
            self._settled(ours, readers)
            if self._guard is None:
                self._compare(readers)
        finally:
            simulation.close()
            ours.close()
            if fed is not None:
                fed.close()

    @property
    def windows(self) -> dict[int, dict[str, Any]]:
        """Windows of suppression from earlier runs: there are none."""
        return {}

    def save(self, windows: Mapping[int, dict[str, Any]]) -> None:
        """Keep nothing for a later run."""

    def close(self) -> None:
        """Let go of everything that waits."""
        self._simulation.close()
        self._scan.close()

    def _gathered(self, *, suppression: bool) -> Gathered:
        return Gathered(self._compiled, Statistics(), suppression=suppression)

    def _sift(self, batch: Batch, cells: Cells, hits: Hits) -> Hits:
        """The hits of rules that do not read alerts, or those that a guard lets pass."""
        sifting = self._guard or self._feedback
        if sifting is not None:
            hits = sifting.sift(batch, cells, hits)
        self._simulation.observe(batch, cells, hits)
        return hits

    def _take(self, finding: Finding, ours: Gathered, *, all_of_them: bool) -> None:
        """Note what event time found, to compare with."""
        plan, rule = self._compiled.plans[finding.rule], finding.rule
        if all_of_them or (rule in self._folds and not _repeats(plan)):
            ours.add(finding)
        elif not isinstance(plan, EventPlan | ThreatPlan | TablePlan):
            self._ours.setdefault(rule, []).append(_shape(finding))

    def _told(self, finding: Finding, fed: Fed | None) -> Finding:
        """Note what a run tells."""
        plan, rule = self._compiled.plans[finding.rule], finding.rule
        if self._guard is None:
            if rule in self._folds and not _repeats(plan):
                self._theirs.setdefault(rule, []).append(_group_shape(finding))
            elif not isinstance(plan, EventPlan | ThreatPlan | TablePlan):
                self._theirs.setdefault(rule, []).append(_shape(finding))
        if fed is not None:
            fed.add(finding)
        return finding

    def _settled(self, ours: Gathered, readers: Sequence[int]) -> None:
        """Note what event time tells once what is alike was suppressed."""
        for finding in ours:
            plan, rule = self._compiled.plans[finding.rule], finding.rule
            if rule in readers:
                continue
            if rule in self._folds and not _repeats(plan):
                self._ours.setdefault(rule, []).append(_group_shape(finding))
            elif not isinstance(plan, EventPlan | ThreatPlan | TablePlan):
                self._ours.setdefault(rule, []).append(_shape(finding))

    def _fed_back(self, fed: Fed, feedback: Feedback, ours: Gathered) -> Iterator[Finding]:
        """What rules that read alerts tell, of the alerts of earlier runs."""
        options = dataclasses.replace(
            self.options, suppression=self._suppresses, since=None, until=None, indicators=None
        )

        def scan(compiled: Compiled, source: Events) -> ReferenceScan:
            return ReferenceScan(
                compiled,
                source,
                options,
                outages=self._outages,
                stagger=self._stagger,
                reading_alerts=True,
            )

        for finding in fed.run(feedback, scan):
            self._theirs.setdefault(finding.rule, []).append(_named_shape(finding))
            yield finding
        feedback.run(ours, options, Statistics())
        for finding in fed.named(ours):
            if finding.rule in feedback.rules:
                self._ours.setdefault(finding.rule, []).append(_named_shape(finding))
        self.statistics.suppressed += fed.suppressed

    def _compare(self, readers: Sequence[int]) -> None:
        simulation, rules = self._simulation, self._compiled.rules
        for number, told in simulation.told.items():
            self._rows[number] = Row(told, doubled=simulation.repeated[number])
        for number, lost in simulation.lost.items():
            if number not in self._folds:
                self._rows.setdefault(number, Row()).lost = +lost
        for number in sorted({*self._ours, *self._theirs}):
            plan, rule = self._compiled.plans[number], rules[number]
            ours = self._ours.get(number, [])
            by_keys = number not in readers and (
                isinstance(plan, NewTermsPlan) or number in self._folds
            )
            span = look_back(rule)
            if number in self._folds:
                span = max(span, self._simulation.duration(number) or interval(rule.interval))
            self._rows[number] = compared(
                ours,
                self._theirs.get(number, []),
                (WINDOW for _ in ours) if number in readers else self._reasons(number, ours),
                by_keys=by_keys,
                span=span,
            )
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
            moments, arrivals = self._simulation.arrivals.of(rule, sources, offsets, times)
            events = list(zip(moments.tolist(), arrivals.tolist(), strict=True))
            if any(runs.first_seeing(*event) is None for event in events):
                yield LATE
            elif runs.capped and runs.sees_together(events):
                yield CAPPED
            else:
                yield WINDOW


def _offset(rule: Rule) -> int:
    """A moment within a rule's interval, by its id; whole seconds."""
    every = interval(rule.interval)
    return int.from_bytes(sha256(rule.id.encode()).digest()[:8]) % every // 1000 * 1000


def _repeats(plan: object) -> bool:
    return isinstance(plan, TablePlan) and plan.pipeline.windowed


def _shape(finding: Finding) -> Shape:
    places = tuple(event and (event.source, event.offset) for event in finding.events)
    return Shape(finding.keys, places, finding.time, tuple(event.time for event in finding.present))


def _group_shape(finding: Finding) -> Shape:
    """Of an alert that may stand for others: what it has in common with them."""
    terms = finding.extra.get(f"{PREFIX}.terms", ())
    shape = _shape(finding)
    keys = tuple(repr(term["value"]) for term in terms) or (repr(shape.places),)
    return shape._replace(keys=keys)


def _named_shape(finding: Finding) -> Shape:
    """Of an alert on alerts: events by their names, since they stand in no common place."""
    names = tuple(event and (0, hash((event.index_name, event.id))) for event in finding.events)
    return _shape(finding)._replace(places=names)
