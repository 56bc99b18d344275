"""The pages over what a finished scan left: nothing is taken in, and nothing runs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tocsin.corpus.question import Question
from tocsin.corpus.questions import Questions
from tocsin.corpus.stored import Corpus
from tocsin.journal.reader import JournalReader
from tocsin.journal.sealed.archive import Archive
from tocsin.rules.rule import Rule
from tocsin.schema.fields import TextMode
from tocsin.server.counters import Counters
from tocsin.server.door import Door, Policy
from tocsin.server.limits import Limits
from tocsin.server.listen import Address, Server, bound, server
from tocsin.server.own_rules import FOLDER
from tocsin.server.pages.shell import Shell
from tocsin.server.routes import application
from tocsin.server.rule_desk import RuleDesk
from tocsin.server.sessions import Sessions
from tocsin.server.site import Running, Site
from tocsin.store.store import Store

if TYPE_CHECKING:  # it is made by another process
    from tocsin.web.shelf import Shelf

READERS = 2
"""Pages that are made at a time."""

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown: the folder that was filled, and the rules that ran (as `service.Plan` says).

    ``log`` sets up the log of other processes; ``status``: what an engine beside tells of itself,
    if there is one.
    """

    data: Path
    rules: Callable[[], Iterable[Rule]]
    shelf: Callable[[], Shelf] | None
    log: Callable[[], None]
    text_mode: TextMode = "raw"
    status: Callable[[], Mapping[str, Any]] | None = None


def now() -> int:
    """The wall clock, ms since 1970."""
    return time.time_ns() // 1_000_000


class Gallery:
    """Serves the pages on this machine, at any port that is free.

    Raises
    ------
    OSError, JournalError, StoreError
        When it is entered: the folder, or a port, cannot be had.
    """

    def __init__(self, shown: Shown) -> None:
        self._shown = shown
        self._ending = ExitStack()
        self._server: Server | None = None

    def __enter__(self) -> Self:
        data = self._shown.data
        with ExitStack() as ending:
            self._socket = ending.enter_context(bound(Address(HOST, 0)))
            journal = ending.enter_context(JournalReader(data / "journal"))
            store = ending.enter_context(Store.open(data))
            (data / FOLDER).mkdir(mode=0o700, exist_ok=True)
            corpus = Corpus(journal, Archive(data / "events"), store)
            workers = ThreadPoolExecutor(READERS, thread_name_prefix="page")
            ending.callback(workers.shutdown, cancel_futures=True)
            sessions = Sessions(None, now)
            self._desk = RuleDesk(self._shown.shelf, lambda: "scan")
            ending.callback(self._desk.stop)
            latest = _latest(corpus)
            running = Running(
                self._shown.rules,
                lambda: "scan",
                dict,
                lambda: latest,
                text_mode=self._shown.text_mode,
                status=self._shown.status,
            )
            shell = Shell(workers, now, sessions)
            site = Site(corpus, data, shell, self._desk, running, self._shown.log)
            ending.callback(site.close)
            workers.submit(site.warm)
            policy = Policy(None, visitors=sessions.caller)
            app = Door(application(site.ways()), policy, Counters())
            self._server = server(app, Limits())
            self._ending = ending.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.close()

    @property
    def address(self) -> str:
        """Where a browser finds it."""
        return f"http://{HOST}:{self._socket.getsockname()[1]}/"

    def serve(self) -> None:
        """Answer requests until `stop` is called."""
        assert self._server is not None  # noqa: S101 - it was entered
        self._desk.start()
        asyncio.run(self._server.serve([self._socket]))

    def stop(self) -> None:
        """Let `serve` return; safe in a signal's handler."""
        if self._server is not None:
            self._server.stop()


def _latest(corpus: Corpus) -> int:
    """The time of the newest event; the present where there is none."""
    found = Questions(corpus).find(Question(), 1).events
    return now() if not found or found[0].time is None else found[0].time
