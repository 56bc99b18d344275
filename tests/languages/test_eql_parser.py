"""EQL text becomes the tree it means, and a slip is named at its place."""

import pytest

from tocsin.languages import QueryError, QuerySyntaxError
from tocsin.languages.eql.nodes import (
    And,
    Arithmetic,
    Call,
    Comparison,
    EventFilter,
    Field,
    Match,
    Membership,
    Negate,
    Not,
    Or,
    Pipe,
    Query,
    Sample,
    Sequence,
    Stage,
)
from tocsin.languages.eql.parser import parse, parse_expression
from tocsin.languages.eql.tokens import END, Tokens
from tocsin.languages.node import Literal

A, B, C, D = (Field(name) for name in "abcd")
TRUE, FALSE, NULL = Literal(True), Literal(False), Literal(None)


def eq(left, right):
    return Comparison("==", left, right)


def text(*values):
    return tuple(Literal(value) for value in values)


CONDITIONS = [
    # precedence and shape
    ("a", A),
    ("((a))", A),
    ("a or b and c", Or((A, And((B, C))))),
    ("(a or b) and c", And((Or((A, B)), C))),
    ("a and (b and c) and d", And((A, B, C, D))),
    ("a or (b or (c or d))", Or((A, B, C, D))),
    ("not a and b", And((Not(A), B))),
    ("not not a", Not(Not(A))),
    ("not a == 1", Not(eq(A, Literal(1)))),
    ("a == (not b)", eq(A, Not(B))),
    ("a and not b or not (c or d)", Or((And((A, Not(B))), Not(Or((C, D)))))),
    ("(a == 1) == true", eq(eq(A, Literal(1)), TRUE)),
    # arithmetic
    ("a + b * c == 1", eq(Arithmetic("+", A, Arithmetic("*", B, C)), Literal(1))),
    ("a - b - c", Arithmetic("-", Arithmetic("-", A, B), C)),
    ("a - (b - c)", Arithmetic("-", A, Arithmetic("-", B, C))),
    ("a / b % c", Arithmetic("%", Arithmetic("/", A, B), C)),
    ("-a * b", Arithmetic("*", Negate(A), B)),
    ("-(a * b)", Negate(Arithmetic("*", A, B))),
    ("--a", Negate(Negate(A))),
    ("+a", A),
    ("+ + 5", Literal(5)),
    ("a -1 > 2", Comparison(">", Arithmetic("-", A, Literal(1)), Literal(2))),
    ("1 + a <= -2", Comparison("<=", Arithmetic("+", Literal(1), A), Literal(-2))),
    # numbers
    ("-5", Literal(-5)),
    ("- -5", Literal(5)),
    ("-(5)", Literal(-5)),
    ("007", Literal(7)),
    ("1.", Literal(1.0)),
    (".5", Literal(0.5)),
    ("1e3", Literal(1000.0)),
    ("1.5E-3", Literal(0.0015)),
    (".5e+1", Literal(5.0)),
    ("9223372036854775808", Literal(2**63)),
    ("18446744073709551615", Literal(2**64 - 1)),
    ("18446744073709551616", Literal(float(2**64))),
    ("-9223372036854775808", Literal(-(2**63))),
    ("-9223372036854775809", Literal(float(-(2**63)))),
    ("1" + "0" * 300, Literal(1e300)),
    # other constants
    ("true", TRUE),
    ("false", FALSE),
    ("null", NULL),
    ('""', Literal("")),
    (r'"\b\t\n\f\r\"\'\\"', Literal("\b\t\n\f\r\"'\\")),
    (r'"\u{41}\u{1F600}\u{0000e9}"', Literal("A\U0001f600é")),
    ('"// no /* comment */"', Literal("// no /* comment */")),
    ("\"it's 'so'\"", Literal("it's 'so'")),
    ('"tab\tinside"', Literal("tab\tinside")),
    ('"""raw \\d "x" \\"""', Literal('raw \\d "x" \\')),
    ('""""""', Literal("")),
    ('"""say "hi""""', Literal('say "hi"')),
    ('"""say ""hi"""""', Literal('say ""hi""')),
    # fields
    ("@timestamp", Field("@timestamp")),
    ("_a.b2.c_3", Field("_a.b2.c_3")),
    ("?a.b", Field("a.b", optional=True)),
    ("? a", Field("a", optional=True)),
    ("a . b", Field("a.b")),
    ("`my-field.sub-field`", Field("my-field.sub-field")),
    ("`my-field`.sub.`x y`.z", Field("my-field.sub.x y.z")),
    ("a.`b``c`", Field("a.b`c")),
    ("?`in`", Field("in", optional=True)),
    ("`event.sequence`", Field("event.sequence")),
    ("runs", Field("runs")),
    ("likes and inn and order", And((Field("likes"), Field("inn"), Field("order")))),
    # calls
    ("length(a)", Call("length", (A,))),
    ("LENGTH (a)", Call("length", (A,))),
    ("startswith~(a, b)", Call("startsWith", (A, B), fold=True)),
    ("cidrmatch(a, b, c)", Call("cidrMatch", (A, B, C))),
    ("nobody()", Call("nobody", ())),
    ("f(a and b, g(c))", Call("f", (And((A, B)), Call("g", (C,))))),
    ("f(-1, a + 1)", Call("f", (Literal(-1), Arithmetic("+", A, Literal(1))))),
    # patterns
    ('a : "x*"', Match(":", A, text("x*"))),
    ('a:"x"', Match(":", A, text("x"))),
    ('a : ("x")', Match(":", A, text("x"))),
    ('a : ("x", "y", "z")', Match(":", A, text("x", "y", "z"))),
    ('a like "x"', Match("like", A, text("x"))),
    ('a like~ ("x", "y")', Match("like~", A, text("x", "y"))),
    ('a regex """x+"""', Match("regex", A, text("x+"))),
    ('a regex~ "x+"', Match("regex~", A, text("x+"))),
    ("a : 5", Match(":", A, (Literal(5),))),
    ('concat(a, b) : "x"', Match(":", Call("concat", (A, B)), text("x"))),
    ('(a : "x") == false', eq(Match(":", A, text("x")), FALSE)),
    ('not a : "x"', Not(Match(":", A, text("x")))),
    ('a == b : "x"', eq(A, Match(":", B, text("x")))),
    ('-a : "x"', Negate(Match(":", A, text("x")))),
    # lists
    ("a in (1)", Membership(A, (Literal(1),))),
    ('a in~ ("x", "y")', Membership(A, text("x", "y"), fold=True)),
    ("a not in (1, 2)", Membership(A, (Literal(1), Literal(2)), negated=True)),
    ('a not in~ ("x")', Membership(A, text("x"), fold=True, negated=True)),
    ("a in (-1, 1 + 1)", Membership(A, (Literal(-1), Arithmetic("+", Literal(1), Literal(1))))),
    ("a in (1, b, 2)", Membership(A, (Literal(1), B, Literal(2)))),
    ("(-1) in (1)", Membership(Literal(-1), (Literal(1),))),
    ("-1 in (1)", Negate(Membership(Literal(1), (Literal(1),)))),
    ("a in (b in (1))", Membership(A, (Membership(B, (Literal(1),)),))),
    ("length(a) in (1, 2)", Membership(Call("length", (A,)), (Literal(1), Literal(2)))),
]


