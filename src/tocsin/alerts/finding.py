"""What the engine found, in little: enough to sort alerts, to name them and to build the document.

Findings are plain tuples of plain values inside, so that many of them can wait on disk.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

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


Happened: TypeAlias = tuple[SourceEvent | None, ...]
"""The events of a finding, by stage."""

Excerpt: TypeAlias = tuple[Any, ...]
"""What an alert takes over from its events, as the document has it.

Of one event two things: the head of the document (`tocsin.alerts.heads`), and the
`tocsin.alerts.template.Template` for the rest.

Of several events two texts for each that happened: the list of values of each field that the rule
looks at, in the order of the fields, as JSON; and a part of the document: the event's members, and
the beginning of the sentence about it. One text more is that same part of a document for what all
of them share.
"""

NO_EXTRA: Mapping[str, Any] = {}


class Finding(NamedTuple):
    """One thing that happened. ``events`` by stage, None where an event was missing.

    ``time`` (milliseconds): the time of the last event; of an absence, when it became certain.
    """

    rule: int
    """The rule's number among the loaded rules."""
    alert_id: str
    time: int
    events: Happened
    keys: tuple[Scalar | None, ...] = ()
    extra: Mapping[str, Any] = NO_EXTRA
    """What the rule's type adds to the alert's document, ready to be written."""
    excerpt: Excerpt | None = None
    """What `tocsin.alerts.reader` has read of the events already; never part of the alert."""

    @property
    def present(self) -> list[SourceEvent]:
        """The events that did happen, by stage."""
        return [event for event in self.events if event is not None]
