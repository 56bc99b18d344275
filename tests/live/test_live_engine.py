"""What the live engine does with late, early, repeated and broken events, rules and states."""

from __future__ import annotations

import dataclasses
import random
import re
from contextlib import suppress

import numpy as np
import orjson
import pytest
from doubles import MemoryJournal, MemoryStore, events_frame
from watched import (
    ALL,
    CHAIN,
    FAR,
    JOINING,
    PAIR,
    SINGLE,
    START,
    TERMS,
    THRESHOLD,
    alerts_of,
    alike,
    compiled_of,
    event,
    filled,
    random_events,
    rule,
    scanned,
    told,
    watched,
)

import tocsin
import tocsin.live.engine as engine_module
from tocsin.columns.problem import UNTIMED
from tocsin.journal.frame import Frame, Kind
from tocsin.live.content import unpacked
from tocsin.live.engine import Engine
from tocsin.live.options import Options
from tocsin.match.evaluate import Evaluator
from tocsin.match.matcher import Matcher
from tocsin.match.sequence import SequenceMachine
from tocsin.store.alert import Snapshot


def run(journal, rules, options=None, store=None, **more):
    """The engine behind all that is in the journal, and its store."""
    store = store or MemoryStore()
    engine = Engine(journal, store, compiled_of(rules), options or Options(), **more)
    while engine.step():
        pass
    return engine, store


def second(alert):
    return (alert.timestamp - START) / 1000


A, B = event(10, "a", "h1", "u1"), event(20, "b", "h1", "u1")


def test_single_events_are_told_at_once_and_others_when_the_watermark_has_passed():
    journal = filled([A, B], mark=0)
    engine, store = run(journal, [SINGLE, PAIR])
    assert [alert.rule_name for alert in store.alerts.values()] == ["Single"]
    assert engine.counts.watermark == START - 10_000
    journal.append(Frame(Kind.MARK, FAR, mark=START + 20_000))
    assert engine.step()
    assert not alerts_of(store, "Pair")
    journal.append(Frame(Kind.MARK, FAR, mark=START + 20_001))
    assert engine.step()
    (pair,) = alerts_of(store, "Pair")
    assert (second(pair), pair.severity) == (20, "medium")


def test_late_events_are_counted_and_meet_rules_about_single_events_only():
    late = event(10, "a", "h1", "u1")
    engine, store = run(filled([event(90, "d", "h1", "u1"), late, B]), [SINGLE, PAIR])
    assert engine.counts.late == 2
    assert [second(alert) for alert in alerts_of(store, "Single")] == [10]
    assert not alerts_of(store, "Pair")


def test_a_time_far_in_the_future_moves_no_watermark():
    early = event(10_000_000, "a", "h1", "u1")
    engine, store = run(filled([early, A, B], mark=0, ahead=START - FAR), [SINGLE, PAIR])
    assert engine.counts.ahead == 2  # accepted when A still lies ten seconds ahead
    assert engine.counts.watermark == START - 20_000
    assert len(alerts_of(store, "Single")) == 2


def test_what_is_a_day_ahead_is_waited_for_and_what_is_beyond_pins_nothing():
    hour, year = 3_600, 365 * 86_400
    far = [event(year, "a", "h1", "u1"), event(year + 10, "b", "h1", "u1")]
    near = [event(hour, "a", "h1", "u1"), event(hour + 10, "b", "h1", "u1")]
    journal = filled([far[0], near[0], A, near[1], far[1]], [1, 2], mark=0, ahead=START - FAR)
    engine, store = run(journal, [SINGLE, PAIR], Options(snapshot_bytes=1))
    assert (engine.counts.ahead, engine.counts.beyond) == (4, 2)
    assert len(alerts_of(store, "Single")) == 3, "rules about single events see them all"
    first, second_frame, _ = journal.positions
    assert first <= journal.kept_from < second_frame, "the events of the hour are waited for"
    for seconds in (hour + 100, year + 100):
        at = START + 1000 * seconds
        journal.append(Frame(Kind.MARK, at, mark=at))
    engine, store = run(journal, [SINGLE, PAIR], store=store)
    assert [second(pair) for pair in alerts_of(store, "Pair")] == [hour + 10]
    assert engine.counts.beyond == 2, "the state knows them"


