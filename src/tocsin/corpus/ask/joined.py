"""Questions about several events together: sequences, samples, and tables of ES|QL."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal, cast

import orjson

from tocsin.alerts.finding import SourceEvent
from tocsin.columns.cells import NO_TIME
from tocsin.corpus.ask.asked import (
    MOST_BYTES,
    ROWS_AT_ONCE,
    Answer,
    Asked,
    Event,
    Joined,
    Looked,
    TooMuchError,
)
from tocsin.corpus.ask.gathered import Gathered, gathered
from tocsin.corpus.ask.planned import Planned
from tocsin.corpus.ask.readable import Chosen, Readable
from tocsin.corpus.span import ALWAYS, Span
from tocsin.engine.compiled_query import Match
from tocsin.engine.query import query
from tocsin.engine.query_esql import esql_table
from tocsin.engine.tally import Tally
from tocsin.languages.eql.nodes import EventFilter
from tocsin.languages.eql.parser import parse
from tocsin.languages.esql.nodes import From
from tocsin.languages.esql.parser import parse as parse_esql
from tocsin.plan.passes import TRUE
from tocsin.schema.fields import Schema
from tocsin.schema.values import text_of, time_text


def joined_of(
    readable: Readable, asked: Asked, planned: Planned, span: Span, clock: Callable[[], float]
) -> Answer:
    """Sequences, samples, or events that pipes choose; the latest first.

    Raises
    ------
    TooMuchError
        It took too long.
    """
    began = clock()
    chosen = _chosen(readable, asked, planned, span, clock)
    tally = _tally(asked, clock)
    matches = list(
        query(
            chosen.events,
            asked.text,
            language=cast("Literal['eql']", asked.language),
            size=asked.size,
            filters=_between(_unbound(chosen, span)),
            index=asked.index,
            tally=tally,
        )
    )
    matches.reverse()
    looked = _looked(readable, chosen, tally, span)
    single = isinstance(parse(asked.text).body, EventFilter)
    events = [one for match in matches for one in _events(match)] if single else []
    return Answer(
        tuple(event for event in events if event is not None),
        () if single else _bounded(matches),
        kind="events" if single else "sequences",
        found=len(matches),
        exact=looked.whole and len(matches) < asked.size,
        looked=looked,
        seconds=clock() - began,
        notes=planned.notes,
    )


def _bounded(matches: Iterable[Match]) -> tuple[Joined, ...]:
    found: list[Joined] = []
    size = 0
    for match in matches:
        events = _events(match)
        size += sum(len(event.source) for event in events if event is not None)
        if size > MOST_BYTES and found:
            break
        keys = tuple("" if key is None else text_of(key) for key in match.join_keys)
        found.append(Joined(keys, events))
    return tuple(found)


def _events(match: Match) -> tuple[Event | None, ...]:
    return tuple(
        None if event is None or source is None else _event(source, orjson.dumps(dict(event)))
        for event, source in zip(match.events, match.sources, strict=True)
    )


def _event(found: SourceEvent, content: bytes) -> Event:
    at = None if found.time == NO_TIME else found.time
    return Event(at, found.index_name, found.id, content)


def table_of(
    readable: Readable, asked: Asked, planned: Planned, span: Span, clock: Callable[[], float]
) -> Answer:
    """The rows of a table. Raises TooMuchError as `joined_of` does."""
    began = clock()
    chosen = _chosen(readable, asked, planned, span, clock)
    tally = _tally(asked, clock)
    table = esql_table(
        chosen.events,
        within(asked.text, _unbound(chosen, span)),
        Schema(text=asked.text_mode),
        now=asked.now or None,
        tally=tally,
        only=planned.index,
    )
    rows: list[tuple[Any, ...]] = []
    size, more = 0, False
    for row in table.rows:
        if len(rows) >= asked.size or size > MOST_BYTES:
            more = True
            break
        cells = tuple(row[name] for name in table.columns)
        size += sum(len(cell) if isinstance(cell, str) else 16 for cell in cells)
        rows.append(cells)
    looked = _looked(readable, chosen, tally, span)
    return Answer(
        columns=table.columns,
        types=tuple(kind.value for kind in table.types),
        rows=tuple(rows),
        kind="table",
        found=len(rows),
        exact=looked.whole and not more,
        looked=looked,
        seconds=clock() - began,
        notes=planned.notes,
    )


def within(text: str, span: Span) -> str:
    """A question in ES|QL that looks only at events of a span; its own times hold as well."""
    parts = []
    if span.since is not None:
        parts.append(f'@timestamp >= "{time_text(span.since * 1_000_000)}"')
    if span.until is not None:
        parts.append(f'@timestamp <= "{time_text(span.until * 1_000_000)}"')
    at = _end_of_source(text)
    if not parts or at is None:
        return text
    return f"{text[:at].rstrip()} | where {' and '.join(parts)} {text[at:]}"


def _end_of_source(text: str) -> int | None:
    """Where the command that names the indices ends; None where there is none."""
    first = parse_esql(text).commands[0]
    return first.span.end if isinstance(first, From) else None


def _between(span: Span) -> list[dict[str, Any]]:
    limits = {name: at for name, at in (("gte", span.since), ("lte", span.until)) if at is not None}
    return [{"range": {"@timestamp": {**limits, "format": "epoch_millis"}}}] if limits else []


def _tally(asked: Asked, clock: Callable[[], float]) -> Tally:
    until = clock() + asked.seconds

    def told(tally: Tally) -> None:
        if clock() > until:
            raise TooMuchError(
                f"After {asked.seconds:.0f} seconds and {tally.events:,} events there was no answer"
                " yet. Ask about a shorter time, or about fewer events."
            )

    return Tally(told=told)


def _chosen(
    readable: Readable, asked: Asked, planned: Planned, span: Span, clock: Callable[[], float]
) -> Chosen | Gathered:
    """The events that can matter, if they are few; else all of the newest."""
    if planned.some != TRUE:
        found = gathered(
            readable, planned.some, span, clock, asked.seconds / 2, hurried=not asked.whole
        )
        if found is not None:
            return found
    return readable.source(span, asked.rows if asked.whole else min(asked.rows, ROWS_AT_ONCE))


def _unbound(chosen: Chosen | Gathered, span: Span) -> Span:
    """The times that the question must still be bound to; those that were gathered are within."""
    return ALWAYS if isinstance(chosen, Gathered) else span


def _looked(readable: Readable, chosen: Chosen | Gathered, tally: Tally, span: Span) -> Looked:
    if isinstance(chosen, Gathered):
        told = chosen.looked
        return Looked(told.events, told.whole, told.since, span, told.unread)
    problems = len(chosen.events.problems) + readable.unread
    return Looked(tally.events, chosen.whole and not problems, chosen.since, span, problems)
