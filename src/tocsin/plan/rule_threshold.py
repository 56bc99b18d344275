"""A threshold rule's plan: its condition with the group, the count and the look-back.

The rule's ``threshold`` has ``field`` (names, or one, or none), ``value`` and, perhaps,
``cardinality``: a list of ``field`` and ``value``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tocsin.diagnostics import Diagnostic
from tocsin.plan.plan import Cardinality, StagePlan, ThresholdPlan
from tocsin.plan.predicate import Predicate
from tocsin.plan.terms import TermsError, keys_of, names_in, reference, whole_in
from tocsin.rules.rule import Rule
from tocsin.rules.timing import look_back
from tocsin.schema.fields import Schema

MOST_FIELDS = 5


def threshold_plan(
    rule: Rule, condition: Predicate, schema: Schema
) -> tuple[ThresholdPlan | None, list[Diagnostic]]:
    """The plan of a threshold rule whose query and filters are the condition.

    Without a plan, the diagnostic says what is wrong with the rule's `threshold`.
    """
    try:
        table = _table(rule)
        fields = names_in(table.get("field", ()), "threshold.field", MOST_FIELDS)
        plan = ThresholdPlan(
            StagePlan(condition, keys_of(fields, schema)),
            whole_in(table.get("value"), "threshold.value", 1),
            _cardinality(table.get("cardinality", ()), schema),
            look_back(rule),
        )
    except TermsError as error:
        return None, [error.diagnostic]
    return plan, []


def _table(rule: Rule) -> Mapping[str, Any]:
    table = rule.raw.get("threshold")
    if not isinstance(table, Mapping):
        raise TermsError("a threshold rule needs `threshold` with `field` and `value`")
    return table


def _cardinality(found: Any, schema: Schema) -> tuple[Cardinality, ...]:  # noqa: ANN401 - unchecked
    name = "threshold.cardinality"
    rows = [found] if isinstance(found, Mapping) else found
    if not isinstance(rows, list | tuple) or not all(isinstance(row, Mapping) for row in rows):
        raise TermsError(f"`{name}` must be a list of tables with `field` and `value`")
    made = []
    for row in rows:
        if not row.get("field"):
            continue  # Kibana exports rules without it with an empty field
        (field,) = names_in(row["field"], f"{name}.field", 1)
        least = whole_in(row.get("value"), f"{name}.value", 0)
        made.append(Cardinality(reference(field, schema), least))
    return tuple(made)
