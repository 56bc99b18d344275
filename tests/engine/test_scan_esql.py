"""Rules in ES|QL give an alert for each row of their result, or for each group while it lasts."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tocsin
from tocsin.alerts.columns import document_fields
from tocsin.alerts.finding import Finding, SourceEvent
from tocsin.engine.compiled import compile_rules
from tocsin.plan.esql_filter import candidates
from tocsin.plan.predicate import And, Exists, FieldRef, Flag, Not, Or, Text
from tocsin.plan.rule_plan import plan_of
from tocsin.rules.rule import Rule
from tocsin.schema.fields import Schema
from tocsin.schema.kinds import Kind
from tocsin.tables.ticks import last_tick, portions, ticks_of, window_end

START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def rule(query, **keys):
    return Rule(id="r", name="R", type="esql", language="esql", query=query, **keys)


def event(seconds, **fields):
    moment = (START + dt.timedelta(seconds=seconds)).isoformat()
    return {"@timestamp": moment, **{name.replace("__", "."): fields[name] for name in fields}}


def alerts(events, query, routing="off", rows=None, **keys):
    return list(
        tocsin.scan(tocsin.events(events), [rule(query, **keys)], routing=routing, rows=rows)
    )


def test_a_row_that_is_an_event_gives_that_event_s_alert():
    events = [
        event(1, user__name="Root", host={"name": "h", "id": 1}, _x=1),
        event(2, user__name="other"),
    ]
    (alert,) = alerts(
        events,
        'from logs-* metadata _id | where to_lower(user.name) == "root" '
        '| eval Esql.who = concat(user.name, "!"), host.name = "k" | keep Esql.who, host.name',
    )
    assert alert.events == [events[0]]
    assert alert.document["Esql.who"] == "Root!"
    assert alert.document["host.name"] == "k"
    assert alert.document["host"] == {"id": 1}
    assert alert.document["user.name"] == "Root"
    assert alert.document["@timestamp"] == "2026-01-01T00:00:01.000Z"
    (same,) = alerts(events[:1], 'from x | where user.name == "Root"')
    assert same.id == alert.id


def test_a_group_gives_one_alert_while_it_lasts():
    events = [event(60 * minute, host__id="a", process__pid=minute) for minute in range(1, 14)]
    events += [event(30, host__id="b")]
    query = "from x | stats n = count(*), p = max(process.pid) by host.id | where n >= 3"
    (alert,) = alerts(events, query, interval="5m", from_="now-9m")
    assert alert.join_keys == ("a",)
    assert alert.document["host.id"] == "a"
    # at 00:05 to 00:20; last 00:11 to 00:13 were seen
    assert alert.document["tocsin.ticks"] == {
        "first": "2026-01-01T00:05:00.000Z",
        "last": "2026-01-01T00:20:00.000Z",
    }
    assert (alert.document["n"], alert.document["p"]) == (3, 13)
    assert alert.document["@timestamp"] == "2026-01-01T00:13:00.000Z"
    assert [each["process.pid"] for each in alert.events] == list(range(1, 14))
    assert len(alert.document["tocsin.events"]) == 13
    assert len(alert.document["tocsin.sample"]) == 10


def test_a_group_that_comes_again_is_another_alert():
    bursts = [0, 3600]
    events = [event(start + second, host__id="a") for start in bursts for second in range(3)]
    query = "from x | stats n = count(*) by host.id | where n >= 3"
    found = alerts(events, query, interval="5m", from_="now-9m")
    assert [alert.document["@timestamp"] for alert in found] == [
        "2026-01-01T00:00:02.000Z",
        "2026-01-01T01:00:02.000Z",
    ]
    assert found[0].id != found[1].id


def test_now_is_the_tick():
    events = [event(7 * 60, host__id="a"), event(50 * 60, host__id="a")]
    query = (
        "from x | stats first = min(@timestamp) by host.id "
        '| eval age = date_diff("minute", first, now()) | where age <= 5'
    )
    found = alerts(events, query, interval="5m", from_="now-1d")
    assert [alert.document["tocsin.ticks"]["first"] for alert in found] == [
        "2026-01-01T00:10:00.000Z"
    ]
    assert found[0].document["age"] == 3
    # a day later the first event is out of sight, and the second one the first
    later = alerts(
        [*events, event(86400 + 52 * 60, host__id="a")], query, interval="5m", from_="now-1d"
    )
    assert len(later) == 2


def test_rows_beside_aggregates_are_events():
    events = [event(n, host__id="a" if n else "b", process__pid=n) for n in range(4)]
    found = alerts(events, "from x | inline stats n = count(*) by host.id | where n == 1")
    assert [alert.events for alert in found] == [[events[0]]]
    assert found[0].document["n"] == 1


def test_expanded_rows_are_alerts_of_their_own():
    found = alerts([event(1, tags=["a", "b"])], "from x | mv_expand tags | eval t = tags")
    assert sorted(alert.document["t"] for alert in found) == ["a", "b"]
    assert len({alert.id for alert in found}) == 2


@pytest.mark.parametrize(
    ("steps", "count"),
    [
        ("drop tags", 1),
        ('where tags != "c" | drop tags', 1),
        ("eval t = 1 | drop tags", 1),
        ("rename tags as t", 3),
        ("eval t = concat(tags, tags) | drop tags", 3),
        ('dissect tags "%{t}" | drop tags', 3),
        ("mv_expand user.roles | drop tags", 2),
        ("mv_expand user.roles", 6),
    ],
)
def test_rows_of_an_event_that_say_the_same_are_one_alert(steps, count):
    events = [event(1, tags=["a", "b", "c"], user__roles=["x", "y"])]
    found = alerts(events, f"from x | mv_expand tags | {steps}")
    assert len(found) == len({alert.id for alert in found}) == count


def test_a_renamed_column_is_told_beside_the_event_s_fields():
    (alert,) = alerts(
        [event(1, host__id="a", user__name="ann", process__name="sh")],
        "from x | rename host.id as box, user.name as process.name | keep box, process.name",
    )
    assert alert.document["box"] == alert.document["host.id"] == "a"
    assert alert.document["process.name"] == alert.document["user.name"] == "ann"


def test_a_rule_sees_the_events_of_its_indices():
    events = [
        event(1, data_stream={"type": "logs", "dataset": "a", "namespace": "x"}, tags="t"),
        event(2, data_stream={"type": "logs", "dataset": "b", "namespace": "x"}, tags="t"),
    ]
    query = 'from logs-a-* | where tags == "t"'
    assert [alert.events[0]["@timestamp"] for alert in alerts(events, query, routing="strict")] == [
        events[0]["@timestamp"]
    ]


def test_an_alert_names_the_indices_that_the_query_does():
    query = 'from logs-*, <metrics-{now/d}> | where tags == "t"'
    (alert,) = alerts([event(1, tags="t")], query)
    told = alert.document["kibana.alert.rule.indices"]
    assert told == ["logs-*", "<metrics-{now/d}>"]


def test_kql_is_asked_of_the_event():
    events = [event(1, process={"name": "curl", "args": ["a", "b"]}), event(2, tags="t")]
    query = 'from x | where kql("process.args: b and process.name: c*") | stats n = count(*)'
    (alert,) = alerts(events, query)
    assert alert.document["n"] == 1
    assert alert.events == events[:1]
    (other,) = alerts(events, 'from x | where not kql("process.args: b")')
    assert other.events == events[1:]


def test_whole_events_and_their_names_can_be_columns():
    events = [{"@timestamp": "2026-01-01T00:00:01Z", "a.b": {"c": 5}}]
    (alert,) = alerts(
        events,
        'from x metadata _source, _id | where json_extract(_source, "a.b.c") == "5" '
        "| eval name = _id",
    )
    assert alert.document["name"] == alert.document["tocsin.events"][0]["id"]


def test_exceptions_take_events_out_before_they_are_counted():
    items = [
        {
            "name": "x",
            "rules": ["r"],
            "entries": [
                {"field": "process.pid", "type": "match", "operator": "included", "value": "1"}
            ],
        }
    ]
    events = [event(n, host__id="a", process__pid=n) for n in range(3)]
    query = "from x | stats n = count(*) by host.id"
    (alert,) = tocsin.scan(tocsin.events(events), [rule(query)], exceptions=items, routing="off")
    assert alert.document["n"] == 2


def test_one_broken_rule_stops_no_other():
    rules = [rule('from x | where a rlike "("'), rule("from x | where a is not null")]
    compiled = compile_rules(rules)
    assert [status.status for status in compiled.statuses] == ["invalid", "runs"]
    assert [found.code for found in compiled.diagnostics] == ["ESQ112"]


def test_equal_events_are_separate():
    found = alerts([event(1, tags="t")] * 2, 'from x | where tags == "t"')
    assert len({alert.id for alert in found}) == 2
    (alert,) = alerts([event(1, tags="t")] * 2, "from x | stats n = count(*)")
    assert alert.document["n"] == 2
    assert len({each["id"] for each in alert.document["tocsin.events"]}) == 2


def naive(events, least, interval, back):
    """Groups with so many events at each tick, found tick by tick."""
    lasting, found = {}, []
    times = [int(each[0]) for each in events]
    if not times:
        return []
    tick = min(times) // interval * interval
    while tick <= max(times) + back + interval:
        inside = [each for each in events if tick - back <= each[0] <= tick]
        groups = {}
        for at, key in inside:
            groups.setdefault(key, []).append(at)
        here = {key for key, members in groups.items() if len(members) >= least}
        gone = [key for key in lasting if key not in here]
        found += [(key, *lasting.pop(key)) for key in gone]
        for key in here:
            first, members = lasting.get(key, (tick, set()))
            lasting[key] = first, members | set(groups[key])
        tick += interval
    found += [(key, *told) for key, told in lasting.items()]
    return sorted((key, first, max(members)) for key, first, members in found)


@given(
    st.lists(
        st.tuples(st.integers(0, 4000), st.sampled_from(["a", "b"])),
        max_size=14,
        unique_by=lambda each: each[0],
    ),
    st.integers(1, 3),
    st.sampled_from([(300, 540), (300, 300), (60, 900), (600, 360)]),
    st.sampled_from([None, 1, 3]),
)
@settings(max_examples=25, deadline=None)
def test_alerts_are_those_of_each_tick_by_itself(events, least, timing, rows):
    interval, back = timing
    found = alerts(
        [event(at, host__id=key) for at, key in events],
        f"from x | stats n = count(*) by host.id | where n >= {least}",
        rows=rows,
        interval=f"{interval}s",
        from_=f"now-{back}s",
    )
    epoch = int(START.timestamp())
    told = sorted(
        (
            alert.join_keys[0],
            int(dt.datetime.fromisoformat(alert.document["tocsin.ticks"]["first"]).timestamp())
            - epoch,
            alert.time // 1000 - epoch,
        )
        for alert in found
    )
    assert told == naive(events, least, interval, back)


def test_ticks_are_those_at_which_something_is_seen():
    ticks = ticks_of(np.array([1_000, 400_000]), 300_000, "now-6m", "now")
    assert ticks.at.tolist() == [300_000, 600_000]
    assert ticks.events.tolist() == [1, 1]
    assert ticks.joined.tolist() == [False, True]
    assert ticks.changed.tolist() == [True, True]
    daily = ticks_of(np.array([90_000_000]), 43_200_000, "now-1d/d", "now")
    assert daily.at.tolist() == [129_600_000, 172_800_000, 216_000_000]
    assert daily.changed.tolist() == [True, False, False]
    assert ticks_of(np.array([], np.int64), 300_000, "now-6m", "now").at.tolist() == []


def test_a_window_that_begins_at_a_date_is_asked_until_it_has_all():
    times = np.array([400_000, 900_001])
    ticks = ticks_of(times, 300_000, "1970-01-01", "now")
    assert ticks.at.tolist() == [600_000, 900_000, 1_200_000]
    assert ticks.events.tolist() == [1, 1, 2]
    ticks = ticks_of(times, 300_000, "1970-01-01", "now", 1_600_000)
    assert ticks.at.tolist() == [600_000, 900_000, 1_200_000, 1_500_000]
    assert ticks_of(times, 300_000, "1970-01-02", "now").at.tolist() == []
    assert ticks_of(times[:0], 300_000, "1970-01-01", "now").at.tolist() == []


def test_a_window_that_ends_at_a_date_holds_nothing_that_is_still_to_come():
    times = np.array([400_000, 700_000, 900_001])
    ticks = ticks_of(times, 300_000, "1970-01-01T00:06:00Z", "1970-01-01T00:12:00Z")
    assert (ticks.at[0], ticks.events.tolist()) == (600_000, [1, 2, 2])
    ticks = ticks_of(times, 300_000, "now-6m", "1970-01-01T00:12:00Z")
    assert dict(zip(ticks.at.tolist(), ticks.events.tolist(), strict=True)) == {
        600_000: 1,
        900_000: 1,
    }
    for before in (600_000, 600_001, 5_000_000):
        tick = last_tick(before, 300_000, "1970-01-01T00:12:00Z")
        assert window_end(tick, "1970-01-01T00:12:00Z") < before <= tick + 300_000


@pytest.mark.parametrize("from_", ["1900-01-01", "2025-01-01"])
def test_rules_that_count_from_a_date_on(from_):
    found = alerts(
        [event(0, host__id="a"), event(90_000, host__id="b"), event(200_000, host__id="a")],
        "from x | stats n = count(*) by host.id",
        interval="5m",
        from_=from_,
    )
    assert [(alert.join_keys, alert.document["n"]) for alert in found] == [(("b",), 1), (("a",), 2)]


def test_portions_hold_about_as_many_events_as_they_should():
    sizes = np.array([5, 5, 20, 1])
    assert list(portions(sizes, 10)) == [slice(0, 2), slice(2, 3), slice(3, 4)]


def filtered(query):
    plan, _ = plan_of(rule(query), Schema())
    return plan.stage.condition


A = FieldRef("user.name", Kind.KEYWORD)
P = FieldRef("process.interactive", Kind.BOOLEAN)
NAME = FieldRef("process.name", Kind.KEYWORD)
MESSAGE = FieldRef("message", Kind.KEYWORD)


@pytest.mark.parametrize(
    ("query", "condition"),
    [
        ('where user.name == "a"', Text(A, ("a",))),
        ('where "a" == user.name', Text(A, ("a",))),
        ('where user.name in ("a", "b*")', Text(A, ("a", "b\\*"))),
        ('where user.name like "a*"', Text(A, ("a*",))),
        ('where to_lower(user.name) == "a"', Text(A, ("a",), fold=True)),
        ('eval x = to_lower(user.name) | where x == "a"', Text(A, ("a",), fold=True)),
        ('where user.name != "a"', And((Exists(A), Not(Text(A, ("a",)))))),
        ("where user.name is null", Not(Exists(A))),
        ("where user.name is not null", Exists(A)),
        ('where user.name == "a" or process.interactive', Or((Text(A, ("a",)), Flag(P, True)))),
        (
            'where length(user.name) > 3 and user.name == "a"',
            And((Exists(A), Text(A, ("a",)))),
        ),
        ('mv_expand user.name | where user.name != "a"', Exists(A)),
        ('mv_expand user.name | where user.name == "a"', Text(A, ("a",))),
        ('stats n = count(*) by user.name | where user.name == "a"', None),
        (
            'where length(user.name) > 3 or user.name == "a"',
            Or((Exists(A), Text(A, ("a",)))),
        ),
        ('where mv_contains(user.name, "b") or user.name == "a"', None),
        ('eval n = locate(user.name, "bc") | where n > 0', Text(A, ("*bc*",))),
        ("where locate(user.name, space(3)) >= 1", Text(A, ("*   *",))),
        ('where locate(to_lower(user.name), "b") != 0', Text(A, ("*b*",), fold=True)),
        ('where locate(user.name, "b") < 5', Exists(A)),
        ('where not locate(user.name, "b") == 0', Text(A, ("*b*",))),
        ('where starts_with(to_lower(user.name), "b")', Text(A, ("b*",), fold=True)),
        ('where starts_with(to_lower(user.name), "B")', Exists(A)),
        ('where contains(user.name, concat("a", "*"))', Text(A, ("*a\\**",))),
        ("where user.name == process.name", And((Exists(A), Exists(NAME)))),
        ('where not user.name like "a*"', And((Exists(A), Not(Text(A, ("a*",)))))),
        (
            'eval c = case(user.name == "a", true, process.interactive, false, false) | where c',
            Text(A, ("a",)),
        ),
        (
            'eval c = case(user.name == "a", true, false) | where not c == false',
            Text(A, ("a",)),
        ),
        (
            'eval c = coalesce(user.name, process.name) | where c like "a*"',
            Or((Text(A, ("a*",)), Text(NAME, ("a*",)))),
        ),
        (
            'eval c = case(user.name == "a", process.name, "x") | where starts_with(c, "y")',
            None,
        ),
        (
            'dissect user.name "a%{x}:%{y};" | where y is not null',
            Text(A, ("a*:*",)),
        ),
        (
            'dissect user.name "a%{x}:%{y}:%{z}:%{u}-%{v}" | where y is not null',
            Text(A, ("a*:*:*:*",)),
        ),
        (
            'grok user.name "%{WORD:x}" | where to_upper(x) != "A"',
            Exists(A),
        ),
        ('eval c = null | where c == "a" or user.name == "a"', Text(A, ("a",))),
        ('where process.name.caseless == "x"', Text(NAME, ("x",), fold=True)),
        ('where process.name.caseless != "X"', Exists(NAME)),
        (
            'eval v = case(user.name == "a", "y", user.name == "b", null) | where v is not null',
            Text(A, ("a",)),
        ),
        (
            "where coalesce(user.name, to_lower(process.name)) is not null",
            Or((Exists(A), Exists(NAME))),
        ),
        (
            'where match(message, "abcdef ghi", {"fuzziness": 1})',
            Text(MESSAGE, ("*ab*", "*cd*", "*ef*", "*g*", "*h*", "*i*"), fold=True),
        ),
        (
            'where match(user.name, "abcdefghi", {"fuzziness": 1})',
            Text(A, ("*abc*", "*def*", "*ghi*"), fold=True),
        ),
        ('where match_phrase(message, "ab")', Text(MESSAGE, ("*ab*",), fold=True)),
        ('where match(message, "v.2")', Text(MESSAGE, ("*v*", "*2*"), fold=True)),
        ('where message : "ab"', Text(MESSAGE, ("*ab*",), fold=True)),
        ('eval m = user.name | where m : "ab"', Text(A, ("*ab*",), fold=True)),
        ('eval c = case(user.name == "a", 1, 0) | where c == 1', Text(A, ("a",))),
        ('eval c = case(user.name == "a", "x", "") | where c != ""', Text(A, ("a",))),
        ('where user.name : "ab"', Text(A, ("ab",))),
        ('limit 5 | where user.name == "a"', None),
    ],
)
def test_only_events_that_matter_are_kept(query, condition):
    found = filtered(f"from x | {query}")
    assert found == (
        candidates(plan_of(rule("from x"), Schema())[0].pipeline, Schema(), {})
        if condition is None
        else condition
    )


VALUES = st.sampled_from(["a", "A", "b", "", "a*", 1, True, ["a", "b"], None])
CONDITIONS = st.recursive(
    st.sampled_from(
        [
            'user.name == "a"',
            'user.name != "a"',
            'user.name in ("a", "b")',
            'not user.name in ("a", "b")',
            'to_lower(user.name) == "a"',
            'not to_lower(user.name) like "*a*"',
            'user.name like "a*"',
            'user.name rlike "a.*|1"',
            'not user.name rlike "(.*(abc|a).*){40}"',
            'process.name.caseless == "a"',
            'not process.name.caseless in ("a", "B")',
            'case(user.name == "a", "y", process.pid == 1, user.name) is not null',
            'case(user.name == "a", "y", process.pid == 1, user.name) == "y"',
            'case(user.name == "a", 1, 0) == 1',
            'case(user.name == "a", 1, 0) != 1',
            'not case(user.name == "a", 1, process.pid == 1, 2) == 1',
            "to_upper(coalesce(user.name, process.name)) is null",
            "user.name is null",
            "user.name is not null",
            'starts_with(user.name, "a")',
            'coalesce(user.name, "b") == "b"',
            "length(user.name) > 0",
            'locate(user.name, "a") > 0',
            'locate(to_lower(user.name), concat("", "a")) != 0',
            'not locate(user.name, "b") >= 1',
            'locate(user.name, "") < 2',
            'coalesce(user.name, process.name) like "a*"',
            'not coalesce(user.name, process.name) in ("a", null)',
            'case(user.name == "a", true, process.pid == 1, false)',
            'case(process.pid == 1, user.name, process.name) in ("a", "b", null)',
            'case(process.pid == 1, process.interactive, user.name like "a*")',
            '(user.name == "a") == true',
            '(user.name == "a") != process.interactive',
            'concat(user.name, process.name) == "aa"',
            'concat(user.name, process.name) not like "a*"',
            "process.pid + 1 > 1",
            "not process.pid < 1",
            'ends_with(to_upper(user.name), "A")',
            "user.name == process.name",
            'contains(user.name, "*")',
            "process.pid > 0",
            "process.pid == 1",
            "process.pid != 1",
            "process.interactive",
            "not process.interactive",
            'kql("user.name: a*")',
            'match(user.name, "b")',
        ]
    ),
    lambda inner: st.one_of(
        inner.map(lambda one: f"not ({one})"),
        st.tuples(inner, inner).map(lambda both: f"({both[0]}) and ({both[1]})"),
        st.tuples(inner, inner).map(lambda both: f"({both[0]}) or ({both[1]})"),
    ),
    max_leaves=4,
)


@given(st.lists(st.tuples(VALUES, VALUES, VALUES), min_size=1, max_size=5), CONDITIONS)
@settings(max_examples=60, deadline=None)
def test_no_event_is_lost_for_being_filtered_first(events, condition):
    made = [
        {
            "user.name": name,
            "process.name": pid,
            "process.pid": pid,
            "process.interactive": flag,
            "tags": str(number),
        }
        for number, (name, pid, flag) in enumerate(events)
    ]

    def told(text):
        found = tocsin.query(tocsin.events(made), text, language="esql")
        return [row["tags"] for row in found]

    # of a condition as text nothing is known before the table
    assert told(f"from x | where {condition} | keep tags") == told(
        f'from x | eval c = reverse(to_string({condition})) | where c == "eurt" | keep tags'
    )


def test_columns_take_the_place_of_fields():
    content = b'{"a": {"b": 1, "c.d": 2}, "a.e": 3, "a.b": 5, "f": 4, "g": {}, "h": [{"i": 1}]}'
    finding = Finding(
        0,
        "",
        0,
        (SourceEvent("", "", 0, 0, content, 0, 0),),
        (),
        {"tocsin.columns": {"a.b": 9, "a.c.d": 8, "g": None, "h.i": 1}},
    )
    columns = {"a.b": 9, "a.c.d": 8, "h.i": 1}
    rest = {"a.e": 3, "f": 4, "g": {}, "h": [{"i": 1}]}
    assert document_fields(finding, aggregated=False) == {**rest, **columns}
    assert document_fields(finding, aggregated=True) == columns


def test_numbers_of_integrations_are_whole_where_their_mappings_say_so():
    events = [
        event(1, gen_ai__usage__prompt_tokens=5900, powershell__total=3),
        event(2, gen_ai__usage__prompt_tokens=10, powershell__total=12),
    ]
    (alert,) = alerts(
        events,
        "from x | stats Esql.most = max(gen_ai.usage.prompt_tokens), "
        "Esql.parts = values(powershell.total) | eval Esql.thousands = Esql.most / 1000",
    )
    assert repr(alert.document["Esql.most"]) == "5900"
    assert repr(alert.document["Esql.thousands"]) == "5"
    assert alert.document["Esql.parts"] == [3, 12]
