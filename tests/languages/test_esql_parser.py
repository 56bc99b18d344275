"""ES|QL text gives the tree that one would draw, and a shown tree parses to itself."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.diagnostics.esql_codes import ESQL_CODES
from tocsin.languages import QueryError
from tocsin.languages.esql.expressions import MAX_CHAIN, MAX_DEPTH
from tocsin.languages.esql.nodes import (
    And,
    Arithmetic,
    Call,
    Cast,
    Comparison,
    Field,
    From,
    IsNull,
    ListLiteral,
    Match,
    Membership,
    Named,
    NamePattern,
    Negate,
    Not,
    Or,
    Order,
    Pattern,
    Query,
    Rename,
    Stats,
    TimeSpan,
)
from tocsin.languages.esql.parser import MAX_COMMANDS, parse, parse_expression
from tocsin.languages.esql.show import show, show_expression
from tocsin.languages.node import Literal

A, B, C = Field("a"), Field("b"), Field("c")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a AND b or c", Or((And((A, B)), C))),
        ("a and (b and c)", And((A, B, C))),
        ("not a and b", And((Not(A), B))),
        ("not not a", Not(Not(A))),
        ("not not not a", Not(A)),
        ("not a == 1", Not(Comparison("==", A, Literal(1)))),
        ("a NOT IN (1, -2)", Membership(A, (Literal(1), Literal(-2)), negated=True)),
        ("a + b * c", Arithmetic("+", A, Arithmetic("*", B, C))),
        ("(a + b) * c", Arithmetic("*", Arithmetic("+", A, B), C)),
        ("a - b - c", Arithmetic("-", Arithmetic("-", A, B), C)),
        ("-a", Negate(A)),
        ("-1.5e3", Literal(-1500.0)),
        ("5 Minutes", TimeSpan(5, "minute")),
        ("now() - 1d", Arithmetic("-", Call("now", ()), TimeSpan(1, "day"))),
        ("a::STRING", Cast(A, "string")),
        ("-a::integer", Negate(Cast(A, "integer"))),
        ("a is null or b IS NOT NULL", Or((IsNull(A), IsNull(B, negated=True)))),
        ('a like "x*"', Pattern("like", A, (Literal("x*"),))),
        (
            'a not rlike ("x", """y"z""")',
            Pattern("rlike", A, (Literal("x"), Literal('y"z')), negated=True, listed=True),
        ),
        ('a.`b-c`.d : "x y"', Match(Field("a.b-c.d"), Literal("x y"))),
        ('a::ip : "x"', Match(Cast(Field("a"), "ip"), Literal("x"))),
        ("[1, 2]", ListLiteral((Literal(1), Literal(2)))),
        ('"a\\t\\"b\\\\"', Literal('a\t"b\\')),
        ('""""quoted""""', Literal('"quoted"')),
        ("/* a /* b */ c */ true // d", Literal(True)),
        ("source.`as`.number", Field("source.as.number")),
        ("kibana.alert.rule.in", Field("kibana.alert.rule.in")),
    ],
)
def test_an_expression_is_read_as_it_is_meant(text, tree):
    assert parse_expression(text) == tree
    assert parse_expression(show_expression(tree)) == tree


def test_a_source_names_indices_and_metadata():
    assert parse('FROM logs-a.b-*, .alerts-security.*, remote:logs*, "x" METADATA _id,_index') == (
        Query(
            (
                From(
                    ("logs-a.b-*", ".alerts-security.*", "remote:logs*", "x"),
                    ("_id", "_index"),
                ),
            )
        )
    )


def test_a_source_may_name_a_date():
    (source,) = parse("from <logs-{now/d-1d}>, far:<a-{now/M}-*>,b//c").commands
    assert source.indices == ("<logs-{now/d-1d}>", "far:<a-{now/M}-*>", "b")
    with pytest.raises(QueryError):
        parse("from a/b")
    assert parse(show(parse("from <logs-{now/d}>"))) == parse("from <logs-{now/d}>")


def test_behind_the_source_a_minus_is_a_minus_again():
    query = parse('from a-b | eval x = concat("y", c-d)')
    assert query.commands[1].columns[0].expression.arguments[1] == Arithmetic("-", C, Field("d"))


def test_stats_take_names_conditions_and_groups():
    query = parse("from x | stats n = count(*) where a > 1, max(b) by c, d = date_trunc(1 h, t)")
    stats = query.commands[1]
    assert isinstance(stats, Stats)
    assert [each.name for each in stats.aggregates] == ["n", "max(b)"]
    assert stats.aggregates[0].condition == Comparison(">", A, Literal(1))
    assert stats.groups[0] == Named("c", C, written=False)
    assert stats.groups[1].name == "d"
    assert parse("from x | INLINE STATS c = max(a) by b").commands[1].inline


def test_metadata_may_stand_in_brackets():
    assert parse("from x [metadata _id, _index]") == parse("from x metadata _id, _index")


def test_projections_take_patterns():
    query = parse("from x | keep a.*, `b-c`.d, *e, * | drop f* | rename a.b as c.d")
    assert query.commands[1].names == (
        NamePattern("a.*", wild=True),
        NamePattern("b-c.d"),
        NamePattern("*e", wild=True),
        NamePattern("*", wild=True),
    )
    assert query.commands[3] == Rename((("a.b", "c.d"),))


def test_sort_says_where_nulls_stand():
    query = parse("from x | sort a, b desc nulls first, c asc nulls last | limit 5")
    assert query.commands[1].keys == (
        Order(A),
        Order(B, descending=True, nulls_first=True),
        Order(C, descending=False, nulls_first=False),
    )


