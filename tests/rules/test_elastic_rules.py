"""Elastic's whole set, as it comes: nothing of it is refused, and nothing is lost on the way."""

import json
import tarfile
import tomllib
from collections import Counter
from importlib import import_module

import pytest

from shared import SHARED, needs_shared
from tocsin.rules.cache import Cache
from tocsin.rules.fields import query_fields
from tocsin.rules.load import load
from tocsin.rules.support import support
from tocsin.rules.timing import interval, look_back

pytestmark = needs_shared

ARCHIVE = SHARED / "elastic-rules.tar.gz"


@pytest.fixture(scope="module")
def rules():
    return load([ARCHIVE])


def test_every_file_loads_without_a_word(rules):
    assert rules.diagnostics == ()
    assert Counter(rule.maturity for rule in rules) == {"production": 2068, "deprecated": 124}
    production = Counter(rule.type for rule in rules if rule.maturity == "production")
    assert production == {
        "eql": 1024,
        "query": 454,
        "new_terms": 241,
        "esql": 209,
        "machine_learning": 106,
        "threshold": 28,
        "threat_match": 6,
    }


def test_every_query_stands_verbatim_at_its_place(rules):
    for rule in rules:
        start = rule.origin.query_start
        if rule.type != "machine_learning":
            assert rule.origin.text[start : start + len(rule.query)] == rule.query, rule.name


def test_every_rule_has_its_version_and_its_times(rules):
    with tarfile.open(ARCHIVE) as archive:
        (member,) = (m for m in archive if m.name.endswith("/version.lock.json"))
        versions = json.load(archive.extractfile(member))
    for rule in rules:
        assert rule.version == versions.get(rule.id, {"version": 1})["version"]
        assert look_back(rule) > 0
        assert interval(rule.interval) > 0


def test_statuses(rules):
    found = Counter(support(rule).status for rule in rules)
    assert found == {"unsupported": 113, "runs": 1948, "deprecated": 124, "degraded": 7}
    reasons = [support(rule).reason for rule in rules]
    assert all(
        reason for rule, reason in zip(rules, reasons, strict=True) if not support(rule).runs
    )


def test_selection_leaves_the_production_rules(rules):
    assert len(rules.select()) == 2067  # but the one for practice
    linux = rules.select(include=["os:linux", "type:eql"])
    assert 350 < len(linux) < 450
    assert all("OS: Linux" in rule.tags for rule in linux)


def test_related_rules_of_each_kind_are_found(rules):
    (rule,) = rules.find("execution_kubeletctl_execution")
    found = rules.related(rule, query_fields)
    assert len(found) == 5
    assert all("T1609" in " ".join(related.reasons) for related in found[:3])


def test_toml_and_kibana_s_export_give_the_same_rules(rules, tmp_path):
    """The export is made from the files' own tables, in the shape of Kibana's API."""
    lines = []
    with tarfile.open(ARCHIVE) as archive:
        for member in archive:
            if member.name.endswith(".toml") and "/_deprecated/" not in member.name:
                table = tomllib.loads(archive.extractfile(member).read().decode())["rule"]
                terms = table.pop("new_terms", None)
                if terms:
                    table["new_terms_fields"] = terms["value"]
                    table["history_window_start"] = terms["history_window_start"][0]["value"]
                table.pop("enabled", None)
                lines.append(json.dumps({**table, "immutable": True, "revision": 0, "actions": []}))
    lines.append(json.dumps({"exported_count": len(lines)}))
    path = tmp_path / "export.ndjson"
    path.write_text("\n".join(lines))
    exported = {rule.id: rule for rule in load([path])}
    assert len(exported) == 2068
    for rule in rules.select():
        other = exported[rule.id]
        for name in (
            "name",
            "type",
            "language",
            "query",
            "index",
            "severity",
            "risk_score",
            "from_",
            "interval",
            "tags",
            "threat",
            "new_terms_fields",
            "history_window_start",
            "building_block",
            "investigation_fields",
            "timestamp_override",
            "max_signals",
        ):
            assert getattr(other, name) == getattr(rule, name), (rule.name, name)


def test_the_whole_set_can_be_kept(rules, tmp_path):
    cache = Cache(tmp_path / "cache")
    cache.put("elastic", rules)
    again = cache.get("elastic")
    assert list(again) == list(rules)
    assert again[0].origin.text == rules[0].origin.text
    assert import_module("gc").isenabled()
