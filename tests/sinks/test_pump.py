"""Alerts leave the outbox at least once, in order, whatever a sink does."""

import json

import pytest

from sinks.delivering import Outbox, change
from tocsin.sinks.pump import Patience, Pump, Wants
from tocsin.sinks.runner import Runner
from tocsin.sinks.sink import TAKEN, ClosedError, Outcome, RefusedError, UnreachableError


class Taking:
    """A sink that does what it is told, then takes everything."""

    def __init__(self, *todo, batch=2):
        self.batch = batch
        self.todo = list(todo)
        self.got = []
        self.closed = False

    def send(self, changes, now):
        if self.todo:
            what = self.todo.pop(0)
            if isinstance(what, Exception):
                raise what
            outcome = what(changes)
            bad = {each.number for part in outcome for each, _ in part}
            self.got += [each.number for each in changes if each.number not in bad]
            return outcome
        self.got += [each.number for each in changes]
        return TAKEN

    def close(self):
        self.closed = True


@pytest.fixture
def outbox():
    return Outbox(*map(change, range(1, 6)))


@pytest.fixture
def pumping(tmp_path, outbox):
    def make(sink, **options):
        options = {"from_now": False, **options}
        return Pump("soc", sink, outbox, tmp_path, **options)

    return make


def drain(pump, clock=0.0, now=0):
    while pump.step(now, clock):
        pass


def test_all_alerts_in_order_and_the_cursor_behind_them(pumping, outbox):
    sink = Taking()
    pump = pumping(sink)
    drain(pump)
    assert sink.got == [1, 2, 3, 4, 5]
    assert outbox.moves == [0, 2, 4, 5]
    assert (pump.counts.sent, pump.counts.lag) == (5, 0)
    outbox.all.append(change(6))
    drain(pump)
    assert sink.got[5:] == [6]


def test_how_far_a_sink_is_behind_is_known_while_it_waits(pumping, outbox):
    pump = pumping(Taking(UnreachableError("away")))
    drain(pump)
    assert pump.counts.lag == 5
    outbox.all += map(change, range(6, 9))
    drain(pump, 0.1)
    assert (pump.counts.lag, pump.counts.problem) == (8, "away")
    drain(pump, 400.0)
    assert (pump.counts.lag, pump.counts.sent) == (0, 8)


def test_a_new_sink_begins_with_what_comes_next(pumping, outbox):
    sink = Taking()
    pump = pumping(sink, from_now=True)
    drain(pump)
    outbox.all.append(change(6))
    drain(pump)
    assert sink.got == [6]


def test_another_process_goes_on_behind_the_cursor(pumping, outbox):
    first, second = Taking(), Taking()
    pumping(first).step(0, 0.0)
    drain(pumping(second, from_now=True))
    assert first.got + second.got == [1, 2, 3, 4, 5]


def test_killed_before_the_cursor_moved_it_delivers_again(pumping, outbox):
    first, second = Taking(), Taking()
    pump = pumping(first)
    moved = outbox.move_cursor
    outbox.move_cursor = lambda *_: 1 / 0
    with pytest.raises(ZeroDivisionError):
        pump.step(0, 0.0)
    outbox.move_cursor = moved
    drain(pumping(second))
    assert first.got == [1, 2]
    assert second.got == [1, 2, 3, 4, 5]


def test_waits_grow_and_end_with_the_first_success(pumping):
    sink = Taking(*[UnreachableError("down")] * 4)
    pump = pumping(sink, patience=Patience(first=1, longest=4))
    times, clock = [], 0.0
    while not sink.got:
        before = len(sink.todo)
        pump.step(0, clock)
        if len(sink.todo) != before or sink.got:
            times.append(clock)
        clock += 0.5
    assert times == [0, 1, 3, 7, 11]
    assert pump.counts.failures == 4
    assert pump.counts.problem == ""


def test_chance_makes_waits_shorter_by_half_at_most(pumping):
    sink = Taking(UnreachableError("down"), UnreachableError("down"))
    pump = pumping(sink, chance=lambda: 0.0)
    pump.step(0, 0.0)
    pump.step(0, 0.49)
    assert len(sink.todo) == 1
    pump.step(0, 0.5)
    assert sink.todo == []


@pytest.mark.parametrize("error", [UnreachableError, RefusedError])
def test_what_the_other_side_asks_for_is_kept_to(pumping, error):
    sink = Taking(error("429", after=30))
    pump = pumping(sink)
    pump.step(0, 0.0)
    assert not pump.step(0, 29.0)
    assert sink.got == []
    pump.step(0, 30.0)
    assert sink.got == [1, 2]


