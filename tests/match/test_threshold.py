"""Thresholds: case by case, and against the definition on random plans and streams."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from match.streams import candidates, event, events, naive, stage_plan, threshold_plans
from oracle.thresholds import thresholds
from tocsin.match.candidate import Candidate
from tocsin.match.threshold import ThresholdMachine
from tocsin.plan.plan import Cardinality, ThresholdPlan, stages_of
from tocsin.plan.predicate import FieldRef
from tocsin.schema.kinds import Kind


def threshold(least, keys=(), reach=10, **counted):
    fields = tuple(Cardinality(FieldRef(f, Kind.UNKNOWN), n) for f, n in counted.items())
    return ThresholdPlan(stage_plan("a", keys), least, fields, reach)


def feed(machine, plan, stream):
    counted = [one.field.name for one in plan.cardinality]
    fed = candidates(stream, stages_of(plan), counted)
    return [match for one in fed for match in machine.feed(one)]


def find(plan, stream, **options):
    return feed(ThresholdMachine(plan, **options), plan, stream)


def told(found):
    return [(match.keys, list(match.events), match.distinct) for match in found]


def stream(*times, **fields):
    return [event(time, "a", **fields) for time in times]


@pytest.mark.parametrize(
    ("plan", "times", "expected"),
    [
        (threshold(3), (1, 2, 3), [[0, 1, 2]]),
        (threshold(3), (1, 2), []),
        (threshold(1), (1, 2), [[0], [1]]),
        (threshold(2), (1, 2, 3, 4), [[0, 1], [2, 3]]),
        (threshold(2), (0, 10), [[0, 1]]),
        (threshold(2), (0, 11), []),
        (threshold(3), (0, 6, 11, 12), [[1, 2, 3]]),
        (threshold(2, reach=None), (0, 10**12), [[0, 1]]),
    ],
)
def test_so_many_events_within_the_look_back_and_then_the_count_restarts(plan, times, expected):
    assert [list(match.events) for match in find(plan, stream(*times))] == expected


def test_groups_are_counted_apart_and_an_array_counts_for_each_element():
    events = [
        event(1, "a", k="x"),
        event(2, "a", k=["x", "y", "x"]),
        event(3, "a", k="y"),
        event(4, "a"),
    ]
    found = find(threshold(2, ["k"]), events)
    assert told(found) == [(("x",), [0, 1], ()), (("y",), [1, 2], ())]


def test_one_event_may_complete_several_groups_told_by_key():
    events = [event(1, "a", k=["y", "x"]), event(2, "a", k=["y", "x"])]
    assert [match.keys for match in find(threshold(2, ["k"]), events)] == [("x",), ("y",)]


def test_enough_distinct_values_are_waited_for_and_all_events_are_told():
    events = [event(1, "a", m=1), event(2, "a", m=1.0), event(3, "a"), event(4, "a", m=["1", 1])]
    assert told(find(threshold(2, m=2), events)) == [((), [0, 1, 2, 3], (2,))]


def test_an_expired_event_takes_its_values_along():
    events = [event(0, "a", m="x"), event(6, "a", m="y"), event(12, "a", m="z")]
    assert find(threshold(1, m=3), events) == []
    assert told(find(threshold(1, m=2), events[1:])) == [((), [0, 1], (2,))]


def test_the_oldest_events_of_a_group_go_when_it_holds_too_many():
    plan = threshold(1, m=2)
    machine = ThresholdMachine(plan, most_events=3)
    events = [*stream(*range(1, 6), m="x"), event(6, "a", m="y")]
    assert told(feed(machine, plan, events)) == [((), [3, 4, 5], (2,))]
    assert (machine.counts.evicted, machine.open) == (3, 0)


def test_the_longest_untouched_groups_go_when_the_machine_holds_too_many():
    plan = threshold(3, ["k"], reach=None)
    machine = ThresholdMachine(plan, capacity=3)
    keys = ["x", "y", "x", "z", "x"]
    feed(machine, plan, [event(time, "a", k=key) for time, key in enumerate(keys)])
    assert machine.counts.evicted == 1
    assert machine.open == 1  # y went for z; x completed


def test_groups_that_time_has_passed_are_forgotten():
    plan = threshold(3, ["k"])
    machine = ThresholdMachine(plan)
    feed(machine, plan, [event(1, "a", k="x"), event(2, "a", k="y")])
    assert machine.advance(11) == []
    assert (machine.open, machine.counts.expired) == (1, 1)


def test_events_out_of_order_and_states_of_others_are_refused():
    machine = ThresholdMachine(threshold(2))
    machine.feed(Candidate(5, 0, {0: ((),)}, 0))
    with pytest.raises(ValueError, match="in order of time"):
        machine.feed(Candidate(4, 1, {0: ((),)}, 1))
    with pytest.raises(ValueError, match="another threshold"):
        ThresholdMachine(threshold(3)).restore(machine.state())


@given(threshold_plans(), events(), st.data())
def test_finds_what_the_definition_says_saved_anywhere(plan, stream, data):
    machine, found = ThresholdMachine(plan), []
    counted = [(one.field.name, one.least) for one in plan.cardinality]
    for one in candidates(stream, stages_of(plan), [field for field, _ in counted]):
        found += machine.feed(one)
        if data.draw(st.booleans()):
            saved, machine = json.dumps(machine.state()), ThresholdMachine(plan)
            machine.restore(json.loads(saved))
    number = {id(event): at for at, event in enumerate(stream)}
    expected = thresholds(stream, naive(plan.stage), plan.least, counted, plan.reach)
    assert told(found) == [(k, [number[id(e)] for e in all_], n) for k, all_, n in expected]