@pytest.mark.parametrize(("query", "tree"), CONDITIONS, ids=range(len(CONDITIONS)))
def test_a_condition_becomes_its_tree(query, tree):
    assert parse_expression(query) == tree


PROCESS = EventFilter("process", TRUE)
ANY = EventFilter(None, TRUE)
QUERIES = [
    ("any where true", Query(ANY)),
    ("process where true", Query(PROCESS)),
    ('"process" where true', Query(PROCESS)),
    ('"""my "own"""" where true', Query(EventFilter('my "own"', TRUE))),
    ('"any" where true', Query(EventFilter("any", TRUE))),
    ("runs where true", Query(EventFilter("runs", TRUE))),
    ("any where true | head 3", Query(ANY, (Pipe("head", 3),))),
    (
        "any where true | head 2 * 5 | tail (3) | head 0",
        Query(ANY, (Pipe("head", 10), Pipe("tail", 3), Pipe("head", 0))),
    ),
    (
        "sequence [any where true] [process where true]",
        Query(Sequence((Stage(ANY), Stage(PROCESS)))),
    ),
    (
        """sequence by a, ?b with maxspan=90s
             [any where true] by c with runs=3
            ![any where true] by d
           until [process where true] by a
           | tail 1""",
        Query(
            Sequence(
                (Stage(ANY, (C,), runs=3), Stage(ANY, (D,), missing=True)),
                (A, Field("b", optional=True)),
                90_000,
                Stage(PROCESS, (A,)),
            ),
            (Pipe("tail", 1),),
        ),
    ),
    (
        "sequence with maxspan = 12 h [any where true] with runs = 100",
        Query(Sequence((Stage(ANY, runs=100),), (), 43_200_000)),
    ),
    (
        "sequence [any where true] [any where true] until ![any where true]",
        Query(Sequence((Stage(ANY), Stage(ANY)), until=Stage(ANY, missing=True))),
    ),
    (
        "sample by a [any where true] by b [process where true] by `my-b`",
        Query(Sample((Stage(ANY, (B,)), Stage(PROCESS, (Field("my-b"),))), (A,))),
    ),
]


