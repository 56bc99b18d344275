"""The typed pipeline: what the checks make of a query, and all that runs it need to read.

Every column that ever exists has a number of its own; names are only what commands call them by, so
``keep``, ``drop`` and ``rename`` leave nothing but the names of the result. Operators are functions
like all others: ``==``, ``and``, ``like``, ``is null``.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TypeAlias

from tocsin.languages.esql.types import Type

Plain: TypeAlias = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its number, name, type, and whether a cell may hold several values.

    ``whole``: a keyword field of the events, which search takes as one word.
    """

    id: int
    name: str
    type: Type
    multi: bool = False
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Constant:
    """A constant. Dates are milliseconds since 1970, addresses their canonical text."""

    value: Plain | tuple[Plain, ...]
    type: Type

    @property
    def multi(self) -> bool:
        """Whether it is several values."""
        return isinstance(self.value, tuple)


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time: milliseconds, or months, never both."""

    milliseconds: int
    months: int = 0
    type: Type = Type.SPAN
    multi: bool = False


@dataclass(frozen=True, slots=True)
class Apply:
    """A function or operator over arguments; ``condition`` of an aggregate with ``where``."""

    name: str
    arguments: tuple[Typed, ...]
    type: Type
    multi: bool = False
    condition: Typed | None = None


Typed: TypeAlias = Column | Constant | Duration | Apply


def value_of(node: Typed) -> Plain | tuple[Plain, ...]:
    """What a constant is; None for all other expressions."""
    return node.value if isinstance(node, Constant) else None


@dataclass(frozen=True, slots=True)
class Source:
    """The rows: events, with the fields that the query reads by name.

    ``indices`` are the patterns after ``from``. With ``every`` all other fields of the events are
    asked for too: the query ends without saying which columns it wants.
    """

    columns: tuple[Column, ...]
    indices: tuple[str, ...]
    every: tuple[str, ...] = ()
    """Patterns of further names that the result holds, ``*`` for any run of characters."""
    dropped: tuple[str, ...] = ()
    """Patterns of names that were dropped, or are computed, and so are not among ``every``."""


@dataclass(frozen=True, slots=True)
class One:
    """A table of one row without columns: what ``row`` begins with."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Rows of which the condition is true."""

    condition: Typed


@dataclass(frozen=True, slots=True)
class Extend:
    """A new column, computed from those before."""

    column: Column
    expression: Typed


@dataclass(frozen=True, slots=True)
class Aggregate:
    """Groups and aggregates over them; ``inline`` adds both to the rows that were."""

    groups: tuple[Extend, ...]
    aggregates: tuple[Extend, ...]
    inline: bool = False


@dataclass(frozen=True, slots=True)
class Extract:
    """Columns out of a text. ``columns[i]`` is the pattern's ``keys[i]``."""

    operand: Typed
    how: str
    """``grok`` or ``dissect``."""
    patterns: tuple[str, ...]
    columns: tuple[Column, ...]
    keys: tuple[str, ...]
    separator: str = ""

    @property
    def multi(self) -> bool:
        """Whether its columns may hold several values: of several texts, or parts of one name."""
        return any(column.multi for column in self.columns)


@dataclass(frozen=True, slots=True)
class Expand:
    """A row for each value of a column, the value in a new one."""

    column: Column
    into: Column


@dataclass(frozen=True, slots=True)
class SortKey:
    """A key of an order; where nulls stand is always said."""

    expression: Typed
    descending: bool
    nulls_first: bool


@dataclass(frozen=True, slots=True)
class Arrange:
    """Rows in order."""

    keys: tuple[SortKey, ...]


@dataclass(frozen=True, slots=True)
class Take:
    """At most so many rows."""

    count: int


Step: TypeAlias = Filter | Extend | Aggregate | Extract | Expand | Arrange | Take


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A whole query: where rows come from, what is done to them, which columns they end with."""

    source: Source | One
    steps: tuple[Step, ...]
    result: tuple[Column, ...]

    @property
    def aggregates(self) -> bool:
        """Whether rows of the result are groups, not events."""
        return any(isinstance(step, Aggregate) and not step.inline for step in self.steps)

    @property
    def read(self) -> frozenset[int]:
        """The columns (their ids) that the steps look at."""
        nodes = walk(*(part for step in self.steps for part in expressions_of(step)))
        return frozenset(node.id for node in nodes if isinstance(node, Column))

    @property
    def told(self) -> frozenset[int]:
        """The columns (their ids) that the result shows, or is computed from."""
        found = {column.id for column in self.result}
        for step in reversed(self.steps):
            match step:
                case Extend(column):
                    wanted = column.id in found
                case Extract():
                    wanted = any(column.id in found for column in step.columns)
                case Expand(_, into):
                    wanted = into.id in found
                case _:
                    wanted = isinstance(step, Aggregate)
            if wanted:
                nodes = walk(*expressions_of(step))
                found.update(node.id for node in nodes if isinstance(node, Column))
        return frozenset(found)

    @property
    def windowed(self) -> bool:
        """Whether a row of the result depends on more than its event: on others, or on the time."""
        return any(
            isinstance(step, Aggregate | Take) or "now" in functions_in(step) for step in self.steps
        )


def children(node: Typed) -> tuple[Typed, ...]:
    """The expressions directly below one."""
    if not isinstance(node, Apply):
        return ()
    return node.arguments if node.condition is None else (*node.arguments, node.condition)


def expressions_of(step: Step) -> tuple[Typed, ...]:
    """The expressions that a step computes."""
    match step:
        case Filter(condition):
            return (condition,)
        case Extend(_, expression):
            return (expression,)
        case Aggregate(groups, aggregates):
            return tuple(each.expression for each in (*groups, *aggregates))
        case Extract(operand):
            return (operand,)
        case Expand(column):
            return (column,)
        case Arrange(keys):
            return tuple(key.expression for key in keys)
        case Take():
            return ()


def walk(*roots: Typed) -> tuple[Typed, ...]:
    """These expressions and all below them."""
    found: list[Typed] = []
    pending = list(roots)
    while pending:
        node = pending.pop()
        found.append(node)
        pending.extend(children(node))
    return tuple(found)


def functions_in(step: Step) -> frozenset[str]:
    """The functions and operators that a step uses."""
    nodes = walk(*expressions_of(step))
    return frozenset(node.name for node in nodes if isinstance(node, Apply))


def question(node: Apply) -> str:
    """The name of what `kql` or `qstr` asks, by which its answer is found."""
    argument = node.arguments[0]
    return f"{node.name} {argument.value if isinstance(argument, Constant) else ''}"


def renamed(column: Column, name: str) -> Column:
    """The same column under another name."""
    return dataclasses.replace(column, name=name)
