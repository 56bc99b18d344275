"""Finished inputs, case by case: kinds of keys, windows, what is read again, what stays behind."""

from dataclasses import replace

import numpy as np
import pytest

from match.inputs import (
    ArrayBatch,
    PlacedBatch,
    again_from,
    cells_of,
    hits_of,
    slots_of,
    stage_numbers,
)
from match.streams import event, stage_plan
from match.test_sequence import sequence, stage_of
from tocsin.match.candidates import Candidates, EventRef
from tocsin.plan.plan import Key, SamplePlan, SequencePlan, Window
from tocsin.plan.predicate import FieldRef
from tocsin.schema.kinds import Kind


def collected(plans, events, batch=4, **options):
    slot, known = slots_of("k", "m", "tie")
    first = stage_numbers(plans)
    made = Candidates(plans, first, slot, **options)
    for begin in range(0, len(events), batch):
        rows = events[begin : begin + batch]
        hits = hits_of(rows, plans, first)
        made.collect(ArrayBatch(begin, len(rows)), cells_of(rows, known), *hits)
    return made, again_from(events, known)


def found(plan, events, **options):
    made, again = collected([(5, plan)], events, **options)
    return [
        (match.keys, tuple(None if ref is None else ref.arrival for ref in match.events))
        for _, match in made.finish(again)
    ]


def keyed(kind, other=None):
    stages = (
        replace(stage_of("a"), keys=(Key(FieldRef("k", kind)),)),
        replace(stage_of("b"), keys=(Key(FieldRef("m", other or kind)),)),
    )
    return SequencePlan(stages, 100, None, 100)


@pytest.mark.parametrize(
    ("kind", "left", "right", "joins"),
    [
        (Kind.KEYWORD, "4624", 4624, True),
        (Kind.KEYWORD, True, "true", True),
        (Kind.KEYWORD, "a", "A", False),
        (Kind.LONG, "5", 5, True),
        (Kind.LONG, 5, 5.0, True),
        (Kind.LONG, 5, True, False),
        (Kind.DOUBLE, "0.50", 5e-1, True),
        (Kind.IP, "2001:db8::1", "2001:DB8:0::1", True),
        (Kind.IP, "10.0.0.1", "::ffff:10.0.0.1", True),
        (Kind.IP, "10.0.0.1", "10.0.0.2", False),
        (Kind.DATE, "2026-08-01T00:00:00Z", "2026-08-01T02:00:00+02:00", True),
        (Kind.BOOLEAN, "true", True, True),
        (Kind.UNKNOWN, "5", 5, False),
        (Kind.UNKNOWN, 1, True, False),
    ],
    ids=repr,
)
def test_keys_join_as_their_kind_understands_them(kind, left, right, joins):
    events = [event(1, "a", k=left), event(2, "b", m=right)]
    assert len(found(keyed(kind), events)) == joins


def test_numbers_of_an_unknown_kind_join_those_of_a_known_one():
    events = [event(1, "a", k=7), event(2, "b", m="7")]
    assert found(keyed(Kind.UNKNOWN, Kind.LONG), events) == [((7,), (0, 1))]


def test_events_are_put_in_order_over_all_batches():
    events = [
        event(at, letter) for at, letter in [(9, "b"), (3, "a"), (1, "b"), (5, "a"), (7, "c")]
    ]
    assert found(sequence("a", "c", "b", span=10), events, batch=2) == [((), (3, 4, 0))]


def test_references_say_where_the_events_stand():
    made, again = collected([(5, sequence("a", "b"))], [event(1, "a"), event(2, "b")])
    ((rule, match),) = made.finish(again)
    assert rule == 5
    assert match.events == (EventRef(0, 7, 0, 1), EventRef(1, 7, 10, 2))
    assert (match.certain_at, match.last) == (2, (2, None, 1))


@pytest.mark.parametrize(
    ("cuts", "expected"),
    [((("head", 2),), [0, 2]), ((("tail", 1),), [6]), ((("head", 3), ("tail", 2)), [2, 4])],
)
def test_windows_are_cut_from_all_matches_of_the_input(cuts, expected):
    events = [event(at, "ab"[at % 2]) for at in range(8)]
    plan = replace(sequence("a", "b"), window=Window(cuts))
    assert [refs[0] for _, refs in found(plan, events, batch=3)] == expected


def test_matches_that_wait_for_an_absence_come_in_order_of_their_last_events():
    # The first event's own frame ends after those of the later ones with a leading occurrence.
    plan = sequence("!c", "a", "!c", span=10)
    events = [event(1, "c"), event(8, "a"), event(9, "a"), event(30, "a"), event(31, "c")]
    assert [refs[1] for _, refs in found(plan, events)] == [1, 2, 3]


def test_until_may_be_the_very_condition_of_a_stage():
    stage, other = stage_of("a"), stage_of("b")
    plan = SequencePlan((stage, other), 100, other, 100)
    events = [event(1, "a"), event(2, "b"), event(3, "a"), event(4, "a"), event(5, "b")]
    assert found(plan, events) == [((), (0, 1)), ((), (3, 4))]


def test_the_smallest_tiebreaker_counts_and_is_read_as_its_kind():
    events = [event(5, "b", tie="10"), event(5, "a", tie=["9", "11"])]
    tie = {5: FieldRef("tie", Kind.LONG)}
    assert found(sequence("a", "b"), events, tiebreakers=tie) == [((), (1, 0))]
    assert found(sequence("a", "b"), events, tiebreakers={5: FieldRef("tie", Kind.KEYWORD)}) == []


def test_nanoseconds_are_ticks_of_their_own():
    events = [event(0, "a"), event(1_000_000, "b"), event(2_000_000, "a"), event(3_000_001, "b")]
    assert found(sequence("a", "b", span=1), events, ticks=1_000_000) == [((), (0, 1))]


