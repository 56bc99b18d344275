"""Random events and rules of each type, and what both engines find in them."""

from __future__ import annotations

import dataclasses
import itertools
import random
from typing import TYPE_CHECKING, Any

import orjson
from doubles import MemoryJournal, MemoryStore, Stopped, events_frame

import tocsin
from tocsin.engine.compiled import Compiled, compile_rules
from tocsin.journal.frame import Frame, Kind
from tocsin.live.engine import Engine
from tocsin.live.options import Options
from tocsin.rules.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tocsin.store.alert import StoredAlert

Event = dict[str, Any]
START = 1_785_585_600_000
CLOCKS = (
    "kibana.alert.rule.execution.uuid",
    "kibana.alert.rule.execution.timestamp",
    "tocsin.detected_at",
)
FAR = START + 40 * 86_400_000


def rule(name: str, type_: str, query: str, **more: Any) -> Rule:
    language = {"eql": "eql", "esql": "esql"}.get(type_, "kuery")
    raw = more.pop("raw", {})
    given = {"index": ("logs-*",), "from_": "now-9m", "severity": "medium", **more}
    return Rule(
        id=f"id-{name}", name=name, type=type_, language=language, query=query, raw=raw, **given
    )


SINGLE = rule("Single", "eql", 'any where event.action == "a" and user.name == "u1"')
KQL = rule("Kql", "query", "event.action: (b or c) and host.id: h1", severity="high")
PAIR = rule(
    "Pair", "eql",
    'sequence by host.id with maxspan=20s [any where event.action == "a"] '
    '[any where event.action == "b"]',
)  # fmt: skip
CHAIN = rule(
    "Chain", "eql",
    'sequence by user.name [any where event.action == "a"] [any where event.action == "b"] '
    '[any where event.action == "c"] until [any where event.action == "d"]',
)  # fmt: skip
SILENCE = rule(
    "Silence", "eql",
    'sequence by host.id with maxspan=15s [any where event.action == "a"] '
    '![any where event.action == "b"]',
)  # fmt: skip
BETWEEN = rule(
    "Between", "eql",
    'sequence by host.id with maxspan=40s [any where event.action == "a"] '
    '![any where event.action == "c"] [any where event.action == "b"]',
)  # fmt: skip
UNHEARD = rule(
    "Unheard", "eql",
    'sequence by host.id with maxspan=15s ![any where event.action == "b"] '
    '[any where event.action == "a"]',
)  # fmt: skip
RUNS = rule(
    "Runs", "eql",
    'sequence by user.name with maxspan=1m [any where event.action == "a"] with runs=3 '
    '[any where event.action == "b"]',
)  # fmt: skip
KEYLESS = rule(
    "Keyless", "eql",
    'sequence with maxspan=5s [any where event.action == "a"] [any where event.action == "a"]',
)  # fmt: skip
SAMPLE = rule(
    "Sample", "eql",
    'sample by host.id [any where event.action == "c"] [any where event.action == "d"]',
)  # fmt: skip
TRIPLE = rule(
    "Triple", "eql",
    'sample by user.name [any where event.action == "a" and host.id == "h1"] '
    '[any where event.action == "b"] [any where event.action == "c" or event.action == "a"]',
    from_="now-1m",
)  # fmt: skip
THRESHOLD = rule(
    "Threshold", "threshold", "event.action: a", from_="now-1m",
    raw={"threshold": {"field": ["host.id"], "value": 3}},
)  # fmt: skip
SPREAD = rule(
    "Spread", "threshold", "event.action: (a or b)", from_="now-2m",
    raw={"threshold": {"field": "host.id", "value": 2,
                       "cardinality": [{"field": "user.name", "value": 2}]}},
)  # fmt: skip
TERMS = rule(
    "Terms", "new_terms", "event.action: *", history_window_start="now-1m",
    new_terms_fields=("user.name", "host.id"),
)  # fmt: skip
EACH = rule(
    "Each", "esql",
    'from logs-* metadata _id, _index, _version | where event.action == "d" '
    "| eval who = concat(user.name, host.id) | keep who, _id, user.name",
)  # fmt: skip
MANY = rule(
    "Many", "esql",
    'from logs-* | where event.action in ("a", "b") | stats n = count(*), '
    "last = max(@timestamp), users = count_distinct(user.name) by host.id | where n >= 3",
    interval="30s", from_="now-1m",
)  # fmt: skip
FIRST = rule(
    "First", "esql",
    'from logs-* metadata _id, _index, _version | where event.action == "c" '
    "| sort @timestamp desc | limit 2 | keep _id, user.name, @timestamp",
    interval="1m", from_="now-2m",
)  # fmt: skip
TABLES = [EACH, MANY, FIRST]


