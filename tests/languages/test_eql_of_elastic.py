"""Elastic's whole rule set and Elasticsearch's own cases are parsed, checked and shown back."""

import tomllib

import pytest
from elastic_queries import elastic_queries

from shared import SHARED, needs_shared
from tocsin.diagnostics import Severity
from tocsin.languages.eql.check import check
from tocsin.languages.eql.parser import parse
from tocsin.languages.eql.show import show
from tocsin.schema.fields import Schema

pytestmark = needs_shared


@pytest.fixture(scope="module")
def rules():
    return elastic_queries("eql")


def test_every_query_parses_to_a_tree_that_shows_back(rules):
    assert len(rules) == 1081
    for name, _, query in rules:
        tree = parse(query)
        assert parse(show(tree)) == tree, name


def test_every_production_rule_passes_the_checks(rules):
    schema = Schema()
    errors = [
        (name, diagnostic.code, diagnostic.message)
        for name, _, query in rules
        for diagnostic in check(parse(query), schema, query)
        if diagnostic.severity is Severity.ERROR
    ]
    assert errors == []
    assert sum(maturity == "production" for _, maturity, _ in rules) == 1024


def test_elasticsearch_s_own_cases_parse():
    schema = Schema()
    count = 0
    for path in sorted((SHARED / "conformance" / "eql").glob("*.toml")):
        for case in tomllib.loads(path.read_text(encoding="utf-8"))["queries"]:
            tree = parse(case["query"])
            assert parse(show(tree)) == tree
            errors = [
                diagnostic
                for diagnostic in check(tree, schema, case["query"])
                if diagnostic.severity is Severity.ERROR
            ]
            assert errors == [], case["name"]
            count += 1
    assert count > 200
