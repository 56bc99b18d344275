"""The pages of rules over HTTP: the list, and one for each rule.

Every page has a twin in JSON: the same address with ``.json``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from tocsin.rules.rule import Rule
from tocsin.server.pages.answers import twin
from tocsin.server.pages.rule_views import changes_text, list_text, rule_text
from tocsin.server.pages.shell import READS, Shell
from tocsin.server.pulse import Pulse
from tocsin.server.refusal import RefusedError
from tocsin.server.routes import Way
from tocsin.server.rule_desk import RuleDesk
from tocsin.store.filter import Filter, Page
from tocsin.store.store import Store
from tocsin.web.alert_question import TO_DO
from tocsin.web.rule_history import as_json as change_json
from tocsin.web.rule_history import set_json
from tocsin.web.rule_list import RuleList, RulesAsked, as_json, rule_list
from tocsin.web.rule_live import MOST_RUNS, MOST_SETS, RuleLive, live_json, rule_bars
from tocsin.web.rule_page import RulePage, as_data, rule_page
from tocsin.web.shelf import Shelf

READING = "The rules are being read; ask again in a moment."


@dataclass(slots=True)
class RulePages:
    """Serves ``/rules`` and the pages below it."""

    shell: Shell
    store: Store
    desk: RuleDesk
    pulse: Pulse

    def ways(self) -> list[Way]:
        """The paths."""
        safe = self.shell.safe
        return [
            Way(READS, "/rules", safe(self.list), ""),
            Way(READS, "/rules.json", safe(self.list), ""),
            Way(READS, "/rules/changes", safe(self.changes), ""),
            Way(READS, "/rules/changes.json", safe(self.changes), ""),
            Way(READS, "/rules/{id:name}", safe(self.rule), ""),
        ]

    async def list(self, request: Request) -> Response:
        """``/rules`` and ``/rules.json``."""
        self.shell.check(request, "read")
        asked = RulesAsked.read(request.query_params.multi_items())
        found = await self.shell.work(lambda: self._listed(asked))
        if request.scope["path"].endswith(".json"):
            if found is None:
                raise RefusedError(503, "not_ready", self.desk.trouble or READING)
            return twin(as_json(found))
        return self.shell.page(request, lambda view: list_text(found, view, self.desk.trouble))

    async def changes(self, request: Request) -> Response:
        """``/rules/changes`` and ``/rules/changes.json``."""
        self.shell.check(request, "read")
        shelf = self.desk.ask()
        if shelf is None:
            raise RefusedError(503, "not_ready", self.desk.trouble or READING)
        if request.scope["path"].endswith(".json"):
            return twin({"sets": [set_json(one) for one in shelf.changes]})
        return self.shell.page(request, lambda view: changes_text(shelf, view))

    async def rule(self, request: Request) -> Response:
        """``/rules/{id}`` and ``/rules/{id}.json``."""
        self.shell.check(request, "read")
        shelf, rule = found_rule(self.desk, request)
        page, live = await self.shell.work(lambda: (rule_page(rule, shelf.library), self._of(rule)))
        if request.scope["path"].endswith(".json"):
            return twin(as_data(page) | _more(shelf, rule, live))
        told = await self.shell.work(lambda: self._told(page, live, shelf))
        return self.shell.page(request, told)

    def _listed(self, asked: RulesAsked) -> RuleList | None:
        shelf = self.desk.ask()
        return None if shelf is None else rule_list(shelf.rows, self.pulse.live(), asked)

    def _of(self, rule: Rule) -> RuleLive:
        """What the engine knows of a rule."""
        alerts, data, shelf = self.pulse.alerts(), self.pulse.data(), self.desk.shelf
        ready = None if data is None else data.ready.get(rule.id)
        seen = {} if data is None else {one.name: one for one in data.held.sets}
        tried = None if shelf is None else shelf.tried
        return RuleLive(
            None
            if alerts is None
            else rule_bars(rule.id, alerts.rules.get(rule.id, {}), alerts.today),
            self.store.count(Filter(rules=(rule.id,), statuses=TO_DO)),
            self.pulse.seconds().get(rule.id),
            tuple(self.store.runs(rule.id, most=MOST_RUNS)),
            self.pulse.stopped().get(rule.id),
            ready,
            tuple(seen[name] for name in (ready.sets if ready else ())[:MOST_SETS] if name in seen),
            None if tried is None else tried.get(rule.id, ()),
            () if shelf is None else shelf.indices.get(rule.id, ()),
        )

    def _told(self, page: RulePage, live: RuleLive, shelf: Shelf) -> Callable[..., str]:
        wanted = Filter(rules=(page.rule.id,))
        total = self.store.count(wanted)
        latest = self.store.find(wanted, page=Page(limit=1)) if total else []
        return lambda view: rule_text(page, live, shelf, view, total, latest)


def _more(shelf: Shelf, rule: Rule, live: RuleLive) -> dict[str, object]:
    """What a running engine adds, for programs."""
    changes = [change_json(change) for change in shelf.history.get(rule.id, ())]
    return {"changes": changes, "live": live_json(live)}


def found_rule(desk: RuleDesk, request: Request) -> tuple[Shelf, Rule]:
    """The rule that an address names, by its page or its id. Raises RefusedError."""
    shelf = desk.ask()
    if shelf is None:
        raise RefusedError(503, "not_ready", desk.trouble or READING)
    name = request.path_params["id"]
    if request.scope["path"].endswith(".json"):
        name = name.removesuffix(".json")
    rule = shelf.library.by_id.get(name) or shelf.by_page.get(name)
    if rule is None:
        raise RefusedError(404, "resource_not_found_exception", "There is no such rule.")
    return shelf, rule
