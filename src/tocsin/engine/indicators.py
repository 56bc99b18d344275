"""Indicator match: events that share values with indicators, with what is known of these.

    event's values ─► filter ─► hashes ─► numbers of indicators ─► documents ─► compared exactly

Nearly all events are turned away by the filter. A document that shares a hash is read again and
compared value by value, at the event's time, so that hashes only ever save work.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from typing import Any, NamedTuple

import numpy as np

from tocsin.alerts.enrichments import ENRICHMENTS
from tocsin.alerts.nested import objects_at
from tocsin.alerts.paths import Scalar
from tocsin.alerts.reasons import WHY
from tocsin.columns.cells import Cells
from tocsin.engine.indicator_store import Indicator, IndicatorStore
from tocsin.inputs.indicators.stix import VALID_UNTIL
from tocsin.match.evaluate import Evaluator
from tocsin.match.indicator_columns import Shared, column_of, compared_as, equal
from tocsin.match.indices import Patterns, candidates
from tocsin.match.keyhash import Ints
from tocsin.plan.plan import Pairing, ThreatPlan
from tocsin.plan.predicate import Predicate
from tocsin.plan.program import ROUTING_FIELDS, Program
from tocsin.plan.rule_threat_match import at_time, by_time
from tocsin.schema.values import parse_time

MOST_ENRICHMENTS = 200
"""Enrichments of one alert."""

MOST_COMPARED = 10_000
"""Documents that are compared with one event for one group of a rule's mapping."""

_TOGETHER = 256
"""Documents that are read at once."""


class Sighting(NamedTuple):
    """An event that met indicators: its row, the rule, and what its alert tells of them."""

    row: int
    rule: int
    extra: Mapping[str, Any]


