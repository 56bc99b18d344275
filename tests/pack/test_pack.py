"""The shipped rule pack: its form, its facts, and the events that must and must not fire."""

import json
import re
import uuid
from pathlib import Path

import pytest

import tocsin
from shared import SHARED, needs_shared
from tocsin.rules.load import load_rules
from tocsin.rules.pack import pack_path
from tocsin.rules.support import support

RULES = load_rules()
CASES = {
    rule.id: [
        json.loads(line)
        for line in (pack_path() / "tests" / f"{Path(rule.origin.file).stem}.ndjson")
        .read_text(encoding="utf-8")
        .splitlines()
    ]
    for rule in RULES
}
SOURCES = {
    "logs-cloud_defend.process*": "Data Source: Elastic Defend for Containers",
    "logs-cloud_defend.file*": "Data Source: Elastic Defend for Containers",
    "logs-endpoint.events.process*": "Data Source: Elastic Defend",
    "logs-endpoint.events.file*": "Data Source: Elastic Defend",
    "logs-endpoint.events.network*": "Data Source: Elastic Defend",
    "logs-auditd_manager.auditd-*": "Data Source: Auditd Manager",
    "auditbeat-*": "Data Source: Auditbeat",
}
BANDS = {"low": (0, 21), "medium": (22, 47), "high": (48, 73), "critical": (74, 100)}
SECTIONS = (
    "## Triage and analysis",
    "> **Disclaimer**",
    "### Investigating ",
    "### Possible investigation steps",
    "### False positive analysis",
    "### Response and remediation",
)
each_rule = pytest.mark.parametrize("rule", RULES, ids=[rule.name for rule in RULES])


def test_the_pack_loads_without_a_word():
    assert len(RULES) == 11
    assert RULES.diagnostics == ()
    assert all(support(rule).status == "runs" for rule in RULES)
    assert len({rule.name for rule in RULES}) == len(RULES)


@each_rule
def test_a_rule_is_complete(rule):
    assert uuid.UUID(rule.id).version == 4
    assert (rule.license, rule.author, rule.maturity) == ("Apache-2.0", ("Tocsin",), "production")
    assert (rule.from_, rule.interval) == ("now-9m", "5m")
    low, high = BANDS[rule.severity]
    assert low <= rule.risk_score <= high
    assert {SOURCES[pattern] for pattern in rule.index} == {
        tag for tag in rule.tags if tag.startswith("Data Source")
    }
    assert {"OS: Linux", "Domain: Kubernetes", "Resources: Investigation Guide"} <= set(rule.tags)
    assert rule.setup.startswith("## Setup")
    assert rule.false_positives
    assert len(rule.references) >= 3
    assert all(url.startswith("https://") for url in rule.references)
    assert rule.origin.query_start > 0
    sequence = rule.query.lstrip().startswith("sequence")
    assert rule.timestamp_override == ("" if sequence else "event.ingested")


@each_rule
def test_a_guide_has_all_its_parts_in_order(rule):
    places = [rule.note.index(section) for section in SECTIONS]
    assert places == sorted(places)
    assert f"### Investigating {rule.name}\n" in rule.note


@each_rule
def test_the_queries_of_a_guide_can_be_asked(rule):
    queries = re.findall(r"^ *tocsin query '([^']+)' EVENTS$", rule.note, re.MULTILINE)
    assert len(queries) >= 2
    assert rule.note.count("tocsin query") == len(queries)
    for query in queries:
        assert list(tocsin.query([], query.replace("== PID", "== 7"))) == []


@each_rule
def test_tactics_are_tagged(rule):
    tagged = [tag for tag in rule.tags if tag.startswith("Tactic: ")]
    assert tagged == [f"Tactic: {threat.tactic}" for threat in rule.threat]


@needs_shared
@each_rule
def test_the_threat_mapping_is_right(rule):
    attack = json.loads((SHARED / "facts" / "attack.json").read_text(encoding="utf-8"))
    for threat in rule.threat:
        assert threat.framework == "MITRE ATT&CK"
        assert attack["tactics"][threat.tactic_id]["name"] == threat.tactic
        assert threat.tactic_reference == f"https://attack.mitre.org/tactics/{threat.tactic_id}/"
        assert threat.techniques
        for technique in threat.techniques:
            for one in (technique, *technique.subtechniques):
                known = attack["techniques"][one.id]
                assert known["name"] == one.name
                assert threat.tactic_id in known["tactics"]
                path = one.id.replace(".", "/")
                assert one.reference == f"https://attack.mitre.org/techniques/{path}/"


