"""What an alert takes over from its event, as parsed."""

from __future__ import annotations

from typing import Any

from tocsin.alerts.paths import flat

_OURS = ("kibana", "signal", "tocsin")


def original(event: dict[str, Any]) -> dict[str, Any]:
    """The event's own ``event.*`` and ``data_stream.*`` under the names that alerts give them."""
    told: dict[str, Any] = {}
    for name in ("event", "data_stream"):
        part = {key: event[key] for key in event if key == name or key.startswith(f"{name}.")}
        for field, value in flat(part).items():
            told[f"kibana.alert.original_{field}"] = value
    return told


def source(event: dict[str, Any]) -> dict[str, Any]:
    """The event's fields as received, but for names that are the alert's own, as a signal."""
    kept = {
        key: value
        for key, value in event.items()
        if key != "@timestamp" and key.split(".", 1)[0] not in _OURS
    }
    own = kept.get("event")
    if "event.kind" not in kept and isinstance(own, dict):
        kept["event"] = {**own, "kind": "signal"}
        return kept
    kept["event.kind"] = "signal"
    if isinstance(own, dict) and "kind" in own:
        kept["event"] = {key: own[key] for key in own if key != "kind"}
    return kept
