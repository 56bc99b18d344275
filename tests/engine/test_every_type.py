"""What holds for rules of every type: batches, order, restarts and company change nothing."""

import json
import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tocsin
from tocsin.engine.api import alerts
from tocsin.engine.compiled import compile_rules
from tocsin.engine.reference import ReferenceScan
from tocsin.engine.reference.runs import Outage
from tocsin.engine.scan import Options
from tocsin.rules.rule import Rule

START = 1_785_585_600_000
VOLATILE = ("kibana.alert.rule.execution.", "tocsin.detected_at")
GROWING = ("suppression.docs_count", "suppression.end", "last_detected", "tocsin.suppressed")
"""What a later scan adds to an alert that an earlier one has told."""


def rule(name, kind, query, **more):
    language = kind if kind in ("eql", "esql") else more.pop("language", "kuery")
    keys = {"index": ("logs-*",), "from_": "now-3m", "interval": "1m", **more}
    return Rule(id=f"id-{name}", name=name, type=kind, language=language, query=query, **keys)


def alike(minutes=1, **more):
    return {"alert_suppression": {"duration": {"value": minutes, "unit": "m"}, **more}}


MAPPING = [
    {"entries": [{"field": "source.ip", "type": "mapping", "value": "threat.indicator.ip"}]},
    {
        "entries": [
            {"field": "user.name", "type": "mapping", "value": "threat.indicator.name"},
            {
                "field": "host.id",
                "type": "mapping",
                "value": "threat.indicator.provider",
                "negate": True,
            },
        ]
    },
]
INDICATORS = [
    {"@timestamp": START, "threat": {"indicator": {"ip": "10.0.0.0/30"}}},
    {"@timestamp": START, "threat": {"indicator": {"name": "bob", "provider": "h1"}}},
]
PLAIN = [
    rule("query", "query", "event.action: (a or b) and not host.id: h2"),
    rule("saved", "saved_query", "event.action: c", raw={"saved_id": "x"}),
    rule("lucene", "query", "event.action:[b TO c] AND -user.name:ann", language="lucene"),
    rule("event", "eql", 'any where event.action == "c" and source.ip != null'),
    rule(
        "sequence",
        "eql",
        'sequence by host.id with maxspan=30s [any where event.action == "a"] '
        '[any where event.action == "b"] until [any where event.action == "c"]',
    ),
    rule(
        "runs",
        "eql",
        'sequence by user.name with maxspan=1m [any where event.action == "a"] with runs=2 '
        '[any where event.action == "b"]',
    ),
    rule(
        "missing",
        "eql",
        'sequence by host.id with maxspan=20s [any where event.action == "a"] '
        '![any where event.action == "b"]',
    ),
    rule(
        "sample",
        "eql",
        'sample by host.id [any where event.action == "a"] [any where event.action == "c"]',
    ),
    rule(
        "threshold",
        "threshold",
        "event.action: *",
        raw={
            "threshold": {
                "field": ["host.id"],
                "value": 3,
                "cardinality": [{"field": "user.name", "value": 2}],
            }
        },
    ),
    rule("total", "threshold", "event.action: a", raw={"threshold": {"field": [], "value": 2}}),
    rule(
        "terms",
        "new_terms",
        "event.action: *",
        new_terms_fields=("user.name", "host.id"),
        history_window_start="now-2m",
    ),
    rule("match", "threat_match", "event.action: *", raw={"threat_mapping": MAPPING}),
    rule(
        "row",
        "esql",
        'from logs-* metadata _id, _index, _version | where event.action == "b" | keep *',
    ),
    rule(
        "groups",
        "esql",
        "from logs-* | stats n = count(*), users = count_distinct(user.name) by host.id "
        "| where n >= 2",
    ),
    rule("quiet query", "query", "event.action: *", raw=alike(group_by=["host.id"])),
    rule("quiet event", "eql", "any where true", raw=alike(group_by=["user.name", "host.id"])),
    rule(
        "strict",
        "eql",
        "any where true",
        raw=alike(group_by=["source.ip"], missing_fields_strategy="doNotSuppress"),
    ),
    rule(
        "quiet match",
        "threat_match",
        "event.action: *",
        raw={"threat_mapping": MAPPING, **alike(group_by=["host.id"])},
    ),
]
ALERTS = (".alerts-security.*",)
READERS = [
    rule("reads one", "eql", 'any where kibana.alert.rule.name == "sequence"', index=ALERTS),
    rule(
        "reads many",
        "threshold",
        "event.kind: signal and kibana.alert.rule.name: (query or row)",
        index=ALERTS,
        raw={"threshold": {"field": ["host.id"], "value": 2}},
    ),
    rule(
        "reads both",
        "eql",
        'sequence by host.id with maxspan=1m [any where kibana.alert.rule.name == "event"] '
        '[any where event.action == "a" and event.kind != "signal"]',
        index=(*ALERTS, "logs-*"),
    ),
]
RULES = [*PLAIN, *READERS]
MANY = ["h1", "h1", "h2", ["h1", "h2"]]


