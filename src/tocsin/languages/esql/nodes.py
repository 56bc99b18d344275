"""The ES|QL tree: what the parser gives and what check and show read.

Nodes are frozen and equal by content; their place in the query text (``span``) does not count.
Chains of ``and`` and ``or`` are flat. A column's name is the dotted name without backticks.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TypeAlias

from tocsin.diagnostics import NOWHERE, Span


@dataclass(frozen=True, slots=True)
class _Node:
    span: Span = dataclasses.field(default=NOWHERE, compare=False, repr=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Literal(_Node):
    """A constant: text, integer, decimal, boolean or null."""

    value: str | int | float | bool | None

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Literal)
            and type(self.value) is type(other.value)
            and self.value == other.value
        )

    def __hash__(self) -> int:
        return hash((type(self.value), self.value))


@dataclass(frozen=True, slots=True)
class TimeSpan(_Node):
    """``5 minutes``; the unit as in ``spans.UNITS``, in the singular."""

    amount: int
    unit: str


@dataclass(frozen=True, slots=True)
class ListLiteral(_Node):
    """``[1, 2, 3]``: one value that is several."""

    values: tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class MapLiteral(_Node):
    """``{"name": value}``: options of a function or command."""

    entries: tuple[tuple[str, Literal | ListLiteral], ...]


@dataclass(frozen=True, slots=True)
class Field(_Node):
    """A column by its dotted name."""

    name: str


@dataclass(frozen=True, slots=True)
class Star(_Node):
    """The ``*`` of ``count(*)``."""


@dataclass(frozen=True, slots=True)
class Call(_Node):
    """A function call; the name in lower case."""

    name: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Cast(_Node):
    """``operand::type``."""

    operand: Expression
    type: str


@dataclass(frozen=True, slots=True)
class Negate(_Node):
    """Unary minus before something that is not a number."""

    operand: Expression


@dataclass(frozen=True, slots=True)
class Arithmetic(_Node):
    """``+ - * / %``."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Comparison(_Node):
    """``== != < <= > >=``."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Membership(_Node):
    """``operand [not] in (values)``."""

    operand: Expression
    values: tuple[Expression, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Pattern(_Node):
    """``operand [not] like`` or ``rlike`` of one pattern, or of some of a list."""

    operator: str
    operand: Expression
    patterns: tuple[Literal, ...]
    negated: bool = False
    listed: bool = False


@dataclass(frozen=True, slots=True)
class IsNull(_Node):
    """``operand is [not] null``."""

    operand: Expression
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Match(_Node):
    """``field : value``."""

    field: Field
    value: Literal


@dataclass(frozen=True, slots=True)
class Not(_Node):
    """The term does not hold."""

    term: Expression


@dataclass(frozen=True, slots=True)
class And(_Node):
    """All terms hold; at least two, none of them an ``And``."""

    terms: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Or(_Node):
    """Some term holds; at least two, none of them an ``Or``."""

    terms: tuple[Expression, ...]


Expression: TypeAlias = (
    Literal
    | TimeSpan
    | ListLiteral
    | MapLiteral
    | Field
    | Star
    | Call
    | Cast
    | Negate
    | Arithmetic
    | Comparison
    | Membership
    | Pattern
    | IsNull
    | Match
    | Not
    | And
    | Or
)


@dataclass(frozen=True, slots=True)
class Named(_Node):
    """``name = expression``, or an expression alone, which is called as it was written."""

    name: str
    expression: Expression
    written: bool = True
    """Whether the name stood there."""
    condition: Expression | None = None
    """``where`` behind an aggregate."""


@dataclass(frozen=True, slots=True)
class NamePattern(_Node):
    """A column's name, or with ``*`` a pattern of names, in ``keep`` and ``drop``."""

    text: str
    wild: bool = False


@dataclass(frozen=True, slots=True)
class From(_Node):
    """``from indices metadata fields``."""

    indices: tuple[str, ...]
    metadata: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row(_Node):
    """``row a = 1, b = 2``: a table of one row."""

    columns: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class Where(_Node):
    """Rows of which the condition is true."""

    condition: Expression


@dataclass(frozen=True, slots=True)
class Eval(_Node):
    """New columns, each seeing those before it."""

    columns: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class Stats(_Node):
    """Aggregates by groups; ``inline`` keeps the rows and adds the aggregates to them."""

    aggregates: tuple[Named, ...]
    groups: tuple[Named, ...] = ()
    inline: bool = False


@dataclass(frozen=True, slots=True)
class Keep(_Node):
    """Only these columns, in this order."""

    names: tuple[NamePattern, ...]


@dataclass(frozen=True, slots=True)
class Drop(_Node):
    """All columns but these."""

    names: tuple[NamePattern, ...]


@dataclass(frozen=True, slots=True)
class Rename(_Node):
    """Columns under new names: ``(old, new)`` each."""

    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Order(_Node):
    """A key of ``sort``; ``nulls_first`` is None where it was not said."""

    expression: Expression
    descending: bool = False
    nulls_first: bool | None = None


@dataclass(frozen=True, slots=True)
class Sort(_Node):
    """Rows in order."""

    keys: tuple[Order, ...]


@dataclass(frozen=True, slots=True)
class Limit(_Node):
    """At most so many rows."""

    count: int


@dataclass(frozen=True, slots=True)
class Grok(_Node):
    """Columns out of a text by named parts of patterns, of which the first that fits counts."""

    operand: Expression
    patterns: tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class Dissect(_Node):
    """Columns out of a text by the delimiters between them."""

    operand: Expression
    pattern: Literal
    separator: str = ""


@dataclass(frozen=True, slots=True)
class MvExpand(_Node):
    """A row for each value of a column."""

    field: Field


@dataclass(frozen=True, slots=True)
class Completion(_Node):
    """What a language model answers to a prompt."""

    target: str
    prompt: Expression
    options: MapLiteral | None = None


Command: TypeAlias = (
    From
    | Row
    | Where
    | Eval
    | Stats
    | Keep
    | Drop
    | Rename
    | Sort
    | Limit
    | Grok
    | Dissect
    | MvExpand
    | Completion
)


@dataclass(frozen=True, slots=True)
class Query(_Node):
    """A whole ES|QL query: the source, then a command for each pipe."""

    commands: tuple[Command, ...]
