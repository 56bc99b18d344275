"""Indicator match: which events meet which indicators, and what alerts tell of them."""

import gzip
import ipaddress
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tocsin
from shared import SHARED, needs_shared
from tocsin.rules.rule import Rule

TIME = "2026-08-01T12:00:00.000Z"


def rule(*groups, query="*:*", number=0, **raw):
    """A rule whose groups are lists of (event field, indicator field, negated or not)."""
    mapping = [
        {
            "entries": [
                {"field": field, "type": "mapping", "value": value, "negate": any(no)}
                for field, value, *no in group
            ]
        }
        for group in groups
    ]
    return Rule(
        id=f"t{number}",
        name="Threat",
        type="threat_match",
        language="kuery",
        query=query,
        index=tuple(raw.pop("index", ())),
        raw={"threat_mapping": mapping, **raw},
    )


IP = rule([("source.ip", "threat.indicator.ip")], [("destination.ip", "threat.indicator.ip")])


def event(**fields):
    return {"@timestamp": TIME, **fields}


def indicator(**fields):
    return {f"threat.indicator.{name}": value for name, value in fields.items()}


def met(events, indicators, *rules, **more):
    """For each alert the number of its event and the ids of the indicators it names."""
    found = tocsin.scan(tocsin.events(events), rules or [IP], indicators=indicators, **more)
    return sorted(
        (
            events.index(alert.events[0]),
            [each["indicator"].get("id") for each in alert.document["threat.enrichments"]],
        )
        for alert in found
    )


def test_an_alert_tells_what_it_met():
    source = {"source": {"ip": "1.2.3.4"}, "threat": {"own": "kept"}, "destination.ip": "::1"}
    told = {
        "@timestamp": "2026-07-30T00:00:00Z",
        "threat": {"feed": {"name": "Ours"}, "indicator": {"ip": "1.2.3.4", "type": "ipv4-addr"}},
    }
    hits = [{"_index": "logs-ti_ours", "_id": "i1", "_source": told}, indicator(ip="9.9.9.9")]
    (alert,) = tocsin.scan([event(**source)], [IP], indicators=hits)
    document = alert.document
    assert document["threat.enrichments"] == [
        {
            "indicator": {"ip": "1.2.3.4", "type": "ipv4-addr"},
            "feed": {"name": "Ours"},
            "matched": {
                "atomic": "1.2.3.4",
                "field": "source.ip",
                "id": "i1",
                "index": "logs-ti_ours",
                "type": "indicator_match_rule",
            },
        }
    ]
    assert document["threat"] == {"own": "kept"}
    assert document["tocsin.why"] == [
        {
            "stage": 0,
            "clause": "source.ip matches threat.indicator.ip",
            "field": "source.ip",
            "value": "1.2.3.4",
        }
    ]


@pytest.mark.parametrize(
    ("own", "rest"),
    [
        ({"threat": {"enrichments": [{"of": "a feed"}]}}, {}),
        ({"threat.enrichments": {"of": "a feed"}}, {}),
        ({"threat": {"enrichments": {"of": "a feed"}, "own": 1}}, {"threat": {"own": 1}}),
        ({"threat": {"own": 1}, "message": "enrichments"}, {"threat": {"own": 1}}),
        ({"threat": "text"}, {"threat": "text"}),
    ],
)
@pytest.mark.parametrize("count", [1, 60])
def test_what_the_event_knew_of_indicators_stays(own, rest, count):
    """Be there few alerts or so many that they are made by the kernel."""
    events = [event(**{"source.ip": "1.1.1.1", "n": n}, **own) for n in range(count)]
    found = list(tocsin.scan(events, [IP], indicators=[indicator(ip="1.1.1.1", id="i")]))
    assert len(found) == count
    for alert in found:
        *before, last = alert.document["threat.enrichments"]
        assert before == ([{"of": "a feed"}] if "of" in str(own) else [])
        assert last["indicator"] == {"ip": "1.1.1.1", "id": "i"}
        assert {key: alert.document[key] for key in alert.document if key == "threat"} == rest
        assert alert.document["n"] == alert.events[0]["n"]


