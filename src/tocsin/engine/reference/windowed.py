"""The reference's runs of rules that join events: each run sees what is in its window, and no more.

A sequence that crosses the edge of a window is not seen whole; an absence is judged by what the
window holds; a threshold counts the events that no earlier alert of the group has counted; a term
is new if none of the history's events had it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from tocsin.columns.cells import NO_TIME
from tocsin.engine.reference.arrivals import Times
from tocsin.engine.reference.runs import Runs, Window
from tocsin.match.candidate import Candidate, Found, found_order, order_of
from tocsin.match.counts import Counts
from tocsin.match.machine import Machine, machine_of
from tocsin.match.replay import EventRef, Joined
from tocsin.plan.plan import Joining, SamplePlan, SequencePlan

Event = Candidate[EventRef]
Match = Found[EventRef]


@dataclass(frozen=True, slots=True)
class Seen:
    """The events of a rule in the order of their times, with what the clock knows of them.

    ``moments``: the times by which windows take them; ``arrivals``: when they came. Events that no
    run may see are left out.
    """

    events: list[Event]
    moments: list[int]
    arrivals: list[int]
    by_moment: list[int]
    """The numbers of the events by their moments."""
    ordered: list[int]
    """The moments, ascending."""

    @classmethod
    def of(cls, events: Sequence[Event], moments: Times, arrivals: Times) -> Seen:
        """Put events in order."""
        usable = [n for n in range(len(events)) if moments[n] != NO_TIME]
        usable.sort(key=lambda n: order_of(*events[n].ordinal))
        moment = [int(moments[n]) for n in usable]
        by_moment = sorted(range(len(usable)), key=lambda n: (moment[n], n))
        return cls(
            [events[n] for n in usable],
            moment,
            [int(arrivals[n]) for n in usable],
            by_moment,
            [moment[n] for n in by_moment],
        )

    def inside(self, window: Window, tick: int) -> list[int]:
        """The numbers of the events in a window that have arrived by a tick, in order."""
        first = bisect_left(self.ordered, window.first)
        last = bisect_right(self.ordered, window.last)
        return sorted(n for n in self.by_moment[first:last] if self.arrivals[n] <= tick)


class Simulated:
    """One rule's runs over its events; gives each match that a run would have told, once.

    Parameters
    ----------
    times
        Gives the moments and arrivals of events, as `Arrivals.of`.
    simulate
        Gives all matches of all runs.
    """

    def __init__(
        self,
        rule: int,
        times: Callable[[Sequence[Event]], tuple[Times, Times]],
        simulate: Callable[[Seen], Iterator[Match]],
    ) -> None:
        self._rule = rule
        self._times = times
        self._simulate = simulate
        self._events: list[Event] = []
        self.counts = Counts()

    def feed(self, candidate: Event) -> Iterable[Joined]:
        """Keep an event."""
        self._events.append(candidate)
        self.counts.seen += 1
        return ()

    def finish(self) -> Iterator[Joined]:
        """Let the runs run."""
        moments, arrivals = self._times(self._events)
        told: set[object] = set()
        for match in self._simulate(Seen.of(self._events, moments, arrivals)):
            name = match.keys, tuple(ref and (ref.source, ref.offset) for ref in match.events)
            if name not in told:
                told.add(name)
                yield Joined(self._rule, match)


def joined(
    plan: SequencePlan | SamplePlan, runs: Runs, most: int
) -> Callable[[Seen], Iterator[Match]]:
    """Sequences and samples: the machine anew over each window, at most the latest of its matches.

    A run is simulated if its window holds other events than that of the run before it.
    """
    missing = any(stage.missing for stage in plan.stages)
    span = plan.maxspan if isinstance(plan, SequencePlan) and not missing else None

    def simulate(seen: Seen) -> Iterator[Match]:
        before: list[int] = []
        for tick in _ticks(seen, runs, leaving=missing):
            for window in runs.windows(tick):
                inside = seen.inside(window, tick)
                if not inside or inside == before:
                    continue
                new = set(inside).difference(before)
                before = inside
                some = _near(seen, inside, new, span)
                found = _through(plan, [seen.events[n] for n in some])
                runs.capped |= len(found) > most
                yield from sorted(found, key=found_order)[-most:]

    return simulate


def _through(plan: Joining, events: Iterable[Event]) -> list[Match]:
    machine: Machine[EventRef] = machine_of(plan)
    found: list[Match] = []
    for event in events:
        found += machine.feed(event)
    found += machine.finish()
    return found


def _near(seen: Seen, inside: list[int], new: set[int], span: int | None) -> list[int]:
    """The events that a match with a new event may need: those within two spans of one."""
    if span is None or len(new) == len(inside):
        return inside
    times = np.array([seen.events[n].time for n in inside], np.int64)
    fresh = np.array(sorted(seen.events[n].time for n in new), np.int64)
    if not fresh.size:
        return []
    after = np.searchsorted(fresh, times)
    left = times - fresh[np.maximum(after - 1, 0)]
    right = fresh[np.minimum(after, fresh.size - 1)] - times
    near = (np.abs(left) <= 2 * span) | (np.abs(right) <= 2 * span)
    return [n for n, close in zip(inside, near.tolist(), strict=True) if close]


def _ticks(seen: Seen, runs: Runs, *, leaving: bool) -> list[int]:
    """The runs that see an event for the first time; with ``leaving``, those that miss one too."""
    ticks: set[int] = set()
    for moment, came in zip(seen.moments, seen.arrivals, strict=True):
        tick = runs.first_seeing(moment, came)
        if tick is not None:
            ticks.add(tick)
            if leaving:
                ticks.add(runs.first_beyond(moment, tick))
    return sorted(ticks)