@pytest.mark.parametrize(("ahead", "found"), [(3_600, 1), (365 * 86_400, 0)])
def test_alerts_of_what_is_beyond_are_not_waited_for(ahead, found):
    twice = rule(
        "Twice", "eql",
        'sequence by host.id with maxspan=1m [any where kibana.alert.rule.name == "Single"] '
        '[any where kibana.alert.rule.name == "Single"]',
        index=(".alerts-security.*",),
    )  # fmt: skip
    events = [event(ahead + second, "a", "h1", "u1") for second in (0, 10)]
    journal = filled(events, mark=0, ahead=START - FAR)
    at = START + 1000 * (ahead + 100)
    journal.append(Frame(Kind.MARK, at, mark=at))
    _, store = run(journal, [SINGLE, twice])
    assert len(alerts_of(store, "Single")) == 2
    assert len(alerts_of(store, "Twice")) == found


def test_the_state_is_kept_though_nothing_comes_so_that_the_journal_can_go():
    now = [0.0]
    options = Options(clock=lambda: now[0], snapshot_every=60_000, rows=5)
    journal = filled([event(10 * n, "c", "h", "u") for n in range(50)], range(0, 50, 5))
    engine, store = run(journal, [SINGLE, PAIR], options)
    assert (engine.counts.snapshots, journal.kept_from) == (0, 0)
    now[0] = 59.0
    assert not engine.step()
    assert engine.counts.snapshots == 0
    now[0] = 60.0
    assert not engine.step()
    assert engine.counts.snapshots == 1
    assert journal.kept_from > journal.end // 2, "all but what may yet come again"
    now[0] = 300.0
    assert not engine.step()
    assert engine.counts.snapshots == 1, "there is nothing new to keep"
    assert store.kept is not None
    journal.append(events_frame([orjson.dumps(event(600, "c", "h", "u"))], FAR))
    now[0] = 301.0
    assert engine.step()
    assert not engine.step()
    assert engine.counts.snapshots == 1, "something came just now"
    now[0] = 360.0
    assert not engine.step()
    assert engine.counts.snapshots == 2


def test_hits_that_wait_are_bounded():
    count = 100
    events = [event(1_000 + n, "a", f"h{n}", "u") for n in range(count)]
    events += [event(1_000 + n + 0.5, "b", f"h{n}", "u") for n in range(count)]
    journal = filled(events, range(0, 2 * count, 7), mark=0, ahead=START - FAR)
    at = START + 10_000_000
    journal.append(Frame(Kind.MARK, at, mark=at))
    engine, store = run(journal, [PAIR], Options(most_waiting=60))
    assert len(alerts_of(store, "Pair")) == 30, "those whose time comes first stay"
    assert engine.counts.evicted == 2 * count - 60


def test_what_is_no_event_is_rejected_and_told():
    refused = []
    options = Options(reject=lambda place, reason: refused.append((place, reason)))
    journal = MemoryJournal()
    lines = [b'{"user":1', b"[1]", b'{"user":{"name":"x"}}', orjson.dumps(A)]
    journal.append(events_frame(lines, FAR))
    engine, store = run(journal, [SINGLE], options)
    assert (engine.counts.rejected, engine.counts.events) == (3, 1)
    assert [journal.event(place) for place, _ in refused] == lines[:3]
    assert refused[2][1] == UNTIMED
    assert len(store.alerts) == 1


@pytest.mark.parametrize("cut", [False, True])
def test_events_that_come_again_are_dropped_and_counted(cut):
    events = random_events(random.Random(3), 100, 60)
    twice = [one for one in events for _ in range(2)]
    again = [dict(reversed(one.items())) if n % 3 == 0 else one for n, one in enumerate(twice)]
    journal = filled(again, range(len(again)) if cut else ())
    engine, store = run(journal, ALL)
    assert engine.counts.repeated == 100
    assert told(store) == scanned(events, ALL)


def test_events_that_differ_only_in_what_no_rule_reads_are_not_the_same():
    engine, store = run(filled([{**A, "x": 1}, {**A, "x": 2}]), [SINGLE])
    assert engine.counts.repeated == 0
    assert len(store.alerts) == 2


@pytest.mark.parametrize("cuts", [(), (1, 2, 3, 4, 5, 6)])
def test_equal_events_may_count_as_separate_ones(cuts):
    events = [A, A, B, A, event(30, "a", "h1", "u1"), B]
    rules = [SINGLE, PAIR, THRESHOLD]
    _, store = run(filled(events, cuts), rules, Options(drop_resent=False))
    assert told(store) == scanned(events, rules)
    assert len(alerts_of(store, "Single")) == 4


