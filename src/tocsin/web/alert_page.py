"""One alert: what happened, why the rule fired, the events behind it, what people did since."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from markupsafe import Markup

from tocsin.alerts.narrative import Piece
from tocsin.alerts.paths import values_at
from tocsin.rules.guide_blocks import Block
from tocsin.rules.rule import Rule
from tocsin.schema import attack
from tocsin.schema.fields import Schema
from tocsin.schema.kinds import Kind
from tocsin.store.export import document_of, written
from tocsin.store.filter import Filter, Page
from tocsin.store.kept import Deed, Kept
from tocsin.store.store import Store
from tocsin.web.alert_queue import Row, happened_in, row, sentence_of, summary
from tocsin.web.event_shown import EventShown, event_shown, told_value
from tocsin.web.guide import guide_html
from tocsin.web.marked_query import Marked, marked_query
from tocsin.web.query_pieces import TOKEN
from tocsin.web.times import moment

MOST_CLAUSES = 100
MOST_EVENTS = 50
MOST_RELATED = 8
MOST_DEEDS = 200
LONGEST_DOCUMENT = 50_000
"""Characters of the document that the page shows; its JSON twin has all."""

LONGEST_QUERY = 40_000
"""Characters of the rule's query that the page shows."""


class Clause(NamedTuple):
    """A clause of the rule that held, and the value that made it so."""

    stage: int
    clause: str
    field: str
    value: str


class Related(NamedTuple):
    """Other alerts that have something in common; ``query``: the question that has them all."""

    title: str
    parameter: str
    value: str
    alerts: tuple[Row, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page of an alert shows."""

    kept: Kept
    document: Mapping[str, Any]
    sentence: tuple[Piece, ...]
    told: tuple[str, ...]
    query: tuple[Marked, ...]
    clauses: tuple[Clause, ...]
    more_clauses: int
    events: tuple[EventShown, ...]
    more_events: int
    attack: tuple[tuple[str, str, str], ...]
    guide: Markup
    trail: tuple[Deed, ...]
    related: tuple[Related, ...]
    raw: str


def shown(
    store: Store,
    name: str,
    rule: Rule | None,
    extra: Callable[[int, Block], Markup] | None = None,
) -> Shown | None:
    """The alert of an id, None if there is none.

    ``rule``: its rule, where that is known; ``extra``: what its guide shows in its blocks.
    """
    kept = store.one(name)
    if kept is None:
        return None
    document = document_of(kept)
    clauses = list(_clauses(document))
    events = _events(document)
    guide = Markup()
    if rule is not None:
        guide = guide_html(rule, lambda field: values_at(document, field), extra)
    return Shown(
        kept,
        document,
        sentence_of(document),
        tuple(happened_in(document)),
        tuple(_query(document, clauses[:MOST_CLAUSES])),
        tuple(clauses[:MOST_CLAUSES]),
        max(0, len(clauses) - MOST_CLAUSES),
        tuple(event_shown(event) for event in events[:MOST_EVENTS]),
        max(0, len(events) - MOST_EVENTS),
        tuple(_attack(kept)),
        guide,
        tuple(store.trail(name, most=MOST_DEEDS)),
        tuple(_related(store, kept)),
        written(document, indented=True).decode(errors="replace")[:LONGEST_DOCUMENT],
    )


def shown_json(page: Shown) -> dict[str, Any]:
    """What the page shows, as JSON; `document` is all that is known."""
    return {
        **summary(page.kept),
        "sentence": "".join(piece.text for piece in page.sentence),
        "told": list(page.told),
        "why": [clause._asdict() for clause in page.clauses],
        "history": [
            {**deed._asdict(), "at": moment(deed.at), "told": deed_told(deed)}
            for deed in page.trail
        ],
        "related": [
            {
                "title": group.title,
                "total": group.total,
                "alerts": [summary(each.kept) for each in group.alerts],
            }
            for group in page.related
        ],
        "document": page.document,
    }


def deed_told(deed: Deed) -> str:
    """What was done, in words."""
    if deed.action == "note":
        return "wrote a note"
    if deed.before and deed.after:
        return f"{deed.action}: {deed.before} → {deed.after}"
    return f"{deed.action}: {deed.after or f'no more {deed.before}'}"


def _query(document: Mapping[str, Any], clauses: Sequence[Clause]) -> Sequence[Marked]:
    """The rule's query as it was when it fired, if the document has it; what held is marked."""
    told = document.get("kibana.alert.rule.parameters")
    told = told if isinstance(told, dict) else {}
    query, language = told.get("query"), told.get("language")
    if not isinstance(query, str) or not query.strip():
        return ()
    query = query.strip()[:LONGEST_QUERY]
    schema = Schema()
    named = {one.field for one in clauses}
    words = {found["word"] for found in TOKEN.finditer(query) if found["word"]}
    named |= {word for word in words if "." in word and schema.kind(word) is not Kind.UNKNOWN}
    language = language if isinstance(language, str) else ""
    return marked_query(query, clauses, named, schema, language)


def _clauses(document: Mapping[str, Any]) -> Iterator[Clause]:
    found = document.get("tocsin.why")
    for entry in found if isinstance(found, list) else []:
        if isinstance(entry, dict):
            stage = entry.get("stage")
            clause = " ".join(str(entry.get("clause", "")).split())
            yield Clause(
                stage + 1 if isinstance(stage, int) else 1,
                clause,
                str(entry.get("field") or ""),
                told_value(entry.get("value")),
            )


def _events(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The events of an alert: of a sequence all, of a threshold the last, else the one."""
    blocks = document.get("tocsin.building_blocks")
    if isinstance(blocks, list) and blocks:
        return [block for block in blocks if isinstance(block, dict)]
    sample = document.get("tocsin.sample")
    if isinstance(sample, list) and sample:
        entries = [entry.get("event") for entry in sample if isinstance(entry, dict)]
        return [event for event in entries if isinstance(event, dict)]
    return [document]


def _attack(kept: Kept) -> Iterator[tuple[str, str, str]]:
    """Ids of tactics and techniques with name and page; empty ones of what is not known."""
    known = {**attack.tactics(), **attack.techniques()}
    for name in (*kept.tactics, *kept.techniques):
        entry = known.get(name)
        yield name, entry.name if entry else "", entry.reference if entry else ""


def _related(store: Store, kept: Kept) -> Iterator[Related]:
    """Alerts of the same rule and of the same host and user, the latest first."""
    asked: list[tuple[str, str, str, Filter]] = [
        ("Of the same rule", "rule", kept.rule_id, Filter(rules=(kept.rule_id,)))
    ]
    for title, name, values in (
        ("Of the host", "host", kept.hosts),
        ("Of the user", "user", kept.users),
    ):
        if values:
            wanted = Filter(hosts=values[:1]) if name == "host" else Filter(users=values[:1])
            asked.append((title, name, values[0], wanted))
    for title, name, value, wanted in asked:
        found = store.find(wanted, page=Page(limit=MOST_RELATED + 1), whole=True)
        others = [row(each) for each in found if each.id != kept.id][:MOST_RELATED]
        if others:
            total = max(store.count(wanted) - 1, len(others))
            yield Related(title, name, value, tuple(others), total)


def trail_rows(deeds: Sequence[Deed]) -> list[tuple[str, str, str]]:
    """Time, who and what of deeds, in the order given."""
    return [(moment(deed.at), deed.actor, deed_told(deed)) for deed in deeds]
