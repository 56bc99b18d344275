"""Why the stages of rules held, told once for each set of values that a rule looks at."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tocsin.alerts.paths import Scalar, Values
from tocsin.match.evaluate import Evaluator
from tocsin.match.held import Held
from tocsin.plan.needs import fields_of
from tocsin.plan.plan import Plan, StagePlan, stages_of

WHY = "tocsin.why"
"""The member of a document with the clauses that held; a finding may bring its own."""

_MOST = 1 << 14
_LARGE = 1 << 12
"""Characters of values that hardly come again, such as those of a whole event."""


class Reasons:
    """Explains stages of plans, by rule number.

    Alerts of a rule often differ only in fields that the rule does not look at: what was told of
    equal values is told again.
    """

    def __init__(self) -> None:
        self._evaluator = Evaluator()
        self._stages: dict[int, list[tuple[StagePlan, tuple[str, ...]]]] = {}
        self._held: dict[tuple[int, int], Held] = {}
        self._told: dict[tuple[Any, ...], list[dict[str, Any]]] = {}

    def names(self, rule: int, plan: Plan, stage: int) -> tuple[str, ...]:
        """The fields that a stage looks at (repeats counted one by one)."""
        return self._stage(rule, plan, stage)[1]

    def _stage(self, rule: int, plan: Plan, stage: int) -> tuple[StagePlan, tuple[str, ...]]:
        known = self._stages.get(rule)
        if known is None:
            known = []
            for part in stages_of(plan):
                names = tuple({field.name: None for field in fields_of(part.condition)})
                known += [(part, names)] * part.runs
            self._stages[rule] = known
        return known[stage]

    def stage(self, rule: int, plan: Plan, stage: int, fields: Values) -> list[dict[str, Any]]:
        """The clauses that made an event satisfy a stage."""
        _, names = self._stage(rule, plan, stage)
        values = {name: fields(name) for name in names}
        key = (rule, stage, *[_exact(found) for found in values.values()])
        told = self._told.get(key)
        if told is None:
            told = self.told(rule, plan, stage, values.__getitem__)
            if _size(values.values()) < _LARGE:
                if len(self._told) >= _MOST:
                    self._told.clear()
                self._told[key] = told
        return told

    def told(self, rule: int, plan: Plan, stage: int, fields: Values) -> list[dict[str, Any]]:
        """As ``stage``, of values for which it is never asked again."""
        held = self._held.get((rule, stage))
        if held is None:
            part, _ = self._stage(rule, plan, stage)
            before = self._held.get((rule, stage - 1)) if stage else None
            if before is None or self._stage(rule, plan, stage - 1)[0] is not part:
                before = Held(part.condition, self._evaluator)
            held = self._held[rule, stage] = before
        return [
            {"stage": stage, "clause": clause, "field": field, "value": value}
            for clause, field, value in held.why(fields)
        ]


def _size(values: Iterable[list[Scalar]]) -> int:
    """Characters of texts."""
    return sum(len(value) for found in values for value in found if isinstance(value, str))


def _exact(values: list[Scalar]) -> tuple[Any, ...]:
    """The values in a form that keeps ``1``, ``1.0`` and ``true`` apart."""
    return tuple(
        [value if value.__class__ is str else (value.__class__, value) for value in values]
    )
