"""The ES|QL tree: what the parser gives and what check and show read.

Nodes are frozen and equal by content; their place in the query text (``span``) does not count.
Chains of ``and`` and ``or`` are flat. A column's name is the dotted name without backticks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from tocsin.languages.node import Literal, Node


@dataclass(frozen=True, slots=True)
class TimeSpan(Node):
    """``5 minutes``; the unit as in ``spans.UNITS``, in the singular."""

    amount: int
    unit: str


@dataclass(frozen=True, slots=True)
class ListLiteral(Node):
    """``[1, 2, 3]``: one value that is several."""

    values: tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class MapLiteral(Node):
    """``{"name": value}``: options of a function or command."""

    entries: tuple[tuple[str, Literal | ListLiteral], ...]


@dataclass(frozen=True, slots=True)
class Field(Node):
    """A column by its dotted name."""

    name: str


@dataclass(frozen=True, slots=True)
class Star(Node):
    """The ``*`` of ``count(*)``."""


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A function call; the name in lower case."""

    name: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Cast(Node):
    """``operand::type``."""

    operand: Expression
    type: str


@dataclass(frozen=True, slots=True)
class Negate(Node):
    """Unary minus before something that is not a number."""

    operand: Expression


@dataclass(frozen=True, slots=True)
class Arithmetic(Node):
    """``+ - * / %``."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Comparison(Node):
    """``== != < <= > >=``."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Membership(Node):
    """``operand [not] in (values)``."""

    operand: Expression
    values: tuple[Expression, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Pattern(Node):
    """``operand [not] like`` or ``rlike`` of one pattern, or of some of a list.

    A pattern is a text, or an expression that comes to one before the query runs.
    """

    operator: str
    operand: Expression
    patterns: tuple[Expression, ...]
    negated: bool = False
    listed: bool = False


@dataclass(frozen=True, slots=True)
class IsNull(Node):
    """``operand is [not] null``."""

    operand: Expression
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Match(Node):
    """``field : value``; the field may have a type: ``field::type``."""

    field: Expression
    value: Literal


@dataclass(frozen=True, slots=True)
class Not(Node):
    """The term does not hold."""

    term: Expression


@dataclass(frozen=True, slots=True)
class And(Node):
    """All terms hold; at least two, none of them an ``And``."""

    terms: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Or(Node):
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
class Named(Node):
    """``name = expression``, or an expression alone, which is called as it was written."""

    name: str
    expression: Expression
    written: bool = True
    """Whether the name stood there."""
    condition: Expression | None = None
    """``where`` behind an aggregate."""


@dataclass(frozen=True, slots=True)
class NamePattern(Node):
    """A column's name, or with ``*`` a pattern of names, in ``keep`` and ``drop``."""

    text: str
    wild: bool = False


@dataclass(frozen=True, slots=True)
class From(Node):
    """``from indices metadata fields``."""

    indices: tuple[str, ...]
    metadata: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row(Node):
    """``row a = 1, b = 2``: a table of one row."""

    columns: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class Where(Node):
    """Rows of which the condition is true."""

    condition: Expression


@dataclass(frozen=True, slots=True)
class Eval(Node):
    """New columns, each seeing those before it."""

    columns: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class Stats(Node):
    """Aggregates by groups; ``inline`` keeps the rows and adds the aggregates to them."""

    aggregates: tuple[Named, ...]
    groups: tuple[Named, ...] = ()
    inline: bool = False


@dataclass(frozen=True, slots=True)
class Keep(Node):
    """Only these columns, in this order."""

    names: tuple[NamePattern, ...]


@dataclass(frozen=True, slots=True)
class Drop(Node):
    """All columns but these."""

    names: tuple[NamePattern, ...]


@dataclass(frozen=True, slots=True)
class Rename(Node):
    """Columns under new names: ``(old, new)`` each."""

    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Order(Node):
    """A key of ``sort``; ``nulls_first`` is None where it was not said."""

    expression: Expression
    descending: bool = False
    nulls_first: bool | None = None


@dataclass(frozen=True, slots=True)
class Sort(Node):
    """Rows in order."""

    keys: tuple[Order, ...]


@dataclass(frozen=True, slots=True)
class Limit(Node):
    """At most so many rows."""

    count: int


@dataclass(frozen=True, slots=True)
class Grok(Node):
    """Columns out of a text by named parts of patterns, of which the first that fits counts."""

    operand: Expression
    patterns: tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class Dissect(Node):
    """Columns out of a text by the delimiters between them."""

    operand: Expression
    pattern: Literal
    separator: str = ""


@dataclass(frozen=True, slots=True)
class MvExpand(Node):
    """A row for each value of a column."""

    field: Field


@dataclass(frozen=True, slots=True)
class Completion(Node):
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
class Query(Node):
    """A whole ES|QL query: the source, then a command for each pipe."""

    commands: tuple[Command, ...]
