"""Events as people get them: whole, as they came."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from tocsin.alerts.finding import SourceEvent
from tocsin.columns.cells import Place
from tocsin.inputs.source import Events
from tocsin.inputs.source import events as from_mappings


def whole_event(source: Events, event: SourceEvent) -> Mapping[str, Any]:
    """The event as it came: of `tocsin.events` the very mapping, else parsed from its bytes."""
    given = source.given(Place(event.source, event.offset))
    if given is not None:
        return given
    parsed: dict[str, Any] = orjson.loads(event.content)
    return parsed


def as_events(given: Events | Iterable[Mapping[str, Any]]) -> Events:
    """Events of any kind as an input of the engine."""
    return given if isinstance(given, Events) else from_mappings(given)
