"""Lucene query strings to tree, and what is said of mistakes."""

import pytest

from tocsin.languages import QuerySyntaxError
from tocsin.languages.lucene.nodes import (
    Bounds,
    Clauses,
    Everything,
    Exists,
    Is,
    Literal,
    Regex,
    Row,
    Wildcard,
)
from tocsin.languages.lucene.parser import MAX_NESTING, parse

A, B, C, D = (Is(name, Literal("1")) for name in "abcd")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", Everything()),
        ("*", Everything()),
        ("*:*", Everything()),
        ("a:1", A),
        ("a:1 b:1", Clauses(should=(A, B))),
        ("a:1 OR b:1", Clauses(should=(A, B))),
        ("a:1 || b:1", Clauses(should=(A, B))),
        ("a:1 AND b:1", Clauses(must=(A, B))),
        ("a:1 && b:1", Clauses(must=(A, B))),
        ("a:1 AND b:1 OR c:1", Clauses(must=(A, B), should=(C,))),
        ("a:1 OR b:1 AND c:1", Clauses(must=(B, C), should=(A,))),
        ("a:1 AND NOT b:1", Clauses(must=(A,), must_not=(B,))),
        ("a:1 AND !b:1", Clauses(must=(A,), must_not=(B,))),
        ("NOT a:1", Clauses(must_not=(A,))),
        ("-a:1", Clauses(must_not=(A,))),
        ("+a:1 b:1 -c:1", Clauses(must=(A,), should=(B,), must_not=(C,))),
        ("(a:1 OR b:1) AND c:1", Clauses(must=(Clauses(should=(A, B)), C))),
        ("a:(1)", A),
        ("a:(x OR y)", Clauses(should=(Is("a", Literal("x")), Is("a", Literal("y"))))),
        ("a:(x AND NOT y)",
         Clauses(must=(Is("a", Literal("x")),), must_not=(Is("a", Literal("y")),))),
        ("a:x and y", Clauses(should=(Is("a", Literal("x")), Is(None, Row(("and", "y")))))),
        ("x y z", Is(None, Row(("x", "y", "z")))),
        (r"a:(x y\ z)", Is("a", Row(("x", "y z")))),
        ("a:(x y) b:1", Clauses(should=(Is("a", Row(("x", "y"))), B))),
        ("a:(x y* z)", Clauses(should=(Is("a", Literal("x")), Is("a", Wildcard("y*")),
                                       Is("a", Literal("z"))))),
        ("x y AND z", Clauses(must=(Is(None, Literal("y")), Is(None, Literal("z"))),
                              should=(Is(None, Literal("x")),))),
        ("x y z OR v", Clauses(should=(Is(None, Row(("x", "y"))), Is(None, Literal("z")),
                                       Is(None, Literal("v"))))),
        ("x OR y z v", Clauses(should=(Is(None, Literal("x")), Is(None, Literal("y")),
                                       Is(None, Row(("z", "v")))))),
        ("+x y z", Clauses(must=(Is(None, Literal("x")),), should=(Is(None, Row(("y", "z"))),))),
        ("x y -z", Clauses(should=(Is(None, Row(("x", "y"))),),
                           must_not=(Is(None, Literal("z")),))),
        ("x y:z", Clauses(should=(Is(None, Literal("x")), Is("y", Literal("z"))))),
        ("x y *", Clauses(should=(Is(None, Literal("x")), Is(None, Literal("y")), Everything()))),
        ("x y^2", Clauses(should=(Is(None, Literal("x")), Is(None, Literal("y"))))),
        ("x >5", Clauses(should=(Is(None, Literal("x")), Is(None, Bounds(((">", "5"),)))))),
        ("a:x - y", Clauses(should=(Is("a", Literal("x")), Is(None, Literal("-")),
                                    Is(None, Literal("y"))))),
        ("! a:1", Clauses(should=(Is(None, Literal("!")), A))),
        ("x&&y", Is(None, Literal("x&&y"))),
        ("a:1 ||x", Clauses(should=(A, Is(None, Literal("||x"))))),
        ("a:>=5*", Is("a", Wildcard(">=5*"))),
        (r"a:\u0041\\u", Is("a", Literal("A\\u"))),
        ('a:"x y"', Is("a", Literal("x y", quoted=True))),
        (r'a:"say \"x\""', Is("a", Literal('say "x"', quoted=True))),
        ("a:x*y?", Is("a", Wildcard("x*y?"))),
        (r"a:x\*y*", Is("a", Wildcard(r"x\*y*"))),
        (r"a:x\*", Is("a", Literal("x*"))),
        (r"a:C\:\\x", Is("a", Literal("C:\\x"))),
        ("a:x-y+z", Is("a", Literal("x-y+z"))),
        ("a:/x.*\\/y/", Is("a", Regex("x.*/y"))),
        ("a:[1 TO 5]", Is("a", Bounds(((">=", "1"), ("<=", "5"))))),
        ("a:{1 TO 5]", Is("a", Bounds(((">", "1"), ("<=", "5"))))),
        ("a:[* TO 5}", Is("a", Bounds((("<", "5"),)))),
        ("a:[-5 TO *]", Is("a", Bounds(((">=", "-5"),)))),
        ('a:["2026-01-01T00:00:00Z" TO 2026-02-01T00:00]',
         Is("a", Bounds(((">=", "2026-01-01T00:00:00Z"), ("<=", "2026-02-01T00:00"))))),
        ("a:>=5", Is("a", Bounds(((">=", "5"),)))),
        ("a:<-5", Is("a", Bounds((("<", "-5"),)))),
        ('a:>"x y"', Is("a", Bounds(((">", "x y"),)))),
        ("_exists_:a.b", Exists("a.b")),
        (r"a.\*:x", Is("a.*", Literal("x"))),
        ("lone", Is(None, Literal("lone"))),
    ],
)  # fmt: skip
def test_a_query_has_its_tree(text, tree):
    assert parse(text).expression == tree


