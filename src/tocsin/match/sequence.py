"""Sequences: one event-time state machine for each plan, fed with candidates in order.

    machine = SequenceMachine(plan)
    for candidate in candidates:              # ordered by time, tiebreaker, arrival
        found += machine.feed(candidate)
    found += machine.finish()                 # or machine.advance(time), while more may come

For each key and each positive stage it keeps at most one open partial, the newest: an event moves
the partial of the stage before on to its own, stages being tried from last to first, so that no
event counts twice. What is kept does not depend on how many events have passed: partials older than
the plan's reach are dropped, and of the events that a missing stage waits for only two times a key.

A stage that must occur ``n`` times in a row is n stages with equal conditions. All its partials
move at each of its events, so they differ only by when they began: a queue of beginnings and one
shared list of the last n events stand for them (`Run`), whatever n is.
"""

from __future__ import annotations

import heapq
from collections import OrderedDict, deque
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Generic

from tocsin.match.candidate import Found, R, distinct, found_order, identity, rank
from tocsin.match.counts import Counts
from tocsin.match.partials import Begun, Group, Held, Partial, Run, restored, saved

if TYPE_CHECKING:
    from tocsin.match.candidate import Candidate, Identity, Key
    from tocsin.plan.plan import SequencePlan

CAPACITY = 200_000
"""Keys that a machine keeps open at most; beyond it the longest untouched ones are evicted."""

VERSION = 1


