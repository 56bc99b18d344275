"""Answers a question: what is compiled, which events are looked at, which way it is asked."""

from __future__ import annotations

import time
from collections.abc import Callable

from tocsin.corpus.ask.asked import Answer, Asked
from tocsin.corpus.ask.joined import joined_of, table_of
from tocsin.corpus.ask.planned import planned
from tocsin.corpus.ask.readable import Readable
from tocsin.corpus.ask.single import events_of
from tocsin.corpus.span import Span


def answered(
    readable: Readable, asked: Asked, clock: Callable[[], float] = time.monotonic
) -> Answer:
    """The answer to a question.

    Raises
    ------
    QueryError
        The question is wrong: its diagnostics say where.
    TooMuchError
        It asks for more than can be given.
    """
    plan = planned(asked)
    readable.unread = 0
    span = span_of(readable, asked)
    if plan.condition is not None:
        return events_of(readable, asked, plan, plan.condition, span, clock)
    if asked.language == "esql":
        return table_of(readable, asked, plan, span, clock)
    return joined_of(readable, asked, plan, span, clock)


def span_of(readable: Readable, asked: Asked) -> Span:
    """The times that a question is about; without a bound above where it asks for recent ones."""
    if asked.recent is None:
        return asked.span
    latest = asked.latest or readable.latest()
    return Span() if latest is None else Span(latest - asked.recent)
