"""The reference's runs of thresholds and new terms, group by group and term by term."""

from __future__ import annotations

import heapq
from bisect import insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tocsin.engine.reference.runs import Runs, Window
from tocsin.engine.reference.windowed import Match, Seen, Simulate, Steps, steps
from tocsin.match.candidate import Found, Identity, Key, distinct, identity, rank
from tocsin.plan.plan import NewTermsPlan, ThresholdPlan

_SWEEP = 10_000
"""Groups that are looked through at once for those that nothing is left of."""


@dataclass(slots=True)
class _Group:
    """A key, and its events by their moments that lie in the next run's windows or later."""

    key: Key
    events: list[Seen] = field(default_factory=list)
    past: int | None = None
    """The moment of the latest event that lies before all windows to come."""
    mark: int | None = None
    """Of a threshold: the latest moment that an alert has counted. Of a term: the number of the
    event that was told."""

    def leave(self, first: int) -> None:
        """Put the events before a moment into the past."""
        size = len(self.events)
        here = next((n for n, seen in enumerate(self.events) if seen.moment >= first), size)
        if here:
            moment = self.events[here - 1].moment
            self.past = moment if self.past is None else max(self.past, moment)
            del self.events[:here]


class _Groups:
    """The events of each key."""

    def __init__(self) -> None:
        self._groups: dict[Identity, _Group] = {}
        self._most = _SWEEP

    def __getitem__(self, name: Identity) -> _Group:
        return self._groups[name]

    def add(self, fresh: Iterable[Seen]) -> set[Identity]:
        """Take events; the names of their keys."""
        names: set[Identity] = set()
        for seen in fresh:
            for name, key in distinct(seen.event.stages.get(0, ())):
                group = self._groups.setdefault(name, _Group(key))
                insort(group.events, seen, key=_by_moment)
                names.add(name)
        return names

    def sweep(self, first: int, oldest: int) -> None:
        """Now and then forget groups without events from ``first`` on or a past from ``oldest``."""
        if len(self._groups) < self._most:
            return
        for group in self._groups.values():
            group.leave(first)
        self._groups = {
            name: group
            for name, group in self._groups.items()
            if group.events or (group.past is not None and group.past >= oldest)
        }
        self._most = max(_SWEEP, 2 * len(self._groups))


def _by_moment(seen: Seen) -> tuple[int, int]:
    return seen.moment, seen.number


def _next(runs: Runs, tick: int) -> tuple[int, int]:
    """The next run, and the first moment that it sees."""
    following = runs.at_or_after(tick + 1)
    return following, runs.windows(following)[0].first


def thresholds(plan: ThresholdPlan, runs: Runs, most: int) -> Simulate:
    """A run counts a group's events behind the latest one that an alert has counted.

    Of more groups than it may tell, those are told whose keys come first.
    """

    def simulate(events: Steps) -> Iterator[tuple[int, Match]]:
        groups = _Groups()
        left: set[Identity] = set()
        more: list[int] = []
        for tick, fresh in steps(events, more):
            names, left = groups.add(fresh) | left, set()
            for window in runs.windows(tick):
                full: list[tuple[Identity, list[Seen], tuple[int, ...]]] = []
                for name in names:
                    last = groups[name].mark
                    some = [
                        seen
                        for seen in groups[name].events
                        if window.holds(seen.moment) and (last is None or seen.moment > last)
                    ]
                    values = _distinct(some, plan)
                    if len(some) >= plan.least and all(
                        have >= one.least
                        for have, one in zip(values, plan.cardinality, strict=True)
                    ):
                        full.append((name, some, values))
                full.sort(key=lambda row: rank(groups[row[0]].key))
                runs.capped |= len(full) > most
                left = {name for name, *_ in full[most:]}
                for name, some, values in full[:most]:
                    groups[name].mark = some[-1].moment
                    some.sort(key=lambda seen: seen.number)
                    yield tick, _match(groups[name].key, some, values)
            following, first = _next(runs, tick)
            for name in names:
                groups[name].leave(first)
            left = {name for name in left if groups[name].events}
            if left:
                heapq.heappush(more, following)
            else:
                groups.sweep(first, first)

    return simulate


def _distinct(some: list[Seen], plan: ThresholdPlan) -> tuple[int, ...]:
    """How many values the events have of each field that is counted."""
    return tuple(
        len({identity((value,)) for seen in some for value in seen.event.values[place]})
        for place in range(len(plan.cardinality))
    )


def new_terms(plan: NewTermsPlan, runs: Runs, most: int, *, settled: bool = False) -> Simulate:
    """A run tells the earliest event of each term that is first seen behind its window's beginning.

    Of more terms than it may tell, those are told that come first: of one field those with the
    most events in the window, of several in the order of their values.

    Parameters
    ----------
    settled
        The history begins at a date: nothing ever leaves it.
    """
    single = len(plan.stage.keys) == 1

    def simulate(events: Steps) -> Iterator[tuple[int, Match]]:
        groups = _Groups()
        later: list[tuple[int, Identity]] = []
        more: list[int] = []
        for tick, fresh in steps(events, more):
            names = groups.add(fresh)
            while later and later[0][0] <= tick:
                names.add(heapq.heappop(later)[1])
            left: set[Identity] = set()
            for window in runs.windows(tick):
                new = [
                    (name, group, first)
                    for name, group in ((name, groups[name]) for name in names)
                    if (first := _first(group, window, plan.history)) is not None
                    and first.number != group.mark
                ]
                new.sort(key=lambda row: _rank(row[1], window, single=single))
                runs.capped |= len(new) > most
                left = {name for name, *_ in new[most:]}
                for _, group, first in new[:most]:
                    group.mark = first.number
                    yield tick, _match(group.key, [first], ())
            following, first_moment = _next(runs, tick)
            coming = runs.windows(following)
            # a window between fixed dates shows the same again, one with a fixed beginning no
            # more than the events that its history still reaches
            oldest = coming[0].last - plan.history if coming != runs.windows(tick) else None
            stays = settled and coming[-1].first == runs.windows(tick)[-1].first
            for name in left if stays else names:
                group = groups[name]
                group.leave(first_moment)
                if group.events and oldest is not None and group.events[-1].moment >= oldest:
                    heapq.heappush(later, (following, name))
                    heapq.heappush(more, following)
            groups.sweep(first_moment, first_moment - plan.history)

    return simulate


def _first(group: _Group, window: Window, history: int) -> Seen | None:
    """The event that shows a term for the first time, if that lies within the window.

    A term that is first seen at the very beginning of the window is not new to Kibana.
    """
    begin = window.last - history
    if group.past is not None and group.past >= begin:
        return None
    known = next((seen for seen in group.events if begin <= seen.moment <= window.last), None)
    return known if known is not None and known.moment > window.first else None


def _rank(group: _Group, window: Window, *, single: bool) -> tuple[object, ...]:
    inside = sum(window.holds(seen.moment) for seen in group.events)
    return (-inside if single else 0, rank(group.key))


def _match(key: Key, some: list[Seen], values: tuple[int, ...]) -> Match:
    last = some[-1].event
    return Found(key, tuple(one.event.ref for one in some), last.time, last.ordinal, values)
