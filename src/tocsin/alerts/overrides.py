"""Severity, risk score and name of an alert as the rule takes them from the event.

As in Kibana: of the severity rows that equal a value of the event the highest wins, where values
are texts and whole numbers, of `event.severity` numbers only; the risk score is the highest number
from 0 to 100 in the first mapping's field; the name is the field's text, if it has but one value.
Sequences and samples keep the rule's own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from tocsin.alerts.paths import Scalar, Values
from tocsin.rules.rule import Rule

_EXACT = 2.0**53
_NUMERIC = "event.severity"
"""The field of ECS whose values are numbers: a row with `7.5` there asks for 7."""
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
        field, wanted = str(row.get("field", "")), str(row.get("value", ""))
        if field == _NUMERIC:
            number = _floor(wanted)
            equal = number is not None and number in map(_whole, values(field))
        else:
            equal = any(_shown(value) == wanted for value in values(field))
        if equal:
            found = row["severity"]
    return found


def _floor(text: str) -> int | None:
    number = _number(text)
    return None if number is None or math.isinf(number) else math.floor(number)


def _shown(value: Scalar) -> str | None:
    """The text of a text or whole number; of others none."""
    if isinstance(value, str):
        return value
    whole = _whole(value)
    return None if whole is None else str(whole)


def _whole(value: Scalar) -> int | None:
    """A whole number, of those that a double tells apart from its neighbours."""
    if isinstance(value, bool | str) or not abs(value) < _EXACT or value != int(value):
        return None
    return int(value)


def _risk(rule: Rule, values: Values) -> float:
    if not rule.risk_score_mapping:
        return rule.risk_score
    field = str(rule.risk_score_mapping[0].get("field", ""))
    scores = [score for value in values(field) if (score := _score(value)) is not None]
    return max(scores, default=rule.risk_score)


def _score(value: Scalar) -> float | None:
    score = None if isinstance(value, bool) else _number(value)
    if score is None or not 0 <= score <= 100:
        return None
    return int(score) if score == int(score) else score


def _number(value: float | str) -> float | None:
    """A number, or the one that a text is."""
    try:
        number = float(value) if not isinstance(value, str) or "_" not in value else math.nan
    except (ValueError, OverflowError):
        return None
    return None if math.isnan(number) else number


def _name(rule: Rule, values: Values) -> str:
    if not rule.rule_name_override:
        return rule.name
    found = values(rule.rule_name_override)
    text = found[0] if len(found) == 1 else None
    return text if isinstance(text, str) and text else rule.name
