"""Exceptions: which events a rule is no longer about, item by item, entry by entry."""

import fnmatch
import ipaddress
import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tocsin
from tocsin.rules.rule import Rule

ANY = Rule(id="any", name="Any Process", type="eql", language="eql", query="any where true")


def event(number=0, **more):
    return {"@timestamp": f"2026-08-01T00:00:{number:02d}Z", **more}


def item(*entries, **more):
    return {"name": "an exception", "rules": ["*"], "entries": list(entries), **more}


def entry(field, type_, value=None, **more):
    given_value = {} if value is None else {"value": value}
    return {"field": field, "type": type_, "operator": "included", **given_value, **more}


def kept(events, *items, rules=(ANY,), **more):
    """The numbers of the events that still give an alert."""
    found = tocsin.scan(tocsin.events(events), list(rules), exceptions=list(items), **more)
    return sorted(events.index(alert.events[-1]) for alert in found)


HOSTS = [
    event(0, user={"name": "root"}, source={"ip": "10.1.2.3"}, process={"pid": 1}),
    event(1, user={"name": "ROOT"}, source={"ip": "192.0.2.1"}, process={"pid": 443}),
    event(2, user={"name": ["ann", "bob"]}, file={"path": "C:\\Temp\\a.exe"}),
    event(3, host={"os": {"type": "linux", "name": "Linux"}}, user={"name": "eve"}),
]


@pytest.mark.parametrize(
    ("one", "left"),
    [
        (entry("user.name", "match", "root"), [1, 2, 3]),
        (entry("user.name", "match", "root", case_insensitive=True), [2, 3]),
        (entry("user.name", "match", "bob"), [0, 1, 3]),
        (entry("user.name", "match", "root", operator="excluded"), [0]),
        (entry("user.name", "match", "r*"), [0, 1, 2, 3]),
        (entry("user.name", "match_any", ["root", "eve"]), [1, 2]),
        (entry("user.name", "match_any", ["root", "eve"], operator="excluded"), [0, 3]),
        (entry("user.name", "wildcard", "?o*"), [1, 3]),
        (entry("user.name", "wildcard", "*"), []),
        (entry("source.ip", "exists"), [2, 3]),
        (entry("source.ip", "exists", operator="excluded"), [0, 1]),
        (entry("source.ip", "match", "10.0.0.0/8"), [1, 2, 3]),
        (entry("source.ip", "match", "10.1.2.3"), [1, 2, 3]),
        (entry("process.pid", "match", "443"), [0, 2, 3]),
        (entry("process.pid", "match_any", [1, 443]), [2, 3]),
        (entry("file.path", "wildcard", r"C:\Temp\a.*"), [0, 1, 3]),
        (entry("file.path", "wildcard", r"C:\\Temp\\*"), [0, 1, 3]),
        (entry("no.such.field", "match", "x"), [0, 1, 2, 3]),
        (entry("no.such.field", "match", "x", operator="excluded"), []),
        (entry("host.os.name.caseless", "match", "linux"), [0, 1, 2]),
        (entry("@timestamp", "match", "2026-08-01"), []),
        (entry("@timestamp", "match", "2026-08-01T00:00:01Z"), [0, 2, 3]),
    ],
)
def test_an_entry(one, left):
    assert kept(HOSTS, item(one)) == left


def test_text_is_asked_for_words():
    events = [event(1, message="An error occurred"), event(2, message="No terror")]
    assert kept(events, item(entry("message", "match", "an Error"))) == [1]
    assert kept(events, item(entry("message", "match", "error an"))) == [0, 1]
    assert kept(events, item(entry("message", "match", "err"))) == [0, 1]
    assert kept(events, item(entry("message", "wildcard", "err*"))) == [1]
    assert kept(events, item(entry("message", "wildcard", "*err*"))) == []


def test_patterns_of_addresses_and_numbers_are_compared_as_they_are_written():
    assert kept(HOSTS, item(entry("source.ip", "wildcard", "10.*"))) == [1, 2, 3]
    assert kept(HOSTS, item(entry("process.pid", "wildcard", "4?3"))) == [0, 2, 3]


