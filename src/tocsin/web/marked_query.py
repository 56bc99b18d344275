"""A rule's query with the clauses that held marked, each with the value that made it true."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple, Protocol

from tocsin.schema.fields import Schema
from tocsin.web.query_pieces import TOKEN, Piece, query_pieces

_RUNS = re.compile(r"\]\s*+with\s++runs\s*+=\s*+(\d{1,3})\b", re.IGNORECASE)
_NAME = re.compile(r"[\w.@-]")
_CUT = "…"


class Held(Protocol):
    """A clause that held: the stage, counted from 1, its text, the field and the value."""

    @property
    def stage(self) -> int: ...  # noqa: D102
    @property
    def clause(self) -> str: ...  # noqa: D102
    @property
    def field(self) -> str: ...  # noqa: D102
    @property
    def value(self) -> str: ...  # noqa: D102


class Marked(NamedTuple):
    """A run of the query; ``because``: fields and values, of a clause that held."""

    pieces: tuple[Piece, ...]
    because: tuple[tuple[str, str], ...] = ()


class _Span(NamedTuple):
    first: int
    last: int
    because: tuple[tuple[str, str], ...]


def marked_query(
    query: str,
    clauses: Sequence[Held],
    fields: Collection[str],
    schema: Schema,
    language: str = "",
) -> list[Marked]:
    """The query from its first character to its last, in runs.

    A clause that cannot be found in it, since it was quoted in other words, is not marked.
    """
    spans = _apart(_spans(query, clauses))
    edges = sorted({edge for span in spans for edge in (span.first, span.last)})
    by_start = {span.first: span for span in spans}
    found: list[Marked] = []
    some: list[Piece] = []
    because: tuple[tuple[str, str], ...] = ()
    for at, piece in _cut(query_pieces(query, fields, schema, language), edges):
        if at in edges:
            if some:
                found.append(Marked(tuple(some), because))
            some = []
            because = by_start[at].because if at in by_start else ()
        some.append(piece)
    if some:
        found.append(Marked(tuple(some), because))
    return found


def _cut(pieces: Iterator[Piece], edges: Sequence[int]) -> Iterator[tuple[int, Piece]]:
    """Pieces with their places, cut where a span begins or ends."""
    at = 0
    for piece in pieces:
        text = piece.text
        while text:
            number = bisect_right(edges, at)
            size = min(edges[number] - at if number < len(edges) else len(text), len(text))
            yield at, piece._replace(text=text[:size])
            at += size
            text = text[size:]


def _spans(query: str, clauses: Sequence[Held]) -> list[_Span]:
    plain, places = _plain(query)
    bounds = _stages(query)
    because: dict[tuple[int, str], dict[tuple[str, str], None]] = {}
    for one in clauses:
        because.setdefault((one.stage, one.clause), {})[one.field, one.value] = None
    found = []
    for (stage, clause), told in because.items():
        text = " ".join(clause.split()).removesuffix(_CUT).rstrip()
        bound = bounds[stage - 1] if 0 < stage <= len(bounds) else (0, len(query))
        span = _place(plain, places, text, bound)
        if span is not None:
            found.append(_Span(*span, tuple(told)))
    return found


def _place(
    plain: str, places: Sequence[int], text: str, bound: tuple[int, int]
) -> tuple[int, int] | None:
    """Where a text stands in the query, within bounds, and not as a part of longer words."""
    at = plain.find(text) if text else -1
    while at >= 0:
        end = at + len(text)
        first, last = places[at], places[end - 1] + 1
        if last > bound[1]:
            return None
        part = (at > 0 and _NAME.match(plain[at - 1]) and _NAME.match(text[0])) or (
            end < len(plain) and _NAME.match(plain[end]) and _NAME.match(text[-1])
        )
        if first >= bound[0] and not part:
            return first, last
        at = plain.find(text, at + 1)
    return None


def _plain(query: str) -> tuple[str, list[int]]:
    """The query with one blank for each run of them, without comments; where each character is."""
    kept: list[str] = []
    places: list[int] = []
    comments = [
        (found.start(), found.end())
        for found in TOKEN.finditer(query)
        if found.lastgroup == "comment"
    ]
    comment = iter([*comments, (len(query), len(query))])
    start, end = next(comment)
    for at, letter in enumerate(query):
        if at >= end and at > start:
            start, end = next(comment)
        blank = letter.isspace() or start <= at < end
        if blank and kept and kept[-1] == " ":
            continue
        kept.append(" " if blank else letter)
        places.append(at)
    return "".join(kept), places


def _stages(query: str) -> list[tuple[int, int]]:
    """Where each stage of a sequence or sample stands; one that has to come n times is n stages."""
    bare = [*query]
    for found in TOKEN.finditer(query):
        if found.lastgroup in {"comment", "string"}:
            bare[found.start() : found.end()] = " " * (found.end() - found.start())
    text = "".join(bare)
    bounds = []
    at = text.find("[")
    while at >= 0:
        end = text.find("]", at)
        if end < 0:
            break
        runs = _RUNS.match(text, end)
        bounds += [(at, end + 1)] * (int(runs[1]) if runs else 1)
        at = text.find("[", end)
    return bounds


def _apart(spans: Sequence[_Span]) -> list[_Span]:
    """Spans that do not overlap: of two that do, the shorter says more; of equal ones the first."""
    kept: list[_Span] = []
    for span in sorted(spans, key=lambda span: span.last - span.first):
        same = next((one for one in kept if one[:2] == span[:2]), None)
        if same is not None:
            merged = tuple(dict.fromkeys((*same.because, *span.because)))
            kept[kept.index(same)] = same._replace(because=merged)
        elif all(span.last <= one.first or one.last <= span.first for one in kept):
            kept.append(span)
    return kept
