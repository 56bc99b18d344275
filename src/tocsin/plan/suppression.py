"""What a rule's ``alert_suppression`` says: which alerts are one, and for how long."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tocsin.diagnostics import Diagnostic, Severity
from tocsin.plan.predicate import FieldRef
from tocsin.plan.terms import TermsError, names_in, reference, whole_in
from tocsin.rules.rule import Rule
from tocsin.rules.timing import interval
from tocsin.schema.fields import Schema

MOST_FIELDS = 5
_UNITS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


@dataclass(frozen=True, slots=True)
class SuppressionPlan:
    """Alerts with equal values of ``fields`` are one for ``duration`` milliseconds.

    ``missing``: alerts without a value are alike; else each of them is told.
    ``each``: of a field with several values each counts by itself; else they count as a whole.
    """

    fields: tuple[FieldRef, ...]
    duration: int
    missing: bool = True
    each: bool = False


def suppression_of(rule: Rule, schema: Schema) -> tuple[SuppressionPlan | None, list[Diagnostic]]:
    """How a rule's alerts are suppressed; None if they are not.

    What cannot be used is a warning: the rule runs, and all its alerts are told.
    """
    found = rule.raw.get("alert_suppression")
    if found is None:
        return None, []
    try:
        return _read(found, rule, schema), []
    except TermsError as error:
        told = dataclasses.replace(error.diagnostic, severity=Severity.WARNING)
        return None, [dataclasses.replace(told, hint="all alerts of the rule are told")]


def _read(found: Any, rule: Rule, schema: Schema) -> SuppressionPlan:  # noqa: ANN401 - unchecked
    if not isinstance(found, Mapping):
        raise TermsError("`alert_suppression` must be a table with `group_by`")
    if rule.type == "threshold":
        return SuppressionPlan((), _duration(found, rule), each=True)
    names = names_in(found.get("group_by", ()), "alert_suppression.group_by", MOST_FIELDS, 1)
    strategy = found.get("missing_fields_strategy", "suppress")
    if strategy not in ("suppress", "doNotSuppress"):
        raise TermsError(
            "`alert_suppression.missing_fields_strategy` must be suppress or doNotSuppress"
        )
    return SuppressionPlan(
        tuple(reference(name, schema) for name in names),
        _duration(found, rule),
        strategy == "suppress",
        rule.type in ("query", "saved_query"),
    )


def _duration(found: Mapping[str, Any], rule: Rule) -> int:
    """The duration in milliseconds; without one, what lies between two runs of the rule."""
    told = found.get("duration")
    if told is None:
        return interval(rule.interval)
    if not isinstance(told, Mapping) or told.get("unit") not in _UNITS:
        raise TermsError("`alert_suppression.duration` must have `value` and `unit` (s, m or h)")
    return whole_in(told.get("value"), "alert_suppression.duration.value", 1) * _UNITS[told["unit"]]
