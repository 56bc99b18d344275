"""What alerts tell of the clauses that held is what the full account of the predicate tells."""

import pytest
from hypothesis import given
from test_explain import BOTH, condition

from oracle import rows
from oracle.queries import conditions, events, schema
from tocsin.match.evaluate import Evaluator
from tocsin.match.explain import LONGEST_CLAUSE, Why, why
from tocsin.match.held import Held

EVENT = {"k": ["cmd.exe", "net"], "n": [7]}


def held(text):
    found = Held(condition(text), Evaluator())
    told = found.why(lambda name: EVENT.get(name, []))
    assert found.why(lambda name: EVENT.get(name, [])) == told
    return told


@pytest.mark.parametrize(
    ("text", "reasons"),
    [
        ('k : "NET"', [Why('k : "NET"', "k", "net")]),
        ("n > 5 and k != null", [Why("n > 5", "n", 7), Why("k != null", "k", BOTH)]),
        ('n == 7 and not k : "x"', [Why("n == 7", "n", 7)]),
        ('k != "x"', [Why('k != "x"', "k", BOTH)]),
        ('m : "x" or n == 7 or k : "*"', [Why("n == 7", "n", 7)]),
        ('m : "x" or (n > 8 or k : "net")', [Why('k : "net"', "k", "net")]),
        ('n == 7 and k : "net" and n == 7', [Why("n == 7", "n", 7), Why('k : "net"', "k", "net")]),
        ("(m == null or n == 8) and n == 7", [Why("n == 7", "n", 7)]),
        (
            'startsWith(concat(k, n), "net")',
            [
                Why('startsWith(concat(k, n), "net")', "k", "net"),
                Why('startsWith(concat(k, n), "net")', "n", 7),
            ],
        ),
        ("true", [Why("true", "", None)]),
    ],
)
def test_clauses_that_held(text, reasons):
    assert held(text) == reasons


def test_long_clauses_are_cut():
    names = ", ".join(f'"name{number}"' for number in range(1000))
    (reason,) = held(f'k in ("net", {names})')
    assert len(reason.clause) == LONGEST_CLAUSE


@given(conditions(), events(), events())
def test_they_are_among_all_reasons_in_the_same_order(text, one, other):
    """Of one event after the other, by the same prepared predicate."""
    found = condition(text, schema())
    evaluator = Evaluator()
    prepared = Held(found, evaluator)
    for event in (one, other):
        values = rows.flat(event)
        every = why(found, lambda name, known=values: known.get(name, []))
        if every:
            told = prepared.why(lambda name, known=values: known.get(name, []))
            assert told
            assert told == [reason for reason in every if reason in told]