def test_entries_are_anded_and_items_ored():
    root, local = entry("user.name", "match", "root"), entry("source.ip", "match", "192.0.2.1")
    assert kept(HOSTS, item(root, local)) == [0, 1, 2, 3]
    assert kept(HOSTS, item(root), item(local)) == [2, 3]


def test_systems_by_type_or_name():
    events = [
        event(0, host={"os": {"type": "windows"}}),
        event(1, host={"os": {"name": "Windows"}}),
        event(2, host={"os": {"type": "linux"}}),
        event(3),
    ]
    one = entry("@timestamp", "exists")
    assert kept(events, item(one, os_types=["windows"])) == [2, 3]
    assert kept(events, item(one, os_types=["windows", "linux"])) == [3]


def test_an_exception_expires_in_event_time():
    events = [
        event(10),
        event(20),
        event(30),
        {"event": {"ingested": "2026-08-01T00:00:15Z"}},
        {"event": {"ingested": "2026-08-01T00:00:25Z"}},
    ]
    one = item(entry("user.name", "match", "x", operator="excluded"))
    one["expire_time"] = "2026-08-01T00:00:20Z"
    assert kept(events, one) == [1, 2, 4]


def test_nested_entries_hold_for_one_object():
    def signed(*pairs):
        parts = [{"subject_name": name, "trusted": trusted} for name, trusted in pairs]
        return {"process": {"Ext": {"code_signature": parts}}}

    events = [
        event(0, **signed(("Good", True))),
        event(1, **signed(("Good", False), ("Bad", True))),
        event(2, **signed(("Bad", False), ("Good", True))),
        event(3, **{"process.Ext.code_signature": {"subject_name": "Good", "trusted": True}}),
        event(4),
    ]
    nested = entry(
        "process.Ext.code_signature",
        "nested",
        entries=[entry("subject_name", "match", "Good"), entry("trusted", "match", "true")],
    )
    assert kept(events, item(nested)) == [1, 4]
    assert kept(events, item({**nested, "operator": "excluded"})) == [0, 2, 3]
    one = {**nested, "entries": nested["entries"][:1]}
    assert kept(events, item(one)) == [4]
    other = {**nested, "entries": [entry("subject_name", "match", "Good", operator="excluded")]}
    assert kept(events, item(other)) == [0, 3, 4]
    found = kept(events, item(nested, entry("@timestamp", "match", "2026-08-01T00:00:00Z")))
    assert found == [1, 2, 3, 4]


SEQUENCE = Rule(
    id="sequence",
    name="Pair",
    type="eql",
    language="eql",
    query='sequence with maxspan=1m [any where user.name == "a"] [any where user.name == "b"]',
)


def test_every_stage_of_a_sequence_or_one():
    events = [
        event(0, user={"name": "a"}, host={"id": "x"}),
        event(1, user={"name": "b"}, host={"id": "x"}),
        event(2, user={"name": "a"}, host={"id": "y"}),
        event(3, user={"name": "b"}, host={"id": "x"}),
    ]
    one = item(entry("host.id", "match", "x"))
    assert kept(events, rules=[SEQUENCE]) == [1, 3]
    assert kept(events, one, rules=[SEQUENCE]) == []
    assert kept(events, {**one, "stage": 0}, rules=[SEQUENCE]) == [3]
    assert kept(events, {**one, "stage": 1}, rules=[SEQUENCE]) == []
    with pytest.warns(UserWarning, match="EXC015"):
        assert kept(events, {**one, "stage": 2}, rules=[SEQUENCE]) == [1, 3]


