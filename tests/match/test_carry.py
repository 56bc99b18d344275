"""Inputs one after the other, with state between them, find what all of them together have."""

import copy
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from match.inputs import ArrayBatch, again_from, cells_of, hits_of, slots_of, stage_numbers
from match.streams import events, sample_plans, sequence_plans, threshold_plans
from match.test_candidates_random import TIE, expected
from oracle.sequences import ordered
from tocsin.match.candidates import Candidates
from tocsin.match.carry import Carry
from tocsin.plan.plan import SamplePlan, SequencePlan


def part(plans, stream, first, carry, **options):
    """Matches of one input, as (rule, key, events); events by their place in the whole."""
    slot, known = slots_of("k", "m", "tie")
    numbers = stage_numbers(plans)
    ties = {rule: TIE for rule, _ in plans}
    made = Candidates(plans, numbers, slot, tiebreakers=ties, first_arrival=first, **options)
    hits = hits_of(stream, plans, numbers)
    made.collect(ArrayBatch(0, len(stream)), cells_of(stream, known), *hits)
    return [
        (rule, match.keys, [None if ref is None else ref.arrival for ref in match.events])
        for rule, match in made.finish(again_from(stream, known), carry)
    ]


def parts(plans, stream, cuts, **options):
    """All parts' matches; the last one's absences are certain when nothing more can come."""
    found, states, low = [], {}, None
    edges = sorted({0, *(cut for cut in cuts if cut < len(stream)), len(stream)})
    for begin, end in pairwise(edges):
        some, kept = stream[begin:end], {}
        high = max(event["time"] for event in some)
        carry = Carry(low, high, states, kept.__setitem__)
        found += part(plans, some, begin, carry, **options)
        states, low = copy.deepcopy(kept), high
    return found + part(plans, [], len(stream), Carry(low or 0, 10**9, states, lambda *_: None))


def bounded(plan):
    """Whether a plan decides before the input ends; nobody waits for ever between inputs."""
    if isinstance(plan, SequencePlan):
        return plan.maxspan is not None or not plan.stages[-1].missing
    return not isinstance(plan, SamplePlan) or plan.reach is not None


def by_events(match):
    key, events = match
    return [-1 if event is None else event for event in events], [str(type(part)) for part in key]


PLANS = st.lists(
    st.one_of(sequence_plans(), sequence_plans(), sample_plans(8), threshold_plans()).filter(
        bounded
    ),
    min_size=1,
    max_size=3,
)


@settings(max_examples=100)
@given(
    PLANS,
    events(longest=30, latest=120).map(lambda found: [event for _, event in ordered(found)]),
    st.lists(st.integers(1, 29), max_size=4),
    st.booleans(),
)
def test_any_cut_of_a_sorted_input_changes_nothing(plans, stream, cuts, tight):
    numbered = list(enumerate(plans))
    found = parts(numbered, stream, cuts, **({"limit_bytes": 0} if tight else {}))
    for rule, plan in numbered:
        mine = [(key, events) for number, key, events in found if number == rule]
        assert sorted(mine, key=by_events) == sorted(expected(plan, stream), key=by_events)
