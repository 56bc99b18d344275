"""Hits of a finished input, collected in batches, give what the definition says."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from match.inputs import (
    ArrayBatch,
    PlacedBatch,
    again_from,
    cells_of,
    hits_of,
    slots_of,
    stage_numbers,
)
from match.streams import events, naive, sample_plans, sequence_plans, threshold_plans
from oracle.sequences import samples, samples_within, sequences
from oracle.thresholds import thresholds
from tocsin.match.candidates import Candidates
from tocsin.plan.plan import SequencePlan, ThresholdPlan, stages_of
from tocsin.plan.predicate import FieldRef
from tocsin.schema.kinds import Kind

TIE = FieldRef("tie", Kind.UNKNOWN)


def run(plans, stream, cuts=(), most=None, **options):
    """The matches of a stream that comes in batches cut at some places, by rule."""
    slot, known = slots_of("k", "m", "tie")
    first = stage_numbers(plans)
    ties = {rule: TIE for rule, _ in plans}
    made = Candidates(plans, first, slot, tiebreakers=ties, **options)
    if most is not None:
        made._most = most
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    for number, (begin, end) in enumerate(pairwise(edges)):
        rows = stream[begin:end]
        kind = ArrayBatch if number % 2 else PlacedBatch
        batch = kind(begin, len(rows))
        made.collect(batch, cells_of(rows, known), *hits_of(rows, plans, first))
    found = {rule: [] for rule, _ in plans}
    for rule, match in made.finish(again_from(stream, known)):
        events = [None if ref is None else ref.arrival for ref in match.events]
        found[rule].append((match.keys, events))
    return found


def expected(plan, stream):
    number = {id(event): at for at, event in enumerate(stream)}
    stages = [naive(stage) for stage in stages_of(plan)]
    if isinstance(plan, ThresholdPlan):
        counted = [(one.field.name, one.least) for one in plan.cardinality]
        matches = thresholds(stream, stages[0], plan.least, counted, plan.reach)
        found = [(key, counted) for key, counted, _ in matches]
    elif isinstance(plan, SequencePlan):
        stages = stages[: len(plan.stages)]
        until = None if plan.until is None else naive(plan.until)
        span = plan.maxspan if plan.maxspan is not None else plan.reach
        found = sequences(stream, stages, until, span)
    elif plan.reach is not None:
        found = samples_within(stream, stages, plan.reach, plan.samples_per_key)
    else:
        found = samples(stream, stages, plan.samples_per_key)
    return [(key, [None if e is None else number[id(e)] for e in seq]) for key, seq in found]


PLANS = st.lists(
    st.one_of(
        sequence_plans(), sequence_plans(), sample_plans(), sample_plans(8), threshold_plans()
    ),
    min_size=1,
    max_size=3,
)
CUTS = st.lists(st.integers(1, 30), max_size=5)


@settings(max_examples=60)
@given(PLANS, events(longest=30), CUTS)
def test_matches_are_those_of_the_definition(plans, stream, cuts):
    numbered = [(3 * at + 1, plan) for at, plan in enumerate(plans)]
    found = run(numbered, stream, cuts)
    for rule, plan in numbered:
        assert found[rule] == expected(plan, stream)


@settings(max_examples=60)
@given(PLANS, events(longest=30, latest=400), CUTS, st.sampled_from([1, 3, 10]))
def test_little_memory_changes_nothing(plans, stream, cuts, most):
    numbered = list(enumerate(plans))
    found = run(numbered, stream, cuts, most, limit_bytes=0)
    assert found == {rule: expected(plan, stream) for rule, plan in numbered}
