"""The EQL tree: what the parser gives and what check, show and lowering read.

Nodes are frozen and equal by content; their place in the query text (``span``) does not count.
Chains of ``and`` and ``or`` and lists of values are flat, however long they are.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TypeAlias

from tocsin.languages.node import Literal, Node


@dataclass(frozen=True, slots=True)
class Field(Node):
    """A dotted field name; ``optional`` for a leading ``?``."""

    name: str
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A function of the table in ``languages/functions.py``; ``fold`` for the ``~`` form."""

    name: str
    arguments: tuple[Expression, ...]
    fold: bool = False


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
    """``operand [not] in (values)``; ``fold`` for ``in~``."""

    operand: Expression
    values: tuple[Expression, ...]
    fold: bool = False
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Match(Node):
    """``operand : patterns``, ``like``, ``like~``, ``regex`` or ``regex~``."""

    operator: str
    operand: Expression
    patterns: tuple[Literal, ...]
    listed: bool = dataclasses.field(default=False, compare=False)
    """Whether the patterns stood in parentheses."""


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
    Literal | Field | Call | Negate | Arithmetic | Comparison | Membership | Match | Not | And | Or
)


@dataclass(frozen=True, slots=True)
class EventFilter(Node):
    """``category where condition``; no category for ``any``."""

    category: str | None
    condition: Expression


@dataclass(frozen=True, slots=True)
class Stage(Node):
    """``[filter] by keys with runs=N``, or ``![filter]`` for a missing event."""

    filter: EventFilter
    keys: tuple[Field, ...] = ()
    missing: bool = False
    runs: int = 1


@dataclass(frozen=True, slots=True)
class Sequence(Node):
    """``sequence by keys with maxspan=… stages until stage``; ``maxspan`` in milliseconds."""

    stages: tuple[Stage, ...]
    keys: tuple[Field, ...] = ()
    maxspan: int | None = None
    until: Stage | None = None


@dataclass(frozen=True, slots=True)
class Sample(Node):
    """``sample by keys stages``."""

    stages: tuple[Stage, ...]
    keys: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True)
class Pipe(Node):
    """``| head N`` or ``| tail N``."""

    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Query(Node):
    """A whole EQL query."""

    body: EventFilter | Sequence | Sample
    pipes: tuple[Pipe, ...] = ()
