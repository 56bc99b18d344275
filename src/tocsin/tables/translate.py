"""A typed pipeline as one SQL statement: a named subquery for each step.

Every subquery has, besides the columns (``c7``; where a cell may hold several values, ``s7`` has
the only one), some that nobody sees: ``t``, the time that ``now()`` is; ``o``, the order of rows;
``r``, the numbers of the events that a row stands on; ``g``, what names a row apart from its
events: the values that it is grouped by, and those that were expanded if the result tells of them.
"""
# ruff: noqa: S608 - all names are made here, and constants are written by `quoting`

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import assert_never

from tocsin.languages.esql.typed import (
    Aggregate,
    Apply,
    Arrange,
    Column,
    Expand,
    Extend,
    Extract,
    Filter,
    Pipeline,
    SortKey,
    Source,
    Step,
    Take,
    Typed,
    walk,
)
from tocsin.languages.esql.types import Type
from tocsin.tables.aggregates import Aggregates
from tocsin.tables.conversions import converted
from tocsin.tables.expressions import Expressions
from tocsin.tables.patterns import Patterns
from tocsin.tables.quoting import sql_type


def translate(
    pipeline: Pipeline,
    patterns: Patterns,
    *,
    ticking: bool,
    kql: Mapping[str, str] | None = None,
) -> str:
    """Write a pipeline as SQL, whose result is ``t, r, g``, then the pipeline's columns in order.

    The rows are in the table ``events``: ``r`` (the number), ``moment`` (the time) and a list or
    value for each column of the source. With ``ticking`` the table ``ticks`` has ``t, low, high``:
    the pipeline runs over the rows of each tick by themselves; else the table ``clock`` has ``t``.

    Parameters
    ----------
    kql
        The column of ``events`` that holds the answer to each KQL query, by its text.

    Raises
    ------
    PatternError
        A regular expression cannot be used.
    """
    return _Translator(pipeline, patterns, ticking, kql or {}).statement()


_CONVERSIONS = {
    Type.DOUBLE: "to_double",
    Type.LONG: "to_long",
    Type.BOOLEAN: "to_boolean",
}
"""The functions that make values out of the parts of texts, by type."""


