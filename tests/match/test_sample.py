"""Samples, case by case: key order, distinct events, nulls, several samples a key, reach."""

import json

import pytest

from match.streams import candidates, event, stage_plan
from tocsin.match.candidate import Candidate
from tocsin.match.sample import SampleMachine
from tocsin.plan.plan import SamplePlan


def sample(letters, *keys, most=1, reach=None):
    stages = tuple(stage_plan(letter, keys or ("k",)) for letter in letters)
    return SamplePlan(stages, reach, samples_per_key=most)


def find(plan, events, **options):
    machine = SampleMachine(plan, **options)
    found = [match for one in candidates(events, plan.stages) for match in machine.feed(one)]
    return [(match.keys, match.events) for match in found + machine.finish()]


def test_keys_come_nulls_first_then_ascending():
    keys = ["b", "a", 10, 9, None, "B", True, False, "é", "z"]
    events = [event(at, "ab", k=key) for at, key in enumerate(keys + keys)]
    found = [key for (key,), _ in find(sample("ab", "?k"), events)]
    assert found == [None, False, True, 9, 10, "B", "a", "b", "z", "é"]


def test_order_of_time_does_not_matter():
    events = [event(9, "b", k=1), event(5, "c", k=1), event(7, "a", k=1)]
    assert find(sample("abc"), events) == [((1,), (2, 0, 1))]


def test_each_stage_has_an_event_of_its_own():
    assert find(sample("ab"), [event(1, "ab", k=1)]) == []
    # The first event is the only one for the second stage, so the first stage takes the other.
    assert find(sample("ab"), [event(1, "ab", k=1), event(2, "a", k=1)]) == [((1,), (1, 0))]
    three = [event(1, "abc", k=1), event(2, "ab", k=1), event(3, "b", k=1)]
    assert find(sample("abc"), three) == [((1,), (1, 2, 0))]


def test_the_first_events_by_arrival_are_chosen():
    events = [event(9, "a", k=1), event(1, "a", k=1), event(5, "b", k=1), event(4, "b", k=1)]
    assert find(sample("ab"), events) == [((1,), (0, 2))]


def test_an_event_without_a_key_is_no_part_unless_the_key_is_optional():
    events = [event(1, "a"), event(2, "b"), event(3, "a", k="x"), event(4, "b", k="x")]
    assert find(sample("ab"), events) == [(("x",), (2, 3))]
    assert find(sample("ab", "?k"), events) == [((None,), (0, 1)), (("x",), (2, 3))]
    both = [event(1, "a", k=1), event(2, "b", k=1, m=[]), event(3, "b", k=1, m=None)]
    assert find(sample("ab", "k", "?m"), both) == [((1, None), (0, 1))]


def test_several_samples_of_a_key_may_share_events():
    events = [event(1, "a", k=1), event(2, "b", k=1), event(3, "b", k=1), event(4, "a", k=1)]
    chosen = [refs for _, refs in find(sample("ab", most=3), events)]
    assert chosen == [(0, 1), (0, 2), (3, 1)]
    assert len(find(sample("ab", most=9), events)) == 4


def test_several_values_sample_under_each_of_them():
    events = [event(1, "a", k=["x", "y"]), event(2, "b", k=["y", "z", "x"])]
    assert find(sample("ab"), events) == [(("x",), (0, 1)), (("y",), (0, 1))]


def test_without_keys_there_is_one_sample():
    plan = SamplePlan((stage_plan("a"), stage_plan("b")))
    assert find(plan, [event(1, "b"), event(2, "a"), event(3, "a")]) == [((), (1, 0))]


def test_a_sample_tells_its_latest_event():
    machine = SampleMachine(sample("ab"))
    for one in candidates([event(9, "a", k=1), event(3, "b", k=1)], sample("ab").stages):
        machine.feed(one)
    (found,) = machine.finish()
    assert (found.certain_at, found.last) == (9, (9, None, 0))


def test_within_reach_a_sample_comes_with_its_latest_event():
    events = [event(0, "a", k=1), event(5, "a", k=1), event(11, "b", k=1), event(30, "b", k=1)]
    assert find(sample("ab", reach=10), events) == [((1,), (1, 2))]


def test_after_a_sample_its_key_is_silent_for_as_long_as_the_reach():
    events = [event(at, "ab", k=1) for at in (0, 1, 2, 11, 12, 20, 30)]
    found = [refs for _, refs in find(sample("ab", reach=10), events)]
    assert found == [(1, 0), (4, 3), (6, 5)]
    found = [refs for _, refs in find(sample("ab", most=2, reach=10), events)]
    assert found == [(1, 0), (0, 1), (4, 3), (4, 2), (6, 5), (5, 6)]


def test_a_key_that_has_passed_is_forgotten():
    machine = SampleMachine(sample("ab", reach=10))
    machine.feed(Candidate(0, 0, {0: ((1,),)}, 0))
    machine.feed(Candidate(5, 1, {0: ((2,),)}, 1))
    machine.advance(14)
    assert (machine.open, machine.counts.expired) == (1, 1)
    with pytest.raises(ValueError, match="order of time"):
        machine.feed(Candidate(14, 2, {1: ((2,),)}, 2))


def test_without_reach_time_may_run_backwards():
    machine = SampleMachine(sample("ab"))
    machine.feed(Candidate(5, 0, {0: ((1,),)}, 0))
    machine.feed(Candidate(2, 1, {1: ((1,),)}, 1))
    assert len(machine.finish()) == 1


def test_keys_beyond_the_capacity_are_evicted_and_counted():
    events = [event(at, "a", k=at) for at in range(5)] + [event(9, "b", k=at) for at in range(5)]
    machine = SampleMachine(sample("ab"), capacity=3)
    for one in candidates(events, sample("ab").stages):
        machine.feed(one)
    assert machine.open == 3
    assert machine.counts.evicted == 7


def test_few_events_are_kept_for_a_key():
    for reach in (None, 10**6):
        machine = SampleMachine(sample("ab", reach=reach))
        for at in range(500):
            machine.feed(Candidate(at, at, {0: (("x",),)}, at))
        assert machine.open <= 3
        assert len(json.dumps(machine.state())) < 1000


def test_many_stages_that_share_too_few_events_are_settled_at_once():
    letters = "a" * 30
    events = [event(at, "a", k=1) for at in range(29)]
    assert find(sample(letters), events) == []
    assert find(sample(letters, reach=1000), events) == []
    (found,) = find(sample(letters), [*events, event(40, "a", k=1)])
    assert sorted(found[1]) == list(range(30))


def test_a_state_of_another_sample_is_refused():
    state = SampleMachine(sample("ab")).state()
    with pytest.raises(ValueError, match="another"):
        SampleMachine(sample("abc")).restore(state)
