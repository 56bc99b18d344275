"""Names of events and alerts: the same events and rule give the same names on any machine.

An event without ``_id`` is named by its content and, for the second and later of equal events, its
number among them. Equal events have equal times and are found by the same rules, so they are
numbered where they meet: among the findings of one moment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from hashlib import sha256
from itertools import chain, groupby
from operator import attrgetter
from typing import Any

import orjson

from tocsin.alerts.finding import Excerpt, Finding, SourceEvent
from tocsin.alerts.paths import Scalar
from tocsin.alerts.reader import TOGETHER, Read
from tocsin.alerts.sorter import Sorter
from tocsin.columns.content import content_hash

_BYTES = 2 << 20
"""Bytes of findings that are read together, about; all of a moment are."""

_MOMENT = 8 << 20
"""Bytes of a moment's findings that may be held; more wait on disk to be named."""


_tuple = tuple.__new__


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
    told = [rule_id, list(events), [_plain(key) for key in keys]]
    return sha256(orjson.dumps(told)).hexdigest()[:40]


def _plain(key: Scalar | None) -> Scalar | None:
    """A key that JSON can hold: an integer beyond 64 bits as text."""
    return str(key) if isinstance(key, int) and not -(2**63) <= key < 2**64 else key


def named(
    findings: Iterable[Finding], rule_id: Callable[[int], str], read: Read | None = None
) -> Iterator[Finding]:
    """Give findings, sorted by time, their names; of each moment by rule id and alert id.

    Findings of the same alert at one moment come once: the same event read twice is one event.

    Parameters
    ----------
    read
        Reads findings of single events (`tocsin.alerts.reader.Reader.read`), some hundreds at once;
        what it says of an event goes with the finding.
    """
    read = read or _digests
    some: list[Finding] = []
    held = 0
    for _, moment in groupby(findings, key=attrgetter("time")):
        first = len(some)
        size = 0
        for finding in moment:
            some.append(finding)
            for event in finding.events:
                if event is not None:
                    size += len(event.content)
            if size > _MOMENT:
                yield from _all_named(some[:first], rule_id, read)
                rest = chain(some[first:], moment)  # noqa: B031 - which ends the loop
                yield from _many_named(rest, rule_id, read)
                some, held, size = [], 0, 0
        held += size
        if len(some) >= TOGETHER or held > _BYTES:
            yield from _all_named(some, rule_id, read)
            some, held = [], 0
    yield from _all_named(some, rule_id, read)


def _all_named(
    findings: Sequence[Finding], rule_id: Callable[[int], str], read: Read
) -> Iterator[Finding]:
    """Findings of whole moments with their names."""
    if not findings:
        return
    digests, excerpts = read(findings)
    times = [finding.time for finding in findings]
    first = 0
    now: int | None = times[0]
    for last, time in enumerate([*times[1:], None], 1):
        if time == now:
            continue
        now = time
        if last - first == 1:
            finding = findings[first]
            yield _named(finding, rule_id(finding.rule), digests[first], excerpts[first])
        else:
            moment = findings[first:last]
            names = _names(moment, digests[first:last])
            made: dict[tuple[str, str], Finding] = {}
            for finding, name, excerpt in zip(moment, names, excerpts[first:last], strict=True):
                rule = rule_id(finding.rule)
                found = _named(finding, rule, name, excerpt)
                made[rule, found.alert_id] = found
            for key in sorted(made):
                yield made[key]
        first = last


def _many_named(
    moment: Iterable[Finding], rule_id: Callable[[int], str], read: Read
) -> Iterator[Finding]:
    """The findings of one moment with their names, where they are too many to be held at once."""
    with closing(Sorter(_MOMENT)) as by_place, closing(Sorter(_MOMENT)) as by_name:
        for finding in moment:
            by_place.add(_place(finding), finding)
        count: dict[str, int] = {}
        place, name = (-1, -1), ""
        for some in _parts(by_place):
            for finding, digest in zip(some, read(some)[0], strict=True):
                if digest and not finding.alert_id and _place(finding) != place:
                    place = _place(finding)
                    number = count[digest] = count.get(digest, -1) + 1
                    name = event_name(digest, number)
                rule = rule_id(finding.rule)
                found = _named(finding, rule, name, None)
                by_name.add((rule, found.alert_id), found)
        before = "", ""
        for some in _parts(by_name):
            for found, excerpt in zip(some, read(some)[1], strict=True):
                key = rule_id(found.rule), found.alert_id
                if key != before:
                    yield found._replace(excerpt=excerpt)
                before = key


def _parts(findings: Iterable[Finding]) -> Iterator[list[Finding]]:
    """Some hundreds of findings at once, or fewer large ones."""
    some: list[Finding] = []
    held = 0
    for finding in findings:
        some.append(finding)
        held += sum(len(event.content) for event in finding.present)
        if len(some) >= TOGETHER or held > _BYTES:
            yield some
            some, held = [], 0
    if some:
        yield some


def _place(finding: Finding) -> tuple[int, int]:
    first = finding.present[0]
    return first.source, first.offset


def _digests(findings: Sequence[Finding]) -> tuple[list[str], list[None]]:
    """The hashes of events that have no name yet, empty for others; nothing else is read."""
    digests = []
    for finding in findings:
        event = finding.present[0]
        digests.append("" if finding.alert_id or event.id else content_hash(event.content))
    return digests, [None] * len(digests)


def _names(findings: Sequence[Finding], digests: Sequence[str]) -> list[str]:
    """The names of the events of a moment: equal ones are numbered in order of arrival."""
    places = [_place(finding) for finding in findings]
    known = {
        place: digest
        for place, digest, finding in zip(places, digests, findings, strict=True)
        if digest and not finding.alert_id
    }
    count: dict[str, int] = {}
    names = {}
    for place in sorted(known):
        digest = known[place]
        number = count[digest] = count.get(digest, -1) + 1
        names[place] = event_name(digest, number)
    return [names.get(place, "") for place in places]


def _named(finding: Finding, rule: str, event_id: str, excerpt: Excerpt | None) -> Finding:
    """The finding with its name, and with that of its event if that has none yet."""
    number, known, at, events, _, extra, _ = finding
    if known:
        return finding._replace(excerpt=excerpt) if excerpt else finding
    event = events[0]
    if event is None:
        raise ValueError("a finding without a name is about one event")
    name, index, time, stage, content, source, offset = event
    if not name:
        name = event_id
        # as the classes make them, without a call more: this is for every alert
        event = _tuple(SourceEvent, (name, index, time, stage, content, source, offset))
    told = sha256(orjson.dumps((rule, ((index, name),), ()))).hexdigest()[:40]  # as `alert_id`
    return _tuple(Finding, (number, told, at, (event,), (), extra, excerpt))


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
