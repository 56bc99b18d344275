"""A fact that takes a while to find out: what was found last is told."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

LOG = logging.getLogger("tocsin.server")

_Fact = TypeVar("_Fact")

_PATIENCE = 10.0
"""Seconds to wait for a fact at the end."""


class Fresh(Generic[_Fact]):
    """Any thread may ask; one thread at a time finds out.

    Parameters
    ----------
    find
        Finds the fact out; what it raises is logged, and tried again when somebody asks later.
    every
        Seconds for which a fact is fresh.
    patience
        Seconds that whoever asks first waits for it.
    """

    def __init__(
        self,
        find: Callable[[], _Fact],
        every: float,
        *,
        patience: float = 0.15,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._find = find
        self._every = every
        self._patience = patience
        self._clock = clock
        self._lock = threading.Lock()
        self._known = threading.Event()
        self._fact: _Fact | None = None
        self._begun: float | None = None
        self._busy = self._closed = False
        self._thread: threading.Thread | None = None

    def get(self) -> _Fact | None:
        """The fact as it was found last; None if it was not found out yet."""
        with self._lock:
            now = self._clock()
            stale = self._begun is None or now - self._begun >= self._every
            if stale and not self._busy and not self._closed:
                self._busy, self._begun = True, now
                self._thread = threading.Thread(target=self._refresh, name="facts", daemon=True)
                self._thread.start()
        if not self._known.is_set():
            self._known.wait(self._patience)
        return self._fact

    def hurry(self) -> None:
        """The fact is known to be old: find it out anew when somebody asks next."""
        with self._lock:
            self._begun = None

    def close(self) -> None:
        """Find nothing out any more; what is being found out is waited for."""
        with self._lock:
            self._closed = True
        if self._thread is not None:
            self._thread.join(_PATIENCE)

    def _refresh(self) -> None:
        try:
            self._fact = self._find()
            self._known.set()
        except Exception:
            LOG.exception("a fact for pages cannot be found out")
        finally:
            with self._lock:
                self._busy = False
