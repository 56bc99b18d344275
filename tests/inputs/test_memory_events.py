"""Events out of memory: any mapping becomes JSON, and comes back as the very mapping it was."""

import datetime as dt
import decimal
import enum
import ipaddress
import json
import uuid
from collections import ChainMap, OrderedDict, UserDict
from pathlib import PurePosixPath
from types import MappingProxyType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import everything, sample

from tocsin.inputs.encode import NotRepresentableError, encode
from tocsin.inputs.origin import UsedUpError
from tocsin.inputs.source import events

EVENTS = sample(30)


class Colour(enum.Enum):
    RED = "red"


@pytest.mark.parametrize("rows", [None, 1, 7, 30])
def test_mappings_are_events_and_are_given_back_themselves(rows):
    source = events(EVENTS)
    found = everything(source, rows)
    assert found.events == EVENTS
    assert all(source.given(place) is EVENTS[place.offset] for place in found.places)
    assert [place.offset for place in found.places] == list(range(30))
    assert all(given is event for given, event in zip(source, EVENTS, strict=True))
    again = list(source.read_again(found.places))
    assert again == list(zip(found.places, found.raw, strict=True))


def test_batches_know_the_mappings():
    rows = [one for batch in events(EVENTS).batches() for one in batch.objects]
    assert all(row is event for row, event in zip(rows, EVENTS, strict=True))


def test_a_generator_is_read_lazily_and_once():
    taken = []

    def passing():
        for number in range(100_000):
            taken.append(number)
            yield {"n": number}

    source = events(passing())
    batches = source.batches()
    first = next(batches)
    assert len(taken) < 50_000
    assert len(first) + sum(len(batch) for batch in batches) == 100_000
    with pytest.raises(UsedUpError, match="generator"):
        next(source.batches())
    with pytest.raises(UsedUpError, match="spool"):
        list(source.read_again([first.place(0)]))


def test_a_generator_can_be_kept_while_it_is_read():
    source = events(iter([*EVENTS[:10], 5, *EVENTS[10:]]))
    source.spool = True
    found = everything(source)
    assert found.events == EVENTS
    assert source.given(found.places[0]) is None
    assert [raw for _, raw in source.read_again(found.places[::7])] == found.raw[::7]


def test_a_collection_without_numbers_can_be_read_again():
    source = events({number: {"n": number} for number in range(9)}.values())
    found = everything(source)
    assert everything(source).events == found.events
    assert [raw for _, raw in source.read_again(found.places[2::3])] == found.raw[2::3]


def test_hits_are_opened_and_audit_events_converted():
    audit = {"auditID": "1", "stage": "ResponseComplete", "verb": "get", "stageTimestamp": "2026"}
    hit = {"_index": "logs-x", "_id": "7", "_source": {"a": 1}}
    given = [{"a": 0}, hit, audit, {"_index": "y", "b": 2}]
    source = events(given)
    found = everything(source)
    assert found.events[:2] == [{"a": 0}, {"a": 1}]
    assert found.events[2]["kubernetes"]["audit"] == audit
    assert found.identities == [None, ("logs-x", "7"), None, ("y", "")]
    assert [source.given(place) for place in found.places] == given
    assert [raw for _, raw in source.read_again(found.places)] == found.raw


VALUES = [
    (2**64, 2**64),
    (-(2**63) - 1, -(2**63) - 1),
    (10**400, 10**400),
    (1.5, 1.5),
    (float("nan"), None),
    (float("-inf"), None),
    (decimal.Decimal("1.2300"), 1.23),
    (decimal.Decimal("NaN"), None),
    (dt.datetime(2026, 8, 1, 12, 0, 0, 5), "2026-08-01T12:00:00.000005"),  # noqa: DTZ001
    (dt.datetime(2026, 8, 1, tzinfo=dt.UTC), "2026-08-01T00:00:00+00:00"),
    (dt.date(2026, 8, 1), "2026-08-01"),
    (b"text", "text"),
    (bytearray(b"\xff\x00"), "/wA="),
    ({3, 1, 2}, [1, 2, 3]),
    (frozenset({"b", "a"}), ["a", "b"]),
    ((1, "x"), [1, "x"]),
    (np.int64(5), 5),
    (np.float32(0.5), 0.5),
    (np.bool_(True), True),
    (np.array([1, 2]), [1, 2]),
    (np.array([[1, 2], [3, 4]])[:, 0], [1, 3]),
    (ipaddress.ip_address("10.0.0.1"), "10.0.0.1"),
    (ipaddress.ip_network("fe80::/10"), "fe80::/10"),
    (PurePosixPath("/usr/bin"), "/usr/bin"),
    (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    (Colour.RED, "red"),
    (UserDict({"x": 2**70}), {"x": 2**70}),
    (MappingProxyType({"x": {1, 2}}), {"x": [1, 2]}),
    (ChainMap({"x": 1}, {"y": b"z"}), {"x": 1, "y": "z"}),
    (OrderedDict(x=1), {"x": 1}),
    ({1: "a", None: 2, False: 3, 1.5: 4}, None),
]


@pytest.mark.parametrize(("value", "expected"), VALUES, ids=range(len(VALUES)))
@pytest.mark.parametrize("beside", [None, 2**90], ids=["plain way", "slow way"])
def test_values_that_json_does_not_have(value, expected, beside):
    text = encode({"value": [value], "beside": beside})
    assert b"\n" not in text
    if isinstance(value, dict) and expected is None:
        expected = {"1": "a", "null": 2, "false": 3, "1.5": 4}
    assert json.loads(text) == {"value": [expected], "beside": beside}


def test_digits_are_kept():
    number = decimal.Decimal("0.1000000000000000055511151231257827")
    assert encode({"n": number}) == b'{"n":0.1000000000000000055511151231257827}'


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (5, "not a mapping but int"),
        ("text", "not a mapping but str"),
        ({"a": "\ud800"}, "lone surrogate"),
        ({"\ud800": 1}, "lone surrogate"),
        ({"a": object()}, "type object has no JSON form"),
        ({"a": {("x", "y"): 1}}, "a key of type tuple"),
        ({"a": 10**5000}, "4,300 digits"),
    ],
    ids=range(7),
)
def test_what_cannot_be_an_event_is_rejected(event, reason):
    found = everything(events([{"n": 1}, event, {"n": 2}]))
    assert found.events == [{"n": 1}, {"n": 2}]
    ((line, told),) = found.rejects
    assert line == 2
    assert reason in told


def test_depth_is_bounded_and_circles_end():
    def nested(depth):
        value = {}
        for _ in range(depth - 1):
            value = {"a": value}
        return value

    assert encode(nested(200)).count(b"{") == 200
    circle = {}
    circle["a"] = circle
    for event in (nested(255), nested(100_000), circle):
        with pytest.raises(NotRepresentableError, match="200 levels"):
            encode(event)


texts = st.text(max_size=4)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(texts, values, max_size=3))
def test_json_like_mappings_survive(event):
    assert same(json.loads(encode(event)), event)


def same(left, right) -> bool:
    """Equal, infinities having become null."""
    if isinstance(right, float) and right in (float("inf"), float("-inf")):
        return left is None
    if isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in right)
    if isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    return left == right and type(left) is type(right)
