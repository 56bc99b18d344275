"""What a rule needs is the same whether its whole plan is kept or only the fields it asks for."""

from hypothesis import given, settings
from hypothesis import strategies as st

import tocsin
from tocsin.engine.compiled import compile_rules
from tocsin.plan.needs import missing_needs, needs_of
from tocsin.rules.rule import Rule


def plan(query, **more):
    given = {"type": "eql", "language": "eql"} | more
    [found] = compile_rules([Rule("r", "r", query=query, **given)]).plans
    return found


PLANS = [
    plan('process where process.name == "a" and (user.name : "b*" or host.name == "c")'),
    plan('process where not process.name == "a" and user.name != null'),
    plan("sequence by host.name [process where process.pid > 1] [file where file.size == 2]"),
    plan(
        'process.name: a or not (user.name: "x" and host.name: *)', type="query", language="kuery"
    ),
    plan(
        "process.name: a",
        type="threshold",
        language="kuery",
        raw={
            "threshold": {
                "field": ["host.name"],
                "value": 2,
                "cardinality": [{"field": "user.name", "value": 2}],
            }
        },
    ),
    *[found for found in compile_rules(tocsin.load_rules()).plans if found is not None],
]
FIELDS = sorted({name for found in PLANS for name in needs_of(found).names})


@settings(max_examples=200)
@given(st.sampled_from(PLANS), st.sets(st.sampled_from(FIELDS)))
def test_the_fields_alone_say_the_same_as_the_plan(found, missing):
    needs = needs_of(found)
    assert needs.missing(needs.names - missing) == missing_needs(found, missing)


def test_a_field_that_every_way_asks_for_is_needed():
    needs = needs_of(PLANS[0])
    assert needs.names >= {"process.name", "user.name", "host.name", "event.category"}
    assert needs.missing({"event.category", "user.name"}) == ["process.name"]
    assert needs.missing({"event.category", "process.name"}) == ["host.name", "user.name"]
    assert needs.missing({"event.category", "process.name", "user.name"}) == []


def test_what_is_only_excluded_is_not_needed():
    assert needs_of(PLANS[1]).missing({"event.category", "user.name"}) == []


def test_what_is_counted_and_grouped_by_is_needed():
    assert needs_of(PLANS[4]).missing({"process.name"}) == ["host.name", "user.name"]
