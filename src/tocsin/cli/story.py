"""What was learnt about a rule, as lines for people."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from tocsin.alerts.finding import Finding
from tocsin.alerts.happening import happened
from tocsin.cli.happening import safe
from tocsin.engine.explain import NearMiss, Relative, StageStory, Story
from tocsin.languages.eql.show import show_maxspan
from tocsin.match.explain import Told, Why

_CLAUSES = 8
"""Clauses of a stage, and values of a field, that are listed."""
_EVENTS = 5
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WIDE = 200


def summary(story: Story) -> Iterator[str]:
    """Stage by stage how many events matched, and which clause turned the others away."""
    for stage in story.stages:
        yield f"{stage.name}: {_counted(stage.matched, 'event')} matched"
        for clause, number in stage.failed.most_common(_CLAUSES):
            yield f"{number:>9,} failed first at  {safe(clause)}"
        rest = stage.failed.total() - sum(n for _, n in stage.failed.most_common(_CLAUSES))
        if rest:
            yield f"{rest:>9,} at other clauses"
    yield from _reach(story)


def _reach(story: Story) -> Iterator[str]:
    """How far a sequence came, and what would have matched."""
    if story.found:
        return
    furthest = story.furthest
    if furthest is not None and furthest.first is not None:
        stages = furthest.variant.stages
        yield f"the first {stages} stages were found together {_times(furthest)}"
    for relative in story.would:
        yield f"it would match without {relative.variant.dropped}: {_times(relative)}"


def _times(relative: Relative) -> str:
    told = f"{_counted(relative.found, 'time')}"
    finding = relative.first
    if finding is None or not finding.present:
        return told
    times = [event.time for event in finding.present]
    told += f", first at {moment(min(times))}"
    if max(times) > min(times):
        told += f", over {show_maxspan(max(times) - min(times))}"
    if finding.keys:
        told += f", joined by {', '.join(map(value_text, finding.keys))}"
    return told


def near_misses(stage: StageStory, most: int) -> Iterator[str]:
    """The events that came nearest to a stage, with the clauses that failed."""
    for miss in stage.nearest[:most]:
        yield f"{_place(miss)}  {_what(miss.content)}"
        for reason in miss.failed[:_CLAUSES]:
            yield f"    failed  {reason_text(reason)}"
        if len(miss.failed) > _CLAUSES:
            yield f"    and {len(miss.failed) - _CLAUSES} more clauses"


def finding_lines(finding: Finding, whys: list[dict[str, Any]], *, joined: bool) -> Iterator[str]:
    """A finding with the clauses that held; ``whys`` as an alert's ``tocsin.why``.

    ``joined``: its events stand for stages; else only the first ones are told.
    """
    most = len(finding.events) if joined else _EVENTS
    for number, event in enumerate(finding.events[:most]):
        stage = f"{'stage' if joined else 'event'} {number + 1}  "
        stage = stage if len(finding.events) > 1 else ""
        if event is None:
            yield f"{stage}no such event, as the rule wants it"
            continue
        yield f"{stage}{moment(event.time)}  {_what(event.content)}"
        for row in whys:
            if row["stage"] == number:
                reason = Why(row["clause"], row["field"], _told(row["value"]))
                yield f"    held  {reason_text(reason)}"
    if len(finding.events) > most:
        yield f"and {len(finding.events) - most:,} more events"


def reason_text(reason: Why) -> str:
    """A clause with the value that it met."""
    if not reason.clause:
        met = "there is none" if reason.value is None else value_text(reason.value)
        return safe(f"{reason.field}: {met}")
    clause = " ".join(reason.clause.split())
    clause = clause if len(clause) <= _WIDE else f"{clause[: _WIDE - 1]}…"
    if not reason.field:
        return safe(clause)
    met = "there is none" if reason.value is None else value_text(reason.value)
    return safe(f"{clause}   {reason.field}: {met}")


def value_text(value: Told) -> str:
    """A value, or several, for people."""
    if isinstance(value, tuple):
        shown = ", ".join(map(value_text, value[:_CLAUSES]))
        return f"{shown}, …" if len(value) > _CLAUSES else shown
    text = orjson.dumps(value).decode() if not isinstance(value, int) else str(value).lower()
    return text if len(text) <= _WIDE else f"{text[: _WIDE - 1]}…"


def moment(milliseconds: int) -> str:
    """A time as ISO 8601 has it."""
    try:
        when = _EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError:
        return f"{milliseconds} ms"
    return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _place(miss: NearMiss) -> str:
    where = f"event {miss.line}" if miss.file == "memory" else f"{safe(miss.file)}:{miss.line}"
    return f"{where}  {moment(miss.time)}"


def _what(content: bytes) -> str:
    if not content:
        return ""
    try:
        event = orjson.loads(content)
    except orjson.JSONDecodeError:
        return ""
    return safe(happened(event)) if isinstance(event, dict) else ""


def _told(value: object) -> Told:
    if isinstance(value, list | tuple):
        return tuple(value)
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
