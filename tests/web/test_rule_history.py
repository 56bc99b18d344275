"""What changed between two sets of rules, and the sets that were."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.rules.rule import Rule, Technique, Threat
from tocsin.web.rule_archive import MOST, history, keep
from tocsin.web.rule_history import MOST_PAIRS, Told, set_change, told, word_diff

TEXTS = st.text(alphabet='ab "\n()é\u202e', max_size=60)


def rule(key="a", **more):
    return Rule(**({"id": key, "name": key, "type": "eql", "query": "any where true"} | more))


def changes(old, new):
    return set_change(map(told, old), map(told, new), ("old", "new")).changes


@settings(max_examples=200)
@given(TEXTS, TEXTS)
def test_a_diff_holds_both_texts(old, new):
    runs = word_diff(old, new)
    assert "".join(run.text for run in runs if run.sign != "+") == old
    assert "".join(run.text for run in runs if run.sign != "-") == new
    assert all(run.text for run in runs)


def test_words_that_stay_are_told_apart():
    assert word_diff('a == "x" and b', 'a == "y z" and b') == (
        ("=", 'a == "'),
        ("-", "x"),
        ("+", "y z"),
        ("=", '" and b'),
    )
    assert word_diff("same", "same") == (("=", "same"),)


def test_texts_that_would_take_long_are_not_compared_word_by_word():
    many = int(MOST_PAIRS**0.5) + 10
    old, new = "x " * many, "y " + "x " * many + "z " * many
    runs = word_diff("a b " + old + " c", "a b " + new + " c")
    assert len(runs) <= 4
    assert runs[0].text.startswith("a b ")


def test_what_did_not_change_is_no_change():
    assert changes([rule()], [rule()]) == ()
    assert changes([], []) == ()


def test_rules_come_and_go():
    found = changes([rule("a", version=3), rule("b")], [rule("b"), rule("c", version=7)])
    assert [(one.id, one.kind, one.before, one.after) for one in found] == [
        ("a", "removed", 3, 0),
        ("c", "added", 0, 7),
    ]


@pytest.mark.parametrize(
    ("more", "name"),
    [
        ({"severity": "high"}, "severity"),
        ({"index": ("logs-*",)}, "indices"),
        ({"tags": ("x",)}, "tags"),
        ({"note": "# Guide"}, "guide"),
        ({"raw": {"threshold": {"value": 5}}}, "threshold"),
        ({"enabled": False}, "enabled"),
        ({"threat": (Threat("", "TA0001", "x", "", (Technique("T1", "y"),)),)}, "ATT&CK"),
        ({"name": "another"}, "name"),
        ({"interval": "9m"}, "runs every"),
    ],
)
def test_each_setting_is_compared(more, name):
    [found] = changes([rule()], [rule(**more)])
    assert [row[0] for row in found.settings] == [name]
    assert found.query == ()


def test_a_new_version_alone_is_a_change():
    [found] = changes([rule()], [rule(version=2)])
    assert (found.before, found.after, found.query, found.settings) == (1, 2, (), ())


def test_sets_are_kept_once_each_and_not_for_ever(tmp_path):
    for number in range(MOST + 5):
        for _ in range(2):
            keep(tmp_path, [told(rule(query=f"any where {number}"))], 1_000 + number)
    assert len(list(tmp_path.iterdir())) == MOST
    found = history(tmp_path)
    assert len(found) == MOST - 1
    assert found[0].new == "1970-01-01 00:00:01"
    assert found[0].changes[0].query[-1].text == str(MOST + 4)
    assert found[0].changes[0].at == found[0].new


def test_a_clock_that_goes_backwards_changes_no_order(tmp_path):
    keep(tmp_path, [told(rule(query="one"))], 5_000)
    keep(tmp_path, [told(rule(query="two"))], 1_000)
    [found] = history(tmp_path)
    assert found.changes[0].query == (("-", "one"), ("+", "two"))


def test_files_that_are_damaged_or_no_sets_are_left_out(tmp_path):
    keep(tmp_path, [told(rule(query="one"))], 1)
    (tmp_path / f"2-{'0' * 32}.json.zst").write_bytes(b"nothing")
    (tmp_path / "other.json.zst").write_bytes(b"nothing")
    keep(tmp_path, [told(rule(query="two"))], 3)
    assert len(history(tmp_path)) == 1


def test_hostile_texts_are_kept(tmp_path):
    evil = rule("\ud800<script>", query="\ud800\u202e\x00 " * 100, note="x" * 1_000_000)
    keep(tmp_path, [told(evil)], 1)
    keep(tmp_path, [told(rule())], 2)
    [found] = history(tmp_path)
    assert [one.kind for one in found.changes] == ["removed", "added"] or len(found.changes) == 2
    assert isinstance(told(evil), Told)
    assert len(told(evil).settings["guide"]) < 100_000
