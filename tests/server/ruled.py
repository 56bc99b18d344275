"""Pages of rules over a few events and alerts."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import orjson
from browsing import Seen, Tab
from serving import NOW, Kept

from tocsin.engine.compiled import compile_rules
from tocsin.journal.frame import Frame, Kind
from tocsin.journal.holdings import Holdings
from tocsin.journal.journal import Journal
from tocsin.journal.keeper import Keeper, Limits
from tocsin.rules.rule import Rule
from tocsin.rules.ruleset import RuleSet
from tocsin.server.assemble import Parts, assembled
from tocsin.server.door import Policy
from tocsin.server.pages.data import DataPages
from tocsin.server.pages.matrix import MatrixPages
from tocsin.server.pages.rules import RulePages
from tocsin.server.pages.shell import Shell
from tocsin.server.pulse import Pulse
from tocsin.server.rule_desk import RuleDesk
from tocsin.server.sessions import Sessions
from tocsin.store.alert import StoredAlert
from tocsin.store.store import Store
from tocsin.web.shelf import Shelf, shelf

made_rule = partial(Rule, type="eql", language="eql", query="process where true")


def shelved(*rules: Rule, off: Sequence[Rule] = ()) -> Shelf:
    """A shelf with these rules; some of them were not chosen to run."""
    chosen = RuleSet(rules)
    return shelf(RuleSet([*rules, *off]), compile_rules(chosen))


@dataclass
class Stand:
    """A browser, and what its pages are about."""

    tab: Tab
    store: Store
    desk: RuleDesk
    pulse: Pulse
    counts: dict[str, Any] = field(default_factory=dict)

    def get(self, url: str) -> Seen:
        """A page as browsers ask for it."""
        return self.tab.get(url, {"accept": "text/html"})

    def settled(self) -> Stand:
        """When all facts are known."""
        until = time.monotonic() + 20
        while time.monotonic() < until:
            data = self.pulse.data()
            known = data is not None and data.shelf is self.desk.shelf
            if known and self.pulse.alerts() is not None:
                return self
            time.sleep(0.01)
        raise TimeoutError


@contextmanager
def ruled(
    folder: Path,
    rules: Shelf | None,
    events: Sequence[Mapping[str, Any] | bytes] = (),
    alerts: Sequence[StoredAlert] = (),
) -> Iterator[Stand]:
    """A browser before the pages of these rules."""
    counts: dict[str, Any] = {}
    with (
        Journal(folder / "journal") as journal,
        Store.open(folder / "alerts.db") as store,
        ThreadPoolExecutor(1) as workers,
    ):
        keeper = Keeper(journal, folder / "events", Limits(seal_after=0))
        lines = [one if isinstance(one, bytes) else orjson.dumps(one) for one in events]
        if lines:
            journal.append(Frame(Kind.EVENTS, NOW, "test", lines))
        if alerts:
            store.commit(1, alerts)
        clock: Callable[[], int] = lambda: NOW  # noqa: E731 - a fact, not a function
        desk = RuleDesk(None, lambda: None)
        desk.trouble = ""
        if rules is not None:
            desk.put(rules)
        holdings = Holdings(keeper.archive, journal)
        pulse = Pulse(store, desk, holdings, lambda: counts, clock)
        sessions = Sessions(None, clock)
        shell = Shell(workers, clock, sessions)
        ways = [
            *RulePages(shell, store, desk, pulse).ways(),
            *MatrixPages(shell, desk, pulse).ways(),
            *DataPages(shell, pulse).ways(),
        ]
        policy = Policy(None, visitors=sessions.caller)
        tab = Tab(assembled(Parts(Kept(), clock, policy=policy, more=ways)))
        yield Stand(tab, store, desk, pulse, counts)
        pulse.close()
