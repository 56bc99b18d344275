"""Alerts that are alike, told once: findings in order of time in, those that are told out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from itertools import islice, product

import orjson

from tocsin.alerts.columns import document_fields
from tocsin.alerts.common import common
from tocsin.alerts.finding import Finding, SourceEvent
from tocsin.alerts.iso import iso
from tocsin.alerts.paths import Fields, Scalar, Values
from tocsin.match.join import MOST_TUPLES, MOST_VALUES, key_value
from tocsin.match.suppression import Group, Suppression, Window
from tocsin.plan.plan import EventPlan, NewTermsPlan, Plan, TablePlan, ThresholdPlan
from tocsin.plan.predicate import FieldRef
from tocsin.plan.suppression import SuppressionPlan
from tocsin.rules.rule import Rule

PREFIX = "kibana.alert.suppression"
LAST = "kibana.alert.last_detected"
"""The time of the last alert that is like this one."""


class Suppressing:
    """Takes the findings of rules that suppress, sorted by time, named and in order.

    Parameters
    ----------
    at_once
        Tell an alert when it comes, and once more under the same name, with what it suppressed,
        when its window has closed; else tell it once, then.
    follow
        Tell of windows by `changes` only.

    Attributes
    ----------
    suppressed
        How many findings were not told for the sake of another one.
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        plans: Sequence[Plan | None],
        suppressions: Mapping[int, SuppressionPlan],
        *,
        at_once: bool = False,
        follow: bool = False,
    ) -> None:
        self._at_once = at_once
        self._follow = follow
        self._rules = rules
        self._plans = plans
        self._suppressions = suppressions
        self.machines: dict[int, Suppression[Finding]] = {
            rule: Suppression(plan) for rule, plan in suppressions.items()
        }
        for machine in self.machines.values():
            machine.changed = {} if follow else None
        self.suppressed = 0

    @property
    def evicted(self) -> int:
        """How many windows were closed early to bound memory."""
        return sum(machine.evicted for machine in self.machines.values())

    def feed(self, finding: Finding) -> Iterator[Finding]:
        """Take the next finding; those that can be told now, with what they suppressed."""
        machine = self.machines[finding.rule]
        machine.advance(finding.time)
        yield from self._closed(finding.rule)
        groups = self.groups(finding)
        if groups is None:
            yield finding
            return
        for group in groups:
            alert = finding if len(groups) == 1 else _apart(finding, group)
            window = machine.feed(group, finding.time, map(_name, finding.present), alert)
            if window is None:
                self.suppressed += 1
            elif self._at_once:
                yield self._told(finding.rule, window, alert)
        yield from self._closed(finding.rule)

    def changes(self) -> Iterator[Finding]:
        """The alerts of windows that began or grew since the last call, as they are now."""
        for rule, machine in self.machines.items():
            changed, machine.changed = machine.changed or {}, {}
            for window in changed.values():
                if window.parent is not None:
                    yield self._told(rule, window, window.parent)

    def finish(self, *, keep: bool = False) -> Iterator[Finding]:
        """There are no more findings; ``keep`` the windows open for those of a later run."""
        for rule, machine in self.machines.items():
            if keep:
                machine.closed += machine.told()
            else:
                machine.finish()
            yield from self._closed(rule)

    def duration(self, rule: int) -> int:
        """How long a rule's alerts are alike, in milliseconds."""
        return self._suppressions[rule].duration

    def alert_of(
        self, finding: Finding, window: Window[Finding], groups: Sequence[Group]
    ) -> Finding:
        """The alert of a window that somebody else has made; ``groups``: all of the finding."""
        alert = finding if len(groups) < 2 else _apart(finding, window.key)
        return self._told(finding.rule, window, alert)

    def _closed(self, rule: int) -> Iterator[Finding]:
        machine = self.machines[rule]
        closed, machine.closed = machine.closed, []
        for window in closed if not self._follow else ():
            if window.parent is not None and (window.count or not self._at_once):
                yield self._told(rule, window, window.parent)

    def _told(self, rule: int, window: Window[Finding], parent: Finding) -> Finding:
        names = self._names(rule)
        values = [list(part) if isinstance(part, tuple) else part for part in window.key]
        told = orjson.dumps([self._rules[rule].id, values], option=orjson.OPT_NON_STR_KEYS)
        extra = {
            **parent.extra,
            "kibana.alert.instance.id": hashlib.sha256(told).hexdigest()[:40],
            f"{PREFIX}.terms": [
                {"field": name, "value": value} for name, value in zip(names, values, strict=True)
            ],
            f"{PREFIX}.start": iso(window.start),
            f"{PREFIX}.end": iso(window.end),
            f"{PREFIX}.docs_count": window.count,
            "kibana.alert.start": iso(window.start),
            LAST: iso(window.end),
            "tocsin.suppressed": [
                {"id": name, "index": index, "timestamp": iso(time)}
                for name, index, time in window.names
            ],
        }
        return parent._replace(extra=extra)

    def _names(self, rule: int) -> list[str]:
        plan = self._plans[rule]
        if isinstance(plan, ThresholdPlan):
            return [key.field.name for key in plan.stage.keys]
        return [field.name for field in self._suppressions[rule].fields]

    def groups(self, finding: Finding) -> list[Group] | None:
        """The groups that a finding belongs to; None if nothing is like it."""
        suppression, plan = self._suppressions[finding.rule], self._plans[finding.rule]
        if isinstance(plan, ThresholdPlan):
            return [finding.keys]
        if isinstance(plan, TablePlan):
            aggregated = plan.pipeline.aggregates
            values: Values = Fields(document_fields(finding, aggregated=aggregated))
        else:
            values = _values(finding, single=isinstance(plan, EventPlan | NewTermsPlan))
        choices: list[list[Scalar | tuple[Scalar, ...] | None]] = []
        for field in suppression.fields:
            found = _of_kind(field, values)
            if not found and not suppression.missing:
                return None
            if suppression.each or len(found) < 2:
                choices.append([*found] or [None])
            else:
                choices.append([found])
        return list(dict.fromkeys(islice(product(*choices), MOST_TUPLES)))


def _of_kind(field: FieldRef, values: Values) -> tuple[Scalar, ...]:
    return tuple(key_value(field.kind, value) for value in values(field.name)[:MOST_VALUES])


def _values(finding: Finding, *, single: bool) -> Values:
    """The fields of a finding.

    Of several events: what they share, else what the first event has that has the field.
    """
    each = [orjson.loads(event.content) for event in finding.present]
    if single or len(each) == 1:
        return Fields(each[0])
    shared = Fields(reduce(common, each))
    stages = [Fields(event) for event in each]

    def values(path: str) -> list[Scalar]:
        return shared(path) or next((found for fields in stages if (found := fields(path))), [])

    return values


def _apart(finding: Finding, group: Group) -> Finding:
    """The finding as that of one of its groups, with a name of its own."""
    told = orjson.dumps([finding.alert_id, group], option=orjson.OPT_NON_STR_KEYS)
    return finding._replace(alert_id=hashlib.sha256(told).hexdigest()[:40])


def _name(event: SourceEvent) -> tuple[str, str, int]:
    return event.id, event.index_name, event.time
