"""Each code has a page, each example gives its code and each fix gives none."""

import re
from pathlib import Path

import pytest

from tocsin.diagnostics.codes import CODES, ROWS
from tocsin.diagnostics.eql_codes import EQL_CODES
from tocsin.languages import QueryError
from tocsin.languages.eql.check import check
from tocsin.languages.eql.expressions import MAX_DEPTH, MAX_NESTING
from tocsin.languages.eql.parser import parse
from tocsin.schema.fields import Schema

SOURCE = Path(__file__).resolve().parent.parent.parent / "src" / "tocsin"
SCHEMAS = {"EQL101": Schema(known=frozenset({"process.name"}))}


def codes_of(query: str, schema: Schema) -> list[str]:
    try:
        tree = parse(query)
    except QueryError as refused:
        return [diagnostic.code for diagnostic in refused.diagnostics]

    def validate(pattern: str) -> str | None:
        return "a group is not closed" if pattern.count("(") != pattern.count(")") else None

    return [diagnostic.code for diagnostic in check(tree, schema, query, validate)]


EXAMPLES = [row for row in EQL_CODES if row.example]


@pytest.mark.parametrize("row", EXAMPLES, ids=[row.code for row in EXAMPLES])
def test_an_example_gives_its_code_and_the_fix_gives_none(row):
    schema = SCHEMAS.get(row.code, Schema())
    assert codes_of(row.example, schema) == [row.code]
    assert codes_of(row.fix, schema) == []


def test_only_what_is_too_long_to_show_has_no_example():
    assert [row.code for row in EQL_CODES if not row.example or not row.fix] == ["EQL014"]
    assert f"{MAX_NESTING:,}" in CODES["EQL014"].explanation
    assert str(MAX_DEPTH) in CODES["EQL014"].explanation


def test_codes_are_unique_and_well_formed():
    assert len(CODES) == len(ROWS)
    for row in ROWS:
        assert re.fullmatch(r"[A-Z]{3,8}[0-9]{3}", row.code)
        assert row.title
        assert not row.title.endswith(".")
        assert row.explanation.endswith(".")


def test_every_code_in_the_source_has_a_row_and_every_eql_row_is_used():
    used = set()
    for path in sorted((SOURCE / "languages").rglob("*.py")):
        used |= set(re.findall(r'"(EQL[0-9]{3})"', path.read_text(encoding="utf-8")))
    assert used == {row.code for row in EQL_CODES}
