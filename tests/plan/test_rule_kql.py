"""The condition of a rule: its query, in KQL or Lucene, and its filters."""

import json

from kql_events import holds

from tocsin.plan.plan import EventPlan
from tocsin.plan.rule_kql import condition_of
from tocsin.plan.rule_plan import plan_of
from tocsin.rules.load import load_rules
from tocsin.rules.rule import Origin, Rule
from tocsin.schema.fields import Schema

WILD = {"meta": {"negate": True}, "query": {"wildcard": {"file.path": {"value": "/tmp/*"}}}}


def rule(query, language="kuery", **raw):
    return Rule(id="r", name="R", type="query", language=language, query=query, raw=raw)


def test_query_and_filters_both_hold():
    condition, told = condition_of(rule("process.name: (a or b)", filters=[WILD]), Schema())
    assert told == []
    assert holds(condition, {"process": {"name": "b"}})
    assert not holds(condition, {"process": {"name": "b"}, "file": {"path": "/tmp/x"}})
    assert not holds(condition, {"process": {"name": "c"}})


def test_filters_bar_events_from_all_stages_of_eql():
    def eql(query, filters):
        return Rule(
            id="r", name="R", type="eql", language="eql", query=query, raw={"filters": filters}
        )

    query = "sequence [process where true] ![any where true] until [file where true]"
    plan, told = plan_of(
        eql(query.replace("sequence", "sequence with maxspan=1s"), [WILD]), Schema()
    )
    assert told == []
    for stage, category in zip((*plan.stages, plan.until), ("process", "x", "file"), strict=True):
        event = {"event": {"category": category}}
        assert holds(stage.condition, event)
        assert not holds(stage.condition, {**event, "file": {"path": "/tmp/x"}})
    plan, [found] = plan_of(eql("any where true", [{"query": {"x": {}}}]), Schema())
    assert (plan, found.code) == (None, "KQL130")


def test_a_rule_of_type_query_finds_single_events():
    for language, query in (("kuery", "process.name: a"), ("lucene", "process.name:a")):
        plan, told = plan_of(rule(query, language), Schema())
        assert isinstance(plan, EventPlan)
        assert told == []
        assert holds(plan.stage.condition, {"process": {"name": "a"}})


def test_lucene_s_signs():
    def found(query, event):
        return holds(condition_of(rule(query, "lucene"), Schema({"v": "long"}))[0], event)

    assert found("a:x b:y", {"b": "y"})
    assert found("+a:x b:y", {"a": "x"})
    assert not found("+a:x b:y", {"b": "y"})
    assert not found("a:x AND b:y", {"a": "x"})
    assert found("a:x -b:y", {"a": "x"})
    assert not found("a:x -b:y", {"a": "x", "b": "y"})
    assert found("NOT a:x", {})
    assert found("a:(x OR y) AND _exists_:c.d", {"a": "y", "c": {"d": 1}})
    assert found("a:x?z", {"a": "xyz"})
    assert found("a:/x[0-9]/", {"a": "x1"})
    assert not found("a:/x[0-9]/", {"a": "ax1"})
    assert found("v:[1 TO 5}", {"v": 4})
    assert not found("v:[1 TO 5}", {"v": [0, 5]})
    assert found("v:>=5", {"v": 5})
    assert found("lone", {"deep": {"er": "lone"}})
    assert found(r"deep.\*:lone", {"deep": {"er": "lone"}})
    assert found("a:*", {"a": {"b": 1}})


def test_a_boost_is_told_and_a_mistake_stops_the_rule():
    condition, [told] = condition_of(rule("a:x^2", "lucene"), Schema())
    assert condition is not None
    assert told.code == "LUC010"
    for query, code in (("a:x~", "LUC003"), ("a:/x(/", "LUC005"), ("process.pid:x", "KQL110")):
        condition, [told] = condition_of(rule(query, "lucene"), Schema())
        assert (condition, told.code) == (None, code)
    for query, code in (("a:", "KQL001"), ("process.pid: x", "KQL110")):
        condition, [told] = condition_of(rule(query), Schema())
        assert (condition, told.code) == (None, code)


def test_places_are_those_of_the_rule_s_file(tmp_path):
    text = """[metadata]
maturity = "production"
[rule]
name = "R"
rule_id = "11111111-1111-4111-8111-111111111111"
type = "query"
language = "kuery"
query = "process.name: a and process.pid: b"
[[rule.filters]]
[rule.filters.query.wildcrad]
value = "x"
"""
    path = tmp_path / "r.toml"
    path.write_text(text)
    [loaded] = load_rules(path)
    plan, [told] = plan_of(loaded, Schema())
    assert (plan, told.code) == (None, "KQL110")
    assert told.text[told.span.start : told.span.end] == "b"
    path.write_text(text.replace("process.pid: b", "process.pid: 5"))
    [loaded] = load_rules(path)
    plan, [told] = plan_of(loaded, Schema())
    assert (plan, told.code, told.rule_id) == (None, "KQL130", loaded.id)
    assert told.file == loaded.origin.file
    assert "wildcrad" in text[told.span.start :].splitlines()[0]


def test_filters_of_an_export_have_their_place_in_its_line():
    filters = [{"query": {"x": {}}}]
    text = json.dumps({"x": 1, "filters": filters})
    broken = Rule(
        id="r", name="R", type="query", language="kuery", query="a: b",
        raw={"filters": filters}, origin=Origin("r.ndjson", text, line=7),
    )  # fmt: skip
    _, [told] = plan_of(broken, Schema())
    assert (told.code, told.file, told.begins) == ("KQL130", "r.ndjson", (7, 1))
    assert text[told.span.start :].startswith('"x": {}')
