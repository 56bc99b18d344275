"""Which path leads where, and which scope of a key opens it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import Receive, Scope, Send

from tocsin.server import handshake, paths
from tocsin.server.answers import answer
from tocsin.server.handshake import Settings
from tocsin.server.intake import Intake
from tocsin.server.keys import Caller
from tocsin.server.refusal import RefusedError

Handler = Callable[[Request], Awaitable[Response]]

READS = ("GET", "HEAD")
WRITES = ("PUT", "POST")
ALL = (*READS, *WRITES, "DELETE")

SETTINGS = (
    ("index_template", "/_index_template"),
    ("component_template", "/_component_template"),
    ("template", "/_template"),
    ("policy", "/_ilm/policy"),
    ("pipeline", "/_ingest/pipeline"),
    ("data_stream", "/_data_stream"),
)
"""Settings that shippers leave: kind and path."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A handler for callers with a scope; ``""``: for all who came in. ``kind``: of a setting."""

    handler: Handler
    scope: str
    kind: str = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, if its caller may ask that."""
        caller: Caller = scope["caller"]
        if self.scope and not caller.may(self.scope):
            raise RefusedError(
                403, "security_exception", f"this API key does not have the scope [{self.scope}]"
            )
        scope["kind"] = self.kind
        scope["path_params"] = paths.names(scope["path_params"])
        response = await self.handler(Request(scope, receive))
        await response(scope, receive, send)


@dataclass(frozen=True, slots=True)
class Way:
    """A row of the table of paths."""

    methods: Sequence[str]
    path: str
    handler: Handler
    scope: str
    kind: str = ""

    def route(self) -> Route:
        """As starlette has it."""
        opened = Opened(self.handler, self.scope, self.kind)
        return Route(self.path, opened, methods=list(self.methods))


def ingest_ways(intake: Intake) -> list[Way]:
    """Where events come in."""
    return [
        Way(WRITES, "/_bulk", intake.bulk, "ingest"),
        Way(WRITES, "/{index}/_bulk", intake.bulk, "ingest"),
        Way(WRITES, "/{index}/_doc", intake.document, "ingest"),
        Way(WRITES, "/{index}/_doc/{id}", intake.document, "ingest"),
        Way(WRITES, "/{index}/_create/{id}", intake.document, "ingest"),
        Way(("POST",), "/_kubernetes/audit", intake.audit, "ingest"),
    ]


def handshake_ways(settings: Settings) -> list[Way]:
    """What shippers ask and set up."""
    ways = [
        Way(READS, "/", handshake.root, ""),
        Way(READS, "/_license", handshake.licence, ""),
        Way(READS, "/_xpack", handshake.xpack, ""),
        Way(READS, "/_cluster/health", handshake.cluster_health, ""),
        Way(READS, "/_cluster/health/{name}", handshake.cluster_health, ""),
        Way(READS, "/_nodes", handshake.nodes, ""),
        Way(READS, "/_nodes/{rest:path}", handshake.nodes, ""),
        Way(READS, "/_security/_authenticate", handshake.authenticate, ""),
        Way(("GET", "POST"), "/_refresh", handshake.refresh, ""),
        Way(("GET", "POST"), "/{index}/_refresh", handshake.refresh, ""),
        Way(("GET", "POST"), "/{index}/_flush", handshake.refresh, ""),
    ]
    for kind, path in SETTINGS:
        ways.append(Way(READS, path, settings.serve, "ingest", kind))
        ways.append(Way(ALL, f"{path}/{{name}}", settings.serve, "ingest", kind))
    return ways


def index_ways(settings: Settings) -> list[Way]:
    """Indices that shippers make; the last of all, since their path fits nearly everything."""
    ways = [
        Way(READS, "/_alias/{name}", settings.serve, "ingest", "alias"),
        Way((*READS, *WRITES), "/{index}/_alias/{name}", settings.serve, "ingest", "alias"),
    ]
    for kind, path in (("mappings", "_mapping"), ("settings", "_settings")):
        ways.append(Way((*READS, *WRITES), f"/{{name}}/{path}", settings.serve, "ingest", kind))
    return [*ways, Way((*READS, "PUT"), "/{name}", settings.serve, "ingest", "index")]


def application(ways: Sequence[Way]) -> Router:
    """The application of these ways.

    Raises HTTPException for a path that knows other methods only.
    """
    return Router([way.route() for way in ways], redirect_slashes=False, default=_unknown)


async def _unknown(scope: Scope, receive: Receive, send: Send) -> None:
    request = Request(scope, receive)
    reason = f"no handler found for uri [{paths.shown(scope)}] and method [{request.method}]"
    await answer(request, {"error": reason, "status": 400}, 400)(scope, receive, send)
