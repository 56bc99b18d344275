"""``tocsin scan --schedule reference``: its alerts, its table, its counts, what it refuses."""

import json
from pathlib import Path

import pytest


def event(name, at, came=None):
    clock = "2026-01-01T00:{:02}:{:02}Z"
    return {
        "@timestamp": clock.format(*divmod(at, 60)),
        "event": {"category": "process", "ingested": clock.format(*divmod(came or at, 60))},
        "process": {"name": name},
        "host": {"id": "h"},
    }


@pytest.fixture
def found(cli, rule, events):
    rule("Late", 'process where process.name == "late"')
    rule("Capped", 'process where process.name == "many"', max_signals=2)
    rule(
        "Absent",
        'sequence by host.id with maxspan=1m [process where process.name == "a"] '
        '![process where process.name == "b"]',
    )
    name = events(
        event("late", 10, 900),
        event("late", 20),
        *(event("many", 30 + n) for n in range(5)),
        event("a", 299),
        event("b", 305),
    )

    def scan(*more):
        return cli("scan", "-r", "rules", name, "--schedule", "reference", *more)

    return scan


def test_the_alerts_are_those_of_the_reference(found, cli):
    rows = found("--format", "ndjson").rows
    assert [row["kibana.alert.rule.name"] for row in rows] == ["Late", "Capped", "Capped", "Absent"]
    own = {
        row["kibana.alert.uuid"]
        for row in cli("scan", "-r", "rules", "events.ndjson", "--format", "ndjson").rows
    }
    assert {row["kibana.alert.uuid"] for row in rows[:3]} < own


def test_the_difference_is_told_by_rule(found):
    told = found().err
    assert (
        "by the reference's clock, against event time: "
        "3 same · 0 altered · 4 lost · 0 doubled · 1 invented" in told
    )
    assert "        2        0        3        0        0  Capped (3 over max_signals)" in told
    assert "        1        0        1        0        0  Late (1 seen by no run)" in told
    assert "        0        0        0        0        1  Absent" in told


def test_the_counts_by_rule(found):
    found("--stats", "counts.json")
    rows = json.loads(Path("counts.json").read_text())["reference"]
    assert {row["name"]: row["lost_by_reason"] for row in rows.values()} == {
        "Late": {"late": 1},
        "Capped": {"max_signals": 3},
        "Absent": {},
    }


def test_event_time_says_nothing_of_it(cli, rule, events):
    rule("A")
    found = cli("scan", "-r", "rules", events(event("a", 1)), "--stats", "counts.json")
    assert "reference" not in found.err
    assert "reference" not in json.loads(Path("counts.json").read_text())


def test_an_outage(found):
    outage = ("--outage", "2026-01-01T00:01..2026-01-01T03:00")
    told = found(*outage).err
    assert "0 same" in told
    assert "Capped (5 seen by no run)" in told


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--outage", "yesterday"), "write FROM..TO"),
        (("--outage", "2026-01-02..2026-01-01"), "ends before it begins"),
        (("--outage", "x..y"), "--outage"),
        (("--history", "events.ndjson"), "--history needs event time"),
        (("--state", "kept"), "--state needs event time"),
    ],
)
def test_what_is_refused(found, options, message):
    outcome = found(*options)
    assert outcome.status == 2
    assert message in outcome.err


def test_an_outage_needs_the_reference(cli, events):
    outcome = cli("scan", events(event("a", 1)), "--outage", "2026-01-01..2026-01-02")
    assert outcome.status == 2
    assert "--outage needs --schedule reference" in outcome.err
