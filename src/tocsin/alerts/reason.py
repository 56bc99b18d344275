"""One sentence that tells what happened, in the fixed order in which Kibana tells it."""

from __future__ import annotations

from tocsin.alerts.overrides import Rating
from tocsin.alerts.paths import Values

_PARTS = (
    ("process", "process.name"),
    ("parent process", "process.parent.name"),
    ("file", "file.name"),
)
_SIDES = ("source", "destination")


def reason(values: Values, rating: Rating) -> str:
    """Such as ``process event with process curl, by root on node-1 created high alert …``."""
    category = ", ".join(map(str, values("event.category")))
    parts = [f"{word} {found}" for word, field in _PARTS if (found := _first(values, field))]
    parts += [f"{side} {found}" for side in _SIDES if (found := _address(values, side))]
    told = f"{category} event" if category else "event"
    if parts:
        told += " with " + ", ".join(parts)
    if user := _first(values, "user.name"):
        told += ("," if parts else "") + f" by {user}"
    if host := _first(values, "host.name"):
        told += f" on {host}"
    return told + created(rating)


def created(rating: Rating) -> str:
    """The sentence's end, which says nothing of the event."""
    return f" created {rating.severity} alert {rating.name}."


def _first(values: Values, field: str) -> str:
    found = values(field)
    return str(found[0]) if found else ""


def _address(values: Values, side: str) -> str:
    address = _first(values, f"{side}.ip") or _first(values, f"{side}.address")
    port = _first(values, f"{side}.port")
    return f"{address}:{port}" if address and port else address
