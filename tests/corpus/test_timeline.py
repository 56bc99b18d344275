"""What happened around an alert, and how common its values are."""

import orjson
import pytest
from asking import NOW, stored, told

from tocsin.corpus.prevalence import prevalence
from tocsin.corpus.timeline import MOST_EVENTS, scopes_of, timeline
from tocsin.store.alert import StoredAlert

pytestmark = pytest.mark.usefixtures("unsynced")


def did(at, name="ls", host="h1", session="s1", **more):
    return told(
        at,
        host={"id": host, "name": f"name-{host}"},
        user={"name": "eve"},
        event={"category": ["process"], "type": ["start"]},
        process={
            "name": name,
            "command_line": f"{name} -l",
            "session_leader": {"entity_id": session},
            **more,
        },
    )


def alert(number, at, host="name-h1"):
    document = {
        "@timestamp": f"2026-08-01T12:00:{at // 1000:02}.000Z",
        "host": {"name": host},
        "user": {"name": "eve"},
        "kibana.alert.rule.name": f"Rule {number}",
    }
    content = orjson.dumps(document)
    return StoredAlert(f"a{number}", "r", f"Rule {number}", "high", 50, NOW + at, False, content)


def around(questions, event, at, **more):
    store = questions.corpus.store
    store.commit(1, [alert(1, at), alert(2, at + 2_000), alert(3, at, "another")])
    return timeline(event, NOW + at, store.one("a1"), questions, 60, lambda: 0.0, **more)


def test_the_session_is_followed_with_alerts_between_its_events(tmp_path):
    events = [
        did(0, "early"),
        did(301_000, "sh"),
        did(303_000, "curl"),
        did(303_500, "not mine", session="s2"),
        did(303_600, "same name elsewhere", host="h2"),
        did(304_000, "nc"),
        did(303_000 + 301_000, "late"),
    ]
    with stored(tmp_path, events[:3], events[3:]) as questions:
        found = around(questions, events[2], 303_000)
    assert found.scope.name == "session"
    assert [one.name for one in found.scopes] == ["session", "host", "user"]
    assert [(one.told, one.itself) for one in found.moments] == [
        ("sh -l (eve)", False),
        ("curl -l (eve)", False),
        ("Rule 1", True),
        ("nc -l (eve)", False),
        ("Rule 2", False),
    ]
    assert found.whole


def test_scope_and_minutes_widen(tmp_path):
    events = [did(0, "early"), did(303_000, "curl"), did(303_500, "b", session="s2")]
    events.append(did(303_600, "c", host="h2"))
    with stored(tmp_path, events) as questions:
        host = around(questions, events[1], 303_000, scope="host", minutes=30)
        user = around(questions, events[1], 303_000, scope="user", minutes=1)
    names = [one.told.split()[0] for one in host.moments if one.source]
    assert names == ["early", "curl", "b"]
    assert [one.told.split()[0] for one in user.moments if one.source] == ["curl", "b", "c"]


def test_very_many_events_are_bounded_and_counted(tmp_path):
    events = [did(n * 10) for n in range(300)]
    with stored(tmp_path, events, []) as questions:
        found = around(questions, events[150], 1_500)
    assert sum(one.source is not None for one in found.moments) == 2 * MOST_EVENTS
    assert (found.before, found.after) == (151 - MOST_EVENTS, 149 - MOST_EVENTS)


def test_what_names_nobody_is_not_followed():
    assert scopes_of({"message": "x"}) == []
    assert [one.name for one in scopes_of({"auditd": {"session": "unset"}, "user.name": 5})] == [
        "user"
    ]


@pytest.mark.parametrize(
    ("entry", "field"),
    [
        (lambda who: {"kubernetes": {"audit": {"user": {"username": who}}}}, "kubernetes.audit."),
        (
            lambda who: {
                "azure": {"platformlogs": {"properties": {"log": {"user": {"username": who}}}}}
            },
            "azure.platformlogs.properties.log.",
        ),
        (lambda who: {"client": {"user": {"email": who}}}, "client.user.email"),
    ],
)
def test_how_common_a_caller_of_the_api_server_is_in_each_of_its_logs(tmp_path, entry, field):
    events = [did(-2_000, "a") | entry("web"), did(-1_000, "a") | entry("web")]
    alert = did(0, "a") | entry("web")
    with stored(tmp_path, [*events, alert], [did(1_000, "a") | entry("web")]) as questions:
        found = prevalence(alert, [], NOW, questions, 60)
    (caller,) = [one for one in found if one.field.startswith(field)]
    assert (caller.value, caller.counted.events) == ("web", 3)


def test_how_common_values_are(tmp_path):
    days = 86_400_000
    events = [
        did(-31 * days, "curl"),
        did(-2 * days, "curl"),
        did(-days, "curl", host="h2"),
        did(0, "curl", hash={"sha256": "abc"}),
        did(1_000, "curl", host="h3"),
    ]
    with stored(tmp_path, events[:2], events[2:]) as questions:
        found = prevalence(events[3], ["process.command_line"], NOW, questions, 60)
    assert found[0].field == "process.command_line"
    by_field = {one.field: one for one in found}
    name = by_field["process.name"].counted
    assert (name.events, name.hosts, name.first, name.last) == (3, 2, NOW - 2 * days, NOW)
    assert not by_field["process.name"].new
    assert by_field["process.hash.sha256"].new


def test_how_common_values_are_that_no_column_tells(tmp_path):
    def made(at, thing, team="blue"):
        return did(at, "a") | {
            "gcp": {"audit": {"resource_name": thing}},
            "acme": {"team": team, "at": 5},
            "labels.x": thing,
        }

    thing, other = "core/v1/namespaces/shop/pods/web-0/exec", "core/v1/namespaces/shop/pods/web-1"
    sealed = [made(-3_000, thing), made(-2_000, other, "red"), made(-1_000, thing, "red")]
    alert = made(0, thing)
    why = ["acme.team", "acme.at", "kibana.alert.x", "event.type", "gone.away"]
    with stored(tmp_path, sealed, [alert, made(1_000, thing)]) as questions:
        found = prevalence(alert, why, NOW, questions, 60)
    counts = {one.field: (one.value, one.counted.events, one.counted.looked.whole) for one in found}
    assert counts["gcp.audit.resource_name"] == (thing, 3, True)
    assert counts["acme.team"] == ("blue", 2, True)
    assert not {"acme.at", "kibana.alert.x", "event.type", "gone.away"} & counts.keys()
    assert {one.field for one in found if not one.columned} == {
        "gcp.audit.resource_name",
        "acme.team",
    }
