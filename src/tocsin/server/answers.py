"""Answers as Elasticsearch gives them: headers, media types, the parts that were asked for."""

from __future__ import annotations

import json
import re
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from tocsin.server.refusal import RefusedError, bad_request
from tocsin.server.shown import Shown, shown

PRODUCT = {"X-Elastic-Product": "Elasticsearch"}
JSON = "application/json"
COMPATIBLE = re.compile(
    r"application/vnd\.elasticsearch\+(?:x-nd)?json;\s*compatible-with=(\d{1,2})"
)
UNDERSTOOD = {
    "application/json",
    "application/x-ndjson",
    "application/vnd.elasticsearch+json",
    "application/vnd.elasticsearch+x-ndjson",
}
"""Media types of bodies; no page in a browser can send them elsewhere without asking first."""


def answer(
    request: Request,
    document: Any,  # noqa: ANN401 - JSON
    status: int = 200,
    **headers: str,
) -> Response:
    """A document, or the part of it that ``filter_path`` names."""
    part = filtered(request)
    indent = request.query_params.get("pretty", "false") in {"", "true"}
    try:
        text = _written(document if part is None else part.of(document), indent=indent)
    except RecursionError:
        raise bad_request("a document nests too deep to be shown") from None
    return raw_answer(request, text, status, **headers)


def _written(document: Any, *, indent: bool) -> bytes:  # noqa: ANN401 - JSON
    """JSON as fast as it goes; slowly what nests deep, or holds numbers beyond 64 bits."""
    try:
        option = orjson.OPT_NON_STR_KEYS | (orjson.OPT_INDENT_2 if indent else 0)
        return orjson.dumps(document, option=option)
    except orjson.JSONEncodeError:
        return json.dumps(document).encode()


def raw_answer(request: Request, text: bytes, status: int = 200, **headers: str) -> Response:
    """An answer that is JSON text already."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(text, status, {**PRODUCT, **named}, media_type(request))


def filtered(request: Request) -> Shown | None:
    """What ``filter_path`` asks for; None: everything."""
    path = request.query_params.get("filter_path")
    return None if path is None else shown(path)


def refused(request: Request, error: RefusedError) -> Response:
    """The answer to a request that is not taken."""
    return raw_answer(request, orjson.dumps(error.document()), error.status, **error.headers)


def media_type(request: Request) -> str:
    """The type of an answer: the client's own version of Elasticsearch's JSON, or plain JSON."""
    asked = COMPATIBLE.search(request.headers.get("accept", ""))
    if asked is None:
        return JSON
    return f"application/vnd.elasticsearch+json;compatible-with={asked[1]}"


def typed(request: Request) -> bool:
    """Whether a client speaks as Elasticsearch 7 did, whose documents had types."""
    asked = COMPATIBLE.search(request.headers.get("accept", ""))
    return asked is not None and asked[1] == "7"


def check_media_type(request: Request) -> None:
    """Raises RefusedError (406) for a body that is not declared as JSON."""
    given = request.headers.get("content-type", "")
    if given.split(";")[0].strip().lower() not in UNDERSTOOD:
        raise RefusedError(
            406,
            "media_type_header_exception",
            f"Content-Type header [{given[:200]}] is not supported: "
            "send application/json or application/x-ndjson",
        )
