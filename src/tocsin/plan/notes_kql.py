"""Where a query finds something else here than in Elasticsearch, because texts are compared raw."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tocsin.diagnostics import NOWHERE, Diagnostic, Severity, Span
from tocsin.plan.leaves import leaves_of
from tocsin.plan.leaves_kql import ANALYSED, IGNORE_ABOVE
from tocsin.plan.predicate import FieldRef, Predicate, Text
from tocsin.plan.wildcard import symbols
from tocsin.schema.kinds import Kind

_LONG: Final = frozenset(
    {
        "body",
        "command_line",
        "content",
        "full",
        "original",
        "request_parameters",
        "response_elements",
    }
)
"""Last parts of the names of fields whose values do get long."""


def notes_of(condition: Predicate, text: str) -> Iterator[Diagnostic]:
    """One note for each field whose values are compared otherwise than in Elasticsearch.

    Parameters
    ----------
    text
        The query, in which clauses are looked for to give their places.
    """
    told: set[tuple[str, str]] = set()
    for leaf in leaves_of(condition):
        if not isinstance(leaf, Text):
            continue
        code, message, hint = _note(leaf)
        if code and (code, leaf.field.name) not in told:
            told.add((code, leaf.field.name))
            yield Diagnostic(code, message, Severity.INFO, _place(leaf, text), hint=hint, text=text)


def _note(leaf: Text) -> tuple[str, str, str]:
    """Code, message and hint; empty if nothing is to be said."""
    field = leaf.field
    if field.kind in ANALYSED:
        return (
            "KQL210",
            f"`{field.name}` is a text, which Elasticsearch compares word by word",
            "`--text-mode compat` does so too",
        )
    if _gets_long(field) and any(map(_reaches_far, leaf.patterns)):
        return (
            "KQL211",
            (
                f"values of `{field.name}` beyond {IGNORE_ABOVE:,} characters are found here, "
                "but are not indexed in Elasticsearch"
            ),
            "`--text-mode compat` leaves them out too",
        )
    return "", "", ""


def _gets_long(field: FieldRef) -> bool:
    last = field.name.rpartition(".")[2]
    return field.kind in (Kind.KEYWORD, Kind.UNKNOWN) and last in _LONG


def _reaches_far(pattern: str) -> bool:
    """Whether values of any length can match the pattern."""
    return ("*", True) in symbols(pattern)


def _place(leaf: Text, text: str) -> Span:
    for part in (leaf.clause, leaf.field.name):
        start = text.find(part) if part else -1
        if start >= 0:
            return Span(start, start + len(part))
    return NOWHERE
