"""What all pages share: who may see them, forms that are ours, errors told on a page.

An area of the site is a class that holds the `Shell` and gives its paths by ``ways()``: each
handler wrapped in `Shell.safe`, scope ``""``, since the page looks itself who may see it, so as to
answer with a page. Its address stands in `view.TABS` and in `tocsin.server.sessions`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import Response

from tocsin.server import paths
from tocsin.server.keys import Caller
from tocsin.server.pages.alert_deeds import Done
from tocsin.server.pages.answers import form, page, see_other
from tocsin.server.pages.view import View
from tocsin.server.refusal import RefusedError
from tocsin.server.routes import Handler
from tocsin.server.sessions import LOCAL, Sessions, give
from tocsin.store.error import StoreAwayError, StoreError
from tocsin.store.triage import TriageError
from tocsin.web.address import QuestionError, query_string
from tocsin.web.environment import render

READS = ("GET", "HEAD")
_DATA = (".json", ".ndjson", ".csv", ".new")
_TITLES = {
    400: "This cannot be asked",
    403: "Not allowed",
    404: "Not found",
    503: "The store cannot be asked",
}
_Found = TypeVar("_Found")


class _Name(Convertor[str]):
    """A name in a page's address: anything but what Elasticsearch would mean by it."""

    regex = "[^_/][^/]*"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("name", _Name())


@dataclass(slots=True)
class Shell:
    """Around every page.

    ``workers`` ask the store; ``clock``: ms since 1970.
    """

    workers: Executor
    clock: Callable[[], int]
    sessions: Sessions

    def check(self, request: Request, scope: str) -> None:
        """Raises RefusedError unless the caller has a scope."""
        caller: Caller = request.scope["caller"]
        if caller.may(scope):
            return
        if not caller.scopes:
            raise RefusedError(401, "security_exception", "log in first")
        reason = f"{caller.name} may not do this: it needs the scope {scope}."
        raise RefusedError(403, "security_exception", reason)

    def actor(self, request: Request) -> str:
        """Whose name the history gets."""
        caller: Caller = request.scope["caller"]
        return caller.name if self.sessions.required else LOCAL

    async def form(self, request: Request) -> list[tuple[str, str]]:
        """A form that one of our pages sent from this browser; else raises RefusedError."""
        fields = await form(request)
        if not self.sessions.fits(request, dict(fields).get("csrf", "")):
            reason = "The form is too old, or comes from elsewhere. Load the page again."
            raise RefusedError(403, "security_exception", reason)
        return fields

    async def work(self, work: Callable[[], _Found]) -> _Found:
        """Do what takes a while, or waits for the store."""
        return await asyncio.get_running_loop().run_in_executor(self.workers, work)

    def safe(self, handler: Handler) -> Handler:
        """The handler, with what goes wrong told on a page, or as JSON where JSON is asked for."""

        async def served(request: Request) -> Response:
            try:
                return await handler(request)
            except (QuestionError, TriageError, StoreError) as error:
                status = 503 if isinstance(error, StoreAwayError) else 400
                return self._error(request, status, str(error))
            except RefusedError as error:
                if request.scope["path"].endswith(_DATA):
                    raise
                if error.status == 401 and request.method in READS:
                    query = request.url.query
                    after = f"{paths.linked(request.scope)}{f'?{query}' if query else ''}"
                    return see_other(f"/login{query_string([('next', after)])}")
                return self._error(request, error.status, error.reason)

        return served

    def page(self, request: Request, text: Callable[[View], str], status: int = 200) -> Response:
        """A page for whoever looks."""
        caller: Caller = request.scope["caller"]
        cookie = self.sessions.cookie(request)
        last = _last(request)
        view = View(
            self.sessions.token(cookie),
            caller.name if self.sessions.required and caller.scopes else "",
            caller.may("triage"),
            request.scope["path"],
            f"{request.url.scheme}://{request.headers.get('host', '')}",
            "" if last is None else last.text,
            last is not None and last.closed,
            may_all=caller.may("admin"),
            people=self._names(caller),
        )
        answer = page(text(view), status)
        give(answer, request, cookie)
        return answer

    def _names(self, caller: Caller) -> tuple[str, ...]:
        """Who may be given alerts, for those who may give them."""
        people = self.sessions.people
        if people is None or not caller.may("triage"):
            return ()
        with suppress(StoreAwayError):  # the page says so
            return tuple(people.names)
        return ()

    def _error(self, request: Request, status: int, reason: str) -> Response:
        title = _TITLES.get(status, "It did not work")

        def text(view: View) -> str:
            return render("alerts_error.html", title=title, **view.context | {"message": reason})

        return self.page(request, text, status)


def _last(request: Request) -> Done | None:
    """What the last form did."""
    given = request.query_params
    return Done.read(given) if any(name in given for name in Done._fields) else None
