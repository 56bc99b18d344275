"""Which of all records may be part of a match, in pieces that fit in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tocsin.match.prune import UNLIMITED, Rules, frames_for, mark, near_chains, survivors
from tocsin.plan.plan import SamplePlan, SequencePlan, ThresholdPlan, stages_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import numpy.typing as npt

    from tocsin.match.keyhash import Flags, Hashes, Ints, Longs
    from tocsin.match.spill import Block, Spill
    from tocsin.plan.plan import Joining

BINS = 4096
MOST_RUNS = 1024
"""Repeats of an event that pruning waits for; a threshold may ask for more."""
EARLIEST, LATEST = np.iinfo(np.int64).min, np.iinfo(np.int64).max

EVENT_TYPES = (np.int64, np.int64, np.int32, np.int64)
RECORD_TYPES = (np.int32, np.int32, np.uint64)
"""A block of records: its events' times, arrivals, sources and offsets; then for each record the
place of its event in the block, its stage and the hash of its key."""


class Kept(NamedTuple):
    """Records that are to be looked at, by rule, then in order of time and arrival."""

    rule: Ints
    stage: Ints
    time: Longs
    arrival: Longs
    source: Ints
    offset: Longs

    def part(self, chosen: slice | Longs) -> Kept:
        """Some of the records."""
        rule, stage, time, arrival, source, offset = self
        return Kept(
            rule[chosen],
            stage[chosen],
            time[chosen],
            arrival[chosen],
            source[chosen],
            offset[chosen],
        )


def rules_of(plans: Sequence[Joining], ticks: int) -> Rules:
    """What pruning knows of plans before anything is counted: no rule is alive yet."""
    rule, place, runs, reach, stages, sample = [], [], [], [], [], []
    for number, plan in enumerate(plans):
        span, positive = plan.reach, 0
        if isinstance(plan, SequencePlan) and plan.maxspan is not None:
            span = plan.maxspan
        stages_in = stages_of(plan)
        last = len(plan.stages) if isinstance(plan, SequencePlan) else len(stages_in)
        for at, stage in enumerate(stages_in):
            counts = not stage.missing and at < last
            rule.append(number)
            place.append(positive if counts else -1)
            most = plan.least if isinstance(plan, ThresholdPlan) else stage.runs
            runs.append(min(most, MOST_RUNS))
            positive += counts
        reach.append(UNLIMITED if span is None else span * ticks)
        stages.append(positive)
        sample.append(isinstance(plan, SamplePlan))
    nothing = np.zeros(len(rule), np.bool_)
    return Rules(
        np.array(rule, np.int32),
        np.array(place, np.int32),
        np.array(runs, np.int32),
        nothing,
        nothing,
        np.array(reach, np.int64),
        np.array(stages, np.int32),
        np.array(sample, np.bool_),
    )


def with_runs(rules: Rules, needed: Iterable[tuple[int, int]]) -> Rules:
    """The same, where some stages are known to need more events."""
    runs = rules.runs.copy()
    for stage, count in needed:
        runs[stage] = max(runs[stage], min(count, MOST_RUNS))
    return rules._replace(runs=runs)


class Edges(NamedTuple):
    """The ends of an input, near which matches may reach beyond it.

    ``low``, ``high``: its first and last moment; ``goes_on``: by rule, whether something is open at
    the first.
    """

    low: int
    high: int
    goes_on: Flags

    def near(self, time: Longs, rule: Ints, reach: Longs) -> Flags:
        """Which records, by time and rule, may be part of a match that reaches beyond the input."""
        far = reach[rule]
        found = (far == UNLIMITED) | (time >= self.high - far)
        found |= self.goes_on[rule] & (time <= self.low + far)
        return found


class Survivors:
    """The records that stand near matches, found by reading all records a few times.

    Parameters
    ----------
    records
        Blocks of `EVENT_TYPES` and `RECORD_TYPES`.
    rules, count
        The plans, and how many records each stage has.
    most
        About how many records a piece may have. Only records of one and the same tick are never
        parted.
    edges
        Where matches may reach beyond the input.
    """

    def __init__(
        self,
        records: Spill,
        rules: Rules,
        count: Longs,
        most: int,
        edges: Edges | None = None,
    ) -> None:
        self._records = records
        self._edges = edges
        self._rules = _alive(rules, count, every=edges is not None)
        self._most = most
        self._filter = self._marked(count)

    def pieces(self) -> Iterator[Kept]:
        """The records, each rule's in order; no rule comes again after another one."""
        if not self._rules.alive.any():
            return
        pack: list[int] = []
        held = 0
        many = self._count()
        for rule in np.flatnonzero(many).tolist():
            count = int(many[rule])
            if pack and held + count > self._most:
                yield self._near(pack)
                pack, held = [], 0
            if count > self._most:
                yield from self._in_slices(rule)
            else:
                pack.append(rule)
                held += count
        if pack:
            yield self._near(pack)

    def _marked(self, count: Longs) -> npt.NDArray[np.uint8]:
        """A Bloom filter, 32 bits a mark, of keys and times around the rarest stages' events."""
        marks = 3 * int(count[self._rules.rare].sum())
        filled = np.zeros(1 << min(24, max(12, (4 * marks).bit_length())), np.uint8)
        if marks:
            for time, _, _, _, event, stage, key in self._records:
                mark(event, stage, key, time, self._rules, filled)
        return filled

    def _only(self, chosen: Sequence[int]) -> Rules:
        return self._rules._replace(alive=self._rules.alive & np.isin(self._rules.rule, chosen))

    def _chosen(self, rules: Rules) -> Iterator[tuple[Block, Ints]]:
        """Each block with the places of the records that survive."""
        for block in self._records:
            time, _, _, _, event, stage, key = block
            kept = np.empty(stage.size, np.int32)
            count = survivors(event, stage, key, time, rules, self._filter, kept)
            places = kept[:count]
            if self._edges is not None:
                rule = rules.rule[stage]
                near = self._edges.near(time[event], rule, rules.reach) & rules.alive[stage]
                near[places] = True
                places = np.flatnonzero(near).astype(np.int32)
            if places.size:
                yield block, places

    def _count(self) -> Longs:
        """How many records of each rule survive."""
        many = np.zeros(self._rules.reach.size, np.int64)
        for block, kept in self._chosen(self._rules):
            many += np.bincount(self._rules.rule[block[5][kept]], minlength=many.size)
        return many

    def _gathered(self, rules: Rules, low: int, high: int) -> tuple[Kept, Hashes]:
        """The surviving records from ``low`` to ``high``, and the hashes of their keys."""
        parts: list[Block] = []
        for block, kept in self._chosen(rules):
            time, arrival, source, offset, event, stage, key = block
            times = time[event[kept]]
            chosen = kept[(low <= times) & (times <= high)]
            at, number = event[chosen], stage[chosen]
            rule = rules.rule[number]
            parts.append((rule, number, time[at], arrival[at], source[at], offset[at], key[chosen]))
        *columns, keys = (np.concatenate(column) for column in zip(*parts, strict=True))
        return Kept(*columns), keys

    def _near(self, chosen: Sequence[int], low: int = EARLIEST, high: int = LATEST) -> Kept:
        """What of some rules stands near a chain of all stages, in order."""
        rules = self._only(chosen)
        found, keys = self._gathered(rules, low, high)
        by_key = np.lexsort((rules.place[found.stage], found.time, keys, found.rule))
        found, keys = found.part(by_key), keys[by_key]
        keep = np.empty(keys.size, np.bool_)
        near_chains(keys, found.time, found.stage, rules, frames_for(keys.size, rules), keep)
        if self._edges is not None:
            keep |= self._edges.near(found.time, found.rule, rules.reach)
        return _in_order(found.part(np.flatnonzero(keep)))

    def _in_slices(self, rule: int) -> Iterator[Kept]:
        """The survivors of a rule that has too many, one stretch of time after the other."""
        rules, reach = self._only([rule]), int(self._rules.reach[rule])
        times = [block[0][block[4][kept]] for block, kept in self._chosen(rules)]
        first, last = min(int(t.min()) for t in times), max(int(t.max()) for t in times)
        del times
        for low, high in self._slices(rules, first, last):
            if reach == UNLIMITED or reach > high - low:
                yield _in_order(self._gathered(rules, low, high)[0])
                continue
            near = self._near([rule], low - reach, high + reach)
            yield near.part(np.flatnonzero((low <= near.time) & (near.time <= high)))

    def _slices(self, rules: Rules, first: int, last: int) -> Iterator[tuple[int, int]]:
        """Stretches of time, by their first and last ticks, with a piece's worth of survivors."""
        width = -(-(last - first + 1) // BINS)
        bins = np.zeros(BINS, np.int64)
        for block, kept in self._chosen(rules):
            times = block[0][block[4][kept]]
            times = times[(first <= times) & (times <= last)]
            # The difference of two times may need 64 bits without a sign.
            since = (times - first).view(np.uint64)
            bins += np.bincount((since // np.uint64(width)).astype(np.int64), minlength=BINS)
        begin, held = 0, 0
        for number, count in enumerate(bins.tolist()):
            edge = first + number * width
            if held and held + count > self._most:
                yield first + begin * width, edge - 1
                begin, held = number, 0
            if count > self._most and width > 1:
                yield from self._slices(rules, edge, edge + width - 1)
                begin = number + 1
            else:
                held += count
        if held:
            yield first + begin * width, last


def _alive(rules: Rules, count: Longs, *, every: bool) -> Rules:
    """Mark the rules that have records of all their stages, and of each the rarest stage.

    ``every``: one record will do, since others may be elsewhere.
    """
    alive, rare = np.zeros_like(rules.alive), np.zeros_like(rules.rare)
    for rule in range(rules.reach.size):
        stages = np.flatnonzero(rules.rule == rule)
        needed = stages[rules.place[stages] >= 0]
        if (count[needed] >= rules.runs[needed]).all() or (every and count[stages].any()):
            alive[stages] = True
            rare[needed[np.argmin(count[needed])]] = True
    return rules._replace(alive=alive, rare=rare)


def _in_order(kept: Kept) -> Kept:
    return kept.part(np.lexsort((kept.arrival, kept.time, kept.rule)))
