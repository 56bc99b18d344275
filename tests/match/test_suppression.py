"""Windows of suppression, against the definition and case by case."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.suppression import suppress
from tocsin.match.suppression import MOST_NAMES, Suppression
from tocsin.plan.suppression import SuppressionPlan

PLAN = SuppressionPlan((), 10)
VALUES = st.sampled_from(["x", "y", 1, 1.0, True, None, ("x", "y"), (True, 1), (1, 1)])
ALERTS = st.lists(
    st.tuples(st.integers(0, 60), st.one_of(st.tuples(VALUES), st.tuples(VALUES, VALUES))),
    max_size=30,
).map(lambda rows: sorted(rows, key=lambda row: row[0]))


def told(windows):
    return [[w.key, w.start, w.end, w.count] for w in sorted(windows, key=lambda w: w.start)]


def order(rows):
    return sorted(rows, key=lambda row: (row[1], repr(row[0])))


@given(ALERTS, st.sampled_from([0, 5, 20]), st.data())
def test_windows_are_those_of_the_definition_saved_anywhere(alerts, duration, data):
    machine, found = Suppression(SuppressionPlan((), duration)), []
    known = {}
    for time, key in alerts:
        if data.draw(st.booleans()):
            machine.advance(time)
        found += machine.closed
        machine.closed = []
        if data.draw(st.booleans()):
            known.update({id(w): w for w in machine.told()})
            saved, machine = json.dumps(machine.state()), Suppression(SuppressionPlan((), duration))
            machine.restore(json.loads(saved))
        machine.feed(key, time, [time], time)
    machine.finish()
    assert order(told(found + machine.closed)) == order(suppress(alerts, duration))
    starts = [w.parent for w in [*found, *machine.closed, *known.values()] if w.parent is not None]
    assert sorted(starts) == sorted(window[1] for window in suppress(alerts, duration))


def test_a_window_is_anchored_at_its_first_alert_and_its_last_moment_counts():
    machine = Suppression(PLAN)
    opened = [time for time in (0, 6, 10, 11, 20) if machine.feed(("x",), time, [time], time)]
    assert opened == [0, 11]
    machine.finish()
    assert told(machine.closed) == [[("x",), 0, 10, 2], [("x",), 11, 20, 1]]
    assert [window.names for window in machine.closed] == [[6, 10], [20]]


def test_an_alert_that_comes_late_is_told_and_changes_no_window():
    machine = Suppression(PLAN)
    machine.feed(("x",), 20, [1], "first")
    assert machine.feed(("x",), 15, [2], "late").parent == "late"
    assert [window.parent for window in machine.closed] == ["late"]
    assert machine.feed(("x",), 30, [3], "alike") is None


def test_names_of_suppressed_events_are_bounded_and_all_are_counted():
    machine = Suppression(PLAN)
    for at in range(MOST_NAMES + 500):
        machine.feed(("x",), 0, [at, at], at)
    machine.finish()
    (window,) = machine.closed
    assert (window.count, len(window.names)) == (MOST_NAMES + 499, MOST_NAMES)


def test_the_oldest_window_closes_when_too_many_are_open():
    machine = Suppression(PLAN, capacity=2)
    for at, key in enumerate("xyz"):
        machine.feed((key,), at, [], at)
    assert (machine.evicted, len(machine)) == (1, 2)
    assert [window.key for window in machine.closed] == [("x",)]


def test_a_state_of_another_suppression_is_refused():
    with pytest.raises(ValueError, match="another suppression"):
        Suppression(SuppressionPlan((), 11)).restore(Suppression(PLAN).state())
