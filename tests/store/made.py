"""Alerts for tests of a store."""

from __future__ import annotations

from typing import Any

import orjson

from tocsin.store.alert import StoredAlert


def made(number: int, *, host: str = "web-1", user: str = "app", **extra: Any) -> StoredAlert:
    """The alert of a number: always the same one."""
    own = {name: extra.pop(name) for name in StoredAlert._fields if name in extra}
    document = {
        "@timestamp": "2026-08-01T00:00:00.000Z",
        "host": {"name": host},
        "user": {"name": user},
        "kibana.alert.workflow_status": "open",
        "tocsin.detected_at": "2026-08-01T00:00:01.000Z",
        "number": number,
    } | extra
    fields: dict[str, Any] = {
        "id": f"{number:040x}",
        "rule_id": "rule-1",
        "rule_name": "A rule",
        "severity": "high",
        "risk_score": 73.0,
        "timestamp": 1_785_542_400_000 + number,
        "building_block": False,
        "document": orjson.dumps(document),
    }
    return StoredAlert(**fields | own)
