"""The way in and out: the front door for browsers, log in, log out, the files beside the pages."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from tocsin.server import handshake
from tocsin.server.pages.answers import see_other, static
from tocsin.server.pages.shell import READS, Shell
from tocsin.server.pages.view import TABS, View
from tocsin.server.refusal import RefusedError
from tocsin.server.routes import Way
from tocsin.server.sessions import give, wants_html
from tocsin.web.environment import render


@dataclass(frozen=True, slots=True)
class Logins:
    """Serves ``/``, ``/login``, ``/logout`` and ``/static``."""

    shell: Shell

    def ways(self) -> list[Way]:
        """The paths."""
        safe = self.shell.safe
        return [
            Way(READS, "/", safe(self.front), ""),
            Way(READS, "/login", safe(self.login), ""),
            Way(("POST",), "/login", safe(self.log_in), ""),
            Way(("POST",), "/logout", safe(self.log_out), ""),
            Way(READS, "/static/{name:name}", safe(static), ""),
        ]

    async def front(self, request: Request) -> Response:
        """``/``: the queue for browsers, name and version for everybody else."""
        if not wants_html(request):
            return await handshake.root(request)
        return see_other("/alerts")

    async def login(self, request: Request) -> Response:
        """The form to log in with."""
        return self._login(request, local(request.query_params.get("next", "")), "")

    async def log_in(self, request: Request) -> Response:
        """Begin a session."""
        fields = dict(await self.shell.form(request))
        after = local(fields.get("next", ""))
        sessions = self.shell.sessions
        name, key = fields.get("name", "").strip(), fields.get("key", "").strip()
        wrong = "Name or password is wrong." if name else "This is no valid API key."
        try:
            if name:
                cookie = await sessions.log_in_as(request, name, fields.get("password", ""))
            else:
                cookie = await sessions.log_in(key)
        except RefusedError as error:
            return self._login(request, after, error.reason, error.status)
        if cookie is None and sessions.required:
            return self._login(request, after, wrong, 401)
        answer = see_other(after)
        if cookie is not None:
            give(answer, request, cookie)
        return answer

    async def log_out(self, request: Request) -> Response:
        """End a session."""
        await self.shell.form(request)
        self.shell.sessions.log_out(request)
        return see_other("/login" if self.shell.sessions.required else "/alerts")

    def _login(self, request: Request, after: str, message: str, status: int = 200) -> Response:
        def text(view: View) -> str:
            context = view.context | {"message": message}
            people = self.shell.sessions.people
            some = people is not None and people.some
            return render("alerts_login.html", next=after, some=some, **context)

        return self.shell.page(request, text, status)


def local(address: str) -> str:
    """A page of ours to go on with; the queue for anything else."""
    plain = address.isprintable() and "\\" not in address and len(address) < 4_000
    ours = any(address == tab or address.startswith((f"{tab}?", f"{tab}/")) for tab, _ in TABS)
    return quote(address, safe="/?=&%:;,+~@!$'()*") if plain and ours else "/alerts"
