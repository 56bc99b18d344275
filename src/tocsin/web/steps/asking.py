"""Asks the stored events for the steps of one alert, which share the time that they may take."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import monotonic
from typing import Any

from tocsin.corpus.answers import Counted, Found, StoredEvent
from tocsin.corpus.question import Question
from tocsin.corpus.questions import Questions, Wanted
from tocsin.corpus.span import Span
from tocsin.web.event_shown import told
from tocsin.web.events_page import events_address
from tocsin.web.steps.step import Listing, Row
from tocsin.web.times import stamp

MOST = 300
"""Events of one question that are read."""

Event = dict[str, Any]


class Answer:
    """What a question found: a listing for the page, and the events themselves."""

    def __init__(self, listing: Listing, events: tuple[StoredEvent, ...]) -> None:
        self.listing = listing
        self.events = events

    @property
    def number(self) -> int:
        """How many events were found."""
        return self.listing.number or 0

    @property
    def looked(self) -> bool:
        """Whether anything was looked at."""
        return self.listing.number is not None

    @property
    def sources(self) -> list[Event]:
        """The events, in order of time."""
        return [dict(event.source) for event in self.events]

    def rows(self, say: Callable[[Event], str] = told) -> list[Row]:
        """The events as rows."""
        return [Row(stamp(event.time), say(dict(event.source))) for event in self.events]


class Asking:
    """Asks within a time: ``seconds`` for all questions together.

    They are asked one by one, since the time is looked at between parts of the stored events: a
    part takes a while with all questions at once. The same is asked once.
    """

    def __init__(
        self, questions: Questions, seconds: float, clock: Callable[[], float] = monotonic
    ) -> None:
        self._questions = questions
        self._clock = clock
        self._until = clock() + seconds
        self._found: dict[Wanted, Found] = {}
        self._counted: dict[Question, Counted] = {}

    def find(
        self, asked: str, kql: str, span: Span, *, newest_first: bool = False, most: int = MOST
    ) -> Answer:
        """The events that a question means, in order of time; ``asked`` says it in words."""
        address = events_address(kql, span, oldest=not newest_first)
        wanted = Wanted(Question(kql=kql, span=span), most, newest_first)
        found = self._found.get(wanted)
        if found is None:
            left = self._until - self._clock()
            if left <= 0:
                return _unasked(asked, kql, address)
            [found] = self._questions.finds([wanted], left)
            self._found[wanted] = found
        events = tuple(sorted(found.events, key=lambda event: (event.time or 0, event.place)))
        return Answer(Listing(asked, kql, address, found.total, found.looked.whole), events)

    def any(self, asked: str, kql: str, span: Span) -> Answer:
        """How many events a question means, without reading them."""
        return self.several([(asked, kql)], span)[0]

    def several(self, asked: Sequence[tuple[str, str]], span: Span) -> list[Answer]:
        """The same for questions that are cheap enough to be asked at once; words, then KQL."""
        questions = [Question(kql=kql, span=span) for _, kql in asked]
        missing = [one for one in questions if one not in self._counted]
        left = self._until - self._clock()
        if missing and left > 0:
            found = self._questions.counts(missing, left)
            self._counted.update(zip(missing, found, strict=True))
        answers = []
        for (words, kql), question in zip(asked, questions, strict=True):
            address, counted = events_address(kql, span), self._counted.get(question)
            if counted is None:
                answers.append(_unasked(words, kql, address))
                continue
            listing = Listing(words, kql, address, counted.events, counted.looked.whole)
            answers.append(Answer(listing, ()))
        return answers


def _unasked(asked: str, kql: str, address: str) -> Answer:
    return Answer(Listing(asked, kql, address, None, whole=False), ())