@pytest.mark.parametrize(("query", "tree"), QUERIES, ids=range(len(QUERIES)))
def test_a_query_becomes_its_tree(query, tree):
    assert parse(query) == tree


@pytest.mark.parametrize(
    ("unit", "milliseconds"),
    [("ms", 7), ("s", 7000), ("m", 420_000), ("h", 25_200_000), ("d", 604_800_000)],
)
def test_each_time_unit_of_a_maxspan(unit, milliseconds):
    query = parse(f"sequence with maxspan=7{unit} [any where true] [any where true]")
    assert query.body.maxspan == milliseconds


GAPS = [" ", "\n", "\t \r\n", " // a ' remark \" [ (\n", " /* a /* nested */ remark */", " /**/ "]
ACCEPTED = [f"any where {query}" for query, _ in CONDITIONS] + [query for query, _ in QUERIES]


@pytest.mark.parametrize(
    "gap", GAPS, ids=["blank", "line", "mixed", "line-c", "nested-c", "empty-c"]
)
def test_blanks_and_comments_between_tokens_change_nothing(gap):
    for query in ACCEPTED:
        tokens = Tokens(query)
        words = [
            query[start:end]
            for kind, start, end in zip(tokens.kinds, tokens.starts, tokens.ends, strict=True)
            if kind != END
        ]
        assert parse(gap + gap.join(words) + gap) == parse(query), query


def test_no_blanks_are_needed_around_signs():
    query = 'any where(a=="x"and b:("y","z")or not(c in(1,2)))|head 5'
    spaced = 'any where ( a == "x" and b : ( "y" , "z" ) or not ( c in ( 1 , 2 ) ) ) | head 5'
    assert parse(query) == parse(spaced)


def test_places_are_those_in_the_text():
    query = 'process where (a : "x" or length(b) > 5) and ?c in (1, 2)'
    tree = parse(query)

    def at(node):
        return query[node.span.start : node.span.end]

    either, membership = tree.body.condition.terms
    match, longer = either.terms
    assert at(tree) == query
    assert at(tree.body.condition) == '(a : "x" or length(b) > 5) and ?c in (1, 2)'
    assert at(either) == 'a : "x" or length(b) > 5'
    assert at(match) == 'a : "x"'
    assert at(match.patterns[0]) == '"x"'
    assert at(longer.left) == "length(b)"
    assert at(membership) == "?c in (1, 2)"
    assert at(membership.operand) == "?c"


def test_a_list_is_remembered_but_does_not_count():
    single, listed = parse_expression('a : "x"'), parse_expression('a : ("x")')
    assert (single.listed, listed.listed) == (False, True)
    assert single == listed


