"""Names of events and alerts: the same events and rule give the same names on any machine.

An event without ``_id`` is named by its content and, for the second and later of equal events, its
number among them. Equal events have equal times and are found by the same rules, so they are
numbered where they meet: among the findings of one moment.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from hashlib import sha256
from itertools import chain, islice
from operator import eq
from typing import Any

import orjson

from tocsin.alerts.finding import Excerpt, Finding, SourceEvent
from tocsin.alerts.paths import Scalar
from tocsin.alerts.reader import TOGETHER, Read, Reading
from tocsin.alerts.singles import Singles, singles
from tocsin.alerts.sorter import Sorter
from tocsin.columns.content import content_hash

_BYTES = 2 << 20
"""Bytes of findings that are read together, about; all of a moment are."""

_FEW = 32
"""Findings that are taken at once."""

_MOMENT = 8 << 20
"""Bytes of a moment's findings that may be held; more wait on disk to be named."""


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
    read = read or _hashed
    some: list[Finding] = []
    held = 0
    coming = iter(findings)
    while few := [*islice(coming, _FEW)]:
        some += few
        held += _size(few)
        if len(some) < TOGETHER and held <= _BYTES:
            continue
        last = some[-1][2]
        if some[0][2] != last:
            first = len(some) - 1
            while some[first - 1][2] == last:
                first -= 1
            yield from _all_named(some[:first], rule_id, read)
            some = some[first:]
            held = _size(some)
        if held > _MOMENT:
            crowd, some = some, []
            yield from _many_named(chain(crowd, _rest(last, coming, some)), rule_id, read)
            held = _size(some)
    yield from _all_named(some, rule_id, read)


def _rest(time: int, findings: Iterator[Finding], behind: list[Finding]) -> Iterator[Finding]:
    """The first of these findings, those of a time; the next one is put behind them."""
    for finding in findings:
        if finding.time != time:
            behind.append(finding)
            return
        yield finding


def _size(findings: Iterable[Finding]) -> int:
    """Bytes of their events."""
    return sum([len(event[4]) for finding in findings for event in finding[3] if event is not None])


def _all_named(
    findings: Sequence[Finding], rule_id: Callable[[int], str], read: Read
) -> Sequence[Finding]:
    """Findings of whole moments with their names."""
    if not findings:
        return ()
    reading = read(findings)
    names = reading.digests
    moments = _moments([finding[2] for finding in findings])
    if moments:
        names = _numbered(reading.singles, names, moments)
    found = _with_names(findings, reading, names, rule_id)
    for moment in reversed(moments):
        made = {(rule_id(told.rule), told.alert_id): told for told in found[moment]}
        found[moment] = [made[key] for key in sorted(made)]
    return found


def _moments(times: Sequence[int]) -> list[slice]:
    """Where several equal times stand one behind the other."""
    found: list[slice] = []
    for place, same in enumerate(map(eq, times, islice(times, 1, None))):
        if same:
            first = found.pop().start if found and found[-1].stop == place + 1 else place
            found.append(slice(first, place + 2))
    return found


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
            reading = read(some)
            names = []
            found = reading.singles
            for row, digest in zip(found.rows, reading.digests, strict=True):
                finding = some[row]
                if digest and not finding.alert_id and _place(finding) != place:
                    place = _place(finding)
                    number = count[digest] = count.get(digest, -1) + 1
                    name = event_name(digest, number)
                names.append(name)
            for told in _with_names(some, Unread(found), names, rule_id):
                by_name.add((rule_id(told.rule), told.alert_id), told)
        before = "", ""
        for some in _parts(by_name):
            reading = read(some)
            for told in _with_names(some, reading, reading.singles.names, rule_id):
                key = rule_id(told.rule), told.alert_id
                if key != before:
                    yield told
                before = key


def _parts(findings: Iterable[Finding]) -> Iterator[list[Finding]]:
    """Some hundreds of findings at once, or fewer large ones."""
    some: list[Finding] = []
    held = 0
    for finding in findings:
        some.append(finding)
        held += _size((finding,))
        if len(some) >= TOGETHER or held > _BYTES:
            yield some
            some, held = [], 0
    if some:
        yield some


def _place(finding: Finding) -> tuple[int, int]:
    first = finding.present[0]
    return first.source, first.offset


class Unread:
    """Findings of which nothing is read, as a `Reading`."""

    def __init__(self, found: Singles) -> None:
        self.singles = found
        self.digests = [""] * len(found.rows)
        self.groups: Mapping[int, Excerpt] = {}

    def heads(self, ids: Sequence[str], _names: Sequence[str]) -> Sequence[Excerpt | None]:
        """Nothing."""
        return [None] * len(ids)


def _hashed(findings: Sequence[Finding]) -> Reading:
    """The hashes of events that have no name yet; nothing else is read."""
    found = singles(findings)
    reading = Unread(found)
    told = zip(found.ids, found.names, found.contents, strict=True)
    reading.digests = [
        "" if known or name else content_hash(content) for known, name, content in told
    ]
    return reading


def _numbered(found: Singles, digests: list[str], moments: Iterable[slice]) -> list[str]:
    """The names of events: equal ones of a moment are numbered in order of arrival."""
    names = [*digests]
    for moment in moments:
        first, last = bisect_left(found.rows, moment.start), bisect_left(found.rows, moment.stop)
        known = {
            (found.sources[at], found.offsets[at]): digests[at]
            for at in range(first, last)
            if digests[at] and not found.ids[at]
        }
        count: dict[str, int] = {}
        called = {}
        for place in sorted(known):
            digest = known[place]
            number = count[digest] = count.get(digest, -1) + 1
            called[place] = event_name(digest, number)
        for at in range(first, last):
            names[at] = called.get((found.sources[at], found.offsets[at]), "")
    return names


def _with_names(
    findings: Sequence[Finding],
    reading: Reading,
    names: Sequence[str],
    rule_id: Callable[[int], str],
) -> list[Finding]:
    """Findings with their names, and with those of their events; and with what was read of them.

    ``names``: of the event of each finding of one event, if it has no name yet.
    """
    found = reading.singles
    if any(found.names) or any(found.ids):
        known = zip(found.ids, found.names, names, strict=True)
        names = [name if told or name else fresh for told, name, fresh in known]
    ids = found.ids if all(found.ids) else _identified(found, names, rule_id)
    named = found.findings(ids, names, reading.heads(ids, names))
    if len(found.rows) == len(findings):
        told = [*named]
    else:
        told = [*findings]
        for row, finding in zip(found.rows, named, strict=True):
            told[row] = finding
        for row in {*range(len(told))}.difference(found.rows):
            if not told[row].alert_id:
                raise ValueError("a finding without a name is about one event")
            told[row] = told[row]._replace(excerpt=None)
    for row, excerpt in reading.groups.items():
        told[row] = told[row]._replace(excerpt=excerpt)
    return told


def _identified(
    found: Singles, names: Sequence[str], rule_id: Callable[[int], str]
) -> Sequence[str]:
    """The names of findings of one event, some of which have none yet."""
    rules = map(rule_id, found.numbers)
    return [
        # as `alert_id`
        told or sha256(orjson.dumps((rule, ((index, name),), ()))).hexdigest()[:40]
        for told, rule, index, name in zip(found.ids, rules, found.indices, names, strict=True)
    ]


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
