"""The answer to a question as the page shows it, and as files and programs get it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import orjson

from tocsin.alerts.csv_line import csv_head, csv_line
from tocsin.alerts.happening import happened
from tocsin.alerts.paths import flat, values_at
from tocsin.corpus.ask.asked import Answer, Event
from tocsin.rules.fields import query_fields
from tocsin.rules.rule import Rule
from tocsin.schema.values import text_of
from tocsin.web.ask_question import LAST, Question
from tocsin.web.ask_trouble import troubles_json
from tocsin.web.times import exact_moment, moment
from tocsin.web.visible import shortened

MOST_NAMED = 6
"""Fields of the question that become columns."""

TELLING = ("host.name", "user.name")
"""Fields that are told besides."""

LONGEST_CELL, LONGEST_EVENT = 200, 20_000
"""Characters of a cell, and of an event as a whole."""

MOST_COLUMNS = 1_000
"""Columns of a file of events."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NO_TELLING = (AttributeError, IndexError, KeyError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class Row:
    """An event: its time, a cell for each column, what happened, and all of it."""

    time: str
    cells: tuple[str, ...]
    told: str
    whole: str
    index: str
    id: str


@dataclass(frozen=True, slots=True)
class Told:
    """An answer for the page: how much was found, in words, and what.

    ``looked``: what it is an answer about. ``more``: there may be more if one looks at everything.
    """

    kind: str
    summary: str
    looked: str
    more: bool
    columns: tuple[str, ...]
    rows: tuple[Row, ...] = ()
    sequences: tuple[tuple[str, tuple[Row | None, ...]], ...] = ()
    cells: tuple[tuple[str, ...], ...] = ()


def told(answer: Answer, question: Question) -> Told:
    """An answer for the page."""
    columns, telling = _columns(question)
    rows = [_row(event, columns) for event in answer.events]
    groups = [
        (
            ", ".join(filter(None, joined.keys)),
            [None if event is None else _row(event, columns) for event in joined.events],
        )
        for joined in answer.sequences
    ]
    every = [*rows, *(row for _, some in groups for row in some if row is not None)]
    wanted = [
        at
        for at, name in enumerate(columns)
        if name not in telling or any(row.cells[at] for row in every)
    ]

    def with_wanted(row: Row) -> Row:
        return replace(row, cells=tuple(row.cells[at] for at in wanted))

    return Told(
        answer.kind,
        _summary(answer),
        _looked(answer, question),
        not answer.looked.whole and not question.whole,
        answer.columns if answer.kind == "table" else tuple(columns[at] for at in wanted),
        tuple(with_wanted(row) for row in rows),
        tuple(
            (keys, tuple(None if row is None else with_wanted(row) for row in some))
            for keys, some in groups
        ),
        tuple(tuple(shortened(_cell(cell), LONGEST_CELL) for cell in row) for row in answer.rows),
    )


def _summary(answer: Answer) -> str:
    one, many = {
        "events": ("event", "events"),
        "sequences": ("sequence", "sequences"),
        "table": ("row", "rows"),
    }[answer.kind]
    given = len(answer.events) + len(answer.sequences) + len(answer.rows)
    count = f"{answer.found:,} {one if answer.found == 1 else many}"
    if answer.kind == "table" and not answer.exact and answer.looked.whole:
        return f"The first {given:,} {many}"
    least = "" if answer.exact else "At least "
    shown = f", the latest {given:,} shown" if given < answer.found else ""
    return f"{least}{count}{shown}"


def _looked(answer: Answer, question: Question) -> str:
    """What was looked at, in words."""
    looked = answer.looked
    span = LAST[question.last][0] if question.last else "the time asked for"
    if looked.span.since is not None and question.last not in {"", "all"}:
        span += f" that are stored (since {moment(looked.span.since)[:16]})"
    seconds = (
        f"{answer.seconds:.1f} s" if answer.seconds >= 1 else f"{answer.seconds * 1000:.0f} ms"
    )
    about = f"{looked.events:,} events were looked at in {seconds}"
    if looked.whole:
        whole = f"{about}: {span}."
    elif looked.since is not None and abs(looked.since) < 10**14:
        whole = f"{about}: the newest, back to {moment(looked.since)[:16]}; asked was {span}."
    else:
        whole = f"{about}: the newest of {span}."
    unread = (
        f" {looked.unread} files could not be read (damaged, or removed meanwhile)."
        if looked.unread
        else ""
    )
    return whole + unread


