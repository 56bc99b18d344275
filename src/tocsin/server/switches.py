"""Switches: frames of the journal that say from where on other rules hold."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Lock

from tocsin.journal.errors import JournalError
from tocsin.journal.frame import Frame, Kind
from tocsin.server.ingest import Log

LOG = logging.getLogger("tocsin.server")

SOURCE = "rules"


class Switches:
    """Writes them; one that the journal does not take waits until it does. Any thread may ask.

    ``clock``: the wall clock, ms since 1970.
    """

    def __init__(self, log: Log, clock: Callable[[], int]) -> None:
        self._log = log
        self._clock = clock
        self._lock = Lock()
        self._waiting = ""

    def put(self, key: str) -> None:
        """Let the rules of this key hold, and none that wait."""
        with self._lock:
            self._waiting = ""
            try:
                self._write(key)
            except JournalError as error:
                self._waiting = key
                LOG.error("the new rules cannot be put to work yet: %s", error)  # noqa: TRY400

    def step(self) -> None:
        """Try again with what waits."""
        with self._lock:
            if not self._waiting:
                return
            try:
                self._write(self._waiting)
            except JournalError:
                return
            self._waiting = ""
        LOG.info("the new rules are put to work")

    def _write(self, key: str) -> None:
        self._log.append(Frame(Kind.RULES, self._clock(), SOURCE, note=key.encode()))
