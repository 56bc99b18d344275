"""The queue: the alerts that somebody is to look at, and what they have in common."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from tocsin.alerts.happening import steps
from tocsin.alerts.narrative import Piece, sentence
from tocsin.schema import attack
from tocsin.store.export import document_of
from tocsin.store.facets import Count, Facet
from tocsin.store.filter import Filter, Page
from tocsin.store.groups import Group, Groups
from tocsin.store.kept import Kept
from tocsin.store.store import Store
from tocsin.web.alert_question import FACETS, Asked
from tocsin.web.times import moment, stamp

MOST_VALUES = 10
"""Values of a facet that are shown."""

LARGEST = 256 << 10
"""Bytes of an alert that the list looks into; larger ones are only opened one by one."""

_LARGE = "a very large event: open the alert to see it"

BARS = 60
"""Spans of the histogram, at most."""

_MINUTE, _HOUR, _DAY = 60_000, 3_600_000, 86_400_000
_LENGTHS = (
    *(_MINUTE, 5 * _MINUTE, 15 * _MINUTE),
    *(_HOUR, 3 * _HOUR, 6 * _HOUR, 12 * _HOUR),
    *(_DAY, 7 * _DAY, 30 * _DAY, 365 * _DAY),
)
_NO_TELLING = (AttributeError, IndexError, KeyError, TypeError, ValueError)


class Row(NamedTuple):
    """An alert in a list; ``told``: what happened, in a line."""

    kept: Kept
    time: str
    told: str


class Bar(NamedTuple):
    """A span of the histogram, ``height`` of the highest being 100; both times are included."""

    since: str
    until: str
    alerts: int
    height: int


@dataclass(frozen=True, slots=True)
class Queue:
    """What a page of the queue shows; ``stored``: whether the store has any alert at all.

    ``number``: the outbox number of the last change that it may know of. ``groups``: shown instead
    of alerts.

    ``facets`` and ``bars`` are about the latest alerts, as many as ``counted`` says.
    """

    asked: Asked
    rows: tuple[Row, ...]
    total: int
    counted: int
    facets: dict[str, list[Count]]
    bars: tuple[Bar, ...]
    stored: bool
    number: int
    groups: Groups | None = None

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // self.asked.size))


def queue(store: Store, asked: Asked) -> Queue:
    """Ask the store. Raises StoreError if it cannot, or if the question means too much."""
    number = store.last_number()  # before what it is about: nothing falls between
    by = Facet(asked.group) if asked.group else None
    page = Page(asked.size, asked.offset)
    tally, found, groups = store.survey(
        asked.filter, asked.sort, page, by, most=MOST_VALUES, largest=LARGEST
    )
    return Queue(
        asked,
        tuple(map(row, found)),
        tally.total,
        tally.counted,
        {name: list(tally.counts[Facet(name)]) for name in FACETS},
        _bars(tally.times),
        bool(tally.total or store.find(Filter(), page=Page(limit=1))),
        number,
        groups,
    )


def news(store: Store, asked: Asked, after: int) -> dict[str, int]:
    """How many alerts of a question came behind an outbox number, and the last number now."""
    number = store.last_number()
    new = store.count(replace(asked.filter, after=after)) if number > after else 0
    return {"new": new, "number": number}


def row(kept: Kept) -> Row:
    """An alert, which was read whole unless it is very large, as a row."""
    if not kept.document:
        return Row(kept, moment(kept.timestamp), _LARGE)
    told = happened_in(document_of(kept))
    return Row(kept, moment(kept.timestamp), told[0] if told else "")


def happened_in(document: dict[str, Any]) -> list[str]:
    """What happened, in lines; a document of a strange shape tells nothing."""
    try:
        return [line for line in steps(document) if line]
    except _NO_TELLING:
        return []


def sentence_of(document: dict[str, Any]) -> tuple[Piece, ...]:
    """What happened in a sentence; a document of a strange shape tells nothing."""
    try:
        return sentence(document)
    except _NO_TELLING:
        return ()


def named(known: str) -> str:
    """An ATT&CK id with its name."""
    entry = attack.tactics().get(known) or attack.techniques().get(known)
    return f"{known} {entry.name}" if entry is not None else known


def summary(kept: Kept) -> dict[str, Any]:
    """An alert of a list as JSON."""
    return {
        "id": kept.id,
        "@timestamp": stamp(kept.timestamp),
        "status": kept.status,
        "reason": kept.reason,
        "severity": kept.severity,
        "risk_score": kept.risk_score,
        "rule_id": kept.rule_id,
        "rule_name": kept.rule_name,
        "building_block": kept.building_block,
        "host": list(kept.hosts),
        "user": list(kept.users),
        "tactics": list(kept.tactics),
        "techniques": list(kept.techniques),
        "tags": list(kept.tags),
        "assignees": list(kept.assignees),
    }


def queue_json(shown: Queue) -> dict[str, Any]:
    """What the page shows, as JSON."""
    return {
        "total": shown.total,
        "counted": shown.counted,
        "number": shown.number,
        "page": shown.asked.page,
        "pages": shown.pages,
        "alerts": [summary(each.kept) | {"message": each.told} for each in shown.rows],
        "groups": None if shown.groups is None else [_group(each) for each in shown.groups.found],
        "facets": {
            name: [count._asdict() for count in counts] for name, counts in shown.facets.items()
        },
        "over_time": [
            {"since": bar.since, "until": bar.until, "alerts": bar.alerts} for bar in shown.bars
        ],
    }


def _group(group: Group) -> dict[str, Any]:
    return group._asdict() | {"first": stamp(group.first), "last": stamp(group.last)}


def _bars(times: Sequence[int]) -> tuple[Bar, ...]:
    """The histogram of times, the latest of which comes first."""
    if not times:
        return ()
    length = _length(times[0] - times[-1])
    numbers = Counter(at // length for at in times)
    most = max(numbers.values())
    return tuple(
        _bar(number * length, length, numbers[number], most)
        for number in range(min(numbers), max(numbers) + 1)
    )


def _length(width: int) -> int:
    """How long a span is, so that there are at most so many."""
    fitting = (length for length in _LENGTHS if width // length < BARS - 1)
    return next(fitting, -(-width // (BARS - 1)))


def _bar(start: int, length: int, alerts: int, most: int) -> Bar:
    height = max(2, round(100 * alerts / most)) if alerts else 0
    return Bar(stamp(start), stamp(start + length - 1), alerts, height)
