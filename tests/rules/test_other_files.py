"""Files that are easily taken for rules of the detection engine, and are none."""

import pytest
from made_rules import codes, place, toml

from tocsin.rules.load import load

HUNT = """
[hunt]
name = "Rare shells"
language = ["ES|QL"]
query = ['from logs-* | limit 5', 'from logs-* | limit 7']
"""
AGENT = """
[rule]
id = "9e2f"
name = "Odd child"
os_list = ["linux"]
query = 'process where process.name == "odd"'
version = "1.2.3"

[[actions]]
action = "kill_process"

[internal]
min_endpoint_version = "8.0.0"
"""


def loaded(path, text):
    path.write_text(text)
    return load([path])


def test_a_rule_of_the_endpoint_is_told_as_that_and_as_nothing_else(tmp_path):
    rules = loaded(tmp_path / "odd.toml", AGENT)
    (found,) = rules.diagnostics
    assert (len(rules), found.code, found.severity) == (0, "RULE005", "error")
    assert "Elastic Endpoint" in found.message
    assert place(found)[:2] == (3, 1)


@pytest.mark.parametrize("line", ['rule_id = "9e2f"', 'type = "eql"'])
def test_who_makes_a_rule_of_it_is_told_what_else_is_wrong(tmp_path, line):
    found = loaded(tmp_path / "odd.toml", AGENT.replace('id = "9e2f"', line))
    assert all("Elastic Endpoint" not in each.message for each in found.diagnostics)
    assert "RULE005" in codes(found)
    assert "RULE008" in codes(found, "warning")


def test_a_key_of_the_endpoint_in_a_rule_is_only_a_key_that_nobody_reads(tmp_path):
    rules = loaded(tmp_path / "a.toml", toml(os_list=["linux"]))
    assert len(rules) == 1
    assert codes(rules, "warning") == ["RULE008"]


def test_a_hunt_that_is_named_is_told_as_one(tmp_path):
    (found,) = loaded(tmp_path / "shells.toml", HUNT).diagnostics
    assert found.code == "RULE011"
    assert "a hunt" in found.message
    assert "tocsin query" in found.hint


def test_a_hunt_among_rules_is_passed_over(tmp_path):
    (tmp_path / "hunt.toml").write_text(HUNT)
    (tmp_path / "rule.toml").write_text(toml())
    rules = load([tmp_path])
    assert (len(rules), rules.diagnostics) == (1, ())
