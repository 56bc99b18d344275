"""Has questions answered in processes of their own, so that none can hurt the server.

A process that takes too long, or too much memory, is killed, and so is one whose client has gone.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Protocol

from tocsin.corpus.ask.asked import TooMuchError
from tocsin.server.ask_process import PROGRESS, Places, Task, main
from tocsin.server.deafness import deaf

AT_ONCE = 2
"""Questions that are answered at a time."""

WAITING = 8
"""Questions that may wait for that."""

GRACE = 5.0
"""Seconds that a question may take longer than it should before its process is killed."""

STARTING = 60.0
"""Seconds that a process may take to start."""

MEMORY = 2 << 30
"""Bytes that a process may hold."""

LOOK, GLANCE = 0.02, 0.25
"""Seconds between looks at whether an answer has come, and at memory and the client."""

Gone = Callable[[], Awaitable[bool]]
Heard = Callable[[Any], None]


class Asking(Protocol):
    """Whoever can have a question answered."""

    async def ask(
        self, task: Task, seconds: float, gone: Gone | None = None, heard: Heard | None = None
    ) -> Any:  # noqa: ANN401
        """The result of a task; raises QueryError or TooMuchError."""

    def warm(self) -> None:
        """Get ready: somebody is about to ask."""


class Asker:
    """A few processes, started when somebody first asks."""

    def __init__(self, places: Places, memory: int = MEMORY) -> None:
        self._places = places
        self._memory = memory
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="ask")
        self._idle: list[_Child] = []
        self._all: set[_Child] = set()
        self._lock = threading.Lock()
        self._pending = 0
        self._closed = False

    async def ask(
        self, task: Task, seconds: float, gone: Gone | None = None, heard: Heard | None = None
    ) -> Any:  # noqa: ANN401 - what the task gives
        """Have a task done within so many seconds.

        Parameters
        ----------
        gone
            Whether the client has gone; then the task is given up.
        heard
            Takes what the task tells of its progress; called in another thread.

        Raises
        ------
        QueryError
            The question is wrong.
        TooMuchError
            It takes too much, or too many others are asking.
        """
        if self._pending >= AT_ONCE + WAITING:
            raise TooMuchError("Many questions are being answered just now. Ask again in a while.")
        ended = threading.Event()
        self._pending += 1
        try:
            loop = asyncio.get_running_loop()
            work = loop.run_in_executor(self._pool, self._done, task, seconds, ended, heard)
            while not (await asyncio.wait({work}, timeout=GLANCE))[0]:
                if gone is not None and await gone():
                    ended.set()
            return await work
        finally:
            ended.set()
            self._pending -= 1

    def warm(self) -> None:
        """Start a process, if none runs, so that the next question finds one."""
        with self._lock:
            if self._all or self._closed:
                return
            child = _Child(self._places)
            self._all.add(child)
            self._idle.append(child)

    def close(self) -> None:
        """End everything."""
        with self._lock:
            self._closed = True
            children = list(self._all)
        for child in children:
            child.kill()
        self._pool.shutdown(cancel_futures=True)

    def _done(self, task: Task, seconds: float, ended: threading.Event, heard: Heard | None) -> Any:  # noqa: ANN401 - as above
        if ended.is_set():
            raise TooMuchError("Nobody waits for the answer any more.")
        child = self._child()
        try:
            kind, result = child.do(task, seconds + GRACE, self._memory, ended, heard)
        except BaseException:
            if ended.is_set() and child.starts:
                self._keep(child)  # whoever asks next finds it further on
                raise
            child.kill()
            with self._lock:
                self._all.discard(child)
            raise
        self._keep(child)
        if kind == "failed":
            raise result
        return result

    def _keep(self, child: _Child) -> None:
        """Have a process wait for the next task."""
        with self._lock:
            self._idle.append(child)

    def _child(self) -> _Child:
        """A process that waits for something to do."""
        with self._lock:
            if self._closed:
                raise TooMuchError("The server is stopping.")
            while self._idle:
                child = self._idle.pop()
                if child.alive:
                    return child
                self._all.discard(child)
            child = _Child(self._places)
            self._all.add(child)
            return child


class _Child:
    """A process and the pipe to it."""

    def __init__(self, places: Places) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe: Connection
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(
            target=main, args=(places, theirs), name="tocsin-ask", daemon=True
        )
        with deaf():
            self._process.start()
        theirs.close()
        self._ready = False

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._process.is_alive()

    @property
    def starts(self) -> bool:
        """Whether it is alive and has not yet said that it can do something."""
        return self.alive and not self._ready

    def do(
        self,
        task: Task,
        seconds: float,
        memory: int,
        ended: threading.Event,
        heard: Heard | None = None,
    ) -> tuple[str, Any]:
        """Have a task done. Raises TooMuchError: the process is to be killed."""
        try:
            if not self._ready:
                self._wait(STARTING, memory, ended)
                self._ready = True
            self._pipe.send(task)
            kind, result = self._wait(seconds, memory, ended, heard)
        except (EOFError, OSError):
            raise TooMuchError("The process that answers ended. Ask about less.") from None
        return kind, result

    def _wait(
        self, seconds: float, memory: int, ended: threading.Event, heard: Heard | None = None
    ) -> tuple[str, Any]:
        began = looked = time.monotonic()
        while True:
            if self._pipe.poll(LOOK):
                told: tuple[str, Any] = self._pipe.recv()
                if told[0] != PROGRESS:
                    return told
                if heard is not None:
                    heard(told[1])
            now = time.monotonic()
            if ended.is_set():
                raise TooMuchError("Nobody waits for the answer any more.")
            if now - began > seconds:
                raise TooMuchError(
                    f"There was no answer after {seconds:.0f} seconds. Ask about a shorter time."
                )
            if now - looked > GLANCE:
                looked = now
                if held(self._process.pid) > memory:
                    raise TooMuchError(
                        f"It needed more than {memory >> 20:,} MiB of memory. Ask about a shorter"
                        " time, or about fewer events."
                    )

    def kill(self) -> None:
        """End it."""
        self._process.kill()
        self._process.join(5)
        with suppress(OSError):
            self._pipe.close()


def held(process: int | None) -> int:
    """Bytes of memory that a process holds; 0 where the system does not tell."""
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError, AttributeError):
        return 0
