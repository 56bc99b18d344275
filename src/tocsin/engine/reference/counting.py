"""The reference's runs of thresholds and new terms, group by group and term by term."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator

from tocsin.engine.reference.runs import Runs, Window
from tocsin.engine.reference.windowed import Match, Seen
from tocsin.match.candidate import Found, Identity, Key, distinct, identity, rank
from tocsin.plan.plan import NewTermsPlan, ThresholdPlan


class _Groups:
    """The events of each key, by their moments."""

    def __init__(self, seen: Seen) -> None:
        self.keys: dict[Identity, Key] = {}
        self.members: defaultdict[Identity, list[int]] = defaultdict(list)
        self._seen = seen
        for number in seen.by_moment:
            for name, key in distinct(seen.events[number].stages.get(0, ())):
                self.keys.setdefault(name, key)
                self.members[name].append(number)
        self._moments = {
            name: [seen.moments[n] for n in members] for name, members in self.members.items()
        }

    def inside(self, name: Identity, window: Window, tick: int) -> list[int]:
        """A key's events in a window that have arrived by a tick, by their moments."""
        moments = self._moments[name]
        first, last = bisect_left(moments, window.first), bisect_right(moments, window.last)
        return [n for n in self.members[name][first:last] if self._seen.arrivals[n] <= tick]

    def ticks(self, runs: Runs, history: int | None = None) -> dict[int, list[Identity]]:
        """The runs that see an event for the first time, with the keys of such events.

        With a ``history`` also the runs that no longer have an event in theirs.
        """
        found: defaultdict[int, dict[Identity, None]] = defaultdict(dict)
        for name, members in self.members.items():
            for n in members:
                moment, arrival = self._seen.moments[n], self._seen.arrivals[n]
                tick = runs.first_seeing(moment, arrival)
                if tick is not None:
                    found[tick][name] = None
                if history is not None:
                    # an event that no window shows is in the history of some all the same
                    known = runs.at_or_after(arrival) - runs.every if tick is None else tick
                    found[runs.first_past(moment, history, known)][name] = None
        return {tick: list(found[tick]) for tick in sorted(found)}


def thresholds(plan: ThresholdPlan, runs: Runs, most: int) -> Callable[[Seen], Iterator[Match]]:
    """A run counts a group's events behind the latest one that an alert has counted."""

    def simulate(seen: Seen) -> Iterator[Match]:
        groups = _Groups(seen)
        counted: dict[Identity, int] = {}
        for tick, names in groups.ticks(runs).items():
            for window in runs.windows(tick):
                full: list[tuple[Identity, list[int], tuple[int, ...]]] = []
                for name in names:
                    last = counted.get(name)
                    events = [
                        n
                        for n in groups.inside(name, window, tick)
                        if last is None or seen.moments[n] > last
                    ]
                    values = _distinct(seen, events, plan)
                    if len(events) >= plan.least and all(
                        have >= one.least
                        for have, one in zip(values, plan.cardinality, strict=True)
                    ):
                        full.append((name, events, values))
                full.sort(key=lambda row: (-len(row[1]), rank(groups.keys[row[0]])))
                runs.capped |= len(full) > most
                for name, events, values in full[:most]:
                    counted[name] = seen.moments[events[-1]]
                    yield _match(seen, groups.keys[name], sorted(events), values)

    return simulate


def _distinct(seen: Seen, events: list[int], plan: ThresholdPlan) -> tuple[int, ...]:
    """How many values the events have of each field that is counted."""
    return tuple(
        len({identity((value,)) for n in events for value in seen.events[n].values[place]})
        for place in range(len(plan.cardinality))
    )


def new_terms(plan: NewTermsPlan, runs: Runs, most: int) -> Callable[[Seen], Iterator[Match]]:
    """A run tells the earliest event of each term that the history before its window lacks."""

    def simulate(seen: Seen) -> Iterator[Match]:
        groups = _Groups(seen)
        told: set[tuple[Identity, int]] = set()
        for tick, names in groups.ticks(runs, plan.history).items():
            for window in runs.windows(tick):
                past = Window(window.last - plan.history, window.last)
                new: list[tuple[int, Identity]] = []
                for name in names:
                    events = groups.inside(name, past, tick)
                    first = events[0] if events else None
                    if first is None or seen.moments[first] < window.first:
                        continue
                    if (name, first) not in told:
                        new.append((first, name))
                new.sort(key=lambda row: (seen.moments[row[0]], rank(groups.keys[row[1]])))
                runs.capped |= len(new) > most
                for first, name in new[:most]:
                    told.add((name, first))
                    yield _match(seen, groups.keys[name], [first], ())

    return simulate


def _match(seen: Seen, key: Key, events: list[int], values: tuple[int, ...]) -> Match:
    last = seen.events[events[-1]]
    return Found(key, tuple(seen.events[n].ref for n in events), last.time, last.ordinal, values)
