"""Stored events themselves, with their names, for what was found about them in columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tocsin.corpus.part import Part


class WholeEvent(NamedTuple):
    """One event: the names of its index and itself ("": none), its place, and all of it as JSON."""

    index_name: str
    id: str
    place: int
    source: bytes


def whole_events(rows: Sequence[tuple[Part, int]]) -> list[WholeEvent]:
    """The events of some rows of parts, in this order; those of one part are read together."""
    by_part: dict[int, tuple[Part, set[int]]] = {}
    for part, row in rows:
        by_part.setdefault(id(part), (part, set()))[1].add(row)
    found: dict[tuple[int, int], WholeEvent] = {}
    for number, (part, some) in by_part.items():
        rising = sorted(some)
        batch = part.batch(np.array(rising, np.int64))
        for at, row in enumerate(rising):
            index, name = batch.identity(at) or ("", "")
            event = WholeEvent(index, name, int(batch.offsets[at]), bytes(batch.event(at)))
            found[number, row] = event
    return [found[id(part), row] for part, row in rows]
