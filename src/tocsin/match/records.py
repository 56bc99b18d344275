"""Hits of stages that join as small records: event, stage and hash of the join key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tocsin.match.canonical import views
from tocsin.match.join import key_value
from tocsin.match.keyhash import (
    ADDRESS,
    SEED,
    Keys,
    Reading,
    Scratch,
    Values,
    join_hits,
    read_values,
    value_hash,
    way,
)
from tocsin.plan.plan import stages_of
from tocsin.schema.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from tocsin.columns.cells import Batch, Cells
    from tocsin.match.keyhash import Hashes, Ints, Longs
    from tocsin.plan.plan import Plan

MOST_REMEMBERED = 20_000
"""Hashes of odd values that are remembered, at most."""


class Recorder:
    """Turns hits into records; one for all stages of all plans, numbered one after the other.

    Parameters
    ----------
    seeds, seed
        Of the hashes of keys, stage by stage, and of single values. Where equal hashes are taken
        for equal keys, they must be secret; else they are only looked at more closely.
    """

    def __init__(
        self,
        plans: Sequence[Plan],
        slot: Callable[[str], int],
        seeds: Sequence[int] | None = None,
        seed: int = int(SEED),
    ) -> None:
        stages = [stage for plan in plans for stage in stages_of(plan)]
        columns = [column for plan in plans for column in _columns(plan, slot)]
        fields = sorted({field for column in columns for field in column})
        number = {field: at for at, field in enumerate(fields)}
        self._kinds: list[Kind] = [kind for _, kind, _ in fields]
        self._first_slots = np.array([at for at, _, _ in fields], np.int64)
        self._ways = np.array([how for _, _, how in fields], np.int32)
        self._keys = Keys(
            np.cumsum([0, *(len(stage.keys) for stage in stages)]).astype(np.int32),
            np.array([number[field] for column in columns for field in column], np.int32),
            np.array([key.optional for stage in stages for key in stage.keys], np.bool_),
            np.array([seed] * len(stages) if seeds is None else seeds, np.uint64),
        )
        self._seed = np.uint64(seed)
        self._reading: Reading | None = None
        self._room = Values(np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0, np.uint64))
        self._odd = np.empty((256, 3), np.int64)
        widest = max((len(stage.keys) for stage in stages), default=0)
        sizes = (*(len(fields) for _ in range(5)), 0, widest)
        self._scratch = Scratch._make(np.empty(size, np.int64) for size in sizes)
        self._out = _record_room(1024)
        self._known: dict[tuple[int, int, bytes], int] = {}
        self.capped = 0
        """Hits of which some key tuples were left out, there being too many."""

    def records(
        self, cells: Cells, rows: Ints, hit_row: Ints, hit_stage: Ints
    ) -> tuple[Ints, Ints, Hashes]:
        """One record for each hit and key tuple: place in ``rows``, stage, hash of the key.

        ``rows`` ascend without doubles; ``hit_row`` are places in it. Records come by row. What is
        given back is overwritten by the next call.
        """
        if (hit_row[1:] < hit_row[:-1]).any():
            by_row = np.argsort(hit_row, kind="stable")
            hit_row, hit_stage = hit_row[by_row], hit_stage[by_row]
        values = self._values(cells, rows, hit_row, hit_stage)
        while True:
            stage, row, key = self._out
            count, capped = join_hits(
                hit_row, hit_stage, values, self._keys, stage, row, key, self._scratch
            )
            if count <= stage.size:
                break
            self._out = _record_room(count + count // 2)
        self.capped += capped
        return row[:count], stage[:count], key[:count]

    def _values(self, cells: Cells, rows: Ints, hit_row: Ints, hit_stage: Ints) -> Values:
        asked = *views(cells), self._reading_for(cells), hit_row, hit_stage, self._keys
        if self._room.start.size < rows.size + 1:
            self._room = self._room._replace(start=np.empty(2 * rows.size + 1, np.int64))
        while True:
            room = self._room
            count, odd = read_values(rows, *asked, room, self._odd, self._scratch)
            if odd > len(self._odd):
                self._odd = np.empty((2 * odd, 3), np.int64)
            elif count <= room.field.size:
                break
            if count > room.field.size:
                size = count + count // 2
                fields, hashes = np.empty(size, np.int32), np.empty(size, np.uint64)
                self._room = Values(room.start, fields, hashes)
                self._scratch = self._scratch._replace(following=np.empty(size, np.int64))
        for place, cell, field in self._odd[:odd].tolist():
            room.hash[place] = self._judged(cells, cell, field)
        return room

    def _judged(self, cells: Cells, cell: int, field: int) -> int:
        """The hash of a value that the kernel leaves to Python."""
        start, tag = int(cells.start[cell]), int(cells.tag[cell])
        written = cells.text[start : start + int(cells.length[cell])].tobytes()
        known = self._known.get((field, tag, written))
        if known is None:
            if len(self._known) >= MOST_REMEMBERED:
                self._known.clear()
            known = value_hash(key_value(self._kinds[field], cells.value(cell)), self._seed)
            self._known[field, tag, written] = known
        return known

    def _reading_for(self, cells: Cells) -> Reading:
        """The key fields by slot, for as many slots as occur."""
        slots = max(int(cells.slot.max(initial=0)), int(self._first_slots.max(initial=0))) + 1
        if self._reading is None or self._reading.start.size <= slots:
            start = np.searchsorted(self._first_slots, np.arange(slots + 1)).astype(np.int32)
            self._reading = Reading(start, self._ways, self._seed)
        return self._reading


def _columns(plan: Plan, slot: Callable[[str], int]) -> list[list[tuple[int, Kind, int]]]:
    """For each stage, for each key: slot, kind, and how values are hashed.

    Where one stage's key is an address, those that are compared with it are hashed as it is.
    """
    stages = stages_of(plan)
    addresses = {at for s in stages for at, key in enumerate(s.keys) if key.field.kind is Kind.IP}
    return [
        [
            (
                slot(key.field.name),
                key.field.kind,
                way(key.field.kind) + ADDRESS * (at in addresses),
            )
            for at, key in enumerate(stage.keys)
        ]
        for stage in stages
    ]


def _record_room(size: int) -> tuple[Ints, Ints, Hashes]:
    return np.empty(size, np.int32), np.empty(size, np.int32), np.empty(size, np.uint64)


def places(batch: Batch, rows: Ints) -> tuple[Ints, Longs]:
    """Source and offset of some rows, at once where the batch has them as arrays."""
    sources: npt.NDArray[Any] | None = getattr(batch, "sources", None)
    offsets: npt.NDArray[Any] | None = getattr(batch, "offsets", None)
    if sources is not None and offsets is not None:
        return sources[rows].astype(np.int32), offsets[rows].astype(np.int64)
    found = [batch.place(row) for row in rows.tolist()]
    return (
        np.array([place.source for place in found], np.int32),
        np.array([place.offset for place in found], np.int64),
    )