def alike(given: Rule, name: str, **suppression: Any) -> Rule:
    """The rule with alerts that are alike told once."""
    raw = {**given.raw, "alert_suppression": suppression}
    return dataclasses.replace(given, id=f"id-{name}", name=name, raw=raw)


HALF = {"value": 30, "unit": "s"}
QUIET = [
    alike(KQL, "Quiet", group_by=["user.name"], duration=HALF),
    alike(PAIR, "Quiet pair", group_by=["host.id"], duration={"value": 2, "unit": "m"}),
    alike(
        SINGLE, "Strict", group_by=["host.id"], duration=HALF,
        missing_fields_strategy="doNotSuppress",
    ),
    alike(THRESHOLD, "Quiet threshold", duration={"value": 3, "unit": "m"}),
    alike(TERMS, "Quiet terms", group_by=["host.id"], duration=HALF),
]  # fmt: skip
TABLES += [
    alike(EACH, "Quiet each", group_by=["user.name"], duration=HALF),
    alike(MANY, "Quiet many", group_by=["host.id"], duration={"value": 2, "unit": "m"}),
]
JOINING = [
    PAIR, CHAIN, SILENCE, BETWEEN, UNHEARD, RUNS, KEYLESS, SAMPLE, TRIPLE, THRESHOLD, SPREAD,
]  # fmt: skip
ALL = [SINGLE, KQL, *JOINING, TERMS, *QUIET]

INDICATORS = [
    {"@timestamp": START, "threat": {"indicator": {"name": "u1", "provider": "h2"}}},
    {"@timestamp": START, "threat": {"indicator": {"name": "u3"}}},
]
MATCH = rule(
    "Match", "threat_match", "event.action: *",
    raw={"threat_mapping": [{"entries": [
        {"field": "user.name", "type": "mapping", "value": "threat.indicator.name"},
        {"field": "host.id", "type": "mapping", "value": "threat.indicator.provider",
         "negate": True},
    ]}]},
)  # fmt: skip
LUCENE = dataclasses.replace(
    rule("Lucene", "query", "event.action:[b TO c] AND -user.name:u2"), language="lucene"
)
MATCHING = [
    MATCH,
    LUCENE,
    alike(MATCH, "Quiet match", group_by=["host.id"], duration=HALF),
    rule(
        "Echo of match", "threshold", "kibana.alert.rule.name: Match", from_="now-2m",
        index=(".alerts-security.*",),
        raw={"threshold": {"field": ["user.name"], "value": 2}},
    ),
]  # fmt: skip

ALERTS = (".alerts-security.*",)
READERS = [
    rule(
        "Echo", "eql", 'any where kibana.alert.rule.name == "Pair"', index=ALERTS,
        raw={"id": "a uuid"},
    ),
    rule("Echo of echo", "eql", 'any where kibana.alert.rule.name == "Echo"', index=ALERTS),
    rule(
        "Noisy", "threshold", "kibana.alert.rule.name: (Single or Kql or Echo)", index=ALERTS,
        from_="now-2m", raw={"threshold": {"field": ["host.id"], "value": 2}},
    ),
    rule(
        "Noise then echo", "eql",
        'sequence by host.id with maxspan=1m [any where kibana.alert.rule.name == "Noisy"] '
        '[any where event.action == "b" and kibana.alert.rule.name == null]',
        index=(*ALERTS, "logs-*"),
    ),
    rule(
        "New noise", "new_terms", "kibana.alert.rule.name: *", index=ALERTS,
        history_window_start="now-1m", new_terms_fields=("kibana.alert.rule.name", "host.id"),
        raw={"id": "another uuid"},
    ),
    rule("Any echo", "eql", "any where kibana.alert.depth > 1", index=ALERTS, raw={"id": "third"}),
]  # fmt: skip
READ = [SINGLE, KQL, PAIR, SILENCE, THRESHOLD, *READERS]


