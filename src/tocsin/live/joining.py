"""Sequences, samples and thresholds of a stream: records in, once the watermark has passed them.

records ──► table of first events ──► candidates (events read again) ──► state machines
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import orjson

from tocsin.alerts.finding import Finding, SourceEvent
from tocsin.alerts.identity import finding_of
from tocsin.alerts.paths import Fields
from tocsin.alerts.stream_name import stream_name
from tocsin.alerts.threshold import counted
from tocsin.engine.open_events import SAMPLE
from tocsin.live.content import Arrays, Longs
from tocsin.live.places import Places, Ref, restored
from tocsin.match.candidate import Candidate, order_of
from tocsin.match.join import row_values
from tocsin.match.keyhash import tuple_hash
from tocsin.match.machine import machine_of
from tocsin.match.making import Maker
from tocsin.match.openings import EMPTY, FIRST, OPEN, RULE, STAGE, WIDTH, Openings, Ready
from tocsin.match.sample import SampleMachine
from tocsin.match.sequence import SequenceMachine
from tocsin.plan.plan import ThresholdPlan, stages_of
from tocsin.schema.kinds import Kind

if TYPE_CHECKING:
    from tocsin.live.guard import Guard
    from tocsin.match.candidate import Found, Key
    from tocsin.match.join import Values
    from tocsin.match.machine import Machine
    from tocsin.plan.plan import Joining
    from tocsin.plan.predicate import FieldRef
    from tocsin.rules.rule import Rule

_TOGETHER = 4096
"""Events that are read again at once, about."""

_QUIET = 256
"""Records of which it is asked at once whether a machine must hear of one, about."""

_KNOWN = 100_000
"""Keys that are remembered by their hashes."""


class _Heard(NamedTuple):
    """What a machine is told: an event, or one that began something ``earlier`` for a key.

    ``key``: the hash of the only key, 0 for an event with several.
    """

    candidate: Candidate[Ref]
    key: int
    earlier: bool = False


@dataclass(slots=True)
class _Asked:
    """An event that a machine shall hear of, or one with which something began ``earlier``.

    ``records``: the stages that it satisfies, over all plans, each with the hash of a key.
    """

    number: int
    ref: Ref
    records: list[tuple[int, int]]
    earlier: bool = False


class Joined(NamedTuple):
    """A rule that joins."""

    rule: int
    plan: Joining
    key: str


class LiveJoins:
    """The rules that join.

    Parameters
    ----------
    joined
        The rules; stages are numbered over all their plans, in this order.
    rules
        All rules, by number.
    tiebreakers
        By rule, the field that orders events of equal time.
    seed
        What hashes of keys begin with.
    most_openings
        First events that wait at most.
    """

    def __init__(
        self,
        joined: Sequence[Joined],
        rules: Sequence[Rule],
        tiebreakers: Mapping[int, FieldRef],
        places: Places,
        guard: Guard,
        seed: int,
        *,
        most_openings: int,
    ) -> None:
        self._joined = joined
        self._rules = rules
        self._places = places
        self._guard = guard
        plans = [one.plan for one in joined]
        ties = [tiebreakers.get(one.rule) for one in joined]
        self._tied = [field is not None for field in ties]
        self._maker = Maker(plans, None, ties)
        told = [number for number, tied in enumerate(self._tied) if tied]
        self.openings = Openings(plans, told, most=most_openings)
        self.machines: list[Machine[Ref]] = [machine_of(plan) for plan in plans]
        self._kinds = [_kinds(plan) for plan in plans]
        self._lasting = [
            _plain(plan) and not tied for plan, tied in zip(plans, self._tied, strict=True)
        ]
        self._known: dict[int, Key] = {}
        self._seed = seed
        self._first = np.cumsum([0, *(len(stages_of(plan)) for plan in plans)]).tolist()

    def feed(self, ready: Ready, mark: int) -> list[Finding]:
        """Take records in order of time, place and stage, all before the watermark."""
        found: list[Finding] = []
        if ready.time.size:
            needed, before = self.openings.ask(ready)
            parts = _parts(ready.part(needed), _moved(before, needed)) if needed.any() else ()
            for part, earlier in parts:
                for number, heard in self._candidates(part, earlier).items():
                    found += self._hear(number, heard)
        for number, machine in enumerate(self.machines):
            if not machine.idle and self._joined[number].rule not in self._guard.suspended:
                with self._guard.of(self._joined[number].rule):
                    found += self._findings(number, machine.advance(mark - 1))
        return found

    def quiet(self, ready: Ready) -> int:
        """How many of the first records nothing can be found with; only these count as taken."""
        if not all(machine.idle for machine in self.machines):
            return 0
        taken, count = 0, ready.time.size
        while taken < count:
            end = min(taken + _QUIET, count)
            while end < count and ready.place[end] == ready.place[end - 1]:
                end += 1
            taken += self.openings.quiet(ready.part(slice(taken, end)))
            if taken < end:
                break
        return taken

    def _candidates(self, ready: Ready, before: Longs) -> dict[int, list[_Heard]]:
        """What each machine hears, in order."""
        if len(self._known) > _KNOWN:
            self._known.clear()
        asked = self._asked(ready, before)
        unknown = [one for one in asked if self._from_memory(one) is None]
        values: dict[int, Values] = {}
        if unknown:
            places = sorted({one.ref.place for one in unknown})
            cells = self._places.cells(places, self._maker.fields)
            values = dict(zip(places, row_values(cells), strict=True))
        work: dict[int, list[_Heard]] = defaultdict(list)
        for one in asked:
            told = self._from_memory(one) or self._read(one, values[one.ref.place])
            key = one.records[0][1]
            single = all(other == key for _, other in one.records)
            work[one.number].append(_Heard(told, key if single else 0, one.earlier))
        return work

    def _asked(self, ready: Ready, before: Longs) -> list[_Asked]:
        """The events that machines hear of, each once for each machine, in order."""
        rules = self.openings.rule.tolist()
        asked: list[_Asked] = []
        earlier = iter(before.tolist())
        first = next(earlier, None)
        records = list(zip(*(column.tolist() for column in ready), strict=True))
        for at, (time, place, stage, key, origin) in enumerate(records):
            number = rules[stage]
            while first is not None and first[0] <= at:
                _, rule, opened, index, opened_key, since, of = first
                told = [(of, opened_key % (1 << 64))]
                asked.append(_Asked(rule, Ref(opened, since, index), told, earlier=True))
                first = next(earlier, None)
            last = asked[-1] if asked else None
            if last and last.number == number and last.ref.place == place and not last.earlier:
                last.records.append((stage, key))
            else:
                asked.append(_Asked(number, Ref(place, time, origin), [(stage, key)]))
        return asked

    def _from_memory(self, one: _Asked) -> Candidate[Ref] | None:
        """The candidate, if what its keys are is remembered."""
        if not self._lasting[one.number]:
            return None
        first = self._first[one.number]
        stages: defaultdict[int, list[Key]] = defaultdict(list)
        for stage, key in one.records:
            known = self._known.get(key)
            if known is None:
                return None
            stages[stage - first].append(known)
        keys = {stage: tuple(found) for stage, found in stages.items()}
        return Candidate(one.ref.time, one.ref.place, keys, one.ref)

    def _read(self, one: _Asked, values: Values) -> Candidate[Ref]:
        """The candidate, of the values that its event has; its keys are remembered."""
        hit = {stage for stage, _ in one.records}
        made = self._maker.candidate(one.number, one.ref.time, one.ref.place, one.ref, values, hit)
        if self._lasting[one.number]:
            for stage in hit:
                hashes = [key for of, key in one.records if of == stage]
                tuples = made.stages[stage - self._first[one.number]]
                texts = tuples and all(part is None or isinstance(part, str) for part in tuples[0])
                if len(hashes) == len(tuples) == 1 and texts:
                    self._known[hashes[0]] = tuples[0]
        return made

    def _hear(self, number: int, heard: list[_Heard]) -> list[Finding]:
        """Tell a machine; what it finds."""
        machine, rule = self.machines[number], self._joined[number].rule
        if rule in self._guard.suspended:
            return []
        if self._tied[number]:
            heard.sort(key=lambda one: order_of(*one.candidate.ordinal))
        found: list[Found[Ref]] = []
        findings: list[Finding] = []
        with self._guard.of(rule):
            for candidate, key, earlier in heard:
                if not earlier:
                    found += machine.feed(candidate)
                else:
                    self._begun(number, machine, candidate, key)
            findings = self._findings(number, found)
            if isinstance(machine, SequenceMachine) and not self._tied[number]:
                self._settle(number, machine, heard)
        return findings

    def _begun(
        self, number: int, machine: Machine[Ref], candidate: Candidate[Ref], key: int
    ) -> None:
        """Tell a machine of an event that had waited."""
        ((stage, found),) = candidate.stages.items()
        keys = self._key(number, found, _signed(key))
        if keys is None:
            return
        if isinstance(machine, SequenceMachine):
            machine.begun(keys, candidate.time, candidate.ref)
        elif isinstance(machine, SampleMachine):
            machine.begun(keys, stage, candidate)

    def _key(self, number: int, keys: Sequence[Key], key: int) -> Key | None:
        """Which of an event's keys has this hash."""
        if len(keys) == 1:
            return keys[0]
        kinds, seed = self._kinds[number], self._seed
        for one in keys:
            if _signed(tuple_hash(one, kinds, seed, seed)) == key:
                return one
        return None

    def _settle(self, number: int, machine: SequenceMachine[Ref], heard: list[_Heard]) -> None:
        """Take back what nothing has followed; forget keys of which the machine knows nothing."""
        touched: dict[int, Key] = {}
        for candidate, key, earlier in heard:
            tuples = {keys for found in candidate.stages.values() for keys in found}
            if key and not earlier and len(tuples) == 1:
                touched[key] = tuples.pop()
        rows = []
        waits = self.openings.role[self._first[number]] == FIRST
        for key, keys in touched.items():
            told = machine.take_back(keys) if waits else None
            if told is not None:
                ref = told[1]
                place = ref.time, ref.place, ref.origin
                rows.append((number, _signed(key), OPEN, *place, self._first[number]))
            elif not machine.knows(keys):
                rows.append((number, _signed(key), EMPTY, 0, 0, 0, 0))
        if rows:
            self.openings.settle(np.array(rows, np.int64))

    def _findings(self, number: int, found: Sequence[Found[Ref]]) -> list[Finding]:
        return [self._finding(number, match) for match in found]

    def _finding(self, number: int, found: Found[Ref]) -> Finding:
        rule, plan, _ = self._joined[number]
        events = found.events
        sampled = isinstance(plan, ThresholdPlan)
        whole = len(events) - SAMPLE if sampled else 0
        told = tuple(
            None if ref is None else self._event(ref, stage, stage >= whole, sampled=sampled)
            for stage, ref in enumerate(events)
        )
        extra = (
            counted(plan, found.keys, told, found.distinct)
            if isinstance(plan, ThresholdPlan)
            else {}
        )
        return finding_of(rule, self._rules[rule].id, found.certain_at, told, found.keys, extra)

    def _event(self, ref: Ref, stage: int, whole: bool, *, sampled: bool) -> SourceEvent:
        event = self._places.event(ref, 0 if sampled else stage)
        if not sampled:
            return event
        index = event.index_name or stream_name(Fields(orjson.loads(event.content), event.content))
        return event._replace(index_name=index, content=event.content if whole else b"")

    def drop(self, rule: int) -> None:
        """Forget what is open for a rule."""
        for number, one in enumerate(self._joined):
            if one.rule == rule:
                self.machines[number] = machine_of(one.plan)
                self.openings.drop(number)

    def state(self, arrays: Arrays) -> dict[str, Any]:
        """What is open, by the rules' keys."""
        rows, first = self.openings.rows(), np.array(self._first, np.int64)
        rows[:, STAGE] -= first[rows[:, RULE]]
        return {
            "keys": [one.key for one in self._joined],
            "openings": arrays.add(rows),
            "machines": {
                one.key: machine.state()
                for one, machine in zip(self._joined, self.machines, strict=True)
                if not machine.idle
            },
        }

    def restore(self, state: Mapping[str, Any], arrays: Sequence[Longs]) -> list[str]:
        """Go on with what was open for rules that are here too; the keys of those that are not."""
        known = {one.key: number for number, one in enumerate(self._joined)}
        rows = arrays[state["openings"]].reshape(-1, WIDTH).copy()
        moved = np.array([known.get(key, -1) for key in state["keys"]] or [-1], np.int64)
        new = moved[rows[:, 0]] if len(rows) else np.empty(0, np.int64)
        rows = np.column_stack([new, rows[:, 1:]])[new >= 0]
        rows[:, STAGE] += np.array(self._first, np.int64)[rows[:, RULE]]
        self.openings.restore(np.ascontiguousarray(rows))
        for key, told in state["machines"].items():
            if key in known:
                self.machines[known[key]].restore(restored(told))
        return [key for key in state["machines"] if key not in known]