def test_value_lists(tmp_path):
    (tmp_path / "names.txt").write_text("root\nan?\n\n*\n")
    (tmp_path / "hosts").write_text("192.0.2.0/24\n10.1.2.1-10.1.2.9\nnonsense\n")
    (tmp_path / "ports.csv").write_text("port,value\nhttps,443\nlow,1-3\n")
    exported = [
        {"list_id": "exported", "id": "1", "type": "keyword", "value": "eve"},
        {"list_id": "exported", "id": "2", "type": "keyword", "value": "ROOT"},
    ]
    (tmp_path / "all.ndjson").write_text("".join(json.dumps(line) + "\n" for line in exported))

    def listed(field, name, type_, **more):
        return item(entry(field, "list", list={"id": name, "type": type_}, **more))

    def left(one):
        return kept(HOSTS, one, lists=tmp_path)

    assert left(listed("user.name", "names", "keyword")) == [1, 3]
    assert left(listed("user.name", "names.txt", "keyword", case_insensitive=True)) == [3]
    assert left(listed("user.name", "names", "keyword", operator="excluded")) == [0, 2]
    assert left(listed("user.name", "exported", "keyword")) == [0, 2]
    assert left(listed("user.name", "exported", "text")) == [2]
    assert left(listed("process.pid", "ports", "long")) == [2, 3]
    with pytest.warns(UserWarning, match=r"hosts:3: `nonsense` is no address"):
        assert left(listed("source.ip", "hosts", "ip_range")) == [2, 3]
    with pytest.warns(UserWarning, match="EXC020"):
        assert left(listed("source.ip", "host", "ip")) == [0, 1, 2, 3]
    with pytest.warns(UserWarning, match="EXC023"):
        assert left(item(entry("user.name", "match", "root"))) == [1, 2, 3]


@pytest.mark.parametrize("folded", [False, True])
def test_long_value_lists_say_the_same(folded):
    names = [f"user-{number}" for number in range(2000)]
    events = [event(1, user={"name": name}) for name in ("user-1999", "USER-7", "user-2000", "x")]
    one = item(
        entry("user.name", "list", list={"id": "l", "type": "keyword"}, case_insensitive=folded)
    )
    assert kept(events, one, lists=[{"l": names}]) == ([2, 3] if folded else [1, 2, 3])
    texts = item(entry("user.name", "list", list={"id": "l", "type": "text"}))
    assert kept(events, texts, lists=[{"l": names}]) == [2, 3]
    addresses = [f"10.{number >> 8}.{number & 255}.0/25" for number in range(2000)]
    events = [event(1, source={"ip": ip}) for ip in ("10.7.0.127", "10.7.0.128", "::ffff:10.0.0.1")]
    two = item(entry("source.ip", "list", list={"id": "l", "type": "ip"}))
    assert kept(events, two, lists=[{"l": addresses}]) == [1]


def test_what_the_rule_refers_to():
    references = [{"list_id": "mine", "namespace_type": "single", "type": "rule_default"}]
    rule = Rule(
        id="r",
        name="R",
        type="eql",
        language="eql",
        query="any where true",
        raw={"exceptions_list": references},
    )
    one = entry("user.name", "match", "root")
    mine = {"item_id": "1", "list_id": "mine", "namespace_type": "single", "entries": [one]}
    assert kept(HOSTS, mine, rules=[rule]) == [1, 2, 3]
    with pytest.warns(UserWarning, match="EXC01[23]"):
        assert kept(HOSTS, {**mine, "namespace_type": "agnostic"}, rules=[rule]) == [0, 1, 2, 3]
    with pytest.warns(UserWarning, match="EXC01[23]"):
        assert kept(HOSTS, {**mine, "list_id": "endpoint_list"}, rules=[rule]) == [0, 1, 2, 3]


FIELDS = {
    "user.name": ["ann", "Ann", "bob", "a*", "10.0.0.1"],
    "source.ip": ["10.0.0.1", "10.0.0.7", "::1"],
    "process.pid": [1, 2, 443],
    "own.field": ["ann", "x", 1],
}
VALUES = {
    "user.name": ["ann", "bob", "a*"],
    "source.ip": ["10.0.0.1", "10.0.0.0/29", "::1"],
    "process.pid": ["1", "443"],
    "own.field": ["ann", "1"],
}
names = st.sampled_from(sorted(FIELDS))


