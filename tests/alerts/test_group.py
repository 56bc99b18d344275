"""Alerts of several events say the same whether their events are parsed or not."""

from __future__ import annotations

import copy
import gzip
import itertools
import json
import random
from collections.abc import Sequence

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_reader import EVENTS, FULL, ODD
from written import FEW, field, spelled, strict

from shared import SHARED, needs_shared
from tocsin.alerts.document import Documents
from tocsin.alerts.finding import Finding, SourceEvent
from tocsin.alerts.identity import finding_of
from tocsin.plan.plan import SamplePlan, SequencePlan, StagePlan
from tocsin.plan.predicate import Exists, Or, Text
from tocsin.rules.rule import Rule

CONDITION = Or((Text(field("process.name"), ("curl",)), Exists(field("event.kind"))))
STAGES = (StagePlan(CONDITION, runs=2), StagePlan(Exists(field("a.b"))), StagePlan(CONDITION))
RULES = [
    Rule("sequence", 'A "sequence"', "eql", severity="high", risk_score=73),
    Rule("sample", "A sample", "eql", building_block=True, rule_name_override="message"),
]
PLANS = [SequencePlan(STAGES), SamplePlan(STAGES)]


_NUMBERS = itertools.count()


def writer() -> Documents:
    documents = Documents(RULES, PLANS, detected_at=0, execution="run")
    documents._reader.texts.used = True  # as if it had been used: few findings will do
    return documents


def found(contents: Sequence[bytes | None], rule: int = 0, index: str = "") -> Finding:
    """A finding of these events, one a second, None where one is missing."""
    events = tuple(
        None
        if content is None
        else SourceEvent(f'id "{next(_NUMBERS)}"', index, place * 1000, place, content, 0, place)
        for place, content in enumerate(contents)
    )
    return finding_of(rule, RULES[rule].id, 5000, events, ("key", None, 1, 1.5, True))


def agree(findings: Sequence[Finding]) -> int:
    """Hold both ways against each other; gives how many alerts were made without parsing."""
    documents = writer()
    quickly = 0
    named = [*documents.named(findings)]
    assert len(named) == len(findings)
    for told in named:
        line = documents.line(told)
        assert b"\n" not in line
        plain = documents.plain_line(told)
        assert json.loads(line, object_pairs_hook=strict) == json.loads(plain), told
        assert documents.rating(told) == documents.rating(told._replace(excerpt=None))
        quickly += told.excerpt is not None
    return quickly


def changed(tree: object, chance: random.Random) -> object:
    """A copy of a tree with some values other than before, of other kinds, or left out."""
    if isinstance(tree, dict):
        return {
            key: changed(value, chance) for key, value in tree.items() if chance.random() > 0.05
        }
    if isinstance(tree, list):
        return [changed(value, chance) for value in tree if chance.random() > 0.05]
    if chance.random() > 0.1:
        return tree
    return chance.choice([1, 1.0, True, 0.0, -0.0, 0, None, "x", "1", [], [1], {}, {"a": 1}])


@given(EVENTS, st.integers(2, 4), st.integers())
def test_any_events(event, count, seed):
    chance = random.Random(seed)
    trees = [event, *(changed(event, chance) for _ in range(count - 1))]
    agree([found([spelled(tree, chance).encode() for tree in trees])])
    agree([found([json.dumps(tree, ensure_ascii=False).encode() for tree in trees])])


@given(st.integers())
def test_full_events(seed):
    chance = random.Random(seed)
    trees = [FULL, *(changed(FULL, chance) for _ in range(3))]
    texts = [spelled(tree, chance).encode() for tree in trees]
    agree([found(texts[:size], rule) for size in (2, 3, 4) for rule in (0, 1)])
    texts = [orjson.dumps(tree) for tree in trees]
    agree([found([texts[0], None, *texts[2:]]), found([None, texts[1]]), found(texts)])


