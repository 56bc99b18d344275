"""An alert as Python code gets it: the finding, with its document built when somebody asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tocsin.alerts.document import Documents
from tocsin.alerts.finding import Finding
from tocsin.alerts.overrides import Rating
from tocsin.alerts.paths import Scalar
from tocsin.engine.whole import whole_events
from tocsin.inputs.source import Events
from tocsin.rules.rule import Rule


@dataclass(slots=True, eq=False)
class Alert:
    """One thing that happened and that a rule asks for; nothing of it ever changes."""

    rule: Rule
    _finding: Finding
    _documents: Documents
    _source: Events

    def __repr__(self) -> str:
        return f"<Alert {self.id[:12]} {self.rule.name!r} of {self.document['@timestamp']}>"

    @property
    def id(self) -> str:
        """The alert's name: the same for the same events and rule, on any machine."""
        return self._finding.alert_id

    @property
    def time(self) -> int:
        """Event time of the last event in milliseconds since 1970."""
        return self._finding.time

    @property
    def rating(self) -> Rating:
        """Name, severity and risk score, after the rule's overrides."""
        return self._documents.rating(self._finding)

    @property
    def join_keys(self) -> tuple[Scalar | None, ...]:
        """The join keys of a sequence or sample."""
        return self._finding.keys

    @property
    def events(self) -> list[Mapping[str, Any] | None]:
        """The source events by stage, whole, as they came; None where an event was missing.

        Of a threshold: all that were counted, in order.
        """
        return whole_events(self._source, self._finding.events)

    @property
    def document(self) -> dict[str, Any]:
        """The alert in Kibana's shape (``docs/alerts.md``)."""
        return self._documents.build(self._finding)

    @property
    def line(self) -> bytes:
        """The document as one line of JSON, without the line's end."""
        return self._documents.line(self._finding)
