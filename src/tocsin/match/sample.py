"""Samples: for each key one event a stage, all distinct, in whatever order they happened.

Two ways, by the plan's reach:

- Without reach the whole input counts. `finish` gives each key's first samples in the order of
  arrival, keys ascending, as Elasticsearch does.
- With a reach (a rule's look-back) the events of a sample stand at most so far apart. A sample is
  given by `feed` as soon as its latest event has come, with the latest events of the other stages;
  a key then gives no more than ``samples_per_key`` until the reach has passed since the first of
  them, whatever else occurs.

For a key and stage only as many events are kept as any choice can need: one for each stage and each
sample, the first or (with a reach) the latest.
"""

from __future__ import annotations

from bisect import insort
from collections import OrderedDict
from dataclasses import asdict, dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Generic, NamedTuple

from tocsin.match.assignment import assignments
from tocsin.match.candidate import Found, Key, Ordinal, R, distinct, identity, order_of
from tocsin.match.counts import Counts
from tocsin.match.join import key_rank
from tocsin.match.sequence import CAPACITY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tocsin.match.candidate import Candidate, Identity
    from tocsin.plan.plan import SamplePlan

VERSION = 1


class _Event(NamedTuple, Generic[R]):
    """An event that may be a stage's."""

    arrival: int
    time: int
    tiebreaker: str | int | float | bool | None
    key: Key
    ref: R

    @property
    def ordinal(self) -> Ordinal:
        return Ordinal(self.time, self.tiebreaker, self.arrival)


@dataclass(slots=True)
class _Group(Generic[R]):
    """What is kept for one key: events by stage, and how many samples it has given since when."""

    pools: list[list[_Event[R]]]
    given: int = 0
    since: int = 0
    touched: int = 0


