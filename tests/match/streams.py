"""Random plans and events for sequences and samples, for the engine and for the oracle."""

from dataclasses import replace

from hypothesis import strategies as st

from oracle.sequences import Stage, key_tuples, ordered, values
from tocsin.match.candidate import Candidate
from tocsin.plan.plan import (
    Cardinality,
    Key,
    SamplePlan,
    SequencePlan,
    StagePlan,
    ThresholdPlan,
)
from tocsin.plan.predicate import FieldRef, Flag
from tocsin.schema.kinds import Kind

LETTERS = "abc"
KEYS = st.one_of(
    st.sampled_from(["x", "x", "x", "y", 1, 1.0, True, None]),
    st.lists(st.sampled_from(["x", "y", 1, True, None]), max_size=3),
)


def flag(letter):
    return Flag(FieldRef(letter, Kind.BOOLEAN), value=True)


def stage_plan(letter, keys=(), *, missing=False, runs=1):
    """A stage of events that carry a letter; ``keys``: field names, ``?`` before optional ones."""
    made = tuple(Key(FieldRef(k.lstrip("?"), Kind.UNKNOWN), k.startswith("?")) for k in keys)
    return StagePlan(flag(letter), made, missing=missing, runs=runs)


def naive(stage):
    """The oracle's stage for a stage plan."""
    letter = stage.condition.field.name
    keys = tuple((key.field.name, key.optional) for key in stage.keys)
    return Stage(lambda event: letter in event["is"], keys, stage.missing, stage.runs)


def candidates(events, stages, counted=()):
    """The candidates of a plan among events, in order; each one's ref is the event's number.

    ``counted``: the fields whose distinct values the plan counts.
    """
    made = []
    number = {id(event): at for at, event in enumerate(events)}
    for _, event in ordered(events):
        hits = {
            at: tuple(key_tuples(event, naive(stage)))
            for at, stage in enumerate(stages)
            if naive(stage).test(event)
        }
        if hits:
            at = number[id(event)]
            found = tuple(tuple(values(event, field)) for field in counted)
            made.append(Candidate(event["time"], at, hits, at, event.get("tie"), found))
    return made


def event(time, letters="", **fields):
    return {"time": time, "is": set(letters), **fields}


@st.composite
def events(draw, longest=24, latest=40):
    """Events close in time, with ties, tiebreakers and keys of one, several or no values."""
    one = st.builds(
        event,
        st.integers(0, latest),
        st.sampled_from(["a", "a", "b", "b", "c", "ab", "bc", "abc", ""]),
        k=KEYS,
        m=st.one_of(st.just("x"), st.just("x"), KEYS),
        tie=st.sampled_from([None, None, 1, 2, 2.5, "1"]),
    )
    return draw(st.lists(one, min_size=draw(st.integers(0, longest)), max_size=longest))


@st.composite
def sequence_plans(draw, *, missing=True):
    """Sequences of one to four stages; at least one is not missing, and two events are needed."""
    keys = draw(st.sampled_from([(), ("k",), ("?k",), ("k", "m"), ("m",)]))
    gaps = st.booleans() if missing and draw(st.booleans()) else st.just(value=False)
    stages = draw(
        st.lists(
            st.builds(
                stage_plan,
                st.sampled_from(LETTERS),
                st.just(keys),
                missing=gaps,
                runs=st.sampled_from([1, 1, 1, 2, 3]),
            ),
            min_size=1,
            max_size=4,
        )
    )
    if all(stage.missing for stage in stages):
        stages[0] = replace(stages[0], missing=False)
    if len(stages) == 1:
        stages[0] = replace(stages[0], runs=max(2, stages[0].runs))
    if draw(st.integers(0, 5)) == 0 and keys == ("k",):
        stages[0] = replace(stages[0], keys=(Key(FieldRef("m", Kind.UNKNOWN)),))
    until = None
    if draw(st.integers(0, 3)) == 0:
        until = stage_plan(draw(st.sampled_from(LETTERS)), keys)
    span = draw(st.sampled_from([0, 1, 5, 10, 20]))
    if not any(stage.missing for stage in stages) and draw(st.integers(0, 3)) == 0:
        return SequencePlan(tuple(stages), None, until, None)
    return SequencePlan(tuple(stages), span, until, span)


@st.composite
def sample_plans(draw, reach=None):
    keys = draw(st.sampled_from([("k",), ("?k",), ("k", "m"), ("?m",)]))
    letters = draw(st.lists(st.sampled_from(LETTERS), min_size=2, max_size=4))
    stages = tuple(stage_plan(letter, keys) for letter in letters)
    return SamplePlan(stages, reach, samples_per_key=draw(st.sampled_from([1, 1, 2, 5])))


@st.composite
def threshold_plans(draw):
    """Thresholds of few events, with no, one or two group fields, some with cardinality."""
    keys = draw(st.sampled_from([(), ("k",), ("k",), ("k", "m")]))
    counted = draw(st.sampled_from([(), (), (("m", 2),), (("k", 2), ("m", 1)), (("m", 0),)]))
    return ThresholdPlan(
        stage_plan(draw(st.sampled_from(LETTERS)), keys),
        draw(st.integers(1, 4)),
        tuple(Cardinality(FieldRef(field, Kind.UNKNOWN), least) for field, least in counted),
        draw(st.sampled_from([None, 0, 3, 10, 20])),
    )
