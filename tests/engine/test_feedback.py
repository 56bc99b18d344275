"""Rules that read alerts: they see those of other rules, in order, and never their own."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import tocsin
from tocsin.rules.rule import Rule

ALERTS = (".alerts-security.*",)


def rule(name, query, **more):
    return Rule(id=f"id-{name}", name=name, type="eql", language="eql", query=query, **more)


def reader(name, query="any where true", **more):
    return rule(name, query, index=more.pop("index", ALERTS), **more)


def event(second, name="a", **more):
    at = f"2026-08-01T00:00:{second:02d}.000Z"
    return {"@timestamp": at, "user": {"name": name}, "host": {"id": "h"}, **more}


FIRST = rule("First", 'any where user.name == "a"', index=("logs-*",))


def scanned(events, *rules, **more):
    found = list(tocsin.scan(events, rules, **more))
    return [(alert.rule.name, alert.document["@timestamp"][17:19]) for alert in found]


def test_a_rule_sees_the_alerts_of_another():
    second = reader("Second", 'any where kibana.alert.rule.name == "First"')
    events = [event(1), event(2, "b"), event(3)]
    found = list(tocsin.scan(events, [FIRST, second]))
    assert [alert.rule.name for alert in found] == ["First", "Second"] * 2
    first, other = found[0].document, found[1].document
    assert other["kibana.alert.ancestors"] == [
        *first["kibana.alert.ancestors"],
        {
            "id": first["kibana.alert.uuid"],
            "type": "signal",
            "index": ".alerts-security.alerts-default",
            "depth": 1,
            "rule": "id-First",
        },
    ]
    assert (first["kibana.alert.depth"], other["kibana.alert.depth"]) == (1, 2)
    assert other["user"] == {"name": "a"}
    assert other["@timestamp"] == first["@timestamp"]
    assert found[1].events[0]["kibana.alert.uuid"] == found[0].id


def test_the_order_of_rules_does_not_matter():
    second = reader("Second", 'any where kibana.alert.rule.name == "First"')
    third = reader("Third", 'any where kibana.alert.rule.name == "Second"')
    for rules in ((FIRST, second, third), (third, second, FIRST)):
        found = list(tocsin.scan([event(1)], rules))
        assert [alert.rule.name for alert in found] == ["First", "Second", "Third"]
        assert [alert.document["kibana.alert.depth"] for alert in found] == [1, 2, 3]


def test_no_rule_sees_what_comes_of_its_own_alerts():
    one, other = reader("One"), reader("Other")
    found = scanned([event(1)], FIRST, one, other)
    # First; One and Other of it; One of Other's, Other of One's; and no further
    assert sorted(name for name, _ in found) == ["First", "One", "One", "Other", "Other"]


def test_what_goes_on_for_ever_ends():
    # an alert for the absence of an alert, and one for its presence, of each other
    absent = reader(
        "Absent",
        'sequence by host.id with maxspan=1s [any where kibana.alert.rule.name == "First"]'
        ' ![any where kibana.alert.rule.name == "Present"]',
    )
    present = reader("Present", 'any where kibana.alert.rule.name == "Absent"')
    events = [event(1)]
    assert scanned(events, FIRST, absent, present) == scanned(events, FIRST, absent, present)


def test_events_that_are_no_alerts_are_not_for_them():
    everything = reader("Everything")
    assert scanned([event(1, "b")], FIRST, everything) == []
    assert scanned([event(1)], FIRST, everything) == [("Everything", "01"), ("First", "01")]


MIXED = reader(
    "Mixed",
    """sequence by user.name with maxspan=10s
       [authentication where event.action == "login"]
       [any where event.kind == "signal" and kibana.alert.rule.name == "First"]""",
    index=("logs-vpn*", *ALERTS),
)


def login(second, name="a"):
    told = {"category": ["authentication"], "action": "login", "dataset": "vpn.log"}
    return event(second, name, event=told)


def test_a_sequence_of_events_and_alerts():
    other = rule("First", 'any where file.name == "x"', index=("logs-*",))
    events = [
        login(1),
        event(5, file={"name": "x"}),
        event(20, file={"name": "x"}),
        login(30, "b"),
        event(31, "b", file={"name": "x"}),
    ]
    for given in (events, tocsin.events(iter(events))):
        found = [a for a in tocsin.scan(given, [other, MIXED]) if a.rule.name == "Mixed"]
        assert [alert.document["@timestamp"][17:19] for alert in found] == ["05", "31"]
        assert [alert.join_keys for alert in found] == [("a",), ("b",)]
        if given is events:
            assert found[0].events[0] is events[0]
        assert found[0].events[0] == events[0]
        assert found[0].events[1]["kibana.alert.rule.name"] == "First"
    assert found[0].document["kibana.alert.depth"] == 2


def test_the_names_of_earlier_versions_are_aliases():
    second = reader("Second", 'any where signal.rule.name == "First" and signal.depth == 1')
    assert scanned([event(1)], FIRST, second) == [("First", "01"), ("Second", "01")]


def test_thresholds_and_new_terms_count_alerts():
    counted = Rule(
        id="counted",
        name="Counted",
        type="threshold",
        language="kuery",
        index=ALERTS,
        query="kibana.alert.rule.name: First",
        raw={"threshold": {"field": ["host.id"], "value": 3}},
    )
    new = Rule(
        id="new",
        name="New",
        type="new_terms",
        language="kuery",
        index=ALERTS,
        query="event.kind: signal and kibana.alert.rule.name: First",
        new_terms_fields=("host.id",),
        history_window_start="now-7d",
    )
    events = [event(second) for second in (1, 2, 3, 4)]
    found = scanned(events, FIRST, counted, new)
    assert [row for row in found if row[0] != "First"] == [("New", "01"), ("Counted", "03")]


def test_suppressed_alerts_are_not_seen():
    once = rule(
        "First",
        'any where user.name == "a"',
        index=("logs-*",),
        raw={"alert_suppression": {"group_by": ["host.id"], "duration": {"value": 1, "unit": "h"}}},
    )
    second = reader("Second", 'any where kibana.alert.rule.name == "First"')
    events = [event(1), event(2)]
    assert [name for name, _ in scanned(events, once, second)] == ["First", "Second"]
    assert len(scanned(events, once, second, suppression=False)) == 4


@pytest.mark.parametrize(
    "index",
    [".alerts-security.alerts-default", ".internal.alerts-security.alerts-default-000001"],
)
def test_alerts_that_the_input_holds_are_seen_too(tmp_path, index):
    second = reader("Second", "any where kibana.alert.rule.name != null")
    (given,) = [alert.document for alert in tocsin.scan([event(1)], [FIRST])]
    path = tmp_path / "alerts.ndjson"
    hit = {"_index": index, "_id": "x"}
    path.write_text(json.dumps({**hit, "_source": given}))
    (found,) = tocsin.scan(tocsin.read(path), [second])
    assert [row.get("rule") for row in found.document["kibana.alert.ancestors"]] == [
        None,
        "id-First",
    ]
    # not its own, wherever they come from
    again = tmp_path / "again.ndjson"
    again.write_text(json.dumps({**hit, "_source": found.document}))
    assert list(tocsin.scan(tocsin.read(again), [second])) == []


def test_kibana_names_the_rules_of_an_alert_s_ancestors_by_uuid():
    second = reader("Second", "any where true", raw={"id": "uuid-2"})
    alert = {
        "@timestamp": 1,
        "_index": ".internal.alerts-security.alerts-default-000001",
        "_id": "x",
        "kibana.alert.uuid": "x",
        "kibana.alert.rule.rule_id": "third",
    }
    for rule, count in (("uuid-1", 1), ("uuid-2", 0), ("id-Second", 0)):
        ancestor = {"id": "y", "type": "signal", "index": "z", "depth": 1, "rule": rule}
        held = [{**alert, "kibana.alert.ancestors": [ancestor]}]
        assert len(list(tocsin.scan(held, [second]))) == count


def test_ancestors_name_rules_by_uuid_and_lead_back_to_none_of_them():
    rules = [
        rule("First", "any where true", index=("logs-*",), raw={"id": "uuid-1"}),
        reader("Second", raw={"id": "uuid-2"}),
        reader("Third", raw={"id": "uuid-3"}),
    ]
    plain = [FIRST, reader("Second"), reader("Third")]
    events = [event(1)]
    assert scanned(events, *rules) == scanned(events, *plain)
    found = list(tocsin.scan(events, rules))
    named = [
        [row.get("rule") for row in alert.document["kibana.alert.ancestors"]] for alert in found
    ]
    assert sorted(map(str, named)) == [
        "[None, 'uuid-1', 'uuid-2']",
        "[None, 'uuid-1', 'uuid-3']",
        "[None, 'uuid-1']",
        "[None, 'uuid-1']",
        "[None]",
    ]


@pytest.mark.parametrize("rows", [1, 2, 100])
def test_batches_do_not_matter(rows):
    second = reader("Second", "sequence with maxspan=9s [any where true] [any where true]")
    events = [event(second) for second in range(6)]
    expected = scanned(events, FIRST, second)
    assert scanned(events, FIRST, second, rows=rows) == expected


def test_an_input_can_be_scanned_again():
    second = reader("Second", 'any where kibana.alert.rule.name == "First"')
    events = tocsin.events([event(1)])
    before = list(tocsin.scan(events, [FIRST, second]))
    after = list(tocsin.scan(events, [FIRST, second]))
    assert [alert.id for alert in before] == [alert.id for alert in after]
    named = [alert.events[0]["kibana.alert.uuid"] for alert in (before[1], after[1])]
    assert named == [before[0].id] * 2


def test_tables_of_alerts():
    query = (
        "FROM .alerts-security.* | WHERE kibana.alert.rule.name IS NOT NULL"
        " | STATS n = COUNT(*), rules = COUNT_DISTINCT(kibana.alert.rule.name) BY user.name"
        " | WHERE rules >= 2 | KEEP user.name, n, rules"
    )
    table = Rule(id="table", name="Table", type="esql", language="esql", query=query)
    other = rule("Also", 'any where user.name == "a"', index=("logs-*",))
    found = list(tocsin.scan([event(1), event(2, "b")], [FIRST, other, table]))
    (alert,) = [alert for alert in found if alert.rule.name == "Table"]
    assert alert.document["n"] == 2
    assert alert.document["kibana.alert.depth"] == 2
    rules = [row.get("rule") for row in alert.document["kibana.alert.ancestors"]]
    assert sorted(filter(None, rules)) == ["id-Also", "id-First"]


@pytest.mark.parametrize("asked", ["signal.rule.name", "kibana.alert.rule.name"])
def test_alerts_of_earlier_versions_keep_their_names_of_fields(asked, tmp_path):
    old = {"signal": {"rule": {"name": "Old", "threat": {"tactic": {"name": "Impact"}}}}}
    new = {"kibana.alert.rule.name": "Old"}
    read = reader("Reads", f'any where {asked} == "Old"')
    found = list(tocsin.scan([event(1, **old), event(2, **new)], [read], routing="off"))
    assert [alert.document["@timestamp"][17:19] for alert in found] == ["01", "02"]
    assert [alert.document["tocsin.why"][0]["value"] for alert in found] == ["Old", "Old"]
    path = tmp_path / "alerts.parquet"
    columns = {**dict.fromkeys(new), **old}, {**dict.fromkeys(old), **new}
    rows = [event(number, **keys) for number, keys in enumerate(columns, 1)]
    pq.write_table(pa.Table.from_pylist(rows), path)
    again = tocsin.scan(tocsin.read(path), [read], routing="off")
    assert [alert.document["@timestamp"][17:19] for alert in again] == ["01", "02"]


def test_a_kql_query_within_a_table_makes_no_rows():
    """Only what its rows are made of concerns a table, not what its queries say of them."""
    table = Rule(
        id="table",
        name="Table",
        type="esql",
        language="esql",
        query='FROM .alerts-security.* | WHERE user.name == "a" AND NOT KQL("""tags : "loud" """)'
        " | STATS n = COUNT(*) BY user.name | WHERE n >= 2 | KEEP user.name, n",
    )
    loud = rule("Loud", 'any where user.name == "b"', index=("logs-*",), tags=("loud",))
    found = list(tocsin.scan([event(1), event(2, "b"), event(3)], [FIRST, loud, table]))
    assert [alert.document["n"] for alert in found if alert.rule.name == "Table"] == [2]
