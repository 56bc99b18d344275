"""What `_ignored` names of an event: fields whose texts are too long to be indexed.

An event that comes out of Elasticsearch may carry the list itself. For any other the texts are
measured, since what Elasticsearch would have left out is what a rule asks for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from tocsin.plan.leaves_kql import IGNORE_ABOVE
from tocsin.schema.fields import Schema
from tocsin.schema.kinds import TEXTUAL, Kind

_NAME = "_ignored"
_INDEXED_WHOLE = frozenset({Kind.TEXT, Kind.MATCH_ONLY_TEXT})
_CUT = (TEXTUAL - _INDEXED_WHOLE) | {Kind.UNKNOWN}
_SCHEMA = Schema()


def ignored(event: bytes) -> list[str] | None:
    """The names of the fields of an event that were not indexed, in order; None if all were.

    What the event says itself under ``_ignored`` holds. Else they are the keywords, wildcards and
    fields that no schema names with a text of more than `IGNORE_ABOVE` UTF-16 units.
    """
    if len(event) <= IGNORE_ABOVE and _NAME.encode() not in event:
        return None
    try:
        read = orjson.loads(event)
    except orjson.JSONDecodeError:  # numbers and texts that only Tocsin's own scanner takes
        return None
    if _NAME in read:
        told = read[_NAME] if isinstance(read[_NAME], list) else [read[_NAME]]
        names = {name for name in told if isinstance(name, str)}
    else:
        names = {name for name in _long(read) if _SCHEMA.kind(name) in _CUT}
    return sorted(names) or None


def _long(event: dict[str, Any]) -> Iterator[str]:
    """The names of all fields with too long a text."""
    pending: list[tuple[str, Any]] = list(event.items())
    while pending:
        name, value = pending.pop()
        if isinstance(value, dict):
            pending += [(f"{name}.{key}", inner) for key, inner in value.items()]
        elif isinstance(value, list):
            pending += [(name, element) for element in value]
        elif isinstance(value, str) and _units(value) > IGNORE_ABOVE:
            yield name


def _units(text: str) -> int:
    """How many UTF-16 units a text has, which is what Elasticsearch counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
