"""New terms, over streams and finished inputs, against the definition."""

import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from match.inputs import ArrayBatch, PlacedBatch, cells_of, hits_of, slots_of, stage_numbers
from match.streams import LETTERS, candidates, event, events, naive, stage_plan
from oracle.new_terms import new_terms
from tocsin.match.join import field_values, key_tuples, key_value
from tocsin.match.keyhash import tuple_hash
from tocsin.match.new_terms import NewTermsMachine, Seeds
from tocsin.match.records import Recorder
from tocsin.match.sights import TAUGHT, Sights
from tocsin.match.terms import NEVER, NOTHING, Memory, Terms
from tocsin.plan.plan import Key, NewTermsPlan, StagePlan, stages_of
from tocsin.plan.predicate import FieldRef
from tocsin.schema.kinds import Kind

SEEDS = Seeds(0x1234_5678_9ABC_DEF0)


@st.composite
def plans(draw):
    keys = draw(st.sampled_from([("k",), ("m",), ("k", "m")]))
    return NewTermsPlan(
        stage_plan(draw(st.sampled_from(LETTERS)), keys), draw(st.sampled_from([1, 5, 20, 1000]))
    )


def without_ties(stream):
    """New terms are ordered by time and arrival alone."""
    return [{**event, "tie": None} for event in stream]


def fed(machine, plan, stream):
    return [
        (match.keys, *match.events)
        for one in candidates(stream, stages_of(plan))
        for match in machine.feed(one)
    ]


def expected(plan, stream, past=()):
    number = {id(event): at for at, event in enumerate(stream)}
    found = new_terms(stream, naive(plan.stage), plan.history, past)
    return [(key, number[id(event)]) for key, event in found]


def ks(*pairs):
    return [event(time, "a", k=key) for time, key in pairs]


def test_each_sight_of_a_term_begins_its_window_anew():
    plan = NewTermsPlan(stage_plan("a", ["k"]), 10)
    stream = ks((0, "x"), (9, "x"), (18, "x"), (28, "x"), (28, "x"), (37, "x"))
    assert fed(NewTermsMachine(plan), plan, stream) == [(("x",), 0), (("x",), 3)]


def test_an_event_without_one_of_the_fields_has_no_term():
    plan = NewTermsPlan(stage_plan("a", ["k", "m"]), 10)
    stream = [event(1, "a", k="x"), event(2, "a", k=["x", "y"], m="z")]
    assert fed(NewTermsMachine(plan), plan, stream) == [(("x", "z"), 1), (("y", "z"), 1)]


def test_machines_with_one_memory_keep_their_terms_apart():
    plan, memory = NewTermsPlan(stage_plan("a", ["k"]), 10), Memory()
    one, other = (NewTermsMachine(plan, SEEDS, name, memory) for name in "ab")
    assert len(fed(one, plan, ks((1, "x")))) == len(fed(other, plan, ks((1, "x")))) == 1
    assert one.open == other.open == 2


def test_events_out_of_order_and_states_of_others_are_refused():
    machine = NewTermsMachine(NewTermsPlan(stage_plan("a", ["k"]), 10))
    machine.advance(5)
    with pytest.raises(ValueError, match="in order of time"):
        machine.advance(3)
    with pytest.raises(ValueError, match="other new terms"):
        NewTermsMachine(NewTermsPlan(stage_plan("a", ["k"]), 9)).restore(machine.state())


@given(plans(), events(latest=60), st.data())
def test_a_stream_finds_what_the_definition_says_saved_anywhere(plan, stream, data):
    machine, found = NewTermsMachine(plan), []
    for one in candidates(stream, stages_of(plan)):
        found += [(match.keys, *match.events) for match in machine.feed(one)]
        if data.draw(st.booleans()):
            saved, machine = json.dumps(machine.state()), NewTermsMachine(plan)
            machine.restore(json.loads(saved))
    assert found == expected(plan, stream)


def together(terms):
    return Terms(*map(np.concatenate, zip(*terms, strict=True)))


def judged(plans_, stream, cuts=(), past=(), known=NOTHING, now=NEVER, **options):
    """First sights of a finished input as (key hash, event), by rule; and what is known then."""
    slot, names = slots_of("k", "m")
    firsts = stage_numbers(plans_)
    sights = Sights(plans_, firsts, slot, SEEDS, [str(rule) for rule, _ in plans_], **options)
    if past:
        hits = hits_of(past, plans_, firsts)
        sights.collect(ArrayBatch(0, len(past)), cells_of(past, names), *hits, taught=True)
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    for number, (begin, end) in enumerate(pairwise(edges)):
        rows = stream[begin:end]
        batch = (ArrayBatch if number % 2 else PlacedBatch)(begin, len(rows))
        sights.collect(batch, cells_of(rows, names), *hits_of(rows, plans_, firsts))
    terms = []
    first = sights.finish(known, now, terms.append)
    assert (first.source == 7).all()
    assert first.offset.tolist() == sorted(first.offset.tolist())
    found = {rule: set() for rule, _ in plans_}
    columns = first.plan.tolist(), first.key.tolist(), first.arrival.tolist()
    for plan, key, at in zip(*columns, strict=True):
        found[plans_[plan][0]].add((key, at))
    assert sum(map(len, found.values())) == first.key.size
    return found, together(terms)


def hashed(plans_, rule, found):
    """What the definition found, with hashes in place of keys."""
    kinds = [key.field.kind for key in dict(plans_)[rule].stage.keys]
    seeds = SEEDS.of_rule(str(rule)), SEEDS.of_values
    return {(tuple_hash(key, kinds, *seeds), at) for key, at in found}


