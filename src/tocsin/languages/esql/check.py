"""Check an ES|QL query against a schema, and give it as a typed pipeline.

Fields that no schema knows get the type that the query first asks of them: the query is gone
through twice, the second time with what the first has shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

from tocsin.diagnostics import Diagnostic, Severity, Span
from tocsin.diagnostics.near import did_you_mean
from tocsin.languages.esql import nodes
from tocsin.languages.esql.extracts import ExtractionError, extraction
from tocsin.languages.esql.grouping import (
    conditioned,
    is_aggregate,
    last_of_each_name,
    of_groups,
    over_groups,
)
from tocsin.languages.esql.metadata import METADATA, SINGLE
from tocsin.languages.esql.places import late_inline_stats, misplaced_buckets
from tocsin.languages.esql.scope import Scope
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
from tocsin.languages.esql.types import Type, type_of_kind
from tocsin.languages.esql.typing import Typing
from tocsin.languages.esql.wanting import takes_on
from tocsin.schema.fields import Schema
from tocsin.schema.kinds import Kind

_WHOLE = frozenset({Kind.KEYWORD, Kind.CONSTANT_KEYWORD, Kind.WILDCARD, Kind.FLATTENED})
"""The kinds of field that search takes as one word."""


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
    return Checked(None if wrong else pipeline, tuple(found), frozenset(last.open), numbers)


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
        self._schema = schema
        self._guesses = guesses
        self._decided = decided
        self._names = None if names is None else sorted(set(names) - {"_id", "_index"})
        self._scope = Scope()
        self._fields: list[Column] = []
        self._steps: list[Step] = []
        self._count = 0
        self._score: Column | None = None
        self.open: set[str] = set()
        self.typing = Typing(text, self._look_up)

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
                tuple(self._fields),
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
                self._from(command)
            case nodes.Row(columns) | nodes.Eval(columns):
                self._eval(columns)
            case nodes.Where(condition):
                self._steps.append(Filter(self.typing.condition(condition)))
            case nodes.Stats():
                self._stats(command)
            case nodes.Keep(patterns):
                self._named(patterns, "keep", 1)
                self._scope.keep(patterns)
            case nodes.Drop(patterns):
                self._named(patterns, "drop", 0)
                self._scope.drop(patterns)
            case nodes.Rename(pairs):
                for old, new in pairs:
                    self._look_up(nodes.Field(old, span=command.span))
                    self._scope.rename(old, new)
            case nodes.Sort(keys):
                self._steps.append(Arrange(tuple(map(self._sort_key, keys))))
            case nodes.Limit(count):
                self._steps.append(Take(count))
            case nodes.Grok() | nodes.Dissect():
                self._extract(command)
            case nodes.MvExpand(field):
                column = self._look_up(field)
                into = self._new(column.name, column.type, self.typing.sources(column))
                self._same(column, into)
                self._steps.append(Expand(column, into))
                self._put(into, keep_place=True)
            case nodes.Completion():
                self.typing.report(
                    "ESQ120",
                    "`completion` calls a language model, which Tocsin does not",
                    command.span,
                )
                self._put(self._new(command.target, Type.KEYWORD))
            case _:
                assert_never(command)

    def _from(self, command: nodes.From) -> None:
        self._scope.open_names = ("*",)
        for place, name in enumerate(command.metadata):
            kind = METADATA.get(name)
            if name in command.metadata[:place]:
                self.typing.report("ESQ109", f"`{name}` is named twice", command.span)
                continue
            if kind is None:
                hint = "there are " + ", ".join(METADATA)
                self.typing.report("ESQ109", f"no metadata is called `{name}`", command.span, hint)
                continue
            column = self._field(name, kind)
            self._put(column)
            if name == "_score":
                self._score = column
        if self._names is not None:
            metadata = dict(self._scope.columns)
            self._scope.columns.clear()
            for name in self._names:
                if name not in metadata:
                    self._put(self._field(name))
            self._scope.columns.update(metadata)

    def _field(self, name: str, kind: Type | None = None) -> Column:
        """A new column of the events' fields."""
        self._count += 1
        sources: frozenset[str] = frozenset()
        kind = kind or type_of_kind(self._schema.kind(name))
        if kind is Type.UNKNOWN:
            sources = frozenset({name})
            fallback = Type.KEYWORD if self._decided else Type.UNKNOWN
            kind = self._guesses.get(name, fallback)
            if name not in self._guesses:
                self.open.add(name)
        whole = self._schema.kind(name) in _WHOLE and not self._schema.folded(name)
        column = Column(self._count, name, kind, name not in SINGLE, whole)
        self.typing.origins[column.id] = sources
        self.typing.fields.add(column.id)
        self._fields.append(column)
        return column

    def _new(
        self, name: str, kind: Type, sources: frozenset[str] = frozenset(), *, multi: bool = False
    ) -> Column:
        self._count += 1
        if kind is Type.UNKNOWN and self._decided:
            kind = Type.KEYWORD
        column = Column(self._count, name, kind, multi and kind is not Type.NULL)
        self.typing.origins[column.id] = sources
        return column

    def _put(self, column: Column, *, keep_place: bool = False) -> None:
        if keep_place and column.name in self._scope.columns:
            self._scope.columns[column.name] = column
        else:
            self._scope.put(column)

    def _look_up(self, field: nodes.Field, *, shown: bool = False) -> Column:
        name = field.name
        found = self._scope.columns.get(name)
        if found is not None:
            if found is self._score and not shown:
                self._without_score(field.span)
            return found
        if self._scope.sees(name):
            if self._names is not None:
                self.typing.report(
                    "ESQ151",
                    f"no event has a field `{name}`",
                    field.span,
                    did_you_mean(self._scope.suggest(name)),
                    Severity.WARNING,
                )
            column = self._field(name)
            if self._names is None:
                self._scope.columns[name] = column
            return column
        self.typing.report(
            "ESQ101",
            f"there is no column `{name}` here",
            field.span,
            did_you_mean(self._scope.suggest(name)),
        )
        column = self._new(name, Type.NULL)
        self._scope.columns[name] = column
        return column

    def _without_score(self, span: Span) -> None:
        """Tell once that something is to be computed from scores."""
        self._score = None
        self.typing.report(
            "ESQ121",
            "`_score` is the score of a search, which events do not have here",
            span,
            "leave out what asks for it; `match` and its like tell which events are found",
        )

    def _named(self, patterns: Iterable[nodes.NamePattern], word: str, most: int) -> None:
        """Make columns of the events' fields that `keep` or `drop` name, `*` so often at most."""
        stars = 0
        for pattern in patterns:
            stars += pattern.wild and pattern.text == "*"
            if stars > most:
                message = f"`{word}` takes `*` once" if most else f"`{word}` leaves a column over"
                self.typing.report("ESQ103", message, pattern.span)
                stars = 0
            if not pattern.wild:
                self._look_up(nodes.Field(pattern.text, span=pattern.span), shown=True)
            elif not self._scope.may_match(pattern):
                message = f"no column matches `{pattern.text}`"
                self.typing.report("ESQ101", message, pattern.span)

    def _eval(self, columns: Iterable[nodes.Named]) -> None:
        for named in columns:
            expression = self._cell(self.typing.typed(named.expression), named)
            self._put(self._extend(named.name, expression))

    def _cell(self, expression: Typed, named: nodes.Named) -> Typed:
        """An expression that a column can hold."""
        if expression.type in (Type.SPAN, Type.OPTIONS):
            message = f"no column holds a value of type {expression.type}"
            self.typing.report("ESQ102", message, named.expression.span)
            return Constant(None, Type.NULL)
        return expression

    def _extend(self, name: str, expression: Typed) -> Column:
        sources = self._sources(expression)
        column = self._new(name, expression.type, sources, multi=expression.multi)
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
            column = self._new(named.name, expression.type, sources)
            groups.append(Extend(column, expression))
        grouped = {group.column.name: group.column for group in groups}
        aggregates = [self._aggregate(named, grouped, groups) for named in command.aggregates]
        self._steps.append(Aggregate(tuple(groups), tuple(aggregates), command.inline))
        if command.inline:
            self._scope.columns = dict(before)
            for aggregate in aggregates:
                self._put(aggregate.column)
            for group, named in zip(groups, written, strict=True):
                own = None if named.written else before.get(group.column.name)
                self._put(own or group.column)
            return
        self._scope.columns.clear()
        self._scope.close()
        for extend in (*aggregates, *groups):
            self._put(extend.column)

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
        column = self._new(named.name, expression.type, sources, multi=expression.multi)
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
        columns = tuple(self._new(name, kind, multi=multi) for name, kind in found.names.items())
        self._steps.append(
            Extract(operand, found.how, found.patterns, columns, (*found.names,), found.separator)
        )
        for column in columns:
            self._put(column)
