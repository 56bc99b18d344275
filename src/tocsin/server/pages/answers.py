"""Answers with pages: the headers that keep them harmless, forms, files beside them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final
from urllib.parse import parse_qsl

import orjson
from starlette.requests import Request
from starlette.responses import Response

from tocsin.server.refusal import RefusedError, bad_request, too_large
from tocsin.store.export import written
from tocsin.web.environment import STATIC

LARGEST_FORM = 1 << 20
MOST_FIELDS = 2_000

SAFE: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # not "no-referrer": browsers would then send forms with the origin "null"
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Headers of every page: nothing is loaded from elsewhere, nothing is run, nobody frames it."""

_KINDS = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}


def page(text: str, status: int = 200) -> Response:
    """A page."""
    content = text.encode(errors="replace")
    return Response(content, status, dict(SAFE), "text/html; charset=utf-8")


def scripted(answer: Response) -> Response:
    """A page that may run our own scripts, which ask this server alone."""
    answer.headers["Content-Security-Policy"] = (
        f"{SAFE['Content-Security-Policy']}; script-src 'self'; connect-src 'self'"
    )
    return answer


def twin(document: Mapping[str, object], status: int = 200) -> Response:
    """What a page shows, as JSON."""
    try:
        content = orjson.dumps(document)
    except (TypeError, ValueError):
        content = written(dict(document))
    return Response(content, status, dict(SAFE), "application/json")


def see_other(address: str) -> Response:
    """Go on to another page."""
    return Response(b"", 303, {**SAFE, "Location": address})


async def form(request: Request) -> list[tuple[str, str]]:
    """The fields of a form. Raises RefusedError for what is none, or too large."""
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given != "application/x-www-form-urlencoded":
        raise bad_request("only forms are taken here")
    pieces, size = [], 0
    async for piece in request.stream():
        size += len(piece)
        if size > LARGEST_FORM:
            raise too_large(f"a form has at most {LARGEST_FORM:,} bytes")
        pieces.append(piece)
    try:
        return parse_qsl(b"".join(pieces).decode(), max_num_fields=MOST_FIELDS)
    except ValueError:
        raise bad_request("the form cannot be read") from None


async def static(request: Request) -> Response:
    """``/static/{name}``: the style sheets."""
    name = request.path_params["name"]
    found = _files().get(name)
    if found is None:
        raise RefusedError(404, "resource_not_found_exception", "there is no such file")
    content, kind = found
    return Response(content, 200, {**SAFE, "Cache-Control": "max-age=300"}, kind)


@cache
def _files() -> Mapping[str, tuple[bytes, str]]:
    """The files by name: what is not listed here is not served."""
    return {
        file.name: (file.read_bytes(), _KINDS[file.suffix])
        for file in STATIC.iterdir()
        if file.suffix in _KINDS
    }
