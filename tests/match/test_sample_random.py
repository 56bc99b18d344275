"""The sample machine against the definition, on random plans and streams."""

import json

from hypothesis import given
from hypothesis import strategies as st

from match.streams import candidates, events, naive, sample_plans
from oracle.sequences import samples, samples_within
from tocsin.match.sample import SampleMachine

REACH = st.sampled_from([0, 3, 10])


def told(found):
    return [(match.keys, list(match.events)) for match in found]


def numbered(found, stream):
    number = {id(event): at for at, event in enumerate(stream)}
    return [(key, [number[id(event)] for event in chosen]) for key, chosen in found]


@given(sample_plans(), events(longest=12))
def test_a_whole_input_gives_what_the_definition_says(plan, stream):
    machine = SampleMachine(plan)
    for one in candidates(stream, plan.stages):
        assert machine.feed(one) == []
    expected = samples(stream, [naive(stage) for stage in plan.stages], plan.samples_per_key)
    assert told(machine.finish()) == numbered(expected, stream)
    assert machine.open == 0


@given(st.data(), REACH, events(longest=16))
def test_within_reach_samples_come_with_their_latest_events(data, reach, stream):
    plan = data.draw(sample_plans(reach))
    machine, found = SampleMachine(plan), []
    for one in candidates(stream, plan.stages):
        found += machine.feed(one)
        if data.draw(st.booleans()):
            assert machine.advance(one.time - 1) == []
        if data.draw(st.booleans()):
            saved, machine = json.dumps(machine.state()), SampleMachine(plan)
            machine.restore(json.loads(saved))
    stages = [naive(stage) for stage in plan.stages]
    expected = samples_within(stream, stages, reach, plan.samples_per_key)
    assert told(found + machine.finish()) == numbered(expected, stream)
