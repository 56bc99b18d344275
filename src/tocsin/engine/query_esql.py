"""One question in ES|QL about events: ``tocsin.query(…, language="esql")``."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from tocsin.diagnostics import Diagnostic
from tocsin.engine.observed import Sieve, observed_in
from tocsin.engine.query_arguments import check_text
from tocsin.engine.remembering import indices
from tocsin.engine.table_rows import TableRows
from tocsin.engine.tally import Tally
from tocsin.inputs.source import Events
from tocsin.languages import QueryError
from tocsin.languages.esql.check import Checked, check
from tocsin.languages.esql.parser import parse
from tocsin.languages.esql.typed import Pipeline, Source
from tocsin.languages.esql.types import NUMBERS, Type
from tocsin.match.matcher import Matcher
from tocsin.plan.esql_filter import candidates
from tocsin.plan.passes import TRUE
from tocsin.plan.plan import StagePlan, TablePlan, fields_to_read, stages_of
from tocsin.plan.predicate import Predicate
from tocsin.plan.program import compile_program
from tocsin.plan.rule_esql import kql_of, paths_of
from tocsin.schema.fields import Schema
from tocsin.tables.answers import Answer, answers
from tocsin.tables.cells import shown_cell
from tocsin.tables.database import Database
from tocsin.tables.patterns import pattern_problem
from tocsin.tables.rows import Rows


@dataclass(frozen=True, slots=True)
class Table:
    """The answer: its columns by name, their types, and its rows, which can be taken once."""

    columns: tuple[str, ...]
    types: tuple[Type, ...]
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
    TypeError, ValueError
        It is no text, or was not in UTF-8.
    """
    check_text(text)
    parsed = parse(text)
    checked = check(parsed, schema, text)
    counts = tally or Tally()
    moment = time.time_ns() // 1_000_000 if now is None else now
    with ExitStack() as stack:
        pipeline = _pipeline(checked)
        every = isinstance(pipeline.source, Source) and pipeline.source.every
        if every or ((checked.open or checked.numbers) and only is None):
            directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tocsin-")))
            sieve = None if only is None else Sieve(needed(pipeline, schema, text, moment), only)
            source, types = observed_in(source, directory, rows, counts, sieve, schema)
            if every:
                checked = check(parsed, schema, text, names=types, observed=types)
            else:
                asked = {
                    name: kind
                    for name, kind in types.items()
                    if name in checked.open or (name in checked.numbers and kind in NUMBERS)
                }
                checked = check(parsed, schema, text, observed=asked)
            pipeline = _pipeline(checked)
            counts = Tally()  # they have been counted
        plan = _plan(pipeline, schema, text, moment)
        database = stack.enter_context(closing(Database()))
        held = _held(source, plan, database, rows, counts, tuple(only or ()))
        if tally is not None:
            tally.absent = counts.absent
        found = answers(plan, held, database, moment)
        # what is wrong with the query is told now, not when the first row is taken
        first = next(found, None)
        table = chain(() if first is None else (first,), found)
        return _table(pipeline, table, stack.pop_all())


def _table(pipeline: Pipeline, found: Iterable[Answer], held: ExitStack) -> Table:
    """What is shown of the answers; what they need is let go of behind the last."""

    def shown() -> Iterator[dict[str, Any]]:
        with held:
            for row in found:
                yield {
                    column.name: shown_cell(column, cell)
                    for column, cell in zip(pipeline.result, row.cells, strict=True)
                }

    names = tuple(column.name for column in pipeline.result)
    return Table(names, tuple(column.type for column in pipeline.result), shown())


def _plan(pipeline: Pipeline, schema: Schema, text: str, moment: int) -> TablePlan:
    kql, found = kql_of(pipeline, schema, text, now=moment)
    if found:
        raise QueryError(*found)
    if (problem := pattern_problem(pipeline)) is not None:
        raise QueryError(Diagnostic("ESQ112", problem, text=text))
    return TablePlan(
        StagePlan(candidates(pipeline, schema, kql)),
        pipeline,
        tuple((query, StagePlan(condition)) for query, condition in kql.items()),
        paths_of(pipeline, schema),
    )


def _pipeline(checked: Checked) -> Pipeline:
    if checked.pipeline is None:
        raise QueryError(*checked.diagnostics)
    return checked.pipeline


def needed(pipeline: Pipeline, schema: Schema, text: str, moment: int) -> Predicate:
    """What an event must satisfy to be an answer, or more than that."""
    kql, found = kql_of(pipeline, schema, text, now=moment)
    return TRUE if found else candidates(pipeline, schema, kql)


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