def test_of_a_list_of_indicators_the_first_is_told():
    listed = {"threat": {"indicator": [{"ip": "1.1.1.1", "id": "a"}, {"ip": "::1", "port": 3}]}}
    (alert,) = tocsin.scan([event(**{"source.ip": "::1"})], [IP], indicators=[listed])
    (told,) = alert.document["threat.enrichments"]
    assert told["indicator"] == {"ip": "1.1.1.1", "id": "a"}
    assert told["matched"]["atomic"] == "::1"


def test_one_alert_an_event_however_many_indicators():
    events = [event(source={"ip": ["1.1.1.1", "2.2.2.2"]}, destination={"ip": "1.1.1.1"})]
    indicators = [
        indicator(ip="1.1.1.1", id="a"),
        indicator(ip=["2.2.2.2", "3.3.3.3"], id="b"),
        indicator(ip="3.3.3.3", id="c"),
    ]
    assert met(events, indicators) == [(0, ["a", "b", "a"])]


def test_an_alert_has_the_same_name_whatever_it_met():
    one = next(tocsin.scan([event(source={"ip": "::1"})], [IP], indicators=[indicator(ip="::1")]))
    other = next(
        tocsin.scan([event(source={"ip": "::1"})], [IP], indicators=[indicator(ip="::/64")] * 3)
    )
    assert one.id == other.id


def test_no_more_than_two_hundred_are_told():
    indicators = [indicator(ip="1.1.1.1", id=f"{number}") for number in range(500)]
    ((_, ids),) = met([event(source={"ip": "1.1.1.1"})], indicators)
    assert ids == [f"{number}" for number in range(200)]


@pytest.mark.parametrize(
    ("theirs", "hit"),
    [
        ("10.1.2.3", True),
        ("10.0.0.0/8", True),
        ("10.1.2.3/8", True),
        ("10.1.2.0-10.1.2.9", True),
        ("0.0.0.0/0", True),
        ("::ffff:10.1.2.3", True),
        ("10.1.2.4", False),
        ("10.1.2.0/31", False),
        ("::/0", True),
        ("evil", False),
    ],
)
def test_addresses_are_what_they_denote(theirs, hit):
    found = met([event(source={"ip": "10.1.2.3"})], [indicator(ip=theirs, id="a")])
    assert bool(found) is hit


def test_addresses_in_any_spelling():
    events = [event(source={"ip": "2001:DB8:0:0::1"})]
    assert met(events, [indicator(ip="2001:db8::1", id="a")]) == [(0, ["a"])]


def test_entries_of_a_group_are_anded_with_one_indicator():
    both = rule([("file.name", "threat.indicator.file.name"), ("user.name", "own.user")])
    events = [
        event(file={"name": "x"}, user={"name": "u"}),
        event(file={"name": "x"}, user={"name": "v"}),
        event(file={"name": "y"}, user={"name": "v"}),
    ]
    indicators = [
        {"threat.indicator": {"id": "a", "file": {"name": "x"}}, "own.user": "u"},
        {"threat.indicator": {"id": "b", "file": {"name": "y"}}, "own.user": ["w", "v"]},
    ]
    assert met(events, indicators, both) == [(0, ["a", "a"]), (2, ["b", "b"])]


def test_a_negated_entry_must_not_be_equal():
    but = rule([("file.name", "threat.indicator.file.name"), ("user.name", "own.user", True)])
    events = [
        event(file={"name": "x"}, user={"name": "u"}),
        event(file={"name": "x"}, user={"name": "v"}),
        event(file={"name": "x"}),
    ]
    indicators = [
        {"threat.indicator": {"id": "a", "file": {"name": "x"}}, "own.user": "u"},
        {"threat.indicator": {"id": "b", "file": {"name": "x"}}},
    ]
    assert met(events, indicators, but) == [(1, ["a"]), (2, ["a"])]


