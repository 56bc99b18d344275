"""A server's own rules stand beside those that it was given, and beside the pack."""

import pytest

from tocsin.cli.chosen import Choice, load_chosen, ready
from tocsin.rules.load import load_rules
from tocsin.rules.written import Draft, rule_toml

OWN = "6aa52f86-18f1-4a5a-a0ac-e2b5db8af581"
GIVEN = "6aa52f86-18f1-4a5a-a0ac-e2b5db8af582"


def write(folder, name, ending=".toml"):
    folder.mkdir(exist_ok=True)
    text = rule_toml(Draft(name, f"Rule {name[-1]}", "B", "eql", "process where true"))
    (folder / f"{name}{ending}").write_text(text)
    return str(folder)


@pytest.fixture
def given(tmp_path):
    return write(tmp_path / "given", GIVEN)


def test_own_rules_are_loaded_beside_others(given, tmp_path):
    own = write(tmp_path / "own", OWN)
    found = ready(Choice((given,), beside=(own,)))
    assert [rule.id for rule in found.compiled.rules] == [GIVEN, OWN]
    assert [status.runs for status in found.compiled.statuses] == [True, True]


def test_those_that_are_off_are_not(given, tmp_path):
    own = write(tmp_path / "own", OWN, ".toml.off")
    found = ready(Choice((given,), beside=(own,)))
    assert [rule.id for rule in found.compiled.rules] == [GIVEN]


def test_an_empty_folder_changes_nothing(given, tmp_path):
    (tmp_path / "own").mkdir()
    own = (str(tmp_path / "own"),)
    assert ready(Choice((given,), beside=own)).key != ""
    assert len(load_chosen((), own).rules) == len(load_rules())
