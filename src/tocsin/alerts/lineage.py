"""What an alert stands on: its ancestors and its depth, also where these are alerts themselves."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from tocsin.alerts.finding import SourceEvent
from tocsin.alerts.paths import first_at

ALERTS = ".alerts-security.alerts-default"
"""The index of alerts."""

FAMILY = ".alerts-security"
"""How the names of indices of alerts begin."""

UUID = "kibana.alert.uuid"
RULE = "kibana.alert.rule.rule_id"
RULE_UUID = "kibana.alert.rule.uuid"
RULES = "kibana.alert.ancestors.rule"
ANCESTORS = "kibana.alert.ancestors"
DEPTH = "kibana.alert.depth"

DEEPEST = 31
"""Alerts of this depth and deeper ones stand together within a moment."""

_DEPTH = re.compile(rb'"kibana\.alert\.depth":(\d{1,4})')


def lineage(events: Sequence[SourceEvent], contents: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Ancestors and depth of an alert on these events, each named once; ``contents``: parsed.

    Of an alert its rule is named by the uuid, as in Kibana.
    """
    found: dict[tuple[str, str], dict[str, Any]] = {}
    depth = 0
    for event, content in zip(events, contents, strict=True):
        tree = dict(content)
        own = _is_alert(event, tree)
        if own:
            for ancestor in _ancestors(tree):
                found.setdefault((str(ancestor.get("index")), str(ancestor.get("id"))), ancestor)
        level = _depth(tree) if own else 0
        told: dict[str, Any] = {
            "id": event.id,
            "type": "signal" if own else "event",
            "index": event.index_name,
            "depth": level,
        }
        rule = first_at(tree, RULE_UUID) or first_at(tree, RULE)
        if own and rule is not None:
            told["rule"] = rule
        depth = max(depth, level)
        found.setdefault((event.index_name, event.id), told)
    return {ANCESTORS: list(found.values()), DEPTH: depth + 1}


def turn_of(line: bytes) -> int:
    """When among the alerts of a moment one is shown that a rule which reads alerts found.

    What an alert stands on has a smaller depth, so by depth all of a moment come before what they
    cause. ``line``: the alert's document.
    """
    told = _DEPTH.search(line)
    return DEEPEST if told is None else max(1, min(int(told[1]), DEEPEST))


def stands_on_alert(events: Sequence[SourceEvent], contents: Sequence[Mapping[str, Any]]) -> bool:
    """Whether one of the events is an alert."""
    return any(_is_alert(event, content) for event, content in zip(events, contents, strict=True))


def _is_alert(event: SourceEvent, content: Mapping[str, Any]) -> bool:
    if UUID in content or event.index_name.startswith(FAMILY):
        return True
    nested = content.get("kibana")
    return isinstance(nested, dict) and first_at({"kibana": nested}, UUID) is not None


def _depth(content: dict[str, Any]) -> int:
    found = first_at(content, DEPTH)
    return found if isinstance(found, int) and 0 < found < 1000 else 1


def _ancestors(content: dict[str, Any]) -> list[dict[str, Any]]:
    found = content.get(ANCESTORS)
    if found is None:
        node: Any = content
        for name in ANCESTORS.split("."):
            node = node.get(name) if isinstance(node, dict) else None
        found = node
    rows = found if isinstance(found, list) else [found]
    return [row for row in rows if isinstance(row, dict)]
