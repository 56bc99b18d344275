"""Reads a journal that another process writes."""

from __future__ import annotations

import time
from typing import Self

from tocsin.journal.frame import Placed
from tocsin.journal.view import MOST, JournalView

PAUSE = 0.005
"""Seconds between two looks for news."""


class JournalReader(JournalView):
    """The same reads as of `Journal`, in any process, up to what the writer knows to be durable.

    Raises
    ------
    OSError
        There is no such folder.
    """

    _known = 0

    @property
    def end(self) -> int:
        """The position behind the last durable frame."""
        self._known = max(self._known, self._marks.durable or 0)
        return self._known

    @property
    def begin(self) -> int:
        """The first position that there still is."""
        self.segments.look()
        return super().begin

    def read(self, position: int, most_bytes: int = MOST) -> list[Placed]:
        """Frames behind a position, as far as they are durable (`JournalView.read`)."""
        if position >= self.end:
            return []
        end = self.end
        # Segments that end there were made before it was told.
        self.segments.look()
        return self._reading.read(position, end, most_bytes)

    def wait(self, position: int, seconds: float) -> bool:
        """Wait until something stands behind a position; False if nothing came in time."""
        until = time.monotonic() + seconds
        while self.end <= position:
            left = until - time.monotonic()
            if left <= 0:
                return False
            time.sleep(min(PAUSE, left))
        return True

    def event(self, place: int) -> bytes:
        """The line at a place, once more (`JournalView.event`)."""
        segment = self.segments.holding(place)
        if segment is None or segment.next is None:
            self.segments.look()
        return super().event(place)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