def _columns(question: Question) -> tuple[tuple[str, ...], frozenset[str]]:
    """The fields that the question names, and telling ones; which of them are only the latter."""
    rule = Rule("", "", "query", language=question.language, query=question.text)
    named = [name for name in query_fields(rule) if name != "@timestamp"]
    ordered = sorted(named, key=lambda name: (question.text.find(name), name))[:MOST_NAMED]
    return tuple(dict.fromkeys([*ordered, *TELLING])), frozenset(TELLING).difference(ordered)


def _document(event: Event) -> dict[str, Any]:
    try:
        found = orjson.loads(event.source)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _row(event: Event, columns: Sequence[str]) -> Row:
    document = _document(event)
    cells = []
    for name in columns:
        values = [text_of(value) for value in values_at(document, name)]
        cells.append(shortened(", ".join(values), LONGEST_CELL))
    try:
        said = happened(document)
    except _NO_TELLING:
        said = ""
    return Row(
        "" if event.time is None else exact_moment(event.time),
        tuple(cells),
        shortened(said, LONGEST_CELL),
        shortened(_pretty(document), LONGEST_EVENT),
        event.index,
        event.id,
    )


def _pretty(document: Mapping[str, Any]) -> str:
    return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode(errors="replace")


def _cell(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(_cell, value))
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def answer_json(answer: Answer, question: Question) -> dict[str, Any]:
    """An answer for programs."""
    looked = answer.looked
    found: dict[str, Any] = {
        "language": question.language,
        "query": question.text,
        "kind": answer.kind,
        "found": answer.found,
        "exact": answer.exact,
        "seconds": round(answer.seconds, 3),
        "looked": {
            "events": looked.events,
            "whole": looked.whole,
            "back_to": looked.since,
            "since": looked.span.since,
            "until": looked.span.until,
            "unread": looked.unread,
        },
        "notes": troubles_json(answer.notes),
    }
    if answer.kind == "table":
        found["columns"] = list(answer.columns)
    return {**found, answer.kind if answer.kind != "table" else "rows": list(_objects(answer))}


def _objects(answer: Answer) -> Iterator[dict[str, Any]]:
    if answer.kind == "table":
        for row in answer.rows:
            yield dict(zip(answer.columns, row, strict=True))
    elif answer.kind == "sequences":
        for joined in answer.sequences:
            events = [None if event is None else _hit(event) for event in joined.events]
            yield {"join_keys": list(joined.keys), "events": events}
    else:
        yield from map(_hit, answer.events)


def _hit(event: Event) -> dict[str, Any]:
    return {"_index": event.index, "_id": event.id, "_source": _document(event)}


def ndjson(answer: Answer) -> Iterator[bytes]:
    """An answer as lines of JSON: events as Elasticsearch's hits, which `tocsin scan` reads."""
    for found in _objects(answer):
        yield orjson.dumps(found, default=str) + b"\n"


def csv_lines(answer: Answer) -> Iterator[bytes]:
    """An answer as CSV."""
    if answer.kind == "table":
        yield csv_head(answer.columns)
        for row in answer.rows:
            yield csv_line(_cell(cell) for cell in row)
        return
    stages = [
        (number, stage, event)
        for number, events in enumerate(_groups(answer), 1)
        for stage, event in enumerate(events, 1)
        if event is not None
    ]
    rows = [(number, stage, event, flat(_document(event))) for number, stage, event in stages]
    names = sorted({name for *_, fields in rows for name in fields})[:MOST_COLUMNS]
    first = ("sequence", "stage") if answer.kind == "sequences" else ()
    yield csv_line((*first, "_index", "_id", *names))
    for number, stage, event, fields in rows:
        place = (str(number), str(stage)) if first else ()
        cells = (_cell(fields.get(name)) for name in names)
        yield csv_line((*place, event.index, event.id, *cells))


def _groups(answer: Answer) -> Iterable[Sequence[Event | None]]:
    if answer.kind == "sequences":
        return [joined.events for joined in answer.sequences]
    return [(event,) for event in answer.events]
