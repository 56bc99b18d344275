"""A browser before the pages of questions; they are answered in this process."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from browsing import Seen, Tab
from serving import Kept

from asked_store import NOON, readable
from tocsin.journal.sealed.archive import Shelf
from tocsin.rules.rule import Rule
from tocsin.server.assemble import Parts, assembled
from tocsin.server.door import Policy
from tocsin.server.keys import Keys
from tocsin.server.own_rules import OwnRules
from tocsin.server.pages.ask import AskPages
from tocsin.server.pages.ask_rules import AskRulePages
from tocsin.server.pages.logins import Logins
from tocsin.server.pages.shell import Shell
from tocsin.server.sessions import Sessions

HTML = {"accept": "text/html"}


class Here:
    """Answers in this process."""

    def __init__(self, store: Any) -> None:
        self._store = store

    async def ask(self, task: Any, seconds: float, gone: Any = None, heard: Any = None) -> Any:
        return task(self._store)

    def warm(self) -> None:
        """Nothing is to be started."""


class AskBrowser:
    """Asks for pages as a browser does."""

    def __init__(self, app: Any) -> None:
        self.tab = Tab(app)

    def get(self, path: str, **params: str) -> Seen:
        return self.tab.get(path, headers=HTML, params=params)

    def token(self, path: str, **params: str) -> str:
        found = re.search(r'name="csrf" value="([0-9a-f]{64})"', self.get(path, **params).text)
        assert found is not None, path
        return found[1]

    def post(self, path: str, fields: dict[str, Any], token: str) -> Seen:
        return self.tab.post(path, headers=HTML, data={"csrf": token} | fields)


@contextmanager
def asking_browser(
    folder: Path,
    keys: Keys | None = None,
    rules: Path | None = None,
    loaded: Callable[[str], Rule | None] = lambda _: None,
    *,
    makes_rules: bool = True,
    answers: Callable[[Any], Any] = Here,
) -> Iterator[AskBrowser]:
    """A browser before what is stored in a folder; ``rules``: where the server's own ones are.

    ``answers``: makes who answers of what is stored.
    """
    with readable(folder) as store, ThreadPoolExecutor(1) as workers:
        sessions = Sessions(keys, lambda: NOON)
        shell = Shell(workers, lambda: NOON, sessions)
        here, own = answers(store), OwnRules(rules or folder / "rules")
        ways = [
            *Logins(shell).ways(),
            *AskPages(shell, here, Shelf(folder / "events"), lambda: NOON, makes_rules).ways(),
            *(AskRulePages(shell, here, own, loaded, lambda: NOON).ways() if makes_rules else ()),
        ]
        policy = Policy(keys, visitors=sessions.caller)
        yield AskBrowser(assembled(Parts(Kept(), lambda: NOON, policy=policy, more=ways)))
