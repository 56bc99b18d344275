"""How a rule's trial went, for people."""

from __future__ import annotations

from dataclasses import dataclass

from tocsin.corpus.ask.trial import Tried
from tocsin.web.times import exact_moment, moment
from tocsin.web.visible import shortened

HIGH = 100
"""The height of the tallest bar."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A day: as text, its alerts, the height of its bar from 0 to `HIGH`."""

    day: str
    alerts: int
    height: int


@dataclass(frozen=True, slots=True)
class Trying:
    """A trial: what it says in sentences, days, values and examples."""

    alerts: int
    summary: str
    looked: str
    cost: str
    warnings: tuple[str, ...]
    bars: tuple[Bar, ...]
    top: tuple[tuple[str, tuple[tuple[str, int], ...]], ...]
    listed: str
    examples: tuple[tuple[str, str], ...]


def trial_shown(tried: Tried) -> Trying:
    """A trial for the page."""
    most = max((count for _, count in tried.days), default=0)
    bars = tuple(
        Bar(moment(day)[:10], count, max(count * HIGH // most, 2 if count else 0))
        for day, count in tried.days
    )
    days = max(len(bars), 1)
    per = tried.alerts / days
    summary = f"{tried.alerts:,} alert{'' if tried.alerts == 1 else 's'}" + (
        f", {per:,.1f} a day" if tried.alerts else ""
    )
    return Trying(
        tried.alerts,
        summary,
        _looked(tried),
        _cost(tried),
        tuple(_warnings(tried, per)),
        bars,
        tried.top,
        f"among the first {tried.listed:,}" if tried.listed < tried.alerts else "",
        tuple((exact_moment(at), shortened(said, 300)) for at, said in tried.examples),
    )


def _looked(tried: Tried) -> str:
    looked = tried.looked
    since = looked.span.since if looked.whole else looked.since
    back = "" if since is None or abs(since) > 10**14 else f" back to {moment(since)[:16]}"
    cut = "" if looked.whole else ": the newest, since there are very many"
    return f"It looked at {looked.events:,} stored events{back}{cut}."


def _cost(tried: Tried) -> str:
    cost = tried.cost
    if not cost.events:
        return ""
    each = cost.seconds / cost.events * 1e6
    pairs = cost.pairs / cost.events
    slow = f", {cost.slow:,} of them the slow way" if cost.slow else ""
    return (
        f"It took {cost.seconds:.1f} s, reading included: {each:.1f} µs for an event. Its"
        f" conditions were asked {cost.pairs:,} times, {pairs:.3f} times for an event{slow}."
    )


def _warnings(tried: Tried, per: float) -> list[str]:
    found = []
    cost = tried.cost
    if cost.unrouted:
        share = "No event stands" if cost.unrouted >= cost.events else "Not all events stand"
        found.append(
            f"{share} in an index that fits the rule's patterns: {cost.unrouted:,} of"
            f" {cost.events:,} do not."
        )
    if per >= 100:
        found.append("So many alerts nobody reads: exclude what is usual before it is enabled.")
    if cost.events and cost.pairs / cost.events > 1:
        found.append("Its conditions are asked of every event: begin with a field that is rare.")
    return found
