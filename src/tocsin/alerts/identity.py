"""Names of events and alerts: the same events and rule give the same names on any machine.

An event without ``_id`` is named by its content and, for the second and later of equal events, its
number among them. Equal events have equal times and are found by the same rules, so they are
numbered where they meet: among the findings of one moment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

import orjson

from tocsin.alerts.finding import Finding, SourceEvent
from tocsin.alerts.paths import Scalar
from tocsin.alerts.reader import TOGETHER, Read
from tocsin.columns.content import content_hash

_BYTES = 2 << 20
"""Bytes of findings that are read together, about; a moment is never cut."""


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
    return _hashed([rule_id, list(events), [_plain(key) for key in keys]])


def _hashed(told: list[Any]) -> str:
    return sha256(orjson.dumps(told)).hexdigest()[:40]


def _plain(key: Scalar | None) -> Scalar | None:
    """A key that JSON can hold: an integer beyond 64 bits as text."""
    return str(key) if isinstance(key, int) and not -(2**63) <= key < 2**64 else key


def named(
    findings: Iterable[Finding],
    rule_id: Callable[[int], str],
    read: Callable[[Sequence[Finding]], Sequence[Read]] | None = None,
) -> Iterator[Finding]:
    """Give findings, sorted by time, their names; of each moment by rule id and alert id.

    Findings of the same alert at one moment come once: the same event read twice is one event.

    Parameters
    ----------
    read
        Reads findings of single events (`tocsin.alerts.reader.Reader.read`), some hundreds at once;
        what it says of an event goes with the finding.
    """
    for some in _together(findings):
        reads = read(some) if read else [(_digest(finding), None) for finding in some]
        first = 0
        for last, finding in enumerate(some, 1):
            if last < len(some) and some[last].time == finding.time:
                continue
            if last - first == 1:
                yield _named(finding, reads[first], rule_id(finding.rule), 0)
            else:
                yield from _moment(some[first:last], reads[first:last], rule_id)
            first = last


def _moment(
    findings: Sequence[Finding], reads: Sequence[Read], rule_id: Callable[[int], str]
) -> Iterator[Finding]:
    """The findings of one moment with their names, in order of these."""
    numbers = _numbers(findings, reads)
    made: dict[tuple[str, str], Finding] = {}
    for finding, said in zip(findings, reads, strict=True):
        rule = rule_id(finding.rule)
        found = _named(finding, said, rule, numbers.get(_place(finding), 0))
        made[rule, found.alert_id] = found
    for key in sorted(made):
        yield made[key]


def _together(findings: Iterable[Finding]) -> Iterator[list[Finding]]:
    """Findings in parts that are read at once: whole moments."""
    some: list[Finding] = []
    held = 0
    for finding in findings:
        if (len(some) >= TOGETHER or held > _BYTES) and finding.time != some[-1].time:
            yield some
            some, held = [], 0
        some.append(finding)
        held += sum([len(event.content) for event in finding.events if event is not None])
    if some:
        yield some


def _place(finding: Finding) -> tuple[int, int]:
    first = finding.present[0]
    return first.source, first.offset


def _digest(finding: Finding) -> str:
    """The hash of an event that has no name yet."""
    event = finding.present[0]
    return "" if finding.alert_id or event.id else content_hash(event.content)


def _numbers(findings: Sequence[Finding], reads: Sequence[Read]) -> dict[tuple[int, int], int]:
    """By place, the number of each event among equal ones of a moment, in order of arrival."""
    digests = {
        _place(finding): said[0]
        for finding, said in zip(findings, reads, strict=True)
        if said[0] and not finding.alert_id
    }
    count: dict[str, int] = {}
    numbers = {}
    for place in sorted(digests):
        digest = digests[place]
        numbers[place] = count[digest] = count.get(digest, -1) + 1
    return numbers


def _named(finding: Finding, said: Read, rule: str, number: int) -> Finding:
    """The finding with its name and its event's, and with what was read of it."""
    digest, excerpt = said
    if finding.alert_id:
        return finding._replace(excerpt=excerpt) if excerpt else finding
    name, index, time, stage, content, source, offset = event = finding.present[0]
    if not name:
        name = event_name(digest, number)
        event = SourceEvent(name, index, time, stage, content, source, offset)
    told = _hashed([rule, ((index, name),), ()])  # as `alert_id`
    return Finding(finding.rule, told, finding.time, (event,), (), finding.extra, excerpt)


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
