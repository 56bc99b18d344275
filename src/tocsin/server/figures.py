"""Figures of the engine, the journal and the followers, for Prometheus."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from tocsin.follow.taken import Follower
from tocsin.journal.journal import Journal
from tocsin.journal.keeper import Keeper
from tocsin.server.metrics import Figure
from tocsin.sinks.pump import Pump

ENGINE = {
    "events": "Events that the engine looked at.",
    "rejected": "Lines that the engine found to be no events.",
    "repeated": "Events that came again and were dropped.",
    "late": "Events beyond the allowed lateness.",
    "ahead": "Events whose time is too far in the future to move the watermark.",
    "beyond": "Events whose time is too far in the future for rules to wait for it.",
    "lost": "Events that a rule remembered and that are gone.",
    "suppressed": "Alerts that were suppressed.",
    "unrouted": "Events of an index that no rule reads.",
    "evicted": "Pieces of state that were dropped for room.",
    "capped": "Values that were dropped for room.",
    "forgotten": "Terms that were forgotten for room.",
    "building_block_alerts": "Alerts of building-block rules.",
    "commits": "Transactions of the store.",
    "snapshots": "Times that the whole state was kept.",
    "step_seconds": "Time that the engine worked.",
    "snapshot_seconds": "Time that keeping the state took.",
}
LEVELS = {
    "behind": "Bytes of the journal that the engine has before it.",
    "watermark": "Event time up to which nothing is waited for, ms since 1970.",
    "latest": "Latest event time that was seen, ms since 1970.",
    "snapshot_bytes": "Bytes of the state when it was kept last.",
}
FOLLOWED = {
    "events": "Events of a follower that are in the journal.",
    "rejected": "Lines of a follower that are no events.",
    "failures": "Times that a source could not be read or the journal not be written.",
}
SINKS = {
    "sent": "Alerts that a sink has taken.",
    "failures": "Times that a sink could not be reached or did not take alerts.",
}


def engine_figures(counts: Mapping[str, Any]) -> Iterator[Figure]:
    """What the engine reports (`tocsin.live.counts.Counts`)."""
    for name, told in ENGINE.items():
        if name in counts:
            yield Figure(f"engine_{name}_total", told, counts[name])
    for name, told in LEVELS.items():
        if name in counts:
            yield Figure(f"engine_{name}", told, counts[name], kind="gauge")
    for severity, count in counts.get("alerts", {}).items():
        yield Figure("alerts_total", "Alerts, by severity.", count, {"severity": severity})
    for kind, size in counts.get("state", {}).items():
        yield Figure("state", "What rules remember, by kind.", size, {"kind": kind}, "gauge")
    for rule, seconds in counts.get("rule_seconds", {}).items():
        told = "Time that a rule took beyond matching."
        yield Figure("rule_seconds_total", told, seconds, {"rule": rule})
    suspended = len(counts.get("suspended", ()))
    yield Figure("rules_suspended", "Rules that were suspended.", suspended, kind="gauge")


def journal_figures(journal: Journal, keeper: Keeper | None) -> Iterator[Figure]:
    """What the journal did, and what it holds."""
    for name, value in asdict(journal.counts).items():
        yield Figure(f"journal_{name}_total", f"The journal's count of {name}.", value)
    held = journal.end - journal.begin
    yield Figure("journal_held_bytes", "Bytes of the journal on disk.", held, kind="gauge")
    lost = "Bytes of the journal that cannot be read."
    yield Figure("journal_damaged_bytes", lost, journal.damaged, kind="gauge")
    waiting = "Bytes that wait to be written."
    yield Figure("journal_waiting_bytes", waiting, journal.waiting, kind="gauge")
    if keeper is not None:
        for name, value in asdict(keeper.counts).items():
            if isinstance(value, int):
                told = f"Keeping events as Parquet: {name}."
                yield Figure(f"keeper_{name}_total", told, value)


def follower_figures(followers: Sequence[Follower]) -> Iterator[Figure]:
    """What followers took."""
    for follower in followers:
        shown, labels = asdict(follower.counts), {"source": follower.name}
        for name, told in FOLLOWED.items():
            yield Figure(f"follower_{name}_total", told, shown[name], labels)
        waiting = "What is known to wait at a source."
        yield Figure("follower_behind", waiting, shown["behind"], labels, "gauge")


def sink_figures(pumps: Sequence[Pump]) -> Iterator[Figure]:
    """What sinks had."""
    for pump in pumps:
        shown, labels = asdict(pump.counts), {"sink": pump.name}
        for name, told in SINKS.items():
            yield Figure(f"sink_{name}_total", told, shown[name], labels)
        waiting = "Changes of alerts that a sink has yet to be given."
        yield Figure("sink_lag", waiting, shown["lag"], labels, "gauge")
        dead = "Alerts that a sink refused, and that are kept aside."
        yield Figure("sink_dead_letters", dead, shown["dead_letters"], labels, "gauge")