def event(second: float, action: str, host: str | list[str] | None, user: str | None) -> Event:
    """An event of the test's little world."""
    at = START + int(second * 1000)
    found: Event = {"@timestamp": at, "event": {"action": action, "category": "process"}}
    if host is not None:
        found["host"] = {"id": host}
    if user is not None:
        found["user"] = {"name": user}
    return {**found, "data_stream": {"dataset": "test"}}


def random_events(chance: random.Random, count: int, span: float) -> list[Event]:
    """Events in order of time, many of them at the same moment, none like another."""
    hosts: list[Any] = ["h1", "h2", None, ["h1", "h2"]]
    found = []
    for number in range(count):
        second = chance.randrange(int(span * 4)) / 4
        host = chance.choices(hosts, [6, 4, 1, 1])[0]
        user = chance.choice(["u1", "u2", "u3", None])
        found.append({**event(second, chance.choice("aabbcd"), host, user), "number": number})
    found.sort(key=lambda one: one["@timestamp"])
    return found


def disordered(chance: random.Random, events: Sequence[Event], lateness: int) -> list[Event]:
    """The events in an order in which none comes too late."""
    return sorted(events, key=lambda one: one["@timestamp"] + chance.randint(0, lateness))


def plain(document: Event) -> Event:
    """A document without the wall clock."""
    return {key: value for key, value in document.items() if key not in CLOCKS}


def scanned(events: Iterable[Any], rules: Sequence[Rule], **more: Any) -> dict[str, Event]:
    """What a finished input gives, by alert."""
    return {alert.id: plain(alert.document) for alert in tocsin.scan(events, rules, **more)}


def told(store: MemoryStore) -> dict[str, Event]:
    """What a store holds, by alert."""
    return {name: plain(orjson.loads(alert.document)) for name, alert in store.alerts.items()}


def filled(
    events: Sequence[Any], cuts: Sequence[int] = (), *, mark: int = FAR, ahead: int = 0
) -> MemoryJournal:
    """A journal of events, cut into frames before some of them, and a mark at the end.

    Events that are pairs are a name and an event.
    """
    journal = MemoryJournal()
    edges = [0, *sorted(set(cuts)), len(events)]
    for begin, end in itertools.pairwise(edges):
        some = events[begin:end]
        if not some:
            continue
        named = isinstance(some[0], tuple)
        lines = [orjson.dumps(one[1] if named else one) for one in some]
        journal.append(
            events_frame(lines, FAR + ahead, [one[0] for one in some] if named else None)
        )
    if mark:
        journal.append(Frame(Kind.MARK, FAR + ahead, mark=mark))
    return journal


def watched(
    journal: MemoryJournal,
    compiled: Compiled,
    options: Options,
    store: MemoryStore | None = None,
) -> MemoryStore:
    """What the engine commits when it runs until the journal is at its end."""
    store = store or MemoryStore()
    engine = Engine(journal, store, compiled, options)
    while engine.step():
        pass
    engine.release()
    return store


def killed(
    journal: MemoryJournal, compiled: Compiled, options: Options, chance: random.Random
) -> MemoryStore:
    """As `watched`; but the process dies now and then, before a commit, behind one, or between."""
    store = MemoryStore()
    for _ in range(50):
        store.commits = 0
        store.dies_before = store.dies_after = -1
        at = chance.randint(1, 6)
        if chance.random() < 0.5:
            store.dies_before = at
        else:
            store.dies_after = at
        steps = chance.randint(1, 8)
        engine = Engine(journal, store, compiled, options)
        try:
            while steps and engine.step():
                steps -= 1
            if steps:
                return store
            if chance.random() < 0.3:
                engine.close()
        except Stopped:
            pass
        finally:
            engine.release()
    store.dies_before = store.dies_after = -1
    return watched(journal, compiled, options, store)


def compiled_of(rules: Sequence[Rule]) -> Compiled:
    """The rules ready to run; all of them do."""
    compiled = compile_rules(rules)
    assert None not in compiled.plans, compiled.diagnostics
    return compiled


def alerts_of(store: MemoryStore, name: str) -> list[StoredAlert]:
    """The alerts of a rule, by time."""
    found = [alert for alert in store.alerts.values() if alert.rule_id == f"id-{name}"]
    return sorted(found, key=lambda alert: alert.timestamp)
