"""Ids of events by their places: asked for, kept for some, forgotten."""

from __future__ import annotations

import random

import numpy as np
import orjson
from doubles import MemoryJournal, MemoryStore, events_frame
from watched import (
    ALERTS,
    FAR,
    KQL,
    PAIR,
    SINGLE,
    START,
    alerts_of,
    compiled_of,
    event,
    filled,
    rule,
)

from tocsin.journal.frame import Frame, Kind
from tocsin.live.content import unpacked
from tocsin.live.engine import Engine
from tocsin.live.names import Names


def test_names_are_those_of_a_plain_dict():
    chance = random.Random(5)
    for _ in range(50):
        names, known, begin = Names(), {}, 0
        for _ in range(chance.randrange(1, 6)):
            batch = range(begin, begin + 20)
            for _ in range(chance.randrange(3)):
                places = sorted(chance.sample(batch, chance.randrange(1, 20)))
                ids = [f"id {place}" if place % 3 else "" for place in places]
                names.add(begin, np.array(places, np.int64), ids)
                known |= {at: name for at, name in zip(places, ids, strict=True) if name}
            begin += 20
            if chance.random() < 0.3:
                kept = np.array(chance.sample(range(begin), 8), np.int64)
                names.forget(kept)
                known = {at: name for at, name in known.items() if at in kept}
            wanted = np.array(chance.choices(range(begin), k=10), np.int64)
            assert names.some(wanted) == sorted(
                (w, known[w]) for w in {*wanted.tolist()} & {*known}
            )
            assert [names.get(at) for at in range(-1, begin)] == [
                known.get(at, "") for at in range(-1, begin)
            ]


def test_a_state_has_the_names_of_events_that_it_refers_to_and_no_others():
    first = [
        (("logs", "followed by nothing"), event(9, "b", "h1", "u1")),
        (("logs", "open"), event(10, "a", "h1", "u1")),
    ]
    journal, store, compiled = (
        filled(first, mark=START + 15_000),
        MemoryStore(),
        compiled_of([PAIR]),
    )
    _run(Engine(journal, store, compiled)).close()
    tree, _ = unpacked(store.kept.content)
    assert [name for _, name in tree["watch"]["places"]["ids"]] == ["open"]
    then = orjson.dumps(event(20, "b", "h1", "u1"))
    journal.append(events_frame([then], FAR, [("logs", "then")]))
    journal.append(Frame(Kind.MARK, FAR, mark=FAR))
    _run(Engine(journal, store, compiled))
    (alert,) = alerts_of(store, "Pair")
    assert [one["id"] for one in orjson.loads(alert.document)["tocsin.events"]] == ["open", "then"]


def test_events_come_again_behind_a_state_too():
    """Their names are known from it, each with that of its index."""
    one = orjson.dumps(event(10, "a", "h1", "u1"))
    names = [("logs", "1"), ("logs", "2"), ("others", "1"), ("", "1"), ("", "3")]
    journal, store, compiled = MemoryJournal(), MemoryStore(), compiled_of([PAIR])
    journal.append(events_frame([one] * 4, FAR, names[:4]))
    _run(Engine(journal, store, compiled)).close()
    journal.append(events_frame([one] * 5, FAR, names))
    engine = _run(Engine(journal, store, compiled))
    assert (engine.counts.events, engine.counts.repeated) == (1, 4)


def _run(engine: Engine) -> Engine:
    while engine.step():
        pass
    return engine


def test_alerts_that_no_rule_remembers_are_not_kept():
    """Rules about single events have seen them, and need them no more."""
    noise = 'sequence by host.id with maxspan=1m [any where kibana.alert.rule.name == "Single"] '
    late = rule("Late", "eql", noise + '[any where event.action == "never"]', index=ALERTS)
    seen = rule("Seen", "eql", 'any where kibana.alert.rule.name == "Kql"', index=ALERTS)
    events = [event(10, "a", "h1", "u1"), event(11, "b", "h1", "u1"), event(12, "c", "h1", "u1")]
    journal, store = filled(events, mark=START + 20_000), MemoryStore()
    engine = _run(Engine(journal, store, compiled_of([SINGLE, KQL, late, seen])))
    engine.close()
    assert len(alerts_of(store, "Seen")) == 2
    tree, _ = unpacked(store.kept.content)
    kept = [orjson.loads(line) for _, _, line, _ in tree["watch"]["places"]["alerts"]]
    assert [one["kibana.alert.rule.name"] for one in kept] == ["Single"]
    assert engine.counts.state["alerts"] == 1
