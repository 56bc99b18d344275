"""The columns of a query as it is gone through: fields of the events, and what is computed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tocsin.diagnostics import Severity, Span
from tocsin.diagnostics.near import did_you_mean
from tocsin.languages.esql import nodes
from tocsin.languages.esql.metadata import METADATA, SINGLE
from tocsin.languages.esql.scope import Scope
from tocsin.languages.esql.typed import Column
from tocsin.languages.esql.types import Type, type_of_kind
from tocsin.languages.esql.typing import Typing
from tocsin.schema.fields import Schema
from tocsin.schema.kinds import Kind

_WHOLE = frozenset({Kind.KEYWORD, Kind.CONSTANT_KEYWORD, Kind.WILDCARD, Kind.FLATTENED})
"""The kinds of field that search takes as one word."""


class Columns:
    """Makes columns, and finds them by name.

    Parameters
    ----------
    names
        All fields that the events have, where that is known.
    guesses
        The types of fields that no schema knows.
    decided
        Whether a field that is not among these is text; else it waits for what is asked of it.

    Attributes
    ----------
    scope
        The columns that a command sees.
    fields
        Those of the events' fields, in the order in which they were named.
    open
        The fields whose type nothing has told.
    typing
        Types expressions of these columns, and keeps what is told of the query.
    """

    def __init__(
        self,
        schema: Schema,
        text: str,
        names: Iterable[str] | None,
        guesses: Mapping[str, Type],
        *,
        decided: bool,
    ) -> None:
        self._schema = schema
        self._guesses = guesses
        self._decided = decided
        self._names = None if names is None else sorted(set(names) - {"_id", "_index"})
        self._count = 0
        self._score: Column | None = None
        self.scope = Scope()
        self.fields: list[Column] = []
        self.open: set[str] = set()
        self.typing = Typing(text, self.look_up)

    def begin(self, command: nodes.From) -> None:
        """The events are the rows: their metadata, and all fields where these are known."""
        self.scope.open_names = ("*",)
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
            self.put(column)
            if name == "_score":
                self._score = column
        if self._names is not None:
            metadata = dict(self.scope.columns)
            self.scope.columns.clear()
            for name in self._names:
                if name not in metadata:
                    self.put(self._field(name))
            self.scope.columns.update(metadata)

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
        self.fields.append(column)
        return column

    def new(
        self, name: str, kind: Type, sources: frozenset[str] = frozenset(), *, multi: bool = False
    ) -> Column:
        """A column that is computed; ``sources``: the fields whose type it has, if that is open."""
        self._count += 1
        if kind is Type.UNKNOWN and self._decided:
            kind = Type.KEYWORD
        column = Column(self._count, name, kind, multi and kind is not Type.NULL)
        self.typing.origins[column.id] = sources
        return column

    def put(self, column: Column, *, keep_place: bool = False) -> None:
        """Let commands see a column, behind the others or where one of its name stood."""
        if keep_place and column.name in self.scope.columns:
            self.scope.columns[column.name] = column
        else:
            self.scope.put(column)

    def look_up(self, field: nodes.Field, *, shown: bool = False) -> Column:
        """The column of a name, made if it may be a field; ``shown``: nothing is computed of it."""
        name = field.name
        found = self.scope.columns.get(name)
        if found is not None:
            if found is self._score and not shown:
                self._without_score(field.span)
            return found
        if self.scope.sees(name):
            if self._names is not None:
                self.typing.report(
                    "ESQ151",
                    f"no event has a field `{name}`",
                    field.span,
                    did_you_mean(self.scope.suggest(name)),
                    Severity.WARNING,
                )
            column = self._field(name)
            if self._names is None:
                self.scope.columns[name] = column
            return column
        self.typing.report(
            "ESQ101",
            f"there is no column `{name}` here",
            field.span,
            did_you_mean(self.scope.suggest(name)),
        )
        column = self.new(name, Type.NULL)
        self.scope.columns[name] = column
        return column

    def name(self, patterns: Iterable[nodes.NamePattern], word: str, most: int) -> None:
        """Make columns of the events' fields that `keep` or `drop` name, `*` so often at most."""
        stars = 0
        for pattern in patterns:
            stars += pattern.wild and pattern.text == "*"
            if stars > most:
                message = f"`{word}` takes `*` once" if most else f"`{word}` leaves a column over"
                self.typing.report("ESQ103", message, pattern.span)
                stars = 0
            if not pattern.wild:
                self.look_up(nodes.Field(pattern.text, span=pattern.span), shown=True)
            elif not self.scope.may_match(pattern):
                message = f"no column matches `{pattern.text}`"
                self.typing.report("ESQ101", message, pattern.span)

    def _without_score(self, span: Span) -> None:
        """Tell once that something is to be computed from scores."""
        self._score = None
        self.typing.report(
            "ESQ121",
            "`_score` is the score of a search, which events do not have here",
            span,
            "leave out what asks for it; `match` and its like tell which events are found",
        )
