"""The ids of events that some rule may remember, by their places in the journal."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import compress
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from tocsin.live.content import Longs


class Names:
    """Ids in the order of their places, batch by batch: most are forgotten and never asked for."""

    def __init__(self, told: Iterable[tuple[int, str]] = ()) -> None:
        self._begins: list[int] = []
        self._pieces: list[list[tuple[Longs, Sequence[str]]]] = []
        self._restore(sorted(told))

    def _restore(self, told: Sequence[tuple[int, str]]) -> None:
        if told:
            places = np.array([place for place, _ in told], np.int64)
            self.add(int(places[0]), places, [name for _, name in told])

    def add(self, begin: int, places: Longs, ids: Sequence[str]) -> None:
        """Keep ids of events of one batch, empty where an event has none.

        ``begin``: the batch's first place; batches come in the order of the journal. ``places``:
        ascending.
        """
        if not self._begins or begin > self._begins[-1]:
            self._begins.append(begin)
            self._pieces.append([])
        self._pieces[-1].append((places, ids))

    def get(self, place: int) -> str:
        """The id of an event; empty if it has none, or it was forgotten."""
        at = bisect_right(self._begins, place) - 1
        for places, ids in self._pieces[at] if at >= 0 else ():
            row = int(np.searchsorted(places, place))
            if row < places.size and places[row] == place:
                return ids[row]
        return ""

    def some(self, wanted: Longs) -> list[tuple[int, str]]:
        """The ids at some places, in order; they may stand among those in any order, and again."""
        ordered = np.unique(wanted)
        found: dict[int, str] = {}
        for places, ids in (piece for pieces in self._pieces for piece in pieces):
            at = np.searchsorted(ordered, places)
            kept = np.append(ordered, -1)[at] == places
            named = zip(places[kept].tolist(), compress(ids, kept.tolist()), strict=True)
            found.update((place, name) for place, name in named if name)
        return sorted(found.items())

    def forget(self, but: Longs) -> None:
        """No others will be asked for."""
        told = self.some(but)
        self._begins, self._pieces = [], []
        self._restore(told)
