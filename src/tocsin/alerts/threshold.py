"""What an alert of a threshold says: the group, the count, and a sample of what was counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from tocsin.alerts.finding import Finding, SourceEvent
from tocsin.alerts.iso import iso
from tocsin.alerts.paths import Scalar
from tocsin.plan.plan import ThresholdPlan

RESULT = "kibana.alert.threshold_result"


def counted(
    plan: ThresholdPlan,
    keys: Sequence[Scalar | None],
    events: Sequence[SourceEvent | None],
    distinct: Sequence[int],
) -> dict[str, Any]:
    """What a finding of a threshold adds to its document, under the keys that alerts have for it.

    Parameters
    ----------
    keys
        The values that the events are grouped by.
    events
        All that were counted, in order.
    distinct
        The numbers of distinct values, field by field.
    """
    first = next((event.time for event in events if event is not None), 0)
    return {
        RESULT: {
            "from": iso(first),
            "count": len(events),
            "terms": [
                {"field": key.field.name, "value": value}
                for key, value in zip(plan.stage.keys, keys, strict=True)
            ],
            "cardinality": [
                {"field": one.field.name, "value": number}
                for one, number in zip(plan.cardinality, distinct, strict=True)
            ],
        }
    }


def group_fields(plan: ThresholdPlan, finding: Finding) -> dict[str, Any]:
    """The only fields of an event that an alert of a threshold has: those of its group."""
    return {
        key.field.name: value
        for key, value in zip(plan.stage.keys, finding.keys, strict=True)
        if value is not None
    }


def sample(events: Sequence[SourceEvent]) -> list[Mapping[str, Any]]:
    """The events that were kept whole, each under its name."""
    return [
        {"id": event.id, "timestamp": iso(event.time), "event": orjson.loads(event.content)}
        for event in events
        if event.content
    ]
