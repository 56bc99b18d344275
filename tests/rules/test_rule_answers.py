"""What Kibana's API answers: pages of rules, alone, in folders and in archives."""

import json

import pytest
from made_rules import BASE, codes, place, toml
from test_rule_archives import FORMS, loaded
from test_rule_exports import ITEM, KIBANA

from tocsin.rules import archive
from tocsin.rules.exceptions import gather
from tocsin.rules.load import load
from tocsin.rules.page import GLANCE, begins_with_rule
from tocsin.rules.sources import is_source

RULES = [{**KIBANA, **BASE, "rule_id": f"r{number}"} for number in range(3)]


def page(rules=RULES, total=None, **more):
    total = len(rules) if total is None else total
    return {"page": 1, "perPage": 20, "total": total, "data": rules, **more}


WRITTEN = {
    "on one line": json.dumps,
    "without spaces": lambda value: json.dumps(value, separators=(",", ":")),
    "on many lines": lambda value: json.dumps(value, indent=2),
    "with sorted keys": lambda value: json.dumps(value, indent=4, sort_keys=True),
    "behind a byte order mark": lambda value: "\ufeff \n" + json.dumps(value, indent=1),
}
ANSWERS = {
    "a page": page(),
    "a page with more around it": page(warnings=[]),
    "an array": RULES,
    "a single rule": RULES[0],
}


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("answer", ANSWERS)
def test_answers_are_read_alone_in_folders_and_in_archives(tmp_path, answer, written):
    text = WRITTEN[written](ANSWERS[answer])
    expected = ["r0"] if answer == "a single rule" else ["r0", "r1", "r2"]
    path = tmp_path / "rules" / "deep" / "answer.json"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    for given in (path, tmp_path / "rules"):
        rules = load([given])
        assert ([rule.id for rule in rules], rules.diagnostics) == (expected, ())
        assert is_source(path, [given])
    for form in FORMS.values():
        rules = loaded(form({"x/answer.json": text.encode()}))
        assert ([rule.id for rule in rules], rules.diagnostics) == (expected, ())


@pytest.mark.parametrize("written", WRITTEN)
def test_what_is_wrong_has_its_place_in_the_page(tmp_path, written):
    text = WRITTEN[written](page([RULES[0], {**RULES[1], "severity": "loud"}, RULES[2]]))
    (tmp_path / "page.json").write_text(text)
    rules = load([tmp_path / "page.json"])
    assert [rule.id for rule in rules] == ["r0", "r2"]
    (found,) = rules.diagnostics
    line, column, shown = place(found)
    assert shown == '"severity"'
    there = text.removeprefix("\ufeff").split("\n")[line - 1][column - 1 :]
    assert there.replace(" ", "").startswith('"severity":"loud"')


def test_a_page_that_is_not_all_is_told_at_its_total(tmp_path):
    path = tmp_path / "page.json"
    path.write_text(json.dumps(page(total=1_045), indent=2))
    rules = load([path])
    assert len(rules) == 3
    (found,) = rules.diagnostics
    assert (found.code, found.severity, place(found)) == ("RULE014", "warning", (4, 12, "1045"))
    assert found.message == f"{path} holds 3 of 1,045: the others are on further pages"
    assert "per_page=10000" in found.hint


def test_pages_one_on_each_line_are_one_answer(tmp_path):
    path = tmp_path / "pages.json"
    pages = [page([rule], total=3) for rule in RULES]
    path.write_text("".join(json.dumps(each) + "\n" for each in pages))
    rules = load([path])
    assert ([rule.origin.line for rule in rules], rules.diagnostics) == ([1, 2, 3], ())
    path.write_text("".join(json.dumps(each) + "\n" for each in pages[:2]))
    (found,) = load([path]).diagnostics
    assert (found.code, place(found)[0], place(found)[2]) == ("RULE014", 2, "3")
    assert "holds 2 of 3" in found.message