def test_kinds_decide_what_is_equal():
    ports = rule([("destination.port", "threat.indicator.port")])
    names = rule([("file.name", "threat.indicator.file.name")])
    events = [event(destination={"port": 443}, file={"name": "A"})]
    for same in (443, "443", 443.0, "443.0"):
        assert met(events, [indicator(port=same, id="a")], ports) == [(0, ["a"])]
    assert met(events, [indicator(port=444, id="a")], ports) == []
    assert met(events, [indicator(**{"file.name": "a"}, id="a")], names) == []
    own = rule([("own.field", "own.other")])
    for one, other in ((5, "5"), ("5", 5), (True, "true"), (1.5, "1.5")):
        assert (
            len(
                list(
                    tocsin.scan(
                        [event(own={"field": one})], [own], indicators=[{"own": {"other": other}}]
                    )
                )
            )
            == 1
        )


def test_the_query_and_the_filters_choose_indicators():
    chosen = rule(
        [("source.ip", "threat.indicator.ip")],
        threat_query="threat.indicator.type: ipv4-addr and not tags: old",
        threat_filters=[{"meta": {}, "query": {"match_phrase": {"threat.feed.name": "Ours"}}}],
    )
    events = [event(source={"ip": "1.1.1.1"})]
    ours = {"threat.feed.name": "Ours", **indicator(ip="1.1.1.1", type="ipv4-addr", id="a")}
    assert met(events, [ours], chosen) == [(0, ["a"])]
    assert met(events, [{**ours, "tags": ["new", "old"]}], chosen) == []
    assert met(events, [{**ours, "threat.feed.name": "Others"}], chosen) == []
    assert met(events, [{**ours, "threat.indicator.type": "url"}], chosen) == []


def test_what_a_document_does_not_say_of_itself_is_granted():
    asking = rule(
        [("source.ip", "threat.indicator.ip")],
        threat_query='@timestamp >= "now-30d/d" and event.module: ti_* and event.kind: enrichment',
    )
    events = [event(source={"ip": "1.1.1.1"})]
    bare = indicator(ip="1.1.1.1", id="a")
    assert met(events, [bare], asking) == [(0, ["a"])]
    assert met(events, [{**bare, "event": {"ingested": TIME}}], asking) == [(0, ["a"])]
    assert met(events, [{**bare, "event": {"kind": "enrichment"}}], asking) == []
    full = {**bare, "event": {"kind": "enrichment", "module": "ti_x"}}
    assert met(events, [full], asking) == [(0, ["a"])]


def test_the_age_of_an_indicator_counts_from_the_event():
    young = rule([("source.ip", "threat.indicator.ip")], threat_query='@timestamp >= "now-30d/d"')
    source = {"source": {"ip": "1.1.1.1"}}
    events = [
        {"@timestamp": "2026-08-01T00:00:00Z", **source},
        {"@timestamp": "2026-08-30T23:59:59Z", **source},
        {"@timestamp": "2026-09-01T00:00:00Z", **source},
    ]
    one = {"@timestamp": "2026-08-01T12:00:00Z", **indicator(ip="1.1.1.1", id="a")}
    assert [number for number, _ in met(events, [one], young)] == [0, 1]
    expired = {**one, "threat.indicator.valid_until": "2026-08-15T00:00:00Z"}
    assert [number for number, _ in met(events, [expired], young)] == [0]


