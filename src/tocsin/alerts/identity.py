"""Names of events and alerts: the same events and rule give the same names on any machine.

An event without ``_id`` is named by its content and, for the second and later of equal events, its
number among them. Equal events have equal times and are found by the same rules, so they are
numbered where they meet: among the findings of one moment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import partial
from hashlib import sha256
from itertools import chain, islice, pairwise, repeat
from typing import Any

import orjson

from tocsin.alerts.finding import Excerpt, Finding, Happened, SourceEvent
from tocsin.alerts.paths import Scalar
from tocsin.alerts.reader import TOGETHER, Read, Reading
from tocsin.alerts.sorter import Sorter
from tocsin.columns.content import content_hash

_BYTES = 2 << 20
"""Bytes of findings that are read together, about; all of a moment are."""

_FEW = 32
"""Findings that are taken at once."""

_COLUMNS = 8
"""The names of so many findings are sooner made column by column."""

_MOMENT = 8 << 20
"""Bytes of a moment's findings that may be held; more wait on disk to be named."""


_finding: Callable[[tuple[Any, ...]], Finding] = partial(tuple.__new__, Finding)
_event: Callable[[tuple[Any, ...]], SourceEvent] = partial(tuple.__new__, SourceEvent)
"""As the classes' ``_make``, at a third of its price: this is for every alert."""


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
    read = read or _Digests
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
) -> Iterator[Finding]:
    """Findings of whole moments with their names."""
    if not findings:
        return
    reading = read(findings)
    names = reading.digests
    if len(findings) == 1:
        number, _, at, _, keys, extra, _ = findings[0]
        named = _name(findings[0], rule_id(number), names[0])
        (told,) = reading.excerpts(named[:1], named[1:])
        yield _finding((number, named[0], at, named[1], keys, extra, told))
        return
    moments = _moments([finding[2] for finding in findings])
    for moment in moments:
        names[moment] = _names(findings[moment], names[moment])
    found = _with_names(findings, names, rule_id, reading)
    first = 0
    for moment in moments:
        yield from found[first : moment.start]
        made = {(rule_id(told.rule), told.alert_id): told for told in found[moment]}
        for key in sorted(made):
            yield made[key]
        first = moment.stop
    yield from found[first:] if first else found


def _moments(times: Sequence[int]) -> list[slice]:
    """Where several equal times stand one behind the other."""
    found: list[slice] = []
    for place, (time, following) in enumerate(pairwise(times)):
        if time == following:
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
            names = []
            for finding, digest in zip(some, read(some).digests, strict=True):
                if digest and not finding.alert_id and _place(finding) != place:
                    place = _place(finding)
                    number = count[digest] = count.get(digest, -1) + 1
                    name = event_name(digest, number)
                names.append(name)
            for found in _with_names(some, names, rule_id, None):
                by_name.add((rule_id(found.rule), found.alert_id), found)
        before = "", ""
        for some in _parts(by_name):
            for found in _with_names(some, [""] * len(some), rule_id, read(some)):
                key = rule_id(found.rule), found.alert_id
                if key != before:
                    yield found
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


class _Digests:
    """The hashes of events that have no name yet, empty for others; nothing else is read."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.digests = []
        for finding in findings:
            event = finding.present[0]
            named = finding.alert_id or event.id
            self.digests.append("" if named else content_hash(event.content))

    def excerpts(self, ids: Sequence[str], _events: Sequence[Happened]) -> Sequence[Excerpt | None]:
        """Nothing."""
        return [None] * len(ids)


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


def _with_names(
    findings: Sequence[Finding],
    names: Sequence[str],
    rule_id: Callable[[int], str],
    reading: Reading | None,
) -> list[Finding]:
    """Findings with their names, and with those of their events; and with what was read of them."""
    numbers, ids, times, happened, keys, extras, told = zip(*findings, strict=True)
    if len(ids) < _COLUMNS:
        named = [*map(_name, findings, map(rule_id, numbers), names)]
        ids, happened = zip(*named, strict=True)
    elif not all(ids):
        ids, happened = _named(ids, numbers, happened, rule_id, names)
    if reading is not None:
        told = reading.excerpts(ids, happened)
    return [*map(_finding, zip(numbers, ids, times, happened, keys, extras, told, strict=True))]


def _name(finding: Finding, rule: str, event_id: str) -> tuple[str, Happened]:
    """The name of a finding and its events; its only one gets this name if it has none yet."""
    _, known, _, happened, _, _, _ = finding
    if known:
        return known, happened
    (event,) = happened
    if event is None:
        raise ValueError("a finding without a name is about one event")
    name, index, *rest = event
    if not name:
        name = event_id
        happened = (_event((name, index, *rest)),)
    told = orjson.dumps((rule, ((index, name),), ()))  # as `alert_id`
    return sha256(told).hexdigest()[:40], happened


def _named(
    ids: Sequence[str],
    numbers: Sequence[int],
    happened: Sequence[Happened],
    rule_id: Callable[[int], str],
    names: Sequence[str],
) -> tuple[Sequence[str], Sequence[Happened]]:
    """The names of findings, some of which have none yet, and their events with names."""
    rows = [row for row, told in enumerate(ids) if not told]
    every = len(rows) == len(ids)
    alone = [event for row in rows for event in happened[row] if event is not None]
    if len(alone) != len(rows) or any(len(happened[row]) > 1 for row in rows):
        raise ValueError("a finding without a name is about one event")
    known, indices, event_times, stages, *rest = zip(*alone, strict=True)
    fresh = names if every else [names[row] for row in rows]
    told = [name or other for name, other in zip(known, fresh, strict=True)]
    rules = map(rule_id, numbers if every else [numbers[row] for row in rows])
    events_told = zip(zip(indices, told, strict=True), strict=True)
    texts = map(orjson.dumps, zip(rules, events_told, repeat(()), strict=False))  # as `alert_id`
    made = [sha256(text).hexdigest()[:40] for text in texts]
    columns = zip(told, indices, event_times, stages, *rest, strict=True)
    events = [(event,) for event in map(_event, columns)]
    if every:
        return made, events
    ids, happened = [*ids], [*happened]
    for row, name, event in zip(rows, made, events, strict=True):
        ids[row], happened[row] = name, event
    return ids, happened


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
