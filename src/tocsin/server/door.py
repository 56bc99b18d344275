"""The door: who may come in, what is counted and said about each request, and how errors leave.

Without keys, only requests that name this very machine are let in: a page in a browser could
otherwise reach the server through a name that it made point here (DNS rebinding), or by sending
forms across sites. A link that is followed from elsewhere may only look.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tocsin.server import paths
from tocsin.server.answers import answer, refused
from tocsin.server.counters import Counters
from tocsin.server.keys import ANYBODY, Caller, Keys
from tocsin.server.limits import Limits
from tocsin.server.refusal import RefusedError, away
from tocsin.store.error import StoreAwayError

LOG = logging.getLogger("tocsin.server")

OPEN = frozenset({"/health", "/ready"})
"""Paths for which nobody needs a key."""

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Policy:
    """Who is let in: those with keys, or, if there are none, those who name one of the hosts.

    ``visitors``: who looks at pages, and may have logged in; None for what is no page.
    """

    keys: Keys | None = None
    hosts: frozenset[str] = LOOPBACK
    visitors: Callable[[Request], Awaitable[Caller | None]] | None = None

    def check_names(self, request: Request) -> None:
        """Raises RefusedError (403) for a request that a foreign page may have sent."""
        headers = request.headers
        host = _host(headers.get("host", ""))
        if self.keys is None and host not in self.hosts:
            raise RefusedError(
                403,
                "security_exception",
                f"the host [{host[:200]}] is not this server's: see --allow-host",
            )
        origin = headers.get("origin")
        if origin is not None and urlsplit_host(origin) != host:
            raise RefusedError(403, "security_exception", "requests across sites are not taken")
        if headers.get("sec-fetch-site") in {"cross-site", "same-site"} and not _link(request):
            raise RefusedError(403, "security_exception", "requests across sites are not taken")

    async def caller(self, request: Request) -> Caller:
        """Who asks. Raises RefusedError (401) for nobody who is known."""
        if self.visitors is not None and (
            self.keys is None or "authorization" not in request.headers
        ):
            visitor = await self.visitors(request)
            if visitor is not None:
                return visitor
        if self.keys is None:
            return ANYBODY
        caller = await self.keys.caller(request.headers.get("authorization", ""))
        if caller is None:
            raise RefusedError(
                401,
                "security_exception",
                "missing or unknown API key (tocsin keys create)",
                WWW_Authenticate='ApiKey, Basic realm="tocsin", charset="UTF-8"',
            )
        return caller


@dataclass(slots=True)
class Door:
    """Stands before the application."""

    app: ASGIApp
    policy: Policy
    counters: Counters = field(default_factory=Counters)
    body_seconds: float = Limits().body_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope = paths.read(scope)
        receive = _InTime(receive, self.body_seconds)
        request = Request(scope, receive)
        began = time.perf_counter()
        seen = _Seen(send)
        try:
            await self._enter(request, receive, seen)
        except RefusedError as error:
            if seen.status == 0:
                await refused(request, error)(scope, receive, seen)
        except HTTPException as error:
            await _no_such_method(request, error)(scope, receive, seen)
        except StoreAwayError as error:
            LOG.warning("the store cannot be asked: %s", error)
            if seen.status == 0:
                await refused(request, away(error))(scope, receive, seen)
        except Exception:
            LOG.exception("a request failed", extra={"path": paths.shown(request.scope)})
            if seen.status == 0:
                await _failed(request)(scope, receive, seen)
        finally:
            self._tell(request, seen.status, time.perf_counter() - began)

    async def _enter(self, request: Request, receive: Receive, send: Send) -> None:
        if request.scope["path"] not in OPEN:
            self.policy.check_names(request)
            request.scope["caller"] = await self.policy.caller(request)
        else:
            request.scope["caller"] = Caller("anybody", frozenset())
        request.scope["app"] = self  # so that a wrong method is raised, not answered
        await self.app(request.scope, receive, send)

    def _tell(self, request: Request, status: int, seconds: float) -> None:
        self.counters.add("requests", status=str(status), method=_method(request.method))
        self.counters.add("request_seconds", seconds)
        if status >= 500 or status in {401, 403, 429}:
            LOG.warning(
                "request not served",
                extra={
                    "status": status,
                    "method": _method(request.method),
                    "path": paths.shown(request.scope),
                    "client": (request.client or ("", 0))[0],
                },
            )


class _InTime:
    """Gives a request's messages, as long as all of its body is there in time.

    Raises RefusedError (408) once it is not: whoever sends slowly keeps a connection from others.
    """

    def __init__(self, receive: Receive, seconds: float) -> None:
        self._receive = receive
        self._until = asyncio.get_running_loop().time() + seconds
        self._whole = False

    async def __call__(self) -> Message:
        if self._whole:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._until):
                message = await self._receive()
        except TimeoutError:
            raise RefusedError(
                408, "timeout_exception", "the body did not come in time", Connection="close"
            ) from None
        self._whole = not message.get("more_body", False)
        return message


class _Seen:
    """Passes messages on and notes the status of the answer."""

    def __init__(self, send: Send) -> None:
        self.status = 0
        self._send = send

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        await self._send(message)


def _link(request: Request) -> bool:
    """Whether somebody followed a link from another site, which changes nothing."""
    told = (request.headers.get("sec-fetch-mode"), request.headers.get("sec-fetch-dest"))
    return request.method in {"GET", "HEAD"} and told == ("navigate", "document")


def _method(method: str) -> str:
    """Methods become labels, so there are only a few."""
    return method if method in {"GET", "HEAD", "POST", "PUT", "DELETE"} else "other"


def _no_such_method(request: Request, error: HTTPException) -> Response:
    path, allowed = paths.shown(request.scope), (error.headers or {}).get("Allow", "")
    reason = f"Incorrect HTTP method for uri [{path}] and method [{request.method}], allowed: "
    document = {"error": f"{reason}[{allowed}]", "status": error.status_code}
    return answer(request, document, error.status_code, Allow=allowed)


def _failed(request: Request) -> Response:
    return refused(request, RefusedError(500, "exception", "the server failed; its log says how"))


def _host(header: str) -> str:
    """The host of a Host header, without its port."""
    return urlsplit_host(f"//{header}")


def urlsplit_host(url: str) -> str:
    """The host in a URL, empty if there is none."""
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""
