"""Rules that remember events: what waits for the watermark, and their state."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tocsin.columns.cells import NO_TIME
from tocsin.live.collecting import Collecting
from tocsin.live.content import Arrays, Longs
from tocsin.live.joining import Joined, LiveJoins
from tocsin.live.places import ALERT, TURN
from tocsin.live.tables import LiveTables
from tocsin.live.terms import LiveTerms
from tocsin.live.waiting import nothing
from tocsin.match.matcher import Hits
from tocsin.match.openings import PLACE
from tocsin.plan.plan import (
    NewTermsPlan,
    SamplePlan,
    SequencePlan,
    TablePlan,
    ThresholdPlan,
    stages_of,
)

if TYPE_CHECKING:
    import numpy.typing as npt

    from tocsin.alerts.finding import Finding
    from tocsin.columns.cells import Batch, Cells
    from tocsin.engine.compiled import Compiled
    from tocsin.inputs.batch import JsonBatch
    from tocsin.live.guard import Guard
    from tocsin.live.places import Places
    from tocsin.match.keyhash import Flags
    from tocsin.match.new_terms import Seeds
    from tocsin.match.openings import Ready

_ENDS = "its query ends with head or tail, and a stream has no end"


class Given(NamedTuple):
    """What all parts of a watch share. ``keys``: of rules; ``alike``: rules that suppress."""

    compiled: Compiled
    keys: Sequence[str]
    places: Places
    guard: Guard
    seeds: Seeds
    alike: Collection[int]
    most_terms: int
    most_openings: int
    most_waiting: int


class Remembering:
    """Some of the rules; of these ``rules``, those that remember nothing are left out."""

    def __init__(self, given: Given, rules: Sequence[int]) -> None:
        compiled, keys, places, guard = given.compiled, given.keys, given.places, given.guard
        plans = [(rule, plan) for rule in rules if (plan := compiled.plans[rule]) is not None]
        joined = [
            Joined(rule, plan, keys[rule])
            for rule, plan in plans
            if isinstance(plan, SequencePlan | SamplePlan | ThresholdPlan)
        ]
        terms = [(rule, plan) for rule, plan in plans if isinstance(plan, NewTermsPlan)]
        names = [keys[rule] for rule, _ in terms]
        told = [*((one.rule, one.plan) for one in joined), *terms]
        self._collecting = Collecting(
            told,
            [keys[rule] for rule, _ in told],
            {rule: compiled.first_stage(rule) for rule, _ in told},
            compiled.program.slot,
            given.seeds,
            given.most_waiting,
        )
        ties = {one.rule: field for one in joined if (field := compiled.tiebreaker(one.rule))}
        self.joins = LiveJoins(
            joined,
            compiled.rules,
            ties,
            places,
            guard,
            given.seeds.of_values,
            most_openings=given.most_openings,
        )
        self._ready = nothing()
        self._first_term = sum(len(stages_of(one.plan)) for one in joined)
        self.terms = LiveTerms(
            terms, compiled.rules, places, guard, given.seeds, names, most=given.most_terms
        )
        tables = {rule: plan for rule, plan in plans if isinstance(plan, TablePlan)}
        self.tables = LiveTables(compiled, tables, keys, places, guard, given.alike)
        for one in joined:
            if one.plan.window.cuts:
                guard.suspend(one.rule, _ENDS)
        mine = np.isin(compiled.stage_rule, [*(rule for rule, _ in told), *tables])
        self._is_table = np.isin(compiled.stage_rule, [*tables])
        self._waits = mine & ~self._is_table

    @property
    def capped(self) -> int:
        """Hits of events with so many key values that not all were looked at."""
        return self._collecting.capped

    @property
    def evicted(self) -> int:
        """What was forgotten to bound memory: hits, open sequences, counts, candidates."""
        machines = sum(machine.counts.evicted for machine in self.joins.machines)
        waiting = self._collecting.waiting.evicted
        return machines + waiting + self.joins.openings.evicted + self.tables.evicted

    def collect(
        self,
        batch: JsonBatch,
        cells: Cells,
        hits: Hits,
        late: Flags,
        remember: Callable[[npt.NDArray[Any]], npt.NDArray[np.int32]],
    ) -> list[Finding]:
        """Take the hits of a batch, of all rules; what single events are worth to these."""
        waits = self._waits[hits.stage]
        if waits.any():
            waits &= ~late[hits.row]
        if waits.any():
            self._collecting.collect(batch, cells, hits.row[waits], hits.stage[waits], remember)
        tables = self._is_table[hits.stage]
        if not tables.any():
            return []
        some = Hits(hits.row[tables], hits.stage[tables])
        return self.tables.collect(batch, cells, some, late, remember)

    def hold(self) -> None:
        """Let all hits wait: there is no watermark yet."""
        self._collecting.hold()

    def passed(self, mark: int) -> list[Finding]:
        """What is certain when no event before a time is waited for."""
        return self._feed(self._collecting.passed(mark), mark) + self.tables.passed(mark)

    def moment(self, mark: int) -> tuple[int, list[Finding]] | None:
        """The first moment before a time with whose records something may be found, and what is.

        None: there is none. Records that come later may be of the same moment: what is caused
        there has a later turn, so the records of one turn are fed at once.
        """
        ready = self._ready
        if self._collecting.fresh or not ready.time.size:
            self._collecting.put_back(ready)
            ready = self._collecting.passed(mark)
        if ready.time.size:
            terms = np.flatnonzero(ready.stage >= self._first_term)
            joined = ready.part(slice(terms[0] if terms.size else None))
            ready = ready.part(slice(self.joins.quiet(joined), None))
        if not ready.time.size:
            self._ready = ready
            return None
        time = int(ready.time[0])
        now = int(np.searchsorted(ready.time, time, "right"))
        turn = ready.place[:now] >> TURN
        now = int(np.searchsorted(turn, max(turn[0], ALERT >> TURN), "right"))
        self._ready = ready.part(slice(now, None))
        return time, self._feed(ready.part(slice(now)), time)

    def _feed(self, ready: Ready, mark: int) -> list[Finding]:
        terms = ready.stage >= self._first_term
        found = self.joins.feed(ready.part(~terms) if terms.any() else ready, mark)
        if terms.any():
            new = ready.part(terms)
            moved = (new.stage - self._first_term).astype(np.int32)
            found += self.terms.feed(new._replace(stage=moved), mark)
        return found

    def teach(self, batch: Batch, cells: Cells, hits: Hits) -> None:
        """Let events of the past teach what terms were seen."""
        waits = self._waits[hits.stage] & (cells.time[hits.row] != NO_TIME)
        none = np.zeros(len(batch), np.int32)
        self._collecting.collect(
            batch, cells, hits.row[waits], hits.stage[waits], lambda rows: none[: rows.size]
        )
        ready = self._collecting.taken()
        new = ready.part(ready.stage >= self._first_term)
        moved = (new.stage - self._first_term).astype(np.int32)
        self.terms.teach(new._replace(stage=moved))

    def drop(self, rule: int) -> None:
        """Forget what is open for a rule."""
        self.joins.drop(rule)
        self.tables.drop(rule)

    def state(self, arrays: Arrays, mark: int) -> dict[str, Any]:
        """All that is remembered: JSON values, `Ref` among them, and arrays."""
        return {
            "records": self._collecting.state(arrays),
            "joins": self.joins.state(arrays),
            "terms": self.terms.state(arrays, mark),
            "tables": self.tables.state(arrays),
        }

    def restore(self, state: Mapping[str, Any], arrays: Sequence[Longs]) -> list[str]:
        """Go on where others were; the keys of rules that had something open and are not here."""
        self._collecting.restore(state["records"], arrays)
        gone = self.joins.restore(state["joins"], arrays)
        self.terms.restore(state["terms"], arrays)
        return gone + self.tables.restore(state["tables"], arrays)

    def places(self) -> Longs:
        """The places of all records that wait or have begun something."""
        held = self.joins.openings.rows()[:, PLACE]
        return np.concatenate([held, self._collecting.waiting.all().place, *self.tables.records()])

    def sizes(self) -> dict[str, int]:
        """What is remembered, by kind."""
        return {
            "records": len(self._collecting.waiting),
            "openings": len(self.joins.openings),
            "machines": sum(not machine.idle for machine in self.joins.machines),
            "terms": len(self.terms),
            "candidates": len(self.tables),
        }
