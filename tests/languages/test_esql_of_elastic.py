"""Elastic's ES|QL rules are parsed, checked and shown back."""

import tarfile
import tomllib

import pytest

from shared import SHARED, needs_shared
from tocsin.languages.esql.parser import parse
from tocsin.languages.esql.show import show

pytestmark = needs_shared


@pytest.fixture(scope="module")
def rules():
    """The ES|QL rules of the archive: name in it, maturity, query."""
    found = []
    with tarfile.open(SHARED / "elastic-rules.tar.gz") as archive:
        for member in archive:
            file = archive.extractfile(member) if member.name.endswith(".toml") else None
            text = file.read() if file else b""
            if b'"esql"' in text:
                document = tomllib.loads(text.decode())
                rule = document["rule"]
                if rule.get("language") == "esql":
                    found.append((member.name, document["metadata"]["maturity"], rule["query"]))
    return found


def test_every_query_parses_to_a_tree_that_shows_back(rules):
    assert sum(maturity == "production" for _, maturity, _ in rules) == 209
    for name, _, query in rules:
        tree = parse(query)
        assert parse(show(tree)) == tree, name
