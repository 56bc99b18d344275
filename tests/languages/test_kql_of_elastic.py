"""All KQL queries of Elastic's rules are parsed, shown back and lowered."""

import gzip
import json

import pytest

import tocsin
from shared import SHARED, needs_shared
from tocsin.languages.kql.parser import parse
from tocsin.languages.kql.show import show
from tocsin.match.evaluate import Evaluator
from tocsin.match.whole import Whole
from tocsin.plan.rule_kql import condition_of, condition_of_query
from tocsin.schema.fields import Schema

pytestmark = needs_shared

LITERAL_STAR = {
    # `"\\*\IPC$"` in quotes means the star itself, which is how Windows writes the name of a share;
    # the document has another name in its place. Kibana makes a `term` or `match_phrase` of it
    "9bed06f5-0c32-488a-9353-d565fc9d1573"
}


@pytest.fixture(scope="module")
def rules():
    found = tocsin.load_rules(SHARED / "elastic-rules.tar.gz")
    return [rule for rule in found if (rule.language, rule.maturity) == ("kuery", "production")]


def test_every_query_parses_to_a_tree_that_shows_back(rules):
    threats = [rule.raw["threat_query"] for rule in rules if "threat_query" in rule.raw]
    assert (len(rules), len(threats)) == (729, 6)
    for query in [*(rule.query for rule in rules), *threats]:
        tree = parse(query)
        assert parse(show(tree)) == tree, query
    for query in threats:
        condition_of_query(query, "kuery", Schema(), now=0)


@pytest.mark.parametrize("mode", ["raw", "compat"])
def test_every_condition_finds_the_documents_made_for_it(rules, mode):
    schema, evaluator = Schema(text=mode), Evaluator()
    conditions = {}
    for rule in rules:
        condition, told = condition_of(rule, schema)
        assert condition is not None, (rule.name, told)
        conditions[rule.id] = condition
    silent = set()
    for name in ("query", "new_terms", "threshold"):
        with gzip.open(SHARED / "oracle" / f"{name}.ndjson.gz", "rt") as file:
            rows = [json.loads(line) for line in file]
        for row in rows:
            events = [Whole.of(json.dumps(document)) for document in row["docs"]]
            if not any(evaluator.holds(conditions[row["rule_id"]], event) for event in events):
                silent.add(row["rule_id"])
    assert silent == LITERAL_STAR
