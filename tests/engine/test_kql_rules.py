"""Rules of type query, from their query and filters to alerts that tell why."""

import pytest

import tocsin
from tocsin.rules.rule import Rule

TIME = "2026-03-10T12:00:00.000Z"


def rule(query, language="kuery", **raw):
    return Rule(id="r", name="R", type="query", language=language, query=query, raw=raw)


def alerts(query, *events, language="kuery", filters=None, **options):
    raw = {} if filters is None else {"filters": filters}
    found = [{"@timestamp": TIME, **event} for event in events]
    return list(tocsin.scan(found, [rule(query, language, **raw)], **options))


def why(query, event, **options):
    [alert] = alerts(query, event, **options)
    told = alert.document["tocsin.why"]
    assert {entry["stage"] for entry in told} <= {0}
    return [(entry["clause"], entry["field"], entry["value"]) for entry in told]


def test_an_alert_quotes_the_clauses_as_they_were_written():
    event = {"process": {"name": "curl", "pid": 5}, "tags": ["a", "b"]}
    assert why('process.name : ( wget or "curl" ) and process.pid > 4 and tags:b', event) == [
        ('process.name : ( wget or "curl" )', "process.name", "curl"),
        ("process.pid > 4", "process.pid", 5),
        ("tags:b", "tags", "b"),
    ]
    assert why("not user.name: root", event) == [("not user.name: root", "user.name", None)]


def test_any_field_is_told_by_its_name():
    event = {"deep": {"er": ["x", "lone"]}}
    assert why("lone", event) == [("lone", "deep.er", "lone")]
    assert why("de*p.*: lo*", event) == [("de*p.*: lo*", "deep.er", "lone")]


def test_objects_tell_the_clauses_inside():
    event = {"o": [{"a": 1, "b": 1}, {"a": 1, "b": 2}]}
    told = why("o: { a: 1 and b: 2 }", event)
    assert ("a: 1", "o.a", 1) in told
    assert ("b: 2", "o.b", 2) in told


def test_times_relative_to_the_event_and_words_are_told():
    event = {"process": {"start": "2026-03-10T00:00:00Z"}, "message": "Two words"}
    assert why("process.start > now-1d", event) == [
        ("process.start > now-1d", "process.start", "2026-03-10T00:00:00Z")
    ]
    assert ("message: two", "message", "Two words") in why(
        "message: two", event, text_mode="compat"
    )


def test_filters_are_told_and_bar():
    barred = [{"meta": {"negate": True}, "query": {"wildcard": {"p": {"value": "/tmp/*"}}}}]
    assert [a.events[0]["p"] for a in alerts("a: 1", {"a": 1, "p": "/x"}, {"a": 1, "p": "/tmp/x"},
                                             filters=barred)] == ["/x"]  # fmt: skip
    wanted = [{"query": {"term": {"p": "/x"}}}]
    assert why("a: 1", {"a": 1, "p": "/x"}, filters=wanted)[1:] == [
        ('{"term":{"p":"/x"}}', "p", "/x")
    ]


def test_a_rule_may_be_lucene():
    assert why("a:1 AND b:[2 TO 3]", {"a": 1, "b": 2}, language="lucene")[0] == ("a:1", "a", 1)


@pytest.mark.parametrize(("mode", "count"), [("raw", 2), ("compat", 1)])
def test_texts_are_compared_as_is_asked_for(mode, count):
    events = ({"message": "Refused"}, {"message": "unrefused"})
    assert len(alerts("message: refused", *events, text_mode=mode)) == count


@pytest.mark.parametrize("rows", [None, 1, 2])
def test_cuts_change_nothing(rows):
    events = [{"o": [{"a": n, "b": n % 3}], f"x{n}": "lone" if n % 2 else "y"} for n in range(12)]
    query = "o: { a > 3 and b: 1 } or (x*: lone and not o.a < 6)"
    found = [alert.events[0]["o"][0]["a"] for alert in alerts(query, *events, rows=rows)]
    assert sorted(found) == [4, 7, 9, 10, 11]


def test_alert_ids_are_those_of_event_and_rule():
    event = {"process": {"name": "curl"}}
    [one] = alerts("process.name: curl", event)
    [other] = alerts("process.*: curl", event)
    assert one.id == other.id


def test_a_field_that_no_event_has_is_told(tmp_path):
    from tocsin.engine.compiled import compile_rules
    from tocsin.engine.scan import Scan

    compiled = compile_rules([rule("nowhere.x: 1 and a: 1"), rule("lone or o: {a: 1}")])
    scan = Scan(compiled, tocsin.events([{"@timestamp": TIME, "a": 1}]))
    assert list(scan.findings()) == []
    assert scan.statistics.cannot_match == [("r", ["nowhere.x"])]