def test_an_event_is_known_by_its_name_if_it_has_one():
    named = [(("logs-x", "1"), A), (("logs-x", "1"), {**A, "changed": 1}), (("logs-y", "1"), A)]
    named += [(("logs-x", ""), B), (("logs-x", ""), B)]
    engine, store = run(filled(named), [SINGLE, PAIR])
    assert engine.counts.repeated == 2
    hits = [
        {"_index": index, "_id": name or "given", "_source": one}
        for at, ((index, name), one) in enumerate(named)
        if at not in (1, 4)
    ]
    expected = scanned(hits, [SINGLE])
    singles = {alert.id for alert in alerts_of(store, "Single")}
    assert singles == set(expected)
    assert {two["tocsin.events"][0]["id"] for two in told(store).values()} == {"1"}


def test_a_rule_that_fails_is_suspended_and_the_others_go_on(monkeypatch):
    feed = SequenceMachine.feed

    def failing(self, candidate):
        if len(self._stages) == 3:  # the rule with three stages
            raise RuntimeError("boom")
        return feed(self, candidate)

    monkeypatch.setattr(SequenceMachine, "feed", failing)
    events = random_events(random.Random(5), 150, 200)
    engine, store = run(filled(events, [100, 120]), JOINING, Options(rows=10))
    ((rule, name, reason, since, missed),) = engine.counts.suspended
    assert (rule, name, reason) == ("id-Chain", "Chain", "it failed: RuntimeError: boom")
    assert since == FAR
    assert missed > 0
    monkeypatch.undo()
    expected = scanned(events, [rule for rule in JOINING if rule is not CHAIN])
    assert told(store) == expected
    again, _ = run(filled(events, [100, 120]), JOINING, store=store)
    assert [row[:3] for row in again.counts.suspended] == [(rule, name, reason)]
    # left out, and taken in again
    others = [rule for rule in JOINING if rule is not CHAIN]
    without, _ = run(filled(events, [100, 120]), others, store=store)
    without.close()
    anew, _ = run(filled(events, [100, 120]), JOINING, store=store)
    assert not without.counts.suspended
    assert not anew.counts.suspended


def test_a_rule_that_takes_too_much_work_is_suspended():
    now = [0.0]

    def clock():
        return now[0]

    class Slow(SequenceMachine):
        def feed(self, candidate):
            now[0] += 3.0
            return super().feed(candidate)

    store = MemoryStore()
    options = Options(clock=clock, work=clock, share=0.5, burst=5.0)
    journal = filled([event(n, "ab"[n % 2], "h1", "u1") for n in range(40)], range(0, 40, 2))
    engine = Engine(journal, store, compiled_of([PAIR, SINGLE]), options)
    joins = engine._watch._parts[0].joins
    joins.machines[0] = Slow(joins._joined[0].plan)
    while engine.step():
        pass
    ((_, name, reason, _, _),) = engine.counts.suspended
    assert name == "Pair"
    assert re.fullmatch(
        r"it took too much work: \d+\.0 s in all, where a rule may take 50% of one processor,"
        r" and 5 s beyond that; narrow its query",
        reason,
    )
    assert engine.counts.rule_seconds["id-Pair"] >= 5
    assert len(alerts_of(store, "Single")) == 20


def test_a_busy_machine_suspends_no_rule():
    """What a rule waits for while others work is not its own."""
    now = [0.0]

    def clock():
        now[0] += 100.0
        return now[0]

    journal = filled([event(n, "ab"[n % 2], "h1", "u1") for n in range(40)], range(0, 40, 2))
    options = Options(clock=clock, work=lambda: 0.0, share=0.01, burst=1.0)
    engine = Engine(journal, MemoryStore(), compiled_of([PAIR, SINGLE]), options)
    while engine.step():
        pass
    assert not engine.counts.suspended


