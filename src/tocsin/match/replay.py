"""Records put through the state machines: events read again, candidates in order, matches out."""

from __future__ import annotations

import heapq
from collections import defaultdict
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from tocsin.match.candidate import Candidate, Found, found_order, order_of
from tocsin.match.counts import Counts
from tocsin.match.cut import Cut
from tocsin.match.join import field_values
from tocsin.match.machine import machine_of
from tocsin.match.making import Maker
from tocsin.plan.plan import SequencePlan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from tocsin.columns.cells import Cells
    from tocsin.match.carry import Carry
    from tocsin.match.keyhash import Ints, Longs
    from tocsin.match.machine import Machine
    from tocsin.match.survivors import Kept
    from tocsin.plan.plan import Joining
    from tocsin.plan.predicate import FieldRef

CHUNK = 16_384
"""About how many records' events are read again at once."""


class EventRef(NamedTuple):
    """An event of a match: its arrival number, its place (`Place`), its time."""

    arrival: int
    source: int
    offset: int
    time: int


class Joined(NamedTuple):
    """A match of a rule."""

    rule: int
    found: Found[EventRef]


class Again(Protocol):
    """Reads events again."""

    def __call__(self, sources: Ints, offsets: Longs, /) -> Iterable[Cells]:
        """The cells of the events at these places, in this order, in one or several pieces.

        Those that are rejected are events that came before, and are passed over.
        """
        ...


class Run(Protocol):
    """One rule's way through its records: takes its events in order, and gives its matches."""

    def feed(self, candidate: Candidate[EventRef]) -> Iterable[Joined]:
        """Take an event; the matches that can be given now, in order."""
        ...

    def finish(self) -> Iterable[Joined]:
        """There are no more events: the rest of the matches."""
        ...

    @property
    def counts(self) -> Counts:
        """What was seen and decided."""
        ...


class Runs(Protocol):
    """Begins a rule's run."""

    def __call__(self, rule: int, plan: Joining, ticks: int, carry: Carry | None, /) -> Run:
        """A run of the rule of this number; ``carry`` as `Replay` has it."""
        ...


class EventTime:
    """The run of a rule whose machine sees all events, in the order of their times."""

    def __init__(self, rule: int, plan: Joining, ticks: int, carry: Carry | None = None) -> None:
        self._rule = rule
        self._carry = carry
        self._machine: Machine[EventRef] = machine_of(plan, ticks)
        if carry is not None and rule in carry.states:
            self._machine.restore(carry.states[rule])
            self._machine.counts = Counts()
        self._delay: int | None = 0
        if isinstance(plan, SequencePlan) and plan.stages[-1].missing:
            span = plan.maxspan if plan.maxspan is not None else plan.reach
            self._delay = None if span is None else span * ticks
        self._late: list[tuple[object, int, Found[EventRef]]] = []
        self._count = 0
        self._cut: Cut[Found[EventRef]] = Cut(plan.window)

    @property
    def counts(self) -> Counts:
        """What the machine saw and decided."""
        return self._machine.counts

    def feed(self, candidate: Candidate[EventRef]) -> Iterator[Joined]:
        """Take an event; the matches that can be given now, in order."""
        found = self._machine.feed(candidate)
        if self._delay == 0:
            yield from self._give(found)
        elif found or self._late:
            self._wait(found)
            while self._late and self._delay is not None:
                first = self._late[0][2]
                if first.last.time >= candidate.time - self._delay:
                    break
                yield from self._give([heapq.heappop(self._late)[2]])

    def finish(self) -> Iterator[Joined]:
        """The matches that are certain only now; what is open is kept if events may follow."""
        if self._carry is None:
            found = self._machine.finish()
        else:
            found = self._machine.advance(self._carry.high - 1)
            state = self._machine.state()
            if state["groups"]:
                self._carry.keep(self._rule, state)
        if self._late:
            self._wait(found)
            found = [heapq.heappop(self._late)[2] for _ in range(len(self._late))]
        yield from self._give(found)
        for match in self._cut.finish():
            yield Joined(self._rule, match)

    def _wait(self, found: list[Found[EventRef]]) -> None:
        """Matches that wait for an absence may come late: keep all until none can come between."""
        for match in found:
            self._count += 1
            heapq.heappush(self._late, (found_order(match), self._count, match))

    def _give(self, found: Iterable[Found[EventRef]]) -> Iterator[Joined]:
        for match in found:
            for passed in self._cut.push(match):
                yield Joined(self._rule, passed)