def test_nobody_waits_longer_than_is_configured(pumping):
    sink = Taking(UnreachableError("429", after=1e9))
    pump = pumping(sink, patience=Patience(longest=60))
    pump.step(0, 0.0)
    pump.step(0, 60.0)
    assert sink.got == [1, 2]


def test_unreachable_is_tried_for_ever(pumping):
    sink = Taking(*[UnreachableError("down")] * 500)
    pump = pumping(sink, patience=Patience(tries=3))
    for clock in range(0, 500 * 300, 300):
        pump.step(0, float(clock))
    assert sink.todo == []
    assert pump.dead.count == 0


def test_after_so_many_refusals_alerts_become_dead_letters(pumping, tmp_path):
    sink = Taking(*[RefusedError("answered 500: no")] * 3)
    pump = pumping(sink, patience=Patience(tries=3))
    for clock in (0.0, 1000.0, 2000.0):
        pump.step(1_787_313_600_000, clock)
    assert pump.counts.dead_letters == 2
    assert pump.counts.problem == "answered 500: no"
    drain(pump, 2000.0)
    assert sink.got == [3, 4, 5]
    letters = (tmp_path / "soc.dead.ndjson").read_text().splitlines()
    first = json.loads(letters[0])
    assert first["at"] == "2026-08-21T12:00:00.000Z"
    assert (first["id"], first["reason"]) == ("id-1", "answered 500: no")
    assert first["alert"]["kibana.alert.uuid"] == "id-1"


def test_one_refused_alert_leaves_the_others(pumping):
    sink = Taking(lambda changes: Outcome(refused=[(changes[0], "bad")]))
    pump = pumping(sink)
    drain(pump)
    assert sink.got == [2, 3, 4, 5]
    assert [letter.number for letter in pump.dead.read()] == [1]
    assert pump.counts.sent == 4


def test_alerts_to_be_tried_again_come_before_the_rest(pumping, outbox):
    def later(changes):
        return Outcome(again=[(changes[1], "busy")])

    sink = Taking(later, later)
    pump = pumping(sink)
    for clock in (0.0, 1000.0, 2000.0, 3000.0):
        drain(pump, clock)
    # 2 and 3 were one batch: 3 waited once more.
    assert sink.got == [1, 2, 3, 4, 5]
    assert outbox.places["soc"] == 5


def test_tries_are_counted_for_each_alert(pumping):
    """Alerts that came while others were not taken have all their tries before them."""
    bad = lambda changes: Outcome(  # noqa: E731
        again=[(each, "no") for each in changes if each.number in {1, 3}]
    )
    sink = Taking(*[bad] * 3)
    pump = pumping(sink, patience=Patience(tries=3))
    for clock in range(0, 10_000, 1_000):
        drain(pump, clock)
    assert [letter.number for letter in pump.dead.read()] == [1]
    assert sorted(sink.got) == [2, 3, 4, 5]
    assert pump.counts.sent == 4


def test_what_there_is_no_room_for_is_tried_for_ever(pumping, outbox):
    full = lambda changes: Outcome(later=[(each, "busy") for each in changes])  # noqa: E731
    sink = Taking(*[full] * 30)
    pump = pumping(sink, patience=Patience(tries=2, longest=8.0))
    for clock in range(0, 400, 8):
        drain(pump, clock)
    assert sink.got == [1, 2, 3, 4, 5]
    assert (pump.counts.dead_letters, outbox.places["soc"]) == (0, 5)


def test_waits_do_not_grow_while_some_alerts_are_taken(pumping):
    busy = lambda changes: Outcome(later=[(changes[-1], "busy")])  # noqa: E731
    sink = Taking(*[busy] * 4)
    pump = pumping(sink)
    for clock in range(5):
        drain(pump, float(clock))
    assert sink.got == [1, 2, 3, 4, 5]


def test_waits_grow_while_no_alert_is_taken(pumping):
    full = lambda changes: Outcome(later=[(each, "busy") for each in changes])  # noqa: E731
    sink = Taking(*[full] * 4)
    pump = pumping(sink, patience=Patience(first=1, longest=4), chance=lambda: 1.0)
    left = []
    for clock in range(8):
        drain(pump, float(clock))
        left.append(len(sink.todo))
    assert left == [3, 2, 2, 1, 1, 1, 1, 0]
    assert (pump.counts.failures, pump.counts.problem) == (4, "busy")