@settings(max_examples=80)
@given(
    st.lists(plans(), min_size=1, max_size=3),
    events(longest=30, latest=60).map(without_ties),
    st.lists(st.integers(1, 30), max_size=5),
    events(longest=6, latest=60).map(without_ties),
    st.booleans(),
)
def test_a_finished_input_finds_what_the_definition_says(given_plans, stream, cuts, past, tight):
    plans_ = [(3 * at + 1, plan) for at, plan in enumerate(given_plans)]
    found, _ = judged(plans_, stream, cuts, past, limit_bytes=0 if tight else 1 << 20)
    for rule, plan in plans_:
        assert found[rule] == hashed(plans_, rule, expected(plan, stream, past))


@settings(max_examples=80)
@given(
    st.lists(plans(), min_size=1, max_size=3),
    events(longest=30, latest=60).map(without_ties),
    st.integers(0, 60),
    st.booleans(),
)
def test_what_was_known_before_counts(given_plans, stream, moment, forget):
    plans_ = list(enumerate(given_plans))
    before = [event for event in stream if event["time"] < moment]
    after = [event for event in stream if event["time"] >= moment]
    now = moment if forget else NEVER
    found, known = judged(plans_, before, now=now)
    more, _ = judged(plans_, after, known=known)
    for rule, plan in plans_:
        number = [at for at, event in enumerate(stream) if event["time"] < moment]
        late = [at for at, event in enumerate(stream) if event["time"] >= moment]
        joined = {(key, number[at]) for key, at in found[rule]}
        joined |= {(key, late[at]) for key, at in more[rule]}
        assert joined == hashed(plans_, rule, expected(plan, stream))


def test_many_records_are_judged_in_stretches():
    plans_ = [(0, NewTermsPlan(stage_plan("a", ["k"]), 1000))]
    stream = [event(at, "a", k=f"t{at * 7 % 1500}") for at in range(3000)]
    slot, names = slots_of("k", "m")
    sights = Sights(plans_, {0: 0}, slot, SEEDS, ["0"], limit_bytes=0)
    sights._most = 100
    for begin in range(0, 3000, 500):
        rows = stream[begin : begin + 500]
        hits = np.arange(500, dtype=np.int32), np.zeros(500, np.int32)
        sights.collect(ArrayBatch(begin, 500), cells_of(rows, names), *hits)
    terms = []
    first = sights.finish(keep=terms.append)
    assert first.key.size == 3000
    assert len(terms) == 30
    assert together(terms).keys.size == 1500
    assert (np.diff(together(terms).keys.astype(object)) > 0).all()
    assert sights.spilled


def test_an_event_that_only_teaches_is_no_first_sight():
    plans_ = [(0, NewTermsPlan(stage_plan("a", ["k"]), 10))]
    found, _ = judged(plans_, ks((5, "x"), (5, "y")), past=ks((5, "x")))
    assert len(found[0]) == 1
    assert TAUGHT < 0


KINDS = [Kind.UNKNOWN, Kind.KEYWORD, Kind.LONG, Kind.IP, Kind.BOOLEAN, Kind.DATE, Kind.VERSION]
VALUES = st.one_of(
    st.sampled_from(["x", "5", 5, 5.0, 5.5, True, "true", "10.0.0.1", "::ffff:10.0.0.1", "1e2"]),
    st.text(max_size=40),
    st.integers(-(2**63), 2**63),
)


@given(st.lists(st.tuples(st.sampled_from(KINDS), VALUES), min_size=1, max_size=3))
def test_kernels_and_python_hash_terms_alike(parts):
    fields = [f"f{at}" for at in range(len(parts))]
    slot, names = slots_of(*fields)
    keys = tuple(Key(FieldRef(f, kind)) for f, (kind, _) in zip(fields, parts, strict=True))
    plan = NewTermsPlan(StagePlan(stage_plan("a").condition, keys), 1)
    row = {"time": 1, **dict(zip(fields, (value for _, value in parts), strict=True))}
    cells = cells_of([row], names)
    nothing = np.zeros(1, np.int32)
    seeds = SEEDS.of_rule("r"), SEEDS.of_values
    _, _, hashes = Recorder([plan], slot, seeds[:1], seeds[1]).records(cells, *[nothing] * 3)
    (found,) = field_values(cells, list(names.values()))
    values = [[key_value(k.field.kind, v) for v in found[slot(k.field.name)]] for k in keys]
    (key,) = key_tuples(values, [False] * len(keys))
    assert tuple_hash(key, [k.field.kind for k in keys], *seeds) == hashes[0]


def test_memory_forgets_what_is_new_again():
    memory = Memory()
    memory.learn(5, 100, 0)
    memory.learn(7, 50, 0)
    memory.learn(5, 60, 0)
    assert (memory.until(5), memory.until(7), memory.until(9)) == (100, 50, NEVER)
    terms = memory.settle(50)
    assert (terms.keys.tolist(), terms.until.tolist()) == ([5], [100])
    assert (memory.forgotten, len(memory)) == (1, 1)
    memory.learn(5, 200, 50)
    assert memory.until(5) == 200
    assert memory.settle(50).until.tolist() == [200]
    assert memory.forgotten == 1


def test_terms_of_a_stretch():
    terms = Terms(np.array([1, 5, 2**64 - 1], np.uint64), np.array([1, 2, 3]))
    assert terms.between(0, 5).keys.tolist() == [1]
    assert terms.between(5, 1 << 64).until.tolist() == [2, 3]
    assert terms.known(np.array([5, 6], np.uint64)).tolist() == [2, NEVER]