@needs_shared
def test_nothing_is_taken_from_elastic_s_rules():
    elastic = tocsin.load_rules(SHARED / "elastic-rules.tar.gz")
    ids, names = {rule.id for rule in elastic}, {rule.name for rule in elastic}
    sentences = {
        sentence
        for rule in elastic
        for sentence in _sentences(rule.note, rule.description, rule.setup, *rule.false_positives)
    }
    for rule in RULES:
        assert rule.id not in ids
        assert rule.name not in names
        ours = _sentences(rule.note, rule.description, rule.setup, *rule.false_positives)
        assert not set(ours) & sentences


def _sentences(*texts):
    """Sentences of five words or more, spaces evened out."""
    for text in texts:
        for sentence in re.split(r"(?<=[.:?!])\s|\n\s*\n|\n- |^#+ ", text):
            words = sentence.split()
            if len(words) >= 5:
                yield " ".join(words)


@each_rule
def test_every_data_source_has_an_event_that_fires(rule):
    fired = {_source(event) for case in CASES[rule.id] if case["fires"] for event in case["events"]}
    assert fired == {tag for tag in rule.tags if tag.startswith("Data Source")}
    assert sum(not case["fires"] for case in CASES[rule.id]) >= 5


def _source(event):
    dataset = event.get("data_stream", {}).get("dataset", "")
    for start, tag in (
        ("cloud_defend", "Data Source: Elastic Defend for Containers"),
        ("endpoint", "Data Source: Elastic Defend"),
        ("auditd_manager", "Data Source: Auditd Manager"),
    ):
        if dataset.startswith(start):
            return tag
    assert event["agent"]["type"] == "auditbeat"
    return "Data Source: Auditbeat"


@pytest.mark.parametrize(
    ("rule", "case"),
    [
        pytest.param(
            rule, case, id=f"{Path(rule.origin.file).stem}: {case['fires']}: {case['name']}"
        )
        for rule in RULES
        for case in CASES[rule.id]
    ],
)
def test_events_fire_or_do_not(rule, case):
    alerts = list(tocsin.scan(case["events"], [rule]))
    assert bool(alerts) == case["fires"]


def test_the_rules_do_not_disturb_each_other():
    """All cases of single events at once: each rule finds the very events it finds alone."""
    events, expected = [], {rule.id: set() for rule in RULES}
    for rule in RULES:
        if rule.query.lstrip().startswith("sequence"):
            continue
        for case in CASES[rule.id]:
            for event in case["events"]:
                events.append({**event, "event": {**event["event"], "id": str(len(events))}})
    for rule in RULES:
        for alert in tocsin.scan(events, [rule]):
            expected[rule.id].add(tuple(_ids(alert)))
    found = {rule.id: set() for rule in RULES}
    for alert in tocsin.scan(events, RULES):
        found[alert.rule.id].add(tuple(_ids(alert)))
    assert found == expected
    assert sum(map(len, found.values())) > 60


DEMO = Path(tocsin.__file__).parent / "demo"


@pytest.mark.parametrize(
    ("sample", "names"),
    [
        (
            "kubelet-abuse.audit.log",
            {
                "Connection to a Kubelet on Another Address",
                "Direct Kubelet Access by URL on a Host",
                "One Process Contacts the Kubelet of Several Nodes",
                "Service Account Token Read Followed by Kubelet Access",
            },
        ),
        (
            "containers.ndjson",
            {
                "Direct Kubelet Access by URL in a Container",
                "Kubeletctl Run Interactively in a Container",
                "Service Account Token Read Followed by Kubelet Access",
            },
        ),
    ],
)
def test_the_demo_s_samples_fire_the_rules_that_they_were_made_for(sample, names):
    alerts = list(tocsin.scan(tocsin.read(DEMO / sample), RULES))
    assert {alert.rule.name for alert in alerts} == names


def _ids(alert):
    return [event["event"]["id"] for event in alert.events]
