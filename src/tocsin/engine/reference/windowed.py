"""The reference's runs of rules that join events: each run sees what is in its window, and no more.

A sequence that crosses the edge of a window is not seen whole; an absence is judged by what the
window holds; a threshold counts the events that no earlier alert of the group has counted; a term
is new if none of the history's events had it. Of a rule's events only those wait in memory that the
next run may see.
"""

from __future__ import annotations

import dataclasses
import heapq
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np

from tocsin.columns.cells import NO_TIME
from tocsin.engine.reference.arrivals import Times
from tocsin.engine.reference.ordered import Ordered
from tocsin.engine.reference.runs import Runs
from tocsin.match.candidate import Candidate, Found, Key, found_order, order_of
from tocsin.match.counts import Counts
from tocsin.match.machine import Machine, machine_of
from tocsin.match.replay import EventRef, Joined
from tocsin.plan.plan import (
    Joining,
    NewTermsPlan,
    Plan,
    SamplePlan,
    SequencePlan,
    ThresholdPlan,
)

Event = Candidate[EventRef]
Match = Found[EventRef]
_TOGETHER = 4096


def recorded_by(plan: Plan) -> Joining | None:
    """The plan by which hits are collected: without a bound in event time, the windows being one.

    None for plans of single events.
    """
    match plan:
        case SequencePlan() | SamplePlan() | ThresholdPlan():
            return dataclasses.replace(plan, reach=None)
        case NewTermsPlan():
            return ThresholdPlan(plan.stage, 1)
        case _:
            return None


class Seen(NamedTuple):
    """An event, the time by which windows take it, and its number in the order of events."""

    event: Event
    moment: int
    number: int


Steps: TypeAlias = "Iterator[tuple[int, Seen]]"
"""Events by the first run that sees them (that could, of those that none shows)."""

Simulate: TypeAlias = "Callable[[Steps], Iterator[tuple[int, Match]]]"
"""All matches of all runs, each once, with the runs that tell them."""


class Simulated:
    """One rule's runs over its events; gives each match that a run would have told, once.

    Parameters
    ----------
    times
        Gives the moments and arrivals of events, as `Arrivals.of`.
    ticks
        Where the run of each match is put down, in the order of matches.
    past
        Whether events that no window shows count all the same.
    """

    def __init__(
        self,
        rule: int,
        runs: Runs,
        times: Callable[[Sequence[Event]], tuple[Times, Times]],
        simulate: Simulate,
        ticks: deque[int],
        *,
        past: bool,
    ) -> None:
        self._rule = rule
        self._runs = runs
        self._times = times
        self._simulate = simulate
        self._ticks = ticks
        self._past = past
        self._some: list[Event] = []
        self._number = 0
        self._ordered: Ordered[int, Seen] = Ordered(20_000)
        self.counts = Counts()

    def feed(self, candidate: Event) -> Iterable[Joined]:
        """Keep an event."""
        self._some.append(candidate)
        self.counts.seen += 1
        if len(self._some) >= _TOGETHER:
            self._sort()
        return ()

    def _sort(self) -> None:
        moments, arrivals = self._times(self._some)
        for event, moment, arrival in zip(
            self._some, moments.tolist(), arrivals.tolist(), strict=True
        ):
            self._number += 1
            tick = None if moment == NO_TIME else self._runs.first_seeing(moment, arrival)
            if tick is None and self._past and moment != NO_TIME:
                tick = self._runs.at_or_after(arrival)
            if tick is not None:
                self._ordered.add(tick, Seen(event, moment, self._number))
        self._some = []

    def finish(self) -> Iterator[Joined]:
        """Let the runs run."""
        self._sort()
        for tick, match in self._simulate(iter(self._ordered)):
            self._ticks.append(tick)
            yield Joined(self._rule, match)
        self._ordered.close()


def steps(events: Steps, more: list[int]) -> Iterator[tuple[int, list[Seen]]]:
    """Run by run what it sees for the first time.

    Parameters
    ----------
    more
        A heap of further runs to go through.
    """
    head = next(events, None)
    while head is not None or more:
        tick = head[0] if head is not None else more[0]
        tick = min(tick, more[0]) if more else tick
        fresh: list[Seen] = []
        while head is not None and head[0] == tick:
            fresh.append(head[1])
            head = next(events, None)
        while more and more[0] <= tick:
            heapq.heappop(more)
        yield tick, fresh


def joined(plan: SequencePlan | SamplePlan, runs: Runs, most: int) -> Simulate:
    """Sequences and samples: the machine anew over each window, at most the latest of its matches.

    A run is simulated if its window holds other events than that of the run before it.
    """
    missing = any(stage.missing for stage in plan.stages)
    span = plan.maxspan if isinstance(plan, SequencePlan) and not missing else None

    def simulate(events: Steps) -> Iterator[tuple[int, Match]]:
        live: list[Seen] = []
        before: set[int] = set()
        told: set[tuple[Key, tuple[EventRef | None, ...]]] = set()
        leaving: list[int] = []
        for tick, fresh in steps(events, leaving):
            live += fresh
            live.sort(key=_order)
            for seen in fresh if missing else ():
                if (beyond := runs.first_beyond(seen.moment, tick)) > tick:
                    heapq.heappush(leaving, beyond)
            for window in runs.windows(tick):
                inside = [seen for seen in live if window.holds(seen.moment)]
                numbers = {seen.number for seen in inside}
                if not inside or numbers == before:
                    continue
                new = numbers - before
                before = numbers
                found = _through(plan, (one.event for one in _near(inside, new, span)))
                runs.capped |= len(found) > most
                for match in sorted(found, key=found_order)[-most:]:
                    name = match.keys, match.events
                    if name not in told:
                        told.add(name)
                        yield tick, match
            first = runs.windows(runs.at_or_after(tick + 1))[0].first
            live = [seen for seen in live if seen.moment >= first]
            if len(told) > 2 * _TOGETHER:
                here = {seen.event.ref for seen in live}
                told = {name for name in told if here.issuperset(filter(None, name[1]))}

    return simulate


def _order(seen: Seen) -> tuple[object, ...]:
    return order_of(*seen.event.ordinal)


def _through(plan: Joining, events: Iterable[Event]) -> list[Match]:
    machine: Machine[EventRef] = machine_of(plan)
    found: list[Match] = []
    for event in events:
        found += machine.feed(event)
    found += machine.finish()
    return found


def _near(inside: list[Seen], new: set[int], span: int | None) -> list[Seen]:
    """The events that a match with a new event may need: those within two spans of one."""
    if span is None or len(new) == len(inside):
        return inside
    fresh = np.array(sorted(one.event.time for one in inside if one.number in new), np.int64)
    if not fresh.size:
        return []
    times = np.array([one.event.time for one in inside], np.int64)
    after = np.searchsorted(fresh, times)
    left = times - fresh[np.maximum(after - 1, 0)]
    right = fresh[np.minimum(after, fresh.size - 1)] - times
    near = (np.abs(left) <= 2 * span) | (np.abs(right) <= 2 * span)
    return [one for one, close in zip(inside, near.tolist(), strict=True) if close]
