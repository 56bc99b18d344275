"""What an operator asks the engine itself: how it is, and to load its rules again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from tocsin.server.answers import answer
from tocsin.server.routes import Way


@dataclass(frozen=True, slots=True)
class Control:
    """``status`` tells everything that is counted; ``reload`` lets the rules be loaded again."""

    status: Callable[[], Mapping[str, Any]]
    reload: Callable[[], None]

    def ways(self) -> list[Way]:
        """The paths."""
        return [
            Way(("GET",), "/_tocsin/status", self.told, "read"),
            Way(("POST",), "/_tocsin/reload", self.reloaded, "admin"),
        ]

    async def told(self, request: Request) -> Response:
        """``/_tocsin/status``."""
        return answer(request, self.status())

    async def reloaded(self, request: Request) -> Response:
        """``/_tocsin/reload``; whether the rules can be used is said in the log."""
        self.reload()
        return answer(request, {"acknowledged": True}, 202)
