"""First events of sequences, as small records, until some later stage asks for them.

Nearly all sequences that begin never go on: a process starts, and nothing that a rule waits for
follows. So the newest first event of each rule and key stands in a table of numbers; its state
machine hears of it when an event of the same key comes that can follow. What can follow nothing is
left out. The machine finds the same with what it hears as with everything.

Keys are told apart by hashes of 64 bits. Where two share one, the machine may hear of more than it
needs; it compares the keys themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tocsin.columns.native import lean
from tocsin.match.hashing import mix, signed, unsigned
from tocsin.plan.plan import SamplePlan, SequencePlan, stages_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from tocsin.match.keyhash import Flags, Hashes, Ints, Longs
    from tocsin.plan.plan import Plan

FIRST, BEGINS, ANY, NEXT, LATER, ALWAYS = range(6)
"""Roles of stages: begins a sequence, and can wait; begins one, of which the machine hears at once;
is one of a sample's, and can wait for another; may follow a first event; follows only what the
machine knows; the machine hears of all."""

EMPTY, OPEN, HEARD = range(3)
"""States of a key: nothing; a first event of which the machine has not heard; the machine knows."""

RULE, KEY, STATE, TIME, PLACE, INDEX, STAGE = range(7)
"""Columns of the table; in an empty row the rule is -1."""

WIDTH = 7
SMALLEST = 1 << 12
MOST = 1 << 21
"""Keys in the table at most; beyond it the oldest are forgotten."""

UNLIMITED = 1 << 62


class Ready(NamedTuple):
    """Records in order of time, place, rule and stage: what `Openings.ask` asks about.

    ``time``, ``place``: int64[n]; ``stage``: int32[n], over all plans; ``key``: uint64[n];
    ``origin``: int32[n], any number.
    """

    time: Longs
    place: Longs
    stage: Ints
    key: Hashes
    origin: Ints

    def part(self, chosen: Longs | Flags | slice) -> Ready:
        """Some of them."""
        return Ready._make(column[chosen] for column in self)


def roles(plan: Plan, *, waits: bool = True) -> list[int]:
    """The role of each stage of a plan; unless it ``waits``, its machine hears of everything.

    The first event of a sample's key can wait for the second one. That of a sequence can if it is a
    stage of its own and others must follow; where something must be missing before it, nothing can
    be left out.
    """
    stages = stages_of(plan)
    if waits and isinstance(plan, SamplePlan) and plan.reach is not None and len(stages) > 1:
        return [ANY] * len(stages)
    if not waits or not isinstance(plan, SequencePlan) or plan.stages[0].missing:
        return [ALWAYS] * len(stages)
    positive = [number for number, stage in enumerate(plan.stages) if not stage.missing]
    if len(positive) < 2 or plan.stages[0].runs > 1:
        return [BEGINS, *(LATER for _ in stages[1:])]
    return [FIRST, *(LATER if number in positive[2:] else NEXT for number in range(1, len(stages)))]


class Openings:
    """The table of all rules.

    Parameters
    ----------
    plans
        As the recorder of the records has them: stages are numbered over all of them.
    told
        Plans whose machines hear of everything.
    most
        Keys held at most.

    Attributes
    ----------
    evicted
        First events that were forgotten to bound memory.
    """

    def __init__(
        self, plans: Sequence[Plan], told: Collection[int] = (), *, most: int = MOST
    ) -> None:
        self.role = np.array(
            [
                role
                for number, plan in enumerate(plans)
                for role in roles(plan, waits=number not in told)
            ],
            np.int32,
        )
        self.rule = np.array(
            [number for number, plan in enumerate(plans) for _ in stages_of(plan)], np.int32
        )
        self._limit = np.array([_limit(plan) for plan in plans], np.int64)
        self._most = most
        self._table = _new(SMALLEST)
        self._used = 0
        self.evicted = 0

    def __len__(self) -> int:
        return int(np.count_nonzero(self._table[:, STATE] == OPEN))

    def ask(self, ready: Ready) -> tuple[Flags, Longs]:
        """Which records their machines must hear of, and of which first events before.

        Returns
        -------
            A flag for each record; and int64[m, 7]: before which record, rule, place, index, key,
            time and stage of a first event, in order of the records.
        """
        needed = np.zeros(ready.time.size, np.bool_)
        before = np.empty((ready.time.size, WIDTH), np.int64)
        count, _ = self._asked(ready, needed, before, quiet=False)
        return needed, before[:count]

    def quiet(self, ready: Ready) -> int:
        """How many of the first records no machine must hear of; only these are asked about."""
        _, end = self._asked(
            ready, np.zeros(ready.time.size, np.bool_), np.empty((0, WIDTH), np.int64), quiet=True
        )
        return end

    def _asked(self, ready: Ready, needed: Flags, before: Longs, *, quiet: bool) -> tuple[int, int]:
        self._make_room(int(np.count_nonzero(self.role[ready.stage] <= ANY)), ready.time)
        count, used, end = _ask(
            *ready, self.rule, self.role, self._limit, self._table, quiet, needed, before
        )
        self._used += used
        return count, end

    def settle(self, rows: Longs) -> None:
        """Tell what machines know of keys of which they heard: int64[n, 7], the table's columns.

        A key of which the table has newer news stays as it is.
        """
        if rows.size:
            self._make_room(len(rows), rows[rows[:, STATE] != EMPTY, TIME])
            self._used += _settle(rows, self._table, True)

    def rows(self) -> Longs:
        """All that is held, sorted by rule and key; int64[n, 7]."""
        held = self._table[self._table[:, STATE] != EMPTY]
        return held[np.lexsort((held[:, KEY], held[:, RULE]))]

    def restore(self, rows: Longs) -> None:
        """Hold such rows, and nothing else."""
        self._table, self._used = _new(SMALLEST), 0
        self._rebuild(rows, len(rows))

    def drop(self, rule: int) -> None:
        """Forget what is held for a plan."""
        held = self._table[self._table[:, STATE] != EMPTY]
        self._rebuild(held[held[:, RULE] != rule], 0)

    def _make_room(self, more: int, times: Longs) -> None:
        if 4 * (self._used + more) <= 3 * len(self._table):
            return
        held = self._table[self._table[:, STATE] != EMPTY]
        now = int(times.min()) if times.size else 0
        held = held[held[:, TIME] >= now - self._limit[held[:, RULE]]]
        if len(held) > self._most:
            oldest = np.argsort(held[:, TIME], kind="stable")
            cut = len(held) - self._most + self._most // 8
            self.evicted += cut
            held = held[np.sort(oldest[cut:])]
        self._rebuild(held, more)

    def _rebuild(self, rows: Longs, more: int) -> None:
        size = SMALLEST
        while size < 2 * (len(rows) + more):
            size *= 2
        self._table = _new(size)
        self._used = _settle(np.ascontiguousarray(rows), self._table, False) if len(rows) else 0


def _limit(plan: Plan) -> int:
    match plan:
        case SequencePlan(maxspan=maxspan, reach=reach):
            span = maxspan if maxspan is not None else reach
        case SamplePlan(reach=reach):
            span = reach
        case _:
            span = 0
    return UNLIMITED if span is None else span


def _new(size: int) -> Longs:
    table = np.zeros((size, WIDTH), np.int64)
    table[:, RULE] = -1
    return table


@lean
def _find(table: Longs, rule: int, key: int) -> int:
    """The row of a key, or the empty one where it belongs."""
    mask = table.shape[0] - 1
    row = (
        signed(
            mix(
                unsigned(key) ^ unsigned(0x9E3779B97F4A7C15),
                unsigned(rule + 1) * unsigned(0xD6E8FEB86659FD93),
            )
        )
        & mask
    )
    while table[row, RULE] != -1 and (table[row, RULE] != rule or table[row, KEY] != key):
        row = (row + 1) & mask
    return row


@lean
def _settle(rows: Longs, table: Longs, heard: bool) -> int:
    """Write rows, or only those of keys that are `HEARD`; how many are new in the table."""
    new = 0
    for at in range(rows.shape[0]):
        row = _find(table, rows[at, RULE], rows[at, KEY])
        if heard and (table[row, RULE] == -1 or table[row, STATE] != HEARD):
            continue
        new += table[row, RULE] == -1
        for column in range(rows.shape[1]):
            table[row, column] = rows[at, column]
    return new


@lean
def _ask(  # noqa: C901, PLR0915 - a kernel
    time: Longs,
    place: Longs,
    stage: Ints,
    key: Hashes,
    index: Ints,
    rules: Ints,
    roles: Ints,
    limits: Longs,
    table: Longs,
    quiet: bool,
    needed: Flags,
    before: Longs,
) -> tuple[int, int, int]:
    """Fill ``needed`` and ``before``; how many of the latter, how many keys are new, and the end.

    ``quiet``: only up to the first record of which a machine must hear.
    """
    count = 0
    new = 0
    begin = 0
    while begin < time.size:
        rule = rules[stage[begin]]
        end = begin + 1
        while end < time.size and place[end] == place[begin] and rules[stage[end]] == rule:
            end += 1
        now = time[begin]
        wanted = False
        firsts = 0
        for at in range(begin, end):
            role = roles[stage[at]]
            if role == ALWAYS:
                wanted = True
                continue
            firsts += role in (FIRST, ANY)
            wanted |= role == BEGINS
            row = _find(table, rule, signed(key[at]))
            if table[row, RULE] == -1:
                continue
            if now - table[row, TIME] > limits[rule]:
                table[row, STATE] = EMPTY
            state = table[row, STATE]
            wanted |= state == HEARD or (state == OPEN and role in (ANY, NEXT))
        wanted |= firsts > 1
        if wanted and quiet:
            break
        for at in range(begin, end):
            role = roles[stage[at]]
            needed[at] = wanted
            if role == ALWAYS or (role > ANY and not wanted):
                continue
            row = _find(table, rule, signed(key[at]))
            if wanted and table[row, RULE] != -1 and table[row, STATE] == OPEN:
                before[count, 0] = begin
                before[count, 1] = rule
                before[count, 2] = table[row, PLACE]
                before[count, 3] = table[row, INDEX]
                before[count, 4] = table[row, KEY]
                before[count, 5] = table[row, TIME]
                before[count, 6] = table[row, STAGE]
                count += 1
                table[row, STATE] = HEARD
            if role <= ANY:
                new += table[row, RULE] == -1
                table[row, RULE] = rule
                table[row, KEY] = signed(key[at])
                table[row, STATE] = HEARD if wanted else OPEN
                table[row, TIME] = now
                table[row, PLACE] = place[begin]
                table[row, INDEX] = index[begin]
                table[row, STAGE] = stage[at]
        begin = end
    return count, new, begin
