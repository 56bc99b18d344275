"""Sinks at work, each in a thread of its own."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from threading import Event, Thread

from tocsin.sinks.pump import Pump

PAUSE = 0.25
"""Seconds between two looks into the outbox, where nobody says that there is something."""

AFTER_FAILURE = 5.0

_log = logging.getLogger("tocsin.sinks")


class Runner:
    """Runs sinks until it is told to stop.

    Parameters
    ----------
    now, clock
        The wall clock in milliseconds since 1970, and one in seconds that never goes back.
    """

    def __init__(
        self,
        pumps: Sequence[Pump],
        *,
        now: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.pumps = tuple(pumps)
        self._now = now
        self._clock = clock
        self._stop = Event()
        self._news = [Event() for _ in self.pumps]
        self._threads: list[Thread] = []

    def start(self) -> None:
        """Begin to deliver."""
        for pump, news in zip(self.pumps, self._news, strict=True):
            # A sink that never answers must not keep the process from ending.
            name = f"sink-{pump.name}"
            thread = Thread(target=self._run, args=(pump, news), name=name, daemon=True)
            thread.start()
            self._threads.append(thread)

    def wake(self) -> None:
        """Say that there is something in the outbox."""
        for news in self._news:
            news.set()

    def stop(self, seconds: float = 10.0) -> None:
        """Stop: what is being delivered has so long to be taken, and is delivered again if not."""
        self._stop.set()
        self.wake()
        until = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(until - time.monotonic(), 0.0))
        self._threads.clear()

    def _run(self, pump: Pump, news: Event) -> None:
        told = ""
        while not self._stop.is_set() and not pump.closed:
            news.clear()
            try:
                more = pump.step(self._now(), self._clock())
            except Exception as error:  # noqa: BLE001 - as it is said below
                # Whatever it is: this sink is tried again, the others are not concerned.
                pump.counts.failures += 1
                pump.counts.problem = repr(error)
                _log.exception("sink %s failed", pump.name)
                self._stop.wait(AFTER_FAILURE)
                continue
            if pump.counts.problem != told:
                told = pump.counts.problem
                _log.warning("sink %s: %s", pump.name, told or "delivers again")
            if not more:
                news.wait(PAUSE)
        pump.close()
