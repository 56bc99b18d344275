"""All pages put together, over what is stored: those of a live engine, or of a finished scan."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tocsin.corpus.questions import Questions
from tocsin.corpus.stored import Corpus
from tocsin.engine.seen_data import Routing
from tocsin.journal.holdings import Holdings
from tocsin.rules.rule import Rule
from tocsin.schema.fields import TextMode
from tocsin.server.ask_process import Places
from tocsin.server.asker import Asker
from tocsin.server.esql import Tables
from tocsin.server.own_rules import FOLDER, OwnRules
from tocsin.server.pages.alerts import AlertPages
from tocsin.server.pages.ask import AskPages
from tocsin.server.pages.ask_rules import AskRulePages
from tocsin.server.pages.data import DataPages
from tocsin.server.pages.engine import EnginePages
from tocsin.server.pages.events import EventPages
from tocsin.server.pages.logins import Logins
from tocsin.server.pages.matrix import MatrixPages
from tocsin.server.pages.rules import RulePages
from tocsin.server.pages.shell import Shell
from tocsin.server.pulse import Pulse
from tocsin.server.routes import Way
from tocsin.server.rule_book import RuleBook
from tocsin.server.rule_desk import RuleDesk
from tocsin.server.warming import warm_engine


@dataclass(frozen=True, slots=True)
class Running:
    """What runs, or ran, the rules.

    ``key`` names the rules as they are, None if nobody knows yet; ``counts``: what the engine
    reported last; ``latest``: its time, ms since 1970. ``status``: what is counted by part, None
    where nothing runs any more.
    """

    rules: Callable[[], Iterable[Rule]]
    key: Callable[[], object]
    counts: Callable[[], Mapping[str, Any]]
    latest: Callable[[], int]
    routing: Routing = "auto"
    text_mode: TextMode = "raw"
    status: Callable[[], Mapping[str, Any]] | None = None


class Site:
    """The pages; `close` it in the end.

    ``data``: the folder of all that is stored. ``log`` sets up the log of another process.
    """

    def __init__(
        self,
        corpus: Corpus,
        data: Path,
        shell: Shell,
        desk: RuleDesk,
        running: Running,
        log: Callable[[], None],
    ) -> None:
        archive, journal, store = corpus.archive, corpus.journal, corpus.store
        self._shell = shell
        self._corpus = corpus
        self._desk = desk
        self._running = running
        self._questions = Questions(corpus)
        self._book = RuleBook(running.rules, running.key, desk)
        self._asker = Asker(Places(journal.folder, archive.folder, log))
        self._own = OwnRules(data / FOLDER)
        self._alerts = AlertPages(shell, store, self._book.rule, self._questions)
        self._pulse = Pulse(
            store, desk, Holdings(archive, journal), running.counts, shell.clock, running.routing
        )

    def ways(self) -> list[Way]:
        """Their paths."""
        shell, desk, asker = self._shell, self._desk, self._asker
        store, rule, latest = self._corpus.store, self._book.rule, self._running.latest
        mode = self._running.text_mode
        live = self._running.status is not None
        return [
            *Logins(shell).ways(),
            *self._alerts.ways(),
            *EventPages(shell, self._questions).ways(),
            *RulePages(shell, store, desk, self._pulse).ways(),
            *AskPages(shell, asker, self._corpus.archive, latest, live, mode).ways(),
            *Tables(asker, shell.clock, mode).ways(),
            *(AskRulePages(shell, asker, self._own, rule, latest, mode).ways() if live else ()),
            *MatrixPages(shell, desk, self._pulse).ways(),
            *DataPages(shell, self._pulse).ways(),
            *EnginePages(shell, self._running.status).ways(),
        ]

    def warm(self) -> None:
        """Load what pages need, so that the first one is not slow; for a thread beside."""
        warm_engine()  # guides ask alerts in this process
        self._alerts.warm()
        self._questions.warm()

    def close(self) -> None:
        """End what was started beside."""
        self._asker.close()
        self._pulse.close()