def test_an_event_that_cannot_be_matched_is_refused_alone(monkeypatch):
    match = Matcher.match

    def failing(self, cells, indices=None, events=None):
        if any(b'"number":7,' in events(row) for row in range(len(cells.time))):
            raise RuntimeError("boom")
        return match(self, cells, indices, events)

    monkeypatch.setattr(Matcher, "match", failing)
    events = [{"number": n, **event(n, "ab"[n % 2], "h1", "u1")} for n in range(20)]
    refused = []
    options = Options(reject=lambda _, reason: refused.append(reason))
    engine, store = run(filled(events), [SINGLE, PAIR], options)
    assert refused == ["the engine failed: RuntimeError: boom"]
    assert (engine.counts.rejected, engine.counts.events) == (1, 19)
    monkeypatch.undo()
    assert told(store) == scanned([one for one in events if one["number"] != 7], [SINGLE, PAIR])


def test_a_condition_that_fails_suspends_its_rule(monkeypatch):
    odd = rule("Odd", "eql", 'any where concat(user.name, "x") == "u1x"')

    def failing(self, condition, values):
        raise RuntimeError("boom")

    monkeypatch.setattr(Evaluator, "holds", failing)
    engine, store = run(filled([A, B]), [odd, SINGLE])
    assert [row[1:3] for row in engine.counts.suspended] == [
        ("Odd", "it failed: RuntimeError: boom")
    ]
    assert [alert.rule_name for alert in store.alerts.values()] == ["Single"]


def test_a_rule_whose_alerts_no_store_takes_is_suspended():
    odd = dataclasses.replace(SINGLE, id="id-odd", name="Odd", severity="dreadful")
    engine, store = run(filled([A, B]), [odd, SINGLE])
    assert [row[1:3] for row in engine.counts.suspended] == [
        ("Odd", "it failed: ValueError: 'dreadful' is no severity")
    ]
    assert [alert.rule_name for alert in store.alerts.values()] == ["Single"]


def test_a_rule_that_needs_an_end_is_told_of():
    tail = dataclasses.replace(PAIR, query=PAIR.query + " | tail 1")
    engine, store = run(filled([A, B]), [tail, SINGLE])
    assert [row[2] for row in engine.counts.suspended] == [
        "its query ends with head or tail, and a stream has no end"
    ]
    assert len(store.alerts) == 1


def test_other_rules_keep_their_state_when_rules_change():
    changed = dataclasses.replace(CHAIN, query=CHAIN.query.replace('"d"', '"z"'))
    journal = filled([A], mark=START + 15_000)
    journal.append(Frame(Kind.RULES, FAR, note=b'{"rules":"two"}'))
    rest = [B, event(25, "c", "h1", "u1")]
    journal.append(events_frame([orjson.dumps(one) for one in rest], FAR))
    journal.append(Frame(Kind.MARK, FAR, mark=FAR))
    notes = []

    def load(note):
        notes.append(note)
        return compiled_of([SINGLE, PAIR, changed, THRESHOLD])

    engine, store = run(journal, [CHAIN, PAIR], load=load)
    assert notes == [b'{"rules":"two"}']
    assert len(alerts_of(store, "Pair")) == 1
    assert not alerts_of(store, "Chain")
    assert engine.counts.dropped == []  # nothing but a first event was open


def test_rules_that_cannot_be_used_leave_the_old_ones(caplog):
    journal = filled([A], mark=0)
    journal.append(Frame(Kind.RULES, FAR, note=b"{}"))
    journal.append(events_frame([orjson.dumps(B)], FAR))
    journal.append(Frame(Kind.MARK, FAR, mark=FAR))

    def load(_):
        raise ValueError("no rules there")

    engine, store = run(journal, [PAIR], load=load)
    assert engine.counts.dropped == [("", "the new rules cannot be used: no rules there")]
    assert len(store.alerts) == 1


def test_state_of_rules_that_are_gone_is_dropped_visibly():
    runs = next(rule for rule in JOINING if rule.name == "Runs")
    journal = filled([A, event(11, "a", "h2", "u1")], mark=START + 15_000)
    engine, store = run(journal, [runs, SINGLE])
    engine.close()
    later, _ = run(journal, [SINGLE], store=store)
    assert later.counts.dropped == [("id-Runs", "the rule is gone")]


