"""Pages over a few stored events."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
from browsing import Tab
from serving import NOW, Kept

from tocsin.corpus.questions import Questions
from tocsin.corpus.stored import Corpus
from tocsin.journal.frame import Frame, Kind
from tocsin.journal.journal import Journal
from tocsin.journal.keeper import Keeper, Limits
from tocsin.rules.rule import Rule
from tocsin.server.assemble import Parts, assembled
from tocsin.server.door import Policy
from tocsin.server.pages.alerts import AlertPages
from tocsin.server.pages.events import EventPages
from tocsin.server.pages.shell import Shell
from tocsin.server.sessions import Sessions
from tocsin.store.alert import StoredAlert
from tocsin.store.store import Store


@contextmanager
def eventful(
    folder: Path,
    events: Sequence[dict[str, Any] | bytes],
    alerts: Sequence[StoredAlert] = (),
    rule: Callable[[str], Rule | None] = lambda _: None,
) -> Iterator[Tab]:
    """A browser before pages of these events and alerts."""
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
        sessions = Sessions(None, lambda: NOW)
        shell = Shell(workers, lambda: NOW, sessions)
        questions = Questions(Corpus(journal, keeper.archive, store))
        alert_pages = AlertPages(shell, store, rule, questions)
        ways = [*alert_pages.ways(), *EventPages(shell, questions).ways()]
        policy = Policy(None, visitors=sessions.caller)
        yield Tab(assembled(Parts(Kept(), lambda: NOW, policy=policy, more=ways)))
