"""Alerts that were closed long ago are deleted while the engine runs, if that is asked for."""

from __future__ import annotations

import logging
from typing import Protocol

from tocsin.store.error import StoreError
from tocsin.store.triage import Act

LOG = logging.getLogger("tocsin.server")

DAY = 86_400_000
PAUSE = 3_600_000
"""Milliseconds between two looks."""

ACTOR = "tocsin serve"
"""Who deleted them, as the audit trail names it."""


class Alerts(Protocol):
    """The store, as far as alerts leave it."""

    def delete_closed(self, before: int, act: Act) -> int:
        """Delete the alerts that were closed before a time, and that all sinks have had."""
        ...


class ClosedAlerts:
    """Deletes closed alerts.

    Parameters
    ----------
    days
        They stay so long after they were closed; None: for ever.
    """

    def __init__(self, store: Alerts, days: float | None) -> None:
        self._store = store
        self._days = days
        self._looked: int | None = None

    def step(self, now: int) -> int:
        """Delete what is due at this time (ms since 1970), once an hour; how many went."""
        if self._days is None or (self._looked is not None and abs(now - self._looked) < PAUSE):
            return 0
        self._looked = now
        try:
            gone = self._store.delete_closed(now - int(self._days * DAY), Act(ACTOR, now))
        except StoreError as error:
            LOG.warning("closed alerts could not be deleted: %s", error)
            return 0
        if gone:
            LOG.info("closed alerts were deleted", extra={"alerts": gone})
        return gone
