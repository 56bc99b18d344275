"""Alerts of ES|QL rules: the columns of the query's result beside, or in place of, an event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from tocsin.alerts.finding import Finding

COLUMNS = "tocsin.columns"
"""Where a finding carries the columns: name to value."""


def columns_of(finding: Finding) -> Mapping[str, Any]:
    """The columns of a finding; none for findings of other rules."""
    found: Mapping[str, Any] = finding.extra.get(COLUMNS, {})
    return found


def document_fields(finding: Finding, *, aggregated: bool) -> dict[str, Any]:
    """The fields of an alert: its columns, and of a row that is an event the event's others."""
    columns = {name: value for name, value in columns_of(finding).items() if value is not None}
    if aggregated:
        return columns
    event: dict[str, Any] = orjson.loads(finding.present[0].content)
    for name in columns:
        event = _without(event, name)
    return {**event, **columns}


def _without(node: dict[str, Any], path: str) -> dict[str, Any]:
    """A copy of an object without what stands at a dotted path, nested or dotted."""
    kept = dict(node)
    kept.pop(path, None)
    parts = path.split(".")
    for cut in range(1, len(parts)):
        key = ".".join(parts[:cut])
        inner = kept.get(key)
        if isinstance(inner, dict):
            rest = _without(inner, ".".join(parts[cut:]))
            if rest:
                kept[key] = rest
            else:
                del kept[key]
    return kept