OTHERS = {
    "events": [{"@timestamp": 1, "rule": {"rule_id": "x", "name": "n"}}],
    "one event": {"@timestamp": 1, "type": "x", "name": "y"},
    "ATT&CK": {"type": "bundle", "id": "b", "objects": [{"type": "x", "name": "n"}]},
    "an answer of other things": {"page": 1, "per_page": 20, "total": 1, "data": [ITEM]},
    "an empty page": page([]),
    "a report": {"rules": [RULES[0]]},
    "a list with rules further on": [1, RULES[0]],
    "keys of a rule in wrong shapes": [dict.fromkeys(RULES[0], 1)],
    "a rule within": {"attributes": RULES[0]},
    "a text": "rule_id name type risk_score",
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_json_is_neither_read_nor_told(tmp_path, name):
    text = json.dumps(OTHERS[name])
    (tmp_path / "a.toml").write_text(toml())
    for number, content in enumerate((text, text[:-1], "", "{" * 9_000, "[" * 9_000)):
        (tmp_path / f"{number}.json").write_text(content)
        assert not is_source(tmp_path / f"{number}.json", [tmp_path])
    rules = load([tmp_path])
    assert (len(rules), rules.diagnostics) == (1, ())
    for form in FORMS.values():
        rules = loaded(form({"a.toml": toml().encode(), "b.json": text.encode()}))
        assert (len(rules), rules.diagnostics) == (1, ())


def test_a_rule_longer_than_the_glance_is_known_by_its_keys(tmp_path):
    long = {**RULES[0], "zeal": "x" * GLANCE}
    (tmp_path / "a.json").write_text(json.dumps(long))
    (tmp_path / "b.json").write_text(json.dumps(page([long])))
    (tmp_path / "c.json").write_text(json.dumps({"name": "x" * GLANCE, "rule_id": "r"}))
    assert [is_source(tmp_path / f"{name}.json", [tmp_path]) for name in "abc"] == [1, 1, 0]
    assert len(load([tmp_path])) == 1


def test_a_file_that_is_cut_is_known_by_its_first_rule():
    text = json.dumps(RULES).encode()
    assert begins_with_rule(text[:-50])
    assert not begins_with_rule(json.dumps(RULES[0])[:-50].encode())


def test_a_page_named_without_rules_is_told(tmp_path):
    (tmp_path / "page.json").write_text(json.dumps(page([])))
    assert codes(load([tmp_path / "page.json"]), "error") == ["RULE011"]


def test_values_nested_too_deep_are_told(tmp_path):
    text = json.dumps(page([RULES[0]])).replace('"low"', "[" * 1_000 + "]" * 1_000)
    (tmp_path / "page.json").write_text(text)
    assert {"RULE004"} & set(codes(load([tmp_path / "page.json"])))


def test_pages_of_exceptions_are_read_too(tmp_path):
    item = {**ITEM, "entries": [{"field": "a", "operator": "included", "type": "exists"}]}
    path = tmp_path / "items.json"
    path.write_text(json.dumps({"data": [item], "page": 1, "per_page": 1, "total": 2}, indent=1))
    (tmp_path / "a.toml").write_text(
        toml(exceptions_list=[{"id": "x", "list_id": "l"}]).replace(
            '{"id": "x", "list_id": "l"}', '{id = "x", list_id = "l", namespace_type = "single"}'
        )
    )
    found = gather(load([tmp_path / "a.toml"]), [path])
    assert ([told.code for told in found.diagnostics], len(found)) == (["RULE014"], 1)


@pytest.mark.parametrize("form", FORMS)
def test_an_answer_in_an_archive_that_is_too_long_is_told(form, monkeypatch):
    monkeypatch.setattr(archive, "MOST_MEMBER", 1000)
    answer = json.dumps(page()) + " " * 2000
    other = json.dumps([{"a": "x" * 2000}])
    rules = loaded(FORMS[form]({"a.json": answer.encode(), "b.json": other.encode()}))
    (found, *_) = [each for each in rules.diagnostics if each.code == "RULE002"]
    assert "a.json is longer than" in found.message
    assert not any("b.json" in each.message for each in rules.diagnostics)
