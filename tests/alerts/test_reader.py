"""What the kernel reads of events is what Python reads of them: the same names and documents."""

from __future__ import annotations

import gzip
import itertools
import random

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from written import FEW, RULES, agree, both, field, findings, spelled, writer

from shared import SHARED, needs_shared
from tocsin.alerts.document import Documents
from tocsin.alerts.finding import Finding, SourceEvent
from tocsin.columns.content import content_hash
from tocsin.plan.plan import EventPlan, StagePlan
from tocsin.plan.predicate import Exists

KEYS = (
    "a",
    "b",
    "event",
    "kind",
    "category",
    "process",
    "name",
    "parent",
    "args",
    "source",
    "ip",
    "port",
    "address",
    "user",
    "host",
    "data_stream",
    "dataset",
    "type",
    "message",
    "severity",
    "risk",
    "@timestamp",
    "kibana",
    "kibana.alert",
    "signals",
    "signal",
    "tocsin",
    "eventual",
    "a_long_key_of_bytes",
    "a_long_key_of_bits",
    "é",
    "",
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-3, 9)
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.decimals(-1000, 1000, places=3).map(float)
    | st.sampled_from(
        ["curl", "3", "", "-", "C:\\Temp", 'say "no"', "é\n\t\x01", "x" * 150, "\U0001f600/"]
    )
)
TREES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5)
    ),
    max_leaves=25,
)
EVENTS = st.dictionaries(st.sampled_from(KEYS), TREES, max_size=8)


@given(st.lists(EVENTS, min_size=1, max_size=4), st.integers())
def test_any_event(events, seed):
    chance = random.Random(seed)
    agree([spelled(event, chance).encode() for event in events])


FULL = {
    "@timestamp": "2026-03-01T00:00:00Z",
    "event": {"category": ["process", "network"], "kind": "event", "severity": 3, "risk": 55.5},
    "data_stream": {"dataset": "d", "type": "metrics", "namespace": "n"},
    "process": {"name": "curl", "parent": {"name": "sh"}, "args": ["curl", "-k", None, 3]},
    "file": {"name": ""},
    "source": {"address": "here", "port": 80},
    "destination": {"ip": ["10.0.0.1", "10.0.0.2"], "address": "there", "port": 10250},
    "user": {"name": "root"},
    "host": {"name": "node"},
    "message": "A name of its own",
    "empty": {},
    "list": [],
    "deep": {"a": {"b": [{"c": [1, {"d": None}]}]}},
}


@given(st.integers())
def test_a_full_event_in_any_spelling(seed):
    chance = random.Random(seed)
    agree([spelled(FULL, chance).encode() for _ in range(3)])


def test_common_events_are_read_by_the_kernel():
    texts = [orjson.dumps({**FULL, "n": number}) for number in range(5)]
    assert agree(texts) == 2 * len(texts)
    found, _, _ = both(texts)[0]
    assert found.excerpt is not None
    assert b'"process, network event with process curl, parent process sh' in found.excerpt[0]


LISTS = st.recursive(
    st.none() | st.integers(0, 9) | st.sampled_from(["curl", ""]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(("a", "b", "c", "a.b")), inner, max_size=3)
    ),
    max_leaves=20,
)


@given(st.lists(LISTS, max_size=4), st.integers())
def test_fields_inside_lists(values, seed):
    """Objects in lists, lists in those, and all of it in lists again: what a rule looks at."""
    chance = random.Random(seed)
    agree([spelled({"a": values, "n": 1}, chance).encode()])


def test_fields_inside_lists_are_read_by_the_kernel():
    text = b'{"a":[{"b":1},{"c":2},[{"b":[3,[4,null]]}],5,{"b":{"c":6}},[],{"b":7}],"n":0}'
    assert agree([text] * 3) == 6
    _, (found, quick, _) = both([text])
    assert found.excerpt is not None
    assert [told["value"] for told in orjson.loads(quick)["tocsin.why"]] == [[1, 3, 4, 7]]


