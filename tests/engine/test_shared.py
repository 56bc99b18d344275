"""Elastic's rules as written, on documents made for them and on real events."""

import datetime as dt
import gzip
import json

import pytest

import tocsin
from shared import SHARED, needs_shared
from tocsin.schema.values import parse_time

pytestmark = needs_shared
DAY = 86_400_000

ASCII_ONLY = {
    # their documents rest on \s and \w beyond ASCII (U+000B, a letter of another script), which
    # Lucene's regular expressions do not have: in RegExp.java, 9 as 10, \s is tab, line feed,
    # carriage return and blank, and \w is [0-9A-Z_a-z]
    "f5fb4598-4f10-11ed-bdc3-0242ac120002",
    "3688577a-d196-11ec-90b0-f661ea17fbce",
}


LITERAL_STAR = {
    # a star in quotes means the star itself, which Windows writes in the names of shares; the
    # document has a name in its place. Kibana (kbn-es-query, kuery/functions/is.ts) makes a `term`
    # of a quoted value of a keyword field, or `match_phrase`; never a `wildcard`
    "9bed06f5-0c32-488a-9353-d565fc9d1573",
}


@pytest.fixture(scope="module")
def rules():
    found = tocsin.load_rules(SHARED / "elastic-rules.tar.gz")
    assert not found.diagnostics
    return found


@pytest.fixture(scope="module")
def oracle():
    with gzip.open(SHARED / "oracle" / "eql.ndjson.gz", "rt") as file:
        return [json.loads(line) for line in file]


def test_every_rule_compiles(rules):
    """All production rules run but those for models of any kind; few need Elastic's own."""
    from tocsin.engine.compiled import compile_rules

    compiled = compile_rules([rule for rule in rules if rule.maturity == "production"])
    runs = [status.status for status in compiled.statuses if status.runs]
    assert len(runs) == 1955
    assert runs.count("degraded") == 7
    kinds = [type(plan).__name__ for plan in compiled.plans if plan is not None]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {
        "EventPlan": 823 + 454,
        "SequencePlan": 198,
        "SamplePlan": 3,
        "ThresholdPlan": 28,
        "NewTermsPlan": 241,
        "ThreatPlan": 6,
        "TablePlan": 202,
    }
    assert not [found for found in compiled.diagnostics if found.severity == "error"]


def test_every_document_set_fires_its_rule(rules, oracle):
    """All sets in one input, days apart, so that none meets another's events."""
    source, owners = [], {}
    for number, row in enumerate(oracle):
        for document in row["docs"]:
            moved = json.loads(json.dumps(document))
            time = dt.datetime.fromisoformat(moved["@timestamp"])
            moved["@timestamp"] = (time + dt.timedelta(days=3 * number)).isoformat()
            source.append(moved)
        owners[number] = row["rule_id"]
    fired, first = {}, min(parse_time(event["@timestamp"]) for event in source)
    for alert in tocsin.scan(source, rules, routing="off"):
        fired.setdefault((alert.time - first) // (3 * DAY), set()).add(alert.rule.id)
    silent = {rule for number, rule in owners.items() if rule not in fired.get(number, ())}
    assert silent == ASCII_ONLY


def test_every_document_of_a_query_rule_fires_it(rules):
    """Each event an hour after the last, so that it is known by its time."""
    with gzip.open(SHARED / "oracle" / "query.ndjson.gz", "rt") as file:
        rows = [json.loads(line) for line in file]
    source, owners, start = [], [], dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    for row in rows:
        for document in row["docs"]:
            time = start + dt.timedelta(hours=len(source))
            source.append({**document, "@timestamp": time.isoformat()})
            owners.append(row["rule_id"])
    fired = {}
    for alert in tocsin.scan(source, rules, routing="off"):
        fired.setdefault(alert.time, {})[alert.rule.id] = alert
    silent = set()
    for event, owner in zip(source, owners, strict=True):
        alert = fired.get(parse_time(event["@timestamp"]), {}).get(owner)
        if alert is None:
            silent.add(owner)
        else:
            assert alert.document["tocsin.why"], alert.rule.name
    assert silent == LITERAL_STAR


def test_real_events_scan_without_a_crash(rules):
    """Every corpus file, all rules; the events of each alert are whole."""
    eql = rules.select(include=["type:eql"])
    source = tocsin.read(SHARED / "corpus" / "events", SHARED / "corpus" / "kubernetes-audit")
    alerts = list(tocsin.scan(source, eql))
    assert len({alert.id for alert in alerts}) == len(alerts)
    assert {"Potential Credential Access via LSASS Memory Dump"} & {a.rule.name for a in alerts}
    for alert in alerts[::50]:
        assert json.loads(alert.line)["kibana.alert.rule.rule_id"] == alert.rule.id


def test_the_founding_rules_fire_on_the_demo(rules):
    """Both rules that Tocsin grew from, as Elastic wrote them, on the shipped samples."""
    from importlib.resources import files

    demo = files("tocsin") / "demo"
    source = tocsin.read(demo / "kubelet-abuse.audit.log", demo / "containers.ndjson")
    fired = {alert.rule.name for alert in tocsin.scan(source, rules)}
    assert "Potential Kubeletctl Execution Detected via Defend for Containers" in fired
    assert "Potential Direct Kubelet Access via Process Arguments" in fired
