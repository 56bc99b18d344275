"""A list of stored events: those that a question in KQL means, within a span of time.

The question is the page's address, so that a link to it, or a bookmark, is a saved question.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from tocsin.alerts.paths import values_at
from tocsin.corpus.answers import Looked, StoredEvent
from tocsin.corpus.question import Question
from tocsin.corpus.questions import Questions
from tocsin.corpus.span import Span
from tocsin.languages import QueryError
from tocsin.web.address import QuestionError, instant, query_string
from tocsin.web.event_shown import EventShown, event_shown
from tocsin.web.times import stamp

QUICK, PATIENT = 0.15, 20.0
"""Seconds that a page looks at events: at first, and where one asks for all of them."""

SHOWN = 100
LONGEST = 20_000
"""Events of a page, and characters of a question."""


@dataclass(frozen=True, slots=True)
class EventsAsked:
    """A question: its KQL, its span, whether the oldest come first, whether to look at all."""

    kql: str = ""
    since: str = ""
    until: str = ""
    oldest: bool = False
    patient: bool = False

    @classmethod
    def read(cls, parameters: Iterable[tuple[str, str]]) -> EventsAsked:
        """The question of an address. Raises QuestionError if its times are none."""
        given: dict[str, str] = {}
        for name, value in parameters:
            if len(value) > LONGEST:
                raise QuestionError("the question is too long")
            given.setdefault(name, value.strip())
        made = cls(
            given.get("q", ""),
            given.get("since", ""),
            given.get("until", ""),
            given.get("order") == "asc",
            given.get("all") == "1",
        )
        _ = made.span
        return made

    @property
    def span(self) -> Span:
        """Its times in milliseconds."""
        return Span(instant(self.since, "since"), instant(self.until, "until", last=True))

    @property
    def question(self) -> Question:
        """What the stored events are asked."""
        return Question(kql=self.kql, span=self.span)

    def query(self, **changed: str) -> str:
        """The question as it stands behind an address, with other values of some parameters."""
        given = {
            "q": self.kql,
            "since": self.since,
            "until": self.until,
            "order": "asc" if self.oldest else "",
            "all": "1" if self.patient else "",
        }
        return query_string([(k, v) for k, v in {**given, **changed}.items() if v])


def events_address(kql: str, span: Span = Span(), *, oldest: bool = True) -> str:  # noqa: B008 - a constant
    """The page of events that a question means."""
    since, until = map(stamp, span)
    return f"/events{EventsAsked(kql, since, until, oldest).query()}"


class EventRow(NamedTuple):
    """An event in the list."""

    time: str
    host: str
    user: str
    dataset: str
    shown: EventShown
    source: Any


@dataclass(frozen=True, slots=True)
class EventList:
    """What the page shows; ``total`` events were found in what was `looked` at."""

    asked: EventsAsked
    rows: tuple[EventRow, ...]
    total: int
    looked: Looked
    back_to: str = ""
    older: str = ""


def event_list(questions: Questions, asked: EventsAsked) -> EventList:
    """The events of a question. Raises QuestionError where its KQL is wrong."""
    try:
        found = questions.find(
            asked.question,
            SHOWN,
            newest_first=not asked.oldest,
            seconds=PATIENT if asked.patient else QUICK,
        )
    except QueryError as error:
        raise QuestionError(str(error)) from None
    rows = tuple(_row(event) for event in found.events)
    last = found.events[-1].time if found.total > len(found.events) and found.events else None
    return EventList(
        asked,
        rows,
        found.total,
        found.looked,
        stamp(found.looked.since),
        "" if last is None else asked.query(**{"since" if asked.oldest else "until": stamp(last)}),
    )


def events_json(page: EventList) -> dict[str, Any]:
    """The same as JSON."""
    return {
        "kql": page.asked.kql,
        "since": page.asked.since or None,
        "until": page.asked.until or None,
        "total": page.total,
        "whole": page.looked.whole,
        "events": [{"time": row.time, "event": row.source} for row in page.rows],
    }


def _row(event: StoredEvent) -> EventRow:
    source = dict(event.source)

    def text(*fields: str) -> str:
        return next((str(value) for field in fields for value in values_at(source, field)), "")

    return EventRow(
        stamp(event.time),
        text("host.name", "host.id", "orchestrator.resource.name"),
        text("user.name", "user.id"),
        text("data_stream.dataset", "event.dataset"),
        event_shown(source),
        event.source,
    )
