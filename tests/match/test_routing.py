"""Which rules see an event: index names told from events, and the patterns of rules."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from match.scanned import cells_of, hits_of, program_of
from tocsin.match.indices import Patterns, candidates, index_name
from tocsin.match.matcher import Matcher
from tocsin.match.routing import MOST_KNOWN
from tocsin.plan.predicate import Constant

DEFEND = {"type": ["logs"], "dataset": ["endpoint.events.process"], "namespace": ["default"]}


def stream(**parts):
    return {f"data_stream.{name}": value for name, value in parts.items()}


@pytest.mark.parametrize(
    ("index", "name"),
    [
        ("winlogbeat-8.1", "winlogbeat-8.1"),
        (".ds-logs-aws.cloudtrail-prod-2026.08.01-000001", "logs-aws.cloudtrail-prod"),
        ("auditbeat-8.0.0-2026.08.01-000012", "auditbeat-8.0.0"),
        ("auditbeat-8.0.0-2026.08.01", "auditbeat-8.0.0-2026.08.01"),
        ("far:partial-.ds-logs-x-default-2026.08.01-000001", "logs-x-default"),
        ("restored-logs-x-default", "logs-x-default"),
        ("partial-restored-.ds-logs-x-y", "logs-x-y"),
        (".alerts-security.alerts-default", ".alerts-security.alerts-default"),
        (".internal.alerts-security.alerts-a-000012", ".alerts-security.alerts-a"),
        ("", ""),
    ],
)
def test_index_names(index, name):
    assert index_name(index) == name


@pytest.mark.parametrize(
    ("values", "index", "names"),
    [
        ({}, None, []),
        (stream(**DEFEND), None, ["logs-endpoint.events.process-default"]),
        (stream(dataset=["a.b"]), None, ["logs-a.b-default"]),
        (stream(type=["metrics"], namespace=["x"]), None, []),
        (stream(type=["metrics"], dataset=["a"], namespace=["x"]), None, ["metrics-a-x"]),
        (
            stream(dataset=["a", "b"], namespace=["x", "y"]),
            None,
            ["logs-a-x", "logs-a-y", "logs-b-x", "logs-b-y"],
        ),
        ({"event.dataset": ["okta.system"]}, None, ["logs-okta.system-default"]),
        (stream(dataset=["a"]) | {"event.dataset": ["a"]}, None, ["logs-a-default"]),
        ({"agent.type": ["auditbeat"]}, None, ["auditbeat-*"]),
        ({"agent.type": ["endpoint", "filebeat"]}, None, ["filebeat-*"]),
        (
            {"agent.type": ["winlogbeat"]},
            "far:.ds-winlogbeat-8-2026.01.02-000003",
            ["far:winlogbeat-8", "winlogbeat-8", "winlogbeat-*"],
        ),
        (
            {"event.dataset": ["a"]},
            "partial-.ds-logs-a-x-2026.01.02-000003",
            ["partial-logs-a-x", "logs-a-x", "logs-a-default"],
        ),
    ],
)
def test_candidates(values, index, names):
    assert candidates(values, index) == names


def test_an_event_cannot_have_any_number_of_candidates():
    many = [str(number) for number in range(1000)]
    assert len(candidates(stream(type=many, dataset=many, namespace=many))) <= 64


@pytest.mark.parametrize(
    ("patterns", "name", "seen"),
    [
        (["logs-*"], "logs-a-b", True),
        (["logs-*"], "metrics-a-b", False),
        (["logs-endpoint.events.*"], "logs-endpoint.events.process-default", True),
        (["logs-endpoint.events.process-*"], "logs-endpoint.events.processes-default", False),
        (["auditbeat-*"], "auditbeat-*", True),
        (["filebeat-*, auditbeat-*"], "auditbeat-*", True),
        (["far:logs-*"], "logs-a-b", True),
        (["*:logs-*"], "logs-a-b", True),
        (["logs-*", "-logs-a-*"], "logs-a-b", False),
        (["logs-*", "-logs-a-*"], "logs-b-b", True),
        (["-logs-a-*", "logs-*"], "logs-a-b", True),
        (["*"], ".alerts-security.alerts-default", False),
        ([".alerts-*"], ".alerts-security.alerts-default", True),
        (["logs-?-*"], "logs-a-b", False),
        (["logs-[a]-*"], "logs-[a]-b", True),
        (["LOGS-*"], "logs-a-b", False),
    ],
)
def test_patterns(patterns, name, seen):
    assert Patterns(patterns).see([name]) == seen
    assert Patterns(patterns).see([".nothing", name, ".nothing"]) == seen
    assert not Patterns(patterns).see([])


@given(
    st.text(alphabet="ab*?.\\-é", min_size=1, max_size=7).filter(lambda text: text[0] not in ".-"),
    st.text(alphabet="ab?.\\-é", max_size=6).filter(lambda text: not text.startswith(".")),
)
def test_a_star_is_any_text_and_all_else_itself(pattern, name):
    plain = ".*".join(map(re.escape, pattern.split("*")))
    assert Patterns([pattern]).see([name]) == bool(re.fullmatch(plain, name))


@pytest.mark.parametrize(
    ("patterns", "index", "seen"),
    [
        (["logs-*", "-*:*"], "logs-a-b", True),
        (["logs-*", "-*:*"], "far:logs-a-b", False),
        (["*:logs-*", "-far:*"], "far:.ds-logs-a-b-2026.08.01-000001", False),
        (["*:logs-*", "-far:*"], "near:logs-a-b", True),
        (["logs-*", "far:-logs-a-*"], "far:logs-a-b", False),
        (["logs-*", "far:-logs-a-*"], "near:logs-a-b", True),
        (["logs-*", "-far:logs-b-*"], "far:logs-a-b", True),
        (["logs-*", "-logs-a-*"], "far:logs-a-b", False),
        (["logs-*", "-partial-*"], "partial-.ds-logs-a-b-2026.08.01-000001", False),
        (["logs-*", "-restored-*"], "partial-logs-a-b", True),
        (["partial-logs-*"], "far:partial-logs-a-b", True),
        (["partial-logs-*"], "logs-a-b", False),
        (["<logs-{now/d{yyyy.MM|+12:00}}-x>"], "logs-2026.08-x", True),
        (["<logs-{now/d}>"], "metrics-2026.08.01", False),
        ([".alerts-security.*"], ".internal.alerts-security.alerts-default-000001", True),
        ([".internal.alerts-security.alerts-x-*"], ".alerts-security.alerts-x", True),
        (["*"], ".internal.alerts-security.alerts-default-000001", False),
    ],
)
def test_indices_of_clusters_tiers_and_alerts(patterns, index, seen):
    names = candidates({}, index)
    assert Patterns(patterns).see(names) == seen
    assert Patterns(patterns).see(reversed(names)) == seen


def test_what_is_taken_out_by_its_cluster_is_not_seen_by_its_data_set():
    names = candidates({"event.dataset": ["a"]}, "far:logs-a-x")
    assert Patterns(["logs-*"]).see(names)
    assert not Patterns(["logs-*", "-far:*"]).see(names)


def test_what_reads_alerts():
    assert Patterns([".internal.alerts-security.alerts-default-000001"]).reads_alerts
    assert Patterns([".alerts-security.*"]).reads_alerts
    assert Patterns(["logs-*", ".alerts-security.alerts-default"]).reads_alerts
    assert not Patterns(["logs-*", "-.alerts-security.*"]).reads_alerts
    assert not Patterns(["logs-endpoint.alerts-*"]).reads_alerts
    assert not Patterns([" ", ""])


PATTERNS = [
    (),
    ("logs-endpoint.events.process-*",),
    ("logs-*", "auditbeat-*"),
    (".alerts-security.*",),
    ("winlogbeat-*", "-winlogbeat-7*"),
]
EVENTS = [
    {"data_stream": {"type": "logs", "dataset": "endpoint.events.process", "namespace": "x"}},
    {"event.dataset": "okta.system"},
    {"agent": {"type": "auditbeat"}},
    {"agent.type": ["endpoint", "winlogbeat"], "event": {"dataset": 7}},
    {"message": "plain"},
    {"data_stream": {"type": "metrics", "dataset": "cpu"}},
]
EVENTS = [{"@timestamp": number, **event} for number, event in enumerate(EVENTS)]
SEEN = [[0, 1, 2], [0, 2], [0, 2], [0, 4]]


def routed(mode, events, indices=None, cut=None):
    program = program_of([Constant(True)] * len(PATTERNS), PATTERNS)
    matcher = Matcher(program, routing=mode)
    found = hits_of(matcher, program, events, cut, indices)
    by_row = [[stage for row, stage in found if row == number] for number in range(len(events))]
    return by_row, matcher.unrouted


@pytest.mark.parametrize("cut", [None, 1, 4])
def test_modes(cut):
    assert routed("off", EVENTS, cut=cut) == ([[0, 1, 2, 3, 4]] * 6, 0)
    assert routed("strict", EVENTS, cut=cut) == ([*SEEN, [0], [0]], 2)
    assert routed("auto", EVENTS, cut=cut) == ([*SEEN, [0, 1, 2, 4], [0, 1, 2, 4]], 2)


def test_the_index_of_an_event_counts():
    indices = [
        None,
        None,
        ".alerts-security.alerts-default",
        "winlogbeat-7.1",
        "far:winlogbeat-8",
        None,
    ]
    found = routed("strict", EVENTS, indices)
    assert found == ([[0, 1, 2], [0, 2], [0, 2, 3], [0, 4], [0, 4], [0]], 1)
    assert routed("strict", [{}] * 2, ["logs-a-b", "logs-a-b"]) == ([[0, 2]] * 2, 0)


def test_events_without_a_time_are_not_counted():
    program = program_of([Constant(True)], [("logs-*",)])
    matcher = Matcher(program, routing="auto")
    hits_of(matcher, program, [{"@timestamp": 0}, {"message": "x"}])
    assert matcher.unrouted == 1


def test_rules_that_all_see_everything():
    program = program_of([Constant(True)] * 2, [(), ()])
    matcher = Matcher(program, routing="strict")
    assert len(hits_of(matcher, program, EVENTS)) == 12
    assert matcher.unrouted == 0


def test_events_of_any_number_of_indices():
    count = MOST_KNOWN + 100
    patterns = [("logs-1*",), ("logs-*7-default",), ("filebeat-*",)]
    program = program_of([Constant(True)] * 3, patterns)
    matcher = Matcher(program, routing="strict")
    events = [{"@timestamp": 0, "event.dataset": str(number)} for number in range(count)]
    wanted = [
        (number, stage)
        for number in range(count)
        for stage, seen in enumerate((str(number)[0] == "1", str(number)[-1] == "7"))
        if seen
    ]
    for _ in range(2):
        assert hits_of(matcher, program, events, 1000) == wanted
    named = hits_of(
        matcher,
        program,
        [{"@timestamp": 0}] * count,
        1000,
        [f"logs-{n}-default" for n in range(count)],
    )
    assert named == wanted
    assert matcher.unrouted == 3 * (count - len({row for row, _ in wanted}))


def test_many_sets_of_rules():
    patterns = [(f"logs-{number}-*",) for number in range(13)]
    program = program_of([Constant(True)] * 13, patterns)
    matcher = Matcher(program, routing="auto")
    events = [
        {"event.dataset": [str(bit) for bit in range(13) if number >> bit & 1]}
        for number in range(1, 1 << 13)
    ]
    wanted = [(row, bit) for row in range(len(events)) for bit in range(13) if (row + 1) >> bit & 1]
    assert hits_of(matcher, program, events, 3000) == wanted
    assert hits_of(matcher, program, events, 3000) == wanted


def test_no_event_is_offered_to_none():
    program = program_of([Constant(True)], [("logs-*",)])
    cells = cells_of([{}, {"event.dataset": "x"}], program)
    cells.rejected[0] = "not an object"
    matcher = Matcher(program, routing="auto")
    assert matcher.match(cells).row.tolist() == [1]
    assert (matcher.unrouted, matcher.events) == (0, 1)
