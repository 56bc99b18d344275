"""Neither long nor deep queries, nor any text at all, bring the parser down."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.languages import QueryError
from tocsin.languages.eql.check import check
from tocsin.languages.eql.expressions import MAX_DEPTH, MAX_NESTING
from tocsin.languages.eql.nodes import And, Field, Or
from tocsin.languages.eql.parser import parse, parse_expression
from tocsin.languages.eql.show import show, show_expression
from tocsin.schema.fields import Schema


def test_long_chains_are_flat():
    count = 6_000
    chain = parse_expression(" or ".join(["a == 1 and b"] * count))
    assert isinstance(chain, Or)
    assert len(chain.terms) == count
    assert len(parse_expression(f"a in ({', '.join(map(str, range(count)))})").values) == count
    patterns = ", ".join(f'"p{number}"' for number in range(count))
    assert len(parse_expression(f"a : ({patterns})").patterns) == count
    assert len(parse_expression(f"concat({', '.join(['a'] * count)})").arguments) == count


def test_chains_stay_flat_through_parentheses():
    nested = parse_expression("(" * 500 + "a" + " and b)" * 500)
    assert nested == And((Field("a"), *[Field("b")] * 500))


def test_parentheses_may_be_deep():
    assert parse_expression("(" * MAX_NESTING + "a" + ")" * MAX_NESTING) == Field("a")


DEEP = {
    "not": lambda n: "not " * n + "a",
    "sum": lambda n: "a" + " + 1" * n,
    "product": lambda n: "a" + " * b" * n,
    "negate": lambda n: "-" * n + "a",
    "call": lambda n: "f(" * n + "a" + ")" * n,
    "list": lambda n: "a in (" * n + "a" + ")" * n,
    "mixed": lambda n: "a and (b or " * (n // 2) + "a" + ")" * (n // 2),
    "negated": lambda n: "not (b and " * (n // 2) + "a" + ")" * (n // 2),
}


@pytest.mark.parametrize("shape", DEEP)
def test_what_is_accepted_can_be_walked_plainly(shape):
    tree = parse(f"any where {DEEP[shape](MAX_DEPTH - 1)}")
    assert hash(tree) == hash(parse(show(tree)))
    assert parse(show(tree)) == tree
    check(tree, Schema(), show(tree))


@pytest.mark.parametrize("shape", DEEP)
@pytest.mark.parametrize("size", [2 * MAX_DEPTH, 50_000])
def test_what_is_too_deep_is_refused(shape, size):
    with pytest.raises(QueryError) as caught:
        parse_expression(DEEP[shape](size))
    assert caught.value.diagnostics[0].code == "EQL014"


@pytest.mark.parametrize("opening", ["(", "f(", "a in (", "a == (", "not (", "-("])
def test_endless_openings_are_refused(opening):
    with pytest.raises(QueryError) as caught:
        parse_expression(opening * 30_000)
    assert caught.value.diagnostics[0].code in ("EQL014", "EQL011")


def test_unmatched_comments_are_read_in_one_pass():
    with pytest.raises(QueryError):
        parse("any where " + "/* " * 100_000)
    query = parse("any where a " + "/* /* */ " * 50_000)
    assert query.body.condition == Field("a")


PIECES = st.sampled_from(
    [
        *("and", "or", "not", "in", "in~", "like", "regex~", "by", "where", "any", "sequence"),
        *("sample", "with", "maxspan", "until", "runs", "true", "null", "of", "join", "a", "b.c"),
        *("(", ")", "[", "]", "![", ",", ":", "==", "=", "<", "-", "+", "*", "/", "|", "?", "."),
        *('"x"', '"', "'", '"""', "`", "`q`", "1", "1.5", "5s", "//", "/*", "*/", "\n", "\\", "é"),
    ]
)


@given(st.lists(PIECES, max_size=25), st.sampled_from(["", " "]))
def test_any_text_is_parsed_or_refused(pieces, gap):
    text = gap.join(pieces)
    try:
        tree = parse(text)
    except QueryError as refused:
        (diagnostic,) = refused.diagnostics
        assert 0 <= diagnostic.span.start <= diagnostic.span.end <= len(text)
    else:
        assert parse(show(tree)) == tree


@given(st.lists(PIECES, max_size=20))
def test_any_condition_is_parsed_or_refused(pieces):
    try:
        tree = parse_expression(" ".join(pieces))
    except QueryError:
        return
    assert parse_expression(show_expression(tree)) == tree


@given(st.text(max_size=60))
def test_odd_characters_are_parsed_or_refused(text):
    with contextlib.suppress(QueryError):
        parse(f"any where {text}")
