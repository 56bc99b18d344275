"""Check an ES|QL query against a schema, and give it as a typed pipeline.

Fields that no schema knows get the type that the query first asks of them: the query is gone
through twice, the second time with what the first has shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

from tocsin.diagnostics import Diagnostic, Severity
from tocsin.languages.esql import nodes
from tocsin.languages.esql.columns import Columns
from tocsin.languages.esql.extracts import ExtractionError, extraction
from tocsin.languages.esql.grouping import (
    conditioned,
    is_aggregate,
    last_of_each_name,
    of_groups,
    over_groups,
)
from tocsin.languages.esql.places import late_inline_stats, misplaced_buckets
from tocsin.languages.esql.searches import misplaced
from tocsin.languages.esql.typed import (
    Aggregate,
    Arrange,
    Column,
    Constant,
    Expand,
    Extend,
    Extract,
    Filter,
    One,
    Pipeline,
    SortKey,
    Source,
    Step,
    Take,
    Typed,
)
from tocsin.languages.esql.types import Type
from tocsin.languages.esql.wanting import takes_on
from tocsin.schema.fields import Schema


@dataclass(frozen=True, slots=True)
class Checked:
    """What a query means; no pipeline if some diagnostic is an error.

    ``open``: fields that no schema knows and of which nothing is asked that tells their type; they
    count as keywords. ``numbers``: those that are asked to be numbers; they count as decimal ones.
    """

    pipeline: Pipeline | None
    diagnostics: tuple[Diagnostic, ...]
    open: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()


def check(
    query: nodes.Query,
    schema: Schema,
    text: str,
    *,
    names: Iterable[str] | None = None,
    observed: Mapping[str, Type] | None = None,
) -> Checked:
    """Check a query and type it.

    Parameters
    ----------
    names
        All fields that the events have, where that is known: what ``*`` stands for.
    observed
        The types that the events' values have, for fields that no schema knows.
    """
    known = dict(observed or {})
    first = _Check(schema, text, names, known)
    first.query(query)
    guesses = {**first.typing.guesses, **known}
    last = _Check(schema, text, names, guesses, decided=True)
    pipeline = last.query(query)
    found = sorted(last.typing.diagnostics, key=lambda each: each.span.start)
    wrong = any(each.severity is Severity.ERROR for each in found)
    numbers = frozenset(name for name, kind in guesses.items() if kind is Type.DOUBLE)
    return Checked(None if wrong else pipeline, tuple(found), frozenset(last.columns.open), numbers)


class _Check:
    """One walk through a query."""

    def __init__(
        self,
        schema: Schema,
        text: str,
        names: Iterable[str] | None,
        guesses: Mapping[str, Type],
        *,
        decided: bool = False,
    ) -> None:
        self.columns = Columns(schema, text, names, guesses, decided=decided)
        self.typing = self.columns.typing
        self._scope = self.columns.scope
        self._steps: list[Step] = []

    def query(self, query: nodes.Query) -> Pipeline:
        """Go through all commands."""
        source: nodes.From | None = None
        self._places(query.commands)
        for command in query.commands:
            if isinstance(command, nodes.From):
                source = command
            self._command(command)
        result = tuple(self._scope.columns.values())
        if source is None:
            return Pipeline(One(), tuple(self._steps), result)
        return Pipeline(
            Source(
                tuple(self.columns.fields),
                source.indices,
                self._scope.open_names,
                (*self._scope.closed_names, *self._scope.columns),
            ),
            tuple(self._steps),
            result,
        )

    def _places(self, commands: Sequence[nodes.Command]) -> None:
        """Tell what stands where it cannot."""
        for found in misplaced(commands):
            self.typing.report("ESQ122", found.message, found.span, found.hint)
        for name, span in misplaced_buckets(commands):
            message = f"`{name}` stands behind `by` of `stats`"
            hint = "round dates by `date_trunc(1 hour, …)`, numbers by `floor(… / 10) * 10`"
            self.typing.report("ESQ105", message, span, hint)
        for name, span in late_inline_stats(commands):
            message = f"`inline stats` does not stand behind `{name}`"
            self.typing.report("ESQ123", message, span, f"put `{name}` behind it")

    def _command(self, command: nodes.Command) -> None:  # noqa: C901, PLR0912 - a case for each
        match command:
            case nodes.From():
                self.columns.begin(command)
            case nodes.Row(columns) | nodes.Eval(columns):
                self._eval(columns)
            case nodes.Where(condition):
                self._steps.append(Filter(self.typing.condition(condition)))
            case nodes.Stats():
                self._stats(command)
            case nodes.Keep(patterns):
                self.columns.name(patterns, "keep", 1)
                self._scope.keep(patterns)
            case nodes.Drop(patterns):
                self.columns.name(patterns, "drop", 0)
                self._scope.drop(patterns)
            case nodes.Rename(pairs):
                for old, new in pairs:
                    self.columns.look_up(nodes.Field(old, span=command.span))
                    self._scope.rename(old, new)
            case nodes.Sort(keys):
                self._steps.append(Arrange(tuple(map(self._sort_key, keys))))
            case nodes.Limit(count):
                self._steps.append(Take(count))
            case nodes.Grok() | nodes.Dissect():
                self._extract(command)
            case nodes.MvExpand(field):
                column = self.columns.look_up(field)
                into = self.columns.new(column.name, column.type, self.typing.sources(column))
                self._same(column, into)
                self._steps.append(Expand(column, into))
                self.columns.put(into, keep_place=True)
            case nodes.Completion():
                self.typing.report(
                    "ESQ120",
                    "`completion` calls a language model, which Tocsin does not",
                    command.span,
                )
                self.columns.put(self.columns.new(command.target, Type.KEYWORD))
            case _:
                assert_never(command)

    def _eval(self, columns: Iterable[nodes.Named]) -> None:
        for named in columns:
            expression = self._cell(self.typing.typed(named.expression), named)
            self.columns.put(self._extend(named.name, expression))

    def _cell(self, expression: Typed, named: nodes.Named) -> Typed:
        """An expression that a column can hold."""
        if expression.type in (Type.SPAN, Type.OPTIONS):
            message = f"no column holds a value of type {expression.type}"
            self.typing.report("ESQ102", message, named.expression.span)
            return Constant(None, Type.NULL)
        return expression

    def _extend(self, name: str, expression: Typed) -> Column:
        sources = self._sources(expression)
        column = self.columns.new(name, expression.type, sources, multi=expression.multi)
        self._steps.append(Extend(column, expression))
        self._same(expression, column)
        known = self.typing.folded(expression)
        if isinstance(known, Constant):
            self.typing.constants[column.id] = known
        return column

    def _same(self, expression: Typed, column: Column) -> None:
        """Note that a column is what may be a field of the events."""
        if isinstance(expression, Column) and expression.id in self.typing.fields:
            self.typing.fields.add(column.id)

    def _sources(self, expression: Typed) -> frozenset[str]:
        """The fields whose unknown type this expression has; see `Typing.sources`."""
        if expression.type is Type.BOOLEAN or expression.type is Type.DATE:
            return frozenset()
        return self.typing.sources(expression) if takes_on(expression) else frozenset()

    def _stats(self, command: nodes.Stats) -> None:
        groups: list[Extend] = []
        before = dict(self._scope.columns)
        written = last_of_each_name(command.groups)
        for named in written:
            expression = self._cell(self.typing.typed(named.expression), named)
            sources = self._sources(expression)
            column = self.columns.new(named.name, expression.type, sources)
            groups.append(Extend(column, expression))
        grouped = {group.column.name: group.column for group in groups}
        aggregates = [self._aggregate(named, grouped, groups) for named in command.aggregates]
        self._steps.append(Aggregate(tuple(groups), tuple(aggregates), command.inline))
        if command.inline:
            self._scope.columns = dict(before)
            for aggregate in aggregates:
                self.columns.put(aggregate.column)
            for group, named in zip(groups, written, strict=True):
                own = None if named.written else before.get(group.column.name)
                self.columns.put(own or group.column)
            return
        self._scope.columns.clear()
        self._scope.close()
        for extend in (*aggregates, *groups):
            self.columns.put(extend.column)

    def _aggregate(
        self, named: nodes.Named, grouped: Mapping[str, Column], groups: Sequence[Extend]
    ) -> Extend:
        before = dict(self._scope.columns)
        self._scope.columns.update(
            {name: column for name, column in grouped.items() if name not in before}
        )
        expression = self.typing.aggregate(named.expression)
        if named.condition is not None:
            condition = self.typing.condition(named.condition)
            expression = conditioned(expression, condition)
        fresh = {
            name: column for name, column in self._scope.columns.items() if name not in grouped
        }
        self._scope.columns = {**before, **fresh}
        over, others = over_groups(expression, groups)
        if not is_aggregate(expression) and (others or named.condition or not of_groups(over)):
            self.typing.report(
                "ESQ110",
                f"`{named.name}` is no aggregate",
                named.span,
                "write `values(…)`, `max(…)`, or put it behind `by`",
            )
        else:
            expression = over
            for column in others:
                self.typing.report(
                    "ESQ110",
                    f"`{column.name}` stands neither in an aggregate nor behind `by`",
                    named.span,
                    f"write `values({column.name})`, or put it behind `by`",
                )
        sources = self._sources(expression)
        column = self.columns.new(named.name, expression.type, sources, multi=expression.multi)
        return Extend(column, expression)

    def _sort_key(self, key: nodes.Order) -> SortKey:
        expression = self.typing.typed(key.expression)
        if expression.type in (Type.GEO_POINT, Type.SOURCE, Type.SPAN, Type.OPTIONS):
            message = f"rows cannot be sorted by what is {expression.type}"
            self.typing.report("ESQ102", message, key.expression.span)
        nulls_first = key.descending if key.nulls_first is None else key.nulls_first
        return SortKey(expression, key.descending, nulls_first)

    def _extract(self, command: nodes.Grok | nodes.Dissect) -> None:
        text = self.typing.typed(command.operand)
        what = "what is taken apart"
        operand = self.typing.wanted(text, frozenset({Type.KEYWORD}), command.operand.span, what)
        try:
            found = extraction(command)
        except ExtractionError as error:
            self.typing.report(error.code, str(error), error.span)
            return
        multi = operand.multi or found.repeated
        columns = tuple(
            self.columns.new(name, kind, multi=multi) for name, kind in found.names.items()
        )
        self._steps.append(
            Extract(operand, found.how, found.patterns, columns, (*found.names,), found.separator)
        )
        for column in columns:
            self.columns.put(column)
