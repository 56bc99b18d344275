"""One sentence that tells what happened, as Kibana tells it, commas included."""

from __future__ import annotations

from tocsin.alerts.overrides import Rating
from tocsin.alerts.paths import Values

_PARTS = (
    ("process", "process.name"),
    ("parent process", "process.parent.name"),
    ("file", "file.name"),
)
_SIDES = ("source", "destination")
_NOTHING = ("", "-")


def reason(values: Values, rating: Rating) -> str:
    """Such as ``process event with process curl, by root on node-1 created high alert …``."""
    category = _told(values, "event.category")
    parts = [f" {word} {found}," for word, field in _PARTS if (found := _told(values, field))]
    parts += [f" {side} {found}" for side in _SIDES if (found := _address(values, side))]
    told = f"{category} event" if category else "event"
    if parts:
        told += f" with{''.join(parts)}"
    if user := _told(values, "user.name"):
        told += f" by {user}"
    if host := _told(values, "host.name"):
        told += f" on {host}"
    return told + created(rating)


def created(rating: Rating) -> str:
    """The sentence's end, which says nothing of the event."""
    return f" created {rating.severity} alert {rating.name}."


def _told(values: Values, field: str) -> str:
    """All values of a field; a dash alone is none."""
    told = ", ".join(map(str, values(field)))
    return "" if told in _NOTHING else told


def _address(values: Values, side: str) -> str:
    address = _told(values, f"{side}.ip") or _told(values, f"{side}.address")
    port = _told(values, f"{side}.port")
    return f"{address}:{port}," if address and port else address
