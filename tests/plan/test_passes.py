"""Predicates built simple: before and after."""

import pytest

from tocsin.plan.passes import FALSE, TRUE, conjunction, disjunction, negation, simplified, text
from tocsin.plan.predicate import (
    And,
    Compare,
    Constant,
    Exists,
    FieldRef,
    Not,
    Or,
    Regex,
    Text,
    Within,
)
from tocsin.schema.kinds import Kind

F, G = FieldRef("f", Kind.KEYWORD), FieldRef("g", Kind.KEYWORD)
A, B, C = (Text(F, (name,)) for name in "abc")
N = Compare(FieldRef("n", Kind.LONG), ">", 5)
X, Y = Exists(F), Exists(G)


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ([], TRUE),
        ([X], X),
        ([X, X], X),
        ([X, TRUE, Y], And((X, Y))),
        ([X, FALSE], FALSE),
        ([TRUE, TRUE], TRUE),
        ([And((X, Y)), N, X], And((X, Y, N))),
        ([A, B], And((A, B))),
    ],
)
def test_conjunction(terms, expected):
    assert conjunction(terms) == expected


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ([], FALSE),
        ([X], X),
        ([X, FALSE, Y], Or((X, Y))),
        ([X, TRUE], TRUE),
        ([Or((X, Y)), N, X], Or((X, Y, N))),
        ([A, N, B, C, A], Or((Text(F, ("a", "b", "c")), N))),
        ([A, B], Text(F, ("a", "b"))),
        ([A, Text(F, ("b",), fold=True)], Or((A, Text(F, ("b",), fold=True)))),
        ([A, Text(G, ("b",))], Or((A, Text(G, ("b",))))),
        ([Regex(F, ("a",)), Regex(F, ("b", "a"))], Regex(F, ("a", "b"))),
        ([Regex(F, ("a",)), Regex(F, ("b",), fold=True)], None),
        ([Within(F, ("::1",)), Within(F, ("::2",))], Within(F, ("::1", "::2"))),
        ([And((A, N)), And((B, N))], None),
    ],
)
def test_disjunction(terms, expected):
    assert disjunction(terms) == (expected or Or(tuple(terms)))


def test_joined_lists_quote_all_their_clauses():
    found = disjunction([Text(F, ("a",), clause="f == a"), N, Text(F, ("b",), clause="f == b")])
    assert found.terms[0].clause == "f == a or f == b"


def test_negation():
    assert negation(TRUE) == FALSE
    assert negation(Not(X)) == X
    assert negation(N, "not n > 5") == Not(N)
    assert negation(N, "not n > 5").clause == "not n > 5"


@pytest.mark.parametrize(
    ("patterns", "fold", "expected"),
    [
        (["b", "a", "b"], False, Text(F, ("a", "b"))),
        (["A*", "a**"], True, Text(F, ("a*",), fold=True)),
        (["É"], True, Text(F, ("É",))),
        (["1*", "%"], True, Text(F, ("%", "1*"))),
        (["x", "*"], False, X),
        ([r"\*"], False, Text(F, (r"\*",))),
        ([], False, FALSE),
    ],
)
def test_text(patterns, fold, expected):
    assert text(F, patterns, fold=fold) == expected


def test_simplified_builds_any_tree_anew():
    tree = Not(Not(And((Or((B, A)), Or((FALSE, Constant(True))), And((N, Not(FALSE)))))))
    assert simplified(tree) == And((Text(F, ("a", "b")), N))