def test_dead_letters_can_be_sent_once_more(pumping):
    sink = Taking(*[RefusedError("no")] * 2)
    pump = pumping(sink, patience=Patience(tries=1))
    drain(pump)
    assert pump.counts.dead_letters == 4
    assert pump.revive(0) == 0
    assert sink.got == [5, 1, 2, 3, 4]
    assert pump.dead.read() == []


def test_dead_letters_stay_that_are_refused_again(pumping):
    sink = Taking(*[RefusedError("no")] * 2)
    pump = pumping(sink, patience=Patience(tries=1))
    drain(pump)
    sink.todo = [lambda _: TAKEN, RefusedError("still not")]
    with pytest.raises(RefusedError):
        pump.revive(0)
    assert [letter.number for letter in pump.dead.read()] == [3, 4]


def test_dead_letters_have_a_chance_at_each_start(pumping):
    pump = pumping(Taking(*[RefusedError("no")] * 2), patience=Patience(tries=1))
    drain(pump)
    assert pump.counts.dead_letters == 4
    bad = Taking(lambda changes: Outcome(refused=[(changes[1], "still bad")]))
    pump = pumping(bad)
    drain(pump)
    assert bad.got == [1, 3, 4]
    assert [letter.number for letter in pump.dead.read()] == [2]
    assert pump.counts.dead_letters == 1
    down = Taking(UnreachableError("down"))
    pump = pumping(down)
    drain(pump)
    assert pump.counts.dead_letters == 1


def test_dead_letters_know_whether_they_changed(pumping, outbox):
    outbox.all[0] = change(1, changed=True)
    pump = pumping(Taking(lambda changes: Outcome([(each, "no") for each in changes])))
    drain(pump)
    assert [letter.changed for letter in pump.dead.read()] == [True, False]


def test_a_torn_dead_letter_hides_no_other(pumping, tmp_path):
    sink = Taking(RefusedError("no"))
    pump = pumping(sink, patience=Patience(tries=1))
    pump.step(0, 0.0)
    with (tmp_path / "soc.dead.ndjson").open("ab") as out:
        out.write(b'{"at":"2026')
    assert len(pumping(Taking()).dead.read()) == 2


def test_dead_letters_that_cannot_be_kept_move_no_cursor(pumping, tmp_path, outbox):
    sink = Taking(RefusedError("no"), RefusedError("no"))
    pump = pumping(sink, patience=Patience(tries=1))
    (tmp_path / "soc.dead.ndjson").mkdir()
    pump.step(0, 0.0)
    assert outbox.places["soc"] == 0
    assert "cannot be kept" in pump.counts.problem


def test_only_what_is_wanted_and_the_cursor_moves_all_the_same(pumping, outbox):
    outbox.all = [
        change(1, severity="low"),
        change(2, severity="critical"),
        change(3, building_block=True),
        change(4, "triaged"),
        change(5, severity="medium"),
    ]
    sink = Taking()
    pump = pumping(sink, wants=Wants(least="high"))
    drain(pump)
    assert sink.got == [2]
    assert outbox.places["soc"] == 5
    everything = Taking()
    outbox.places.clear()
    drain(pumping(everything, wants=Wants("low", building_blocks=True, triage=True)))
    assert everything.got == [1, 2, 3, 4, 5]


def test_a_closed_sink_is_asked_no_more(pumping, outbox):
    sink = Taking(ClosedError("gone"))
    pump = pumping(sink)
    assert not pump.step(0, 0.0)
    assert pump.closed
    assert not pump.step(0, 1000.0)
    assert sink.got == []
    assert outbox.places["soc"] == 0


def test_a_sink_that_breaks_stops_no_other(tmp_path, outbox, monkeypatch, caplog):
    monkeypatch.setattr("tocsin.sinks.runner.AFTER_FAILURE", 0.0)
    bad = Taking(RuntimeError("broken"), RuntimeError("broken"))
    good = Taking()
    pumps = [Pump("bad", bad, outbox, tmp_path, from_now=False)]
    pumps.append(Pump("good", good, outbox, tmp_path, from_now=False))
    runner = Runner(pumps, now=lambda: 0, clock=lambda: 0.0)
    runner.start()
    while len(bad.got) < 5 or len(good.got) < 5:
        runner.wake()
    runner.stop()
    assert bad.got == good.got == [1, 2, 3, 4, 5]
    assert bad.closed
    assert good.closed
    assert pumps[0].counts.failures == 2
    assert "sink bad failed" in caplog.text
