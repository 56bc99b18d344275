"""What an alert tells of indicators, behind what its event has told of them before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tocsin.alerts.finding import Finding

ENRICHMENTS = "threat.enrichments"
_OBJECT, _MEMBER = ENRICHMENTS.split(".")


def adds_to_own(finding: Finding) -> bool:
    """Whether the event may have enrichments of its own, and the alert tells more."""
    return ENRICHMENTS in finding.extra and _MEMBER.encode() in finding.present[0].content


def with_own(
    event: dict[str, Any], extra: Mapping[str, Any]
) -> tuple[dict[str, Any], Mapping[str, Any]]:
    """The event without its enrichments, and what the alert adds, with these before its own."""
    if ENRICHMENTS not in extra:
        return event, extra
    rest = {key: value for key, value in event.items() if key != ENRICHMENTS}
    own = _listed(event.get(ENRICHMENTS))
    inner = rest.get(_OBJECT)
    if isinstance(inner, dict) and _MEMBER in inner:
        own += _listed(inner[_MEMBER])
        rest[_OBJECT] = {key: value for key, value in inner.items() if key != _MEMBER}
        if not rest[_OBJECT]:
            del rest[_OBJECT]
    return rest, {**extra, ENRICHMENTS: own + extra[ENRICHMENTS]} if own else extra


def _listed(found: object) -> list[Any]:
    if isinstance(found, list):
        return list(found)
    return [] if found is None else [found]
