"""Elastic's ES|QL rules fire on events made for them (``tools/make_esql_fixtures.py``)."""

import datetime as dt
import json
from pathlib import Path

import pytest

import tocsin
from shared import SHARED, needs_shared

pytestmark = needs_shared

MADE = json.loads(Path(__file__).with_name("esql_events.json").read_text(encoding="utf-8"))
APART = dt.timedelta(days=30)
"""More than any rule looks back: the events of one rule are none of another's."""


def events_of(made):
    """The events of a rule: what is the same in all, and what is not, one by one."""
    for number in range(made["count"]):
        event = dict(made["same"])
        for name, values in made["varied"].items():
            if values[number] is not None:
                event[name] = values[number]
        yield event


@pytest.fixture(scope="module")
def rules():
    loaded = tocsin.load_rules(SHARED / "elastic-rules.tar.gz").select()
    return {rule.id: rule for rule in loaded if rule.language == "esql"}


def test_rules_fire_on_events_made_for_them(rules):
    chosen = sorted(MADE.keys() & rules.keys())
    assert len(chosen) >= 60
    source = []
    for place, rule_id in enumerate(chosen):
        for event in events_of(MADE[rule_id]):
            time = dt.datetime.fromisoformat(event["@timestamp"]) + place * APART
            source.append({**event, "@timestamp": time.isoformat(), "made_for": rule_id})
    fired = set()
    found = tocsin.scan(
        tocsin.events(source), [rules[rule_id] for rule_id in chosen], routing="off"
    )
    for alert in found:
        made_for = {event["made_for"] for event in alert.events}
        if alert.rule.id in made_for:
            fired.add(alert.rule.id)
    assert set(chosen) - fired == set()


def test_events_that_differ_in_what_a_rule_asks_set_nothing_off(rules):
    """Without the fields that they share, the events of a rule mean nothing to it."""
    for rule_id in sorted(MADE.keys() & rules.keys())[::7]:
        made = MADE[rule_id]
        kept = {"@timestamp"} & made["same"].keys()
        bare = {
            **made,
            "same": {name: made["same"][name] for name in kept},
            "varied": {
                name: values for name, values in made["varied"].items() if name == "@timestamp"
            },
        }
        events = list(events_of(bare))
        assert not list(tocsin.scan(tocsin.events(events), [rules[rule_id]], routing="off"))