class SampleMachine(Generic[R]):
    """The samples of one plan, found while candidates pass.

    Parameters
    ----------
    plan
        With a reach, candidates must be fed in order of time, tiebreaker and arrival.
    ticks
        Ticks of the candidates' times in a millisecond.
    capacity
        Keys kept at most; beyond it the longest untouched ones are evicted.
    """

    def __init__(self, plan: SamplePlan, *, ticks: int = 1, capacity: int = CAPACITY) -> None:
        self._stages = len(plan.stages)
        self._kinds = tuple(key.field.kind for key in plan.stages[-1].keys)
        self._most = plan.samples_per_key
        self._kept = self._stages + self._most
        self._reach = None if plan.reach is None else plan.reach * ticks
        self._capacity = capacity
        self._groups: OrderedDict[Identity, _Group[R]] = OrderedDict()
        self._floor: int | None = None
        self.counts = Counts()

    @property
    def open(self) -> int:
        """How many events are kept."""
        return sum(len(pool) for group in self._groups.values() for pool in group.pools)

    @property
    def idle(self) -> bool:
        """Whether nothing is kept, so that time may pass unheard of."""
        return not self._groups

    def begun(self, key: Key, stage: int, candidate: Candidate[R]) -> None:
        """An event was the only one of its key for a while: it is kept, whenever it happened."""
        event = _Event(candidate.arrival, candidate.time, None, key, candidate.ref)
        self._keep(self._group(identity(key), candidate.time), stage, event)

    def feed(self, candidate: Candidate[R]) -> list[Found[R]]:
        """Take the next event; the samples that it completes, if the plan has a reach.

        Raises ValueError if there is a reach and it is earlier than an event fed before.
        """
        time, arrival = candidate.time, candidate.arrival
        self._progress(time)
        touched: dict[Identity, Key] = {}
        for stage, keys in candidate.stages.items():
            for name, key in distinct(keys):
                self.counts.seen += 1
                event = _Event(arrival, time, candidate.tiebreaker, key, candidate.ref)
                self._keep(self._group(name, time), stage, event)
                touched[name] = key
        while len(self._groups) > self._capacity:
            evicted = self._groups.popitem(last=False)[1]
            self.counts.evicted += sum(map(len, evicted.pools))
        if self._reach is None:
            return []
        found: list[Found[R]] = []
        for name in sorted(touched, key=lambda name: key_rank(self._kinds, touched[name])):
            group = self._groups.get(name)
            if group is not None:
                found += self._complete(group, candidate)
        return found

    def advance(self, time: int) -> list[Found[R]]:
        """Everything up to and including ``time`` has been fed: drop the old. Finds nothing."""
        self._progress(time + 1)
        return []

    def finish(self) -> list[Found[R]]:
        """There are no more events: the samples of a plan without reach. Forgets everything."""
        groups = list(self._groups.values()) if self._reach is None else []
        self._groups.clear()
        full = [group for group in groups if all(group.pools)]
        full.sort(key=lambda group: key_rank(self._kinds, group.pools[0][0].key))
        return [
            _found(chosen) for group in full for chosen in islice(_choices(group.pools), self._most)
        ]

    def state(self) -> dict[str, Any]:
        """All that is kept, as JSON values where the references are such."""
        return {
            "version": VERSION,
            "stages": [self._stages, self._most],
            "floor": self._floor,
            "counts": asdict(self.counts),
            "groups": [
                [group.given, group.since, group.touched, [list(map(list, p)) for p in group.pools]]
                for group in self._groups.values()
            ],
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on where a machine of an equal plan was; ValueError if the state is not of one."""
        if state.get("version") != VERSION or state["stages"] != [self._stages, self._most]:
            raise ValueError("the state is of another version or of another sample")
        self._floor = state["floor"]
        self.counts = Counts(**state["counts"])
        self._groups.clear()
        for given, since, touched, rows in state["groups"]:
            pools = [
                [_Event(arrival, at, tie, tuple(key), ref) for arrival, at, tie, key, ref in pool]
                for pool in rows
            ]
            name = identity(next(pool for pool in pools if pool)[0].key)
            self._groups[name] = _Group(pools, given, since, touched)

    def _progress(self, time: int) -> None:
        if self._reach is None:
            return
        if self._floor is not None and time < self._floor:
            raise ValueError("events must be fed in order of time")
        self._floor = time
        while self._groups:
            name = next(iter(self._groups))
            if self._groups[name].touched >= time - self._reach:
                break
            self.counts.expired += sum(map(len, self._groups.pop(name).pools))

    def _group(self, name: Identity, time: int) -> _Group[R]:
        group = self._groups.get(name)
        if group is None:
            group = self._groups[name] = _Group([[] for _ in range(self._stages)])
        group.touched = time
        self._groups.move_to_end(name)
        return group

    def _keep(self, group: _Group[R], stage: int, event: _Event[R]) -> None:
        """Keep the first events by arrival or, with a reach, the latest ones."""
        pool = group.pools[stage]
        if self._reach is None:
            insort(pool, event, key=lambda kept: kept.arrival)
            del pool[self._kept :]
        else:
            pool.append(event)
            del pool[: -self._kept]

    def _complete(self, group: _Group[R], candidate: Candidate[R]) -> list[Found[R]]:
        """The samples of which the newest event is a part, as far as the key may give more."""
        reach = self._reach or 0
        if group.given and candidate.time - group.since > reach:
            group.given = 0
        if group.given >= self._most:
            return []
        first = candidate.time - reach
        for pool in group.pools:
            pool[:] = [event for event in pool if event.time >= first]
        if not all(group.pools):
            return []
        found: list[Found[R]] = []
        newest_first = [pool[::-1] for pool in group.pools]
        for stage, pool in enumerate(newest_first):
            if pool[0].arrival == candidate.arrival:
                pools = [*newest_first[:stage], pool[:1], *newest_first[stage + 1 :]]
                most = self._most - group.given - len(found)
                found += [_found(chosen) for chosen in islice(_choices(pools), most)]
        if found and not group.given:
            group.since = candidate.time
        group.given += len(found)
        return found


def _choices(pools: list[list[_Event[R]]]) -> Iterator[list[_Event[R]]]:
    """Every choice of distinct events, the first of each stage first."""
    arrivals = [[event.arrival for event in pool] for pool in pools]
    for chosen in assignments(arrivals):
        yield [pool[place] for pool, place in zip(pools, chosen, strict=True)]


def _found(chosen: list[_Event[R]]) -> Found[R]:
    last = max((event.ordinal for event in chosen), key=lambda ordinal: order_of(*ordinal))
    return Found(chosen[0].key, tuple(event.ref for event in chosen), last.time, last)
