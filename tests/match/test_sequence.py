"""Sequences, case by case: what the state machine does with hand-made streams."""

import json

import pytest

from match.streams import candidates, event, stage_plan
from tocsin.match.candidate import Candidate, found_order
from tocsin.match.sequence import SequenceMachine
from tocsin.plan.plan import SequencePlan, StagePlan, stages_of


def sequence(*stages, span=None, until=None, reach=None):
    """Stages as letters, ``!a`` for a missing one, ``a3`` for one with three runs."""
    made = tuple(stage if isinstance(stage, StagePlan) else stage_of(stage) for stage in stages)
    return SequencePlan(made, span, until and stage_of(until), reach if span is None else span)


def stage_of(text, keys=()):
    letter = text.lstrip("!")
    return stage_plan(letter[0], keys, missing=text[0] == "!", runs=int(letter[1:] or 1))


def stream(text):
    """One event a millisecond, from 1 on: ``"a b . ab"``, ``.`` for one that is nothing."""
    return [event(at, letters.strip(".")) for at, letters in enumerate(text.split(), 1)]


def find(plan, events, **options):
    machine = SequenceMachine(plan, **options)
    found = [match for one in candidates(events, stages_of(plan)) for match in machine.feed(one)]
    return sorted(found + machine.finish(), key=found_order)


def ids(found):
    """The events' numbers from 1, 0 for a missing one."""
    return [tuple(0 if ref is None else ref + 1 for ref in match.events) for match in found]


@pytest.mark.parametrize(
    ("plan", "text", "expected"),
    [
        (sequence("a", "b"), "a b", [(1, 2)]),
        (sequence("a", "b"), "b a", []),
        (sequence("a", "b"), "a a b", [(2, 3)]),
        (sequence("a", "b"), "a b b", [(1, 2)]),
        (sequence("a", "b"), "a a b b", [(2, 3)]),
        (sequence("a", "b"), "a b a b", [(1, 2), (3, 4)]),
        (sequence("a", "b"), "ab", []),
        (sequence("a", "b"), "ab ab ab", [(1, 2), (2, 3)]),
        (sequence("a", "b", "c"), "a b c c", [(1, 2, 3)]),
        (sequence("a", "b", "c"), "a b a b c", [(3, 4, 5)]),
        (sequence("a", "b", "c"), "a b a c b c", [(1, 2, 4), (3, 5, 6)]),
        (sequence("a", "a", "a"), "a a a a", [(1, 2, 3), (2, 3, 4)]),
        (sequence("a3"), "a a . a a", [(1, 2, 4), (2, 4, 5)]),
        (sequence("a2", "b"), "a a a b b", [(2, 3, 4)]),
        (sequence("a", "b2", "c"), "a b a b c b c", [(1, 2, 4, 5), (3, 4, 6, 7)]),
        (sequence("a", "b2"), "a b a b b", [(1, 2, 4), (3, 4, 5)]),
        (sequence("a", "b2"), "a b a b . a", [(1, 2, 4)]),
        (sequence("a", "a2"), "a a a a", [(1, 2, 3), (2, 3, 4)]),
    ],
)
def test_latest_start_wins_and_a_partial_serves_once(plan, text, expected):
    assert ids(find(plan, stream(text))) == expected


@pytest.mark.parametrize(
    ("plan", "text", "expected"),
    [
        (sequence("a", "b", span=2), "a . b", [(1, 3)]),
        (sequence("a", "b", span=2), "a . . b", []),
        (sequence("a", "b", "c", span=3), "a b . c", [(1, 2, 4)]),
        (sequence("a", "b", "c", span=3), "a . b . c", []),
        # The partial that is too old has been consumed; the older one behind it is gone anyway.
        (sequence("a", "b", span=2), "a a . . b b", []),
        (sequence("a", "b", reach=2), "a . . b", []),
        (sequence("a3", span=2), "a a . a", []),
        (sequence("a3", span=3), "a a . a a", [(1, 2, 4), (2, 4, 5)]),
        (sequence("a", "b2", "c", span=4), "a b a b b c", [(3, 4, 5, 6)]),
        (sequence("a", "b", span=0), "a b", []),
    ],
)
def test_maxspan_is_inclusive_and_checked_at_every_step(plan, text, expected):
    assert ids(find(plan, stream(text))) == expected


def test_a_span_of_nothing_joins_events_of_one_moment():
    events = [event(5, "a"), event(5, "b")]
    assert ids(find(sequence("a", "b", span=0), events)) == [(1, 2)]


