"""Which rules the events can set off, and what kept back those that were quiet."""

from collections import Counter

import pytest

import tocsin
from tocsin.engine.compiled import compile_rules
from tocsin.engine.readiness import UNNAMED, Watch, awaited
from tocsin.engine.scan import Options, Scan
from tocsin.rules.rule import Rule

PROCESS = ("logs-endpoint.events.process-*",)


def rule(name, query, index=PROCESS, **more):
    return Rule(id=name, name=name, type="eql", language="eql", query=query, index=index, **more)


def event(dataset="endpoint.events.process", **fields):
    return {
        "@timestamp": "2026-01-01T00:00:00Z",
        "data_stream.dataset": dataset,
        "event.category": "process",
        **fields,
    }


def told(rules, events, routing="auto", sample=50, rows=None):
    compiled = compile_rules(rules)
    watch = Watch(compiled, routing, sample)
    scan = Scan(compiled, tocsin.events(events), Options(routing=routing, rows=rows), observe=watch)
    alerts = Counter(compiled.rules[found.rule].id for found in scan.findings())
    return {one.rule.id: one for one in watch.rules(alerts)}, watch


CURL = rule(
    "curl", 'process where process.name == "curl" and process.args == "x" and user.id : "?"'
)
FILES = rule("files", "file where true", ("logs-endpoint.events.file-*",))
FREE = rule("free", 'any where user.name == "root"', ())


def test_states():
    lacking = rule("lacking", 'process where process.parent.name == "sh"')
    broken = rule("broken", "process where")
    rules = [CURL, FILES, FREE, lacking, broken, rule("all", "process where true")]
    found, _ = told(rules, [event(**{"process.name": "curl", "user.id": "1", "process.args": "y"})])
    assert {name: one.state for name, one in found.items()} == {
        "curl": "quiet",
        "files": "no events",
        "free": "lacks fields",
        "lacking": "lacks fields",
        "broken": "cannot run",
        "all": "fired",
    }
    assert found["lacking"].missing == ["process.parent.name"]
    assert found["broken"].reason
    assert found["all"].alerts == found["all"].hits == 1
    assert awaited(found.values(), 5) == [("logs-endpoint.events.file-*", 1)]


def test_a_field_of_another_data_set_is_no_field_of_the_rule():
    both = [event(), event("endpoint.events.file", **{"process.name": "curl"})]
    found, _ = told([CURL, FILES], both)
    assert "process.name" in found["curl"].missing
    assert (found["curl"].events, found["files"].events) == (1, 1)


def test_clauses_that_failed_alone():
    values = [("curl", "y", "1"), ("curl", "y", "2"), ("wget", "x", "1"), ("wget", "y", "1")]
    events = [
        event(**{"process.name": name, "process.args": arg, "user.id": user})
        for name, arg, user in values
    ]
    found, watch = told([CURL], events)
    assert found["curl"].near == {'process.args == "x"': 2, 'process.name == "curl"': 1}
    assert found["curl"].held == 3
    assert watch.sampled == 4


def test_what_holds_for_anything_is_not_near():
    few = rule("few", 'process where process.name == "curl" and not user.id == "0"')
    found, _ = told([few], [event(**{"process.name": "sh", "user.id": "1"})])
    assert found["few"].state == "quiet"
    assert not found["few"].near


def test_stages_of_sequences_and_no_absences():
    sequence = rule(
        "sequence",
        'sequence by host.id with maxspan=1m [process where process.name == "a" and user.id == "1"]'
        ' ![process where process.name == "b" and user.id == "1"]',
    )
    events = [event(**{"process.name": name, "host.id": "h", "user.id": "1"}) for name in "cc"]
    found, _ = told([sequence], events)
    assert found["sequence"].near == {'process.name == "a"': 2}


@pytest.mark.parametrize(
    ("routing", "seen"),
    [("auto", {"curl", "free"}), ("strict", {"free"}), ("off", {"curl", "free"})],
)
def test_events_that_no_rule_means(routing, seen):
    found, watch = told([CURL, FREE], [event("other")], routing)
    assert {name for name, one in found.items() if one.events} == seen
    [only] = watch.sets.values()
    assert (only.name, only.routed, only.events) == ("logs-other-default", False, 1)


def test_events_without_an_index():
    _, watch = told([FREE], [{"@timestamp": "2026-01-01T00:00:00Z"}])
    assert [one.name for one in watch.sets.values()] == [UNNAMED]


@pytest.mark.parametrize("sample", [0, 1, 8, 50])
def test_the_sample_is_bounded_and_the_same_in_any_batches(sample):
    events = [event(**{"process.name": str(number)}) for number in range(500)]
    whole, watch = told([CURL], events, sample=sample)
    parts, other = told([CURL], events, sample=sample, rows=7)
    assert watch.sampled == other.sampled <= sample
    assert watch.sampled >= sample // 4
    assert whole["curl"].near == parts["curl"].near
    assert whole["curl"].events == parts["curl"].events == 500