class Indicators:
    """Asks the indicators of a run about the candidates of indicator match rules.

    Parameters
    ----------
    plans
        By rule number.
    routing
        As in `Matcher`, for the indices that rules have their indicators in. A document that does
        not tell its index is offered to all rules.
    """

    def __init__(
        self,
        plans: Mapping[int, ThreatPlan],
        store: IndicatorStore,
        program: Program,
        routing: str,
    ) -> None:
        self._plans = plans
        self._store = store
        self._program = program
        self._evaluator = Evaluator()
        self._routing = routing
        self._patterns = {rule: Patterns(plan.index) for rule, plan in plans.items()}
        self._seen_by: dict[int, frozenset[int]] = {}
        self._number = {
            pairing: store.columns.number[column_of(pairing)]
            for plan in plans.values()
            for group in plan.groups
            for pairing in group
        }
        self._conditions = {rule: by_time(plan.indicator) for rule, plan in plans.items()}
        self._at: dict[int, tuple[int, Predicate]] = {}
        self.left_out = 0
        """Documents that were not compared with an event, since it shared values with too many."""

    def find(self, cells: Cells, rows: Ints, rules: Ints) -> Iterator[Sighting]:
        """The sightings among pairs of a row and the number of a rule, in their order."""
        columns, slots = self._store.columns, len(self._program.fields.names)
        shared: dict[int, list[Shared]] = {}
        asked = np.unique(rows)
        for found in columns.of_events(
            cells, asked, self._program.slot, slots, self._store.table.bloom
        ):
            if self._store.of(found.hash).size:
                shared.setdefault(found.row, []).append(found)
        some = np.isin(rows, list(shared))
        for row, rule in zip(rows[some].tolist(), rules[some].tolist(), strict=True):
            extra = self._met(cells, row, shared[row], rule)
            if extra:
                yield Sighting(row, rule, extra)

    def _met(self, cells: Cells, row: int, shared: Sequence[Shared], rule: int) -> dict[str, Any]:
        """What an alert tells of the indicators that an event met; empty if it met none."""
        plan, now = self._plans[rule], int(cells.time[row])
        enrichments: list[dict[str, Any]] = []
        why: dict[tuple[str, str, Scalar], None] = {}
        for group in plan.groups:
            numbers = self._candidates(cells, shared, group)
            if not numbers:
                continue
            values = {
                pairing.field.name: cells.values(row, self._program.slot(pairing.field.name))
                for pairing in group
            }
            for indicator in self._documents(numbers):
                if not self._is_indicator(indicator, rule, now):
                    continue
                for pairing, value in _matched(group, values, indicator):
                    if len(enrichments) < MOST_ENRICHMENTS:
                        enrichments.append(_enrichment(plan, indicator, pairing, value))
                    clause = f"{pairing.field.name} matches {pairing.indicator.name}"
                    why[clause, pairing.field.name, value] = None
                if len(enrichments) >= MOST_ENRICHMENTS:
                    break
        if not why:
            return {}
        told = [{"stage": 0, "clause": c, "field": f, "value": v} for c, f, v in why]
        return {ENRICHMENTS: enrichments, WHY: told}

    def _documents(self, numbers: Sequence[int]) -> Iterator[Indicator]:
        """Documents in order, read some at a time: often the first ones are enough."""
        for begin in range(0, len(numbers), _TOGETHER):
            yield from self._store.documents(numbers[begin : begin + _TOGETHER])

    def _candidates(
        self, cells: Cells, shared: Sequence[Shared], group: Sequence[Pairing]
    ) -> list[int]:
        """The numbers of the indicators that may share all values that they must."""
        found = []
        for pairing in group:
            if pairing.negated:
                continue
            slot, column = self._program.slot(pairing.field.name), self._number[pairing]
            numbers = [
                self._store.of(one.hash)
                for one in shared
                if one.column == column and cells.slot[one.cell] == slot
            ]
            found.append(np.unique(np.concatenate([np.zeros(0, np.uint32), *numbers])))
        both = reduce(np.intersect1d, found)
        self.left_out += max(0, both.size - MOST_COMPARED)
        return [int(number) for number in both[:MOST_COMPARED]]

    def _is_indicator(self, indicator: Indicator, rule: int, now: int) -> bool:
        """Whether a document is an indicator of a rule for an event of this time."""
        until = parse_time(indicator.fields.first(VALID_UNTIL))
        if until is not None and until <= now:
            return False
        if rule not in self._rules_of(indicator):
            return False
        fixed, moving = self._conditions[rule]
        if not self._evaluator.holds(fixed, indicator.fields):
            return False
        known = self._at.get(rule)
        if known is None or known[0] != now:
            known = self._at[rule] = now, at_time(moving, now)
        return self._evaluator.holds(known[1], indicator.fields)

    def _rules_of(self, indicator: Indicator) -> frozenset[int]:
        """The rules whose index patterns see an indicator."""
        known = self._seen_by.get(indicator.number)
        if known is None:
            if len(self._seen_by) > 100_000:
                self._seen_by.clear()
            known = self._seen_by[indicator.number] = self._route(indicator)
        return known

    def _route(self, indicator: Indicator) -> frozenset[int]:
        everybody = frozenset(self._plans)
        if self._routing == "off":
            return everybody
        values = {
            name: [value for value in indicator.fields(name) if isinstance(value, str)]
            for name in ROUTING_FIELDS
        }
        names = candidates(values, indicator.index)
        if not names:
            return everybody
        free = {rule for rule, patterns in self._patterns.items() if not patterns}
        seen = {rule for rule, patterns in self._patterns.items() if patterns.see(names)}
        if not seen and self._routing == "auto":
            return everybody
        return frozenset(seen | free)


def _matched(
    group: Sequence[Pairing], values: Mapping[str, Sequence[Scalar]], indicator: Indicator
) -> list[tuple[Pairing, Scalar]]:
    """The event's value of each pairing of a group that an indicator meets; none if it does not."""
    found: list[tuple[Pairing, Scalar]] = []
    for pairing in group:
        kind, theirs = compared_as(pairing), indicator.fields(pairing.indicator.name)
        same = [
            value
            for value in values[pairing.field.name]
            if any(equal(kind, value, other) for other in theirs)
        ]
        if not theirs or bool(same) is pairing.negated:
            return []
        found += [(pairing, value) for value in dict.fromkeys(same)]
    return found


def _enrichment(
    plan: ThreatPlan, indicator: Indicator, pairing: Pairing, value: Scalar
) -> dict[str, Any]:
    told: dict[str, Any] = {
        "indicator": _nested(objects_at(indicator.event, plan.path)),
        "matched": {
            "atomic": value,
            "field": pairing.field.name,
            "id": indicator.id,
            "index": indicator.index,
            "type": "indicator_match_rule",
        },
    }
    feed = indicator.fields.first("threat.feed.name")
    if feed is not None:
        told["feed"] = {"name": feed}
    return told


def _nested(found: Iterator[dict[str, Any]]) -> dict[str, Any]:
    """The objects at a path as one, dotted names as nested objects."""
    made: dict[str, Any] = {}
    for one in found:
        for name, value in one.items():
            place = made
            *way, last = name.split(".")
            for part in way:
                inner = place.setdefault(part, {})
                place = inner if isinstance(inner, dict) else place
            place.setdefault(last, value)
    return made
