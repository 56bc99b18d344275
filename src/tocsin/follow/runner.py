"""Followers at work, each in a thread of its own; one that fails stops none of the others."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from threading import Event, Thread

from tocsin.follow.taken import Follower

SHORTEST, LONGEST = 0.01, 0.2
"""Seconds that are waited where nothing is to be done: at first, and at most."""

AFTER_FAILURE = 1.0

_log = logging.getLogger("tocsin.follow")


class Runner:
    """Runs followers until it is told to stop.

    Parameters
    ----------
    now, clock
        The wall clock in milliseconds since 1970, and one in seconds that never goes back.
    """

    def __init__(
        self,
        followers: Sequence[Follower],
        *,
        now: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.followers = tuple(followers)
        self._now = now
        self._clock = clock
        self._stop = Event()
        self._threads: list[Thread] = []

    def start(self) -> None:
        """Begin to follow."""
        for follower in self.followers:
            thread = Thread(target=self._run, args=(follower,), name=f"follow-{follower.name}")
            thread.start()
            self._threads.append(thread)

    def stop(self, seconds: float = 10.0) -> None:
        """Stop following: what is being written is finished; then files and connections close."""
        self._stop.set()
        for thread in self._threads:
            thread.join(seconds)
        self._threads.clear()

    def _run(self, follower: Follower) -> None:
        told = ""
        pause = SHORTEST
        try:
            while not self._stop.is_set():
                try:
                    done = follower.step(self._now(), self._clock())
                except Exception as error:  # noqa: BLE001 - as it is said below
                    # Whatever it is: the source is asked again, the others are not concerned.
                    follower.counts.failed(f"{follower.name}: {error!r}")
                    _log.exception("%s failed", follower.name)
                    self._stop.wait(AFTER_FAILURE)
                    continue
                if follower.counts.problem != told:
                    told = follower.counts.problem
                    if told:
                        _log.warning("%s", told)
                pause = SHORTEST if done else min(2 * pause, LONGEST)
                if not done:
                    self._wait(follower, pause)
        finally:
            follower.close()

    def _wait(self, follower: Follower, seconds: float) -> None:
        """Wait; a follower that knows when something comes does it itself."""
        wait = getattr(follower, "wait", None)
        if wait is None:
            self._stop.wait(seconds)
        else:
            wait(seconds)
