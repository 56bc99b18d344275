"""Rules that use functions of ES|QL beyond those of Elastic's own."""

import datetime as dt

import pytest

import tocsin
from tocsin.rules.rule import Rule

START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def event(seconds, **fields):
    moment = (START + dt.timedelta(seconds=seconds)).isoformat()
    return {"@timestamp": moment, **{name.replace("__", "."): fields[name] for name in fields}}


def alerts(events, query, **keys):
    rule = Rule(id="r", name="R", type="esql", language="esql", query=query, **keys)
    return list(tocsin.scan(tocsin.events(events), [rule], routing="off"))


EVENTS = [
    event(
        1,
        user__name="ann",
        source__ip="10.0.0.1",
        destination__ip="8.8.8.8",
        source__bytes=4000,
        message="Failed password for root from 10.0.0.1",
        process__args=["-p", "user=root", "user=bin"],
    ),
    event(
        2,
        user__name="bob",
        source__ip="8.8.4.4",
        destination__ip="10.0.0.9",
        source__bytes=10,
        message="session closed",
        process__args=["-x"],
    ),
    event(3, user__name="Ann", message="password for nobody", process__pid=7),
]


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ('network_direction(source.ip, destination.ip, "private") == "outbound"', [1]),
        ('ip_prefix(destination.ip, 8, 0) == "10.0.0.0"', [2]),
        ("log(10, source.bytes) > 3", [1]),
        ("clamp(source.bytes, 100, 1000) == 1000", [1]),
        ("abs(sin(process.pid)) > 0.6", [3]),
        ('day_name(@timestamp) == "Thursday" and source.bytes < 100', [2]),
        ('date_extract("second_of_day", @timestamp) == 3', [3]),
        ('hash("sha-256", user.name) like "90a9*" or hash("md5", user.name) == "x"', []),
        ('hash("md5", user.name) == md5("bob")', [2]),
        ('mv_intersects(process.args, ["-x", "-y"])', [2]),
        ('mv_difference(process.args, ["-p", "user=root"]) == "user=bin"', [1]),
        ("mv_union(process.args, user.name) is not null", [1, 2, 3]),
        ('match_phrase(message, "PASSWORD for")', [1, 3]),
        ('not match_phrase(message, "password for root") and message : "password"', [3]),
        ('multi_match("bob root", user.name, message)', [1]),
        ('user.name : "ann"', [1]),
        ('match(message, concat("clos", "ed")) or match(process.pid, to_long("7"))', [2, 3]),
        ('hash("sha256", user.name) == sha256("bob")', [2]),
        ('process.pid : "7"', [3]),
        ("process.pid::long : 7.0 or process.pid : 7.5", [3]),
        ('not process.pid : "x"', [1, 2, 3]),
        ('destination.ip : "10.0.0.0/8"', [2]),
        ('not destination.ip : "10.0.0.0/8"', [1, 3]),
        ('source.ip : "8.8.4.4" or multi_match("Ann", user.name, source.ip)', [2, 3]),
        ('@timestamp : "2026-01-01" and process.pid is null', [1, 2]),
        ('@timestamp : "2026-01-01T00:00:03Z"', [3]),
        ('match(user.name, "ann", {"fuzziness": 1})', [1, 3]),
        ('qstr("user.name:bob OR process.pid:7")', [2, 3]),
        ('not qstr("user.name:bob") and kql("user.name: *")', [1, 3]),
        ('@timestamp > "2026-01-01T00:00:00Z"::datetime + "2 seconds"::time_duration', [3]),
    ],
)
def test_a_rule_finds_the_events_of_which_a_function_says_so(where, found):
    told = alerts(EVENTS, f"from logs-* metadata _id | where {where}")
    seconds = [int(alert.document["@timestamp"][17:19]) for alert in told]
    assert seconds == found
    # a condition that no filter can read decides the same
    never = "length(reverse(message)) < 0"
    told = alerts(EVENTS, f"from logs-* metadata _id | where {where} or {never}")
    assert [int(alert.document["@timestamp"][17:19]) for alert in told] == found


def test_parts_of_several_texts_are_columns_of_an_alert():
    query = (
        'from logs-* metadata _id | grok process.args "user=%{WORD:Esql.user}" '
        "| where mv_count(Esql.user) > 1"
    )
    (alert,) = alerts(EVENTS, query)
    assert alert.document["Esql.user"] == ["root", "bin"]


def test_a_repeated_delimiter_hides_no_event_from_a_rule():
    events = [event(1, message="cmd  run"), event(2, message="cmd now:run"), event(3, message="x")]
    query = (
        'from logs-* metadata _id | dissect message "%{Esql.a} %{Esql.b}:%{Esql.c}" '
        '| where Esql.c == "run"'
    )
    told = [(alert.document["Esql.b"], alert.document["Esql.c"]) for alert in alerts(events, query)]
    assert told == [("", "run"), ("now", "run")]


def test_groups_are_told_by_aggregates():
    events = [
        event(n, host__id="a", process__pid=n, source__bytes=n % 3, user__name=f"u{n}")
        for n in range(1, 7)
    ]
    events += [event(9, host__id="b", process__pid=1)]
    query = (
        "from logs-* | stats v = variance(process.pid), w = weighted_avg(process.pid, "
        "source.bytes), m = median_absolute_deviation(process.pid), s = sample(user.name, 2), "
        "p = present(user.name), none = absent(user.name), l = latest(process.pid), "
        'label = concat(host.id, ":", to_string(count(*))) by host.id | where v > 1'
    )
    (alert,) = alerts(events, query, interval="5m", from_="now-9m")
    told = {name: alert.document[name] for name in ("w", "m", "s", "p", "none", "l", "label")}
    assert told == {
        "w": 19 / 6,
        "m": 1.5,
        "s": ["u1", "u2"],
        "p": True,
        "none": False,
        "l": 6,
        "label": "a:6",
    }


def test_a_bucket_of_a_window_is_another_one_at_each_tick():
    events = [event(600 * n, host__id="a") for n in range(12)]
    query = (
        "from logs-* | stats n = count(*) by b = bucket(@timestamp, 1, now() - 1 hour, now()) "
        "| where n >= 6"
    )
    found = alerts(events, query, interval="1h", from_="now-1h")
    assert [alert.document["b"] for alert in found] == [
        "2026-01-01T00:00:00.000Z",
        "2026-01-01T01:00:00.000Z",
    ]
