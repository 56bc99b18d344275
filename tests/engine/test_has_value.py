"""A value that its field's kind cannot read is none, in every language."""

import pytest

import tocsin

AT = "2026-08-01T12:00:00.000Z"

GIVEN = {
    "source.ip": (["", "-", ["", "host"], None, []], ["10.0.0.1", "::1", ["-", "10.0.0.1"]]),
    "process.pid": (["", "0x1f", "four", True, [None, "x"]], [0, -1, "12", 1.5, ["x", 3], 1e30]),
    "process.interactive": (["", "yes", 1], [True, False, "false", ["no", "true"]]),
    "process.name": ([None, []], ["", "-", 4, False]),
}
QUESTIONS = [
    ("eql", "any where {} != null", "any where {} == null"),
    ("kuery", "{}: *", "not {}: *"),
    ("lucene", "_exists_:{}", "NOT {}:*"),
]


def event(field, value):
    first, last = field.split(".")
    return {"@timestamp": AT, first: {last: value}}


@pytest.mark.parametrize("field", GIVEN)
@pytest.mark.parametrize(("language", "there", "gone"), QUESTIONS)
def test_what_is_none_of_its_kind_is_not_there(language, there, gone, field):
    unread, read = ([event(field, value) for value in values] for values in GIVEN[field])
    for query, wanted in ((there, read), (gone, unread)):
        text = query.format(field)
        found = tocsin.query(tocsin.events(unread + read), text, language=language)
        assert [match.events[0] for match in found] == wanted


@pytest.mark.parametrize("field", GIVEN)
def test_filters_and_several_conditions_say_so_too(field):
    unread, read = ([event(field, value) for value in values] for values in GIVEN[field])
    found = tocsin.query(
        tocsin.events(unread + read), "any where true", filters=[{"exists": {"field": field}}]
    )
    assert [match.events[0] for match in found] == read
    text = f'any where {field} != null and not process.name == "none" or {field} == null'
    found = tocsin.query(tocsin.events(unread + read), text)
    assert len(list(found)) == len(unread + read)


def test_an_alert_says_which_value_was_there():
    query = 'network where source.ip != null and source.ip != "127.0.0.1"'
    rule = tocsin.Rule("id", "name", "eql", language="eql", query=query, index=("logs-*",))
    given = [
        {"@timestamp": AT, "event": {"category": "network"}, "source": {"ip": ip}}
        for ip in ("-", ["-", "10.0.0.1"])
    ]
    (alert,) = tocsin.scan(tocsin.events(given), [rule], routing="off")
    assert alert.document["source"]["ip"] == ["-", "10.0.0.1"]