def test_common_events_are_not_parsed():
    texts = [orjson.dumps({**FULL, "n": number}) for number in range(4)]
    assert agree([found(texts), found(texts[:2], 1, "logs-x"), found([None, *texts[:3]])]) == 3
    flat = [
        orjson.dumps({"process.name": "curl", "event.kind": "x", "event.category": "y", "n": n})
        for n in range(2)
    ]
    assert agree([found(flat)]) == 1


ONE = b'{"a":{"b":1,"c":"x"},"d.e":1,"d.f":2,"event":{"kind":"x","category":"y"},"l":[1,"x"]}'
OTHERS = (
    ONE,
    b"{}",
    b'{"a":{"b":1}}',
    b'{"a":{"b":1.0,"c":"x"}}',
    b'{"a.b":1,"a.c":"x"}',
    b'{"a":{"b":1},"a.c":"x"}',
    b'{"a":{},"d":{"e":1,"f":2}}',
    b'{"a":{"b":{},"c":null},"d.e":2,"d.f":2}',
    b'{"a":1,"d":2,"event":3}',
    b'{"a":[],"d.e":1,"event":{"kind":"y"}}',
    b'{"event":{"kind":"x"}}',
    b'{"event.kind":"x","event.category":"y"}',
    b'{"event":{"kind":"x","kind.sub":1,"category":"y"}}',
    b'{"event":{"category":"y"}}',
    b'{"l":[1.0,"x"]}',
    b'{"l":[ 1 , "x" ]}',
    b'{"l":[true,"x"]}',
    b'{"l":[1,"y"]}',
    b'{"l":[1,["x"]]}',
    b'{"l":[1]}',
    b'{"l":[]}',
    b'{"l":[1,"x",2]}',
    b'{"l":[1,"x",1]}',
    b'{"l":[1,"x",1.0]}',
    b'{"l":[1,"\\u0078"],"a":{"c":"\\u0078"}}',
    b'{"l":[1e0,"x"],"a":{"b":1e0},"d.e":1.0}',
    b'{"l":1,"a":{"b":[2,1]},"d.e":["1",1]}',
    b'{"l":["x",[1]],"a":{"c":["x"]}}',
    b'{"l":[null,"y"],"a":{"b":[null]},"d":{"f":[null,2]}}',
    b'{"l":[%s]}' % b",".join([b"0"] * 2000),
    b'{"l":[{"a":1,"b.c":2}]}',
    b'{"l":[{"b":{"c":2},"a":1}]}',
    b'{"l":[{"a":1,"b":{"c":2}}]}',
    b'{"z":-0.0,"y":0.0,"l":[0.0]}',
    b'{"z":0.0,"y":0,"l":[-0.0]}',
    b'{"z":-0,"y":-0.0,"l":[0]}',
    b'{"@timestamp":1,"@timestamp.x":2,"kibana":3,"kibana.x":4,"signals":5,"tocsin":{"a":6}}',
    b'{"deep":{"er":{"x.y":{"z":1,"w":{"v":null}}}},"deep.er.u":1}',
    b'{"deep":{"er":{"x.y":{"z":1,"w":{"v":null}}}}}',
    b'{"deep":{"er":{"x.y":{"z":2,"w":{"v":null}}}}}',
    b'{"deep":{"er":{"x":{"y":{"z":1}}}}}',
    b'{"event":[{"kind":"x"}],"data_stream":{"dataset":"d"}}',
    b'{"event":{"kind":["x"]},"data_stream.dataset":"d"}',
    b'{"kibana":{"alert":{"uuid":"x"}}}',
    b'{"kibana.alert.uuid":["x"],"a":{"b":1}}',
    b'{"data_stream":{"type":".alerts","dataset":"security.alerts"}}',
    b'{"long_key_of_bytes":1,"long_key_of_bits":2,"long_key":3}',
    b'{"long_key_of_bits":2,"long_key_of_bytex":1,"long_key":3}',
)