def codes(text):
    try:
        parse(text)
    except QueryError as error:
        return [found.code for found in error.diagnostics]
    return []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "expected `from` or `row`"),
        ("from", "the name of an index"),
        ("form x", "did you mean `from`?"),
        ("SELECT a FROM b", "that is SQL"),
        ("from x | wher a", "did you mean `where`?"),
        ("from x | enrich y", "`enrich` is not supported"),
        ("from x | LOOKUP JOIN y on z", "a query here reads one table"),
        ("from x | fork (where a) (where b)", "query for each branch"),
        ("from x | sample 0.1", "`limit` takes the first rows"),
        ("from x | uri_parts p = url.original", "take an address apart"),
        ("from x | registered_domain d = url.domain", "take a domain apart"),
        ("ts metrics", "time series"),
        ('set time_zone = "UTC"; from x', "no settings here"),
        ("from x;", "there is one query"),
        ("from x | where a <> 1", "write `!=`"),
        ("from x [metadata _id", "expected `,` or `]`"),
        ("from (from x | limit 1)", "queries inside `from` are not supported"),
        ("from x, (from y)", "queries inside `from` are not supported"),
        ("from x | where a == ?name", "nothing gives the parameter `?name` a value"),
        ("from x | where ?1 > 2", "nothing gives the parameter `?1` a value"),
        ("from x | limit ?", "nothing gives the parameter `?` a value"),
        ("from x | where a == 'b'", 'text stands in `"`'),
        ('from x | where a == "b', "this text does not end"),
        ('from x | where a == """b', "this text does not end"),
        ('from x | where a == "b\\', "this text does not end"),
        (r'from x | where a rlike "b\.c"', r"`\.` is not an escape"),
        ("from x | sort a nulls", "expected `last`"),
        ("from x | sort by a desc", "without `by`"),
        ("from x | where a in ()", "a value, a column or a function"),
        ("from x | where a ==", "a value, a column or a function"),
        ("from x |", "a command"),
        ("from x extra", "`|` or the end of the query"),
    ],
)
def test_a_slip_is_told_in_words(text, told):
    with pytest.raises(QueryError) as caught:
        parse(text)
    assert told in str(caught.value)


def test_what_is_too_much_is_refused():
    assert codes(f"from x | where {'(' * MAX_DEPTH}a{')' * MAX_DEPTH}") == ["ESQ007"]
    assert codes(f"from x | where a{' + a' * 2 * MAX_CHAIN} > 1") == ["ESQ007"]
    assert codes("from x" + " | limit 1" * (MAX_COMMANDS + 1)) == ["ESQ007"]
    assert codes(f"from x | where {'not ' * 5000}a") == []
    assert codes(f"from x | where {'-' * 5000}a") == []
    assert codes("from x | where " + " or ".join(["a"] * 5000)) == []


EXAMPLES = [row for row in ESQL_CODES if row.example and row.code < "ESQ100"]


@pytest.mark.parametrize("row", EXAMPLES, ids=[row.code for row in EXAMPLES])
def test_an_example_gives_its_code_and_the_fix_gives_none(row):
    assert codes(row.example) == [row.code]
    assert codes(row.fix) == []


names = st.sampled_from(["a", "b.c", "d-e", "in.like", "x`y", "@timestamp", "_id"]).map(Field)
constants = st.one_of(
    st.text(max_size=6),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.none(),
).map(Literal)
spans = st.builds(TimeSpan, st.integers(-9, 99), st.sampled_from(["day", "minute", "month"]))
texts = st.text(max_size=6).map(Literal)


def flat(kind, terms):
    """A chain without a chain of its own kind inside."""
    parts = []
    for term in terms:
        parts.extend(term.terms if isinstance(term, kind) else (term,))
    return kind(tuple(parts))


def larger(inner):
    some = st.lists(inner, min_size=1, max_size=3).map(tuple)
    several = st.lists(inner, min_size=2, max_size=3)
    patterns = st.lists(texts, min_size=1, max_size=2).map(tuple)
    return st.one_of(
        st.builds(Call, st.sampled_from(["concat", "now", "x_y"]), some | st.just(())),
        st.builds(Cast, inner, st.sampled_from(["integer", "string"])),
        inner.map(lambda node: node if isinstance(node, Literal | TimeSpan) else Negate(node)),
        st.builds(Arithmetic, st.sampled_from("+-*/%"), inner, inner),
        st.builds(Comparison, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), inner, inner),
        st.builds(Membership, inner, some, st.booleans()),
        patterns.flatmap(
            lambda chosen: st.builds(
                Pattern,
                st.sampled_from(["like", "rlike"]),
                inner,
                st.just(chosen),
                st.booleans(),
                st.just(True) if len(chosen) > 1 else st.booleans(),
            )
        ),
        st.builds(IsNull, inner, st.booleans()),
        st.builds(Match, names, texts),
        inner.map(lambda node: node if isinstance(node, Not) else Not(node)),
        several.map(lambda terms: flat(And, terms)),
        several.map(lambda terms: flat(Or, terms)),
    )


trees = st.recursive(names | constants | spans, larger, max_leaves=12)


@given(trees)
@settings(max_examples=150)
def test_a_shown_expression_parses_to_itself(tree):
    assert parse_expression(show_expression(tree)) == tree


@given(trees, trees)
@settings(max_examples=50)
def test_a_shown_query_parses_to_itself(one, other):
    text = (
        f"from a-* metadata _id | where {show_expression(one)} | eval x = {show_expression(other)}"
    )
    query = parse(text)
    assert parse(show(query)) == query


@given(st.text(alphabet="from |where\"`'=()[]{}ab*,.:-/\\\n1", max_size=40))
@settings(max_examples=200)
def test_any_text_gives_a_tree_or_a_diagnostic(text):
    codes(text)
    codes("from x | " + text)
