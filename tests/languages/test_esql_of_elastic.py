"""Elastic's ES|QL rules are parsed, checked and shown back."""

import pytest
from elastic_queries import elastic_queries

from shared import needs_shared
from tocsin.languages.esql.check import check
from tocsin.languages.esql.parser import parse
from tocsin.languages.esql.show import show
from tocsin.schema.fields import Schema

pytestmark = needs_shared


@pytest.fixture(scope="module")
def rules():
    return elastic_queries("esql")


def test_every_query_parses_to_a_tree_that_shows_back(rules):
    assert sum(maturity == "production" for _, maturity, _ in rules) == 209
    for name, _, query in rules:
        tree = parse(query)
        assert parse(show(tree)) == tree, name


def test_every_query_but_those_for_a_language_model_passes_the_checks(rules):
    schema = Schema()
    refused = {}
    for name, maturity, query in rules:
        checked = check(parse(query), schema, query)
        if maturity == "production" and checked.pipeline is None:
            refused[name] = {found.code for found in checked.diagnostics}
    assert len(refused) == 7
    assert set().union(*refused.values()) == {"ESQ120"}
