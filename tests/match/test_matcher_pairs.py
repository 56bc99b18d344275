"""Functions of two fields are decided in compiled code, and as the evaluator decides them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from match.scanned import agree, condition_of
from tocsin.plan.leaves import Check, check_of, leaves_of
from tocsin.schema.fields import Schema

SCHEMA = Schema({"one": "keyword", "two": "wildcard", "ip": "ip", "pid": "long"})


def condition(text):
    return condition_of(f"any where {text}", SCHEMA)


def checks(text):
    return {check_of(leaf) for leaf in leaves_of(condition(text))}


@pytest.mark.parametrize(
    ("text", "check"),
    [
        ("startsWith(one, two)", Check.PAIR),
        ("STARTSWITH(one, two)", Check.PAIR),
        ("endsWith~(one, mixed)", Check.PAIR),
        ("stringContains(string(one), string(ip))", Check.PAIR),
        ("startsWith~(one, substring(two, 0, -1))", Check.PAIR),
        ("startsWith(substring(two, 1), one)", Check.PAIR),
        ("startsWith(substring(string(two), 1, 2), one)", Check.PAIR),
        ("startsWith(one, one)", Check.PYTHON),
        ("startsWith(one, concat(two, one))", Check.PYTHON),
        ("startsWith(one, substring(two, length(one)))", Check.PYTHON),
        ("startsWith(one, substring(substring(two, 1), 1))", Check.PYTHON),
        ("startsWith(one, string(pid))", Check.PYTHON),
        ("indexOf(one, two) == 0", Check.PYTHON),
    ],
)
def test_what_is_a_pair(text, check):
    assert checks(text) == {check}


values = st.one_of(
    st.text("aAbBé😀.", max_size=6),
    st.sampled_from(["10.0.0.1", "::1", "fe80::1", "0::1", 7, 1.5, 10, True, False]),
)
several = st.lists(values, max_size=3)
places = st.integers(-4, 4).map(str)
fields = st.sampled_from(["one", "two", "mixed", "string(ip)", "string(one)"])
operands = st.one_of(
    fields,
    st.builds("substring({}, {})".format, fields, places),
    st.builds("substring({}, {}, {})".format, fields, places, places),
)
calls = st.builds(
    "{}({}, {})".format,
    st.sampled_from(
        ["startsWith", "startsWith~", "endsWith", "endsWith~", "stringContains", "stringContains~"]
    ),
    operands,
    operands,
)


@given(
    st.lists(calls, min_size=1, max_size=4),
    st.lists(
        st.fixed_dictionaries(dict.fromkeys(["one", "two", "mixed", "ip"], several)), max_size=6
    ),
)
def test_pairs(texts, events):
    conditions = [condition(f"{sign}{text}") for text in texts for sign in ("", "not ")]
    agree(conditions, events)


def test_plain_texts_need_no_help():
    conditions = [
        condition("startsWith~(one, substring(two, 0, -1))"),
        condition("not endsWith(string(ip), two)"),
    ]
    events = [{"one": "WS01.corp", "two": "ws01$", "ip": ["10.0.0.1", "10.0.0.2"]}, {"one": "x"}]
    assert agree(conditions, events).residual_pairs == 0


def test_more_choices_than_are_tried():
    many = [f"value-{number}" for number in range(150)]
    texts = ["startsWith(one, two)", "not startsWith(one, two)"]
    events = [{"one": many, "two": [*(f"x{text}" for text in many), "value-149"]}]
    matcher = agree(list(map(condition, texts)), events)
    assert matcher.residual_pairs == 2
