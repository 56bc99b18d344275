"""What a journal shows to whoever reads it, in the process that writes it or in another."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from pathlib import Path
from threading import Lock

from tocsin.journal.frame import Placed
from tocsin.journal.index import Index
from tocsin.journal.marks import Marks
from tocsin.journal.reading import Damage, Reading
from tocsin.journal.segments import Segments

MOST = 8 << 20
"""Bytes of frames that are read at once, unless somebody asks for another number."""

NOTED = 1000
"""Damages that are remembered; all of them are counted."""

_log = logging.getLogger(__name__)


class JournalView(ABC):
    """Reads of what is durable. Any thread may call anything.

    Attributes
    ----------
    damage
        What could not be read so far, each once, the first thousand.
    damaged
        How many bytes that were together.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.segments = Segments(folder)
        self.damage: list[Damage] = []
        self.damaged = 0
        self._met: set[Damage] = set()
        self._marks = Marks(folder)
        self._reading = Reading(self.segments, self._note)
        self._index = Index(self._reading)
        self._finding = Lock()

    @property
    @abstractmethod
    def end(self) -> int:
        """The position behind the last durable frame."""

    @abstractmethod
    def wait(self, position: int, seconds: float) -> bool:
        """Wait until something stands behind a position; False if nothing came in time."""

    @property
    def begin(self) -> int:
        """The first position that there still is."""
        firsts = self.segments.firsts
        return firsts[0] if firsts else self.end

    def read(self, position: int, most_bytes: int = MOST) -> list[Placed]:
        """Frames behind a position, as far as they are durable; none if there are none.

        What cannot be read is given as one frame of kind `Kind.GAP`, whose note says how many
        bytes and why: ``removed`` (by retention), ``checksum``, ``no frame``.

        Raises
        ------
        JournalError
            A file cannot be opened. It may be possible later.
        """
        return self._reading.read(position, self.end, most_bytes)

    def event(self, place: int) -> bytes:
        """The line at a place, once more, after its frame was checked.

        Raises
        ------
        LookupError
            There is none: no line begins there, or it was removed or damaged.
        """
        with self._finding:
            return self._index.line(place, self.end)

    def events(self, places: Iterable[int]) -> Iterator[bytes]:
        """The lines at places, once more; cheap if these rise. LookupError as for `event`."""
        return map(self.event, places)

    def keep_from(self, position: int) -> None:
        """Whoever reads needs nothing before this any more; what stands there may be removed."""
        self._marks.needed = position

    @property
    def needed(self) -> int:
        """From here on everything is still needed."""
        needed = self._marks.needed
        return self.begin if needed is None else min(max(needed, self.begin), self.end)

    def _note(self, damage: Damage) -> None:
        if damage not in self._met:
            _log.error("journal: %d bytes at %d: %s", *damage.told)
            self.damaged += damage.end - damage.begin
            if len(self.damage) < NOTED:
                self._met.add(damage)
                self.damage.append(damage)

    def _forget(self) -> None:
        self._reading.forget()
        with self._finding:
            self._index.forget()

    def close(self) -> None:
        """Let go of the files."""
        self._forget()
        self._marks.close()
