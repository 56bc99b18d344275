"""Reads a journal that another process writes."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import Self

from tocsin.journal.frame import Placed
from tocsin.journal.marks import Marks
from tocsin.journal.reading import Damage, Reading
from tocsin.journal.segments import Segments

PAUSE = 0.005
"""Seconds between two looks for news."""

_log = logging.getLogger(__name__)


class JournalReader:
    """The same reads as of `Journal`, in any process, up to what the writer knows to be durable.

    Raises
    ------
    OSError
        There is no such folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.segments = Segments(folder)
        self.damage: list[Damage] = []
        self._marks = Marks(folder)
        self._reading = Reading(self.segments, self._met)
        self._end = 0

    def _met(self, damage: Damage) -> None:
        if damage not in self.damage:
            _log.error("journal %s: %s", self.folder, damage)
            self.damage = [*self.damage[-999:], damage]

    @property
    def begin(self) -> int:
        """The first position that there still is."""
        self.segments.look()
        return self.segments.firsts[0] if self.segments.firsts else self.end

    @property
    def end(self) -> int:
        """The position behind the last durable frame."""
        durable = self._marks.durable
        if durable is not None and durable > self._end:
            self._end = durable
        return self._end

    def read(self, position: int, most_bytes: int = 8 << 20) -> list[Placed]:
        """Frames behind a position, as far as they are durable (`Journal.read`)."""
        end = self.end
        if position >= end:
            return []
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
        """The line at a place, once more. LookupError: there is none."""
        return self._reading.line(place, self.end)

    def keep_from(self, position: int) -> None:
        """Whoever reads needs nothing before this any more."""
        self._marks.needed = position

    def close(self) -> None:
        """Let go of the files."""
        self._reading.forget()
        self._marks.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
