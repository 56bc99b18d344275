"""New terms of a finished input: hits in, first sights out when the input has ended.

    sights = Sights(plans, first_stage, program.slot)
    for batch in batches:
        sights.collect(batch, cells, rows, stages)
    first = sights.finish(known)

Each hit and term is a record; of a batch's records of one term only those stay that can matter: the
first and the last where all lie within the history window. At the end records are sorted by hash, a
stretch of hashes after the other, and a record is a first sight where nothing of its hash came
within the window before. Here, other than for sequences, equal hashes are taken for equal terms:
they are 64 bits wide and begin with a secret.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tocsin.columns.cells import NO_TIME
from tocsin.match.records import Recorder, places
from tocsin.match.spill import Spill
from tocsin.match.terms import NEVER, NOTHING, Terms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from tocsin.columns.cells import Batch, Cells
    from tocsin.match.keyhash import Flags, Hashes, Ints, Longs
    from tocsin.match.new_terms import Seeds
    from tocsin.plan.plan import NewTermsPlan

LIMIT = 32 << 20
TYPES = (np.int32, np.uint64, np.int64, np.int64, np.int32, np.int64)
RECORD_BYTES = 40
TAUGHT = -1
"""Stands for the source of an event that only teaches."""


class Records(NamedTuple):
    """Sights: the plan's number, the term's hash, the event's time, arrival, source and offset."""

    plan: Ints
    key: Hashes
    time: Longs
    arrival: Longs
    source: Ints
    offset: Longs

    def part(self, chosen: Longs | Flags) -> Records:
        """Some of them."""
        return Records._make(column[chosen] for column in self)

    def by_term(self) -> Records:
        """In order of plan, hash, time and arrival."""
        return self.part(np.lexsort((self.arrival, self.time, self.key, self.plan)))

    def begins(self) -> Flags:
        """Of sorted records, which have another plan or hash than the one before."""
        found = np.ones(self.key.size, np.bool_)
        np.not_equal(self.key[1:], self.key[:-1], out=found[1:])
        found[1:] |= self.plan[1:] != self.plan[:-1]
        return found


def _nothing() -> Records:
    return Records._make(np.empty(0, kind) for kind in TYPES)


def _together(parts: Sequence[Records]) -> Records:
    return Records._make(map(np.concatenate, zip(*parts, strict=True)))