def test_clauses_may_all_be_needed():
    assert parse("a:1 b:1", both=True).expression == Clauses(must=(A, B))
    assert parse("a:1 OR b:1", both=True).expression == Clauses(should=(A, B))
    assert parse("a:1 b:1 OR c:1", both=True).expression == Clauses(must=(A,), should=(B, C))
    assert parse("x y", both=True).expression == Is(None, Row(("x", "y"), every=True))


def test_a_boost_is_passed_over_and_told():
    found = parse("a:1^2 AND (b:1)^0.5")
    assert found.expression == Clauses(must=(A, B))
    assert [note.code for note in found.notes] == ["LUC010", "LUC010"]


@pytest.mark.parametrize(
    ("text", "code", "at"),
    [
        ("a:1 AND", "LUC001", ""),
        ("AND a:1", "LUC001", "AND"),
        ("a:1 AND OR b:1", "LUC001", "OR"),
        ("a:", "LUC001", ""),
        ("(a:1", "LUC001", ""),
        ("a:1)", "LUC001", ")"),
        ("a:()", "LUC001", ")"),
        ("a:[1 5]", "LUC001", "[1 5]"),
        ("a:1 NOT", "LUC001", ""),
        ("a:x]", "LUC001", "]"),
        ('a:"x', "LUC002", '"'),
        ("a:/x", "LUC002", "/"),
        ("a:[1 TO 5", "LUC002", "["),
        ("a:x^", "LUC001", "^"),
        ("a:x^2^3", "LUC001", "^3"),
        ("a*:x", "LUC001", "a*"),
        (r"a:x\u00g1", "LUC001", r"\u00"),
        ("a:x -", "LUC001", ""),
        ("a:x~", "LUC003", "~"),
        ('a:"x y"~2', "LUC003", "~2"),
        ("(" * (MAX_NESTING + 1) + "a:1", "LUC004", "("),
    ],
)
def test_a_mistake_has_its_code_and_place(text, code, at):
    with pytest.raises(QuerySyntaxError) as refused:
        parse(text)
    [found] = refused.value.diagnostics
    assert (found.code, text[found.span.start : found.span.end]) == (code, at)
