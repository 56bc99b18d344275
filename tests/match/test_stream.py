"""Live streams: watermark, lateness, and the same matches as on a finished input."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from match.streams import (
    candidates,
    event,
    events,
    naive,
    sample_plans,
    sequence_plans,
    stage_plan,
    threshold_plans,
)
from match.test_candidates_random import expected
from match.test_new_terms import plans as new_terms_plans
from oracle.new_terms import new_terms
from tocsin.columns.cells import NO_TIME
from tocsin.match.candidate import found_order
from tocsin.match.machine import machine_of
from tocsin.match.new_terms import NewTermsMachine
from tocsin.match.stream import Stream
from tocsin.plan.plan import NewTermsPlan, SequencePlan, ThresholdPlan, stages_of

PAIR = SequencePlan((stage_plan("a", ["k"]), stage_plan("b", ["k"])), 10, None, 10)
ABSENCE = SequencePlan((stage_plan("a"), stage_plan("b", missing=True)), 10, None, 10)


def machine(plan):
    return NewTermsMachine(plan) if isinstance(plan, NewTermsPlan) else machine_of(plan)


def by_definition(plan, stream):
    if not isinstance(plan, NewTermsPlan):
        return expected(plan, stream)
    number = {id(event): at for at, event in enumerate(stream)}
    found = new_terms(stream, naive(plan.stage), plan.history)
    return [(key, [number[id(event)]]) for key, event in found]


def counted(plan):
    found = plan.cardinality if isinstance(plan, ThresholdPlan) else ()
    return [one.field.name for one in found]


def hits_of(stream, plans):
    """Row, rule and candidate of all events; rows are those of the whole stream."""
    return [
        (one.ref, rule, one)
        for rule, plan in enumerate(plans)
        for one in candidates(stream, stages_of(plan), counted(plan))
    ]


def take(stream, rows, plans, **options):
    times = np.array([row["time"] for row in rows], np.int64)
    return stream.take(times, hits_of(rows, plans), **options)


def refs(found):
    return [(rule, match.events) for rule, match in found]


def told(found, rule):
    chosen = sorted((match for number, match in found if number == rule), key=found_order)
    return [(match.keys, list(match.events)) for match in chosen]


PLANS = st.lists(
    st.one_of(sequence_plans(), sample_plans(5), threshold_plans(), new_terms_plans()),
    min_size=1,
    max_size=3,
)


@settings(max_examples=60)
@given(PLANS, events(latest=60), st.data())
def test_any_cut_and_order_within_lateness_finds_what_a_finished_input_does(plans, events, data):
    # Arrival numbers decide between equal times and tiebreakers, so they are given by place.
    lateness = data.draw(st.integers(0, 20))
    delay = data.draw(
        st.lists(st.integers(0, lateness), min_size=len(events), max_size=len(events))
    )
    comes = sorted(range(len(events)), key=lambda at: (events[at]["time"] + delay[at], at))
    hits = hits_of(events, plans)
    stream, found = Stream({r: machine(p) for r, p in enumerate(plans)}, lateness), []
    while comes:
        size = data.draw(st.integers(1, len(comes)))
        now, comes = comes[:size], comes[size:]
        batch = [(now.index(at), rule, one) for at, rule, one in hits if at in now]
        found += stream.take(np.array([events[at]["time"] for at in now], np.int64), batch)
        if data.draw(st.booleans()):
            saved = json.dumps(stream.state())
            stream = Stream({r: machine(p) for r, p in enumerate(plans)}, lateness)
            stream.restore(json.loads(saved))
    found += stream.finish()
    assert stream.late == 0
    for rule, plan in enumerate(plans):
        assert told(found, rule) == by_definition(plan, events)


def test_nothing_is_fed_before_the_watermark_has_passed_it():
    stream = Stream({0: machine_of(PAIR)}, 30)
    assert take(stream, [event(100, "a", k=1), event(105, "b", k=1)], [PAIR]) == []
    assert (stream.watermark, stream.waiting) == (75, 2)
    assert take(stream, [event(135)], [PAIR]) == []
    assert refs(take(stream, [event(136)], [PAIR])) == [(0, (0, 1))]


def test_an_event_behind_the_watermark_is_counted_and_not_fed():
    stream = Stream({0: machine_of(PAIR)}, 30)
    take(stream, [event(100, "a", k=1), event(200)], [PAIR])
    take(stream, [event(170, "a", k="just in time"), event(169, "b", k=1)], [PAIR])
    assert (stream.late, stream.waiting) == (1, 1)


def test_lateness_is_judged_in_order_of_arrival_within_a_batch():
    stream = Stream({0: machine_of(PAIR)}, 30)
    take(stream, [event(50, "a"), event(100), event(50, "a"), event(NO_TIME, "a")], [PAIR])
    assert stream.late == 1


def test_a_time_above_the_ceiling_moves_no_watermark():
    stream = Stream({0: machine_of(PAIR)}, 30)
    take(stream, [event(100, "a", k=1), event(9_999), event(104, "b", k=1)], [PAIR], ceiling=500)
    assert (stream.late, stream.watermark) == (0, 74)
    assert refs(stream.advance(105)) == [(0, (0, 2))]
    assert take(stream, [event(9_999)], [PAIR], ceiling=500) == []
    assert stream.watermark == 105


def test_an_idle_stream_lets_an_absence_become_certain():
    stream = Stream({0: machine_of(ABSENCE)}, 30)
    take(stream, [event(100, "a")], [ABSENCE])
    assert stream.advance(110) == []
    assert refs(stream.advance(111)) == [(0, (0, None))]
    assert stream.advance(50) == []
    assert stream.watermark == 111


def test_a_state_of_other_rules_is_refused():
    stream = Stream({0: machine_of(PAIR)}, 30)
    with pytest.raises(ValueError, match="other rules"):
        Stream({1: machine_of(PAIR)}, 30).restore(stream.state())
    with pytest.raises(ValueError, match="another sequence"):
        Stream({0: machine_of(ABSENCE)}, 30).restore(stream.state())
