"""Alerts that are alike, in a stream: told when their window begins, and again when it has grown.

A finding of a rule that suppresses waits until the watermark has passed it, since only the order of
time tells which alert is the first of its kind. A finding that came late is told for itself and
changes no window.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np

from tocsin.alerts.finding import Finding, SourceEvent
from tocsin.alerts.identity import named
from tocsin.alerts.suppressing import Suppressing
from tocsin.live.places import Places, Ref, restored

if TYPE_CHECKING:
    from tocsin.engine.compiled import Compiled
    from tocsin.inputs.batch import JsonBatch
    from tocsin.live.guard import Guard
    from tocsin.match.keyhash import Flags


class LiveSuppression:
    """The rules that suppress alerts, and their findings that wait.

    ``rules``: their numbers.
    """

    def __init__(
        self, compiled: Compiled, keys: Sequence[str], places: Places, guard: Guard, *, on: bool
    ) -> None:
        plans = {
            rule: plan
            for rule, plan in enumerate(compiled.suppressions)
            if plan is not None and on and compiled.plans[rule] is not None
        }
        self._compiled = compiled
        self._keys = keys
        self._places = places
        self._guard = guard
        self._suppressing = Suppressing(compiled.rules, compiled.plans, plans, follow=True)
        self._waiting: list[tuple[int, int, Finding]] = []
        self._count = 0
        self.rules = frozenset(plans)

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def suppressed(self) -> int:
        """Findings that were not told for the sake of another one."""
        return self._suppressing.suppressed

    @property
    def evicted(self) -> int:
        """Windows that were closed early to bound memory."""
        return self._suppressing.evicted

    @property
    def windows(self) -> int:
        """Windows that are open."""
        return sum(map(len, self._suppressing.machines.values()))

    def wait(self, finding: Finding) -> None:
        """Take a finding that is not late."""
        self._count += 1
        heapq.heappush(self._waiting, (finding.time, self._count, finding))

    def sifted(self, found: Sequence[Finding]) -> list[Finding]:
        """The findings that are told at once; those of rules that suppress wait."""
        if not self.rules:
            return list(found)
        told = []
        for finding in found:
            if finding.rule in self.rules:
                self.wait(finding)
            else:
                told.append(finding)
        return told

    def unless_late(self, found: Sequence[Finding], batch: JsonBatch, late: Flags) -> list[Finding]:
        """Findings of single events that are told at once; others wait, unless they came late."""
        told = []
        for one in found:
            row = int(np.searchsorted(batch.offsets, one.present[0].offset))
            if one.rule in self.rules and not late[row]:
                self.wait(one)
            else:
                told.append(one)
        return told

    def passed(self, mark: int) -> list[Finding]:
        """The alerts that are told now, or once more, all findings before a time having come."""
        ready = []
        while self._waiting and self._waiting[0][0] < mark:
            ready.append(heapq.heappop(self._waiting)[2])
        if not ready:
            return []
        found: list[Finding] = []
        rules = self._compiled.rules
        in_order = named(ready, lambda rule: rules[rule].id)
        for _, moment in groupby(in_order, key=lambda finding: finding.time):
            for finding in sorted(moment, key=_arrival):
                if finding.rule not in self._guard.suspended:
                    with self._guard.of(finding.rule):
                        found += self._suppressing.feed(finding)
        found += self._suppressing.changes()
        for rule, machine in self._suppressing.machines.items():
            machine.closed.clear()
            if rule in self._guard.suspended:
                machine.finish()
                machine.closed.clear()
        return found

    def state(self) -> dict[str, Any]:
        """What waits and which windows are open, by the rules' keys."""
        return {
            "waiting": [
                self._plain(finding) for _, _, finding in sorted(self._waiting, key=_first)
            ],
            "suppressed": self.suppressed,
            "windows": {
                self._keys[rule]: {
                    **machine.state(),
                    "parents": [
                        [None if w.parent is None else self._plain(w.parent), w.names]
                        for w in machine.windows
                    ],
                }
                for rule, machine in self._suppressing.machines.items()
                if len(machine)
            },
        }

    def restore(self, state: Mapping[str, Any]) -> list[str]:
        """Go on with rules that are here too; the keys of those that are not."""
        numbers = {key: rule for rule, key in enumerate(self._keys) if rule in self.rules}
        for told in state["waiting"]:
            if told[0] in numbers:
                self.wait(self._finding(numbers[told[0]], restored(told)))
        self._suppressing.suppressed = state["suppressed"]
        for key, told in state["windows"].items():
            if key in numbers:
                machine = self._suppressing.machines[numbers[key]]
                machine.restore(told)
                for window, (parent, names) in zip(machine.windows, told["parents"], strict=True):
                    if parent is not None:
                        window.parent = self._finding(numbers[key], restored(parent))
                    window.names = list(map(tuple, names))
        return [key for key in state["windows"] if key not in numbers]

    def _plain(self, finding: Finding) -> list[Any]:
        events = [
            None
            if event is None
            else [
                Ref(event.offset, event.time, self._places.index(event.index_name)),
                event.id,
                event.stage,
                bool(event.content),
            ]
            for event in finding.events
        ]
        key = self._keys[finding.rule]
        return [key, finding.alert_id, finding.time, events, finding.keys, finding.extra]

    def _finding(self, rule: int, told: Sequence[Any]) -> Finding:
        _, alert_id, time, events, keys, extra = told
        found = tuple(None if one is None else self._event(*one) for one in events)
        return Finding(rule, alert_id, time, found, tuple(keys), extra)

    def _event(self, ref: Ref, name: str, stage: int, whole: bool) -> SourceEvent:
        content = self._places.content(ref.place) if whole else b""
        index = self._places.index_name(ref.origin)
        return SourceEvent(name, index, ref.time, stage, content, 0, ref.place)


def _first(waiting: tuple[int, int, Finding]) -> tuple[int, int]:
    return waiting[:2]


def _arrival(finding: Finding) -> tuple[int, int]:
    """Where the latest event of a finding stands: of one moment, the first to come is told."""
    return max(((event.time, event.offset) for event in finding.present), default=(0, 0))
