"""The codes of lint: each example gives its code, each fix gives nothing, none is unknown."""

import re
from pathlib import Path

import pytest
from linted import KEYS, codes, rule_text

from tocsin.diagnostics.lint_codes import LINT_CODES

SOURCE = Path(__file__).resolve().parent.parent.parent / "src" / "tocsin" / "lint"
EXAMPLES = [row for row in LINT_CODES if row.example]
WITHOUT = {"LINT170": ("index",)}
"""Keys that an example does without."""


def codes_of(folder, code, lines):
    left_out = {key: None for key in WITHOUT.get(code, ()) if f"{key} =" not in lines}
    return set(codes(folder, rule_text(lines, **left_out)))


@pytest.mark.parametrize("row", EXAMPLES, ids=[row.code for row in EXAMPLES])
def test_an_example_gives_its_code_and_the_fix_none(tmp_path, row):
    assert codes_of(tmp_path, row.code, row.example) == {row.code}
    assert codes_of(tmp_path, row.code, row.fix) == set()


def test_a_rule_in_order_gives_nothing(tmp_path):
    assert codes(tmp_path, rule_text()) == []
    assert KEYS


def test_every_code_in_the_source_has_a_row_and_every_row_is_used():
    used = set()
    for path in SOURCE.glob("*.py"):
        used |= set(re.findall(r'"(LINT[0-9]{3})"', path.read_text(encoding="utf-8")))
    assert used == {row.code for row in LINT_CODES}
