"""A client that keeps cookies, as browsers do."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import orjson
from serving import Answer, Client


class Seen:
    """An answer."""

    def __init__(self, answer: Answer) -> None:
        self.status_code = answer.status
        self.headers = {name.lower(): value for name, value in answer.headers.items()}
        self.content = answer.body

    @property
    def text(self) -> str:
        return self.content.decode()

    def json(self) -> Any:
        return orjson.loads(self.content)


class Tab:
    """Asks an application for pages, and sends forms."""

    def __init__(self, app: Any) -> None:
        self._client = Client(app)
        self.cookies: dict[str, str] = {}

    def get(self, url: str, headers: dict[str, str] | None = None, params: Any = None) -> Seen:
        return self._ask("GET", f"{url}?{urlencode(params)}" if params else url, b"", headers or {})

    def post(
        self,
        url: str,
        headers: dict[str, str] | None = None,
        data: Any = None,
        content: bytes = b"",
    ) -> Seen:
        kind = {} if data is None else {"content-type": "application/x-www-form-urlencoded"}
        body = content if data is None else urlencode(data, doseq=True).encode()
        return self._ask("POST", url, body, kind | (headers or {}))

    def _ask(self, method: str, url: str, body: bytes, headers: dict[str, str]) -> Seen:
        own = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        given = {"cookie": own} | headers if own else headers
        seen = Seen(self._client(method, url, body, given))
        if told := seen.headers.get("set-cookie"):
            name, _, value = told.partition(";")[0].partition("=")
            self.cookies[name] = value
        return seen
