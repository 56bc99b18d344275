"""One question about events: ``tocsin.query``."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Literal, overload

from tocsin.alerts.paths import flat
from tocsin.columns.cells import FieldSet
from tocsin.diagnostics import Severity
from tocsin.engine.compiled_query import CompiledQuery, Match, answers
from tocsin.engine.query_arguments import (
    check_language,
    check_names,
    check_text,
    count,
    kinds_of,
)
from tocsin.engine.query_esql import esql_table
from tocsin.engine.refused import Refused
from tocsin.engine.tally import Tally
from tocsin.engine.whole import as_events
from tocsin.inputs.source import Events
from tocsin.languages import QueryError
from tocsin.languages.eql.check import check
from tocsin.languages.eql.nodes import Field, Query
from tocsin.languages.eql.parser import parse
from tocsin.plan.filters import filters_of
from tocsin.plan.lower_eql import lower
from tocsin.plan.plan import EventPlan, Plan, StagePlan, Window
from tocsin.plan.predicate import FieldRef, Predicate
from tocsin.plan.regex import regex_error
from tocsin.plan.rule_kql import condition_of_query
from tocsin.schema.fields import Schema, TextMode
from tocsin.schema.kinds import Kind


@overload
def query(
    events: Events | Iterable[Mapping[str, Any]],
    text: str,
    *,
    language: Literal["esql"],
    fields: Mapping[str, Kind | str] | None = None,
    text_mode: TextMode = "raw",
    size: int | None = None,
    now: int | None = None,
    rows: int | None = None,
    tally: Tally | None = None,
) -> Iterator[dict[str, Any]]: ...


@overload
def query(
    events: Events | Iterable[Mapping[str, Any]],
    text: str,
    *,
    language: Literal["eql", "kuery", "lucene"] = "eql",
    event_category_field: str = "event.category",
    timestamp_field: str = "@timestamp",
    tiebreaker_field: str | None = None,
    size: int | None = None,
    result_position: Literal["head", "tail"] | str = "tail",  # noqa: PYI051 - says what there is
    fields: Mapping[str, Kind | str] | None = None,
    mapped_only: bool = False,
    max_samples_per_key: int = 1,
    filters: Sequence[object] = (),
    index: Sequence[str] = (),
    text_mode: TextMode = "raw",
    now: int | None = None,
    rows: int | None = None,
    tally: Tally | None = None,
) -> Iterator[Match]: ...


def query(
    events: Events | Iterable[Mapping[str, Any]],
    text: str,
    *,
    language: str = "eql",
    event_category_field: str = "event.category",
    timestamp_field: str = "@timestamp",
    tiebreaker_field: str | None = None,
    size: int | None = None,
    result_position: str = "tail",
    fields: Mapping[str, Kind | str] | None = None,
    mapped_only: bool = False,
    max_samples_per_key: int = 1,
    filters: Sequence[object] = (),
    index: Sequence[str] = (),
    text_mode: TextMode = "raw",
    now: int | None = None,
    rows: int | None = None,
    tally: Tally | None = None,
) -> Iterator[Match] | Iterator[dict[str, Any]]:
    """Ask events one query; the matches come in Elasticsearch's order.

    A query in ES|QL gives the rows of its table, each as a mapping of the columns' names.

    Parameters
    ----------
    events
        What `tocsin.read` or `tocsin.events` gives, or any iterable of mappings, nested or dotted.
    language
        ``eql``, ``kuery`` (KQL), ``lucene`` or ``esql`` (ES|QL).
    size, result_position
        At most so many matches (None: all), the first (``head``) or the last ones (``tail``).
    fields
        Kinds of fields that ECS does not know or types otherwise, such as ``{"v": "version"}``.
    mapped_only
        Elasticsearch's strictness: a field that is neither in ``fields`` nor in any event is
        unmapped: an error, or null if it is optional. KQL and Lucene find nothing there anyway.
    filters
        Clauses of Elasticsearch's query DSL; only events of which all hold are looked at.
    index
        Patterns of index names; only events of such an index are looked at.
    text_mode
        How KQL and Lucene look at texts: ``raw`` as they stand, ``compat`` as Elasticsearch
        indexes them.
    now
        What `now()` is in ES|QL, in milliseconds; None: the present.
    rows
        The most events in a batch; matches never depend on it.
    tally
        Counts what is read while the matches are taken.

    Raises
    ------
    QueryError
        The query is wrong; its ``diagnostics`` say what and where.
    TypeError, ValueError
        An option has a value that there is not.

    Without a ``tally`` the log of ``tocsin`` is told, when all matches have been taken, of files
    that were not read and of events of a plain iterable that are none; inputs count those
    (``rejected``, ``rejects``).
    """
    check_language(language)
    check_text(text)
    check_names(event_category_field=event_category_field, timestamp_field=timestamp_field)
    if tiebreaker_field is not None:
        check_names(tiebreaker_field=tiebreaker_field)
    if result_position not in {"head", "tail"}:
        raise ValueError(f"result_position is 'head' or 'tail', not {result_position!r}")
    size = None if size is None else count("size", size, 0)
    max_samples_per_key = count("max_samples_per_key", max_samples_per_key, 1)
    source = as_events(events)
    refused = Refused(events, source) if tally is None else None
    tally = tally or Tally(reject=refused)
    kinds = kinds_of(fields)
    schema = Schema(kinds, text=text_mode)
    if language == "esql":
        table = esql_table(source, text, schema, now=now, rows=rows, tally=tally)
        found = table.rows if size is None else islice(table.rows, size)
        return refused.after(found) if refused else found
    plan: Plan
    if language == "eql":
        parsed, schema = _checked(text, schema, source, mapped_only=mapped_only)
        plan = lower(
            parsed,
            schema,
            category_field=event_category_field,
            text=text,
            size=size,
            result_position=result_position,
            max_samples_per_key=max_samples_per_key,
        )
    else:
        cuts = () if size is None else ((result_position, size),)
        plan = EventPlan(StagePlan(condition_of_query(text, language, schema)), Window(cuts))
    asked = CompiledQuery(
        plan,
        timestamp_field,
        kinds.get(timestamp_field) is Kind.DATE_NANOS,
        FieldRef(tiebreaker_field, schema.kind(tiebreaker_field)) if tiebreaker_field else None,
        rows,
        tally,
        filter_of(filters, schema),
        tuple(index),
    )
    matches = answers(source, asked)
    return refused.after(matches) if refused else matches


def filter_of(clauses: Sequence[object], schema: Schema) -> Predicate:
    """Clauses of the query DSL, all of which hold, as one predicate. Raises QueryError."""
    found, diagnostics = filters_of([{"query": clause} for clause in clauses], schema)
    if found is None:
        raise QueryError(*diagnostics)
    return found


def _checked(
    text: str, schema: Schema, source: Events, *, mapped_only: bool
) -> tuple[Query, Schema]:
    """A query in EQL, and the schema that it was checked against. Raises QueryError."""
    parsed = parse(text)
    if mapped_only:
        known = frozenset(schema.overrides) | _present(source, _fields(parsed), schema)
        schema = Schema(schema.overrides, known)
    _judge(parsed, schema, text, source)
    return parsed, schema


def _fields(parsed: Query) -> set[str]:
    """The names of all fields in a query."""
    names: set[str] = set()
    pending: list[Any] = [parsed]
    while pending:
        node = pending.pop()
        if isinstance(node, Field):
            names.add(node.name)
        elif isinstance(node, tuple):
            pending.extend(node)
        elif dataclasses.is_dataclass(node):
            pending.extend(getattr(node, part.name) for part in dataclasses.fields(node))
    return names


def _present(source: Events, named: Collection[str], schema: Schema) -> frozenset[str]:
    """Those of the named fields that some event has."""
    names = tuple(sorted({schema.path(name) for name in named}))
    fields = FieldSet(names)
    seen: set[int] = set()
    for batch in source.batches(fields):
        seen.update(batch.cells(fields).slot.tolist())
    paths = {names[slot] for slot in seen}
    return frozenset(name for name in named if schema.path(name) in paths)


def _judge(parsed: Query, schema: Schema, text: str, source: Events) -> None:
    found = check(parsed, schema, text, regex_error)
    if not any(entry.severity is Severity.ERROR for entry in found):
        return
    if schema.known is not None:
        # only now are all names worth collecting: for «did you mean»
        names = {name for event in islice(source, 10_000) for name in flat(dict(event))}
        found = check(
            parsed,
            Schema(schema.overrides, known=schema.known | names),
            text,
            regex_error,
        )
    raise QueryError(*found)
