"""Thresholds: so many events of one group within the look-back, and then the count restarts.

    machine = ThresholdMachine(plan)
    for candidate in candidates:              # ordered by time, tiebreaker, arrival
        found += machine.feed(candidate)

The look-back slides: an event counts until it is further behind the latest event of its group than
the plan's reach. A group that has reached its count, and as many distinct values as the plan asks
for, is told at once with all its events, and begins anew without them.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Generic, NamedTuple

from tocsin.match.candidate import Found, R, distinct, identity, rank
from tocsin.match.counts import Counts

if TYPE_CHECKING:
    from tocsin.match.candidate import Candidate, Identity, Key
    from tocsin.plan.plan import ThresholdPlan

CAPACITY = 2_000_000
"""Events that a machine holds at most; beyond it the longest untouched groups are evicted."""

MOST_EVENTS = 100_000
"""Events that a group holds at most (or its count, if that is more): distinct values may be rare
among very many events. Beyond it the oldest are evicted."""

VERSION = 1


class _Event(NamedTuple, Generic[R]):
    """An event that counts."""

    time: int
    ref: R
    values: tuple[tuple[Identity, ...], ...]


@dataclass(slots=True)
class _Group(Generic[R]):
    """The events that count for one key, in order, and how often each distinct value occurs."""

    counters: list[Counter[Identity]]
    events: deque[_Event[R]] = field(default_factory=deque)

    def add(self, event: _Event[R]) -> None:
        self.events.append(event)
        for counter, values in zip(self.counters, event.values, strict=True):
            counter.update(values)

    def drop(self) -> None:
        """Take away the oldest event."""
        event = self.events.popleft()
        for counter, values in zip(self.counters, event.values, strict=True):
            counter.subtract(values)
            for value in values:
                if not counter[value]:
                    del counter[value]


class ThresholdMachine(Generic[R]):
    """The matches of one threshold, found while candidates pass in order.

    Parameters
    ----------
    ticks
        Ticks of the candidates' times in a millisecond.
    capacity, most_events
        Events held at most, by the machine and by one group.
    """

    def __init__(
        self,
        plan: ThresholdPlan,
        *,
        ticks: int = 1,
        capacity: int = CAPACITY,
        most_events: int = MOST_EVENTS,
    ) -> None:
        self._least = plan.least
        self._cardinality = [one.least for one in plan.cardinality]
        self._reach = None if plan.reach is None else plan.reach * ticks
        self._capacity = capacity
        self._most = max(most_events, plan.least)
        self._groups: OrderedDict[Identity, _Group[R]] = OrderedDict()
        self._floor: int | None = None
        self.open = 0
        """How many events are held."""
        self.counts = Counts()

    @property
    def idle(self) -> bool:
        """Whether nothing is kept, so that time may pass unheard of."""
        return not self._groups

    def feed(self, candidate: Candidate[R]) -> list[Found[R]]:
        """Take the next event; the matches that it completes, by key.

        Raises ValueError if it is earlier than an event or a time that has been told before.
        """
        self._progress(candidate.time)
        values = tuple(
            tuple({identity((value,)) for value in values}) for values in candidate.values
        )
        event = _Event(candidate.time, candidate.ref, values)
        found = [
            match
            for name, key in distinct(candidate.stages.get(0, ()))
            if (match := self._count(name, key, event, candidate)) is not None
        ]
        while self.open > self._capacity:
            evicted = self._groups.popitem(last=False)[1]
            self._forget(evicted)
            self.counts.evicted += len(evicted.events)
        if len(found) > 1:
            found.sort(key=lambda match: rank(match.keys))
        return found

    def advance(self, time: int) -> list[Found[R]]:
        """Everything up to and including ``time`` has been fed: drop the old. Finds nothing."""
        self._progress(time + 1)
        return []

    def finish(self) -> list[Found[R]]:
        """There are no more events. Finds nothing and forgets everything."""
        self._groups.clear()
        self.open = 0
        return []

    def state(self) -> dict[str, Any]:
        """All that is counted, as JSON values where the references are such."""
        return {
            "version": VERSION,
            "threshold": [self._least, self._cardinality],
            "floor": self._floor,
            "counts": asdict(self.counts),
            "groups": [
                [
                    _plain(name),
                    [
                        [event.time, event.ref, [list(map(_plain, v)) for v in event.values]]
                        for event in group.events
                    ],
                ]
                for name, group in self._groups.items()
            ],
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on where a machine of an equal plan was; ValueError if the state is not of one."""
        shape = [self._least, self._cardinality]
        if state.get("version") != VERSION or state["threshold"] != shape:
            raise ValueError("the state is of another version or of another threshold")
        self.finish()
        self._floor = state["floor"]
        self.counts = Counts(**state["counts"])
        for key, events in state["groups"]:
            group = self._groups[identity(tuple(key))] = self._new()
            for time, ref, values in events:
                known = tuple(tuple(identity(tuple(one)) for one in some) for some in values)
                group.add(_Event(time, ref, known))
            self.open += len(events)

    def _new(self) -> _Group[R]:
        return _Group([Counter() for _ in self._cardinality])

    def _count(
        self, name: Identity, key: Key, event: _Event[R], candidate: Candidate[R]
    ) -> Found[R] | None:
        """Count an event for a group; the match if that completes it."""
        self.counts.seen += 1
        group = self._groups.get(name)
        if group is None:
            group = self._groups[name] = self._new()
        else:
            self._groups.move_to_end(name)
            self._expire(group, event.time)
        group.add(event)
        self.open += 1
        if len(group.events) > self._most:
            group.drop()
            self.open -= 1
            self.counts.evicted += 1
        if len(group.events) < self._least:
            return None
        if any(len(c) < n for c, n in zip(group.counters, self._cardinality, strict=True)):
            return None
        del self._groups[name]
        self._forget(group)
        return Found(
            key,
            tuple(one.ref for one in group.events),
            event.time,
            candidate.ordinal,
            tuple(map(len, group.counters)),
        )

    def _progress(self, time: int) -> None:
        """From here on no event is earlier than ``time``."""
        if self._floor is not None and time < self._floor:
            raise ValueError("events must be fed in order of time")
        self._floor = time
        if self._reach is None:
            return
        while self._groups:
            group = next(iter(self._groups.values()))
            if group.events[-1].time >= time - self._reach:
                break
            self._groups.popitem(last=False)
            self._forget(group)
            self.counts.expired += len(group.events)

    def _expire(self, group: _Group[R], time: int) -> None:
        while self._reach is not None and group.events[0].time < time - self._reach:
            group.drop()
            self.open -= 1
            self.counts.expired += 1

    def _forget(self, group: _Group[R]) -> None:
        self.open -= len(group.events)


def _plain(name: Identity) -> list[object]:
    return [part[0] if isinstance(part, tuple) else part for part in name]