class SequenceMachine(Generic[R]):
    """The sequences of one plan, found while candidates pass in order.

    Parameters
    ----------
    plan
        ``maxspan``, else ``reach``, bounds the time from a sequence's first event to its last.
    ticks
        Ticks of the candidates' times in a millisecond: 1, or 1,000,000 for nanoseconds.
    capacity
        Keys kept open at most.
    """

    def __init__(self, plan: SequencePlan, *, ticks: int = 1, capacity: int = CAPACITY) -> None:
        span = plan.maxspan if plan.maxspan is not None else plan.reach
        self._limit = None if span is None else span * ticks
        self._capacity = capacity
        self.counts = Counts()
        self._stages: list[tuple[int, int]] = []  # number, runs of each positive stage
        self._gaps: list[tuple[int, int]] = []  # number of each missing stage, the gap it is in
        self._slots: list[int] = []  # for each event of a match: which ref, -1 for none
        refs = 0
        for number, stage in enumerate(plan.stages):
            if stage.missing:
                self._gaps.append((number, len(self._stages)))
                self._slots += [-1] * stage.runs
            else:
                self._stages.append((number, stage.runs))
                self._slots += range(refs, refs + stage.runs)
                refs += stage.runs
        if not self._stages:
            raise ValueError("a sequence needs a stage that is not missing")
        self._until = None if plan.until is None else len(plan.stages)
        self._plain = not self._gaps
        gaps = {gap for _, gap in self._gaps}
        self._leading, self._trailing = 0 in gaps, len(self._stages) in gaps
        self._backwards = [(i, *self._stages[i]) for i in reversed(range(len(self._stages)))]
        self._groups: OrderedDict[Identity, Group[R]] = OrderedDict()
        self._deadlines: list[tuple[int, int, Held[R]]] = []
        self._tickets = 0
        self._floor: int | None = None

    @property
    def open(self) -> int:
        """How many partials and waiting sequences are kept."""
        return sum(group.open() for group in self._groups.values())

    @property
    def idle(self) -> bool:
        """Whether nothing is kept, so that time may pass unheard of."""
        return not self._groups

    def begun(self, key: Key, time: int, ref: R) -> None:
        """An event began a sequence a while ago, and nothing has followed it since.

        For plans whose first stage is one event, with nothing that must be missing before it.
        """
        name = identity(key)
        group = self._groups.get(name) or self._open(name)
        group.waiting[0] = Partial(time, time, (ref,), None, spoiled=False)
        self._touch(name, group, time)

    def take_back(self, key: Key) -> tuple[int, R] | None:
        """Time and reference of the only event that is open for a key, which is given up.

        None if more is open, or nothing at all: `knows` tells.
        """
        name = identity(key)
        group = self._groups.get(name)
        if group is None or group.open() != 1 or group.runs or group.seen:
            return None
        first = group.waiting[0] if group.waiting else None
        if first is None:
            return None
        del self._groups[name]
        return first.start, first.refs[0]

    def knows(self, key: Key) -> bool:
        """Whether anything is kept for a key."""
        return identity(key) in self._groups

    def feed(self, candidate: Candidate[R]) -> list[Found[R]]:
        """Take the next event; what is certain now, absences that it has outlived first.

        Raises ValueError if it is earlier than an event or a time that has been told before.
        """
        time, stages = candidate.time, candidate.stages
        found = self._progress(time)
        new: list[Found[R]] = []
        for step, number, runs in self._backwards:
            if number in stages:
                new += self._occur(candidate, step, runs, stages[number])
        for number, gap in self._gaps:
            if number in stages:
                for name, _ in distinct(stages[number]):
                    self._missing(time, gap, name)
        if self._until is not None and self._until in stages:
            for name, _ in distinct(stages[self._until]):
                self._stop(name)
        while len(self._groups) > self._capacity:
            self._evict(self._groups.popitem(last=False)[1])
        if len(new) > 1:
            new.sort(key=lambda match: rank(match.keys))
        return found + new if found else new

    def advance(self, time: int) -> list[Found[R]]:
        """Everything up to and including ``time`` has been fed: decide absences, drop the old."""
        return self._progress(time + 1)

    def finish(self) -> list[Found[R]]:
        """There are no more events: what was held for an absence is certain. Forgets everything."""
        held = [entry for group in self._groups.values() for entry in group.held if entry.alive]
        self._groups.clear()
        self._deadlines.clear()
        return sorted((entry.found for entry in held), key=found_order)

    def _progress(self, time: int) -> list[Found[R]]:
        """From here on no event is earlier than ``time``."""
        if self._floor is not None and time < self._floor:
            raise ValueError("events must be fed in order of time")
        self._floor = time
        found: list[Found[R]] = []
        while self._deadlines and self._deadlines[0][0] < time:
            held = heapq.heappop(self._deadlines)[2]
            if held.alive:
                held.alive = False
                found.append(held.found)
        if self._limit is not None:
            oldest = time - self._limit
            while self._groups:
                name = next(iter(self._groups))
                if self._groups[name].touched >= oldest:
                    break
                self.counts.expired += self._groups.pop(name).open()
        return sorted(found, key=found_order) if len(found) > 1 else found

    def state(self) -> dict[str, Any]:
        """All that is open, as JSON values where the references are such."""
        return {
            "version": VERSION,
            "stages": [list(stage) for stage in self._stages],
            "floor": self._floor,
            "counts": asdict(self.counts),
            "groups": [saved(name, group) for name, group in self._groups.items()],
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on where a machine of an equal plan was; ValueError if the state is not of one."""
        stages = [tuple(stage) for stage in state.get("stages", ())]
        if state.get("version") != VERSION or stages != self._stages:
            raise ValueError("the state is of another version or of another sequence")
        self._floor = state["floor"]
        self.counts = Counts(**state["counts"])
        self._groups.clear()
        self._deadlines.clear()
        repeats = [runs for _, runs in self._stages]
        for row in state["groups"]:
            name, group = restored(row, repeats)
            self._groups[name] = group
            for held in group.held:
                self._await(held)

    def _occur(
        self, candidate: Candidate[R], step: int, runs: int, keys: tuple[Key, ...]
    ) -> list[Found[R]]:
        """An event of a positive stage: the sequences that it completes."""
        found: list[Found[R]] = []
        for name, key in distinct(keys):
            group, done = self._take(candidate, step, runs, name)
            if done is None or group is None:
                continue
            if step < len(group.waiting):
                group.waiting[step] = done
                continue
            match = self._complete(candidate, key, group, done)
            if match is not None:
                found.append(match)
            self._tidy(name, group)
        return found

    def _take(
        self, candidate: Candidate[R], step: int, runs: int, name: Identity
    ) -> tuple[Group[R] | None, Partial[R] | None]:
        """Let an event be a stage's for a key: the key's group, and what is now at that stage."""
        self.counts.seen += 1
        group = self._groups.get(name)
        if step == 0:
            group = self._open(name) if group is None else group
            self._touch(name, group, candidate.time)
        elif group is None or (group.waiting[step - 1] is None and step not in group.runs):
            self.counts.ignored += 1
            return None, None
        if runs > 1:
            return group, self._repeat(candidate, step, runs, group)
        partial = self._enter(candidate.time, step, group)
        if partial is None:
            return group, None
        start, _, refs, lead, spoiled = partial
        return group, Partial(start, candidate.time, (*refs, candidate.ref), lead, spoiled)

    def _enter(self, time: int, step: int, group: Group[R]) -> Partial[R] | None:
        """Take what waits for a stage, or begin; None if there is nothing, or not in time."""
        if step == 0:
            return Partial(time, time, (), group.before(0, time), spoiled=False)
        partial = group.waiting[step - 1]
        if partial is None:
            return None
        group.waiting[step - 1] = None
        if self._late(partial, time):
            return None
        missing = group.before(step, time)
        if missing is not None and missing > partial.last and not partial.spoiled:
            return partial._replace(spoiled=True)
        return partial

    def _late(self, partial: Partial[R], time: int) -> bool:
        late = self._limit is not None and time - partial.start > self._limit
        self.counts.rejected_maxspan += late
        return late

    def _repeat(
        self, candidate: Candidate[R], step: int, runs: int, group: Group[R]
    ) -> Partial[R] | None:
        """One more event of a repeating stage; the partial for which it is the last one."""
        entering = self._enter(candidate.time, step, group)
        run = group.runs.get(step)
        if run is None:
            if entering is None:
                return None
            run = group.runs[step] = Run(deque(), deque(maxlen=runs))
        while run.begun and self._late(run.begun[0].before, candidate.time):
            run.begun.popleft()
        if not run.begun:
            run.events.clear()
            if entering is None:
                del group.runs[step]
                return None
        run.count += 1
        run.events.append(candidate.ref)
        if entering is not None:
            run.begun.append(Begun(entering, run.count))
        if run.count - run.begun[0].at + 1 < runs:
            return None
        start, _, refs, lead, spoiled = run.begun.popleft().before
        return Partial(start, candidate.time, (*refs, *run.events), lead, spoiled)

    def _complete(
        self, candidate: Candidate[R], key: Key, group: Group[R], partial: Partial[R]
    ) -> Found[R] | None:
        """A sequence by its positive stages: found, rejected, or held until it is certain.

        With missing stages at its ends, some frame as long as the limit must hold the sequence and
        none of their events.
        """
        time, limit, lead = candidate.time, self._limit, partial.lead
        if partial.spoiled:
            self.counts.rejected_missing += 1
            return None
        near = lead is not None and (limit is None or time - lead <= limit)
        if near and not self._trailing:
            self.counts.rejected_missing += 1
            return None
        events = (
            partial.refs
            if self._plain
            else tuple(None if slot < 0 else partial.refs[slot] for slot in self._slots)
        )
        begin = lead if self._leading else partial.start
        if not self._trailing or begin is None:
            return Found(key, events, time, candidate.ordinal)
        deadline = None if limit is None else begin + limit
        if deadline is not None and deadline <= time:
            return Found(key, events, time, candidate.ordinal)
        found = Found(key, events, time if deadline is None else deadline, candidate.ordinal)
        self._hold(group, Held(deadline, found))
        return None

    def _hold(self, group: Group[R], held: Held[R]) -> None:
        group.held = [*(kept for kept in group.held if kept.alive), held]
        self._await(held)

    def _await(self, held: Held[R]) -> None:
        if held.deadline is not None:
            self._tickets += 1
            heapq.heappush(self._deadlines, (held.deadline, self._tickets, held))

    def _open(self, name: Identity) -> Group[R]:
        group = self._groups[name] = Group([None] * (len(self._stages) - 1))
        return group

    def _missing(self, time: int, gap: int, name: Identity) -> None:
        """An event of a missing stage occurred."""
        group = self._groups.get(name)
        if group is None:
            if gap:
                return
            group = self._open(name)
        latest, _ = group.seen.get(gap, (None, None))
        if latest is None or latest < time:
            group.seen[gap] = time, latest
        if gap == 0:
            self._touch(name, group, time)
        if gap == len(self._stages):
            for held in group.held:
                if held.alive and held.found.last.time < time:
                    held.alive = False
                    self.counts.rejected_missing += 1
            group.held = [held for held in group.held if held.alive]

    def _stop(self, name: Identity) -> None:
        """An ``until`` event: what is open for its key ends."""
        group = self._groups.get(name)
        if group is None:
            return
        held = sum(entry.alive for entry in group.held)
        self.counts.rejected_until += group.open() - held
        group.waiting = [None] * len(group.waiting)
        group.runs.clear()
        self._tidy(name, group)

    def _touch(self, name: Identity, group: Group[R], time: int) -> None:
        group.touched = time
        self._groups.move_to_end(name)

    def _tidy(self, name: Identity, group: Group[R]) -> None:
        """Forget a key for which nothing is open."""
        if not group.open() and 0 not in group.seen:
            self._groups.pop(name, None)

    def _evict(self, group: Group[R]) -> None:
        self.counts.evicted += group.open() + bool(group.seen)
        for held in group.held:
            held.alive = False
