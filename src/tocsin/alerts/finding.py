"""What the engine found, in little: enough to sort alerts, to name them and to build the document.

Findings are plain tuples of plain values inside, so that many of them can wait on disk.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tocsin.alerts.paths import Scalar


class SourceEvent(NamedTuple):
    """An event that an alert stands on. ``time`` in milliseconds since 1970."""

    id: str
    index_name: str
    time: int
    stage: int
    content: bytes
    """The whole event, a JSON object, as it came; empty for one of many that were counted."""
    source: int
    offset: int
    """Where it stands (`tocsin.columns.cells.Place`)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that happened. ``events`` by stage, None where an event was missing.

    ``time`` (milliseconds): the time of the last event; of an absence, when it became certain.
    """

    rule: int
    """The rule's number among the loaded rules."""
    alert_id: str
    time: int
    events: tuple[SourceEvent | None, ...]
    keys: tuple[Scalar | None, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    """What the rule's type adds to the alert's document, ready to be written."""

    @property
    def present(self) -> list[SourceEvent]:
        """The events that did happen, by stage."""
        return [event for event in self.events if event is not None]