@st.composite
def entries(draw):
    field = draw(names)
    kind = draw(st.sampled_from(["match", "match_any", "wildcard", "exists"]))
    operator = draw(st.sampled_from(["included", "excluded"]))
    value = None
    if kind == "match":
        value = draw(st.sampled_from(VALUES[field]))
    elif kind == "match_any":
        value = draw(st.lists(st.sampled_from(VALUES[field]), min_size=1, max_size=3))
    elif kind == "wildcard":
        value = draw(st.sampled_from(["a*", "?nn", "*", "*1", "10.*", "ann"]))
    fold = draw(st.booleans())
    return entry(field, kind, value, operator=operator, case_insensitive=fold)


values = {
    name: st.one_of(st.none(), st.lists(st.sampled_from(FIELDS[name]), max_size=3))
    for name in FIELDS
}
events_of = st.fixed_dictionaries(values)


def holds(one, found):
    """An entry of one event, plainly."""

    def is_value(value, wanted):
        if one["type"] == "wildcard":
            text, pattern = str(value), wanted
        elif one["field"] == "source.ip":
            network = ipaddress.ip_network(wanted)
            address = ipaddress.ip_address(value)
            return address.version == network.version and address in network
        else:
            text, pattern = str(value), re.sub(r"([*?[])", r"[\1]", wanted)
        if one["case_insensitive"] and one["field"] != "process.pid":
            text, pattern = text.lower(), pattern.lower()
        return fnmatch.fnmatchcase(text, pattern)

    got = found.get(one["field"]) or []
    if one["type"] == "exists":
        said = bool(got)
    else:
        wanted = one["value"] if isinstance(one["value"], list) else [one["value"]]
        said = any(is_value(value, each) for value in got for each in wanted)
    return said == (one["operator"] == "included")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(entries(), min_size=1, max_size=3), min_size=1, max_size=3),
    st.lists(events_of, min_size=1, max_size=6),
)
def test_items_agree_with_a_plain_reading(items, found):
    events = [
        event(number, **{name: got for name, got in each.items() if got is not None})
        for number, each in enumerate(found)
    ]
    left = [
        number
        for number, each in enumerate(found)
        if not any(all(holds(one, each) for one in chosen) for chosen in items)
    ]
    assert kept(events, *(item(*chosen) for chosen in items)) == left


TABLE = Rule(
    id="table",
    name="Table",
    type="esql",
    language="esql",
    query="FROM logs-* | STATS Esql.n = COUNT(*), Esql.hosts = VALUES(host.name) BY user.name"
    " | WHERE Esql.n >= 1 | KEEP user.name, Esql.n, Esql.hosts",
)


def test_computed_columns_of_a_table():
    events = [
        event(1, user={"name": "a"}, host={"name": "x"}),
        event(2, user={"name": "a"}, host={"name": "y"}),
        event(3, user={"name": "b"}, host={"name": "x"}),
    ]

    def users(*items):
        found = tocsin.scan(tocsin.events(events), [TABLE], exceptions=list(items))
        return {alert.document["user.name"]: alert.document["Esql.n"] for alert in found}

    assert users() == {"a": 2, "b": 1}
    # a source field: the events are not counted
    assert users(item(entry("host.name", "match", "y"))) == {"a": 1, "b": 1}
    # a computed column: the row is none
    assert users(item(entry("Esql.n", "match", 2))) == {"b": 1}
    assert users(item(entry("Esql.hosts", "match", "y"))) == {"b": 1}
    assert users(item(entry("Esql.n", "match", 2, operator="excluded"))) == {"a": 2}
    expiring = item(entry("Esql.n", "exists"), expire_time="2026-08-01T00:00:03Z")
    assert users(expiring) == {"b": 1}
    both = [entry("Esql.n", "match", 1), entry("user.name", "match", "b")]
    assert users(item(*both)) == {"a": 2}
