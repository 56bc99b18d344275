"""Rules that are written: read back as they were, whatever their texts hold."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.engine.compiled import compile_rules
from tocsin.lint import lint
from tocsin.rules.sources import SourceFile
from tocsin.rules.toml import toml_rule
from tocsin.rules.written import Draft, draft_of, rule_toml

ID = "6aa52f86-18f1-4a5a-a0ac-e2b5db8af581"
GOOD = Draft(
    ID,
    "Curl",
    "Finds curl.",
    "eql",
    'process where process.name == "curl" and\n  process.args : "http*"',
    index=("logs-*",),
    tactic="TA0002",
    techniques=("T1059.004", "T1204"),
    author="local",
    day="2026/08/01",
    note="## Triage\n\nAsk.",
)


def read(draft):
    told = []
    rule = toml_rule(SourceFile("rule.toml", rule_toml(draft).encode()), told)
    assert rule is not None, (told, rule_toml(draft))
    return rule, told


def test_a_rule_is_read_back_and_nothing_is_doubtful():
    rule, told = read(GOOD)
    assert told == []
    assert lint([rule]) == []
    assert compile_rules([rule]).statuses[0].runs
    assert (rule.id, rule.name, rule.query, rule.index) == (ID, "Curl", GOOD.query, ("logs-*",))
    assert rule.threat[0].tactic == "Execution"
    assert [one.id for one in rule.threat[0].techniques] == ["T1059", "T1204"]
    assert rule.threat[0].techniques[0].subtechniques[0].name == "Unix Shell"
    assert draft_of(rule) == GOOD


@pytest.mark.parametrize(
    ("language", "query", "kind"),
    [
        ("kuery", "process.name: curl", "query"),
        ("lucene", "process.name:curl", "query"),
        (
            "esql",
            "from logs-* metadata _id, _index, _version | where process.name == 'x'",
            "esql",
        ),
    ],
)
def test_the_type_follows_the_language(language, query, kind):
    rule, _ = read(Draft(ID, "A", "B", language, query, index=("logs-*",)))
    assert (rule.type, rule.language, rule.query) == (kind, language, query)


def test_a_file_that_says_more_has_no_draft():
    text = rule_toml(GOOD).replace("[rule]\n", '[rule]\nsetup = "look here"\n')
    rule = toml_rule(SourceFile("rule.toml", text.encode()), [])
    assert draft_of(rule) is None


TEXTS = st.text(max_size=60) | st.text("'\"\\\n\r\t#=[]{}\u202e\x00 ab", max_size=40)


@settings(max_examples=200, deadline=None)
@given(TEXTS, TEXTS, TEXTS, st.lists(TEXTS, max_size=3))
def test_no_text_gets_out_of_its_quotes(name, description, query, index):
    draft = Draft(ID, f"x{name}", f"x{description}", "eql", f"x{query}", index=tuple(index))
    rule, told = read(draft)
    assert not [one for one in told if one.code == "RULE003"]
    plain = query.replace("\r\n", "\n")
    assert (rule.id, rule.name, rule.description) == (ID, f"x{name}", f"x{description}")
    assert rule.query in {f"x{query}", f"x{plain}"}
    assert rule.index == tuple(index)
    assert rule.severity == "medium"
    assert set(rule.raw) <= {
        *("description", "from", "index", "interval", "language", "name", "risk_score", "rule_id"),
        *("severity", "type", "query"),
    }


def test_halves_of_pairs_become_what_can_be_written():
    rule, _ = read(Draft(ID, "a\ud800b", "c", "eql", "any where true\udfff"))
    assert rule.name == "a\ufffdb"
