"""An event on a page: when it was, what happened, and all of its fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from tocsin.alerts.happening import happened

MOST_FIELDS = 150
"""Fields of an event that a page shows."""

_DEEPEST = 20
_OURS = ("kibana.", "tocsin.", "signal.")


class EventShown(NamedTuple):
    """An event: when it was, what happened, and its fields."""

    time: str
    told: str
    fields: tuple[tuple[str, str], ...]
    more: int


def event_shown(event: Mapping[str, Any]) -> EventShown:
    """An event for a page."""
    fields = list(_fields(event))
    time = event.get("kibana.alert.original_time") or event.get("@timestamp") or ""
    return EventShown(
        str(time), told(event), tuple(fields[:MOST_FIELDS]), len(fields[MOST_FIELDS:])
    )


def told(event: Mapping[str, Any]) -> str:
    """What happened, in a line; empty where that cannot be said."""
    try:
        return happened(event)
    except (AttributeError, TypeError, ValueError):
        return ""


def _fields(event: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Dotted names and values, in the order of the event; what nests too deep is left out."""
    pending: list[tuple[str, object, int]] = [("", event, 0)]
    while pending:
        name, node, depth = pending.pop()
        if isinstance(node, dict):
            if depth < _DEEPEST:
                inner = [
                    (f"{name}.{key}" if name else str(key), value, depth + 1)
                    for key, value in node.items()
                    if name or not str(key).startswith(_OURS)
                ]
                pending.extend(reversed(inner))
        elif isinstance(node, list) and any(isinstance(each, dict) for each in node):
            if depth < _DEEPEST:
                pending.extend((name, each, depth + 1) for each in reversed(node))
        elif node is not None:
            yield name, _flat(node)


def _flat(node: object) -> str:
    if isinstance(node, list):
        return ", ".join(told_value(each) for each in node if not isinstance(each, list | dict))
    return told_value(node)


def told_value(value: object) -> str:
    """A value as text; several with commas between them."""
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(map(told_value, value))
    return str(value).lower() if isinstance(value, bool) else str(value)