# The code, and between « and » the place; then a part of the hint.
SLIPS = [
    # EQL001: something else was expected
    ("«»", "EQL001", "an event category"),
    ("process«»", "EQL001", "`where`"),
    ("process «is» true", "EQL001", "`where`"),
    ("«42» where true", "EQL001", "an event category"),
    ("«a.b» where true", "EQL001", "an event category"),
    ("«(»a == 1)", "EQL001", "an event category"),
    ("«length»(a) > 1", "EQL001", "an event category and `where`"),
    ("any where«»", "EQL001", "a condition"),
    ("any where a and«»", "EQL001", "a condition"),
    ("any where a == «and» b", "EQL001", "a condition"),
    ('any where a «"x"»', "EQL001", "an operator"),
    ("any where a «b»", "EQL001", "an operator"),
    ("any where a «not» b", "EQL001", "`not` stands before a whole condition"),
    ("any where (a == 1«»", "EQL001", "`)`"),
    ("any where a == 1«)»", "EQL001", "the end of the query"),
    ("any where (a«,» b)", "EQL001", "`)`"),
    ("any where a in (1 «2»)", "EQL001", "`,` or `)`"),
    ("any where f(a «]»", "EQL001", "`,` or `)`"),
    ("any where a in «1»", "EQL001", "a list of values"),
    ("any where a in (1,«,» 2)", "EQL001", "a value"),
    ('any where a : ("x" «"y"»)', "EQL001", "`,` or `)`"),
    ("any where a :«»", "EQL001", "a string behind `:`"),
    ("any where a«.1»", "EQL001", "an operator"),
    ("any where ? «1»", "EQL001", "a field's name"),
    ("any where a.b«(»1)", "EQL001", "no dots"),
    ("any where true «by» a", "EQL001", "the end of the query"),
    ("any where true |«»", "EQL001", "`head` or `tail`"),
    ("any where true | head 1 «head»", "EQL001", "an operator"),
    ("sequence«»", "EQL001", "`[`"),
    ("sequence by «[»any where true]", "EQL001", "a field to join by"),
    ("sequence [any where true«»", "EQL001", "an operator or `]`"),
    ("sequence with «minspan»=1s [any where true]", "EQL001", "`maxspan`"),
    ("sequence with maxspan «5»s [any where true]", "EQL001", "`=`"),
    ("sequence with maxspan=«m» [any where true]", "EQL001", "a time"),
    ("sequence [any where true] «(»any where true)", "EQL001", "`[`, `|` or the end"),
    ("sequence [any where true] with «sums»=3", "EQL001", "`runs`"),
    ("sequence [any where true] with runs=«many»", "EQL001", "the number of runs"),
    ("sequence [any where true] until «any» where true", "EQL001", "`[`"),
    # EQL002: no sign of EQL
    ("any where a «&&» b", "EQL002", "`and`"),
    ("any where a «||» b", "EQL002", "`or`"),
    ("any where «!»a", "EQL002", "`not`"),
    ('any where a «!:» "x"', "EQL002", "`not field : value`"),
    ('any where a «=~» "x"', "EQL002", "regex"),
    ('any where a «!=~» "x"', "EQL002", "not"),
    ("any where a«;»", "EQL002", "ends by itself"),
    ("any where «$a» == 1", "EQL002", "backticks"),
    ("any where a == «$» b", "EQL002", "backticks"),
    ("any where _arraySearch(a.b, «$each», $each.c == 1)", "EQL002", "for any value"),
    ("any where «ä» == 1", "EQL002", "backticks"),
    ("any where a ==«\u00a0»1", "EQL002", "no-break space"),
    ("any where a == «\u201c»x\u201d", "EQL002", "typographic"),
    ("«\ufeff»any where true", "EQL002", "byte order mark"),
    ("sequence «!» [any where true]", "EQL002", "`not`"),
    # strings and comments
    ("any where a == «'x'»", "EQL003", 'write "x"'),
    ("«'42'» where true", "EQL003", "42"),
    ('any where a == «"x»', "EQL004", "end it"),
    ('any where a == «"x»\n"', "EQL004", "line break"),
    ('any where a == «"""»x"" or b', "EQL004", '"""'),
    ('any where a == "C:«\\D»ata"', "EQL005", "\\\\"),
    ('any where a == "«\\u{1}»"', "EQL005", "hex digits"),
    ('any where a == "«\\u{d800}»"', "EQL005", "D800"),
    ('any where a == "«\\u{110000}»"', "EQL005", "10FFFF"),
    ('any where a == "«\\u»0041"', "EQL005", "hex digits"),
    ('any where a == «?"x"»', "EQL006", "three double quotes"),
    ("any where a == «?'x'»", "EQL006", "three double quotes"),
    ("any where a «/*» or b", "EQL007", "*/"),
    # words and operators
    ("any where a «=» 1", "EQL008", "`==`"),
    ("any where f(a «=» 1)", "EQL008", "`==`"),
    ("any «WHERE» a", "EQL009", "`where`"),
    ("any where a «AND» b", "EQL009", "`and`"),
    ("any where (a «Or» b)", "EQL009", "`or`"),
    ("any where «NOT» a", "EQL009", "`not`"),
    ('any where a «LIKE» "x"', "EQL009", "`like`"),
    ("«SEQUENCE» by a [any where true]", "EQL009", "`sequence`"),
    ("sequence «BY» a [any where true]", "EQL009", "`by`"),
    ("any where a < b «<» c", "EQL010", "joined by `and`"),
    ("any where a == b «!=» c", "EQL010", "joined by `and`"),
    ('any where a : "x" «:» "y"', "EQL010", "parentheses"),
    ("any where a in (1) «in» (2)", "EQL010", "parentheses"),
    ("any where a in (1) «not» in (2)", "EQL010", "parentheses"),
    ('any where a «not like» "x"', "EQL011", "`not field like …`"),
    ('any where a «not :» "x"', "EQL011", "`not field : …`"),
    ("any where a == «not» b", "EQL011", "parentheses"),
    ("any where a + «not» b", "EQL011", "parentheses"),
    ("any where a in «()»", "EQL012", "at least one"),
    ("any where a : «()»", "EQL012", "at least one"),
    ("any where a in (1«,)»", "EQL012", "leave out the comma"),
    ("any where a in (b«,)»", "EQL012", "leave out the comma"),
    ('any where a : ("x"«,)»', "EQL012", "leave out the comma"),
    ("any where f(a«,)»", "EQL012", "leave out the comma"),
    ("any where a : «b»", "EQL013", "double quotes"),
    ("any where a like («b»)", "EQL013", "double quotes"),
    ("any where a : «-»1", "EQL013", "double quotes"),
    ("any where a regex «concat»(b)", "EQL013", "double quotes"),
    # fields
    ("any where «a[0»] == 1", "EQL015", "any value"),
    ("any where f(«a.b[17»])", "EQL015", "any value"),
    ("any where «`»a == 1", "EQL016", "two backticks"),
    ("any where «``» == 1", "EQL016", "two backticks"),
    ("any where «event.sequence» == 1", "EQL017", "`` `event.sequence` ``"),
    ("any where «a.in.b» == 1", "EQL017", "backticks"),
    ("any where `x`.«any»", "EQL017", "backticks"),
    ("any where a == 1 and «child of» [any where b]", "EQL018", "sequence"),
    ("any where «descendant of» [any where b]", "EQL018", "sequence"),
    ("any where a > «1e999»", "EQL019", ""),
    ("any where a > «" + "9" * 400 + "»", "EQL019", ""),
    ("any where a > «" + "9" * 5000 + "»", "EQL019", ""),
    # statements
    ("«join» by a [any where true] [any where true]", "EQL020", "`sequence`"),
    ("sequence with maxspan=1s «by» a [any where true]", "EQL021", "`sequence by"),
    ("sequence [any where true] with runs=2 «by» a", "EQL021", "`[…] by"),
    ("sequence by «length»(a) [any where true]", "EQL022", "a field's name"),
    ('sequence by «"a"» [any where true]', "EQL022", "a field's name"),
    ("sequence by a, «1» [any where true]", "EQL022", "a field's name"),
    ("sequence by «a +» 1 [any where true]", "EQL022", "a field's name"),
    ("sequence with «runs»=2 [any where true]", "EQL023", "`[…] with runs"),
    ("sequence [any where true] with «maxspan»=2s", "EQL023", "before the first event"),
    ("sequence [any where true] until «[any where true] with runs=2»", "EQL023", ""),
    ("sample by a «with» maxspan=1s [any where true]", "EQL024", ""),
    ("sample by a [any where true] «![any where true]»", "EQL024", ""),
    ("sample by a «[any where true] with runs=2»", "EQL024", ""),
    ("sample by a [any where true] «until» [any where true]", "EQL024", ""),
    ("sequence [any where true] «as first» [any where true]", "EQL029", "`[…] by field`"),
    ("sequence [any where true] by a «as» [any where true]", "EQL029", "`[…] by field`"),
    ("sample by a [any where true] «as x» [any where true]", "EQL029", "`[…] by field`"),
    ("sequence with maxspan=«5» [any where true]", "EQL025", "did you mean `5s`?"),
    ("sequence with maxspan=5«x» [any where true]", "EQL025", "ms, s, m, h, d"),
    ("sequence with maxspan=5«min» [any where true]", "EQL025", "did you mean `5m`?"),
    ("sequence with maxspan=5«millis» [any where true]", "EQL025", "did you mean `5ms`?"),
    ("sequence with maxspan=5«H» [any where true]", "EQL025", "did you mean `5h`?"),
    ("sequence with maxspan=«1.5»h [any where true]", "EQL025", "positive integer"),
    ("sequence with maxspan=«0s» [any where true]", "EQL025", ""),
    ("sequence with maxspan=«-1»s [any where true]", "EQL025", "`5m`"),
    ("sequence with maxspan=«99999999999999999999d» [any where true]", "EQL025", ""),
    ("sequence [any where true] with runs=«0»", "EQL026", ""),
    ("sequence [any where true] with runs=«101»", "EQL026", ""),
    ("sequence [any where true] with runs=«-5»", "EQL026", ""),
    ("any where true | «hed» 5", "EQL027", "did you mean `head`?"),
    ("any where true | «HEAD» 5", "EQL027", "did you mean `head`?"),
    ("any where true | «count»", "EQL027", "`head` and `tail`"),
    ("any where true | «unique» a", "EQL027", "`head` and `tail`"),
    ("any where true | «head»", "EQL028", "`| head 10`"),
    ("any where true | «head 1, 2»", "EQL028", "`| head 10`"),
    ("any where true | tail «-1»", "EQL028", ""),
    ("any where true | tail «a»", "EQL028", ""),
    ("any where true | tail «1.5»", "EQL028", ""),
    ('any where true | tail «"5"»', "EQL028", ""),
    ("any where true | tail «1 / 0»", "EQL028", ""),
]


