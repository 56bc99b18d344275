"""One question in ES|QL about events: ``tocsin.query(…, language="esql")``."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from tocsin.alerts.paths import flat
from tocsin.columns.cells import Batch, Cells, FieldSet
from tocsin.diagnostics import Diagnostic
from tocsin.engine.remembering import indices
from tocsin.engine.table_rows import TableRows
from tocsin.engine.tally import Tally
from tocsin.inputs.source import Events, read
from tocsin.languages import QueryError
from tocsin.languages.esql.check import Checked, check
from tocsin.languages.esql.parser import parse
from tocsin.languages.esql.typed import Pipeline, Source
from tocsin.languages.esql.types import Type
from tocsin.match.matcher import Matcher
from tocsin.plan.esql_filter import candidates
from tocsin.plan.passes import TRUE
from tocsin.plan.plan import StagePlan, TablePlan, fields_to_read, stages_of
from tocsin.plan.predicate import Predicate
from tocsin.plan.program import compile_program
from tocsin.plan.rule_esql import kql_of, paths_of
from tocsin.schema.fields import Schema
from tocsin.tables.answers import answers
from tocsin.tables.cells import shown_cell
from tocsin.tables.database import Database
from tocsin.tables.patterns import pattern_problem
from tocsin.tables.rows import Rows

_MOST_NAMES: Final = 20_000
"""Different fields that are collected for `*`."""


@dataclass(frozen=True, slots=True)
class Table:
    """The answer: its columns by name, and its rows, which can be taken once."""

    columns: tuple[str, ...]
    rows: Iterator[dict[str, Any]]


def esql_table(
    source: Events,
    text: str,
    schema: Schema,
    *,
    now: int | None = None,
    rows: int | None = None,
    tally: Tally | None = None,
    only: Sequence[str] | None = None,
) -> Table:
    """Ask events one query in ES|QL.

    Every event is looked at, whatever indices the query names. A query that ends without naming its
    columns, or names fields whose type only their values tell, reads the events twice, the second
    time from a temporary file.

    Parameters
    ----------
    only
        Patterns of index names: only events of such an index are looked at, those of no known index
        left out; and columns that the query does not name are those of events that can be answers.
    now
        What `now()` is, in milliseconds; None: the present.
    rows
        The most events in a batch; the answer never depends on it.
    tally
        Counts what is read.

    Raises
    ------
    QueryError
        The query is wrong; its ``diagnostics`` say what and where.
    """
    parsed = parse(text)
    counts = tally or Tally()
    checked = check(parsed, schema, text)
    moment = time.time_ns() // 1_000_000 if now is None else now
    with ExitStack() as stack:
        pipeline = _pipeline(checked)
        every = isinstance(pipeline.source, Source) and pipeline.source.every
        if every or (checked.open and only is None):
            directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tocsin-")))
            sieve = None if only is None else _Sieve(needed(pipeline, schema, text, moment), only)
            source, observed = _observed(source, directory, rows, counts, sieve)
            if every:
                checked = check(parsed, schema, text, names=observed, observed=observed)
            else:
                types = {name: kind for name, kind in observed.items() if name in checked.open}
                checked = check(parsed, schema, text, observed=types)
            pipeline = _pipeline(checked)
            counts = Tally()
        kql, found = kql_of(pipeline, schema, text, now=moment)
        if found:
            raise QueryError(*found)
        if (problem := pattern_problem(pipeline)) is not None:
            raise QueryError(Diagnostic("ESQ112", problem, text=text))
        plan = TablePlan(
            StagePlan(candidates(pipeline, schema, kql)),
            pipeline,
            tuple((query, StagePlan(condition)) for query, condition in kql.items()),
            paths_of(pipeline, schema),
        )
        database = stack.enter_context(closing(Database()))
        held = _held(source, plan, database, rows, counts, tuple(only or ()))
        if tally is not None:
            tally.absent = counts.absent
        told = answers(plan, held, database, moment)
        first = next(told, None)
        kept = stack.pop_all()
    names = tuple(column.name for column in pipeline.result)

    def shown() -> Iterator[dict[str, Any]]:
        with kept:
            answer = first
            while answer is not None:
                yield {
                    column.name: shown_cell(column, cell)
                    for column, cell in zip(pipeline.result, answer.cells, strict=True)
                }
                answer = next(told, None)

    return Table(names, shown())


def _pipeline(checked: Checked) -> Pipeline:
    if checked.pipeline is None:
        raise QueryError(*checked.diagnostics)
    return checked.pipeline


def needed(pipeline: Pipeline, schema: Schema, text: str, moment: int) -> Predicate:
    """What an event must satisfy to be an answer, or more than that."""
    kql, found = kql_of(pipeline, schema, text, now=moment)
    return TRUE if found else candidates(pipeline, schema, kql)


class _Sieve:
    """Keeps the events that satisfy a condition, and stand in an index of some patterns."""

    def __init__(self, condition: Predicate, only: Sequence[str]) -> None:
        program = compile_program([condition], [tuple(only)])
        self.fields = program.fields
        self._matcher = Matcher(program, routing="strict" if only else "off")

    def rows(self, batch: Batch, cells: Cells) -> Iterable[int]:
        """The rows that are kept."""
        found: list[int] = self._matcher.match(cells, indices(batch), batch.event).row.tolist()
        return found


def _held(
    source: Events,
    plan: TablePlan,
    database: Database,
    rows: int | None,
    tally: Tally,
    only: tuple[str, ...],
) -> Rows:
    """The rows that the pipeline is about."""
    pipeline_source = plan.pipeline.source
    columns = pipeline_source.columns if isinstance(pipeline_source, Source) else ()
    empty = Rows(columns, database.directory, "none", len(plan.kql))
    if not isinstance(pipeline_source, Source):
        return empty
    stages = stages_of(plan)
    program = compile_program(
        [stage.condition for stage in stages],
        [only] * len(stages),
        extra_fields=sorted(fields_to_read(plan)),
    )
    matcher = Matcher(program, routing="strict" if only else "off")
    held = TableRows([(0, plan)], {0: 0}, program, database.directory)
    with tally.reading:
        for batch in source.batches(program.fields, rows=rows):
            cells = batch.cells(program.fields)
            tally.take(batch, cells)
            hits = matcher.match(cells, indices(batch), batch.event)
            held.collect(batch, cells, hits, timed=False)
    tally.absent = matcher.absent({path for path in plan.paths if path})
    return held.rows.get(0, empty)


def _observed(
    source: Events, directory: Path, rows: int | None, tally: Tally, sieve: _Sieve | None
) -> tuple[Events, dict[str, Type]]:
    """The events from a temporary file, and what the values of each of their fields are."""
    path = directory / "events.ndjson"
    observed: dict[str, Type] = {}
    fields = FieldSet(()) if sieve is None else sieve.fields
    with path.open("wb") as file, tally.reading:
        for batch in source.batches(fields, rows=rows):
            cells = batch.cells(fields)
            tally.take(batch, cells)
            kept = range(len(batch)) if sieve is None else sieve.rows(batch, cells)
            for row in kept:
                if row in cells.rejected:
                    continue
                content = batch.event(row)
                _observe(orjson.loads(content), observed)
                file.write(_line(content, batch.identity(row)))
    return read(str(path)), observed


def _line(content: bytes, identity: tuple[str, str] | None) -> bytes:
    if identity is None:
        return content.replace(b"\n", b" ") + b"\n"
    index, name = identity
    hit = {"_index": index, "_id": name, "_source": orjson.Fragment(content)}
    return orjson.dumps(hit).replace(b"\n", b" ") + b"\n"


def _observe(event: Mapping[str, Any], observed: dict[str, Type]) -> None:
    """Note the fields of an event, and what their values are."""
    for name, value in flat(dict(event)).items():
        values = value if isinstance(value, list) else [value]
        for each in values:
            if isinstance(each, dict):
                _observe({f"{name}.{key}": inner for key, inner in each.items()}, observed)
                continue
            kind = _kind(each)
            if kind is None:
                continue
            known = observed.get(name)
            if known is None and len(observed) < _MOST_NAMES:
                observed[name] = kind
            elif known is not None and known is not kind:
                numbers = {known, kind} == {Type.LONG, Type.DOUBLE}
                observed[name] = Type.DOUBLE if numbers else Type.KEYWORD


def _kind(value: object) -> Type | None:
    match value:
        case bool():
            return Type.BOOLEAN
        case int():
            return Type.LONG if -(1 << 63) <= value < 1 << 63 else Type.KEYWORD
        case float():
            return Type.DOUBLE
        case str():
            return Type.KEYWORD
        case _:
            return None
