"""Alerts of ES|QL rules: the columns of the query's result beside, or in place of, an event."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache
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
    return {**_without(event, columns.keys(), _above(tuple(columns))), **columns}


def _without(
    node: dict[str, Any], names: Collection[str], above: Collection[str], prefix: str = ""
) -> dict[str, Any]:
    """A copy of an object without the fields of these names, nested or dotted.

    Objects that could hold one of them, those at the names ``above``, go when nothing is left.
    """
    kept = {}
    for key, value in node.items():
        name = prefix + key
        if name in names:
            continue
        if name not in above or value.__class__ is not dict:
            kept[key] = value
        elif inner := _without(value, names, above, f"{name}."):
            kept[key] = inner
    return kept


@lru_cache(maxsize=256)
def _above(names: tuple[str, ...]) -> frozenset[str]:
    """The names of the objects that fields of these names are in."""
    return frozenset(name[:at] for name in names for at, sign in enumerate(name) if sign == ".")