def events(seed, count=25, span=240):
    """Events at different moments, some fields missing, some with several values."""
    chance = random.Random(seed)
    made = []
    for number, at in enumerate(sorted(chance.sample(range(span * 4), count))):
        event = {
            "@timestamp": START + 250 * at,
            "event": {"action": chance.choice("aabbc"), "id": str(number), "category": "process"},
            "host": {"id": chance.choice(MANY)},
            "data_stream": {"dataset": "made.up"},
        }
        if chance.random() < 0.8:
            event["user"] = {"name": chance.choice(["ann", "bob", "cy", ["ann", "bob"]])}
        if chance.random() < 0.5:
            event["source"] = {"ip": chance.choice(["10.0.0.2", "10.0.0.9", "::1"])}
        made.append(event)
    return made


LAST = {
    "@timestamp": START + 3_600_000,
    "event": {"action": "none", "category": "process"},
    "data_stream": {"dataset": "made.up"},
}


def scan(given, rules, **more):
    return list(tocsin.scan(tocsin.events(given), rules, indicators=INDICATORS, **more))


def told(given_alerts, grown=True):
    """Alerts in full, by name; of those that are told again the last."""
    found = {}
    for alert in given_alerts:
        found[alert.rule.name, alert.id] = {
            key: value
            for key, value in alert.document.items()
            if not key.startswith(VOLATILE) and (grown or not key.endswith(GROWING))
        }
    return {name: json.dumps(found[name], sort_keys=True) for name in sorted(found)}


SEEDS = st.integers(0, 2**32)


def test_every_rule_finds_something():
    found = {name for seed in range(4) for name, _ in told(scan([*events(seed), LAST], RULES))}
    assert found == {rule.name for rule in RULES}


@settings(max_examples=5)
@given(SEEDS, st.integers(1, 9), st.integers(1, 2))
def test_batches_and_threads_change_nothing(seed, rows, jobs):
    given_events = [*events(seed), LAST]
    assert told(scan(given_events, RULES, rows=rows, jobs=jobs)) == told(scan(given_events, RULES))


@settings(max_examples=5)
@given(SEEDS)
def test_order_of_arrival_changes_nothing(seed):
    given_events = [*events(seed), LAST]
    mixed = random.Random(seed).sample(given_events, len(given_events))
    assert told(scan(mixed, RULES)) == told(scan(given_events, RULES))


@settings(max_examples=5)
@given(SEEDS, st.lists(st.integers(1, 24), min_size=1, max_size=3))
def test_restarts_change_nothing(tmp_path_factory, seed, cuts):
    given_events, folder = events(seed), tmp_path_factory.mktemp("state") / "kept"
    found = []
    for begin, end in pairwise(sorted({0, *cuts, len(given_events)})):
        found += scan(given_events[begin:end], RULES, state=folder)
    found += scan([LAST], RULES, state=folder)
    assert told(found, grown=False) == told(scan([*given_events, LAST], RULES), grown=False)


@settings(max_examples=2)
@given(SEEDS)
def test_company_changes_nothing(seed):
    given_events = [*events(seed, 15), LAST]
    together = told(scan(given_events, RULES))
    for one in PLAIN:
        alone = told(scan(given_events, [one]))
        assert alone == {name: text for name, text in together.items() if name[0] == one.name}


@pytest.mark.parametrize("named", [True, False])
def test_names_of_alerts_are_of_events_and_rule_alone(named):
    """Not of how the events are written, what stands beside them, or the rule's version."""
    given_events = [*events(3), LAST]
    if named:
        given_events = [
            {"_index": "logs-x-default", "_id": f"e{n}", "_source": event}
            for n, event in enumerate(given_events)
        ]
    names = {(alert.rule.name, alert.id) for alert in scan(given_events, RULES)}
    dotted = [flat(event) for event in given_events]
    other = [*dotted, {**LAST, "@timestamp": START + 7_200_000}]
    changed = [
        Rule(**{key: getattr(one, key) for key in one.__dataclass_fields__} | {"version": 9})
        for one in RULES
    ]
    assert names <= {(alert.rule.name, alert.id) for alert in scan(other, changed)}


def flat(event):
    if "_source" in event:
        return {**event, "_source": flat(event["_source"])}
    found = {}
    for key, value in event.items():
        if isinstance(value, dict):
            found |= {f"{key}.{inner}": one for inner, one in value.items()}
        else:
            found[key] = value
    return found


@settings(max_examples=4)
@given(SEEDS, st.booleans(), st.booleans())
def test_the_reference_s_clock_tells_each_alert_once(seed, suppression, stagger):
    """Of single events nothing that event time does not know, and every one it does not is lost."""
    chance = random.Random(seed)
    given_events = events(seed)
    for event in given_events:
        if chance.random() < 0.4:
            late = chance.choice([0, 1_000, 30_000, 300_000, -5_000])
            event["event"]["ingested"] = event["@timestamp"] + late
    chance.shuffle(given_events)
    compiled = compile_rules(RULES)
    source = tocsin.events(given_events)
    options = Options(indicators=tocsin.events(INDICATORS), suppression=suppression)
    outage = Outage(START + 60_000, START + 150_000)
    one = ReferenceScan(compiled, source, options, outages=[outage], stagger=stagger)
    found = [(alert.rule.name, alert.id) for alert in alerts(one, compiled, source)]
    assert len(found) == len(set(found))
    single = {"query", "lucene", "event", "row", "match"}
    known = {(alert.rule.name, alert.id) for alert in scan(given_events, PLAIN, suppression=False)}
    assert {alert for alert in found if alert[0] in single} <= known
    for name in single:
        row = one.statistics.reference.get(f"id-{name}", {"same": 0, "lost": 0})
        assert row["same"] + row["lost"] == sum(alert[0] == name for alert in known)