@pytest.mark.parametrize(
    ("plan", "text", "expected"),
    [
        (sequence("a", "b", until="c"), "a c b", []),
        (sequence("a", "b", until="c"), "a c a b", [(3, 4)]),
        (sequence("a", "b", until="c"), "c a b", [(2, 3)]),
        (sequence("a", "b", until="c"), "a bc", [(1, 2)]),
        (sequence("a", "b", until="c"), "ac b", []),
        (sequence("a", "b", until="b"), "a b a b", [(1, 2), (3, 4)]),
        (sequence("a3", "b", until="c"), "a a c a b a a b", [(4, 6, 7, 8)]),
    ],
)
def test_until_ends_what_is_open_but_not_what_its_event_completes(plan, text, expected):
    assert ids(find(plan, stream(text))) == expected


@pytest.mark.parametrize(
    ("plan", "text", "expected"),
    [
        (sequence("a", "!c", "b", span=9), "a b", [(1, 0, 2)]),
        (sequence("a", "!c", "b", span=9), "a c b", []),
        (sequence("a", "!c", "b", span=9), "ac . bc", [(1, 0, 3)]),
        (sequence("a", "!c", "!c", "b", span=9), "a . b", [(1, 0, 0, 3)]),
        (sequence("a", "!c2", "b", span=9), "a . b", [(1, 0, 0, 3)]),
        # A spoiled sequence has used up its events all the same.
        (sequence("a", "!c", "b", span=9), "a a c b b", []),
        # The frame as long as maxspan that ends with the last event must be free of the event.
        (sequence("!c", "a", "b", span=3), "c a b", []),
        (sequence("!c", "a", "b", span=3), "c . a b", []),
        (sequence("!c", "a", "b", span=3), "c . . a b", [(0, 4, 5)]),
        (sequence("!c", "a", span=3), "ca . . . a", [(0, 1), (0, 5)]),
        # … or the one that begins with the first event.
        (sequence("a", "!c", span=3), "a . . c", []),
        (sequence("a", "!c", span=3), "a . . . c", [(1, 0)]),
        (sequence("a", "b", "!c", span=3), "a b . c", []),
        (sequence("a", "b", "!c", span=3), "a . . b c", [(1, 4, 0)]),
        (sequence("a", "!c", span=3), "a c a . . . c", [(3, 0)]),
        # With both ends some frame must do.
        (sequence("!c", "a", "!c", span=3), "c . a . c", [(0, 3, 0)]),
        (sequence("!c", "a", "!c", span=4), "c . a . c", []),
        (sequence("!c", "a", "!c", span=4), "a . c", [(0, 1, 0)]),
    ],
)
def test_missing_events_must_not_occur_in_the_frame(plan, text, expected):
    assert ids(find(plan, stream(text))) == expected


def test_missing_events_at_the_time_of_an_end_do_not_count():
    events = [event(5, "c"), event(5, "a"), event(5, "c"), event(9, "b"), event(9, "c")]
    assert ids(find(sequence("a", "!c", "b", span=9), events)) == [(2, 0, 4)]
    assert ids(find(sequence("!c", "a", "b", "!c", span=9), events)) == [(0, 2, 4, 0)]


def test_an_absence_is_told_as_soon_as_it_is_certain():
    machine = SequenceMachine(sequence("a", "!c", span=10))
    one, two, late = candidates(
        [event(100, "a"), event(105, "a"), event(111, "a")], [stage_of("a")]
    )
    assert machine.feed(one) == []
    assert machine.feed(two) == []
    assert machine.advance(109) == []
    (found,) = machine.advance(110)
    assert (found.events, found.certain_at, found.last.time) == ((0, None), 110, 100)
    assert machine.feed(late) == []
    assert [match.certain_at for match in machine.finish()] == [115, 121]


def test_an_absence_without_a_span_is_certain_only_at_the_end():
    plan = sequence("a", "!c")
    machine = SequenceMachine(plan)
    machine.feed(Candidate(1, 0, {0: ((),)}, "a"))
    assert machine.advance(10**15) == []
    assert [match.events for match in machine.finish()] == [("a", None)]


def keyed(*letters, key="k", **options):
    return sequence(*(stage_of(letter, [key]) for letter in letters), **options)


def test_keys_join_by_value_and_kind():
    events = [
        event(1, "a", k="1"),
        event(2, "a", k=1),
        event(3, "a", k=True),
        event(4, "a", k="x"),
        event(5, "b", k="X"),
        event(6, "b", k=1.0),
        event(7, "b", k=True),
        event(8, "b", k="1"),
    ]
    found = find(keyed("a", "b"), events)
    assert ids(found) == [(2, 6), (3, 7), (1, 8)]
    assert [match.keys for match in found] == [(1.0,), (True,), ("1",)]


def test_an_event_without_a_key_is_ignored_unless_the_key_is_optional():
    events = [event(1, "a"), event(2, "a", k="x"), event(3, "b", k=[]), event(4, "b", k="x")]
    assert ids(find(keyed("a", "b"), events)) == [(2, 4)]
    found = find(keyed("a", "b", key="?k"), events)
    assert [(match.keys, match.events) for match in found] == [((None,), (0, 2)), (("x",), (1, 3))]


