"""The live engine as one service: journal, engine, followers, housekeeping, HTTP.

They start in this order and stop in the opposite one, so that nothing is taken that has nowhere to
go. Only this process writes the journal; the engine has one of its own.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any, Self

from tocsin.corpus.stored import Corpus
from tocsin.engine.seen_data import Routing
from tocsin.follow.runner import Runner
from tocsin.follow.taken import Follower
from tocsin.journal.journal import Journal
from tocsin.journal.keeper import Keeper
from tocsin.journal.keeper import Limits as Retention
from tocsin.live.ports import BEHIND
from tocsin.rules.rule import Rule
from tocsin.schema.fields import TextMode
from tocsin.server.assemble import Parts, assembled
from tocsin.server.closed import ClosedAlerts
from tocsin.server.control import Control
from tocsin.server.door import LOOPBACK, Policy
from tocsin.server.engine_process import Work
from tocsin.server.figures import engine_figures, follower_figures, journal_figures, sink_figures
from tocsin.server.identity import identity
from tocsin.server.idle import Idle
from tocsin.server.keys import Keys
from tocsin.server.limits import Limits
from tocsin.server.listen import Address, Server, bound, server
from tocsin.server.metrics import Figure
from tocsin.server.pages.shell import Shell
from tocsin.server.people import People
from tocsin.server.reading import Reading
from tocsin.server.routes import Way
from tocsin.server.rule_desk import RuleDesk
from tocsin.server.seen import Wellness
from tocsin.server.sessions import Sessions
from tocsin.server.site import Running, Site
from tocsin.server.store_watch import LOOK, StoreWatch
from tocsin.server.supervisor import Supervisor
from tocsin.server.switches import Switches
from tocsin.server.tls import Renewal, Tls
from tocsin.server.warming import warm_intake
from tocsin.sinks.pump import Pump
from tocsin.sinks.runner import Runner as Deliveries
from tocsin.store.engines import MAIN
from tocsin.store.store import Store

if TYPE_CHECKING:  # it is made by another process
    from tocsin.web.shelf import Shelf

LOG = logging.getLogger("tocsin.server")

READERS = 2
"""Questions, and pages, that are answered at a time; others wait."""

BEHIND_ALERTS = 5
"""How much housekeeping lets the engine and ingest go first, as `nice` has it."""

TICK = 1.0
"""Seconds between two looks at the clock."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be served.

    ``followers``: makes them, given the journal; ``pumps``: the sinks' likewise. ``keyed``: whether
    callers need API keys, which they do anyway where other machines can reach the address.
    ``hosts``: names beside this machine's by which callers without keys may call it. ``changed``:
    says whether files of rules are others than when it was asked last; None: nobody looks.
    ``closed_days``: how long alerts stay once they were closed; None: for ever.
    ``rules``: loads them for pages, which show their guides (`tocsin.server.rule_book`).
    ``shelf``: makes what other pages show of them (`tocsin.server.rule_desk`), in another process.
    ``routing``, ``text_mode``: as the engine's.
    """

    work: Work
    address: Address
    tls: Tls | None = None
    keyed: bool = False
    hosts: frozenset[str] = frozenset()
    limits: Limits = field(default_factory=Limits)
    retention: Retention = field(default_factory=Retention)
    closed_days: float | None = None
    followers: Callable[[Journal], Sequence[Follower]] = lambda _: ()
    pumps: Callable[[Store], Sequence[Pump]] = lambda _: ()
    changed: Callable[[], bool] | None = None
    rules: Callable[[], Iterable[Rule]] = tuple
    shelf: Callable[[], Shelf] | None = None
    routing: Routing = "auto"
    text_mode: TextMode = "raw"


def now() -> int:
    """The wall clock, ms since 1970."""
    return time.time_ns() // 1_000_000


class Service:
    """Runs a plan.

    `open` it, tell people where it is, then `serve` until it is told to stop. Leaving its context
    stops everything and keeps the state.

    Raises
    ------
    JournalError, StoreError, EngineError, OSError
        From `open`: something cannot be started; whatever was is stopped again.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._ending = ExitStack()
        self._stop = threading.Event()
        self._server: Server | None = None
        self._socket: socket.socket | None = None
        self._changes = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._ending.close()

    def open(self) -> None:
        """Start everything but HTTP, and take the address; less if `stop` is called meanwhile."""
        plan = self._plan
        if plan.tls is not None:
            plan.tls.check()
        self._socket = bound(plan.address)
        self._ending.callback(self._socket.close)
        self.store = self._ending.enter_context(Store.open(plan.work.store))
        self.journal = self._ending.enter_context(Journal(plan.work.journal))
        name = self.store.act_for(identity(plan.work.data))
        if name != MAIN:
            LOG.info("the store has other engines: this one is %s", name)
        claim = self.store.claim()
        self._ending.callback(claim.release)
        self._store_watch = StoreWatch(claim, self.store.check, self.stop)
        # A journal that was lost begins again behind what the store knows of it.
        self.journal.skip_to(self.store.position())
        self._switches = Switches(self.journal, now)
        self.engine = Supervisor(plan.work, self._switches.put)
        self._ending.callback(self.engine.stop)
        self.engine.start()
        self.keeper = Keeper(
            self.journal, plan.work.data / "events", plan.retention, self._is_behind
        )
        warm_intake()
        self.engine.wait(self._stop)
        if self._stop.is_set():
            return
        self.runner = Runner(plan.followers(self.journal))
        self._idle = Idle(self.journal, self._reached)
        self.deliveries = Deliveries(plan.pumps(self.store))
        self._ending.callback(self.deliveries.stop)
        self.deliveries.start()
        for name, work in (
            ("clock", self._mind_clock),
            ("housekeeping", self._keep_house),
            ("store", self._mind_store),
        ):
            thread = threading.Thread(target=work, name=name, daemon=True)
            thread.start()
            self._ending.callback(thread.join, 60)
        self._ending.callback(self._stop.set)
        self._ending.callback(self.runner.stop)
        self.runner.start()

    @property
    def stopping(self) -> bool:
        """Whether `stop` was called; what is not open then need not be."""
        return self._stop.is_set()

    @property
    def address(self) -> Address:
        """Where it listens, the port being known."""
        assert self._socket is not None  # noqa: S101 - it was opened
        return Address(self._plan.address.host, int(self._socket.getsockname()[1]))

    @property
    def keyed(self) -> bool:
        """Whether callers need API keys."""
        return self._plan.keyed or not self._plan.address.loopback

    def serve(self) -> None:
        """Answer requests until `stop` is called."""
        plan = self._plan
        assert self._socket is not None  # noqa: S101 - it was opened
        readers = ThreadPoolExecutor(READERS, thread_name_prefix="read")
        lookers = ThreadPoolExecutor(READERS, thread_name_prefix="page")
        desk = RuleDesk(plan.shelf, self._rules_key)
        known = Keys(self.store.keys)
        keys = known if self.keyed else None
        sessions = Sessions(keys, now, People(self.store.people), known)
        parts = Parts(
            self.journal,
            now,
            plan.limits,
            Policy(keys, LOOPBACK | plan.hosts, sessions.caller),
            behind=lambda: int(self.engine.counts.get("behind", 0)),
            wellness=self.wellness,
            figures=self.figures,
            more=self._ways(readers, lookers, sessions, desk),
        )
        self._server = server(assembled(parts), plan.limits, plan.tls)
        try:
            if not self._stop.is_set():
                desk.start()
                asyncio.run(self._server.serve([self._socket]))
        finally:
            desk.stop()
            parts.workers.shutdown()
            readers.shutdown(cancel_futures=True)
            lookers.shutdown(cancel_futures=True)

    def _rules_key(self) -> object:
        """Names the rules and the files beside them, their tests say; None: not known yet."""
        key = self.engine.rules.get("key")
        return None if key is None else (key, self._changes)

    def _ways(
        self, readers: Executor, lookers: Executor, sessions: Sessions, desk: RuleDesk
    ) -> list[Way]:
        corpus = Corpus(self.journal, self.keeper.archive, self.store)
        plan = self._plan
        running = Running(
            plan.rules,
            lambda: self.engine.rules.get("key"),
            lambda: self.engine.counts,
            lambda: self._reached()[1],
            plan.routing,
            plan.text_mode,
            self.status,
        )
        shell = Shell(lookers, now, sessions)
        site = Site(corpus, plan.work.data, shell, desk, running, plan.work.log)
        self._ending.callback(site.close)
        lookers.submit(site.warm)
        return [
            *Reading(corpus, readers, now).ways(),
            *Control(self.status, self.reload).ways(),
            *site.ways(),
        ]

    def stop(self) -> None:
        """Let `serve` return; safe in a signal's handler."""
        self._stop.set()
        if self._server is not None:
            self._server.stop()

    def reload(self) -> None:
        """Load the rules again."""
        threading.Thread(target=self.engine.reload, daemon=True).start()

    def wellness(self) -> Wellness:
        """What troubles it."""
        troubles = [self.engine.trouble] if self.engine.trouble else []
        if trouble := self.journal.trouble:
            troubles.append(f"no event is accepted: {trouble}")
        if trouble := self._store_watch.trouble:
            troubles.append(trouble)
        if self.engine.counts.get("behind", 0) > self._plan.limits.behind:
            troubles.append("the engine is too far behind")
        return Wellness(tuple(troubles))

    def status(self) -> dict[str, Any]:
        """Everything that is counted, by part."""
        return {
            "troubles": self.wellness().troubles,
            "rules": self.engine.rules,
            "engine": {**self.engine.counts, "restarts": self.engine.restarts},
            "journal": {"begin": self.journal.begin, "end": self.journal.end},
            "housekeeping": asdict(self.keeper.counts),
            "followers": {one.name: one.counts.shown() for one in self.runner.followers},
            "sinks": {pump.name: pump.counts.shown() for pump in self.deliveries.pumps},
        }

    def figures(self) -> Iterable[Figure]:
        """All figures but those of HTTP."""
        rules, restarts = self.engine.rules.get("running", 0), self.engine.restarts
        own = (
            Figure("rules", "Rules that run.", rules, kind="gauge"),
            Figure("engine_restarts_total", "Times that the engine ended unasked.", restarts),
        )
        return chain(
            own,
            engine_figures(self.engine.counts),
            journal_figures(self.journal, self.keeper),
            follower_figures(self.runner.followers),
            sink_figures(self.deliveries.pumps),
        )

    def _reached(self) -> tuple[int, int]:
        counts = self.engine.counts
        return int(counts.get("position", 0)), int(counts.get("watermark", 0))

    def _is_behind(self) -> bool:
        """Whether alerts come late: other work may wait for a while."""
        return int(self.engine.counts.get("behind", 0)) > BEHIND

    def _mind_clock(self) -> None:
        """Write marks where the stream is idle, and see whether rules have changed."""
        renewal = None if self._plan.tls is None else Renewal(self._plan.tls)
        while not self._stop.wait(TICK):
            if renewal is not None and self._server is not None:
                renewal.step(self._server.context, self._server.between)
            self._idle.step(now())
            self._switches.step()
            if self._plan.changed is not None and self._plan.changed():
                LOG.info("files of rules have changed")
                self._changes += 1
                self.engine.reload()

    def _mind_store(self) -> None:
        """Look whether the store is there."""
        while not self._stop.wait(LOOK):
            self._store_watch.step()

    def _keep_house(self) -> None:
        """Seal and remove what is due."""
        if sys.platform == "linux":  # elsewhere a thread has no priority of its own
            thread = threading.get_native_id()
            with suppress(OSError):  # a sandbox may forbid it
                usual = os.getpriority(os.PRIO_PROCESS, thread)
                os.setpriority(os.PRIO_PROCESS, thread, usual + BEHIND_ALERTS)
        closed = ClosedAlerts(self.store, self._plan.closed_days)
        while not self._stop.is_set():
            closed.step(now())
            if not self.keeper.step(now()):
                self._stop.wait(TICK)
