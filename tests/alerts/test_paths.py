"""Reading an event by dotted name."""

import pytest

from tocsin.alerts.paths import first_at, flat, values_at

ROWS = [
    ({"a": {"b": 1}}, "a.b", [1]),
    ({"a.b": 1}, "a.b", [1]),
    ({"a.b": {"c": "x"}}, "a.b.c", ["x"]),
    ({"a": {"b.c": "x"}}, "a.b.c", ["x"]),
    ({"a": {"b": 1}, "a.b": 2}, "a.b", [1, 2]),
    ({"a": [{"b": 1}, {"b": [2, 3]}]}, "a.b", [1, 2, 3]),
    ({"a": {"b": None}}, "a.b", []),
    ({"a": {"b": [None, "x", [["y"]]]}}, "a.b", ["x", "y"]),
    ({"a": {"b": {"c": 1}}}, "a.b", []),
    ({"a": "x"}, "a.b", []),
    ({}, "a", []),
    ({"a": False}, "a", [False]),
]


@pytest.mark.parametrize(("event", "path", "expected"), ROWS)
def test_values(event, path, expected):
    """Nested and dotted names are one field; arrays flatten, nulls and objects do not count."""
    assert values_at(event, path) == expected
    assert first_at(event, path) == (expected[0] if expected else None)


def test_flat():
    """Dotted keys for everything but arrays of objects."""
    event = {"a": {"b": {"c": 1}, "d": None}, "e.f": [1, 2], "g": [{"h": 1}], "i": {}}
    assert flat(event) == {"a.b.c": 1, "e.f": [1, 2], "g": [{"h": 1}]}