def test_several_values_join_each_and_are_told_in_the_order_of_keys():
    events = [event(1, "a", k=["y", None, "x", "y", 3]), event(2, "b", k=["x", 3, "z", "y"])]
    found = find(keyed("a", "b"), events)
    assert [match.keys for match in found] == [(3,), ("x",), ("y",)]
    assert ids(found) == [(1, 2)] * 3


def test_stages_may_take_their_keys_from_different_fields():
    plan = sequence(stage_of("a", ["k", "m"]), stage_of("b", ["k", "n"]))
    events = [event(1, "a", k=1, m="p"), event(2, "b", k=1, n="q"), event(3, "b", k=1, n="p", m=5)]
    assert ids(find(plan, events)) == [(1, 3)]


def test_until_and_missing_events_concern_their_own_key_only():
    plan = keyed("a", "!c", "b", span=50)
    events = [event(1, "a", k=1), event(2, "a", k=2), event(3, "c", k=1), event(4, "b", k=[1, 2])]
    assert ids(find(plan, events)) == [(2, 0, 4)]
    until = SequencePlan(keyed("a", "b").stages, None, stage_of("c", ["k"]))
    assert ids(find(until, events)) == [(2, 4)]


def test_equal_times_are_ordered_by_tiebreaker_then_arrival_missing_last():
    events = [event(5, "b", tie=2), event(5, "a"), event(5, "a", tie=1), event(5, "b")]
    assert ids(find(sequence("a", "b"), events)) == [(3, 1), (2, 4)]


def test_events_out_of_order_are_refused():
    machine = SequenceMachine(sequence("a", "b"))
    machine.feed(Candidate(5, 0, {0: ((),)}, 0))
    with pytest.raises(ValueError, match="order of time"):
        machine.feed(Candidate(4, 1, {0: ((),)}, 1))
    machine.advance(7)
    with pytest.raises(ValueError, match="order of time"):
        machine.feed(Candidate(7, 1, {0: ((),)}, 1))


def test_what_can_never_be_completed_is_dropped_and_counted():
    machine = SequenceMachine(keyed("a", "b", span=10))
    for at, one in enumerate(
        candidates([event(t, "a", k=t) for t in range(100)], [stage_of("a", ["k"])])
    ):
        machine.feed(one)
        assert machine.open == min(at + 1, 11)
    machine.advance(200)
    assert machine.open == 0
    assert machine.counts.expired == 100


def test_keys_beyond_the_capacity_are_evicted_the_longest_untouched_first():
    plan = keyed("a", "b")
    events = [event(1, "a", k=1), event(2, "a", k=2), event(3, "a", k=1), event(4, "a", k=3)]
    events += [event(5, "b", k=[1, 2, 3])]
    machine = SequenceMachine(plan, capacity=2)
    found = [match for one in candidates(events, stages_of(plan)) for match in machine.feed(one)]
    assert ids(found) == [(3, 5), (4, 5)]
    assert machine.counts.evicted == 1


def test_the_counts_explain_why_nothing_was_found():
    plan = sequence("a", "!c", "b", span=3, until="d")
    machine = SequenceMachine(plan)
    for one in candidates(stream("b a . . . b a d a c b"), stages_of(plan)):
        assert machine.feed(one) == []
    counts = machine.counts
    assert (counts.seen, counts.ignored, counts.expired) == (6, 2, 1)
    assert (counts.rejected_until, counts.rejected_missing) == (1, 1)
    plan = sequence("a", "b", "c", span=3)
    machine = SequenceMachine(plan)
    for one in candidates(stream("a b . a c"), stages_of(plan)):
        assert machine.feed(one) == []
    assert machine.counts.rejected_maxspan == 1


def test_a_stage_with_many_runs_keeps_no_more_than_its_runs():
    plan = sequence("a60", span=10**6)
    machine, found = SequenceMachine(plan), 0
    for at in range(1000):
        found += len(machine.feed(Candidate(at, at, {0: ((),)}, at)))
        assert machine.open <= 59
    assert found == 1000 - 59
    assert len(json.dumps(machine.state())) < 5000


def test_nanoseconds_are_ticks_of_their_own():
    plan = sequence("a", "b", span=1)
    events = [event(0, "a"), event(1_000_000, "b"), event(2_000_000, "a"), event(3_000_001, "b")]
    assert ids(find(plan, events, ticks=1_000_000)) == [(1, 2)]


def test_a_state_of_another_sequence_or_version_is_refused():
    state = SequenceMachine(sequence("a", "b")).state()
    with pytest.raises(ValueError, match="another"):
        SequenceMachine(sequence("a", "b2")).restore(state)
    with pytest.raises(ValueError, match="another"):
        SequenceMachine(sequence("a", "b")).restore({**state, "version": 0})


def test_a_sequence_of_missing_events_alone_is_refused():
    with pytest.raises(ValueError, match="not missing"):
        SequenceMachine(sequence("!a", span=5))
