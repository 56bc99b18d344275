"""What two events share."""

import pytest

from tocsin.alerts.common import common

ROWS = [
    ({"a": 1, "b": 2}, {"a": 1, "b": 3, "c": 4}, {"a": 1}),
    ({"a": 1, "b": True, "c": "1"}, {"a": 1.0, "b": 1, "c": 1}, {}),
    ({"a": {"b": 1, "c": {"d": 2}}}, {"a": {"b": 2, "c": {"d": 2}}}, {"a": {"c": {"d": 2}}}),
    ({"a": {"b": 1}}, {"a": {"b": 2}}, {}),
    ({"a": None, "b": None}, {"a": None, "b": 1}, {"a": None}),
    ({"a": {"b": 1}}, {"a": 1}, {}),
    # lists
    ({"a": ["x", "y", "z"]}, {"a": ["z", "y"]}, {"a": ["y", "z"]}),
    ({"a": ["x", "x", "y"]}, {"a": ["x"]}, {"a": ["x"]}),
    ({"a": ["x", "x"]}, {"a": ["x", "x"]}, {"a": ["x", "x"]}),
    ({"a": "x"}, {"a": ["y", "x"]}, {"a": ["x"]}),
    ({"a": ["y", "x"]}, {"a": "x"}, {"a": ["x"]}),
    ({"a": ["x"]}, {"a": ["y"]}, {}),
    ({"a": [1, "2", True]}, {"a": ["1", 2, 1]}, {"a": [1]}),
    ({"a": [None, 1]}, {"a": [None, 2]}, {}),
    ({"a": [{"b": 1}, {"b": 2}]}, {"a": [{"b": 2}, {"b": 3}]}, {"a": [{"b": 2}]}),
    ({"a": [[1], [2]]}, {"a": [[2]]}, {"a": [[2]]}),
    ({"a": [{"b": 1}]}, {"a": {"b": 1}}, {}),
    # spellings
    ({"a.b": 1, "c": {"d": 2}}, {"a": {"b": 1}, "c.d": 2}, {"a.b": 1, "c": {"d": 2}}),
    ({"a.b": {"c": 1}}, {"a": {"b.c": 1}}, {"a.b": {"c": 1}}),
    ({"a": {"b": {"c": 1, "d": 2}}}, {"a.b": {"c": 1}, "a.b.d": 2}, {"a": {"b": {"c": 1, "d": 2}}}),
    ({"a": {"b": ["x", "y"]}}, {"a.b": "y"}, {"a": {"b": ["y"]}}),
    ({"a.b": 1}, {"a": {"b": 2}, "a.b": 1}, {"a.b": 1}),
    ({"a": {"b": [1], "c": 1}, "a.b": [1, 2]},) * 3,
    ({"a.b": [1, 2]}, {"a": {"b": [2]}, "a.b": [1, 2]}, {"a.b": [1, 2]}),
    ({"a.b": 1, "ab": 1}, {"a": 1, "a.bc": 1}, {}),
]


@pytest.mark.parametrize(("one", "other", "shared"), ROWS)
def test_common(one, other, shared):
    assert common(one, other) == shared
    assert repr(common(one, other)) == repr(shared), "of the same classes"


@pytest.mark.parametrize(("one", "other", "shared"), ROWS)
def test_common_says_nothing_new(one, other, shared):
    """What is shared is shared with either of the two."""
    assert common(shared, one) == common(shared, other) == shared


@pytest.mark.parametrize("other", [{"a": {"b.{}": 1}}, {"a": {"b": {"{}": 1}}}, {"a.b.{}": 1}])
def test_many_keys_are_not_looked_through_one_by_one(other):
    """Of events that anybody writes: this would take minutes."""
    many = 30_000
    grown = grow(other, many)
    assert common({f"a.b.{n}": 1 for n in range(many)}, grown) == {
        f"a.b.{n}": 1 for n in range(many)
    }
    assert common(grown, {f"a.b.{n}": 1 for n in range(many)}) == grown


def grow(node, many):
    """An object with many keys for the one that has a place for a number."""
    if not isinstance(node, dict):
        return node
    made = {}
    for key, value in node.items():
        names = [key.format(n) for n in range(many)] if "{}" in key else [key]
        made |= {name: grow(value, many) for name in names}
    return made


def all_ways(depth):
    """An object that holds one field in all spellings that there are."""
    if not depth:
        return {"z": 1}
    return {".".join("a" * parts): all_ways(depth - parts) for parts in range(1, depth + 1)}


def test_one_field_in_many_spellings_is_not_compared_pair_by_pair():
    """Of two events of 100 KB: this would take minutes."""
    ways = all_ways(14)
    assert common(ways, ways) == ways
    chain = {".".join("a" * parts): parts for parts in range(1, 1000)}
    assert common(chain, chain) == chain


def test_long_lists_are_not_looked_through_for_each_spelling_of_a_field():
    """Of two events of 300 KB: this would take minutes."""
    other = {".".join("a" * 14) + ".z": [str(n) for n in range(30_000)]}
    assert common(all_ways(14), other) == {}


def test_an_event_of_more_places_than_are_told_apart_shares_some():
    one = {f"{n}." + "a." * 200 + "z": n for n in range(3000)}
    assert 2000 < len(common(one, one)) < 3000