def test_indicators_are_routed_by_their_index():
    here = rule([("source.ip", "threat.indicator.ip")], threat_index=["logs-ti_a*"], number=1)
    there = rule([("source.ip", "threat.indicator.ip")], threat_index=["logs-ti_b*"], number=2)
    events = [event(source={"ip": "1.1.1.1"})]

    def rules_of(routing, index):
        one = {"_index": index, "_id": "i", "_source": indicator(ip="1.1.1.1")}
        found = tocsin.scan(events, [here, there], indicators=[one], routing=routing)
        return [alert.rule.id for alert in found]

    for routing in ("auto", "strict"):
        assert rules_of(routing, "logs-ti_a-x") == ["t1"]
        assert rules_of(routing, ".ds-logs-ti_b-x-2026.08.01-000001") == ["t2"]
        assert rules_of(routing, "") == ["t1", "t2"]
    assert rules_of("auto", "other") == ["t1", "t2"]
    assert rules_of("strict", "other") == []
    assert rules_of("off", "logs-ti_a-x") == ["t1", "t2"]


def test_exceptions_are_about_events_and_indicators():
    events = [event(source={"ip": "1.1.1.1"}), event(source={"ip": "2.2.2.2"})]
    indicators = [indicator(ip=["1.1.1.1", "2.2.2.2"], id="a"), indicator(ip="2.2.2.2", id="b")]
    about = {"rules": ["*"], "entries": [{"field": "source.ip", "value": "1.1.1.1"}]}
    assert met(events, indicators, exceptions=[about]) == [(1, ["a", "b"])]
    of_them = {"rules": ["*"], "entries": [{"field": "threat.indicator.id", "value": "a"}]}
    assert met(events, indicators, exceptions=[of_them]) == [(1, ["b"])]


def test_suppression_folds_alerts_of_equal_groups():
    alike = {"group_by": ["source.ip"], "duration": {"value": 1, "unit": "h"}}
    folded = rule([("source.ip", "threat.indicator.ip")], alert_suppression=alike)
    events = [event(number=n, source={"ip": f"10.0.0.{n % 2}"}) for n in range(6)]
    indicators = [indicator(ip="10.0.0.0/24", id="a")]
    found = list(tocsin.scan(events, [folded], indicators=indicators))
    assert sorted(a.document["kibana.alert.suppression.docs_count"] for a in found) == [2, 2]
    assert all(alert.document["threat.enrichments"] for alert in found)


@pytest.mark.parametrize("most_held", [10, 1 << 20])
def test_many_indicators_in_memory_and_on_disk(most_held, monkeypatch):
    monkeypatch.setattr("tocsin.engine.indicator_store.MOST_KEPT", 50)
    monkeypatch.setattr("tocsin.match.indicator_table.MOST_HELD", most_held)
    indicators = [
        indicator(ip=f"10.{n // 256}.{n % 256}.0/30", id=f"{n}", **{"file.name": f"f{n % 7}"})
        for n in range(2000)
    ]
    names = rule([("file.name", "threat.indicator.file.name")], number=1)
    events = [event(number=n, source={"ip": f"10.{n}.{n}.{n}"}) for n in range(8)]
    events += [event(number=8, file={"name": "f3"})]
    expected = [(n, [f"{257 * n}"]) for n in range(4)]
    expected.append((8, [f"{n}" for n in range(3, 2000, 7)][:200]))
    assert met(events, indicators, IP, names) == expected


def test_without_indicators_nothing_is_found():
    assert list(tocsin.scan([event(source={"ip": "1.1.1.1"})], [IP])) == []


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"threat_mapping": []},
        {"threat_mapping": [{"entries": []}]},
        {"threat_mapping": [{"entries": [{"field": "a"}]}]},
        {"threat_mapping": [{"entries": [{"field": "a", "value": "b", "negate": True}]}]},
        {"threat_query": "a: ("},
        {"threat_language": "esql", "threat_query": "FROM x"},
    ],
)
def test_a_broken_rule_is_told_of(broken):
    from tocsin.engine.compiled import compile_rules

    good = {"threat_mapping": [{"entries": [{"field": "a", "value": "b"}]}]} if broken else {}
    one = Rule(
        id="b", name="B", type="threat_match", language="kuery", query="*:*", raw={**good, **broken}
    )
    compiled = compile_rules([one])
    assert compiled.plans == (None,)
    assert compiled.statuses[0].status == "invalid"
    assert {found.code for found in compiled.diagnostics} <= {"IND001", "IND002"}


