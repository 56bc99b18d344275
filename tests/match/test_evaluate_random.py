"""The plain evaluator, over lowered predicates, agrees with the rows that know nothing of them."""

from hypothesis import example, given
from hypothesis import strategies as st

from oracle import rows
from oracle.queries import POOLS, UNMAPPED, conditions, events, queries, schema, strict_conditions
from tocsin.languages.eql.parser import parse
from tocsin.match.evaluate import Evaluator
from tocsin.plan.lower_eql import lower
from tocsin.plan.passes import simplified

SCHEMA = schema()
STRICT = schema(frozenset(POOLS))


def agree(text, event, chosen):
    query = parse(text)
    condition = lower(query, chosen, text=text).stage.condition
    values = rows.flat(event)
    expected = rows.matches(query, event, chosen)
    assert Evaluator().holds(condition, lambda name: values.get(name, [])) == expected
    assert simplified(condition) == condition


@given(queries(), events())
def test_queries(text, event):
    agree(text, event, SCHEMA)


@given(conditions(), st.lists(events(), min_size=1, max_size=3))
def test_conditions(text, several):
    for event in several:
        agree("any where " + text, event, SCHEMA)


@given(strict_conditions(), events())
@example("not (?gone.field == null)", {})
@example('not (?gone.field : "a" or process.name : "b")', {})
@example('not (?gone.field : "a" and process.name : "b")', {})
def test_strict_conditions(text, event):
    assert not any(name.split(".")[0] in event for name in UNMAPPED)
    agree("any where " + text, event, STRICT)
