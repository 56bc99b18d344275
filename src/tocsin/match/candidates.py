"""Sequences, samples and thresholds of a finished input: hits in, matches out at its end.

    candidates = Candidates(plans, first_stage, program.slot)
    for batch in batches:
        candidates.collect(batch, cells, rows, stages)
    for rule, found in candidates.finish(again): ...

The events of a file need not stand in order of time, so nothing can be joined before the end. Until
then each hit is a record of some twenty bytes, on disk when there are many. At the end, plan by
plan, the records that stand near no event of the plan's rarest stage go, then those near no chain
of all its stages (`tocsin.match.prune`); the events of the few that stay are read again for the
real values of their keys, put in order, and fed to the state machines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tocsin.columns.cells import NO_TIME
from tocsin.match.records import Recorder, places
from tocsin.match.replay import Again, EventRef, EventTime, Joined, Replay
from tocsin.match.spill import Spill
from tocsin.match.survivors import (
    EVENT_TYPES,
    RECORD_TYPES,
    Edges,
    Survivors,
    rules_of,
    with_runs,
)
from tocsin.match.widest import Widest
from tocsin.plan.plan import SamplePlan, stages_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from tocsin.columns.cells import Batch, Cells
    from tocsin.match.carry import Carry
    from tocsin.match.counts import Counts
    from tocsin.match.keyhash import Ints
    from tocsin.match.replay import Runs
    from tocsin.plan.plan import Joining
    from tocsin.plan.predicate import FieldRef

__all__ = ["Again", "Candidates", "EventRef", "Joined"]

LIMIT = 64 << 20


class Candidates:
    """The hits of all stages that join, of a finished input, until its end.

    Parameters
    ----------
    plans
        Rule numbers with their plans.
    first_stage
        By rule: the global number of its first stage; the others (``stages_of``) follow.
    slot
        The slot of a field in the cells.
    tiebreakers
        By rule: the field that orders events of equal time, where the rule names one.
    ticks
        Ticks of ``Cells.time`` in a millisecond.
    limit_bytes
        About how much memory records may take before they go to disk.
    directory
        Where the temporary file is made; None: where the system wants it.
    runs
        Begins each rule's run over its events.
    first_arrival
        What is added to arrival numbers: those of earlier inputs are below.
    """

    def __init__(
        self,
        plans: Sequence[tuple[int, Joining]],
        first_stage: Mapping[int, int],
        slot: Callable[[str], int],
        *,
        tiebreakers: Mapping[int, FieldRef] | None = None,
        ticks: int = 1,
        limit_bytes: int = LIMIT,
        directory: Path | None = None,
        runs: Runs = EventTime,
        first_arrival: int = 0,
    ) -> None:
        self._first_arrival = first_arrival
        bare = [plan for _, plan in plans]
        sizes = [len(stages_of(plan)) for plan in bare]
        self._numbers = [rule for rule, _ in plans]
        self._rules = rules_of(bare, ticks)
        firsts = [first_stage[rule] for rule, _ in plans]
        last = max((first + size for first, size in zip(firsts, sizes, strict=True)), default=0)
        self._dense = np.full(last, -1, np.int32)
        before = 0
        for first, size in zip(firsts, sizes, strict=True):
            self._dense[first : first + size] = np.arange(before, before + size)
            before += size
        self._timeless = np.zeros(last, np.bool_)
        for plan, first, size in zip(bare, firsts, sizes, strict=True):
            self._timeless[first : first + size] = (
                isinstance(plan, SamplePlan) and plan.reach is None
            )
        self._recorder = Recorder(bare, slot)
        self._widest = Widest(bare, slot)
        self._replay = Replay(plans, slot, tiebreakers or {}, ticks, runs)
        self._records = Spill((*EVENT_TYPES, *RECORD_TYPES), limit_bytes, directory)
        self._most = max(1024, limit_bytes // 64)
        self._count = np.zeros(before, np.int64)
        self.kept = 0
        """Records whose events were read again."""

    @property
    def counts(self) -> Counts:
        """What the state machines saw and decided."""
        return self._replay.counts

    @property
    def records(self) -> int:
        """How many records were collected: one for each hit and key."""
        return int(self._count.sum())

    @property
    def spilled(self) -> int:
        """Bytes of records that were written to disk."""
        return self._records.spilled

    @property
    def bytes(self) -> int:
        """Bytes of records, in memory or on disk."""
        return self._records.bytes

    @property
    def capped(self) -> int:
        """Hits of events with so many key values that not all were joined."""
        return self._recorder.capped

    def collect(self, batch: Batch, cells: Cells, rows: Ints, stages: Ints) -> None:
        """Take a batch's hits of stages that join: int32 each, row and global stage.

        Events without a time are left out, but for samples that span the whole input. Raises
        OSError if records do not fit on the disk.
        """
        taken = (cells.time[rows] != NO_TIME) | self._timeless[stages]
        if not taken.all():
            rows, stages = rows[taken], stages[taken]
        if not rows.size:
            return
        self._widest.see(cells, rows, self._dense[stages])
        if (rows[1:] < rows[:-1]).any():
            by_row = np.argsort(rows, kind="stable")
            rows, stages = rows[by_row], stages[by_row]
        first = np.ones(rows.size, np.bool_)
        np.not_equal(rows[1:], rows[:-1], out=first[1:])
        unique = rows[first]
        hit_row = (np.cumsum(first) - 1).astype(np.int32)
        event, stage, key = self._recorder.records(cells, unique, hit_row, self._dense[stages])
        if not stage.size:
            return
        self._count += np.bincount(stage, minlength=self._count.size)
        sources, offsets = places(batch, unique)
        arrivals = unique.astype(np.int64) + (batch.first + self._first_arrival)
        self._records.add(
            cells.time[unique],
            arrivals,
            sources,
            offsets,
            event.copy(),
            stage.copy(),
            key.copy(),
        )

    def finish(self, again: Again, carry: Carry | None = None) -> Iterator[Joined]:
        """All matches, rule after rule, each rule's in the order of their last events, then keys.

        Parameters
        ----------
        again
            Reads events again: it is given sources (int32) and offsets (int64) and gives the cells
            of these events in this order, in one or several pieces. Afterwards nothing is kept.
        carry
            What goes on from an earlier input, and to a later one.
        """
        rules = with_runs(self._rules, self._widest.needed())
        try:
            self._replay.carry = carry
            edges = None if carry is None else self._edges(carry)
            survivors = Survivors(self._records, rules, self._count, self._most, edges)
            for kept in survivors.pieces():
                self.kept += kept.rule.size
                yield from self._replay.feed(kept, again)
            yield from self._replay.finish_all()
        finally:
            self.close()

    def _edges(self, carry: Carry) -> Edges:
        goes_on = np.array([rule in carry.states for rule in self._numbers], np.bool_)
        return Edges(carry.high if carry.low is None else carry.low, carry.high, goes_on)

    def close(self) -> None:
        """Forget all records and remove the temporary file."""
        self._records.close()
