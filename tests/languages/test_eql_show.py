"""A tree written as text parses to the same tree, and the text is what one would write."""

import pytest
from eql_trees import EXPRESSIONS, QUERIES
from hypothesis import given

from tocsin.languages.eql.nodes import Query
from tocsin.languages.eql.parser import parse, parse_expression
from tocsin.languages.eql.show import show, show_expression, show_field, show_maxspan, show_string


@given(QUERIES)
def test_a_shown_query_parses_to_itself(query: Query):
    text = show(query)
    assert parse(text) == query
    assert show(parse(text)) == text


@given(EXPRESSIONS)
def test_a_shown_condition_parses_to_itself(expression):
    assert parse_expression(show_expression(expression)) == expression


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("((a))  or(b)", "a or b"),
        ("(a and b) or c", "a and b or c"),
        ("a and (b or c)", "a and (b or c)"),
        ("not(a==1)", "not a == 1"),
        ("not (a and b)", "not (a and b)"),
        ("(not a) == b", "(not a) == b"),
        ("a-(b-c)*-2", "a - (b - c) * -2"),
        ("(a+b)*c", "(a + b) * c"),
        ("-(a+b)", "-(a + b)"),
        ("(-1) in (1)", "(-1) in (1)"),
        ("-(a in (1))", "-a in (1)"),
        ('(a in (1)) : "x"', '(a in (1)) : "x"'),
        ('a:"x"', 'a : "x"'),
        ('a:("x")', 'a : ("x")'),
        ('a not in~("x","y")', 'a not in~ ("x", "y")'),
        ('STARTSWITH~(a,"x")', 'startsWith~(a, "x")'),
        ("?`a`.b", "?a.b"),
        ("`my-field`.`x``y`", "`my-field.x``y`"),
        ('"""C:\\Data "x""""', '"C:\\\\Data \\"x\\""'),
        ("1e22", "1e+22"),
        ("5.0", "5.0"),
        ("true", "true"),
        ("null", "null"),
    ],
)
def test_a_condition_is_shown_as_one_would_write_it(written, shown):
    assert show_expression(parse_expression(written)) == shown


def test_sequences_stand_on_lines():
    query = parse(
        'sequence by a,?b with maxspan=120s[process where true]by c with runs=3 !["x y" where d]'
        "until[any where e] by f | head 5"
    )
    assert show(query) == (
        "sequence by a, ?b with maxspan=2m\n"
        "  [process where true] by c with runs=3\n"
        ' !["x y" where d]\n'
        "until [any where e] by f\n"
        "| head 5"
    )
    assert show(parse("sample by a [any where b] [any where c] by d")) == (
        "sample by a\n  [any where b]\n  [any where c] by d"
    )
    assert show(parse("process where a|tail 3|head 1")) == "process where a | tail 3 | head 1"


@pytest.mark.parametrize(
    ("milliseconds", "shown"),
    [(1, "1ms"), (1500, "1500ms"), (90_000, "90s"), (60_000, "1m"), (7_200_000, "2h")],
)
def test_a_maxspan_is_shown_in_its_largest_whole_unit(milliseconds, shown):
    assert show_maxspan(milliseconds) == shown


def test_names_and_strings_are_quoted_where_they_must_be():
    assert show_field("process.name") == "process.name"
    assert show_field("event.sequence") == "`event.sequence`"
    assert show_field("a b") == "`a b`"
    assert show_string("a\x07\u2028é") == '"a\\u{0007}\\u{2028}é"'
