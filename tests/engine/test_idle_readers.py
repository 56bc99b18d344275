"""Rules that read alerts and can find nothing: what a run says is what showing alerts would say."""

from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tocsin
from tocsin.engine import feedback as module
from tocsin.engine.api import gathering
from tocsin.engine.compiled import compile_rules
from tocsin.engine.feedback import Feedback
from tocsin.engine.scan import Options, Scan
from tocsin.rules.rule import Rule

ALERTS = (".alerts-security.*",)


def rule(name, query, **more):
    given = {"type": "eql", "language": "eql", "index": ("logs-*",), **more}
    return Rule(id=f"id-{name}", name=name, query=query, **given)


def event(second, **more):
    at = f"2026-08-01T00:00:{second:02d}.000Z"
    return {"@timestamp": at, "user": {"name": "a"}, "host": {"id": "h"}, **more}


def told(rules, events, *, look=True):
    """Alerts by rule, what cannot match, and whether alerts were shown to any rule."""
    compiled, source = compile_rules(rules), tocsin.events(events)
    feedback = Feedback(compiled, source)
    scan = Scan(compiled, source, Options(), sift=feedback.sift)
    shown = []
    with closing(gathering(scan, compiled)) as gathered, pytest.MonkeyPatch.context() as patch:
        real = module._Rounds.once
        patch.setattr(
            module._Rounds, "once", lambda self, *given: (shown.append(1), real(self, *given))[1]
        )
        for finding in scan.findings():
            gathered.add(finding)
        gathered.settle()
        feedback.run(gathered, scan.options, scan.statistics, *([scan.kinds] if look else []))
        found = sorted((rules[one.rule].name, one.time) for one in gathered)
    return found, sorted(scan.statistics.cannot_match), bool(shown)


FIRST = rule("First", 'any where user.name == "a"')
OKTA = rule(
    "Okta",
    """sequence by user.name with maxspan=30s
       [any where event.dataset == "okta.system" and okta.event_type == "x"]
       [any where event.kind == "signal" and kibana.alert.rule.name != null]""",
    index=("logs-okta*", *ALERTS),
)


def both(rules, events):
    seen, plain = told(rules, events), told(rules, events, look=False)
    assert seen[:2] == plain[:2]
    return seen


def test_rules_that_no_alert_can_meet_are_not_shown_any():
    events = [event(second, event={"dataset": "endpoint.x"}) for second in range(3)]
    found, lacking, shown = both([FIRST, OKTA], events)
    assert not shown
    assert [name for name, _ in found] == ["First"] * 3
    assert lacking == [("id-Okta", ["okta.event_type"])]


def test_they_are_shown_where_the_data_set_came():
    events = [event(1, event={"dataset": "okta.system"}, okta={"event_type": "x"}), event(2)]
    found, lacking, shown = both([FIRST, OKTA], events)
    assert shown
    assert [name for name, _ in found] == ["First", "First", "Okta", "Okta"]
    assert lacking == []


@pytest.mark.parametrize(
    ("query", "fires"),
    [
        ('any where event.kind == "signal"', True),
        ('any where event.dataset != "okta.system"', True),
        ('any where event.dataset == "endpoint.x"', True),
        ('any where event.dataset == "okta.system"', False),
        ('any where event.dataset == "okta.system" or user.name == "a"', True),
        (
            'sequence by host.id with maxspan=1m [any where true] ![any where user.name == "z"]',
            True,
        ),
    ],
)
def test_what_an_alert_may_be_is_looked_at(query, fires):
    events = [event(second, event={"dataset": "endpoint.x"}) for second in (1, 2)]
    found, _, shown = both([FIRST, rule("Reader", query, index=ALERTS)], events)
    assert shown == fires
    assert ("Reader" in dict(found)) == fires


def test_a_row_of_a_table_may_be_of_any_data_set():
    table = rule(
        "Table",
        'FROM logs-* | EVAL event.dataset = "okta.system" | KEEP user.name, event.dataset',
        type="esql",
        language="esql",
    )
    reader = rule("Reader", 'any where event.dataset == "okta.system"', index=ALERTS)
    _, _, shown = both([table, reader], [event(1), event(2)])
    assert shown


def test_a_field_that_few_alerts_have_is_told_of_all():
    reader = rule(
        "Reader",
        'any where event.dataset == "okta.system" and file.name == "x" and dll.name == "y"',
        index=ALERTS,
    )
    kind = {"event": {"dataset": "endpoint.x"}}
    events = [event(second % 60, host={"id": str(second)}, **kind) for second in range(140)]
    events[7]["file"] = {"name": "x"}  # between the alerts that are looked at
    _, lacking, _ = both([FIRST, reader], events)
    assert lacking == [("id-Reader", ["dll.name"])]


fields = st.sampled_from(["event.dataset", "event.action", "event.kind", "file.name"])
terms = st.builds(
    lambda name, sign, value: f'{name} {sign} "{value}"',
    fields,
    st.sampled_from(["==", "!="]),
    st.sampled_from(["a", "b", "signal"]),
)
queries = st.lists(terms, min_size=1, max_size=3).flatmap(
    lambda some: st.sampled_from([f" {word} ".join(some) for word in ("and", "or")])
)
stages = st.lists(queries.map(lambda query: f"[any where {query}]"), min_size=2, max_size=2)
readers = st.one_of(
    queries.map(lambda query: f"any where {query}"),
    stages.map(lambda some: f"sequence by user.name with maxspan=1m {' '.join(some)}"),
)
happening = st.lists(
    st.dictionaries(fields, st.sampled_from(["a", "b"]), max_size=3), min_size=1, max_size=5
)


@settings(max_examples=60)
@given(st.lists(readers, min_size=1, max_size=2), happening)
def test_alerts_need_not_be_shown_where_that_finds_nothing(queries, happened):
    rules = [FIRST] + [
        rule(f"R{number}", query, index=ALERTS) for number, query in enumerate(queries)
    ]
    both(rules, [event(second, **one) for second, one in enumerate(happened)])