class _Translator:
    def __init__(
        self, pipeline: Pipeline, patterns: Patterns, ticking: bool, kql: Mapping[str, str]
    ) -> None:
        self._pipeline = pipeline
        self._read = pipeline.read
        self._told = pipeline.told
        self._ticking = ticking
        self._patterns = patterns
        self._flags = tuple(kql.values())
        self._expressions = Expressions(patterns, kql)
        self._aggregates = Aggregates(self._expressions)
        self._parts: list[str] = []
        self._grouped = False

    def statement(self) -> str:
        """All of it."""
        self._source()
        for together in _together(self._pipeline.steps):
            if isinstance(together, list):
                self._extend(together)
            else:
                self._step(together)
        events = "r" if self._grouped else "[r]"
        told = ", ".join(
            [f"t, {events} AS r, g", *(f"c{column.id}" for column in self._pipeline.result)]
        )
        parts = ",\n".join(f"p{number} AS ({part})" for number, part in enumerate(self._parts))
        return f"WITH {parts}\nSELECT {told} FROM {self._last} ORDER BY t, o"

    @property
    def _last(self) -> str:
        return f"p{len(self._parts) - 1}"

    def _add(self, sql: str) -> None:
        self._parts.append(sql)

    def _source(self) -> None:
        source = self._pipeline.source
        if not isinstance(source, Source):
            self._add("SELECT t, 0 AS r, 0 AS o, CAST([] AS VARCHAR[]) AS g FROM clock")
            return
        columns = [part for column in source.columns for part in self._source_column(column)]
        told = ", ".join(["t", "r", "r AS o", "CAST([] AS VARCHAR[]) AS g", *columns, *self._flags])
        if self._ticking:
            self._add(f"SELECT {told} FROM ticks JOIN events ON events.moment BETWEEN low AND high")
        else:
            self._add(f"SELECT {told} FROM events, clock")

    def _source_column(self, column: Column) -> list[str]:
        told = [f"c{column.id}"]
        if column.multi and column.id in self._read:
            told.append(f"one_of(c{column.id}) AS s{column.id}")
        return told

    def _step(self, step: Step) -> None:
        match step:
            case Filter(condition):
                self._add(f"SELECT * FROM {self._last} WHERE {self._expressions.one(condition)}")
            case Extend():
                self._extend([step])
            case Aggregate():
                self._aggregate(step)
            case Extract():
                self._extract(step)
            case Expand(column, into):
                self._expand(column, into)
            case Arrange(keys):
                told = ", ".join(map(self._sorted_by, keys))
                order = f"row_number() OVER (PARTITION BY t ORDER BY {told}, o)"
                self._add(f"SELECT * REPLACE ({order} AS o) FROM {self._last}")
            case Take(count):
                place = "row_number() OVER (PARTITION BY t ORDER BY o)"
                self._add(f"SELECT * FROM {self._last} QUALIFY {place} <= {count}")
            case _:
                assert_never(step)

    def _sorted_by(self, key: SortKey) -> str:
        """A key of an order: of several values the least, or in falling order the greatest."""
        value = self._expressions.extreme(key.expression, greatest=key.descending)
        nulls = "FIRST" if key.nulls_first else "LAST"
        return f"{value} {'DESC' if key.descending else 'ASC'} NULLS {nulls}"

    def _cast(self, column: Column, expression: Typed) -> str:
        """The cell of an expression in the form and type of its column."""
        write = self._expressions.every if column.multi else self._expressions.cell
        return f"CAST({write(expression)} AS {sql_type(column)})"

    def _extend(self, steps: Sequence[Extend]) -> None:
        """Add columns, none of which is made of another one of them."""
        told = ", ".join(
            f"{self._cast(step.column, step.expression)} AS c{step.column.id}" for step in steps
        )
        self._add(f"SELECT *, {told} FROM {self._last}")
        self._single([step.column for step in steps])

    def _single(self, columns: Sequence[Column]) -> None:
        """Add the only values of columns that may hold several, where somebody looks at them."""
        told = ", ".join(
            f"one_of(c{column.id}) AS s{column.id}"
            for column in columns
            if column.multi and column.id in self._read
        )
        if told:
            self._add(f"SELECT *, {told} FROM {self._last}")

    def _extract(self, step: Extract) -> None:
        write = self._expressions.every if step.multi else self._expressions.one
        parts = self._patterns.extract(step, write(step.operand))
        name = f"x{step.columns[0].id}" if step.columns else "x"
        self._add(f"SELECT *, {parts} AS {name} FROM {self._last}")
        told: list[str] = []
        for place, column in enumerate(step.columns, 1):
            part = f"{name}[{place}]"
            convert = _CONVERSIONS.get(column.type)
            if convert and step.multi:
                part = f"list_transform({part}, lambda v: {converted(convert, Type.KEYWORD, 'v')})"
            elif convert:
                part = converted(convert, Type.KEYWORD, part)
            told.append(f"{f'some_of({part})' if step.multi else part} AS c{column.id}")
        if told:
            self._add(f"SELECT * EXCLUDE ({name}), {', '.join(told)} FROM {self._last}")
        self._single(step.columns)

    def _expand(self, column: Column, into: Column) -> None:
        if not column.multi:
            self._add(f"SELECT *, c{column.id} AS c{into.id} FROM {self._last}")
            return
        value, rows = f"c{into.id}", f"rows_of(c{column.id})"
        place = f"unnest(range(len({rows}))) AS place"
        self._add(f"SELECT *, unnest({rows}) AS {value}, {place} FROM {self._last}")
        order = "row_number() OVER (PARTITION BY t ORDER BY o, place)"
        name = f"list_append(g, CAST({value} AS VARCHAR))" if into.id in self._told else "g"
        told = f"* EXCLUDE (place) REPLACE ({order} AS o, {name} AS g)"
        self._add(f"SELECT {told} FROM {self._last}")

    def _aggregate(self, step: Aggregate) -> None:
        before = self._last
        keys = [f"k{group.column.id}" for group in step.groups]
        keyed = [
            f"{self._expressions.cell(group.expression)} AS {key}"
            for group, key in zip(step.groups, keys, strict=True)
        ]
        if keyed:
            self._add(f"SELECT *, {', '.join(keyed)} FROM {before}")
        whole = self._last
        for group, key in zip(step.groups, keys, strict=True):
            if group.expression.multi:
                # a row counts once for each of its values
                value = f"unnest(rows_of(list_distinct({key})))"
                self._add(f"SELECT * REPLACE ({value} AS {key}) FROM {self._last}")
        self._collect(step, keys)
        columns = [aggregate.column for aggregate in step.aggregates]
        if step.inline:
            self._join(step, keys, whole)
        else:
            self._grouped = True
        self._single(columns)

    def _collect(self, step: Aggregate, keys: Sequence[str]) -> None:
        """A row for each group."""
        wanted = [
            f"{key} AS c{group.column.id}" for group, key in zip(step.groups, keys, strict=True)
        ]
        # what is computed from aggregates is computed once they are there
        written: dict[str, str] = {}

        def named_aggregate(node: Apply) -> str:
            return written.setdefault(self._aggregates.write(node), f"a{len(written)}")

        outer: list[str] = []
        for aggregate in step.aggregates:
            cell = self._expressions.aggregated(aggregate.expression, named_aggregate)
            kind = sql_type(aggregate.column)
            outer.append(f"CAST({cell} AS {kind}) AS c{aggregate.column.id}")
        wanted.extend(f"{sql} AS {name}" for sql, name in written.items())
        named = ", ".join(f"CAST({key} AS VARCHAR)" for key in keys)
        by = ["t", *keys] if self._ticking or keys else []
        time = "t" if by else "(SELECT t FROM clock) AS t"
        order = ", ".join(f"{key} NULLS LAST" for key in keys) or "t"
        rows = "flatten(list(r))" if self._grouped else "list(r)"
        hidden = [
            time,
            f"COALESCE(list_sort(list_distinct({rows})), []) AS r",
            f"CAST([{named}] AS VARCHAR[]) AS g",
        ]
        if by:
            hidden.append(f"row_number() OVER (PARTITION BY t ORDER BY {order}) AS o")
        else:
            hidden.append("1 AS o")
        grouping = f" GROUP BY {', '.join(by)}" if by else ""
        self._add(f"SELECT {', '.join([*hidden, *wanted])} FROM {self._last}{grouping}")
        if outer:
            exclude = f" EXCLUDE ({', '.join(written.values())})" if written else ""
            self._add(f"SELECT *{exclude}, {', '.join(outer)} FROM {self._last}")

    def _join(self, step: Aggregate, keys: Sequence[str], whole: str) -> None:
        """The rows that were, each with the aggregates of its group."""
        groups = self._last
        met = ["a.t = b.t"]
        for group, key in zip(step.groups, keys, strict=True):
            if group.expression.multi:
                met.append(f"(a.{key} IS NULL OR len(a.{key}) = 1)")
                met.append(f"one_of(a.{key}) IS NOT DISTINCT FROM b.c{group.column.id}")
            else:
                met.append(f"a.{key} IS NOT DISTINCT FROM b.c{group.column.id}")
        added = [f"b.c{aggregate.column.id}" for aggregate in step.aggregates]
        for group, key in zip(step.groups, keys, strict=True):
            own = f"one_of(a.{key})" if group.expression.multi else f"a.{key}"
            added.append(f"{own} AS c{group.column.id}")
        exclude = f" EXCLUDE ({', '.join(keys)})" if keys else ""
        self._add(
            f"SELECT a.*{exclude}, {', '.join(added)} FROM {whole} a "
            f"LEFT JOIN {groups} b ON {' AND '.join(met)}"
        )


def _together(steps: Sequence[Step]) -> Iterator[Step | list[Extend]]:
    """The steps, those that add columns together where none is made of another one of them.

    A subquery for each would be slow to plan, and each holds all columns of its rows.
    """
    some: list[Extend] = []
    for step in steps:
        if not isinstance(step, Extend):
            if some:
                yield some
            some = []
            yield step
            continue
        asked = {node.id for node in walk(step.expression) if isinstance(node, Column)}
        if asked & {each.column.id for each in some}:
            yield some
            some = []
        some.append(step)
    if some:
        yield some
