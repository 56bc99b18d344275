"""An idle stream: where no events come, their time goes on with the wall clock.

The engine itself knows no clock. After a while without events a mark is written into the journal,
and others while it lasts: the watermark that was reached, moved on by the time that has passed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol

from tocsin.journal.errors import JournalError
from tocsin.journal.frame import Frame, Kind, pack

LOG = logging.getLogger("tocsin.server")

SOURCE = "clock"


class Log(Protocol):
    """What is asked of the journal."""

    @property
    def end(self) -> int:
        """The position behind the last frame."""
        ...

    def append(self, frame: Frame) -> int:
        """Write a frame."""
        ...


class Idle:
    """Writes marks.

    Parameters
    ----------
    reached
        The engine's position, and the watermark there in milliseconds (0: there is none).
    after, every
        Milliseconds without events before the first mark, and between marks.
    """

    def __init__(
        self,
        log: Log,
        reached: Callable[[], tuple[int, int]],
        *,
        after: int = 60_000,
        every: int = 5_000,
    ) -> None:
        self._log = log
        self._reached = reached
        self._after = after
        self._every = every
        self._end = -1
        self._since = 0
        self._base = 0
        self._marked = 0

    def step(self, now: int) -> bool:
        """Write a mark if it is time; ``now``: the wall clock, ms since 1970."""
        if self._log.end != self._end or now < self._since:
            self._end, self._since, self._base, self._marked = self._log.end, now, 0, 0
            return False
        if now - max(self._since + self._after, self._marked + self._every) < 0:
            return False
        if not self._base:
            position, watermark = self._reached()
            if position < self._end or not watermark:
                return False
            self._base = watermark
        mark = Frame(Kind.MARK, now, SOURCE, mark=self._base + now - self._since)
        try:
            end = self._log.append(mark)
        except JournalError as error:
            LOG.warning("no mark can be written: %s", error)
            return False
        self._marked = now
        if end == self._end + pack(mark).size:  # else events came in between: not idle any more
            self._end = end
        return True
