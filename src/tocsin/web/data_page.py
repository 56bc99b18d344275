"""The data that came, and what rules wait for: told by data set, by field, and by rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from tocsin.engine.seen_data import RuleReady, SeenSet
from tocsin.rules.rule import Rule
from tocsin.schema.fields import Schema
from tocsin.web.data_advice import Advice, advice
from tocsin.web.day_bars import DayBar, as_json, day_bars
from tocsin.web.query_pieces import field_title
from tocsin.web.shelf import Shelf

DAYS = 30
STATES = ("ready", "lacks fields", "no events", "cannot run")
MOST_SETS = 300
MOST_ROWS = 50
MOST_FIELDS = 1_000


class SetRow(NamedTuple):
    """A data set. ``ready`` and ``lacking``: rules that see it, and can fire, or lack a field."""

    seen: SeenSet
    bars: tuple[DayBar, ...]
    ready: int
    lacking: int


class Waiting(NamedTuple):
    """An index pattern for whose events rules wait, and what to do."""

    pattern: str
    rules: int
    advice: Advice


class Lacking(NamedTuple):
    """A field that rules cannot do without and that their events never had.

    ``counted``: all events were looked at; else a sample.
    """

    field: str
    rules: int
    sets: tuple[str, ...]
    counted: bool


class FieldRow(NamedTuple):
    """A field of a data set; ``share`` of its events that have it, in percent; None: sampled."""

    name: str
    title: str
    events: int
    share: float | None


@dataclass(frozen=True, slots=True)
class SetDetail:
    """One data set closely: its fields, and the rules that see it."""

    seen: SeenSet
    fields: tuple[FieldRow, ...]
    ready: tuple[Rule, ...]
    lacking: tuple[tuple[Rule, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class DataPage:
    """What the page shows. ``more_sets``: those that are not shown.

    ``pending``, ``unread``: files, and bytes of the journal, that were not looked at yet.
    """

    states: Mapping[str, int]
    events: int
    sets: tuple[SetRow, ...]
    more_sets: int
    waiting: tuple[Waiting, ...]
    more_waiting: int
    lacking: tuple[Lacking, ...]
    cannot: tuple[tuple[str, int], ...]
    pending: int
    unread: int
    known: bool


def data_page(
    sets: Sequence[SeenSet],
    ready: Mapping[str, RuleReady],
    shelf: Shelf | None,
    *,
    counted: frozenset[str],
    pending: int,
    unread: int,
    today: int,
    address: str,
) -> DataPage:
    """Put it together; ``shelf``: the rules, None while they are read."""
    by_set: dict[str, Counter[str]] = {}
    for told in ready.values():
        for name in told.sets:
            by_set.setdefault(name, Counter())[told.state] += 1
    rows = [
        SetRow(
            one,
            day_bars(one.days, today, DAYS),
            by_set.get(one.name, Counter())["ready"],
            by_set.get(one.name, Counter())["lacks fields"],
        )
        for one in sets[:MOST_SETS]
    ]
    waiting = _waiting(ready, shelf, address)
    return DataPage(
        {state: sum(told.state == state for told in ready.values()) for state in STATES},
        sum(one.events for one in sets),
        tuple(rows),
        len(sets) - len(rows),
        tuple(waiting[:MOST_ROWS]),
        max(0, len(waiting) - MOST_ROWS),
        tuple(_lacking(ready, counted)[:MOST_ROWS]),
        tuple(_cannot(ready, shelf)),
        pending,
        unread,
        shelf is not None,
    )


def set_detail(
    one: SeenSet, ready: Mapping[str, RuleReady], shelf: Shelf | None, counted: frozenset[str]
) -> SetDetail:
    """One data set closely."""
    schema = Schema()
    names = sorted(one.has(), key=lambda name: (-one.fields[name], name))[:MOST_FIELDS]
    fields = [
        FieldRow(
            name,
            field_title(name, schema),
            one.fields[name],
            round(100 * one.fields[name] / max(1, one.events), 1) if name in counted else None,
        )
        for name in names
    ]
    rules = shelf.library.rules if shelf is not None else ()
    seen = [(rule, ready[rule.id]) for rule in rules if rule.id in ready]
    mine = [(rule, told) for rule, told in seen if one.name in told.sets]
    return SetDetail(
        one,
        tuple(fields),
        tuple(rule for rule, told in mine if told.state == "ready"),
        tuple((rule, told.missing) for rule, told in mine if told.state == "lacks fields"),
    )


def page_json(page: DataPage, detail: SetDetail | None) -> dict[str, Any]:
    """The same for programs."""
    told: dict[str, Any] = {
        "events": page.events,
        "rules": dict(page.states),
        "data_sets": [
            _set_json(row.seen) | {"ready": row.ready, "lacking": row.lacking, "days": days}
            for row, days in ((row, as_json(row.bars, "events")) for row in page.sets)
        ],
        "waiting": [
            {"pattern": one.pattern, "rules": one.rules, **one.advice._asdict()}
            for one in page.waiting
        ],
        "lacking": [one._asdict() for one in page.lacking],
        "cannot_run": [{"reason": reason, "rules": number} for reason, number in page.cannot],
        "files_to_look_at": page.pending,
        "bytes_to_look_at": page.unread,
    }
    if detail is not None:
        told["data_set"] = _set_json(detail.seen) | {
            "fields": [row._asdict() for row in detail.fields],
            "ready": [rule.id for rule in detail.ready],
            "lacking": [
                {"rule_id": rule.id, "fields": list(names)} for rule, names in detail.lacking
            ],
        }
    return told


def _set_json(one: SeenSet) -> dict[str, Any]:
    return {
        "name": one.name,
        "indices": sorted(one.names),
        "events": one.events,
        "first": one.first,
        "last": one.last,
        "sampled": one.looked,
    }


def _waiting(ready: Mapping[str, RuleReady], shelf: Shelf | None, address: str) -> list[Waiting]:
    """Index patterns of rules without events, those for which the most rules wait first."""
    if shelf is None:
        return []
    counts: Counter[str] = Counter()
    for rule, told in ready.items():
        if told.state == "no events":
            patterns = dict.fromkeys(shelf.indices.get(rule, ()))
            counts.update(text for text in patterns if not text.startswith("-"))
    ranked = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return [Waiting(text, number, advice(text, address)) for text, number in ranked]


def _lacking(ready: Mapping[str, RuleReady], counted: frozenset[str]) -> list[Lacking]:
    rules: Counter[str] = Counter()
    sets: dict[str, dict[str, None]] = {}
    for told in ready.values():
        if told.state == "lacks fields":
            rules.update(told.missing)
            for name in told.missing:
                sets.setdefault(name, {}).update(dict.fromkeys(told.sets))
    ranked = sorted(rules.items(), key=lambda one: (-one[1], one[0]))
    return [
        Lacking(name, number, tuple(sets[name])[:10], name in counted) for name, number in ranked
    ]


def _cannot(ready: Mapping[str, RuleReady], shelf: Shelf | None) -> list[tuple[str, int]]:
    if shelf is None:
        return []
    reasons: Counter[str] = Counter()
    for rule, told in ready.items():
        if told.state == "cannot run":
            status = shelf.library.status(shelf.library.by_id[rule])
            why = status.status == "deprecated"
            reasons["deprecated" if why else status.reason or status.status] += 1
    return sorted(reasons.items(), key=lambda one: (-one[1], one[0]))[:MOST_ROWS]
