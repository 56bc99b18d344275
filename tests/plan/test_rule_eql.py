"""What is told of rules in EQL beside what is wrong with their queries."""

import pytest

from tocsin.plan.rule_plan import plan_of
from tocsin.rules.rule import Rule
from tocsin.schema.fields import Schema

SEQUENCE = 'sequence [any where a == "1"] [any where a == "2"]'


@pytest.mark.parametrize(
    ("query", "field", "codes"),
    [
        (SEQUENCE, "event.created", ["RULE007"]),
        (SEQUENCE, "@timestamp", []),
        ("any where true", "event.created", []),
        ('sample by b [any where a == "1"] [any where a == "2"]', "event.created", []),
    ],
)
def test_sequences_that_would_be_put_in_another_order_are_told(query, field, codes):
    rule = Rule("r", "R", "eql", language="eql", query=query, timestamp_field=field)
    plan, found = plan_of(rule, Schema())
    assert plan is not None
    assert [told.code for told in found] == codes
    assert all(told.severity == "warning" and field in told.message for told in found)
