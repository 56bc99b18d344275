"""Whole events: the same names and values that the scanner finds, whatever their form."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from match.scanned import cells_of, program_of
from tocsin.match.whole import Whole, Wholes
from tocsin.plan.predicate import EVENT

KEYS = st.sampled_from(["a", "b", "a.b", "b.c", "a.b.c"])
SCALARS = st.one_of(
    st.integers(-(2**70), 2**70), st.booleans(), st.none(), st.text(max_size=3),
    st.floats(allow_nan=False, allow_infinity=False),
)  # fmt: skip
NODES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.lists(st.tuples(KEYS, inner), max_size=3).map(tuple)
    ),
    max_leaves=8,
)


def written(node):
    """A node as JSON; an object is a tuple of pairs, whose keys may stand twice."""
    if isinstance(node, tuple):
        return "{" + ",".join(f"{json.dumps(key)}:{written(value)}" for key, value in node) + "}"
    if isinstance(node, list):
        return "[" + ",".join(map(written, node)) + "]"
    return json.dumps(node)


@given(st.lists(st.tuples(KEYS, NODES), max_size=4).map(tuple))
def test_it_agrees_with_the_scanner(pairs):
    text = written(pairs)
    names = ["a", "b", "a.b", "b.c", "a.b.c", "a.a", "b.a.b", "a.b.a.b"]
    program = program_of([], extra_fields=names)
    cells = cells_of([text.encode()], program)
    whole = Whole.of(text)
    for name in names:
        found = cells.values(0, program.slot(name))
        assert [(type(v), v) for v in whole(name)] == [(type(v), v) for v in found]


def test_objects_are_looked_at_one_by_one():
    whole = Whole.of('{"a":[{"x":1},[{"x":2}],3],"a.b":{"x":4},"c":{"d":{"x":5}},"a":{"x":6}}')
    assert [found("a.x") for found in whole.objects("a")] == [[1], [2], [6]]
    assert [found("a.b.x") for found in whole.objects("a.b")] == [[4]]
    assert [found("c.d.x") for found in whole.objects("c.d")] == [[5]]
    assert list(whole.objects("a.x")) == []
    [inner, *_] = whole.objects("a")
    assert inner("c.d.x") == [5]
    assert inner("a.y") == ()


def test_depth_has_no_limit_that_the_scanner_does_not_have():
    deep = '{"a":' * 990 + "[1, true]" + "}" * 990
    whole = Whole.of(deep)
    [(name, found)] = whole.values.items()
    assert name == ".".join("a" * 990)
    assert found == [1, True]


def test_the_event_of_values_is_parsed_once():
    wholes, asked = Wholes(), []

    def values(name):
        asked.append(name)
        return ['{"a":1}'] if name == EVENT.name else []

    assert wholes.of(values) is wholes.of(values)
    assert wholes.may_hold(["1}", "a"], values)
    assert not wholes.may_hold(["1}", "b"], values)
    with pytest.raises(ValueError, match="whole event"):
        wholes.of(lambda _: [])
