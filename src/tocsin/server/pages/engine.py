"""How the engine does, over HTTP: ``/engine`` and ``/engine.json``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from tocsin.server.pages.answers import twin
from tocsin.server.pages.shell import READS, Shell
from tocsin.server.refusal import RefusedError
from tocsin.server.routes import Way
from tocsin.web.engine_page import EnginePage, as_json, engine_page
from tocsin.web.environment import render

SPAN = 5_000
"""Milliseconds, at least, over which events a second are told."""


@dataclass(slots=True)
class Rate:
    """Events a second between two looks; one that nobody took for long counts as well."""

    _before: tuple[int, int] | None = None
    _after: tuple[int, int] | None = None

    def told(self, now: int, events: int) -> float | None:
        """Take a look: the time in ms, and the events so far. None: it was the first."""
        if self._before is None or events < self._before[1]:
            self._before, self._after = (now, events), None
            return None
        if self._after is not None and now - self._after[0] >= SPAN:
            self._before, self._after = self._after, None
        if self._after is None and now - self._before[0] >= SPAN:
            self._after = now, events
        passed = now - self._before[0]
        return 1_000 * (events - self._before[1]) / passed if passed > 0 else None


@dataclass(slots=True)
class EnginePages:
    """Serves ``/engine``; ``status``: what is counted by part, None where no engine runs."""

    shell: Shell
    status: Callable[[], Mapping[str, Any]] | None
    _rate: Rate = field(default_factory=Rate)

    def ways(self) -> list[Way]:
        """The paths."""
        safe = self.shell.safe
        return [
            Way(READS, "/engine", safe(self.engine), ""),
            Way(READS, "/engine.json", safe(self.engine), ""),
        ]

    async def engine(self, request: Request) -> Response:
        """The page, and its twin."""
        self.shell.check(request, "read")
        page = self._page()
        if request.scope["path"].endswith(".json"):
            if page is None:
                raise RefusedError(404, "resource_not_found_exception", "No engine runs here.")
            return twin(as_json(page))
        return self.shell.page(
            request, lambda view: render("engine.html", page=page, **view.context)
        )

    def _page(self) -> EnginePage | None:
        if self.status is None:
            return None
        status, now = self.status(), self.shell.clock()
        events = int(status.get("engine", {}).get("events", 0))
        return engine_page(status, self._rate.told(now, events), now)
