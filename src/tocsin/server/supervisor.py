"""Minds the engine's process: starts it, starts it again, hands on what it reports."""

from __future__ import annotations

import logging
import multiprocessing
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

from tocsin.server.engine_process import Work, main

LOG = logging.getLogger("tocsin.server")

DELAYS = (0.2, 10.0)
"""Seconds before a process that ended is started again: at first, and at most."""

LOOK = 0.05
"""Seconds, at most, to notice that the engine shall stop while it starts."""

LASTING = 60.0
"""Seconds after which a process has lasted, so that the next delay is a short one."""


class EngineError(Exception):
    """The engine cannot be started, for the reason given."""


@contextmanager
def _deaf() -> Iterator[None]:
    """What is started meanwhile takes no notice of Ctrl-C: whoever started it stops it.

    Only the main thread may say so; a process that another thread starts minds it a little later.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


class Supervisor:
    """The engine's process and what is known about it.

    Parameters
    ----------
    switch
        Called when new rules are ready, with their key: writes it into the journal.

    Attributes
    ----------
    counts
        What the engine reported last (`tocsin.live.counts.Counts`), by name.
    rules
        About the rules: ``key``, ``loaded``, ``running``.
    restarts
        How often the process had to be started again.
    trouble
        Why the engine does not run just now; empty if it does.
    """

    def __init__(self, work: Work, switch: Callable[[str], None]) -> None:
        self._work = work
        self._switch = switch
        self._context = multiprocessing.get_context("spawn")
        self._process: Any = None
        self._pipe: Connection | None = None
        self._sending = threading.Lock()
        self._stopping = threading.Event()
        self._started = threading.Event()
        self._failed = ""
        self._running = False
        self._thread = threading.Thread(target=self._mind, name="engine", daemon=True)
        self.counts: dict[str, Any] = {}
        self.rules: dict[str, Any] = {}
        self.restarts = 0
        self.trouble = "the engine is starting"

    def start(self) -> None:
        """Start the process."""
        self._launch()
        self._thread.start()

    def wait(self, stop: threading.Event) -> None:
        """Wait until the engine runs, or somebody wants it to stop. Raises EngineError."""
        while not self._started.wait(LOOK) and not stop.is_set():
            pass
        if self._failed and not stop.is_set():
            raise EngineError(self._failed)

    def reload(self) -> None:
        """Let the engine load its rules again."""
        self._say("reload")

    def stop(self, seconds: float = 60.0) -> None:
        """Let the engine keep its state and end."""
        self._stopping.set()
        if not self._running and self._process is not None:
            self._process.kill()  # it still loads its rules, and has nothing to keep
        self._say("stop")
        if self._thread.ident is not None:
            self._thread.join(seconds)
        if self._process is not None and self._process.is_alive():
            LOG.error("the engine does not end; it is killed, and goes on here the next time")
            self._process.kill()

    def _say(self, word: str) -> None:
        with self._sending:
            if self._pipe is not None and self._process.is_alive():
                try:
                    self._pipe.send(word)
                except OSError:
                    LOG.warning("the engine cannot be reached", extra={"word": word})

    def _launch(self) -> None:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(
            target=main, args=(self._work, theirs), name="tocsin-engine"
        )
        with _deaf():
            process.start()
        theirs.close()
        with self._sending:
            self._process, self._pipe = process, ours
            self._running = False

    def _mind(self) -> None:
        """Read what the process says; start it again when it ends and should not."""
        delay = DELAYS[0]
        while True:
            began = time.monotonic()
            self._hear()
            self._process.join()
            if self._stopping.is_set() or not self._started.is_set() or self._failed:
                self._failed = self._failed or (
                    "" if self._started.is_set() else f"it ended with {self._process.exitcode}"
                )
                self._started.set()
                return
            self.trouble = f"the engine ended (exit status {self._process.exitcode})"
            LOG.error("%s; it is started again", self.trouble)
            delay = DELAYS[0] if time.monotonic() - began > LASTING else min(2 * delay, DELAYS[1])
            if self._stopping.wait(delay):
                return
            self.restarts += 1
            self._launch()

    def _hear(self) -> None:
        pipe = self._pipe
        assert pipe is not None  # noqa: S101 - it was launched
        try:
            while True:
                self._take(*pipe.recv())
        except (EOFError, OSError):
            pipe.close()

    def _take(self, kind: str, told: Any) -> None:  # noqa: ANN401 - what the child sends
        match kind:
            case "counts":
                self.counts = told
            case "started":
                self.rules = told
                self.trouble = ""
                self._running = True
                self._started.set()
            case "compiled":
                LOG.info("rules reloaded", extra={"rules": told["running"]})
                self.rules = told
                self._switch(told["key"])
            case "same":
                LOG.info("the rules are as they were")
            case "not reloaded":
                LOG.error("the rules cannot be loaded, the former ones stay: %s", told)
            case "failed" if self._started.is_set():
                LOG.error("the engine cannot be started again: %s", told)
            case "failed":
                self._failed = told
            case _:
                self.trouble = "the engine has stopped"