class Sights:
    """The hits of all new terms stages of a finished input, until its end.

    Parameters
    ----------
    plans
        Rule numbers with their plans.
    first_stage
        By rule: the global number of its stage.
    slot
        The slot of a field in the cells.
    seeds, names
        What hashes begin with, and each rule's name for that.
    limit_bytes, directory
        About how much memory records may take before they go to disk, and where to.
    """

    def __init__(
        self,
        plans: Sequence[tuple[int, NewTermsPlan]],
        first_stage: Mapping[int, int],
        slot: Callable[[str], int],
        seeds: Seeds,
        names: Sequence[str],
        *,
        limit_bytes: int = LIMIT,
        directory: Path | None = None,
    ) -> None:
        self.rules = [rule for rule, _ in plans]
        self._history = np.array([plan.history for _, plan in plans], np.int64)
        self._dense = np.full(max(map(first_stage.__getitem__, self.rules), default=-1) + 1, -1)
        for number, rule in enumerate(self.rules):
            self._dense[first_stage[rule]] = number
        self._recorder = Recorder(
            [plan for _, plan in plans], slot, [*map(seeds.of_rule, names)], seeds.of_values
        )
        self._records = Spill(TYPES, limit_bytes, directory)
        self._most = max(1024, limit_bytes // RECORD_BYTES)
        self._count = 0
        self.forgotten = 0
        """Terms of the past that were forgotten, being new again."""

    @property
    def spilled(self) -> int:
        """Bytes of records that were written to disk."""
        return self._records.spilled

    @property
    def records(self) -> int:
        """How many records were kept: one for each event and term that may matter."""
        return self._count

    @property
    def bytes(self) -> int:
        """Bytes of records, in memory or on disk."""
        return self._records.bytes

    @property
    def capped(self) -> int:
        """Hits of events with so many terms that not all were looked at."""
        return self._recorder.capped

    def collect(
        self, batch: Batch, cells: Cells, rows: Ints, stages: Ints, *, taught: bool = False
    ) -> Longs:
        """Take a batch's hits (int32 each, by row): rows and global stage numbers.

        ``taught``: the events only teach what was seen. The answer: the rows that were kept.
        Raises OSError if records do not fit on the disk.
        """
        timed = cells.time[rows] != NO_TIME
        rows, stages = rows[timed], stages[timed]
        if not rows.size:
            return np.empty(0, np.int64)
        unique, hit_row = np.unique(rows, return_inverse=True)
        unique = unique.astype(np.int32)
        at, plan, key = self._recorder.records(
            cells, unique, hit_row.astype(np.int32), self._dense[stages].astype(np.int32)
        )
        if not at.size:
            return np.empty(0, np.int64)
        row = unique[at].astype(np.int64)
        arrival = row + batch.first
        if taught:
            arrival -= 1 << 62
        source = np.full(row.size, TAUGHT, np.int32)
        found = Records(plan.copy(), key.copy(), cells.time[row], arrival, source, row)
        found = self._mattering(found.by_term())
        row = found.offset
        if not taught:
            sources, offsets = places(batch, row.astype(np.int32))
            found = found._replace(source=sources, offset=offsets)
        self._records.add(*found)
        self._count += row.size
        return np.unique(row)

    def finish(
        self,
        known: Terms = NOTHING,
        now: int = NEVER,
        keep: Callable[[Terms], None] | None = None,
    ) -> Records:
        """The first sights, by source and offset; afterwards nothing is kept.

        Parameters
        ----------
        known
            What was seen before this input.
        now
            What is new again by then need not be known any longer.
        keep
            Told what is known afterwards, in parts, hashes ascending.
        """
        parts = [_nothing()]
        try:
            for low, high, found in self._stretches(0 if keep is None else known.keys.size):
                before = known.between(low, high)
                parts.append(self._first(found, before))
                if keep is not None:
                    until = found.time + self._history[found.plan]
                    keep(before.merged(found.key, until, now))
                    self.forgotten += int(np.count_nonzero(before.until <= now))
        finally:
            self.close()
        first = _together(parts)
        return first.part(np.lexsort((first.offset, first.source)))

    def close(self) -> None:
        """Forget all records and remove the temporary file."""
        self._records.close()

    def _mattering(self, found: Records) -> Records:
        """Sorted records without those that others of their term make needless."""
        begins = np.flatnonzero(found.begins())
        ends = np.append(begins[1:], found.key.size) - 1
        within = found.time[ends] - found.time[begins] < self._history[found.plan[begins]]
        keep = np.repeat(~within, ends - begins + 1)
        keep[begins] = True
        keep[ends] = True
        return found.part(keep)

    def _stretches(self, known: int) -> Iterator[tuple[int, int, Records]]:
        """Stretches of hashes, ascending, with their records; ``known``: terms beside them."""
        count = -(-max(1, self._count + known // 2) // self._most)
        for number in range(count):
            low, high = ((1 << 64) * n // count for n in (number, number + 1))
            parts = []
            for block in self._records:
                found = Records(*block)
                inside = found.key >= np.uint64(low)
                if high < 1 << 64:
                    inside &= found.key < np.uint64(high)
                parts.append(found.part(inside))
            if not parts:
                parts.append(_nothing())
            yield low, high, _together(parts)

    def _first(self, found: Records, known: Terms) -> Records:
        """The first sights among the records of a stretch."""
        found = found.by_term()
        begins = found.begins()
        history = self._history[found.plan]
        new = begins.copy()
        new[1:] |= found.time[1:] - found.time[:-1] >= history[1:]
        new &= found.time >= known.known(found.key)
        new &= found.source != TAUGHT
        return found.part(new)