def _kinds(plan: Joining) -> list[Kind]:
    """The kinds by which the parts of keys are hashed: as addresses, where one stage says so."""
    of_stages = [[key.field.kind for key in stage.keys] for stage in stages_of(plan)]
    return [Kind.IP if Kind.IP in part else part[0] for part in zip(*of_stages, strict=True)]


def _plain(plan: Joining) -> bool:
    """Whether the hash of a key tells all that candidates need: the keys are texts.

    Where one stage's key is an address and another's a text, texts with the same hash may differ.
    """
    if isinstance(plan, ThresholdPlan) and plan.cardinality:
        return False
    of_stages = [[key.field.kind for key in stage.keys] for stage in stages_of(plan)]
    return all(len({*part}) == 1 for part in zip(*of_stages, strict=True))


def _signed(key: int) -> int:
    return key - (1 << 64) if key >= 1 << 63 else key


def _moved(before: Longs, needed: np.ndarray[Any, np.dtype[np.bool_]]) -> Longs:
    """The same, before which of the needed records."""
    found = before.copy()
    found[:, 0] = (np.cumsum(needed) - 1)[before[:, 0]]
    return found


def _parts(ready: Ready, before: Longs) -> list[tuple[Ready, Longs]]:
    """Parts of which the events are read at once; an event's records stay together."""
    found = []
    begin, count = 0, ready.time.size
    while begin < count:
        end = min(count, begin + _TOGETHER)
        while end < count and ready.place[end] == ready.place[end - 1]:
            end += 1
        inside = before[(before[:, 0] >= begin) & (before[:, 0] < end)].copy()
        inside[:, 0] -= begin
        found.append((ready.part(slice(begin, end)), inside))
        begin = end
    return found