FIELDS = ("source.ip", "file.name", "user.name")
VALUES = {
    "source.ip": ["10.0.0.1", "10.0.0.9", "::1"],
    "file.name": ["a", "b", "c"],
    "user.name": ["a", "b"],
}
THEIRS = {**VALUES, "source.ip": ["10.0.0.1", "10.0.0.8/29", "::1", "10.0.0.0-10.0.0.1", "x"]}


def documents(values):
    return st.fixed_dictionaries(
        {name: st.lists(st.sampled_from(found), max_size=2) for name, found in values.items()}
    )


pairings = st.tuples(st.sampled_from(FIELDS), st.booleans())
groups = st.lists(pairings, min_size=1, max_size=3).filter(
    lambda group: not all(negated for _, negated in group)
)


def same(field, one, other):
    if field != "source.ip" or other == "x":
        return one == other
    address = ipaddress.ip_address(one)
    if "-" in other:
        first, last = map(ipaddress.ip_address, other.split("-"))
        return address.version == first.version and first <= address <= last
    network = ipaddress.ip_network(other)
    return address.version == network.version and address in network


def meets(group, event, document):
    for field, negated in group:
        equal = any(same(field, a, b) for a in event[field] for b in document[field])
        if not document[field] or equal is negated:
            return False
    return True


@settings(max_examples=60, deadline=None)
@given(
    st.lists(groups, min_size=1, max_size=2),
    st.lists(documents(VALUES), min_size=1, max_size=5),
    st.lists(documents(THEIRS), min_size=1, max_size=5),
)
def test_it_agrees_with_comparing_each_with_each(mapping, events, indicators):
    one = rule(
        *([(field, f"ti.{field}", no) for field, no in group] for group in mapping),
        threat_indicator_path="ti",
    )
    given_events = [event(number=n, **each) for n, each in enumerate(events)]
    theirs = [{"ti": {"id": str(number), **each}} for number, each in enumerate(indicators)]
    expected = [
        (
            number,
            {
                str(n)
                for group in mapping
                for n, other in enumerate(indicators)
                if meets(group, each, other)
            },
        )
        for number, each in enumerate(events)
    ]
    found = met(given_events, theirs, one)
    assert [(number, set(ids)) for number, ids in found] == [row for row in expected if row[1]]


@needs_shared
def test_elastics_rules_fire_on_their_documents():
    rules = tocsin.load_rules(SHARED / "elastic-rules.tar.gz")
    with gzip.open(SHARED / "oracle" / "threat_match.ndjson.gz") as lines:
        for line in lines:
            case = json.loads(line)
            one = [found for found in rules if found.id == case["rule_id"]]
            assert list(tocsin.scan(case["docs"], one, indicators=case["indicators"]))
            other = [{"threat.indicator.ip": "::"}]
            assert not list(tocsin.scan(case["docs"], one, indicators=other))


def test_refused_indicators_and_files_that_are_not_there_are_told_to_the_log(tmp_path, caplog):
    (tmp_path / "feed.json").write_text('{"a": 1}\nfrob\n')
    missing = tmp_path / "gone"
    assert not met([event(source={"ip": "::1"})], [tmp_path / "feed.json", missing])
    why = "an event is a JSON object, this is something else (byte 1)"
    assert caplog.messages == [
        f"1 event was refused among the indicators; {tmp_path}/feed.json:2: {why}",
        f"not read: {missing}: there is no such file",
    ]
    caplog.clear()
    given = [indicator(ip="::1"), {"a": object()}]
    assert met([event(source={"ip": "::1"})], given) == [(0, [None])]
    (told,) = caplog.messages
    assert told.startswith("1 event was refused among the indicators; number 2: ")
