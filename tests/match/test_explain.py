"""Which clauses and values a reader is told."""

import json

import pytest
from hypothesis import given

from oracle import rows
from oracle.queries import conditions, events, schema
from tocsin.languages.eql.parser import parse
from tocsin.match.evaluate import Evaluator
from tocsin.match.explain import LONGEST_CLAUSE, Why, why, why_not
from tocsin.plan.lower_eql import lower
from tocsin.schema.fields import Schema

SCHEMA = Schema({"k": "keyword", "m": "keyword", "n": "long", "b": "boolean"})
EVENT = {"k": ["cmd.exe", "net"], "n": [7]}
BOTH = ("cmd.exe", "net")


def condition(text, chosen=SCHEMA):
    text = "any where " + text
    return lower(parse(text), chosen, text=text).stage.condition


def told(text, explain=why):
    return explain(condition(text), lambda name: EVENT.get(name, []))


@pytest.mark.parametrize(
    ("text", "reasons"),
    [
        ('k : "NET"', [Why('k : "NET"', "k", "net")]),
        (
            "n  >  5 and k != null",
            [Why("n  >  5", "n", 7), Why("k != null", "k", BOTH)],
        ),
        ('m : "x" or n == 7 or k : "*"', [Why("n == 7", "n", 7)]),
        ('k != "x"', [Why('k != "x"', "k", BOTH)]),
        ('not k : ("x", "y")', [Why('not k : ("x", "y")', "k", BOTH)]),
        ('m != "x"', [Why('m != "x"', "m", None)]),
        ("m == null", [Why("m == null", "m", None)]),
        ("not b", [Why("not b", "b", None)]),
        (
            'not (m : "x" or n == 8)',
            [Why('not m : "x"', "m", None), Why("not n == 8", "n", 7)],
        ),
        ('not (k : "net" and m : "x")', [Why('not m : "x"', "m", None)]),
        ('not (k : "net" and k != "net")', [Why('k == "net"', "k", "net")]),
        ('not (m : "a" or m : "b")', [Why('not (m : "a" or m : "b")', "m", None)]),
        (
            'startsWith(concat(k, n), "net")',
            [
                Why('startsWith(concat(k, n), "net")', "k", "net"),
                Why('startsWith(concat(k, n), "net")', "n", 7),
            ],
        ),
        ("true", [Why("true", "", None)]),
        ('k : "nothing"', []),
        ('k : "net" and m : "x"', []),
    ],
)
def test_why(text, reasons):
    assert told(text) == reasons


@pytest.mark.parametrize(
    ("text", "reasons"),
    [
        ('k : "net" and n == 8 and m : "x"', [Why("n == 8", "n", 7)]),
        ('k : "a" and n == 8', [Why('k : "a"', "k", BOTH)]),
        ('n == 8 or m : "x"', [Why("n == 8", "n", 7), Why('m : "x"', "m", None)]),
        ('k != "net"', [Why('k != "net"', "k", "net")]),
        ("m != null", [Why("m != null", "m", None)]),
        ("m == null and k == null", [Why("k == null", "k", BOTH)]),
        ("n % 2 == 0", [Why("n % 2 == 0", "n", 7)]),
        ("false", [Why("false", "", None)]),
        ('k : "net"', []),
    ],
)
def test_why_not(text, reasons):
    assert told(text, why_not) == reasons


def test_what_is_told_can_be_written_as_json():
    text = json.dumps([reason._asdict() for reason in told('k != "x" and n > 5 and m == null')])
    assert json.loads(text)[0] == {"clause": 'k != "x"', "field": "k", "value": ["cmd.exe", "net"]}


def test_long_clauses_are_cut():
    names = ", ".join(f'"name{number}"' for number in range(1000))
    (reason,) = told(f'k in ("net", {names})')
    assert len(reason.clause) == LONGEST_CLAUSE
    assert reason.clause.startswith('k in ("net", "name0"')
    assert reason.clause.endswith("…")


@given(conditions(), events())
def test_there_are_reasons_for_each_answer_and_they_are_true(text, event):
    found = condition(text, schema())
    values = rows.flat(event)
    reasons = why(found, lambda name: values.get(name, []))
    against = why_not(found, lambda name: values.get(name, []))
    holds = Evaluator().holds(found, lambda name: values.get(name, []))
    assert bool(reasons) == holds
    assert bool(against) == (not holds)
    for reason in reasons + against:
        assert reason.field == "" or reason.clause
        if not values.get(reason.field):
            assert reason.value is None
