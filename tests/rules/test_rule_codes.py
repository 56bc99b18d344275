"""The codes of rules: each example gives its code, each fix does not, and none is unknown."""

import re
from pathlib import Path

import pytest
from made_rules import toml

from tocsin.diagnostics.rule_codes import RULE_CODES
from tocsin.rules.load import load
from tocsin.rules.overlay import apply, read_overlay
from tocsin.rules.rule import Rule
from tocsin.rules.ruleset import RuleSet

SOURCE = Path(__file__).resolve().parent.parent.parent / "src" / "tocsin" / "rules"
EXAMPLES = [row for row in RULE_CODES if row.example]


def codes_of(tmp_path, code, lines):
    path = tmp_path / "example.toml"
    if code >= "RULE030":
        path.write_text(lines)
        rules = RuleSet([Rule(id="a", name="Curl in a Container", type="eql")])
        return {found.code for found in apply(read_overlay(path), rules).diagnostics}
    key = lines.partition(" ")[0]
    path.write_text(toml(**{key: ...}) + lines + "\n")
    return {found.code for found in load([path]).diagnostics}


@pytest.mark.parametrize("row", EXAMPLES, ids=[row.code for row in EXAMPLES])
def test_an_example_gives_its_code_and_the_fix_none(tmp_path, row):
    assert codes_of(tmp_path, row.code, row.example) == {row.code}
    assert codes_of(tmp_path, row.code, row.fix) == set()


def test_every_code_in_the_source_has_a_row_and_every_row_is_used():
    used = set()
    for path in SOURCE.glob("*.py"):
        used |= set(re.findall(r'"(RULE[0-9]{3})"', path.read_text(encoding="utf-8")))
    assert used == {row.code for row in RULE_CODES}
