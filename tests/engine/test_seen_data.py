"""Which rules data sets can set off, told from what came of each."""

from collections import Counter

from tocsin.engine.compiled import compile_rules
from tocsin.engine.seen_data import Judge, SeenSet
from tocsin.plan.needs import needs_of
from tocsin.rules.rule import Rule


def rule(name, query, *index):
    return Rule(name, name, type="eql", language="eql", query=query, index=index)


RULES = [
    rule("exec", 'process where process.name == "a"', "logs-endpoint.events.*"),
    rule("okta", 'any where user.name == "a"', "logs-okta*"),
    rule("all", 'process where process.name == "a"'),
    rule("alerts", 'process where process.name == "a"', ".alerts-security.*"),
]
PLANS = compile_rules(RULES).plans
NEEDS = {one.id: needs_of(plan) for one, plan in zip(RULES, PLANS, strict=True)}
INDICES = {one.id: one.index for one in RULES} | {"never": ("logs-*",)}


def seen(name, *fields, sampled=(), events=5):
    names = {f"logs-{name}-default"}
    counts = Counter(dict.fromkeys(fields, events))
    return SeenSet(name, names, events, fields=counts, sampled=set(sampled))


def told(*sets, routing="auto"):
    found = Judge(NEEDS, INDICES, routing).told(sets)
    return {name: one.state for name, one in found.items()}


def test_a_rule_is_ready_if_its_data_sets_have_its_fields():
    one = seen("endpoint.events.process", "event.category", "process.name")
    assert told(one) == {
        "exec": "ready",
        "okta": "no events",
        "all": "ready",
        "alerts": "no events",
        "never": "cannot run",
    }


def test_a_missing_field_is_named_and_one_of_a_sample_counts():
    one = seen("endpoint.events.process", "event.category")
    found = Judge(NEEDS, INDICES).told([one])
    assert (found["exec"].state, found["exec"].missing) == ("lacks fields", ("process.name",))
    assert (found["exec"].sets, found["exec"].events) == (("endpoint.events.process",), 5)
    one.sampled.add("process.name")
    assert told(one)["exec"] == "ready"


def test_fields_of_all_its_data_sets_count():
    one = seen("endpoint.events.file", "event.category")
    other = seen("endpoint.events.process", "process.name", events=9)
    found = Judge(NEEDS, INDICES).told([one, other])["exec"]
    assert (found.state, found.events) == ("ready", 14)
    assert found.sets == ("endpoint.events.process", "endpoint.events.file")


def test_events_that_no_rule_means_are_shown_to_all_unless_it_is_strict():
    stray = seen("stray", "event.category", "process.name", "user.name")
    assert [name for name, state in told(stray).items() if state == "ready"] == [
        "exec",
        "okta",
        "all",
    ]
    strict = told(stray, routing="strict")
    assert [name for name, state in strict.items() if state == "ready"] == ["all"]
    off = told(stray, routing="off")
    assert off["alerts"] == "ready"


def test_a_judge_tells_the_same_however_often_it_is_asked():
    one = seen("endpoint.events.process", "event.category")
    judge = Judge(NEEDS, INDICES)
    for _ in range(2):
        assert judge.told([one])["exec"].missing == ("process.name",)
    one.fields["process.name"] = 1
    one.events += 7
    found = judge.told([one, seen("okta.system", "user.name")])
    assert (found["exec"].state, found["exec"].events) == ("ready", 12)
    assert found["okta"].state == "ready"
    del one.fields["process.name"]
    assert judge.told([one])["exec"].state == "lacks fields"


def test_nothing_came():
    assert set(told().values()) == {"no events", "cannot run"}