ODD = (
    b'{"event":{"kind":"x"},"event":{"kind":"y"}}',
    b'{"event":{"kind":"x","kind":"y"}}',
    b'{"event":{"kind":null},"a":1}',
    b'{"event":{"kind":{"x":1}},"a":1}',
    b'{"event":{"kind":["x", {"y" : 1}]},"a":1}',
    b'{"event":{"kind.x":1},"a":1}',
    b'{"event.kind":"x","event":{"category":"y"}}',
    b'{"event":{"category":"y"},"event.kind":"x"}',
    b'{"event.kind":"x","event":{"kind":"y"}}',
    b'{"event.kind.sub":"x"}',
    b'{"event":{ }}',
    b'{"event":{},"event.category":"x"}',
    b'{"event":[]}',
    b'{"event":[{"kind":"x"}]}',
    b'{"event":null}',
    b'{"event":"x"}',
    b'{"event":"x","event.category":"y"}',
    b'{"event.":1,"event..x":2,".event":3,".":4}',
    b'{"Event":{"kind":"x"},"event_kind":1,"eventx":{},"even":{}}',
    b'{"kibana":1,"kibana.x":2,"kibanax":3,"signal":{"a":1},"tocsin.why":[],"tocsin":2,"signals":3}',
    b'{"@timestamp":1,"@timestampx":2,"@timestamp.x":3}',
    b'{"a":{"b":1},"a.c":2,"a":{"d":3}}',
    b'{"a.b.c":1,"a":{"b":{"d":2}},"a.b.e":{}}',
    b'{"a":1,"a.b":2}',
    b'{"a.b":1,"a":[2]}',
    b'{"a":[{"b":1},{"b":2}],"process":[{"name":"curl"}]}',
    b'{"a":[{"b.c":1,"b":{"d":2}}]}',
    b'{"a":[[1],[2,[3]]],"process":{"name":[["x"]]}}',
    b'{"\\u0061":1,"b\\u002ec":2}',
    b'{"x":-0,"y":-0.0,"z":0.0,"u":0,"v":1e400000}'.replace(b"1e400000", b"1e5"),
    b'{"x":0.1,"y":0.01,"z":0.00001,"u":1.50,"v":100000000000000000000,"w":-9223372036854775809}',
    b'{"x":123456789012345.6,"y":1234567890123456.7,"z":0.30000000000000004,"u":1.0,"v":10.0}',
    b'{"x":999999999999999999,"y":1000000000000000000,"z":18446744073709551615}',
    b'{"x":8999999999999999999,"y":-8999999999999999999,"z":9223372036854775807}',
    b'{"x":9223372036854775808,"y":-9223372036854775808,"z":-9223372036854775809}',
    b'{"x":18446744073709551616}',
    b'{"process":{"name":1.50},"host":{"name":true},"user":{"name":null}}',
    b'{"process":{"name":""},"event":{"category":[""]}}',
    b'{"process":{"name":["",  "x"]},"event":{"category":["",""]}}',
    b'{"source":{"ip":"","address":"x","port":0},"destination":{"port":1}}',
    b'{"process":{"name":"-","parent":{"name":["-"]}},"host":{"name":["-","a"]},"user":{"name":"--"}}',
    b'{"process":{"name":"\\u002d"},"host":{"name":"\\u002D"},"file":{"name":["\\u0061","b"]}}',
    b'{"source":{"ip":["1.1.1.1","::1"],"port":[1,22,333]},"destination":{"ip":"-","port":-1}}',
    b'{"source":{"ip":"-","address":"-"},"destination":{"address":["x",["y"]],"port":"-"}}',
    b'{"a":"\\/","b":"\\u0022","c":"\\b\\f\\n\\r\\t\\\\\\""}',
    b' \n{ "a" :\n[ 1 , 2 ] , "event" : { "kind" : "x" } }\n',
    b'{"a":\t[ 1 , 2 ] , "event" : { "category" : "x" } }',
    b'{"data_stream":{"dataset":["x","y"],"type":null,"namespace":7}}',
    b'{"data_stream.dataset":"x","data_stream":{"type":"traces"}}',
    b'{"%s":1}' % b".".join([b"k"] * 32),
    b'{"%s":1}' % b".".join([b"k"] * 33),
    b'{"%s":1}' % b".".join([b"k"] * 90),
    b'{"a":' * 63 + b"1" + b"}" * 63,
    b'{"a":' * 64 + b"1" + b"}" * 64,
    b'{"a":' * 90 + b"[]" + b"}" * 90,
    b'{"event":' + b'{"a":' * 70 + b"1" + b"}" * 71,
    b'{"event":' + b'{"a.b.c.d.e":' * 20 + b"1" + b"}" * 21,
    b'{"event":{"%s":{"%s":[1,2,3]}}}' % (b"k" * 3000, b"l" * 5000),
    b"{%s}" % b",".join(b'"k%d":%d' % (n, n) for n in range(1500)),
    b"{%s}" % b",".join(b'"event.k%d":%d' % (n, n) for n in range(400)),
    b'{"a":[%s]}' % b",".join([b"1"] * 1100),
    b'{"process":{"name":"%s"},"message":"%s"}' % (b"n" * 20_000, b"m" * 300_000),
)


