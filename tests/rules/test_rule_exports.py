"""Kibana's exports: NDJSON with rules, exceptions, connectors and a summary."""

import gzip
import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_rules import BASE, codes, place, toml

from tocsin.diagnostics.render import as_json
from tocsin.plan.rule_plan import plan_of
from tocsin.rules.load import load
from tocsin.schema.fields import Schema

KIBANA = {
    "id": "6b2c1d7e-0000-4000-8000-000000000001",
    "created_at": "2026-01-01T00:00:00.000Z",
    "updated_at": "2026-01-02T00:00:00.000Z",
    "created_by": "ann",
    "updated_by": "ann",
    "immutable": False,
    "rule_source": {"type": "internal"},
    "enabled": True,
    "interval": "5m",
    "from": "now-360s",
    "to": "now",
    "tags": ["OS: Linux"],
    "actions": [],
    "exceptions_list": [],
    "related_integrations": [],
    "required_fields": [],
    "setup": "",
    "timeline_id": None,
    "timestamp_override": "event.ingested",
    "max_signals": 100,
    "meta": {"from": "1m"},
    "output_index": "",
    "revision": 2,
    "version": 9,
    "threat": [
        {
            "framework": "MITRE ATT&CK",
            "tactic": {"id": "TA0002", "name": "Execution", "reference": "https://x"},
            "technique": [
                {"id": "T1059", "name": "N", "reference": "https://y", "subtechnique": []}
            ],
        }
    ],
    "investigation_fields": {"field_names": ["user.name"]},
}
SUMMARY = {"exported_count": 1, "exported_rules_count": 1, "missing_rules": []}
LIST = {"list_id": "l", "type": "detection", "name": "L", "namespace_type": "single"}
ITEM = {"item_id": "i", "list_id": "l", "type": "simple", "entries": []}
CONNECTOR = {"id": "c", "type": "action", "attributes": {"actionTypeId": ".slack", "name": "S"}}


def export(*values):
    return "".join(json.dumps(value) + "\n" for value in values)


