"""Who looks at pages: a cookie for each browser, and behind some who logged in with it.

A cookie is a random name. Forms carry a token that only this process can make of it, so a page of
another site cannot make one, whatever it knows. Sessions live here and nowhere else: they end with
the process, after hours, after a while of doing nothing, when their key is revoked, when their
user is removed or has another password. A login makes a new cookie.
"""

from __future__ import annotations

import asyncio
import hmac
import re
import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from starlette.requests import Request
from starlette.responses import Response

from tocsin.server.keys import ANYBODY, Caller, Keys
from tocsin.server.people import SCOPES, People

COOKIE = "tocsin"
MOST = 1_000
"""Sessions at a time; beyond that the one that was not used for longest ends."""

LONGEST, IDLE = 12 * 3_600_000, 3_600_000
"""Milliseconds that a session lasts, and that it may do nothing."""

ALONE = "/alerts.new"
"""What pages ask by themselves, again and again: it does not count as doing something."""

LOCAL = "local"
"""Who acts where no keys are required."""

NOBODY = Caller("nobody", frozenset())
_NAME = re.compile(r"[A-Za-z0-9_-]{43}")
_AREAS = "alerts|ask|data|engine|events|login|logout|matrix|rules|static"
_PAGE = re.compile(rf"/(?:{_AREAS})(?:\.[a-z]+)?(?:/[^_/][^/]*)*")


@dataclass(slots=True)
class _Session:
    """``key``: the API key's id, if it began with one; ``changed``: else, as of the user."""

    key: str
    name: str
    changed: int
    begun: int
    used: int


class Sessions:
    """The browsers that are known. Any thread may ask.

    ``keys``: recognises API keys; None where none are required. ``clock``: ms since 1970.
    ``people``: knows users; where there are any, pages are for them alone, and for keys that
    ``spare`` knows if none are required.
    """

    def __init__(
        self,
        keys: Keys | None,
        clock: Callable[[], int],
        people: People | None = None,
        spare: Keys | None = None,
    ) -> None:
        self._keyed = keys is not None
        self._keys = keys or spare
        self._clock = clock
        self.people = people
        self._secret = secrets.token_bytes(32)
        self._known: OrderedDict[str, _Session] = OrderedDict()
        self._lock = Lock()

    @property
    def required(self) -> bool:
        """Whether somebody must log in to see anything."""
        return self._keyed or (self.people is not None and self.people.some)

    async def caller(self, request: Request) -> Caller | None:
        """Who asks for a page; NOBODY before a login. None for what is no page."""
        if not is_page(request):
            return None
        if self.people is not None:
            await asyncio.to_thread(self.people.refresh)
        if not self.required:
            return ANYBODY
        given = request.headers.get("authorization", "")
        if given and self._keys is not None:
            return await self._keys.caller(given) or NOBODY
        session = self._session(request)
        if session is None:
            return NOBODY
        scopes = await asyncio.to_thread(self._scopes, session)
        return NOBODY if scopes is None else Caller(session.name, scopes)

    def _scopes(self, session: _Session) -> frozenset[str] | None:
        """What a session is good for now; None if it is over."""
        if session.key:
            return None if self._keys is None else self._keys.scopes(session.key)
        one = None if self.people is None else self.people.one(session.name)
        if one is None or one.changed != session.changed:
            return None
        return SCOPES.get(one.role)

    def cookie(self, request: Request) -> str:
        """The browser's name; a new one if it has none."""
        given = request.cookies.get(COOKIE, "")
        return given if _NAME.fullmatch(given) else secrets.token_urlsafe(32)

    def token(self, cookie: str) -> str:
        """What forms of this browser carry."""
        return hmac.digest(self._secret, cookie.encode(), "sha256").hex()

    def fits(self, request: Request, token: str) -> bool:
        """Whether a form was made for the browser that sends it."""
        given = request.cookies.get(COOKIE, "")
        if not _NAME.fullmatch(given):
            return False
        return hmac.compare_digest(self.token(given).encode(), token.encode(errors="replace"))

    async def log_in_as(self, request: Request, name: str, password: str) -> str | None:
        """Begin a user's session; its cookie, None: nobody has this name and password.

        Raises RefusedError (429) after too many wrong ones.
        """
        if self.people is None or not name:
            return None
        address = request.client.host if request.client else ""
        one = await self.people.log_in(name, password, address)
        if one is None:
            return None
        self.log_out(request)
        return self._begin(_Session("", one.name, one.changed, self._clock(), self._clock()))

    async def log_in(self, key: str) -> str | None:
        """Begin a session with a key as it stands behind ``ApiKey``; its cookie, None: no key.

        Raises RefusedError (429) if too many keys wait to be looked at.
        """
        if self._keys is None or not key:
            return None
        caller = await self._keys.caller(f"ApiKey {key}")
        if caller is None:
            return None
        name = await asyncio.to_thread(self._keys.name, caller.name)
        return self._begin(_Session(caller.name, name, 0, self._clock(), self._clock()))

    def _begin(self, session: _Session) -> str:
        cookie = secrets.token_urlsafe(32)
        with self._lock:
            self._known[cookie] = session
            while len(self._known) > MOST:
                self._known.popitem(last=False)
        return cookie

    def log_out(self, request: Request) -> None:
        """End the session of a request."""
        with self._lock:
            self._known.pop(request.cookies.get(COOKIE, ""), None)

    def _session(self, request: Request) -> _Session | None:
        cookie, now = request.cookies.get(COOKIE, ""), self._clock()
        with self._lock:
            found = self._known.get(cookie)
            if found is None:
                return None
            if now - found.begun > LONGEST or now - found.used > IDLE:
                del self._known[cookie]
                return None
            if request.scope["path"] != ALONE:
                found.used = now
            self._known.move_to_end(cookie)
            return found


def is_page(request: Request) -> bool:
    """Whether a request asks for a page and not for what Elasticsearch has."""
    if request.scope["path"] == "/":
        return wants_html(request)
    return _PAGE.fullmatch(request.scope["path"]) is not None


def wants_html(request: Request) -> bool:
    """Whether a browser asks; programs do not name HTML."""
    return "text/html" in request.headers.get("accept", "")


def give(response: Response, request: Request, cookie: str) -> None:
    """Let an answer set the cookie, unless the browser has it."""
    if request.cookies.get(COOKIE) == cookie:
        return
    response.set_cookie(
        COOKIE,
        cookie,
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        # not "strict": who follows a link from a chat would have to log in once more
        samesite="lax",
    )
