"""The folder of the server's own rules."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.rules.load import load
from tocsin.rules.written import Draft, rule_toml
from tocsin.server import own_rules
from tocsin.server.own_rules import OwnRuleError, OwnRules

ID = "6aa52f86-18f1-4a5a-a0ac-e2b5db8af581"


def toml(name="A", rule_id=ID):
    return rule_toml(Draft(rule_id, name, "B", "eql", "process where true"))


@pytest.fixture
def own(tmp_path):
    return OwnRules(tmp_path / "rules")


def test_a_rule_is_saved_enabled_disabled_and_removed(own):
    own.save(ID, toml(), enabled=False)
    assert own.one(ID).rule.name == "A"
    assert not own.one(ID).enabled
    assert len(load([own.folder])) == 0
    own.enable(ID, enabled=True)
    assert [rule.id for rule in load([own.folder])] == [ID]
    own.enable(ID, enabled=True)
    own.save(ID, toml("B"), enabled=True)
    assert [(one.id, one.enabled, one.rule.name) for one in own.all()] == [(ID, True, "B")]
    own.enable(ID, enabled=False)
    assert len(load([own.folder])) == 0
    own.remove(ID)
    assert own.all() == []
    assert list(own.folder.iterdir()) == []


def test_a_file_that_is_no_rule_is_shown_with_its_fault(own):
    own.save(ID, "this is [no toml", enabled=True)
    assert own.one(ID).rule is None
    assert own.one(ID).diagnostics


@given(st.text(max_size=50) | st.sampled_from(["../x", ID.upper(), f"{ID}\n", f"{ID}/..", ""]))
def test_no_text_but_an_id_becomes_a_name(tmp_path_factory, name):
    own = OwnRules(tmp_path_factory.getbasetemp() / "never")
    assert own.one(name) is None
    for act in (
        lambda: own.save(name, "", enabled=True),
        lambda: own.enable(name, enabled=True),
        lambda: own.remove(name),
    ):
        with pytest.raises(OwnRuleError, match="UUID"):
            act()
    assert not own.folder.exists()


def test_there_may_only_be_so_many(own, monkeypatch):
    monkeypatch.setattr(own_rules, "MOST", 1)
    own.save(ID, toml(), enabled=True)
    own.save(ID, toml(), enabled=False)
    with pytest.raises(OwnRuleError, match="already"):
        own.save(str(uuid.uuid4()), toml(), enabled=True)


def test_what_the_disk_refuses_is_said(own, monkeypatch):
    own.folder.parent.mkdir(exist_ok=True)
    own.folder.write_text("a file where the folder should be")
    with pytest.raises(OwnRuleError, match="not saved"):
        own.save(ID, toml(), enabled=True)
    assert own.all() == []
