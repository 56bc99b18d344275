"""Kernels that throw away records that can be part of no match, by hash of key and by time.

Every event that decides about a match stands within the plan's reach of each of its events. So a
record may go if its key has no event of the plan's rarest stage within reach (`mark`, `survivors`),
and of what is left, if no chain of all stages is within reach (`near_chains`). What goes is never
near a match; what stays near one is complete, absences and ``until`` events included: the state
machine finds the same with the rest as with everything.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tocsin.columns.native import lean
from tocsin.match.hashing import mix
from tocsin.match.keyhash import SEED, SPREAD, Flags, Hashes, Ints, Longs

Whole = int | np.int64

UNLIMITED = -1
"""Stands for the reach of a plan that has none."""


class Rules(NamedTuple):
    """What pruning knows about stages and rules.

    By stage: ``rule`` (int32), ``place`` (int32: its number among the rule's positive stages, -1
    for missing ones and ``until``), ``runs`` (int32), ``rare``, ``alive`` (bool: the stage is its
    rule's rarest; the rule can match at all). By rule: ``reach`` (int64, ticks or `UNLIMITED`),
    ``stages`` (int32: how many positive ones), ``sample`` (bool).
    """

    rule: Ints
    place: Ints
    runs: Ints
    rare: Flags
    alive: Flags
    reach: Longs
    stages: Ints
    sample: Flags


@lean
def group_hash(key: np.uint64, rule: int) -> np.uint64:
    """The hash of a key of one rule."""
    return np.uint64(mix(key ^ SEED, SPREAD ^ np.uint64(rule + 1)))


@lean
def slot_hash(group: np.uint64, time: int, reach: int, beside: int) -> np.uint64:
    """The hash of a group in a stretch of time as long as the reach, or the one beside it."""
    if reach == UNLIMITED:
        return group
    stretch = time // reach if reach > 0 else time
    return np.uint64(mix(group ^ np.uint64(stretch + beside), SPREAD))


@lean
def mark(
    event: Ints, stage: Ints, key: Hashes, time: Longs, rules: Rules, filled: npt.NDArray[np.uint8]
) -> None:
    """Mark in a Bloom filter around when and for which keys the rarest stages occur.

    ``time`` belongs to events, ``event``, ``stage`` and ``key`` to records; ``filled`` has a power
    of two bytes.
    """
    mask = np.uint64(filled.size * 8 - 1)
    for at in range(stage.size):
        if not (rules.rare[stage[at]] and rules.alive[stage[at]]):
            continue
        rule = rules.rule[stage[at]]
        group = group_hash(key[at], rule)
        for beside in range(-1, 2):
            found = slot_hash(group, time[event[at]], rules.reach[rule], beside)
            for bit in (found & mask, (found >> np.uint64(32)) & mask):
                filled[bit >> np.uint64(3)] |= np.uint8(1) << np.uint8(bit & np.uint64(7))


@lean
def survivors(
    event: Ints,
    stage: Ints,
    key: Hashes,
    time: Longs,
    rules: Rules,
    filled: npt.NDArray[np.uint8],
    kept: Ints,
) -> int:
    """Write to ``kept`` the places of the records that may be near a rarest one; how many."""
    mask = np.uint64(filled.size * 8 - 1)
    count = 0
    for at in range(stage.size):
        number = stage[at]
        if not rules.alive[number]:
            continue
        if not rules.rare[number]:
            rule = rules.rule[number]
            group = group_hash(key[at], rule)
            found = slot_hash(group, time[event[at]], rules.reach[rule], 0)
            first, second = found & mask, (found >> np.uint64(32)) & mask
            if not (filled[first >> np.uint64(3)] >> np.uint8(first & np.uint64(7))) & 1:
                continue
            if not (filled[second >> np.uint64(3)] >> np.uint8(second & np.uint64(7))) & 1:
                continue
        kept[count] = at
        count += 1
    return count


class Frames(NamedTuple):
    """Room for `near_chains`, made by Python, which does so sooner.

    ``low``, ``high``: the frames of a group, as many as it may have records. Of each positive
    stage ``latest``: its last times, as a ring; ``times``: how many there were; ``start``: when the
    latest chain up to it began; ``known``: whether there is one.
    """

    low: Longs
    high: Longs
    latest: npt.NDArray[np.int64]
    times: Longs
    start: Longs
    known: Flags


def frames_for(records: int, rules: Rules) -> Frames:
    """Room for so many records."""
    stages = int(rules.stages.max(initial=1))
    return Frames(
        np.empty(records, np.int64),
        np.empty(records, np.int64),
        np.empty((stages, int(rules.runs.max(initial=1))), np.int64),
        np.empty(stages, np.int64),
        np.empty(stages, np.int64),
        np.empty(stages, np.bool_),
    )


@lean
def near_chains(
    key: Hashes, time: Longs, stage: Ints, rules: Rules, room: Frames, keep: Flags
) -> None:
    """Mark in ``keep`` the records that stand within reach of a chain of all stages.

    Records must be sorted by rule, key, time, and the stage's place. A chain is
    what a match needs at least: each stage, as often as it must occur, in order of time (a sample's
    in any order), within the reach. Whether stages share an event is not looked at.
    """
    begin = np.int64(0)  # a bare 0 would have the functions below compiled a second time
    while begin < key.size:
        rule = int(rules.rule[stage[begin]])
        end = begin + 1
        while end < key.size and key[end] == key[begin] and rules.rule[stage[end]] == rule:
            end += 1
        for place in range(rules.stages[rule]):
            room.times[place] = 0
            room.known[place] = False
        if rules.sample[rule]:
            frames = sample_frames(time, stage, begin, end, rule, rules, room)
        else:
            frames = chain_frames(time, stage, begin, end, rule, rules, room)
        frame = 0
        for at in range(begin, end):
            while frame < frames and room.high[frame] < time[at]:
                frame += 1
            keep[at] = frame < frames and room.low[frame] <= time[at]
        begin = end


@lean
def chain_frames(
    time: Longs, stage: Ints, begin: Whole, end: Whole, rule: int, rules: Rules, room: Frames
) -> int:
    """The frames around a group's chains: ``low`` and ``high`` ascend; how many."""
    stages, reach = rules.stages[rule], rules.reach[rule]
    frames = 0
    for at in range(begin, end):
        place = rules.place[stage[at]]
        if place < 0:
            continue
        runs, moment = rules.runs[stage[at]], time[at]
        room.latest[place, room.times[place] % runs] = moment
        room.times[place] += 1
        if room.times[place] < runs or (place > 0 and not room.known[place - 1]):
            continue
        earliest = room.latest[place, room.times[place] % runs]
        began = room.start[place - 1] if place > 0 else earliest
        if reach != UNLIMITED and (moment - began > reach or moment - earliest > reach):
            continue
        if not room.known[place] or began > room.start[place]:
            room.start[place] = began
        room.known[place] = True
        if place == stages - 1:
            if reach == UNLIMITED:
                room.low[0], room.high[0] = time[begin], time[end - 1]
                return 1
            room.low[frames], room.high[frames] = moment - reach, room.start[place] + reach
            frames += 1
    return frames


@lean
def sample_frames(
    time: Longs, stage: Ints, begin: Whole, end: Whole, rule: int, rules: Rules, room: Frames
) -> int:
    """The frames in which a group has all stages of a sample; ``low`` and ``high`` ascend."""
    stages, reach = rules.stages[rule], rules.reach[rule]
    missing, frames = int(stages), 0
    for at in range(begin, end):
        place = rules.place[stage[at]]
        if not room.known[place]:
            room.known[place] = True
            missing -= 1
        room.start[place] = time[at]
        if missing > 0:
            continue
        if reach == UNLIMITED:
            room.low[0], room.high[0] = time[begin], time[end - 1]
            return 1
        near = True
        for other in range(stages):
            near = near and time[at] - room.start[other] <= reach
        if near:
            room.low[frames], room.high[frames] = time[at] - reach, time[at]
            frames += 1
    return frames
