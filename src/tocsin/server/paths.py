"""Paths as Elasticsearch reads them: `%2F` is a slash in a name, one at the end is nothing."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote, unquote

from starlette.types import Scope

STAND_IN = "\ufdd0"
"""Stands for a slash within a name while ways are looked for; no text may hold this character."""

_SLASH = re.compile(rb"%2f", re.IGNORECASE)


def read(scope: Scope) -> Scope:
    """A request with its path as it is looked up."""
    path: str = scope["path"].replace(STAND_IN, "\N{REPLACEMENT CHARACTER}")
    raw: bytes = scope.get("raw_path") or b""
    if _SLASH.search(raw):
        parts = (unquote(part.decode("latin-1")) for part in _SLASH.split(raw.partition(b"?")[0]))
        path = STAND_IN.join(part.replace(STAND_IN, "\N{REPLACEMENT CHARACTER}") for part in parts)
    return {**scope, "path": path[:-1] if path.endswith("/") and path != "/" else path}


def shown(scope: Scope) -> str:
    """A path as people are told it."""
    path: str = scope["path"]
    return path[:500].replace(STAND_IN, "%2F")


def linked(scope: Scope) -> str:
    """A path as a link has it."""
    return quote(scope["path"]).replace(quote(STAND_IN), "%2F")


def names(params: dict[str, Any]) -> dict[str, Any]:
    """The names in a path, with the slashes that they have."""
    return {
        key: value.replace(STAND_IN, "/") if isinstance(value, str) else value
        for key, value in params.items()
    }
