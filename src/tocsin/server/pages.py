"""The pages of alerts over HTTP: who may see them, what forms do, what is exported.

Every page has a twin in JSON: the same address with ``.json``.
"""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import parse_qsl, quote

from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from tocsin.rules.rule import Rule
from tocsin.server import alert_deeds, handshake
from tocsin.server.keys import Caller
from tocsin.server.page_answers import SAFE, form, page, see_other, static, twin
from tocsin.server.page_views import View, alert_text, queue_text
from tocsin.server.refusal import RefusedError
from tocsin.server.routes import Handler, Way
from tocsin.server.sessions import LOCAL, Sessions, give, wants_html
from tocsin.store.error import StoreError
from tocsin.store.export import document_of, line_of
from tocsin.store.kept import Kept
from tocsin.store.store import Store
from tocsin.store.triage import Act, TriageError
from tocsin.web.alert_page import Shown, shown, shown_json
from tocsin.web.alert_question import Asked, QuestionError, query_string
from tocsin.web.alert_queue import queue, queue_json, summary
from tocsin.web.environment import render

READS = ("GET", "HEAD")
_Found = TypeVar("_Found")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_CELLS = (
    *("@timestamp", "status", "reason", "severity", "risk_score", "rule_id", "rule_name"),
    *("id", "host", "user", "tactics", "techniques", "tags", "assignees", "message"),
)


class _AlertName(Convertor[str]):
    """What stands behind ``/alerts/``, but for what Elasticsearch would mean by it."""

    regex = "[^_/][^/]*"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("alert", _AlertName())


