"""Names of events and alerts: the same events and rule give the same names on any machine.

An event without ``_id`` is named by its content and, for the second and later of equal events, its
number among them. Equal events have equal times and are found by the same rules, so they are
numbered where they meet: among the findings of one moment.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from operator import attrgetter
from typing import Any

import orjson

from tocsin.alerts.finding import Finding, SourceEvent
from tocsin.alerts.paths import Scalar
from tocsin.columns.content import content_hash


def event_name(digest: str, number: int) -> str:
    """The name of an event by its content's hash and its number among equal events."""
    return f"{digest}-{number}" if number else digest


def alert_id(
    rule_id: str, events: Iterable[tuple[str, str] | None], keys: Iterable[Scalar | None] = ()
) -> str:
    """The name of an alert: 40 hexadecimal digits.

    Parameters
    ----------
    rule_id
        The rule's own id; its version does not count.
    events
        ``(index, id)`` of the contributing events in order, None for a missing event.
    keys
        The join keys.
    """
    told = orjson.dumps([rule_id, list(events), [_plain(key) for key in keys]])
    return hashlib.sha256(told).hexdigest()[:40]


def _plain(key: Scalar | None) -> Scalar | None:
    """A key that JSON can hold: an integer beyond 64 bits as text."""
    return str(key) if isinstance(key, int) and not -(2**63) <= key < 2**64 else key


def named(findings: Iterable[Finding], rule_id: Callable[[int], str]) -> Iterator[Finding]:
    """Give findings, sorted by time, their names; of each moment by rule id and alert id.

    Findings of the same alert at one moment come once: the same event read twice is one event.
    """
    for _, moment in groupby(findings, key=attrgetter("time")):
        numbers = _Numbers()
        alone = list(moment)
        for finding in sorted(alone, key=_place):
            numbers.take(finding)
        made = {
            (rule_id(found.rule), found.alert_id): found
            for found in (numbers.named(finding, rule_id(finding.rule)) for finding in alone)
        }
        for key in sorted(made):
            yield made[key]


def _place(finding: Finding) -> tuple[int, int]:
    first = finding.present[0]
    return first.source, first.offset


class _Numbers:
    """Numbers equal events of one moment in order of arrival."""

    def __init__(self) -> None:
        self._count: dict[str, int] = {}
        self._names: dict[tuple[int, int], str] = {}

    def take(self, finding: Finding) -> None:
        """See the event of a finding that has no name yet; in order of arrival."""
        event = finding.present[0]
        place = event.source, event.offset
        if finding.alert_id or event.id or place in self._names:
            return
        digest = content_hash(event.content)
        number = self._count.get(digest, 0)
        self._count[digest] = number + 1
        self._names[place] = event_name(digest, number)

    def named(self, finding: Finding, rule: str) -> Finding:
        """The finding with its name and its event's."""
        if finding.alert_id:
            return finding
        event = finding.present[0]
        if not event.id:
            event = event._replace(id=self._names[event.source, event.offset])
        return finding_of(finding.rule, rule, finding.time, (event,))


def finding_of(
    number: int,
    rule_id: str,
    time: int,
    events: tuple[SourceEvent | None, ...],
    keys: tuple[Scalar | None, ...] = (),
    extra: Mapping[str, Any] | None = None,
) -> Finding:
    """A finding whose events have their names, with its own."""
    told = [None if event is None else (event.index_name, event.id) for event in events]
    return Finding(number, alert_id(rule_id, told, keys), time, events, keys, extra or {})