def one(tmp_path, text, name="export.ndjson"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load([path])


def test_a_rule_of_an_export_is_read_in_the_api_s_shape(tmp_path):
    rules = one(tmp_path, export({**KIBANA, **BASE, "building_block_type": "default"}, SUMMARY))
    assert rules.diagnostics == ()
    (rule,) = rules
    assert (rule.id, rule.version, rule.from_, rule.enabled) == (
        BASE["rule_id"],
        9,
        "now-360s",
        True,
    )
    assert rule.threat[0].techniques[0].id == "T1059"
    assert rule.investigation_fields == ("user.name",)
    assert rule.building_block is True
    assert rule.maturity == "production"
    assert (rule.origin.line, rule.origin.query_start) == (1, -1)
    assert json.loads(rule.origin.text)["name"] == rule.name


def test_what_is_wrong_has_its_place_in_the_export(tmp_path):
    """Line and column of the file, in whichever way that is written."""
    wrong = {**BASE, "query": 'process where\n\tprocess.pid : "\u00e9" and pid = 4', "rule_id": "w"}
    unknown = {**BASE, "rule_id": "u", "severity": "loud"}
    odd = {**BASE, "rule_id": "o", "filters": [{"query": {"match_all": {}}}, {"query": {"x": 1}}]}
    rules = [BASE, wrong, unknown, odd]
    lined = export(*rules)
    indented = json.dumps(rules, indent=2, ensure_ascii=False)
    for text in (lined, indented, orjson.dumps(rules).decode(), json.dumps(wrong)):
        loaded = one(tmp_path, text)
        found = [*loaded.diagnostics]
        for rule in loaded:
            found += plan_of(rule, Schema())[1]
        told = {each["code"]: (each["line"], each["column"]) for each in map(as_json, found)}
        lines = text.split("\n")
        shown = {code: lines[line - 1][column - 1 :] for code, (line, column) in told.items()}
        assert shown.pop("EQL008").startswith("= 4")
        if text.count("rule_id") > 1:
            assert shown["RULE007"].replace(" ", "").startswith('"severity":"loud"')
            assert shown["KQL130"].startswith('"x"')


def test_toml_and_export_of_the_same_keys_are_the_same_rule(tmp_path):
    keys = {**BASE, "index": ["logs-*"], "tags": ["a", "b"], "interval": "7m", "max_signals": 5}
    (tmp_path / "a.toml").write_text(toml(**keys))
    (from_toml,) = load([tmp_path / "a.toml"])
    (from_json,) = one(tmp_path, export(keys))
    assert from_toml == from_json


@pytest.mark.parametrize("query", [{"query": ""}, {"query": " "}, {}])
@pytest.mark.parametrize(
    ("kind", "filters", "codes"),
    [
        ({"type": "query", "language": "kuery"}, True, []),
        ({"type": "threshold", "language": "lucene"}, True, []),
        ({"type": "query", "language": "kuery"}, False, ["RULE005"]),
        ({"type": "eql", "language": "eql"}, True, ["RULE005"]),
    ],
)
def test_filters_may_be_all_that_a_rule_asks(tmp_path, query, kind, filters, codes):
    found = [{"meta": {}, "query": {"exists": {"field": "user.name"}}}] if filters else []
    base = {key: value for key, value in BASE.items() if key not in ("query", "type", "language")}
    rules = one(tmp_path, export({**base, **kind, **query, "filters": found}))
    assert [diagnostic.code for diagnostic in rules.diagnostics] == codes
    assert [rule.query.strip() for rule in rules] == [""] * (not codes)


def test_new_terms_are_read_in_the_shape_of_the_api(tmp_path):
    keys = {"type": "new_terms", "language": "kuery", "new_terms_fields": ["host.id"]}
    (rule,) = one(tmp_path, export({**BASE, **keys, "history_window_start": "now-14d"}))
    assert (rule.new_terms_fields, rule.history_window_start) == (("host.id",), "now-14d")


def test_what_is_no_rule_is_counted(tmp_path):
    rules = one(tmp_path, export(BASE, LIST, ITEM, ITEM, CONNECTOR, {"x": 1}, 5, SUMMARY))
    assert len(rules) == 1
    (found,) = rules.diagnostics
    assert (found.code, found.severity) == ("RULE012", "info")
    counted = "1 connector, 2 exception items, 1 exception list, 2 other lines"
    assert found.message.endswith(f"passed over {counted}")


def test_a_broken_line_is_told_with_its_place_and_the_others_are_read(tmp_path):
    second = {**BASE, "rule_id": "2", "severity": "hihg"}
    text = export(BASE) + '{"name": \n' + "\n" + export(second, {**BASE, "rule_id": "3"})
    rules = one(tmp_path, text)
    assert [rule.id for rule in rules] == [BASE["rule_id"], "3"]
    assert codes(rules) == ["RULE004", "RULE007"] or codes(rules) == ["RULE007", "RULE004"]
    by_code = {d.code: d for d in rules.diagnostics}
    assert place(by_code["RULE004"])[0] == 2
    assert place(by_code["RULE007"])[0] == 4
    assert place(by_code["RULE007"])[2] == '"severity"'


def test_objects_behind_each_other_in_a_line_are_told_as_that(tmp_path):
    text = export(BASE).rstrip("\n") + export(SUMMARY) + '{"name": "a" {"b": 1}}\n'
    one_line, broken = one(tmp_path, text).diagnostics[:2]
    assert "more than one object" in one_line.message
    assert "jq" in one_line.hint
    assert place(one_line)[:2] == (1, len(export(BASE)))
    assert "is no JSON" in broken.message


def test_many_broken_lines_are_told_of_together(tmp_path):
    rules = one(tmp_path, "{\n" * 500)
    assert codes(rules).count("RULE004") == 51
    assert any("450 more lines" in found.message for found in rules.diagnostics)


@pytest.mark.parametrize("text", ["[]", "{}", export(SUMMARY), '{"a": 1}\n{"b": 2}\n'])
def test_json_without_a_rule_is_told(tmp_path, text):
    assert "RULE011" in codes(one(tmp_path, text), "error")


def test_an_array_and_a_single_object_are_read_too(tmp_path):
    assert len(one(tmp_path, json.dumps([BASE, {**BASE, "rule_id": "2"}], indent=2))) == 2
    rules = one(tmp_path, json.dumps({**BASE, "risk_score": "x"}, indent=2))
    assert place(rules.diagnostics[0])[2] == '"risk_score"'


def test_a_compressed_export_is_read(tmp_path):
    assert len(one(tmp_path, gzip.compress(export(BASE, SUMMARY).encode()))) == 1


def test_an_export_in_a_folder_is_read_and_other_ndjson_is_left_alone(tmp_path):
    (tmp_path / "export.ndjson").write_text(export({**KIBANA, **BASE}, SUMMARY))
    (tmp_path / "events.ndjson").write_text('{"@timestamp": 1}\n' * 10)
    (tmp_path / "broken.ndjson").write_text("{\n")
    rules = load([tmp_path])
    assert (len(rules), rules.diagnostics) == (1, ())


def test_a_rule_that_kibana_had_disabled_is_so_here(tmp_path):
    (rule,) = one(tmp_path, export({**BASE, "enabled": False}))
    assert rule.enabled is False
    (tmp_path / "a.toml").write_text(toml(enabled=False))
    assert load([tmp_path / "a.toml"])[0].enabled is True


def test_text_around_a_rule_does_not_move_places(tmp_path):
    rules = one(tmp_path, "\ufeff" + "\n\n" + export({**BASE, "note": "ä€😀", "index": "x"}))
    assert place(rules.diagnostics[0])[0] == 3
    assert place(rules.diagnostics[0])[2] == '"index"'


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.sampled_from(sorted(KIBANA.keys() | BASE.keys())), _JSON, st.booleans())
def test_no_value_of_a_key_makes_loading_raise(tmp_path_factory, key, value, alone):
    content = {key: value} if alone else {**KIBANA, **BASE, key: value}
    folder = tmp_path_factory.mktemp("export")
    (folder / "x.ndjson").write_bytes(orjson.dumps(content))
    rules = load([folder / "x.ndjson"])
    assert len(rules) == 1 or any(d.severity == "error" for d in rules.diagnostics)