class Replay:
    """Puts records through the machines of their rules, one rule after the other.

    Parameters
    ----------
    plans, slot, tiebreakers, ticks, runs
        As `tocsin.match.candidates.Candidates` has them.

    Attributes
    ----------
    carry
        What goes on from an earlier input, and to a later one; None: this input is all there is.
    """

    def __init__(
        self,
        plans: Sequence[tuple[int, Joining]],
        slot: Callable[[str], int],
        tiebreakers: Mapping[int, FieldRef],
        ticks: int,
        runs: Runs = EventTime,
    ) -> None:
        self.carry: Carry | None = None
        self._runs = runs
        self._number = -1
        self._untouched = dict(enumerate(plans))
        self._plans = plans
        self._ticks = ticks
        self._run: Run | None = None
        self._tied = [rule in tiebreakers for rule, _ in plans]
        self._maker = Maker(
            [plan for _, plan in plans], slot, [tiebreakers.get(rule) for rule, _ in plans]
        )
        self.counts = Counts()

    def feed(self, kept: Kept, again: Again) -> Iterator[Joined]:
        """Take records, each rule's in order of time; a rule must not come again after another."""
        for begin, end in _chunks(kept):
            chunk = kept.part(slice(begin, end))
            for number, candidates in self._candidates(chunk, again):
                if self._run is None or self._number != number:
                    yield from self.finish()
                    del self._untouched[number]
                    self._number = number
                    self._run = self._runs(*self._plans[number], self._ticks, self.carry)
                for candidate in candidates:
                    yield from self._run.feed(candidate)

    def finish_all(self) -> Iterator[Joined]:
        """There are no more records: also rules without any go on from what was carried."""
        yield from self.finish()
        for rule, plan in self._untouched.values():
            if self.carry is not None and rule in self.carry.states:
                self._run = self._runs(rule, plan, self._ticks, self.carry)
                yield from self.finish()

    def finish(self) -> Iterator[Joined]:
        """There are no more records of the latest rule."""
        if self._run is not None:
            yield from self._run.finish()
            self.counts.add(self._run.counts)
            self._run = None

    def _candidates(
        self, chunk: Kept, again: Again
    ) -> Iterator[tuple[int, list[Candidate[EventRef]]]]:
        """The records' events as candidates, by rule."""
        arrivals, index, event = np.unique(chunk.arrival, return_index=True, return_inverse=True)
        refs = [
            EventRef(*numbers)
            for numbers in zip(
                arrivals.tolist(),
                chunk.source[index].tolist(),
                chunk.offset[index].tolist(),
                chunk.time[index].tolist(),
                strict=True,
            )
        ]
        hits: defaultdict[tuple[int, int], set[int]] = defaultdict(set)
        for number, at, stage in zip(
            chunk.rule.tolist(), event.tolist(), chunk.stage.tolist(), strict=True
        ):
            hits[number, at].add(stage)
        rules: list[list[int]] = [[] for _ in refs]
        for number, at in hits:
            rules[at].append(number)
        made = {}
        read = 0
        for cells in again(chunk.source[index], chunk.offset[index]):
            for at, values in enumerate(field_values(cells, self._maker.slots), read):
                if at - read in cells.rejected:
                    continue
                for number in rules[at] if at < len(refs) else ():
                    made[number, at] = self._maker.candidate(
                        number, refs[at].time, refs[at].arrival, refs[at], values, hits[number, at]
                    )
            read += len(cells.row_start) - 1
        if read != len(refs):
            raise ValueError("as many events must be given again as were asked for")
        for number, of_rule in groupby(hits, key=lambda hit: hit[0]):
            candidates = [made.pop(hit) for hit in of_rule if hit in made]
            if self._tied[number]:
                candidates.sort(key=lambda candidate: order_of(*candidate.ordinal))
            yield number, candidates


def _chunks(kept: Kept) -> Iterator[tuple[int, int]]:
    """Where to cut: never between records of one rule and time, whose order is not yet known."""
    size = kept.rule.size
    begin = 0
    while begin < size:
        end = min(size, begin + CHUNK)
        while (
            end < size
            and kept.rule[end] == kept.rule[end - 1]
            and kept.time[end] == kept.time[end - 1]
        ):
            end += 1
        yield begin, end
        begin = end