def test_times_before_1970_are_times():
    events = [event(-30, "a"), event(-21, "b"), event(-10, "a"), event(1, "b")]
    assert found(sequence("a", "b", span=10), events) == [((), (0, 1))]


def test_an_event_without_time_takes_no_part():
    events = [event(1, "a"), event(None, "b"), event(None, "a"), event(4, "b")]
    assert found(sequence("a", "b"), events) == [((), (0, 3))]


def test_only_what_stands_near_a_match_is_read_again():
    plan = keyed(Kind.KEYWORD)
    events = [event(at * 50, "a", k=f"key {at % 40}") for at in range(2000)]
    events[70] = event(3500, "b", m="key 29")
    events[1000] = event(50_000, "b", m="nobody's")
    events[1500] = event(75_000, "b", m="key 2")
    made, again = collected([(5, plan)], events, batch=100)
    assert [match.keys for _, match in made.finish(again)] == [("key 29",)]
    assert made.records == 2000
    assert made.kept == 2


def test_a_rule_that_lacks_a_stage_costs_no_reading():
    def never(sources, offsets):
        raise AssertionError

    made, _ = collected([(5, sequence("a", "b2"))], [event(1, "a"), event(2, "b"), event(3, "a")])
    assert list(made.finish(never)) == []
    nothing, _ = collected([], [event(1, "a")])
    assert list(nothing.finish(never)) == []


def test_other_rules_change_nothing():
    events = [event(at, "abc"[at % 3], k=at % 5) for at in range(60)]
    plans = [
        (1, sequence(stage_of("a", ["k"]), stage_of("b", ["k"]), span=20)),
        (2, sequence("c", "!b", "a", span=5)),
        (3, SamplePlan((stage_plan("a", ["k"]), stage_plan("c", ["k"])), 30)),
        (4, sequence("a5", "b", span=60)),
    ]
    alone = {rule: found(plan, events) for rule, plan in plans}
    assert all(alone.values())
    made, again = collected(plans, events, batch=7, limit_bytes=0)
    together = {rule: [] for rule, _ in plans}
    for rule, match in made.finish(again):
        refs = tuple(None if ref is None else ref.arrival for ref in match.events)
        together[rule].append((match.keys, refs))
    assert together == alone


def test_what_the_machines_decided_is_counted():
    events = [event(1, "a"), event(2, "c"), event(3, "b"), event(4, "a"), event(5, "b")]
    made, again = collected([(1, sequence("a", "!c", "b", span=9))], events)
    assert len(list(made.finish(again))) == 1
    assert (made.counts.seen, made.counts.rejected_missing) == (4, 1)


def test_events_with_very_many_keys_are_counted():
    plan = keyed(Kind.LONG)
    events = [event(1, "a", k=list(range(2000))), event(2, "b", m=[1023, 1024])]
    made, again = collected([(5, plan)], events)
    assert [match.keys for _, match in made.finish(again)] == [(1023,)]
    assert made.capped == 1


def test_records_go_to_disk_beyond_the_limit_and_leave_nothing_behind(tmp_path):
    events = [event(at, "ab"[at % 2], k=at // 2) for at in range(500)]
    made, again = collected(
        [(5, sequence("a", "b", span=9))], events, batch=50, limit_bytes=2000, directory=tmp_path
    )
    assert made.spilled > 2000
    matches = made.finish(again)
    next(matches)
    matches.close()
    assert list(tmp_path.iterdir()) == []


def test_a_reader_that_fails_is_not_covered_up():
    made, _ = collected([(5, sequence("a", "b"))], [event(1, "a"), event(2, "b")])
    with pytest.raises(ValueError, match="as many events"):
        list(made.finish(lambda sources, offsets: []))


def test_hits_may_come_in_any_order_and_places_one_by_one():
    events = [event(1, "a", k=1), event(2, "b", k=1)]
    plans = [(5, sequence(stage_of("a", ["k"]), stage_of("b", ["k"])))]
    slot, known = slots_of("k")
    first = stage_numbers(plans)
    made = Candidates(plans, first, slot)
    rows, stages = hits_of(events, plans, first)
    made.collect(PlacedBatch(0, 2), cells_of(events, known), rows[::-1].copy(), stages[::-1].copy())
    made.collect(PlacedBatch(2, 0), cells_of([], known), *(np.empty(0, np.int32),) * 2)
    assert [match.keys for _, match in made.finish(again_from(events, known))] == [(1,)]


def test_samples_of_a_whole_input_need_no_time():
    events = [
        event(None, "b", k=1),
        event(7, "b", k=2),
        event(None, "a", k=1),
        event(None, "a", k=2),
    ]
    stages = (stage_plan("a", ["k"]), stage_plan("b", ["k"]))
    assert found(SamplePlan(stages), events) == [((1,), (2, 0)), ((2,), (3, 1))]
    assert found(SamplePlan(stages, 10), events) == []
    made, again = collected([(5, SamplePlan(stages))], events)
    made._most = 1
    assert [match.keys for _, match in made.finish(again)] == [(1,), (2,)]


@pytest.mark.parametrize("most", [1, 1000])
def test_times_as_far_apart_as_can_be_harm_nobody(most):
    edges = [-(2**63) + 1, 2**63 - 1]
    events = [event(at, letter) for at in (*edges, 0, 5, 9) for letter in "ab"]
    made, again = collected([(5, sequence("a", "b", span=3)), (6, sequence("a", "b"))], events)
    made._most = most
    matches = list(made.finish(again))
    assert {ref.time for rule, match in matches if rule == 5 for ref in match.events} >= {0, 5, 9}
    assert sum(rule == 6 for rule, _ in matches) == 5
