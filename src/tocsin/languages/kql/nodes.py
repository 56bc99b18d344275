"""The KQL tree: what the parser gives and what show, lowering and messages read.

Nodes are frozen and equal by content; their place in the query text (``span``) does not count.
Chains of ``and`` and ``or`` are flat, however long they are. A text with ``*`` in it is kept as the
texts between the stars: ``a*b*`` is ``("a", "b", "")``.
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
    """A value as it is: a word, words, a number, true or false; or a quoted phrase."""

    text: str
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Wildcard(_Node):
    """A value with stars; the lone star is ``("", "")``."""

    parts: tuple[str, ...]


Value: TypeAlias = Literal | Wildcard


@dataclass(frozen=True, slots=True)
class AnyOf(_Node):
    """``(a or b)`` behind ``field:``."""

    values: tuple[Values, ...]


@dataclass(frozen=True, slots=True)
class AllOf(_Node):
    """``(a and b)`` behind ``field:``."""

    values: tuple[Values, ...]


@dataclass(frozen=True, slots=True)
class NoneOf(_Node):
    """``(not a)`` behind ``field:``."""

    value: Values


Values: TypeAlias = Value | AnyOf | AllOf | NoneOf


@dataclass(frozen=True, slots=True)
class Field(_Node):
    """A field's name."""

    name: str


@dataclass(frozen=True, slots=True)
class FieldPattern(_Node):
    """All fields whose names fit: the texts between the stars of a name."""

    parts: tuple[str, ...]


FieldLike: TypeAlias = Field | FieldPattern


@dataclass(frozen=True, slots=True)
class Is(_Node):
    """``field: values``; without a field, a value that any field may hold."""

    field: FieldLike | None
    values: Values


@dataclass(frozen=True, slots=True)
class Range(_Node):
    """``field operator value`` with ``< <= > >=``."""

    field: FieldLike
    operator: str
    value: Literal


@dataclass(frozen=True, slots=True)
class Nested(_Node):
    """``field:{ condition }``: one object of the field satisfies the whole condition."""

    field: Field
    condition: Expression


@dataclass(frozen=True, slots=True)
class Everything(_Node):
    """The empty query, which every event satisfies."""


@dataclass(frozen=True, slots=True)
class Not(_Node):
    """The term does not hold."""

    term: Expression


@dataclass(frozen=True, slots=True)
class And(_Node):
    """All terms hold."""

    terms: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Or(_Node):
    """Some term holds."""

    terms: tuple[Expression, ...]


Expression: TypeAlias = Is | Range | Nested | Everything | Not | And | Or
