"""Rules that read alerts and that no alert of a run can make fire: they need not be shown any.

Such a rule asks for events of a data set that never came, say. What is told of it, which fields it
waits for in vain, is told from a few alerts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import islice

import numpy as np

from tocsin.alerts.document import Documents
from tocsin.alerts.lineage import ALERTS
from tocsin.engine.compiled import Compiled
from tocsin.engine.gathered import Gathered
from tocsin.engine.spool import Spool, SpoolOrigin
from tocsin.inputs.source import Events
from tocsin.match.kinds import Kinds
from tocsin.plan.needs import missing_needs, needs_of
from tocsin.plan.plan import (
    EventPlan,
    NewTermsPlan,
    SamplePlan,
    SequencePlan,
    TablePlan,
    ThreatPlan,
    stages_of,
)

LOOKED_AT = 64
"""Alerts in which fields are looked for."""

CHANGED = ("event.kind",)
"""Gates of which an alert has other values than its events."""

_OWN = ("kibana.", "signal.", "tocsin.", "threat.", "_", "@", *CHANGED)
_OF_EVENTS = (EventPlan, NewTermsPlan, SequencePlan, SamplePlan, ThreatPlan)


class Idle:
    """The rules of a run that read alerts, in case all of them are idle.

    Parameters
    ----------
    rules
        Their numbers. No event of the input satisfied any of their stages.
    kinds
        What the events of the input were.
    """

    def __init__(self, compiled: Compiled, rules: Sequence[int], kinds: Kinds) -> None:
        self._compiled = compiled
        self._rules = rules
        self._kinds = kinds

    def are(self, told: Collection[int]) -> bool:
        """Whether no alert of the rules ``told``, nor any that comes of these, makes them fire."""
        plans = self._compiled.plans
        return all(isinstance(plans[rule], _OF_EVENTS) for rule in told) and not any(
            map(self._may_fire, self._rules)
        )

    def _may_fire(self, rule: int) -> bool:
        plan, first = self._compiled.plans[rule], self._compiled.first_stage(rule)
        if plan is None or isinstance(plan, TablePlan):
            return plan is not None
        until = plan.until if isinstance(plan, SequencePlan) else None
        return all(
            stage.missing or stage is until or self._kinds.may_hold(first + position, CHANGED)
            for position, stage in enumerate(stages_of(plan))
        )

    def unmatched(
        self, writer: Documents, gathered: Gathered, count: int, source: Events
    ) -> list[tuple[str, list[str]]] | None:
        """For want of which fields each rule can never match, if that can be told of few alerts.

        Parameters
        ----------
        count
            How many alerts there are.
        source
            The input.
        """
        rules, plans = self._compiled.rules, self._compiled.plans
        asked = {rule: plan for rule in self._rules if (plan := plans[rule]) is not None}
        names = {name for plan in asked.values() for name in needs_of(plan).names}
        absent = {name for name in names if not name.startswith(_OWN)} - self._kinds.fields
        step = max(1, count // LOOKED_AT)
        found = writer.named(islice(gathered, 0, None, step))
        lines = ((writer.line(finding), (ALERTS, finding.alert_id)) for finding in found)
        if names - absent - self._fields_in(lines, source):
            return None  # some are rare, or there are none: only all alerts tell
        needed = ((rules[rule].id, missing_needs(plan, absent)) for rule, plan in asked.items())
        return [(rule, fields) for rule, fields in needed if fields]

    def _fields_in(
        self, alerts: Iterable[tuple[bytes, tuple[str, str]]], source: Events
    ) -> set[str]:
        """The program's fields that some alerts have."""
        spool, fields = Spool(), self._compiled.program.fields
        for line, name in alerts:
            spool.add(line, name)
        spool.flush()
        slots: set[int] = set()
        for batch in Events([SpoolOrigin(spool, source)]).batches(fields):
            slots.update(np.unique(batch.cells(fields).slot).tolist())
        return {fields.names[slot] for slot in slots}
