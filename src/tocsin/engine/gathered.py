"""All that a run finds, put in order: alerts by time, rule and name, those that are alike once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import groupby
from operator import attrgetter
from typing import Any

from tocsin.alerts.document import Documents
from tocsin.alerts.finding import Finding
from tocsin.alerts.identity import named
from tocsin.alerts.sorter import Sorter
from tocsin.alerts.suppressing import Suppressing
from tocsin.engine.compiled import Compiled
from tocsin.engine.state import StateError
from tocsin.engine.statistics import Statistics


class Gathered:
    """Takes findings in any order; iterating gives them in that of alerts, to be named.

    Parameters
    ----------
    statistics
        Where alerts and suppressed ones are counted.
    suppression
        Whether rules that suppress do so.
    windows
        Windows of suppression that an earlier run left open, by rule.

    Attributes
    ----------
    told
        The rules that have alerts.
    """

    def __init__(
        self,
        compiled: Compiled,
        statistics: Statistics,
        *,
        suppression: bool = True,
        windows: Mapping[int, dict[str, Any]] | None = None,
    ) -> None:
        self._rules = compiled.rules
        self._counts = statistics
        self.told: set[int] = set()
        self._sorter = Sorter()
        self._alike = Sorter()
        plans = {
            rule: plan
            for rule, plan in enumerate(compiled.suppressions)
            if plan is not None and suppression
        }
        self.suppressing = Suppressing(compiled.rules, compiled.plans, plans)
        self._suppresses = plans.keys()
        for rule, state in (windows or {}).items():
            if rule in plans:
                try:
                    self.suppressing.machines[rule].restore(state)
                except (ValueError, TypeError, LookupError) as error:
                    raise StateError("the windows of suppression are damaged") from error

    def add(self, finding: Finding) -> None:
        """Take a finding."""
        if finding.rule in self._suppresses:
            self._alike.add_alert(self._rules[finding.rule].id, finding)
        else:
            self._sorter.add_alert(self._rules[finding.rule].id, finding)
            self._count(finding)

    def take(self, finding: Finding) -> None:
        """Take a finding that is told in any case, whenever others were settled."""
        self._tell(finding)

    def close(self) -> None:
        """Forget everything."""
        self._sorter.close()
        self._alike.close()

    def settle(self, *, keep: bool = False) -> None:
        """There are no more findings: tell which of those that are alike are told.

        ``keep``: their windows stay open for a later run.
        """
        for _, moment in groupby(named(self._alike, self._id), key=attrgetter("time")):
            for finding in sorted(moment, key=_arrival):
                for told in self.suppressing.feed(finding):
                    self._tell(told)
        for told in self.suppressing.finish(keep=keep):
            self._tell(told)
        self._alike.close()
        self._counts.suppressed = self.suppressing.suppressed
        self._counts.state.evicted += self.suppressing.evicted

    def named(self, writer: Documents) -> Iterator[Finding]:
        """The findings with their names, in the order of alerts.

        Of one event that was read twice there is one: when all have been taken, alerts are counted
        as they were given.
        """
        given: Counter[bool] = Counter()
        for finding in writer.named(self):
            given[self._rules[finding.rule].building_block] += 1
            yield finding
        self._counts.alerts, self._counts.building_block_alerts = given[False], given[True]

    def windows(self) -> dict[int, dict[str, Any]]:
        """The windows that are open, by rule."""
        machines = self.suppressing.machines.items()
        return {rule: machine.state() for rule, machine in machines if len(machine)}

    def __iter__(self) -> Iterator[Finding]:
        return iter(self._sorter)

    def _id(self, rule: int) -> str:
        return self._rules[rule].id

    def _tell(self, finding: Finding) -> None:
        self._sorter.add_alert(self._rules[finding.rule].id, finding)
        self._count(finding)

    def _count(self, finding: Finding) -> None:
        self.told.add(finding.rule)
        if self._rules[finding.rule].building_block:
            self._counts.building_block_alerts += 1
        else:
            self._counts.alerts += 1


def _arrival(finding: Finding) -> tuple[int, int]:
    """Where the latest event of a finding stands: of one moment, the first to come is told."""
    latest = attrgetter("time", "source", "offset")
    return max(map(latest, finding.present), default=(0, 0, 0))[1:]
