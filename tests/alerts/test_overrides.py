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
        ({"s": 2**70}, "medium"),
        ({"s": 1e400}, "medium"),
        ({"s": True}, "medium"),
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
        {"field": "s", "operator": "equals", "value": "true", "severity": "critical"},
        {"field": "s", "operator": "equals", "value": "8.5", "severity": "critical"},
    )
    assert rated(dataclasses.replace(RULE, severity_mapping=rows), event).severity == severity


@pytest.mark.parametrize(
    ("event", "severity"),
    [
        (8, "high"),
        (8.0, "high"),
        (9, "critical"),
        (9.5, "medium"),
        ("8", "medium"),
        (True, "medium"),
        (["x", 8, 9], "critical"),
        (0, "medium"),
    ],
)
def test_severity_by_the_field_that_holds_numbers(event, severity):
    """Texts count for nothing there, and rows are rounded down."""
    rows = tuple(
        {"field": "event.severity", "operator": "equals", "value": value, "severity": severity}
        for value, severity in [("8", "high"), ("9.7", "critical"), ("x", "low"), ("1e999", "low")]
    )
    rule = dataclasses.replace(RULE, severity_mapping=rows)
    assert rated(rule, {"event": {"severity": event}}).severity == severity


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
        ({"score": "1_0"}, 47),
        ({"score": 10**400}, 47),
    ],
)
def test_risk(event, score):
    """The highest number from 0 to 100 of the first mapping's field."""
    rows = ({"field": "score", "operator": "equals", "value": ""},)
    assert rated(dataclasses.replace(RULE, risk_score_mapping=rows), event).risk_score == score


@pytest.mark.parametrize(
    ("event", "name"),
    [
        ({"m": "Other"}, "Other"),
        ({"m": ["Other"]}, "Other"),
        ({"m": ["One", "Other"]}, "Rule"),
        ({"m": 3}, "Rule"),
        ({"m": ""}, "Rule"),
        ({}, "Rule"),
    ],
)
def test_name(event, name):
    """The field's text, else the rule's own name."""
    assert rated(dataclasses.replace(RULE, rule_name_override="m"), event).name == name
