"""Times of a case's events, relative to its beginning: ``+5s``, ``+1h30m``, ``-2d``.

    moment = [ "+" | "-" ] NUMBER UNIT { NUMBER UNIT }          units: ms s m h d

An event without a time follows a second after the one before it; the first stands at the beginning.
What is none of these is left as it is, so that events with real times are possible too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
"""When every case begins."""

_UNITS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_PART = re.compile(r"([0-9]{1,9})(ms|[smhd])")
_MOMENT = re.compile(r"[+-](?:[0-9]{1,9}(?:ms|[smhd]))+")
_STEP = 1_000


def offset(text: str) -> int | None:
    """Milliseconds after the beginning; None for what is no moment of this form."""
    if not _MOMENT.fullmatch(text):
        return None
    length = sum(int(number) * _UNITS[unit] for number, unit in _PART.findall(text))
    return -length if text[0] == "-" else length


def dated(events: Iterable[Mapping[str, Any]], first: int = 0) -> list[dict[str, Any]]:
    """The events with real times in ``@timestamp`` and ``event.ingested``.

    ``first``: when the first event happens if it does not say it, milliseconds after the beginning.
    """
    found: list[dict[str, Any]] = []
    last = first - _STEP
    for event in events:
        one = _absolute(event)
        given = event.get("@timestamp")
        if given is None:
            last += _STEP
            one["@timestamp"] = _text(last)
        elif isinstance(given, str) and (moved := offset(given)) is not None:
            last = moved
        found.append(one)
    return found


def _absolute(event: Mapping[str, Any]) -> dict[str, Any]:
    """A copy in which moments are times, in the two fields that hold some."""
    one = dict(event)
    for key in ("@timestamp", "event.ingested"):
        one |= _at(one, key)
    inner = one.get("event")
    if isinstance(inner, Mapping):
        one["event"] = {**inner, **_at(inner, "ingested")}
    return one


def _at(table: Mapping[str, Any], key: str) -> dict[str, str]:
    value = table.get(key)
    moved = offset(value) if isinstance(value, str) else None
    return {} if moved is None else {key: _text(moved)}


def _text(milliseconds: int) -> str:
    try:
        moment = BEGINNING + timedelta(milliseconds=milliseconds)
    except OverflowError:
        moment = datetime.max.replace(tzinfo=UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
