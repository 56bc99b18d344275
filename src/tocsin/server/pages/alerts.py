"""The pages of alerts over HTTP: what is shown, what forms do, what is exported.

Every page has a twin in JSON: the same address with ``.json``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from tocsin.alerts.csv_line import csv_head, csv_line
from tocsin.corpus.questions import Questions
from tocsin.rules.rule import Rule
from tocsin.server.pages import alert_deeds
from tocsin.server.pages.alert_choice import chosen, question
from tocsin.server.pages.alert_deeds import Done
from tocsin.server.pages.alert_views import alert_text, queue_text
from tocsin.server.pages.answers import SAFE, scripted, see_other, twin
from tocsin.server.pages.shell import READS, Shell
from tocsin.server.pages.view import View
from tocsin.server.refusal import RefusedError, bad_request
from tocsin.server.routes import Way
from tocsin.store.error import StoreError
from tocsin.store.export import document_of, line_of
from tocsin.store.kept import Kept
from tocsin.store.store import Store
from tocsin.store.triage import Act
from tocsin.web.address import query_string
from tocsin.web.alert_around import Around, Wish, around, around_json
from tocsin.web.alert_help import Help, help_json, helped
from tocsin.web.alert_page import Shown, shown, shown_json
from tocsin.web.alert_question import Asked
from tocsin.web.alert_queue import news, queue, queue_json, summary
from tocsin.web.visible import shortened

_DIGITS = 18
_CELL = 32_000  # characters; spreadsheets take 32,767
_CELLS = (
    *("@timestamp", "status", "reason", "severity", "risk_score", "rule_id", "rule_name"),
    *("id", "host", "user", "tactics", "techniques", "tags", "assignees", "message"),
)


@dataclass(slots=True)
class AlertPages:
    """Serves the queue of alerts, single ones, and their export.

    ``rule``: that of an id, if it is known; ``questions`` ask the stored events.
    """

    shell: Shell
    store: Store
    rule: Callable[[str], Rule | None] = lambda _: None
    questions: Questions | None = None

    def ways(self) -> list[Way]:
        """The paths."""
        safe = self.shell.safe
        return [
            Way(READS, "/alerts", safe(self.queue), ""),
            Way(("POST",), "/alerts", safe(self.act), ""),
            Way(READS, "/alerts.json", safe(self.queue), ""),
            Way(READS, "/alerts.new", safe(self.news), ""),
            Way(READS, "/alerts.ndjson", safe(self.export), ""),
            Way(READS, "/alerts.csv", safe(self.export), ""),
            Way(READS, "/alerts/{id:name}", safe(self.alert), ""),
            Way(("POST",), "/alerts/{id:name}", safe(self.act), ""),
        ]

    def warm(self) -> None:
        """Make the pages of the queue and of its newest alert once, before somebody waits for them.

        What they need is loaded then: programs, the compiled questions to the store, and files.
        """
        view = View("", "", may_act=True, path="/alerts", address="")
        with suppress(StoreError):  # who asks next is told
            found = queue(self.store, Asked.read([]))
            queue_text(found, view, self.shell.clock())
            for newest in found.rows[:1]:
                # its rule is left out: to load all rules is another process's work
                known = self._shown(newest.kept.id, Wish(), lambda _: None)
                if known is not None:
                    page, help_, near, rule = known
                    alert_text(page, help_, near, view, rule)

    async def queue(self, request: Request) -> Response:
        """``/alerts`` and ``/alerts.json``."""
        self.shell.check(request, "read")
        asked = Asked.read(request.query_params.multi_items())
        found = await self.shell.work(lambda: queue(self.store, asked))
        if request.scope["path"].endswith(".json"):
            return twin(queue_json(found))
        now = self.shell.clock()
        return scripted(self.shell.page(request, lambda view: queue_text(found, view, now)))

    async def news(self, request: Request) -> Response:
        """``/alerts.new``: the alerts of a question behind the outbox number ``after``."""
        self.shell.check(request, "read")
        after = request.query_params.get("after", "")
        if not after.isascii() or not after.isdecimal() or len(after) > _DIGITS:
            raise bad_request("after is a number, such as the `number` of /alerts.json")
        asked = Asked.read(request.query_params.multi_items())
        return twin(await self.shell.work(lambda: news(self.store, asked, int(after))))

    async def alert(self, request: Request) -> Response:
        """``/alerts/{id}`` and ``/alerts/{id}.json``."""
        self.shell.check(request, "read")
        name = request.path_params["id"]
        wish = Wish.read(request.query_params)
        known = name.removesuffix(".json")
        found = await self.shell.work(lambda: self._shown(known, wish, self.rule))
        if found is None:
            raise RefusedError(404, "resource_not_found_exception", "There is no such alert.")
        page, help_, near, rule = found
        if name.endswith(".json"):
            return twin(shown_json(page) | help_json(help_) | around_json(near))
        return scripted(
            self.shell.page(request, lambda view: alert_text(page, help_, near, view, rule))
        )

    async def act(self, request: Request) -> Response:
        """A form: something is done with the chosen alerts, or with the one of the page."""
        fields = await self.shell.form(request)
        self.shell.check(request, "triage")
        alone = request.path_params.get("id")
        act = Act(self.shell.actor(request), self.shell.clock())

        def work() -> Done:
            ids = chosen(self.store, fields) if alone is None else [alone]
            return alert_deeds.done(self.store, ids, fields, act)

        told = (await self.shell.work(work)).parameters
        if alone is not None:
            return see_other(f"/alerts/{quote(alone, safe='')}{query_string(told)}")
        back = question(dict(fields))
        return see_other(f"/alerts{query_string([*back.given, *told])}")

    async def export(self, request: Request) -> Response:
        """``/alerts.ndjson`` and ``/alerts.csv``: all alerts of a question."""
        self.shell.check(request, "read")
        asked = Asked.read(request.query_params.multi_items())
        # what is wrong is said at once
        await self.shell.work(lambda: self.store.count(asked.filter))
        kind = request.scope["path"].rpartition(".")[2]
        found = self.store.each(asked.filter, asked.sort, whole=True)
        lines = _csv(found) if kind == "csv" else (line_of(kept) + b"\n" for kept in found)
        named = {"Content-Disposition": f'attachment; filename="alerts.{kind}"'}
        media = "text/csv; charset=utf-8" if kind == "csv" else "application/x-ndjson"
        return StreamingResponse(lines, 200, {**SAFE, **named}, media)

    def _shown(
        self, name: str, wish: Wish, rule_of: Callable[[str], Rule | None]
    ) -> tuple[Shown, Help, Around, Rule | None] | None:
        """What is known of an alert, its guide finds and is around; its rule if that is known."""
        begun = monotonic()
        kept = self.store.one(name)
        if kept is None:
            return None
        rule = rule_of(kept.rule_id)
        help_ = helped(kept, rule, self.questions, patient=wish.patient)
        found = shown(self.store, name, rule, help_.extra)
        if found is None:
            return None
        near = around(self.store, kept, self.questions, wish, spent=monotonic() - begun)
        return found, help_, near, rule


def _csv(found: Iterator[Kept]) -> Iterator[bytes]:
    """Alerts as CSV."""
    yield csv_head(_CELLS)
    for kept in found:
        told: dict[str, Any] = summary(kept)
        told["message"] = shortened(str(document_of(kept).get("kibana.alert.reason", "")), _CELL)
        yield csv_line(_cell(told[name]) for name in _CELLS)


def _cell(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value or "")
