"""Trials of rules that go on while their page waits: to be looked at again, and to be stopped."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tocsin.corpus.ask.asked import Asked, TooMuchError
from tocsin.corpus.ask.trial import SECONDS, Progress, Trial, Tried
from tocsin.server.asker import Asking
from tocsin.web.ask_draft import DraftForm

LOG = logging.getLogger("tocsin.server")

MOST = 32
"""Trials that are remembered; the oldest that ended are forgotten first."""

AT_ONCE = 0.15
"""Seconds that a page waits for a trial before it says that it runs."""

STOPPED = "It was stopped."


@dataclass(eq=False, slots=True)
class Run:
    """A trial, and what is known of it.

    ``tried``: what became of it; ``refused``: why nothing did; as long as neither is told it runs.
    ``seconds``: how long it ran, or has run.
    """

    form: DraftForm
    toml: str
    clock: Callable[[], float]
    name: str = field(default_factory=lambda: str(uuid.uuid4()))
    progress: Progress = field(default_factory=Progress)
    tried: Tried | None = None
    refused: str = ""
    stopped: bool = False
    began: float = 0.0
    ended: float | None = None

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return self.tried is None and not self.refused

    @property
    def seconds(self) -> float:
        """How long it took, or has taken so far."""
        return (self.clock() if self.ended is None else self.ended) - self.began


class Trials:
    """Begins trials and remembers them; all methods are called in one event loop."""

    def __init__(self, asker: Asking, clock: Callable[[], float] = time.monotonic) -> None:
        self._asker = asker
        self._clock = clock
        self._runs: dict[str, Run] = {}
        self._tasks: dict[Run, asyncio.Task[None]] = {}

    def one(self, name: str) -> Run | None:
        """The trial of a name, None if there is none, or it was forgotten."""
        return self._runs.get(name)

    async def begin(self, form: DraftForm, toml: str, about: Asked) -> Run:
        """Begin a trial, and wait a moment for its end."""
        run = Run(form, toml, self._clock, began=self._clock())
        self._forget()
        self._runs[run.name] = run
        task = asyncio.create_task(self._done(run, Trial(toml, about)))
        self._tasks[run] = task
        await asyncio.wait({task}, timeout=AT_ONCE)
        return run

    async def stop(self, run: Run) -> None:
        """Give a trial up, and wait a moment until it has ended."""
        run.stopped = True
        task = self._tasks.get(run)
        if task is not None:
            await asyncio.wait({task}, timeout=1.0)

    async def _done(self, run: Run, trial: Trial) -> None:
        async def gone() -> bool:
            return run.stopped

        def heard(progress: Any) -> None:  # noqa: ANN401 - what a process sends
            if isinstance(progress, Progress):
                run.progress = progress

        try:
            found = await self._asker.ask(trial, SECONDS, gone, heard)
            if isinstance(found, Tried):
                run.tried = found
            else:
                run.refused = "It gave no answer."
        except TooMuchError as error:
            run.refused = STOPPED if run.stopped else str(error)
        except asyncio.CancelledError:
            run.refused = "The server stopped."
            raise
        except Exception:
            LOG.exception("a trial failed")
            run.refused = "It failed; the log says why."
        finally:
            run.ended = self._clock()
            self._tasks.pop(run, None)

    def _forget(self) -> None:
        over = len(self._runs) - MOST + 1
        for run in [run for run in self._runs.values() if not run.runs][: max(over, 0)]:
            del self._runs[run.name]
