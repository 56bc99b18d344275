"""The generated parts of the documentation are up to date, and its examples hold."""

import importlib.util
import re
from pathlib import Path

import pytest

from tocsin.languages.eql.parser import parse, parse_expression
from tocsin.languages.functions import FUNCTIONS
from tocsin.languages.kql.parser import parse as parse_kql
from tocsin.languages.lucene.parser import parse as parse_lucene

ROOT = Path(__file__).resolve().parent.parent.parent
REFERENCE = ROOT / "docs" / "query" / "eql.md"


@pytest.fixture(scope="module")
def make_docs():
    spec = importlib.util.spec_from_file_location("make_docs", ROOT / "tools" / "make_docs.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_generated_pages_are_up_to_date(make_docs):
    stale = [
        path.name
        for path, text in make_docs.pages().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    assert stale == [], "run python tools/make_docs.py"


def test_every_function_has_its_heading():
    text = REFERENCE.read_text(encoding="utf-8")
    for row in FUNCTIONS.values():
        assert f"### `{row.signature}`" in text


def test_the_examples_of_the_reference_parse():
    blocks = re.findall(r"```eql\n(.*?)```", REFERENCE.read_text(encoding="utf-8"), re.DOTALL)
    queries = [block for block in blocks if " where " in block]
    assert queries
    for query in queries:
        parse(query)
    calls = [line for block in blocks if " where " not in block for line in block.splitlines()]
    assert calls
    for call in calls:
        parse_expression(call)


@pytest.mark.parametrize(
    ("block", "parse_query"), [("kql", parse_kql), ("lucene", parse_lucene)], ids=["kql", "lucene"]
)
def test_the_examples_of_kql_and_lucene_parse(block, parse_query):
    text = (ROOT / "docs" / "query" / "kql.md").read_text(encoding="utf-8")
    queries = re.findall(rf"```{block}\n(.*?)```", text, re.DOTALL)
    assert queries
    for query in queries:
        parse_query(query)
