"""Events as people get them: whole, as they came."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from tocsin.alerts.finding import SourceEvent
from tocsin.columns.cells import Place
from tocsin.inputs.source import Events
from tocsin.inputs.source import events as from_mappings


def whole_event(source: Events, event: SourceEvent) -> Mapping[str, Any]:
    """The event as it came: of `tocsin.events` the very mapping, else parsed from its bytes."""
    given = None if event.source < 0 else source.given(Place(event.source, event.offset))
    if given is not None:
        return given
    parsed: dict[str, Any] = orjson.loads(event.content)
    return parsed


def whole_events(
    source: Events, events: Sequence[SourceEvent | None]
) -> list[Mapping[str, Any] | None]:
    """The events of an alert as they came, None for missing ones.

    Those of which only the name was kept are read again; of an earlier run's there is nothing to
    read, and they are left out.
    """
    events = [each for each in events if each is None or each.content or each.source >= 0]
    unread = sorted(
        (event.source, event.offset)
        for event in events
        if event is not None
        and not event.content
        and source.given(Place(event.source, event.offset)) is None
    )
    again = {
        (place.source, place.offset): content
        for place, content in source.read_again(Place(*at) for at in unread)
    }
    return [
        None
        if event is None
        else whole_event(
            source,
            event._replace(content=event.content or again.get((event.source, event.offset), b"{}")),
        )
        for event in events
    ]


def as_events(given: Events | Iterable[Mapping[str, Any]]) -> Events:
    """Events of any kind as an input of the engine."""
    return given if isinstance(given, Events) else from_mappings(given)