@pytest.mark.parametrize(("marked", "code", "said"), SLIPS, ids=range(len(SLIPS)))
def test_a_slip_is_named_at_its_place(marked, code, said):
    query = marked.replace("«", "").replace("»", "")
    with pytest.raises(QuerySyntaxError) as caught:
        parse(query)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == code
    place = diagnostic.span
    assert f"{query[: place.start]}«{query[place.start : place.end]}»{query[place.end :]}" == marked
    assert diagnostic.text == query
    assert said in diagnostic.message + diagnostic.hint


def test_the_first_mistake_is_the_one_that_is_told():
    with pytest.raises(QueryError, match="EQL009"):
        parse("any WHERE a == 'x'")
    with pytest.raises(QueryError, match="EQL003"):
        parse("any where a == 'x' AND b")


def test_an_error_says_its_place_in_words():
    with pytest.raises(QueryError) as caught:
        parse("any where\n  a = 1")
    assert str(caught.value) == (
        "line 2:5: `=` is not a comparison; write `==` for the exact value, "
        "`:` for a pattern in any letter case [EQL008]"
    )


def test_a_lone_condition_must_end():
    with pytest.raises(QueryError, match="EQL001"):
        parse_expression("a == 1 | head 5")
    with pytest.raises(QueryError, match="EQL001"):
        parse_expression("")
