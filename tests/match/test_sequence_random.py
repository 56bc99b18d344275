"""The sequence machine against the definition, on random plans and streams."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from match.streams import candidates, events, naive, sequence_plans
from oracle.sequences import sequences
from tocsin.match.candidate import found_order
from tocsin.match.sequence import SequenceMachine
from tocsin.plan.plan import stages_of


def expected(plan, stream):
    until = None if plan.until is None else naive(plan.until)
    span = plan.maxspan if plan.maxspan is not None else plan.reach
    number = {id(event): at for at, event in enumerate(stream)}
    found = sequences(stream, [naive(stage) for stage in plan.stages], until, span)
    return [(key, [None if e is None else number[id(e)] for e in seq]) for key, seq in found]


def told(found):
    return [(match.keys, list(match.events)) for match in sorted(found, key=found_order)]


@given(sequence_plans(), events())
def test_finds_what_the_definition_says(plan, stream):
    machine = SequenceMachine(plan)
    found = [match for one in candidates(stream, stages_of(plan)) for match in machine.feed(one)]
    assert told(found + machine.finish()) == expected(plan, stream)
    assert machine.open == 0


@given(sequence_plans(), events(), st.data())
def test_advancing_and_saving_anywhere_changes_nothing(plan, stream, data):
    machine, found = SequenceMachine(plan), []
    fed = candidates(stream, stages_of(plan))
    for at, one in enumerate(fed):
        found += machine.feed(one)
        coming = fed[at + 1].time if at + 1 < len(fed) else one.time + 30
        if data.draw(st.booleans()):
            found += machine.advance(data.draw(st.integers(one.time - 1, coming - 1)))
        if data.draw(st.booleans()):
            saved, machine = json.dumps(machine.state()), SequenceMachine(plan)
            machine.restore(json.loads(saved))
    assert told(found + machine.finish()) == expected(plan, stream)


@settings(max_examples=60)
@given(sequence_plans(), events())
def test_an_absence_is_certain_when_its_frame_has_passed(plan, stream):
    machine = SequenceMachine(plan)
    fed = candidates(stream, stages_of(plan))
    at_once = [match for one in fed for match in machine.feed(one)]
    held = machine.finish()
    assert all(match.certain_at <= fed[-1].time for match in at_once)
    for match in held:
        assert match.certain_at >= fed[-1].time
        assert match.certain_at <= match.last.time + plan.maxspan
