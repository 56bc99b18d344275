"""Alerts of rules of every type say the same whether their events are parsed or not."""

from __future__ import annotations

import json

import pytest
from written import strict

import tocsin
from tocsin.alerts import reader
from tocsin.rules.rule import Rule

MAPPED = {
    "rule_name_override": "user.name",
    "severity_mapping": (
        {"field": "event.code", "operator": "equals", "value": "3", "severity": "critical"},
    ),
}
EQL = {
    "event": 'process where process.name == "curl"',
    "sequence": 'sequence by host.id with maxspan=1m [any where process.name == "sh"] '
    '[process where process.name == "curl" and event.code > 1]',
    "runs": 'sequence by host.id [any where process.name == "curl"] with runs=3',
    "absence": 'sequence by host.id with maxspan=10s [any where process.name == "sh"] '
    '![any where process.name == "ssh"] [any where process.name == "nc"]',
    "sample": 'sample by host.id [any where process.name == "sh"] [any where process.name == "nc"]',
}
ALIKE = {"alert_suppression": {"group_by": ["host.id"], "duration": {"value": 1, "unit": "h"}}}
THREAT = {
    "threat_index": ["logs-ti_*"],
    "threat_query": "*:*",
    "threat_mapping": [
        {
            "entries": [
                {
                    "field": "destination.ip",
                    "type": "mapping",
                    "value": "threat.indicator.ip",
                }
            ]
        }
    ],
}


def eql(name: str, *, suppressed: bool = False, **keys: object) -> Rule:
    raw = ALIKE if suppressed else {}
    rule_id = f"{name}-{suppressed}-{len(keys)}"
    return Rule(rule_id, f'"{name}"', "eql", language="eql", query=EQL[name], raw=raw, **keys)


def kql(type_: str, **keys: object) -> Rule:
    query = 'process.name: "curl" or signal.rule.name: *'
    return Rule(type_, type_, type_, language="kuery", query=query, **keys)


def esql(name: str, query: str) -> Rule:
    return Rule(name, name, "esql", language="esql", query=query, rule_name_override="user.name")


READ = [
    *(eql(name) for name in EQL),
    *(eql(name, suppressed=True) for name in ("event", "sequence", "sample")),
    eql("event", **MAPPED),
    eql("sequence", building_block=True, severity="high", **MAPPED),
    kql("query"),
    kql("new_terms", new_terms_fields=("user.name",), history_window_start="now-7d", **MAPPED),
    kql("threat_match", raw=THREAT),
]
PARSED = [
    kql("threshold", raw={"threshold": {"field": ["host.id"], "value": 3}}, **MAPPED),
    esql("row", 'FROM logs-* METADATA _id | WHERE process.name == "curl" | KEEP _id, user.*'),
    esql("table", "FROM logs-* | STATS n = COUNT(*), user.name = MAX(user.name) BY host.id"),
]


def events() -> list[dict[str, object]]:
    """Some hosts that do the same at other times, in nested and dotted spelling."""
    return [
        {
            "@timestamp": 1_700_000_000_000 + number * 700,
            "host": {"id": f"h{number % 3}"},
            "process": {"name": ("sh", "curl", "curl", "nc")[number // 3 % 4], "pid": number % 4},
            "user": {"name": f"user {number % 5}"},
            "event": {"category": ["process"], "kind": "event", "code": number % 4},
            "destination.ip": f"10.0.0.{number % 4}",
            **({"signal": {"rule": {"name": "Old"}}} if number % 7 == 0 else {}),
        }
        for number in range(60)
    ]


@pytest.mark.parametrize(("rules", "read"), [(READ, True), (PARSED, False), (READ + PARSED, None)])
def test_both_ways(monkeypatch, rules, read):
    monkeypatch.setattr(reader, "FEW", 1)
    known = [{"threat": {"indicator": {"ip": "10.0.0.1", "type": "ipv4-addr"}}}]
    told = set()
    for alert in tocsin.scan(events(), rules, indicators=known):
        finding, documents = alert._finding, alert._documents
        assert read is None or (finding.excerpt is not None) is read, alert.rule
        line = json.loads(alert.line, object_pairs_hook=strict)
        assert line == json.loads(documents.plain_line(finding)), alert.rule
        assert alert.rating == documents.rating(finding._replace(excerpt=None))
        told.add(alert.rule.id)
    assert told == {rule.id for rule in rules}
