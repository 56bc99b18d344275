"""``_search`` and ``_count``: which stored documents meet a query, sorted, a page of them.

The query is lowered and matched as the filters of rules are, so that a clause means the same in
both. Nothing is scored: without a sort, documents come in order of arrival.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from tocsin.columns.cells import NO_TIME, Batch, Cells, Scalar
from tocsin.columns.content import content_hash
from tocsin.engine.query import filter_of
from tocsin.engine.remembering import indices
from tocsin.inputs.source import Events
from tocsin.match.matcher import Matcher
from tocsin.plan.program import Program, compile_program
from tocsin.schema.fields import Schema
from tocsin.schema.values import event_time
from tocsin.server.aggregations import Aggregations, fields_of
from tocsin.server.hits import Shown, hit
from tocsin.server.question import TIME, is_time, known_only, number, object_of, query_of
from tocsin.server.refusal import bad_request
from tocsin.server.sorting import (
    BY_ARRIVAL,
    By,
    compare_keys,
    in_order,
    rank,
    reached,
    sorts,
    told_keys,
)

MOST_HITS = 10_000
"""Documents of one page, those before it included."""

KNOWN = frozenset(
    {"query", "sort", "size", "from", "search_after", "_source", "aggs", "aggregations"}
)
IGNORED = frozenset(
    {"track_total_hits", "timeout", "version", "seq_no_primary_term", "track_scores", "explain"}
)


@dataclass(slots=True)
class Asked:
    """What a search asks for; ``typed``: names of aggregations with their types."""

    clauses: Sequence[object]
    sort: tuple[By, ...] = ()
    size: int = 10
    begin: int = 0
    after: tuple[Any, ...] | None = None
    shown: Shown = field(default_factory=lambda: Shown(None))
    aggregations: object = field(default_factory=dict)
    typed: bool = False


class Row(NamedTuple):
    """A document that was found; ``keys``: what it is sorted by, ``home``: its index."""

    keys: tuple[Any, ...]
    home: str
    name: str
    content: bytes


def asked_of(body: object, clauses: Sequence[object] = (), **defaults: Any) -> Asked:  # noqa: ANN401 - JSON
    """Read the body of a search; ``defaults``: what the query string says. Raises RefusedError."""
    table = {**defaults, **object_of(body)}
    known_only(table, KNOWN, IGNORED)
    sort = tuple(sorts(table.get("sort", [])))
    after = table.get("search_after")
    if after is not None:
        if not isinstance(after, list) or len(after) != len(sort):
            raise bad_request("[search_after] has a value for each field of [sort]")
        after = tuple(reached(by, value) for by, value in zip(sort, after, strict=True))
    begin = number(table, "from", 0, MOST_HITS)
    size = number(table, "size", 10, MOST_HITS)
    if begin + size > MOST_HITS:
        raise bad_request(f"[from] and [size] are {MOST_HITS:,} together at most")
    return Asked(
        [*clauses, *query_of(table)],
        sort,
        size,
        begin,
        after,
        Shown(table.get("_source")),
        table.get("aggs", table.get("aggregations", {})),
    )


def searched(
    source: Events, patterns: Sequence[str], asked: Asked, told: Callable[[], None]
) -> dict[str, Any]:
    """The answer to a search; ``told`` is called now and then, and may raise to end it."""
    aggregations = Aggregations(asked.aggregations, typed=asked.typed)
    extra = {by.name for by in asked.sort if by.name not in BY_ARRIVAL} | set(
        fields_of(asked.aggregations)
    )
    rows: list[Row] = []
    total, most = 0, asked.begin + asked.size
    for batch, cells, found, program in _found(source, patterns, asked.clauses, sorted(extra)):
        told()
        total += len(found)
        if extra and asked.aggregations:
            for row in found:
                aggregations.add(_values(cells, program, row))
        if most:
            rows += _rows(batch, cells, program, found, asked)
            rows = _first(rows, asked.sort, most)
    page = rows[asked.begin :]
    hits = [
        hit(
            orjson.loads(row.content),
            row.home,
            row.name,
            asked.shown,
            told_keys(row.keys, asked.sort),
        )
        for row in page
    ]
    answer: dict[str, Any] = {
        "timed_out": False,
        "_shards": {"total": 1, "successful": 1, "skipped": 0, "failed": 0},
        "hits": {"total": {"value": total, "relation": "eq"}, "max_score": None, "hits": hits},
    }
    if asked.aggregations:
        answer["aggregations"] = aggregations.told()
    return answer


def found_rows(
    source: Events, patterns: Sequence[str], asked: Asked, told: Callable[[], None]
) -> Iterator[list[Row]]:
    """All documents that a search finds, some at a time, in order of arrival."""
    extra = sorted({by.name for by in asked.sort if by.name not in BY_ARRIVAL})
    for batch, cells, found, program in _found(source, patterns, asked.clauses, extra):
        told()
        yield _rows(batch, cells, program, found, asked)


def counted(
    source: Events, patterns: Sequence[str], clauses: Sequence[object], told: Callable[[], None]
) -> int:
    """How many documents meet all clauses."""
    total = 0
    for _, _, found, _ in _found(source, patterns, clauses, ()):
        told()
        total += len(found)
    return total


def _found(
    source: Events, patterns: Sequence[str], clauses: Sequence[object], extra: Sequence[str]
) -> Iterator[tuple[Batch, Cells, list[int], Program]]:
    """Batches with the rows that meet all clauses."""
    condition = filter_of(clauses, Schema())
    program = compile_program([condition], [tuple(patterns)], extra_fields=extra)
    matcher = Matcher(program, routing="strict" if patterns else "off")
    for batch in source.batches(program.fields):
        cells = batch.cells(program.fields)
        hits = matcher.match(cells, indices(batch), batch.event)
        yield batch, cells, [row for row in hits.row.tolist() if row not in cells.rejected], program


def _values(cells: Cells, program: Program, row: int) -> Callable[[str], list[Scalar]]:
    """The values of a row's fields; times as numbers."""

    def values(name: str) -> list[Scalar]:
        if name == TIME:
            at = int(cells.time[row])
            return [] if at == NO_TIME else [at]
        found = cells.values(row, program.slot(name))
        if not is_time(name):
            return found
        times = (event_time(value, nanoseconds=False) for value in found)
        return [at for at in times if at is not None]

    return values


def _rows(
    batch: Batch, cells: Cells, program: Program, found: list[int], asked: Asked
) -> list[Row]:
    """The rows that may be on the page, with what they are sorted by."""
    wanted: list[tuple[int, tuple[Any, ...]]] = []
    for row in found:
        values = _values(cells, program, row)
        keys = tuple(_key(by, values, batch.first + row) for by in asked.sort)
        if asked.after is None or compare_keys(keys, asked.after, asked.sort) > 0:
            wanted.append((row, keys))
    contents = batch.events([row for row, _ in wanted])
    rows = []
    for (row, keys), content in zip(wanted, contents, strict=True):
        index, name = batch.identity(row) or ("", "")
        rows.append(Row(keys, index, name or content_hash(content), content))
    return rows


def _key(by: By, values: Callable[[str], list[Scalar]], arrived: int) -> Scalar | None:
    if by.name in BY_ARRIVAL:
        return arrived
    found = values(by.name)
    if not found:
        return None
    return sorted(found, key=rank)[-1 if by.descending else 0]


def _first(rows: list[Row], sort: Sequence[By], most: int) -> list[Row]:
    """The first rows in order; those that are equal by arrival."""
    return [rows[number] for number in in_order([row.keys for row in rows], sort)[:most]]