@pytest.mark.parametrize("event", ODD)
def test_odd_events(event):
    """Alone, and with a neighbour before and behind."""
    agree([event])
    agree([b'{"a":1}', event, b'{"b":2,"event":{"kind":"z"}}'])


def test_all_odd_events_at_once():
    assert agree(ODD) > len(ODD) // 2


def test_equal_events_are_numbered():
    """However they are written, whichever way they are read."""
    event, other = b'{"a":{"b":1},"c":2}', b'{ "c" : 2 , "a.b" : 1 }'
    odd = b'{"\\u0061":{"b":1},"c":2}'
    digest = content_hash(event)
    names = {found.events[0].id for found, _, _ in both([event, other, odd, event], time=7)}
    assert names == {digest, f"{digest}-1", f"{digest}-2", f"{digest}-3"}


def test_names_that_events_bring_are_kept():
    event = SourceEvent('own "id"', "index\n", 5, 0, b'{"event":{"kind":"x"}}', 0, 0)
    documents = writer()
    (found,) = documents.named([Finding(0, "", 5, (event,))] * 3)
    assert found.events == (event,)
    document = documents.build(found)
    assert document["tocsin.events"][0]["id"] == 'own "id"'
    assert document["kibana.alert.ancestors"][0]["index"] == "index\n"


def test_what_a_rule_adds_stands_in_the_document():
    event = orjson.dumps(FULL)
    documents = writer()
    given = [found._replace(extra={"x": [1]}) for found in findings([event] * FEW)]
    for found in documents.named(given):
        assert found.excerpt is not None
        assert documents.build(found) == orjson.loads(documents.plain_line(found))
        assert documents.build(found)["x"] == [1]


def test_few_findings_are_left_to_python():
    """A kernel that may have to be compiled is not worth it."""
    texts = [orjson.dumps({"n": number}) for number in range(FEW)]
    few = list(writer().named(findings(texts[: FEW // 4])))
    many = list(writer().named(findings(texts)))
    assert all(found.excerpt is None for found in few)
    assert all(found.excerpt is not None for found in many)
    assert [found._replace(excerpt=None) for found in many[: len(few)]] == few


@needs_shared
def test_real_events():
    """Some of each source; nearly all are read by the kernel."""
    count = quickly = 0
    for file in sorted((SHARED / "corpus" / "events").rglob("*.ndjson.gz")):
        with gzip.open(file) as lines:
            texts = [line.rstrip(b"\n") for line in itertools.islice(lines, 40)]
        quickly += agree(texts)
        count += 2 * len(texts)
    assert quickly > 0.8 * count, (quickly, count)


def test_fields_of_alerts_by_their_former_names():
    """A rule that reads other indices may name them too."""
    asked = Exists(field("kibana.alert.rule.name"))
    documents = Documents([RULES[0]], [EventPlan(StagePlan(asked))], detected_at=0, execution="run")
    text = b'{"signal":{"rule":{"name":"Old"}}}'
    given = [Finding(0, "", 0, (SourceEvent("", "i", 0, 0, text, 0, 0),))] * FEW
    for found in documents.named(given):
        document = documents.build(found)
        assert document == orjson.loads(documents.plain_line(found))
        assert [told["value"] for told in document["tocsin.why"]] == ["Old"]
