"""Which rules the events at hand can set off: data sets, fields, and how near quiet rules came.

A rule's events are those that its index patterns see. It is ready if these hold every field that it
cannot do without. Of a sample of the events those are noted that a stage missed by one clause only.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from tocsin.columns.cells import Batch, Cells, Scalar
from tocsin.engine.clauses import clause_text, clauses_of
from tocsin.engine.compiled import Compiled
from tocsin.match.evaluate import Evaluator, Values
from tocsin.match.indices import Patterns, candidates
from tocsin.match.matcher import Hits
from tocsin.plan.needs import missing_needs
from tocsin.plan.plan import Plan, TablePlan, stages_of
from tocsin.plan.predicate import Not, Predicate
from tocsin.plan.program import ROUTING_FIELDS
from tocsin.rules.rule import Rule

State = Literal["fired", "quiet", "no events", "lacks fields", "cannot run"]

UNNAMED = "(no index)"
"""Events that say nothing of where they belong."""

_TELLING = 2
"""Clauses that must hold, exclusions aside, for an event to be near: one is no news."""

_MOST_SETS = 10_000
_MOST_LOOKED_AT = 10_000
"""Events that are looked at closely, of all data sets together."""


@dataclass(slots=True)
class DataSet:
    """Events that belong to the same indices.

    ``names``: the names of indices they may stand in, the likeliest first. ``rules``: numbers of
    the rules whose index patterns see them. ``fields``: those that some rule asks for and that
    occurred. ``routed``: whether any rule's patterns mean them. ``sampled``: how many were
    looked at.
    """

    names: tuple[str, ...]
    rules: tuple[int, ...]
    routed: bool
    events: int = 0
    sampled: int = 0
    fields: set[str] = field(default_factory=set)

    @property
    def name(self) -> str:
        """What to call it."""
        return self.names[0] if self.names else UNNAMED


@dataclass(slots=True)
class Readiness:
    """What one rule would need, and what came.

    ``events``: that its patterns see. ``missing``: fields that it cannot do without and that none
    of them has. ``near``: by clause, of how many sampled events a stage held but for that clause.
    ``held``: the most clauses that held at once in such an event, exclusions aside.
    ``hits``: pairs of event and stage that held. ``reason``: why it cannot run.
    """

    rule: Rule
    state: State
    events: int = 0
    hits: int = 0
    alerts: int = 0
    missing: list[str] = field(default_factory=list)
    near: Counter[str] = field(default_factory=Counter)
    held: int = 0
    reason: str = ""


class Watch:
    """Looks at the events of a scan (`tocsin.engine.scan.Observe`); then `rules` tells.

    Attributes
    ----------
    sets
        The data sets that came, by the names of their indices.
    sampled
        How many events were looked at closely.
    """

    def __init__(self, compiled: Compiled, routing: str = "auto", sample: int = 50) -> None:
        self._compiled = compiled
        self._routing = routing
        self._most = sample
        self._patterns = [Patterns(rule.index) for rule in compiled.rules]
        names = compiled.program.fields.names
        self._names = np.array(names, dtype=object)
        self._slots = [compiled.program.slot(name) for name in ROUTING_FIELDS]
        self._clauses = [
            None if plan is None else [list(clauses_of(one)) for one in _conditions(plan)]
            for plan in compiled.plans
        ]
        self._evaluator = Evaluator()
        self._hits = np.zeros(len(compiled.rules), np.int64)
        self._near: list[Counter[str]] = [Counter() for _ in compiled.rules]
        self._held = [0] * len(compiled.rules)
        self._texts: dict[int, str] = {}
        self.sets: dict[tuple[str, ...], DataSet] = {}
        self.sampled = 0

    def __call__(self, batch: Batch, cells: Cells, hits: Hits) -> None:
        """Take a batch with the pairs of event and stage that held."""
        rules = self._compiled.stage_rule[hits.stage]
        self._hits += np.bincount(rules, minlength=len(self._hits))
        met = set(zip(hits.row.tolist(), rules.tolist(), strict=True))
        for found, rows in self._grouped(batch, cells):
            before = found.events
            found.events += len(rows)
            found.fields.update(self._names[_slots_of(cells, rows)].tolist())
            for place, row in enumerate(rows):
                if self._chosen(found, before + place):
                    found.sampled += 1
                    self.sampled += 1
                    self._look(found, row, batch, cells, met)

    def rules(self, alerts: Counter[str]) -> list[Readiness]:
        """What is to tell of each rule, in their order; ``alerts`` are counted by rule id."""
        seen: list[list[DataSet]] = [[] for _ in self._compiled.rules]
        for found in self.sets.values():
            for number in found.rules:
                seen[number].append(found)
        return [self._rule(number, sets, alerts) for number, sets in enumerate(seen)]

    def _rule(self, number: int, sets: Sequence[DataSet], alerts: Counter[str]) -> Readiness:
        rule, plan = self._compiled.rules[number], self._compiled.plans[number]
        status = self._compiled.statuses[number]
        if plan is None:
            return Readiness(rule, "cannot run", reason=status.reason or status.status)
        told = Readiness(
            rule,
            "quiet",
            events=sum(one.events for one in sets),
            hits=int(self._hits[number]),
            alerts=alerts[rule.id],
            near=self._near[number],
            held=self._held[number],
        )
        fields = set().union(*(one.fields for one in sets))
        told.missing = missing_needs(plan, set(self._names.tolist()) - fields)
        if told.alerts:
            told.state = "fired"
        elif not told.events:
            told.state = "no events"
        elif told.missing:
            told.state = "lacks fields"
        return told

    def _grouped(self, batch: Batch, cells: Cells) -> Iterator[tuple[DataSet, list[int]]]:
        """The rows of a batch by data set."""
        values: dict[int, list[tuple[int, Scalar]]] = {}
        asked = np.flatnonzero(np.isin(cells.slot, self._slots))
        owners = np.searchsorted(cells.row_start, asked, side="right") - 1
        for cell, row in zip(asked.tolist(), owners.tolist(), strict=True):
            values.setdefault(row, []).append((int(cells.slot[cell]), cells.value(cell)))
        rows: dict[object, list[int]] = {}
        for row in range(len(batch)):
            if row not in cells.rejected:
                index = (batch.identity(row) or ("", ""))[0] if batch.named else ""
                rows.setdefault((index, *values.get(row, ())), []).append(row)
        for some in rows.values():
            index = (batch.identity(some[0]) or ("", ""))[0] if batch.named else ""
            told: dict[str, list[str]] = {}
            for slot, value in values.get(some[0], ()):
                if isinstance(value, str):
                    told.setdefault(str(self._names[slot]), []).append(value)
            yield self._set(tuple(candidates(told, index))), some

    def _chosen(self, found: DataSet, number: int) -> bool:
        """Whether an event of a data set, counted from 0, is looked at: ever fewer as they come."""
        if found.sampled >= self._most or self.sampled >= _MOST_LOOKED_AT:
            return False
        first = max(1, self._most // 4)
        return number < first or number % (1 << (number // first).bit_length()) == 0

    def _set(self, names: tuple[str, ...]) -> DataSet:
        if names not in self.sets and len(self.sets) >= _MOST_SETS:
            names = ()
        if names not in self.sets:
            seen = [bool(patterns) and patterns.see(names) for patterns in self._patterns]
            routed = any(seen)
            offered = not routed and self._routing != "strict"
            self.sets[names] = DataSet(
                names,
                tuple(
                    number
                    for number, patterns in enumerate(self._patterns)
                    if seen[number]
                    or not patterns
                    or self._routing == "off"
                    or (offered and not patterns.reads_alerts)
                ),
                routed,
            )
        return self.sets[names]

    def _look(
        self, found: DataSet, row: int, batch: Batch, cells: Cells, met: set[tuple[int, int]]
    ) -> None:
        """Note which stages an event missed by one clause."""
        known: dict[str, list[Scalar]] = {}
        for cell in range(int(cells.row_start[row]), int(cells.row_start[row + 1])):
            known.setdefault(self._names[cells.slot[cell]], []).append(cells.value(cell))

        def values(name: str) -> list[Scalar]:
            if name:
                return known.get(name, [])
            return [batch.event(row).decode("utf-8", "surrogatepass")]

        for number in found.rules:
            if (row, number) not in met:
                for clauses in self._clauses[number] or ():
                    failed = self._only_failure(clauses, values)
                    if failed is not None:
                        asked = sum(
                            not isinstance(one, Not) for one in clauses if one is not failed
                        )
                        if asked >= _TELLING:
                            self._near[number][self._text(failed)] += 1
                            self._held[number] = max(self._held[number], asked)

    def _only_failure(self, clauses: Sequence[Predicate], values: Values) -> Predicate | None:
        """The one clause that does not hold, if all others do."""
        failed = None
        for clause in clauses:
            if not self._evaluator.holds(clause, values):
                if failed is not None:
                    return None
                failed = clause
        return failed

    def _text(self, clause: Predicate) -> str:
        text = self._texts.get(id(clause))
        if text is None:
            text = self._texts[id(clause)] = clause_text(clause)
        return text


def _slots_of(cells: Cells, rows: Sequence[int]) -> np.ndarray:
    """The slots of which some of these rows have a value."""
    if len(rows) == len(cells.row_start) - 1:
        return np.unique(cells.slot)
    mark = np.zeros(len(cells.row_start) - 1, np.bool_)
    mark[list(rows)] = True
    return np.unique(cells.slot[np.repeat(mark, np.diff(cells.row_start))])


def _conditions(plan: Plan) -> Iterator[Predicate]:
    """What the events of a rule must meet; an absence is no event to come near to."""
    if isinstance(plan, TablePlan):
        yield plan.stage.condition
        return
    until = getattr(plan, "until", None)
    for stage in stages_of(plan):
        if not stage.missing and stage is not until:
            yield stage.condition


def awaited(rules: Iterable[Readiness], most: int) -> list[tuple[str, int]]:
    """The index patterns of rules without events, with how many rules wait for each."""
    waiting = Counter(
        pattern
        for told in rules
        if told.state == "no events"
        for pattern in dict.fromkeys(told.rule.index)
        if not pattern.startswith("-")
    )
    return heapq.nsmallest(most, waiting.items(), key=lambda one: (-one[1], one[0]))
