"""Files of exceptions: what is read, for which rules, and what is told of what cannot be used."""

import json
import re
from pathlib import Path

import pytest
from made_rules import place

from tocsin.diagnostics.exception_codes import EXCEPTION_CODES
from tocsin.plan.lower_exceptions import lower_item
from tocsin.rules.exceptions import gather
from tocsin.rules.rule import Origin, Rule
from tocsin.schema.fields import Schema

SOURCE = Path(__file__).resolve().parent.parent.parent / "src" / "tocsin"
ENTRY = {"field": "user.name", "operator": "included", "type": "match", "value": "x"}
ITEM = {
    "item_id": "i",
    "list_id": "shared",
    "namespace_type": "single",
    "type": "simple",
    "name": "one",
    "entries": [ENTRY],
    "os_types": [],
    "comments": [{"comment": "why"}],
}
LIST = {"list_id": "shared", "namespace_type": "single", "type": "detection", "name": "Shared"}
RULE = Rule(
    id="r1",
    name="Curl in a Container",
    type="eql",
    tags=("OS: Linux",),
    origin=Origin("rules/curl_in_a_container.toml"),
    raw={
        "exceptions_list": [
            {"id": "x", "list_id": "shared", "type": "detection", "namespace_type": "single"}
        ]
    },
)
OTHER = Rule(id="r2", name="Wget", type="eql", tags=("OS: Windows",))


def gathered(tmp_path, text, rules=(RULE, OTHER), name="exceptions.toml"):
    path = tmp_path / name
    path.write_text(text if isinstance(text, str) else "".join(json.dumps(r) + "\n" for r in text))
    return gather(rules, [str(path)])


def applied(found):
    return {rule.id: [item.name for item in found.of(rule)] for rule in (RULE, OTHER)}


def codes(found):
    return [told.code for told in found.diagnostics]


def test_an_export_of_lists_and_items(tmp_path):
    summary = {"exported_exception_list_count": 1, "exported_count": 2}
    found = gathered(tmp_path, [LIST, ITEM, summary], name="e.ndjson")
    assert applied(found) == {"r1": ["one"], "r2": []}
    assert codes(found) == []
    assert len(found) == 1


def test_an_export_of_rules_with_their_exceptions(tmp_path):
    rule = {"rule_id": "r1", "type": "eql", "name": "x", "risk_score": 1}
    connector = {"attributes": {"actionTypeId": ".email"}}
    found = gathered(
        tmp_path, [rule, LIST, ITEM, connector, {"exported_count": 4}], name="e.ndjson"
    )
    assert applied(found) == {"r1": ["one"], "r2": []}
    assert codes(found) == []


def test_a_broken_line_and_a_broken_item_stop_no_other(tmp_path):
    broken = {**ITEM, "item_id": "b", "entries": [{**ENTRY, "type": "matches"}]}
    text = json.dumps(broken) + "\n{]\n" + json.dumps(ITEM) + "\n"
    found = gathered(tmp_path, text, name="e.ndjson")
    assert applied(found)["r1"] == ["one"]
    assert sorted(codes(found)) == ["EXC010", "RULE004"]


REPOSITORY = """
[metadata]
creation_date = "2026/01/01"
updated_date = "2026/01/01"
list_name = "Shared"
rule_ids = ["r2"]
rule_names = ["Wget"]

[[exceptions]]
[exceptions.container]
list_id = "shared"
name = "Shared"
namespace_type = "single"
type = "detection"

[[exceptions.items]]
name = "one"
item_id = "i"
type = "simple"
tags = ["anything"]
comments = []
expire_time = "2030-01-01T00:00:00Z"

[[exceptions.items.entries]]
field = "user.name"
operator = "included"
type = "match_any"
value = ["x", "y"]
"""


def test_the_form_in_which_rule_repositories_keep_exceptions(tmp_path):
    found = gathered(tmp_path, REPOSITORY)
    assert applied(found) == {"r1": ["one"], "r2": ["one"]}
    assert codes(found) == []
    (item,) = found.items
    assert item.list_id == "shared"
    assert item.expires == 1893456000000


@pytest.mark.parametrize(
    ("keys", "rules"),
    [
        ('rules = ["r1"]', ["r1"]),
        ('rules = ["curl in a *"]', ["r1"]),
        ('rules = ["curl_in_a_container"]', ["r1"]),
        ('rules = ["*"]', ["r1", "r2"]),
        ('tags = ["os: *"]', ["r1", "r2"]),
        ('tags = ["OS: Windows"]', ["r2"]),
        ('rules = ["r1"]\ntags = ["OS: Windows"]', ["r1", "r2"]),
    ],
)
def test_our_own_form_names_its_rules(tmp_path, keys, rules):
    text = f'[[exceptions]]\nname = "one"\n{keys}\nentries = [{{ field = "a", value = "x" }}]\n'
    found = gathered(tmp_path, text)
    assert [rule for rule, items in applied(found).items() if items] == rules
    assert codes(found) == []