@dataclass(slots=True)
class Pages:
    """Serves the pages.

    ``workers`` ask the store; ``clock``: ms since 1970; ``rule``: that of an id, if it is known.
    """

    store: Store
    workers: Executor
    clock: Callable[[], int]
    sessions: Sessions
    rule: Callable[[str], Rule | None] = lambda _: None

    def ways(self) -> list[Way]:
        """The paths. Each page looks itself who may see it, so as to answer with a page."""
        return [
            Way(READS, "/", self._safe(self.front), ""),
            Way(READS, "/alerts", self._safe(self.queue), ""),
            Way(("POST",), "/alerts", self._safe(self.act), ""),
            Way(READS, "/alerts.json", self._safe(self.queue), ""),
            Way(READS, "/alerts.ndjson", self._safe(self.export), ""),
            Way(READS, "/alerts.csv", self._safe(self.export), ""),
            Way(READS, "/alerts/{id:alert}", self._safe(self.alert), ""),
            Way(("POST",), "/alerts/{id:alert}", self._safe(self.act), ""),
            Way(READS, "/login", self._safe(self.login), ""),
            Way(("POST",), "/login", self._safe(self.log_in), ""),
            Way(("POST",), "/logout", self._safe(self.log_out), ""),
            Way(READS, "/static/{name:alert}", self._safe(static), ""),
        ]

    async def front(self, request: Request) -> Response:
        """``/``: the queue for browsers, name and version for everybody else."""
        if not wants_html(request):
            return await handshake.root(request)
        return see_other("/alerts")

    async def queue(self, request: Request) -> Response:
        """``/alerts`` and ``/alerts.json``."""
        self._check(request, "read")
        asked = Asked.read(request.query_params.multi_items())
        found = await self._work(lambda: queue(self.store, asked))
        if request.url.path.endswith(".json"):
            return twin(queue_json(found))
        return self._page(request, lambda view: queue_text(found, view, self.clock()))

    async def alert(self, request: Request) -> Response:
        """``/alerts/{id}`` and ``/alerts/{id}.json``."""
        self._check(request, "read")
        name = request.path_params["id"]
        found, known = await self._work(lambda: self._shown(name.removesuffix(".json")))
        if found is None:
            raise RefusedError(404, "resource_not_found_exception", "There is no such alert.")
        if name.endswith(".json"):
            return twin(shown_json(found))
        return self._page(request, lambda view: alert_text(found, view, known=known))

    async def act(self, request: Request) -> Response:
        """A form: something is done with the chosen alerts, or with the one of the page."""
        fields = await self._form(request)
        self._check(request, "admin")
        alone = request.path_params.get("id")
        chosen = "shown" if ("all", "1") in fields else "id"
        ids = [value for name, value in fields if name == chosen] if alone is None else [alone]
        caller: Caller = request.scope["caller"]
        act = Act(caller.name if self.sessions.required else LOCAL, self.clock())
        done = await self._work(lambda: alert_deeds.done(self.store, ids, fields, act))
        told = [("changed", str(done.changed)), ("same", str(done.same))]
        if alone is not None:
            return see_other(f"/alerts/{quote(alone, safe='')}{query_string(told)}")
        back = Asked.read(parse_qsl(dict(fields).get("back", "").removeprefix("?")))
        return see_other(f"/alerts{query_string([*back.given, *told])}")

    async def export(self, request: Request) -> Response:
        """``/alerts.ndjson`` and ``/alerts.csv``: all alerts of a question."""
        self._check(request, "read")
        asked = Asked.read(request.query_params.multi_items())
        await self._work(lambda: self.store.count(asked.filter))  # what is wrong is said at once
        kind = request.url.path.rpartition(".")[2]
        found = self.store.each(asked.filter, asked.sort, whole=True)
        lines = _csv(found) if kind == "csv" else (line_of(kept) + b"\n" for kept in found)
        named = {"Content-Disposition": f'attachment; filename="alerts.{kind}"'}
        media = "text/csv; charset=utf-8" if kind == "csv" else "application/x-ndjson"
        return StreamingResponse(lines, 200, {**SAFE, **named}, media)

    async def login(self, request: Request) -> Response:
        """The form to log in with."""
        return self._login(request, _local(request.query_params.get("next", "")), "")

    async def log_in(self, request: Request) -> Response:
        """Begin a session."""
        fields = dict(await self._form(request))
        after = _local(fields.get("next", ""))
        cookie = await self.sessions.log_in(fields.get("key", "").strip())
        if cookie is None and self.sessions.required:
            return self._login(request, after, "This is no valid API key.", 401)
        answer = see_other(after)
        if cookie is not None:
            give(answer, request, cookie)
        return answer

    async def log_out(self, request: Request) -> Response:
        """End a session."""
        await self._form(request)
        self.sessions.log_out(request)
        return see_other("/login" if self.sessions.required else "/alerts")

    def _shown(self, name: str) -> tuple[Shown | None, bool]:
        """What is known of an alert, and whether its rule is known."""
        found = self.store.one(name)
        if found is None:
            return None, False
        rule = self.rule(found.rule_id)
        return shown(self.store, name, rule), rule is not None

    def _check(self, request: Request, scope: str) -> None:
        """Raises RefusedError unless the caller has a scope."""
        caller: Caller = request.scope["caller"]
        if caller.may(scope):
            return
        if not caller.scopes:
            raise RefusedError(401, "security_exception", "log in first")
        raise RefusedError(403, "security_exception", f"This key does not have the scope {scope}.")

    async def _form(self, request: Request) -> list[tuple[str, str]]:
        """A form that one of our pages sent from this browser; else raises RefusedError."""
        fields = await form(request)
        if not self.sessions.fits(request, dict(fields).get("csrf", "")):
            reason = "The form is too old, or comes from elsewhere. Load the page again."
            raise RefusedError(403, "security_exception", reason)
        return fields

    async def _work(self, work: Callable[[], _Found]) -> _Found:
        return await asyncio.get_running_loop().run_in_executor(self.workers, work)

    def _safe(self, handler: Handler) -> Handler:
        """The handler, with what goes wrong told on a page, or as JSON where JSON is asked for."""

        async def served(request: Request) -> Response:
            try:
                return await handler(request)
            except (QuestionError, TriageError, StoreError) as error:
                return self._error(request, 400, str(error))
            except RefusedError as error:
                if request.url.path.endswith((".json", ".ndjson", ".csv")):
                    raise
                if error.status == 401 and request.method in READS:
                    after = (
                        f"{request.url.path}{f'?{query}' if (query := request.url.query) else ''}"
                    )
                    return see_other(f"/login{query_string([('next', after)])}")
                return self._error(request, error.status, error.reason)

        return served

    def _error(self, request: Request, status: int, reason: str) -> Response:
        title = {400: "This cannot be asked", 403: "Not allowed", 404: "Not found"}
        return self._page(
            request,
            lambda view: render(
                "alerts_error.html",
                title=title.get(status, "It did not work"),
                message=reason,
                **view.context,
            ),
            status,
        )

    def _login(self, request: Request, after: str, message: str, status: int = 200) -> Response:
        def text(view: View) -> str:
            return render("alerts_login.html", next=after, message=message, **view.context)

        return self._page(request, text, status)

    def _page(self, request: Request, text: Callable[[View], str], status: int = 200) -> Response:
        caller: Caller = request.scope["caller"]
        cookie = self.sessions.cookie(request)
        view = View(
            self.sessions.token(cookie),
            caller.name if self.sessions.required and caller.scopes else "",
            caller.may("admin"),
            f"{request.url.scheme}://{request.headers.get('host', '')}",
            _message(request),
        )
        answer = page(text(view), status)
        give(answer, request, cookie)
        return answer


def _message(request: Request) -> str:
    """What the last form did."""
    changed, same = (request.query_params.get(name, "") for name in ("changed", "same"))
    if not all(text.isascii() and text.isdecimal() and len(text) < 7 for text in (changed, same)):
        return ""
    return alert_deeds.told(int(changed), int(same))


def _local(address: str) -> str:
    """A page of ours to go on with; the queue for anything else."""
    plain = address.isprintable() and "\\" not in address and len(address) < 4_000
    ours = address == "/alerts" or address.startswith(("/alerts?", "/alerts/"))
    return quote(address, safe="/?=&%:;,+~@!$'()*") if plain and ours else "/alerts"


def _csv(found: Iterator[Kept]) -> Iterator[bytes]:
    """Alerts as CSV; what a spreadsheet would take for a formula gets a ``'`` before it."""
    yield _line(_CELLS)
    for kept in found:
        told: dict[str, Any] = summary(kept)
        told["message"] = document_of(kept).get("kibana.alert.reason", "")
        yield _line([_cell(told[name]) for name in _CELLS])


def _cell(value: object) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value or "")
    return f"'{text}" if text.startswith(_FORMULA) else text


def _line(cells: Sequence[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue().encode(errors="backslashreplace")
