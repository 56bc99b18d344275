"""The KQL tree: what the parser gives and what show, lowering and messages read.

Nodes are frozen and equal by content; their place in the query text (``span``) does not count.
Chains of ``and`` and ``or`` are flat, however long they are. A text with ``*`` in it is kept as the
texts between the stars: ``a*b*`` is ``("a", "b", "")``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from tocsin.languages.node import Node


@dataclass(frozen=True, slots=True)
class Literal(Node):
    """A value as it is: a word, words, a number, true or false; or a quoted phrase."""

    text: str
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Wildcard(Node):
    """A value with stars; the lone star is ``("", "")``."""

    parts: tuple[str, ...]


Value: TypeAlias = Literal | Wildcard


@dataclass(frozen=True, slots=True)
class AnyOf(Node):
    """``(a or b)`` behind ``field:``."""

    values: tuple[Values, ...]


@dataclass(frozen=True, slots=True)
class AllOf(Node):
    """``(a and b)`` behind ``field:``."""

    values: tuple[Values, ...]


@dataclass(frozen=True, slots=True)
class NoneOf(Node):
    """``(not a)`` behind ``field:``."""

    value: Values


Values: TypeAlias = Value | AnyOf | AllOf | NoneOf


@dataclass(frozen=True, slots=True)
class Field(Node):
    """A field's name."""

    name: str


@dataclass(frozen=True, slots=True)
class FieldPattern(Node):
    """All fields whose names fit: the texts between the stars of a name."""

    parts: tuple[str, ...]


FieldLike: TypeAlias = Field | FieldPattern


@dataclass(frozen=True, slots=True)
class Is(Node):
    """``field: values``; without a field, a value that any field may hold."""

    field: FieldLike | None
    values: Values


@dataclass(frozen=True, slots=True)
class Range(Node):
    """``field operator value`` with ``< <= > >=``."""

    field: FieldLike
    operator: str
    value: Literal


@dataclass(frozen=True, slots=True)
class Nested(Node):
    """``field:{ condition }``: one object of the field satisfies the whole condition."""

    field: Field
    condition: Expression


@dataclass(frozen=True, slots=True)
class Everything(Node):
    """The empty query, which every event satisfies."""


@dataclass(frozen=True, slots=True)
class Not(Node):
    """The term does not hold."""

    term: Expression


@dataclass(frozen=True, slots=True)
class And(Node):
    """All terms hold."""

    terms: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Or(Node):
    """Some term holds."""

    terms: tuple[Expression, ...]


Expression: TypeAlias = Is | Range | Nested | Everything | Not | And | Or
