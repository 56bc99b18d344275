"""The EQL tree: what the parser gives and what check, show and lowering read.

Nodes are frozen and equal by content; their place in the query text (``span``) does not count.
Chains of ``and`` and ``or`` and lists of values are flat, however long they are.
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
class Field(_Node):
    """A dotted field name; ``optional`` for a leading ``?``."""

    name: str
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Call(_Node):
    """A function of the table in ``query/functions.py``; ``fold`` for the ``~`` form."""

    name: str
    arguments: tuple[Expression, ...]
    fold: bool = False


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
    """``operand [not] in (values)``; ``fold`` for ``in~``."""

    operand: Expression
    values: tuple[Expression, ...]
    fold: bool = False
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Match(_Node):
    """``operand : patterns``, ``like``, ``like~``, ``regex`` or ``regex~``."""

    operator: str
    operand: Expression
    patterns: tuple[Literal, ...]
    listed: bool = dataclasses.field(default=False, compare=False)
    """Whether the patterns stood in parentheses."""


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
    Literal | Field | Call | Negate | Arithmetic | Comparison | Membership | Match | Not | And | Or
)


@dataclass(frozen=True, slots=True)
class EventFilter(_Node):
    """``category where condition``; no category for ``any``."""

    category: str | None
    condition: Expression


@dataclass(frozen=True, slots=True)
class Stage(_Node):
    """``[filter] by keys with runs=N``, or ``![filter]`` for a missing event."""

    filter: EventFilter
    keys: tuple[Field, ...] = ()
    missing: bool = False
    runs: int = 1


@dataclass(frozen=True, slots=True)
class Sequence(_Node):
    """``sequence by keys with maxspan=… stages until stage``; ``maxspan`` in milliseconds."""

    stages: tuple[Stage, ...]
    keys: tuple[Field, ...] = ()
    maxspan: int | None = None
    until: Stage | None = None


@dataclass(frozen=True, slots=True)
class Sample(_Node):
    """``sample by keys stages``."""

    stages: tuple[Stage, ...]
    keys: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True)
class Pipe(_Node):
    """``| head N`` or ``| tail N``."""

    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Query(_Node):
    """A whole EQL query."""

    body: EventFilter | Sequence | Sample
    pipes: tuple[Pipe, ...] = ()
