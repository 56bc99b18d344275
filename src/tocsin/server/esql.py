"""``_query``: questions in ES|QL about stored events, their answers as Elasticsearch has them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from tocsin.corpus.ask.answering import answered
from tocsin.corpus.ask.asked import Answer, Asked, TooMuchError
from tocsin.languages import QueryError
from tocsin.languages.esql.nodes import From, Limit
from tocsin.languages.esql.nodes import Query as Parsed
from tocsin.languages.esql.parser import parse
from tocsin.schema.fields import TextMode
from tocsin.server.answers import answer
from tocsin.server.asker import Asking
from tocsin.server.body import Budget
from tocsin.server.handshake import VERSION
from tocsin.server.question import LARGEST, Target, known_only, object_of, question_of
from tocsin.server.refusal import RefusedError, bad_request
from tocsin.server.routes import Way

KNOWN = frozenset({"query", "columnar", "params"})
IGNORED = frozenset(
    {
        "accept_pragma_risks",
        "include_ccs_metadata",
        "include_execution_metadata",
        "locale",
        "pragma",
        "profile",
        "version",
    }
)
SAID = frozenset({"format"})
PASSED = frozenset({"allow_partial_results", "error_trace", "filter_path", "human", "pretty"})

DEFAULT, MOST = 1_000, 10_000
"""Rows of an answer whose question has no ``limit``, and of any."""

SECONDS = 60.0
"""How long a question may take."""

TYPES = {"unknown": "keyword"}
"""What Elasticsearch calls types that have another name here."""


@dataclass(slots=True)
class Tables:
    """Answers ``_query``; ``clock``: the wall clock, ms since 1970."""

    asker: Asking
    clock: Callable[[], int]
    text_mode: TextMode = "raw"
    budget: Budget = field(default_factory=lambda: Budget(16 * LARGEST))

    def ways(self) -> list[Way]:
        """The path."""
        return [Way(("POST",), "/_query", self.query, "read")]

    async def query(self, request: Request) -> Response:
        """``/_query``."""
        known_only(request.query_params, SAID, PASSED)
        if request.query_params.get("format", "json") != "json":
            raise bad_request("[format] is json: /ask.csv gives answers as CSV")
        body = object_of(await question_of(request, self.budget))
        text = _text(body)
        try:
            parsed = await asyncio.to_thread(parse, text)
            limited = _checked(parsed)
            asked = Asked(
                "esql",
                text,
                size=MOST if limited else DEFAULT,
                whole=True,
                now=self.clock(),
                seconds=SECONDS,
                text_mode=self.text_mode,
            )
            task = partial(answered, asked=asked)
            found = await self.asker.ask(task, SECONDS, request.is_disconnected)
        except QueryError as error:
            raise bad_request(str(error), "parsing_exception") from None
        except TooMuchError as error:
            raise RefusedError(503, "timeout_exception", str(error)) from None
        response = answer(request, table_of(found, columnar=body.get("columnar") is True))
        if not limited:
            response.headers["Warning"] = _UNLIMITED
        return response


_UNLIMITED = f'299 Elasticsearch-{VERSION} "No limit defined, adding default limit of [{DEFAULT}]"'


def table_of(found: Answer, *, columnar: bool = False) -> dict[str, Any]:
    """An answer as Elasticsearch has it; ``columnar``: column by column instead of row by row."""
    named = zip(found.columns, found.types, strict=True)
    values: Sequence[Sequence[Any]] = found.rows
    if columnar:
        values = [[row[at] for row in found.rows] for at in range(len(found.columns))]
    return {
        "took": int(found.seconds * 1000),
        "is_partial": not found.looked.whole or found.looked.unread > 0,
        "columns": [{"name": name, "type": TYPES.get(kind, kind)} for name, kind in named],
        "values": values,
    }


def _text(body: Mapping[str, Any]) -> str:
    """The question of a body. Raises RefusedError."""
    known_only(body, KNOWN, IGNORED)
    text = body.get("query")
    if not isinstance(text, str) or not text.strip():
        raise bad_request("[query] is a text of ES|QL", "action_request_validation_exception")
    if body.get("params"):
        raise bad_request("[params] is not supported: write the values into the [query]")
    return text


def _checked(parsed: Parsed) -> bool:
    """Whether a question says how many rows it wants. Raises RefusedError if it is about alerts."""
    for command in parsed.commands:
        if isinstance(command, From) and Target(",".join(command.indices)).alerts:
            raise bad_request("events are asked here; alerts by _search and _eql/search")
    return any(isinstance(command, Limit) for command in parsed.commands)
