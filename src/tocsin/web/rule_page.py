"""All that a page about one rule shows: what its author wrote and what the engine knows of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from tocsin.diagnostics.render import as_json
from tocsin.rules.rule import Rule
from tocsin.rules.support import Status
from tocsin.schema.attack import tactics, techniques
from tocsin.web.guide import guide_html, setup_html
from tocsin.web.library import Library
from tocsin.web.query_pieces import Piece, field_title, function_title, query_pieces
from tocsin.web.rule_facts import AttackRow, attack_rows, facts, schedule
from tocsin.web.visible import visible

MOST_SOURCE = 200_000
"""Characters of a rule's file that a page shows."""

_BLANK = re.compile(r"\n\s*\n")
_WEB = ("https://", "http://")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something doubtful about a rule; ``line`` is a line of `RulePage.source`, 0 if unknown."""

    code: str
    severity: str
    message: str
    hint: str
    line: int


@dataclass(frozen=True, slots=True)
class Kindred:
    """A related rule: its name, that of its page, and why it is related."""

    id: str
    name: str
    page: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RulePage:
    """One rule, ready to be written down.

    ``fields`` and ``functions`` are those of the query with what they hold or do. ``source`` is
    the rule's file with numbered lines, ``cut`` whether some are left out.
    """

    rule: Rule
    page: str
    status: Status
    description: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    schedule: str
    query: tuple[Piece, ...]
    fields: tuple[tuple[str, str], ...]
    functions: tuple[tuple[str, str], ...]
    attack: tuple[AttackRow, ...]
    guide: Markup
    setup: Markup
    findings: tuple[Finding, ...]
    related: tuple[Kindred, ...]
    source: Markup
    cut: bool


def rule_page(rule: Rule, library: Library) -> RulePage:
    """The page of a rule among others."""
    status = library.status(rule)
    names = library.fields(rule)
    query = tuple(
        query_pieces(rule.query.strip("\n"), names, library.schema, rule.language)
        if rule.query
        else ()
    )
    text = rule.origin.text
    called = dict.fromkeys(piece.text.lower() for piece in query if piece.kind == "function")
    return RulePage(
        rule=rule,
        page=library.names[rule.id],
        status=status,
        description=tuple(paragraphs(rule.description)),
        facts=tuple((name, value) for name, value in facts(rule, status) if value),
        schedule=schedule(rule),
        query=query,
        fields=tuple((name, field_title(name, library.schema)) for name in sorted(names)),
        functions=tuple(
            (name, told) for name in sorted(called) if (told := function_title(name, rule.language))
        ),
        attack=tuple(map(_with_address, attack_rows(rule))),
        guide=guide_html(rule),
        setup=setup_html(rule),
        findings=tuple(_findings(rule, library)),
        related=tuple(
            Kindred(other.id, other.name, library.names[other.id], reasons)
            for other, reasons in library.related(rule)
        ),
        source=numbered(text[:MOST_SOURCE], rule.origin.line),
        cut=len(text) > MOST_SOURCE,
    )


def paragraphs(text: str) -> Iterator[str]:
    """Text whose lines were broken by its author's editor, paragraph by paragraph."""
    for part in _BLANK.split(text.strip()):
        if told := " ".join(part.split()):
            yield told


def as_data(page: RulePage) -> dict[str, Any]:
    """The same facts for programs."""
    rule = page.rule
    return {
        "rule_id": rule.id,
        "name": rule.name,
        "type": rule.type,
        "language": rule.language,
        "status": page.status.status,
        "reason": page.status.reason,
        "severity": rule.severity,
        "risk_score": rule.risk_score,
        "description": "\n\n".join(page.description),
        "query": rule.query,
        "index": list(rule.index),
        "facts": dict(page.facts),
        "schedule": page.schedule,
        "fields": dict(page.fields),
        "functions": dict(page.functions),
        "attack": [
            {"id": row.id, "name": row.name, "reference": row.reference} for row in page.attack
        ],
        "tags": list(rule.tags),
        "references": list(rule.references),
        "false_positives": list(rule.false_positives),
        "note": rule.note,
        "setup": rule.setup,
        "version": rule.version,
        "findings": [
            {name: getattr(found, name) for name in Finding.__slots__} for found in page.findings
        ],
        "related": [
            {"rule_id": one.id, "name": one.name, "reasons": list(one.reasons)}
            for one in page.related
        ],
        "file": rule.origin.file,
        "source": rule.origin.text[:MOST_SOURCE],
    }


def _with_address(row: AttackRow) -> AttackRow:
    """The row with an address that is one: the rule's, else that of the framework."""
    if row.reference.startswith(_WEB):
        return row
    known = tactics().get(row.id) or techniques().get(row.id)
    return row._replace(reference=known.reference if known is not None else "")


def _findings(rule: Rule, library: Library) -> Iterator[Finding]:
    for entry in library.findings(rule):
        row = as_json(entry)
        line = row["line"] if entry.file == rule.origin.file else None
        yield Finding(
            entry.code, str(entry.severity), entry.message, entry.hint, int(line) if line else 0
        )


def numbered(text: str, first: int) -> Markup:
    """Text as lines with their numbers, each to be linked to as ``#L12``; empty without text."""
    if not text:
        return Markup()
    lines = str(escape(visible(text.removesuffix("\n")))).split("\n")
    # the lines are escaped; a template would take half the time of a site for them
    return Markup(  # noqa: S704
        "".join(
            f'<span class="line" id="L{number}"><span class="at">{number}</span>{line}\n</span>'
            for number, line in enumerate(lines, first)
        )
    )