LISTS = (
    b'{"a":["x","y","z"],"event":{"category":["process","file"],"code":[1,2]}}',
    b'{"a":["z","y","w"],"event":{"category":["file","process"],"code":[2]}}',
    b'{"a":["y", "z"],"event":{"category":"file","code":2}}',
    b'{"a":["y","y",null,"z"],"event":{"category":["network"],"code":[2.0,1]}}',
    b'{"a":["y","y", null,"z"],"event.category":["file","file"],"data_stream":{"type":["a"]}}',
    b'{"a":[null,"x"],"data_stream":{"type":["b","a","a"]},"host":{"name":["n","m"]}}',
    b'{"a":[null],"data_stream":{"type":["a","a"]},"host":{"name":["m","o","n"]}}',
    b'{"a":[],"b":[[1],[2]],"host":{"name":"m"}}',
    b'{"a":[ ],"b":[[2],[1]],"c":[true,1,1.0,"1"]}',
    b'{"a":"y","b":[[1]],"c":[1,"1"]}',
    b'{"a":["y"],"b":[{"x":1},{"y":2}],"c":["1",true]}',
    b'{"a":{"b":1},"b":[{"y":2}],"c":[1.0]}',
    b'{"a":[%s]}' % b",".join(b'"%d"' % n for n in range(200)),
    b'{"a":[%s,"y"]}' % b",".join(b'"%d"' % n for n in range(190, 300)),
)


@pytest.mark.parametrize("event", LISTS)
def test_lists(event):
    agree([found([event, other]) for other in LISTS])
    agree([found([event, other, third]) for other in LISTS for third in LISTS])


def test_lists_that_have_something_in_common_are_not_parsed():
    third = b'{"a":["y","z","x"],"event":{"category":["file"],"code":[2,3]}}'
    several = [LISTS[0], LISTS[1], third]
    assert agree([found(some) for some in itertools.permutations(several)]) == 6


@pytest.mark.parametrize("event", OTHERS)
def test_pairs(event):
    agree([found([event, other]) for other in OTHERS])
    agree([found([event, other, event, ONE], 1) for other in OTHERS])
    agree([found([event]), found([None, event]), found([event], 0, ".alerts-security.alerts-x")])


def test_odd_events():
    agree([found([one, other]) for one, other in itertools.pairwise([*ODD, ONE, *ODD[::-1]])])
    agree([found([event, event]) for event in ODD])


def test_alerts_of_one_event_that_is_an_alert():
    """Of several events as of one: what stands on an alert names the alert's own ancestors."""
    texts = [b'{"kibana.alert.uuid":"u","kibana.alert.depth":2}', ONE]
    documents = writer()
    (told,) = documents.named([found(texts)])
    document = documents.build(told)
    assert document["kibana.alert.depth"] == 3
    assert document["kibana.alert.ancestors"][0]["type"] == "signal"


def test_few_are_left_to_python():
    documents = Documents(RULES, PLANS, detected_at=0, execution="run")
    few = [*documents.named([found([ONE, ONE])] * 3)]
    assert few[0].excerpt is None
    many = [found([ONE, b'{"n":%d}' % number]) for number in range(FEW)]
    assert all(told.excerpt for told in documents.named(many))


def test_alerts_of_one_and_of_several_events_together():
    documents = writer()
    several = [found([ONE, ONE])]
    again = copy.deepcopy(several)
    large = found([ONE, orjson.dumps({"x": "y" * (1 << 18)})])
    given = [several[0], found([], 1), large, again[0], found([b"", ONE])]
    reading = documents._reader.read(given)
    assert sorted(reading.groups) == [0, 3]


@needs_shared
def test_real_events():
    """Neighbours of each source; nearly all are read without parsing."""
    count = quickly = 0
    for file in sorted((SHARED / "corpus" / "events").rglob("*.ndjson.gz")):
        with gzip.open(file) as lines:
            texts = [line.rstrip(b"\n") for line in itertools.islice(lines, 24)]
        given = [found(texts[at : at + 3]) for at in range(0, len(texts) - 2, 2)]
        quickly += agree(given)
        count += len(given)
    assert quickly > 0.7 * count, (quickly, count)
