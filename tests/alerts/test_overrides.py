"""Severity, risk and name from the event, by the reference's rules."""

import dataclasses

import pytest

from tocsin.alerts.overrides import rating
from tocsin.alerts.paths import values_at
from tocsin.rules.rule import Rule

RULE = Rule("r", "Rule", "query", severity="medium", risk_score=47)


def rated(rule, event):
    return rating(rule, lambda field: values_at(event, field))


@pytest.mark.parametrize(
    ("event", "severity"),
    [
        ({}, "medium"),
        ({"s": "8"}, "high"),
        ({"s": 8}, "high"),
        ({"s": 8.0}, "high"),
        ({"s": 8.5}, "medium"),
        ({"s": ["1", "8"]}, "high"),
        ({"s": ["8", "9", "1"]}, "critical"),
        ({"s": "1"}, "low"),
        ({"s": "88"}, "medium"),
    ],
)
def test_severity(event, severity):
    """The highest row that equals a value wins, whatever the order of rows."""
    rows = (
        {"field": "s", "operator": "equals", "value": "9", "severity": "critical"},
        {"field": "s", "operator": "equals", "value": "1", "severity": "low"},
        {"field": "s", "operator": "equals", "value": "8", "severity": "high"},
    )
    assert rated(dataclasses.replace(RULE, severity_mapping=rows), event).severity == severity


@pytest.mark.parametrize(
    ("event", "score"),
    [
        ({}, 47),
        ({"score": 12}, 12),
        ({"score": "73"}, 73),
        ({"score": [10, "99.5", 20]}, 99.5),
        ({"score": 101}, 47),
        ({"score": -1}, 47),
        ({"score": "high"}, 47),
        ({"score": True}, 47),
        ({"score": "nan"}, 47),
    ],
)
def test_risk(event, score):
    """The highest number from 0 to 100 of the first mapping's field."""
    rows = ({"field": "score", "operator": "equals", "value": ""},)
    assert rated(dataclasses.replace(RULE, risk_score_mapping=rows), event).risk_score == score


@pytest.mark.parametrize(
    ("event", "name"),
    [({"m": "Other"}, "Other"), ({"m": 3}, "Rule"), ({"m": ""}, "Rule"), ({}, "Rule")],
)
def test_name(event, name):
    """The field's text, else the rule's own name."""
    assert rated(dataclasses.replace(RULE, rule_name_override="m"), event).name == name
