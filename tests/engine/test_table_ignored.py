"""`_ignored` names what an index would have left out of an event."""

import pytest

import tocsin
from tocsin.engine.table_ignored import ignored
from tocsin.rules.rule import Rule

TIME = "2026-01-01T00:00:00Z"
QUERY = (
    "from x metadata _id, _ignored | mv_expand _ignored "
    '| where _ignored == "process.command_line" '
    "| eval Esql.size = length(process.command_line.text) | where Esql.size >= 1500"
)


def told(event):
    rows = tocsin.query([event], "from x metadata _ignored", language="esql")
    return [row["_ignored"] for row in rows]


def test_texts_that_are_too_long_are_named_in_order():
    event = {"@timestamp": TIME, "user.name": "u" * 1025, "process": {"command_line": "c" * 1025}}
    assert told(event) == [["process.command_line", "user.name"]]


@pytest.mark.parametrize(
    ("text", "long"),
    [("x" * 1024, False), ("x" * 1025, True), ("𝄞" * 512, False), ("𝄞" * 513, True)],
)
def test_a_text_is_measured_in_utf_16(text, long):
    assert told({"@timestamp": TIME, "host.name": text}) == ["host.name" if long else None]


def test_texts_that_are_cut_into_words_and_other_kinds_are_never_left_out():
    assert told({"@timestamp": TIME, "message": "m" * 5000, "process.pid": 10**40}) == [None]


def test_one_long_value_of_several_is_enough():
    assert told({"@timestamp": TIME, "process.args": ["a", "b" * 2000, "c" * 2000]}) == [
        "process.args"
    ]


def test_what_the_event_says_itself_holds():
    event = {"@timestamp": TIME, "_ignored": ["b", "a"], "host.name": "x" * 2000}
    assert told(event) == [["a", "b"]]
    assert told({**event, "_ignored": "c"}) == ["c"]
    assert told({**event, "_ignored": []}) == [None]


def test_what_cannot_be_read_names_nothing():
    assert ignored(b'{"host.name": "' + b"x" * 2000) is None


def test_a_rule_finds_events_by_what_was_ignored():
    events = [
        {"@timestamp": TIME, "_id": "long", "process.command_line": "x" * 1500},
        {"@timestamp": TIME, "_id": "told", "process": {"command_line": "y" * 1500}}
        | {"_ignored": ["process.command_line", "other"]},
        {"@timestamp": TIME, "_id": "less", "process.command_line": "x" * 1499},
        {"@timestamp": TIME, "_id": "args", "process.args": ["x" * 1500]},
    ]
    rule = Rule(id="r", name="R", type="esql", language="esql", query=QUERY)
    found = tocsin.scan(tocsin.events(events), [rule], routing="off")
    sizes = {alert.events[0]["_id"]: alert.document["Esql.size"] for alert in found}
    assert sizes == {"long": 1500, "told": 1500}