def test_what_the_overlay_names_applies_to_that_rule(tmp_path):
    path = tmp_path / "e.toml"
    path.write_text('[[exceptions]]\nentries = [{ field = "a", value = "x" }]\n')
    rule = Rule(id="r3", name="R", type="eql", exceptions=(str(path),))
    found = gather([rule, OTHER], [])
    assert len(found.of(rule)) == 1
    assert found.of(OTHER) == ()
    assert found.diagnostics == []


def test_what_applies_to_no_rule_is_told(tmp_path):
    found = gathered(tmp_path, [{**ITEM, "list_id": "other"}], name="e.ndjson")
    assert codes(found) == ["EXC012", "EXC013"]
    found = gathered(tmp_path, '[[exceptions]]\nentries = [{ field = "a", value = "x" }]\n')
    assert codes(found) == ["EXC012"]


@pytest.mark.parametrize("name", ["none.ndjson", ""])
def test_a_file_that_is_not_there(tmp_path, name):
    assert codes(gather([OTHER], [str(tmp_path / name / "x")])) == ["EXC001"]


def test_a_file_without_an_exception(tmp_path):
    assert codes(gathered(tmp_path, "[scan]\n", rules=[OTHER])) == ["EXC002"]
    assert codes(gathered(tmp_path, [{"a": 1}], rules=[OTHER], name="e.ndjson")) == ["EXC002"]


OWN = '[[exceptions]]\nrules = ["r2"]\n'


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("entries = []", "entries"),
        ('entries = "x"', "entries"),
        ('entries = [{ type = "match", value = "x" }]', "entries"),
        ('entries = [{ field = "a", type = "match" }]', "entries"),
        ('entries = [{ field = "a", type = "match_any", value = [] }]', "entries"),
        ('entries = [{ field = "a", type = "list", list = "x" }]', "entries"),
        ('entries = [{ field = "a", operator = "is", value = "x" }]', "entries"),
        ('entries = [{ field = "a", type = "nested", entries = [] }]', "entries"),
        ('stage = -1\nentries = [{ field = "a", value = "x" }]', "stage"),
        ('os_types = ["beos"]\nentries = [{ field = "a", value = "x" }]', "os_types"),
        ('expire_time = "soon"\nentries = [{ field = "a", value = "x" }]', "expire_time"),
        ('rules = "r2"\nentries = [{ field = "a", value = "x" }]', "rules"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path, text, shown):
    own = "[[exceptions]]\n" if shown == "rules" else OWN
    found = gathered(tmp_path, f"{own}{text}\n", rules=[OTHER])
    (told,) = found.diagnostics
    assert told.code == "EXC010"
    assert place(told)[2] == shown
    assert found.items == ()


EXAMPLES = [row for row in EXCEPTION_CODES if row.example]


def codes_of(tmp_path, text):
    found = gathered(tmp_path, f'[[exceptions]]\nname = "one"\nrules = ["r2"]\n{text}\n', [OTHER])
    told = set(codes(found))
    for item in found.items:
        told |= {each.code for each in lower_item(item, Schema(), found.lists)[1]}
    return told


@pytest.mark.parametrize("row", EXAMPLES, ids=[row.code for row in EXAMPLES])
def test_an_example_gives_its_code_and_the_fix_none(tmp_path, row):
    assert codes_of(tmp_path, row.example) == {row.code}
    assert codes_of(tmp_path, row.fix) == set()


def test_every_code_in_the_source_has_a_row_and_every_row_is_used():
    used = set()
    for folder in ("rules", "plan", "engine"):
        for path in (SOURCE / folder).glob("*.py"):
            used |= set(re.findall(r'"(EXC[0-9]{3})"', path.read_text(encoding="utf-8")))
    assert used == {row.code for row in EXCEPTION_CODES}


def test_the_key_names_the_content(tmp_path):
    one = gathered(tmp_path, OWN + 'entries = [{ field = "a", value = "x" }]\n', [OTHER])
    same = gathered(tmp_path, OWN + 'entries = [{ field = "a", value = "x" }]\n', [OTHER], "b.toml")
    other = gathered(tmp_path, OWN + 'entries = [{ field = "a", value = "y" }]\n', [OTHER])
    assert one.key == same.key != other.key != ""
    assert gather([OTHER], []).key == ""
    listed = {"rules": ["*"], "entries": [{"field": "a", "list": {"id": "l", "type": "ip"}}]}
    keys = [gather([OTHER], [listed], [{"l": values}]).key for values in (["::1"], ["::2"])]
    assert keys[0] != keys[1]
