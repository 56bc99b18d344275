"""Thresholds, new terms and suppression, from rule files to alerts."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tocsin
from engine.logins import FAILED, FIRST, GUESSING, SPRAYING, login, some_logins, strip, suppressing

HOUR = {"value": 1, "unit": "h"}


def run(events, rules, **options):
    return list(tocsin.scan(tocsin.events(events), rules, **options))


def test_a_threshold_tells_group_count_and_all_its_events(load):
    events = [login(m, user) for m, user in enumerate(["ann", "bob", "cid", "dan"])]
    (alert,) = run(events, load(GUESSING))
    assert alert.events == events[:3]
    document = alert.document
    assert document["kibana.alert.threshold_result"] == {
        "from": "2026-08-01T12:00:00.000Z",
        "count": 3,
        "terms": [{"field": "host.id", "value": "h1"}],
        "cardinality": [],
    }
    assert document["@timestamp"] == "2026-08-01T12:02:00.000Z"
    assert document["host.id"] == "h1"
    assert "user" not in document
    assert [one["timestamp"][14:16] for one in document["tocsin.events"]] == ["00", "01", "02"]
    assert {one["index"] for one in document["tocsin.events"]} == {"logs-system.auth-default"}
    assert [one["event"] for one in document["tocsin.sample"]] == events[:3]
    assert document["kibana.alert.rule.type"] == "threshold"
    assert [why["clause"] for why in document["tocsin.why"]] == [FAILED]


def test_overrides_of_a_threshold_see_only_its_group(load):
    events = [login(m, user) for m, user in enumerate(["ann", "bob", "cid"])]
    (alert,) = run(events, load(SPRAYING))
    assert alert.rating.severity == alert.document["kibana.alert.severity"] == "high"
    assert alert.document["kibana.alert.threshold_result"]["cardinality"] == [
        {"field": "user.name", "value": 3}
    ]


def test_many_events_of_a_threshold_are_named_and_the_last_ones_kept_whole(load, tmp_path):
    rule = ("Many", "threshold", FAILED, "threshold = { field = [], value = 40 }")
    events = [login(0, f"u{n}") for n in range(40)]
    file = tmp_path / "events.ndjson"
    file.write_text("".join(json.dumps(event) + "\n" for event in events))
    (alert,) = tocsin.scan(tocsin.read(file), load(rule))
    assert len(alert.document["tocsin.events"]) == 40
    assert len({one["id"] for one in alert.document["tocsin.events"]}) == 40
    assert len(alert.document["tocsin.sample"]) == 10
    assert alert.events == events


def test_a_new_term_is_told_once_with_its_first_event(load):
    events = [login(5), login(1), login(7, host=["h1", "h2"]), login(9, user=None)]
    alerts = run(events, load(FIRST))
    assert [alert.document["kibana.alert.new_terms"] for alert in alerts] == [
        ["ann", "h1"],
        ["ann", "h2"],
    ]
    assert alerts[0].events == [events[1]]
    assert alerts[0].document["user"] == {"name": "ann"}
    assert alerts[1].document["host"] == {"id": ["h1", "h2"]}


def test_history_only_teaches(load):
    past = [login(0, "ann"), login(2, "bob")]
    rules = load(FIRST, GUESSING)
    alerts = run([login(m, u) for m, u in enumerate(["ann", "bob", "cid"], 1)], rules, history=past)
    told = [(a.rule.name, a.document.get("kibana.alert.new_terms")) for a in alerts]
    assert told == [("First", ["cid", "h1"]), ("Guessing", None)]


def test_what_is_no_event_of_the_past_is_told_to_the_log(load, tmp_path, caplog):
    rules = load(FIRST)
    assert len(run([login(1)], rules, history=[login(0, "bob"), {"a": 1}, 3])) == 1
    (tmp_path / "past.ndjson").write_text("frob\n")
    assert len(run([login(1)], rules, history=tocsin.read(tmp_path))) == 1
    untimed = "neither @timestamp nor event.ingested holds a time of the years 1 to 9999"
    other = "an event is a JSON object, this is something else (byte 1)"
    assert caplog.messages == [
        f"2 events were refused among the history; number 2: {untimed}",
        f"1 event was refused among the history; {tmp_path}/past.ndjson:1: {other}",
    ]
    caplog.clear()
    run([login(1)], load(GUESSING), history=[3])
    assert caplog.messages == ["history: not read: no rule that runs asks for new terms"]


def test_alerts_that_are_alike_are_one_with_the_names_of_the_others(load):
    events = [login(0), login(20, "bob"), login(60, host="h1"), login(61), login(62, host="h2")]
    rules = load(suppressing(group_by=["host.id"], duration=HOUR))
    first, second, other = run(events, rules)
    assert first.events == [events[0]]
    document = first.document
    assert document["kibana.alert.suppression.terms"] == [{"field": "host.id", "value": "h1"}]
    assert document["kibana.alert.suppression.docs_count"] == 2
    assert document["kibana.alert.suppression.start"] == "2026-08-01T12:00:00.000Z"
    assert document["kibana.alert.suppression.end"] == "2026-08-01T13:00:00.000Z"
    assert [one["timestamp"][11:16] for one in document["tocsin.suppressed"]] == ["12:20", "13:00"]
    assert second.events == [events[3]]
    assert other.document["kibana.alert.suppression.docs_count"] == 0
    whole = run(events, rules, suppression=False)
    assert len(whole) == 5
    assert {first.id, second.id, other.id} < {alert.id for alert in whole}


def test_missing_fields_are_alike_or_each_is_told(load):
    events = [login(m, user=None) for m in range(3)]
    alike = suppressing(group_by=["user.name"], duration=HOUR)
    (alert,) = run(events, load(alike))
    assert alert.document["kibana.alert.suppression.terms"] == [
        {"field": "user.name", "value": None}
    ]
    each = suppressing(
        group_by=["user.name"], duration=HOUR, missing_fields_strategy="doNotSuppress"
    )
    alerts = run(events, load(each))
    assert len(alerts) == 3
    assert "kibana.alert.suppression.docs_count" not in alerts[0].document


def test_an_event_of_two_groups_gives_two_alerts_for_a_query_rule(load):
    events = [login(0, user=["ann", "bob"]), login(1, user="bob"), login(2, user=["bob", "ann"])]
    alerts = run(events, load(suppressing(group_by=["user.name"], duration=HOUR)))
    told = {
        alert.document["kibana.alert.suppression.terms"][0]["value"]: alert.document[
            "kibana.alert.suppression.docs_count"
        ]
        for alert in alerts
    }
    assert told == {"ann": 1, "bob": 2}
    assert len({alert.id for alert in alerts}) == 2


def test_other_types_compare_arrays_as_a_whole(load):
    rule = suppressing(
        type_="eql", query='any where event.outcome == "failure"', group_by=["user.name"]
    )
    events = [login(0, user=["ann", "bob"]), login(1, user="bob"), login(2, user=["ann", "bob"])]
    terms = [
        alert.document["kibana.alert.suppression.terms"][0]["value"]
        for alert in run(events, load(rule))
    ]
    assert terms == [["ann", "bob"], "bob"]


def test_without_a_duration_alerts_are_alike_for_the_rules_interval(load):
    events = [login(m) for m in (0, 4, 5, 6)]
    rules = load(suppressing(group_by=["host.id"], more='interval = "5m"'))
    assert [alert.events for alert in run(events, rules)] == [[events[0]], [events[3]]]


def test_sequences_are_alike_by_what_they_share_else_by_the_first_event_that_has_it(load):
    query = """sequence by host.id with maxspan=1m [any where event.outcome == "failure"]
      [any where event.outcome == "success"]"""
    events = []
    for minute, host, file in ((0, "h1", "a"), (10, "h2", "a"), (20, "h3", "b")):
        events.append(login(minute, host=host, file={"name": file}))
        events.append(login(minute, host=host, outcome="success"))
    for field, expected in (("user.name", [2]), ("file.name", [1, 0]), ("host.id", [0, 0, 0])):
        rule = suppressing(type_="eql", query=query, group_by=[field], duration=HOUR)
        counts = [
            alert.document["kibana.alert.suppression.docs_count"]
            for alert in run(events, load(rule))
        ]
        assert counts == expected


def test_rows_of_a_table_are_alike_by_their_columns(load):
    events = [login(m, user) for m, user in enumerate(["ann", "bob", "ann"])]
    query = """from logs-* metadata _id, _index, _version | where event.outcome == "failure"
      | eval Esql.first = substring(user.name, 1, 1) | keep Esql.first, user.name, _id"""
    rule = suppressing(type_="esql", query=query, group_by=["Esql.first"], duration=HOUR)
    told = [
        [alert.document[f"kibana.alert.suppression.{part}"] for part in ("terms", "docs_count")]
        for alert in run(events, load(rule))
    ]
    assert told == [
        [[{"field": "Esql.first", "value": "a"}], 1],
        [[{"field": "Esql.first", "value": "b"}], 0],
    ]


def test_groups_of_a_table_are_alike_by_their_columns(load):
    events = [login(m, f"u{m}", host=["h1", "h2"][m % 2]) for m in range(30)]
    query = """from logs-* | stats Esql.count = count(*) by user.name, host.id
      | where Esql.count >= 1 | keep host.id, user.name, Esql.count"""
    rule = suppressing(type_="esql", query=query, group_by=["host.id"], duration=HOUR)
    alerts = run(events, load(rule))
    assert [alert.document["kibana.alert.suppression.docs_count"] for alert in alerts] == [14, 14]


def test_a_threshold_is_suppressed_by_its_own_group(load):
    events = [login(m, host=host) for m in range(4) for host in ("h1", "h2")]
    more = 'threshold = { field = ["host.id"], value = 2 }'
    rules = load(suppressing(type_="threshold", more=more, duration=HOUR))
    alerts = run(events, rules)
    assert [alert.document["kibana.alert.suppression.terms"] for alert in alerts] == [
        [{"field": "host.id", "value": "h1"}],
        [{"field": "host.id", "value": "h2"}],
    ]
    assert [alert.document["kibana.alert.suppression.docs_count"] for alert in alerts] == [1, 1]
    assert [len(alert.document["tocsin.suppressed"]) for alert in alerts] == [2, 2]


@pytest.mark.parametrize(
    "found", ['"x"', "{ }", '{ group_by = ["a"], duration = 5 }', "{ group_by = [1] }"]
)
def test_a_suppression_that_cannot_be_read_is_a_warning_and_the_rule_runs(load, found):
    from tocsin.engine.compiled import compile_rules

    rules = load(("Odd", "query", FAILED, f"alert_suppression = {found}"))
    compiled = compile_rules(rules)
    assert [d.code for d in compiled.diagnostics if d.severity == "warning"] == ["RULE007"]
    assert len(run([login(0), login(1)], rules)) == 2


@pytest.mark.parametrize(
    ("type_", "more", "word"),
    [
        ("threshold", "", "needs `threshold`"),
        ("threshold", "threshold = { field = [1], value = 1 }", "field names"),
        ("threshold", "threshold = { field = [], value = 0 }", "at least 1"),
        ("threshold", 'threshold = { field = ["a","b","c","d","e","f"], value = 1 }', "0 to 5"),
        ("threshold", 'threshold = { value = 1, cardinality = "x" }', "list of tables"),
        ("new_terms", 'history_window_start = "now-7d"', "1 to 3"),
        ("new_terms", 'new_terms_fields = ["a"]', "history_window_start"),
        ("new_terms", 'new_terms_fields = ["a"]\nhistory_window_start = "now+1d"', "not before"),
    ],
)
def test_what_is_wrong_with_a_rule_is_told(load, type_, more, word):
    from tocsin.engine.compiled import compile_rules

    compiled = compile_rules(load(("Odd", type_, FAILED, more)))
    assert compiled.plans == (None,)
    assert word in compiled.statuses[0].reason


EVENTS = some_logins(40)
ALL = [
    GUESSING,
    SPRAYING,
    FIRST,
    suppressing(group_by=["user.name"], duration={"value": 10, "unit": "m"}),
]


@settings(max_examples=40, deadline=None)
@given(EVENTS, st.integers(1, 8))
def test_batches_change_nothing(load, events, rows):
    rules = load(*ALL) if not hasattr(load, "all") else load.all
    load.all = rules
    expected = [(alert.id, strip(alert.document)) for alert in run(events, rules)]
    assert [(a.id, strip(a.document)) for a in run(events, rules, rows=rows)] == expected
    alone = [a.id for rule in rules for a in run(events, [rule])]
    assert sorted(alone) == sorted(name for name, _ in expected)