@pytest.mark.parametrize(
    ("version", "content", "reason"),
    [
        (
            99,
            b"",
            "the form of a newer Tocsin (99, this one's is 1); what rules remembered is built",
        ),
        (0, b"", "the form of an older Tocsin (0, this one's is 1)"),
        (1, b"nonsense", "is damaged"),
    ],
)
def test_a_state_that_cannot_be_used_is_built_again_from_the_journal(
    version, content, reason, caplog
):
    journal = filled([A], mark=START + 15_000)
    engine, store = run(journal, [PAIR])
    engine.close()
    store.kept = Snapshot(store.at, version, content)
    journal.append(events_frame([orjson.dumps(B)], FAR))
    journal.append(Frame(Kind.MARK, FAR, mark=FAR))
    again, _ = run(journal, [PAIR], store=store)
    ((_, told),) = again.counts.dropped
    assert reason in told
    assert told.endswith("what rules remembered is built again from what the journal still holds")
    assert f"state dropped: {told}" in caplog.messages
    assert len(alerts_of(store, "Pair")) == 1


def test_no_bit_of_a_state_can_fall_over_unnoticed():
    journal = filled([event(n, "a", f"h{n}", "u1") for n in range(10)], mark=START + 15_000)
    engine, store = run(journal, [PAIR, TERMS])
    engine.close()
    content = store.kept.content
    state, arrays = unpacked(content)
    for at in range(4, len(content)):  # before: what says that it is zstd at all
        wrong = bytearray(content)
        wrong[at] ^= 1 << at % 8
        with suppress(ValueError):
            told, found = unpacked(bytes(wrong))
            assert told == state
            assert all(map(np.array_equal, found, arrays))


def test_a_clean_stop_keeps_the_state_and_reads_nothing_again():
    journal = filled([A], mark=START + 15_000)
    engine, store = run(journal, [PAIR, SINGLE])
    engine.close()
    assert store.kept.position == journal.end == store.at
    again = Engine(journal, store, compiled_of([PAIR, SINGLE]))
    assert not again.step()
    assert again.counts.commits == 0
    assert again.counts.state["openings"] == 1


def test_nothing_that_is_needed_leaves_the_journal():
    options = Options(snapshot_bytes=1, rows=1)
    events = random_events(random.Random(8), 150, 300)
    journal = filled(events, range(150))
    engine, store = run(journal, JOINING, options)
    assert engine.counts.lost == 0
    assert journal.kept_from > 0
    assert told(store) == scanned(events, JOINING)


def test_alerts_of_a_window_are_told_at_once_and_again():
    quiet = alike(SINGLE, "Quiet", group_by=["host.id"], duration={"value": 1, "unit": "m"})
    journal = filled([A], mark=START + 11_000)
    _, store = run(journal, [quiet])
    (one,) = store.alerts.values()
    assert orjson.loads(one.document)["kibana.alert.suppression.docs_count"] == 0
    journal.append(events_frame([orjson.dumps(event(30, "a", "h1", "u1"))], FAR))
    journal.append(Frame(Kind.MARK, FAR, mark=START + 31_000))
    engine, _ = run(journal, [quiet], store=store)
    (two,) = store.alerts.values()
    assert one.id == two.id
    assert orjson.loads(two.document)["kibana.alert.suppression.docs_count"] == 1
    assert engine.counts.suppressed == 1


def test_the_past_teaches_what_is_not_new():
    past = tocsin.events([event(0, "a", "h1", "u1")])
    terms = dataclasses.replace(TERMS, history_window_start="now-7d")
    _, store = run(filled([A, event(12, "a", "h2", "u1")]), [terms], Options(history=past))
    (alert,) = store.alerts.values()
    assert orjson.loads(alert.document)["kibana.alert.new_terms"] == ["u1", "h2"]


def test_the_wall_clock_of_an_alert_is_that_of_its_frame():
    _, store = run(filled([A], mark=0), [SINGLE], Options(execution="one"))
    document = orjson.loads(next(iter(store.alerts.values())).document)
    assert document["tocsin.detected_at"] == "2026-09-10T12:00:00.000Z"
    assert document["kibana.alert.rule.execution.timestamp"] == "2026-09-10T12:00:00.000Z"
    assert document["kibana.alert.rule.execution.uuid"] == "one"


