"""HTTP/1.1 as uvicorn speaks it, with bounds on the head of a request: its size and its time."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from tocsin.server.limits import Limits

DROPPED = 10
"""So many times what a body may have is read and dropped, that a client may read why."""


def bounded(limits: Limits) -> type[asyncio.Protocol]:
    """The class of uvicorn's protocol with these limits."""
    return type("Bounded", (_Bounded,), {"limits": limits})


class _Bounded(HttpToolsProtocol):
    """A connection."""

    limits = Limits()

    def __init__(self, *given: Any, **named: Any) -> None:  # noqa: ANN401 - uvicorn's own
        super().__init__(*given, **named)
        self._head = self._dropped = 0
        self._within_head = True
        self._clock: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self.limits.connections:
            transport.abort()
            return
        self._start_clock(self.limits.header_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_clock()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._within_head:
            if self._head > self.limits.headers:
                self.transport.abort()
                return
            self._head += len(data)
            if self._clock is None:
                self._start_clock(self.limits.header_seconds)
        super().data_received(data)

    def on_headers_complete(self) -> None:
        self._within_head = False
        self._stop_clock()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        if self.cycle.response_complete:
            self._dropped += len(body)
            if self._dropped > DROPPED * self.limits.body:
                self.transport.abort()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._stop_clock()
        self._within_head = True
        self._head = self._dropped = 0

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if not self._within_head and not self.transport.is_closing():
            # The rest of a refused body is read and dropped, so that the answer arrives.
            self._start_clock(self.limits.body_seconds)

    def _start_clock(self, seconds: float) -> None:
        self._stop_clock()
        self._clock = self.loop.call_later(seconds, self.transport.abort)

    def _stop_clock(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None
