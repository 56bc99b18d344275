"""Severity, risk score and name of an alert as the rule takes them from the event.

As in Kibana: of the severity rows that equal a value of the event the highest wins; the risk score
is the highest number from 0 to 100 in the first mapping's field; the name is the field's text.
Sequences and samples keep the rule's own.
"""

from __future__ import annotations

from dataclasses import dataclass

from tocsin.alerts.paths import Scalar, Values
from tocsin.rules.rule import Rule
from tocsin.schema.values import text_of

_EXACT = 2.0**53
SEVERITIES = ("low", "medium", "high", "critical")


@dataclass(frozen=True, slots=True)
class Rating:
    """What an alert is called and how much it matters."""

    name: str
    severity: str
    risk_score: float


def has_overrides(rule: Rule) -> bool:
    """Whether the event can change the rule's rating at all."""
    return bool(rule.severity_mapping or rule.risk_score_mapping or rule.rule_name_override)


def override_fields(rule: Rule) -> list[str]:
    """The fields that `rating` reads."""
    mappings = (*rule.severity_mapping, *rule.risk_score_mapping[:1])
    named = [str(row.get("field", "")) for row in mappings]
    return [*named, rule.rule_name_override] if rule.rule_name_override else named


def rating(rule: Rule, values: Values | None = None) -> Rating:
    """The rule's own rating, or that of one event where ``values`` reads it."""
    if values is None or not has_overrides(rule):
        return Rating(rule.name, rule.severity, rule.risk_score)
    return Rating(_name(rule, values), _severity(rule, values), _risk(rule, values))


def _severity(rule: Rule, values: Values) -> str:
    found = rule.severity
    rows = [row for row in rule.severity_mapping if row.get("severity") in SEVERITIES]
    for row in sorted(rows, key=lambda row: SEVERITIES.index(row["severity"])):
        wanted = str(row.get("value", ""))
        if any(_shown(value) == wanted for value in values(str(row.get("field", "")))):
            found = row["severity"]
    return found


def _shown(value: Scalar) -> str:
    """A value's text; of a whole number without the digits behind its point, as in Kibana."""
    whole = isinstance(value, float) and value.is_integer() and abs(value) < _EXACT
    return str(int(value)) if whole else text_of(value)


def _risk(rule: Rule, values: Values) -> float:
    if not rule.risk_score_mapping:
        return rule.risk_score
    field = str(rule.risk_score_mapping[0].get("field", ""))
    scores = [score for value in values(field) if (score := _score(value)) is not None]
    return max(scores, default=rule.risk_score)


def _score(value: Scalar) -> float | None:
    try:
        score = float(value) if not isinstance(value, bool) else -1.0
    except ValueError:
        return None
    if not 0 <= score <= 100:  # also false for NaN
        return None
    return int(score) if score == int(score) else score


def _name(rule: Rule, values: Values) -> str:
    if not rule.rule_name_override:
        return rule.name
    texts = [value for value in values(rule.rule_name_override) if isinstance(value, str) and value]
    return texts[0] if texts else rule.name