def test_alerts_are_committed_together_while_much_waits(monkeypatch):
    many = [event(number, "a", "h1", "u1") for number in range(40)]
    monkeypatch.setattr(engine_module, "MOMENT", 0.0)
    _, alone = run(filled(many, range(40), mark=0), [SINGLE], Options(rows=1))
    journal = filled(many, range(40), mark=0)
    monkeypatch.setattr(engine_module, "BEHIND", journal.end // 8)
    _, together = run(journal, [SINGLE], Options(rows=1))
    assert together.alerts == alone.alerts
    assert together.commits < alone.commits / 2
    assert together.at == alone.at == journal.end


def test_alerts_wait_a_moment_for_those_of_the_next_steps():
    """As long as anything waits; then they are committed at once."""
    many = [event(number, "a", "h1", "u1") for number in range(40)]
    options = Options(rows=1, secret=1)
    engine, store = watched_slowly(filled(many, range(40), mark=0), options, 1.0)
    assert store.at == engine.position
    together, fewer = watched_slowly(filled(many, range(40), mark=0), options, 0.021)
    assert fewer.at == together.position
    assert fewer.alerts == store.alerts
    assert store.commits / 5 < fewer.commits < store.commits / 3


def watched_slowly(journal, options, pace):
    """An engine that has taken all there is, each step a pace behind the one before."""
    now = 0.0

    def clock():
        return now

    store = MemoryStore()
    engine = Engine(
        journal, store, compiled_of([SINGLE]), dataclasses.replace(options, clock=clock)
    )
    now = 1.0
    while engine.position < journal.end:
        engine.step()
        now += pace
    return engine, store


def test_the_same_frames_give_the_same_commits_without_alerts_now_and_then():
    quiet = [event(n, "x", "h1", "u1") for n in range(30)]
    _, store = run(filled(quiet, range(30)), [SINGLE], Options(rows=1, snapshot_every=1 << 60))
    assert store.commits <= 3
    assert store.at > 0


def test_counts_say_where_the_engine_is():
    journal = filled([A, B, A], [1, 2])
    engine, _ = run(journal, [SINGLE, PAIR])
    counts = engine.counts
    assert (counts.events, counts.repeated, counts.frames) == (2, 1, 4)
    assert counts.bytes == counts.position == counts.committed == journal.end
    assert (counts.behind, counts.replaying) == (0, False)
    assert counts.alerts == {"medium": 2}
    assert counts.watermark == FAR
    assert orjson.dumps(counts.as_json())


def test_store_double_of_several_steps_and_the_engine_agree():
    journal = filled([A, B], [1])
    assert told(watched(journal, compiled_of([SINGLE]), Options())) == scanned([A, B], [SINGLE])


def test_the_run_log_tells_what_rules_did():
    """A row an hour for each rule that did anything, and the rest at a clean end."""
    journal = filled([A, B, event(30, "c", "h1", "u1")])
    options = Options(runs_every=10**12)
    engine, store = run(journal, [SINGLE, CHAIN], options)
    assert store.runs == []
    engine.close()
    rows = {row.rule_id: row for row in store.runs}
    assert rows[SINGLE.id].alerts == sum(one.rule_id == SINGLE.id for one in store.alerts.values())
    assert rows[SINGLE.id].events == 3
    assert rows[SINGLE.id].last == START + 30_000
    again, store = run(journal, [SINGLE, CHAIN], options, store)
    again.close()
    assert len(store.runs) == len(rows), "nothing was done twice"


def test_the_run_log_goes_on_where_it_was():
    store, journal = MemoryStore(), filled([A])
    engine = Engine(journal, store, compiled_of([SINGLE]), Options(runs_every=0))
    while engine.step():
        pass
    for moment in (40, 50):
        line = orjson.dumps(event(moment, "a", "h1", "u1"))
        journal.append(events_frame([line], START + moment * 1000))
        engine.step()
    rows = [row for row in store.runs if row.alerts]
    assert [row.alerts for row in rows] == [1, 1, 1]
    assert [row.first for row in rows[1:]] == [row.last for row in rows[:-1]]


def test_what_tables_count_from_a_date_on_goes_on_when_nothing_comes():
    query = "from logs-* | stats n = count(*) by host.id | where n >= 2"
    since = rule("Since", "esql", query, interval="30s", from_="2026-01-01")
    events = [event(second, "a", "h1", "u1") for second in (1, 20, 300, 700)]
    journal = filled(events[:2], mark=START + 200_000)
    for later in events[2:]:
        journal.append(events_frame([orjson.dumps(later)], FAR))
    journal.append(Frame(Kind.MARK, FAR, mark=START + 900_000))
    store = watched(journal, compiled_of([since]), Options())
    ((name, told_live),) = told(store).items()
    ((same, told_once),) = scanned(events, [since]).items()
    assert (name, told_live["n"]) == (same, told_once["n"]) == (same, 4)
