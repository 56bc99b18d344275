"""Events as cells and batches, made in plain Python, for what takes hits of batches."""

import json

import numpy as np

from match.streams import naive
from tocsin.columns.cells import FALSE, NO_TIME, NUMBER, STRING, TRUE, Cells, Place
from tocsin.plan.plan import stages_of


def slots_of(*names):
    """A slot for each field name; slot 0 belongs to a field that nobody asks for."""
    known = {name: at for at, name in enumerate(names, 1)}
    return known.__getitem__, known


def cells_of(rows, known):
    """The cells of events (dicts of scalars and lists), fields in the order in which they stand."""
    text, starts = bytearray(), [0]
    slot, tag, start, length = [], [], [], []
    for row in rows:
        for name, held in row.items():
            for value in held if isinstance(held, list) else [held]:
                if name not in known or value is None:
                    continue
                slot.append(known[name])
                kind = STRING if isinstance(value, str) else NUMBER
                tag.append({True: TRUE, False: FALSE}[value] if isinstance(value, bool) else kind)
                written = value if isinstance(value, str) else json.dumps(value)
                data = b"" if isinstance(value, bool) else written.encode()
                start.append(len(text))
                length.append(len(data))
                text += data
        starts.append(len(slot))
    time = [NO_TIME if row["time"] is None else row["time"] for row in rows]
    return Cells(
        np.array(starts, np.int64),
        np.array(slot, np.int32),
        np.array(tag, np.uint8),
        np.array(start, np.int64),
        np.array(length, np.int32),
        np.frombuffer(bytes(text) + bytes(64), np.uint8),
        np.array(time, np.int64),
        {},
    )


class PlacedBatch:
    """A batch that tells places one by one."""

    def __init__(self, first, size):
        self.first, self._size = first, size

    def __len__(self):
        return self._size

    def place(self, row):
        return Place(7, 10 * (self.first + row))


class ArrayBatch(PlacedBatch):
    """A batch that has its places as arrays."""

    @property
    def sources(self):
        return np.full(self._size, 7, np.int32)

    @property
    def offsets(self):
        return 10 * (self.first + np.arange(self._size, dtype=np.int64))


def hits_of(rows, plans, first_stage):
    """What a matcher would say: rows and global stages, in an order of its own."""
    hits = [
        (at, first_stage[rule] + number)
        for rule, plan in plans
        for number, stage in enumerate(stages_of(plan))
        for at, row in enumerate(rows)
        if naive(stage).test(row)
    ]
    return np.array([at for at, _ in hits], np.int32), np.array([s for _, s in hits], np.int32)


def again_from(events, known, piece=3):
    """Reads events again, some at a time."""

    def again(sources, offsets):
        assert (sources == 7).all()
        wanted = [events[offset // 10] for offset in offsets.tolist()]
        for begin in range(0, len(wanted), piece):
            yield cells_of(wanted[begin : begin + piece], known)

    return again


def stage_numbers(plans):
    """Global numbers of the plans' first stages, with others between them."""
    firsts, before = {}, 2
    for rule, plan in plans:
        firsts[rule] = before
        before += len(stages_of(plan)) + 1
    return firsts
