"""What a rule's file tells about whether it can run."""

import pytest

from tocsin.rules.fields import query_fields
from tocsin.rules.rule import Rule
from tocsin.rules.support import support


def rule(type_="eql", language="eql", query="any where true", **keys):
    return Rule(id="a", name="A", type=type_, language=language, query=query, **keys)


@pytest.mark.parametrize(
    ("type_", "language", "status", "word"),
    [
        ("eql", "eql", "runs", ""),
        ("query", "kuery", "runs", ""),
        ("query", "lucene", "runs", ""),
        ("esql", "esql", "runs", ""),
        ("threshold", "kuery", "runs", ""),
        ("new_terms", "kuery", "runs", ""),
        ("threat_match", "kuery", "runs", ""),
        ("machine_learning", "", "unsupported", "anomaly jobs"),
        ("brand_new", "x", "unsupported", "brand_new"),
    ],
)
def test_every_type_has_a_status_and_a_reason(type_, language, status, word):
    found = support(rule(type_, language))
    assert (found.status, found.runs) == (status, status == "runs")
    assert word in found.reason
    assert bool(found.reason) == (status != "runs")


def test_a_language_model_is_not_called():
    query = "from x | where a == 1\n | COMPLETION b = a with {}"
    found = support(rule("esql", "esql", query))
    assert (found.status, found.runs) == ("unsupported", False)
    assert "language model" in found.reason
    assert support(rule("esql", "esql", 'from x | where a == "| completion"')).runs
    assert support(rule("esql", "esql", "from x // | completion a\n | where completion == 1")).runs


@pytest.mark.parametrize(
    ("query", "command"),
    [
        ('from x | keep a | Completion a with {"inference_id": "m"}', "completion"),
        ("from x | /* by name */ enrich policy on host.name | keep a", "enrich"),
        ("from x | lookup join y on host.name", "lookup"),
        ("ts metrics | stats max(a)", "ts"),
    ],
)
def test_commands_that_are_not_run_are_named_wherever_they_stand(query, command):
    found = support(rule("esql", "esql", query))
    assert (found.status, found.runs) == ("unsupported", False)
    assert f"`{command}`" in found.reason


@pytest.mark.parametrize(
    ("language", "query", "names"),
    [
        ("kuery", "a.b: (c.d or e*) and f.*: x.y and not o: { g: 1 and p: { h > 2 } } or lone.word",
         {"a.b", "f.*", "o.g", "o.p.h"}),
        ("kuery", "", set()),
        ("kuery", "a.b: (x", {"a.b"}),
        ("lucene", "a.b:c.d AND NOT _exists_:e.f OR x:[1 TO 2] lone.word (y:/z/)",
         {"a.b", "e.f", "x", "y"}),
        ("lucene", "*:*", set()),
    ],
)  # fmt: skip
def test_values_of_kql_and_lucene_are_no_fields(language, query, names):
    assert query_fields(rule("query", language, query)) == names


@pytest.mark.parametrize(
    ("query", "index", "model"),
    [
        ("process where problemchild.prediction == 1", (), "ProblemChild"),
        ("process where blocklist_label == 1", (), "ProblemChild"),
        ("dns where ml_is_dga.malicious_prediction == 1", (), "DGA"),
        ("any where x.y == 1", ("ml_beaconing.all",), "beaconing"),
        ('process where process.name == "problemchild.exe"', (), ""),
        ("process where true // problemchild.prediction", (), ""),
        ("any where x.y == 1", ("ml_beaconing.all", "logs-*"), ""),
        ("any where problemchildren.x == 1", (), ""),
    ],
)
def test_a_rule_that_needs_a_model_of_elastic_s_is_degraded(query, index, model):
    found = support(rule(query=query, index=index))
    assert found.status == ("degraded" if model else "runs")
    assert model in found.reason
    assert found.runs is True


def test_a_saved_query_runs_as_the_rule_has_it():
    found = support(rule("saved_query", "kuery", "a: b"))
    assert (found.status, found.runs) == ("degraded", True)
    assert "own query" in found.reason
    filters = {"filters": [{"query": {"exists": {"field": "a"}}}]}
    assert support(rule("saved_query", "lucene", "", raw=filters)).runs
    found = support(rule("saved_query", "kuery", "", raw={"saved_id": "x", "filters": []}))
    assert (found.status, found.runs) == ("unsupported", False)
    assert "saved in Kibana" in found.reason


def test_a_deprecated_rule_is_told_so_and_runs_if_it_can():
    found = support(rule(maturity="deprecated", metadata={"deprecated_reason": "Use another."}))
    assert (found.status, found.reason, found.runs) == ("deprecated", "Use another.", True)
    found = support(rule("saved_query", "kuery", " ", maturity="deprecated"))
    assert (found.status, found.runs) == ("deprecated", False)
    assert found.reason


def test_fields_are_those_outside_strings_and_comments():
    query = '''
        sequence by host.id /* not.this "or.that */ with maxspan=1m
          [process where process.name : "a.b" and ?x.y_z == """c.d""" // e.f
             and startsWith~(file.path, "g") and `k8s.io/name`.`a b` != null]
          [any where @timestamp > 1 and cidrMatch(source.ip, "10.0.0.0/8") and blocklist_label == 1]
    '''
    assert query_fields(rule(query=query)) == {
        "host.id",
        "process.name",
        "x.y_z",
        "file.path",
        "k8s.io/name.a b",
        "@timestamp",
        "source.ip",
        "blocklist_label",
    }


@pytest.mark.parametrize(
    "query", ['"' * 50_000, "/*" * 50_000, '"""' * 50_000, "`" * 50_000, "a." * 50_000]
)
def test_fields_of_a_hostile_query_are_read_in_good_time(query):
    query_fields(rule(query=query))
