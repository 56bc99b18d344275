"""Where the frames of a segment begin, so that a single line can be read again and checked."""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from tocsin.journal.frame import Placed
    from tocsin.journal.reading import Reading
    from tocsin.journal.segments import Segment

SEGMENTS = 16
"""Segments whose frames are remembered."""

FRAMES = 4
"""Frames that are held, since lines are asked for that stand near each other."""


class Index:
    """Finds the frame that a place lies in."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._begins: OrderedDict[int, tuple[list[int], int]] = OrderedDict()
        self._held: OrderedDict[int, Placed] = OrderedDict()

    def line(self, place: int, durable: int) -> bytes:
        """The line whose first byte stands at a place. LookupError: there is none."""
        placed = self._frame(place, durable)
        if placed is not None:
            at = int(np.searchsorted(placed.places, place))
            if at < len(placed.places) and placed.places[at] == place:
                return placed.frame.lines[at]
        raise LookupError(f"the journal has no event at {place}")

    def _frame(self, place: int, durable: int) -> Placed | None:
        """The frame that a place lies in."""
        for begin, held in self._held.items():
            if begin <= place < held.position:
                self._held.move_to_end(begin)
                return held
        segment = self._reading.segments.holding(place)
        if segment is None or place >= durable:
            return None
        begins = self._of(segment, durable, place)
        at = bisect_right(begins, place) - 1
        placed = self._reading.one(segment, begins[at], durable) if at >= 0 else None
        if placed is not None:
            self._held[begins[at]] = placed
            while len(self._held) > FRAMES:
                self._held.popitem(last=False)
        return placed

    def _of(self, segment: Segment, durable: int, place: int) -> list[int]:
        """The beginnings of a segment's frames, at least as far as the place."""
        begins, known = self._begins.pop(segment.first, ([], segment.first))
        if place >= known:
            for position, header in self._reading.headers(segment, known, durable):
                begins.append(position)
                known = position + header.size
        self._begins[segment.first] = begins, known
        while len(self._begins) > SEGMENTS:
            self._begins.popitem(last=False)
        return begins

    def forget(self) -> None:
        """Look at the files again for whatever is asked next."""
        self._begins.clear()
        self._held.clear()
