"""Whether the server is well: `/health`, `/ready` and `/metrics`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from tocsin.server.answers import answer
from tocsin.server.counters import Counters
from tocsin.server.metrics import MEDIA_TYPE, Figure, exposition

HELP = {
    "events_accepted": "Events that were accepted and are on disk.",
    "events_refused": "Events that were refused, by the kind of error.",
    "journal_failures": "Writes that the journal did not take.",
    "requests": "HTTP requests, by method and status.",
    "request_seconds": "Time spent on HTTP requests.",
}
"""What the server's own counters say."""


@dataclass(frozen=True, slots=True)
class Wellness:
    """``troubles``: why events cannot be served just now, for people; empty if all is well."""

    troubles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """Answers from what the parts of the engine tell about themselves."""

    counters: Counters
    wellness: Callable[[], Wellness]
    figures: Callable[[], Iterable[Figure]]

    async def health(self, request: Request) -> Response:
        """200 while the process answers; what troubles it is said."""
        found = self.wellness()
        status = "ok" if not found.troubles else "degraded"
        return answer(request, {"status": status, "troubles": found.troubles})

    async def ready(self, request: Request) -> Response:
        """200 if events are accepted and looked at, else 503."""
        found = self.wellness()
        return answer(
            request,
            {"ready": not found.troubles, "troubles": found.troubles},
            503 if found.troubles else 200,
        )

    async def metrics(self, request: Request) -> Response:  # noqa: ARG002 - starlette's signature
        """All figures."""
        return Response(exposition(self._all()), media_type=MEDIA_TYPE)

    def _all(self) -> Iterable[Figure]:
        for name, labels, value in self.counters.all():
            yield Figure(f"{name}_total", HELP.get(name, name), value, dict(labels))
        yield from self.figures()
