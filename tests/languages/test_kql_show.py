"""A tree written as text parses to the same tree, and the text is what one would write."""

import pytest
from hypothesis import given
from kql_trees import QUERIES

from tocsin.languages.kql.parser import parse
from tocsin.languages.kql.show import show


@given(QUERIES)
def test_a_shown_query_parses_to_itself(query):
    text = show(query)
    assert parse(text) == query
    assert show(parse(text)) == text


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("((a:1))  or(b:2)", "a: 1 or b: 2"),
        ("a:1 AND(b:2 OR c:3)", "a: 1 and (b: 2 or c: 3)"),
        ("(a:1 and b:2) or c:3", "a: 1 and b: 2 or c: 3"),
        ("not(a:1)", "not a: 1"),
        ("not (a:1 or b:2)", "not (a: 1 or b: 2)"),
        ("not not a:1", "not (not a: 1)"),
        ("a:(1  or(2 and not 3))", "a: (1 or 2 and not 3)"),
        ("a:((1 or 2)and 3)", "a: ((1 or 2) and 3)"),
        ('a:"x\\"y\\\\"', 'a: "x\\"y\\\\"'),
        ('"a b*":x*', "a b\\*: x*"),
        ("a>5", "a > 5"),
        ("a:{b:1 and c:2}", "a: { b: 1 and c: 2 }"),
        ("x  y", "x  y"),
        ("a:or", "a: \\or"),
        ("", ""),
    ],
)
def test_a_text_is_what_one_would_write(written, shown):
    assert show(parse(written)) == shown
    assert show(parse(shown)) == shown
