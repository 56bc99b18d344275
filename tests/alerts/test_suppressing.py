"""Findings that are alike, told once or at once."""

import json

import pytest

from tocsin.alerts.finding import Finding, SourceEvent
from tocsin.alerts.suppressing import LAST, PREFIX, Suppressing
from tocsin.plan.plan import EventPlan, StagePlan
from tocsin.plan.predicate import Constant, FieldRef
from tocsin.plan.suppression import SuppressionPlan
from tocsin.rules.rule import Rule
from tocsin.schema.kinds import Kind

RULE = Rule("r", "A rule", "query")
PLAN = EventPlan(StagePlan(Constant(value=True)))
BY_HOST = SuppressionPlan((FieldRef("host.id", Kind.KEYWORD),), 10)


def finding(time, host):
    content = json.dumps({"host": {"id": host}}).encode()
    return Finding(
        0, f"{time}{host}", time, (SourceEvent(f"e{time}", "i", time, 0, content, 0, time),)
    )


def told(findings):
    return [(one.alert_id, one.extra[f"{PREFIX}.docs_count"]) for one in findings]


@pytest.mark.parametrize(
    ("at_once", "expected"),
    [
        (False, [[], [], [], [("0a", 1)], [("2b", 0), ("11a", 0)]]),
        (True, [[("0a", 0)], [], [("2b", 0)], [("0a", 1), ("11a", 0)], []]),
    ],
)
def test_an_alert_is_told_when_its_window_closes_or_at_once_and_then_again(at_once, expected):
    machine = Suppressing([RULE], [PLAN], {0: BY_HOST}, at_once=at_once)
    found = [
        told(machine.feed(finding(time, host)))
        for time, host in ((0, "a"), (1, "a"), (2, "b"), (11, "a"))
    ]
    assert machine.suppressed == 1
    assert [*found, told(machine.finish())] == expected


def test_an_alert_tells_when_the_first_and_the_last_that_are_like_it_were():
    machine = Suppressing([RULE], [PLAN], {0: BY_HOST})
    for time in (1000, 1003, 1007):
        assert not list(machine.feed(finding(time, "a")))
    (alert,) = machine.finish()
    for start, end in (("kibana.alert.start", LAST), (f"{PREFIX}.start", f"{PREFIX}.end")):
        assert alert.extra[start] == "1970-01-01T00:00:01.000Z"
        assert alert.extra[end] == "1970-01-01T00:00:01.007Z"


def test_names_of_suppressed_events_go_with_the_alert():
    machine = Suppressing([RULE], [PLAN], {0: BY_HOST})
    for time in range(3):
        assert list(machine.feed(finding(time, "a"))) == []
    (one,) = machine.finish()
    assert [event["id"] for event in one.extra["tocsin.suppressed"]] == ["e1", "e2"]
    assert one.extra[f"{PREFIX}.terms"] == [{"field": "host.id", "value": "a"}]
