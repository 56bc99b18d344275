"""Each example of KQL's and Lucene's codes gives its code, and each fix gives none."""

import re
from pathlib import Path

import pytest

from tocsin.diagnostics.codes import CODES
from tocsin.diagnostics.kql_codes import KQL_CODES
from tocsin.diagnostics.lucene_codes import LUCENE_CODES
from tocsin.languages.kql.parser import MAX_DEPTH, MAX_NESTING
from tocsin.languages.lucene.parser import MAX_NESTING as MAX_NESTING_OF_LUCENE
from tocsin.plan.rule_kql import condition_of
from tocsin.rules.rule import Rule
from tocsin.schema.fields import Schema

SOURCE = Path(__file__).resolve().parent.parent.parent / "src" / "tocsin"
ROWS = [
    (language, row)
    for language, rows in (("kuery", KQL_CODES), ("lucene", LUCENE_CODES))
    for row in rows
    if row.example
]


def codes_of(query, language, schema):
    rule = Rule(id="r", name="R", type="query", language=language, query=query)
    return [found.code for found in condition_of(rule, schema)[1]]


@pytest.mark.parametrize(("language", "row"), ROWS, ids=[row.code for _, row in ROWS])
def test_an_example_gives_its_code_and_the_fix_gives_none(language, row):
    assert codes_of(row.example, language, Schema()) == [row.code]
    assert codes_of(row.fix, language, Schema()) == []


def test_notes_are_told_once_a_field_and_only_where_texts_are_compared_raw():
    query = "message: (a or b) and message: c and aws.cloudtrail.request_parameters: *x*"
    assert codes_of(query, "kuery", Schema()) == ["KQL210", "KQL211"]
    assert codes_of(query, "kuery", Schema(text="compat")) == []
    assert codes_of("message: * and process.args: x", "kuery", Schema()) == []


def test_only_what_is_too_long_to_show_has_no_example():
    silent = {row.code for row in (*KQL_CODES, *LUCENE_CODES) if not row.example}
    assert silent == {"KQL004", "KQL130", "KQL131", "LUC004"}
    assert f"{MAX_NESTING:,}" in CODES["KQL004"].explanation
    assert str(MAX_DEPTH) in CODES["KQL004"].explanation
    assert str(MAX_NESTING_OF_LUCENE) in CODES["LUC004"].explanation


def test_every_code_is_used():
    used = set()
    for path in SOURCE.rglob("*.py"):
        if path.parent.name != "diagnostics":
            used |= set(re.findall(r'"((?:KQL|LUC)[0-9]{3})"', path.read_text(encoding="utf-8")))
    assert used == {row.code for row in (*KQL_CODES, *LUCENE_CODES)}
