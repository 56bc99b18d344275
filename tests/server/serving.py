"""The application in memory, and a client that speaks ASGI to it."""

from __future__ import annotations

import asyncio
import gzip
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

import orjson

from tocsin.journal.errors import JournalError
from tocsin.journal.frame import Frame
from tocsin.server.assemble import Parts, assembled

NOW = 1_785_585_600_000
EVENT = {"@timestamp": "2026-08-01T12:00:00.000Z", "message": "x"}


@dataclass
class Kept:
    """A journal in memory; ``fails``: what it raises instead."""

    frames: list[Frame] = field(default_factory=list)
    fails: JournalError | None = None

    def append(self, frame: Frame) -> int:
        if self.fails:
            raise self.fails
        self.frames.append(frame)
        return 100 * len(self.frames)

    @property
    def lines(self) -> list[bytes]:
        return [bytes(line) for frame in self.frames for line in frame.lines]

    @property
    def names(self) -> list[tuple[str, str]]:
        return [tuple(name) for frame in self.frames for name in frame.names or ()]


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)


class Client:
    """Calls an application as a server would."""

    def __init__(self, app: Any = None, **parts: Any) -> None:
        self.kept = parts.setdefault("log", Kept())
        self.parts = Parts(clock=lambda: NOW, **parts)
        self.app = app or assembled(self.parts)

    def __call__(
        self,
        method: str,
        url: str,
        body: bytes | str = b"",
        headers: dict[str, str] | None = None,
        pieces: int = 1,
    ) -> Answer:
        return asyncio.run(self._call(method, url, body, headers or {}, pieces))

    def bulk(self, *lines: Any, url: str = "/_bulk", **headers: str) -> Answer:
        text = b"".join(
            (line if isinstance(line, bytes) else orjson.dumps(line)) + b"\n" for line in lines
        )
        return self("POST", url, text, {"content-type": "application/x-ndjson", **headers})

    async def _call(
        self, method: str, url: str, body: bytes | str, headers: dict[str, str], pieces: int
    ) -> Answer:
        content = body.encode() if isinstance(body, str) else body
        known = {"host": "localhost:9280", **{key.lower(): value for key, value in headers.items()}}
        if content:
            known.setdefault("content-type", "application/json")
        parts = urlsplit(url)
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(parts.path),
            "raw_path": parts.path.encode(),
            "root_path": "",
            "query_string": parts.query.encode(),
            "headers": [(key.encode(), value.encode("latin-1")) for key, value in known.items()],
            "client": ("127.0.0.1", 50_000),
            "server": ("127.0.0.1", 9280),
            "state": {},
        }
        step = max(1, -(-len(content) // pieces))
        chunks = [content[at : at + step] for at in range(0, len(content), step)] or [b""]
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            if not chunks:
                return {"type": "http.disconnect"}
            return {"type": "http.request", "body": chunks.pop(0), "more_body": bool(chunks)}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        heads = {key.decode(): value.decode() for key, value in sent[0]["headers"]}
        return Answer(
            sent[0]["status"], heads, b"".join(part.get("body", b"") for part in sent[1:])
        )


def zipped(*lines: Any) -> bytes:
    return gzip.compress(b"".join(orjson.dumps(line) + b"\n" for line in lines))
