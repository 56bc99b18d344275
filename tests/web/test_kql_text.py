"""Conditions as KQL: they mean what they were made of."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.corpus.question import Condition, Kind, Question, predicate
from tocsin.engine.query import query
from tocsin.web.kql_text import both, either, groups_text, is_, like


def asked(kql: str, *events: dict[str, object]) -> list[int]:
    """The numbers of the events that are meant."""
    numbered = [{**event, "number": number} for number, event in enumerate(events)]
    found = query(numbered, kql, language="kuery")
    return sorted(int(match.events[0]["number"]) for match in found)


@settings(max_examples=100, deadline=None)
@given(st.text(min_size=1, max_size=30))
def test_any_value_means_itself(text: str) -> None:
    other = {"process": {"name": text + "x"}}
    assert asked(is_("process.name", text), {"process": {"name": text}}, other)[:1] == [0]
    assert 1 not in asked(is_("process.name", text), {"process": {"name": text}}, other)


def test_a_pattern_has_only_its_stars() -> None:
    found = like("process.name", 'a b"(*')
    assert asked(found, {"process": {"name": 'a b"(c'}}, {"process": {"name": "a b"}}) == [0]


def test_parts_are_joined_as_meant() -> None:
    one, two, three = (is_("process.name", "a"), is_("user.id", "1"), is_("user.id", "2"))
    text = both(one, either(two, three), "")
    events = [{"process": {"name": n}, "user": {"id": i}} for n, i in (("a", "2"), ("b", "1"))]
    assert asked(text, *events) == [0]


def test_groups_of_conditions_mean_the_same_as_text() -> None:
    groups = (
        (
            Condition("process.name", Kind.ONE_OF, ("a", "b")),
            Condition("user.id", Kind.EXISTS, excluded=True),
        ),
        (Condition("process.pid", Kind.RANGE, bounds=(("gte", 5), ("lt", 9))),),
        (Condition("process.name", Kind.WILDCARD, ("x*",)),),
    )
    events = [
        {"process": {"name": "a"}},
        {"process": {"name": "a"}, "user": {"id": "1"}},
        {"process": {"pid": 5}},
        {"process": {"pid": 9}},
        {"process": {"name": "xy"}},
    ]
    assert asked(groups_text(groups), *events) == [0, 2, 4]
    predicate(Question(kql=groups_text(groups)))


@pytest.mark.parametrize("field", ["", "a b", "a: b or c", "not", "*", 'x"', "a" * 300])
def test_what_is_no_field_cannot_be_asked(field: str) -> None:
    assert is_(field, "x") == ""
    assert groups_text(((Condition(field),),)) == ""
