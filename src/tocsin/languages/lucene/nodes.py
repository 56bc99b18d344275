"""The tree of a Lucene query string.

Nodes are frozen and equal by content; their place in the text (``span``) does not count.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from tocsin.languages.node import Node


@dataclass(frozen=True, slots=True)
class Literal(Node):
    """A term, or a phrase in quotes."""

    text: str
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Row(Node):
    """Terms with nothing between them: for a keyword one value, for a text words of their own.

    ``every`` says whether a text must hold all of them.
    """

    terms: tuple[str, ...]
    every: bool = False


@dataclass(frozen=True, slots=True)
class Wildcard(Node):
    r"""A term with ``*`` (any run) or ``?`` (one character); ``\`` makes the next one plain."""

    pattern: str


@dataclass(frozen=True, slots=True)
class Regex(Node):
    """``/pattern/``, which describes a whole term."""

    pattern: str


@dataclass(frozen=True, slots=True)
class Bounds(Node):
    """``[a TO b]``, ``{a TO b}``, ``>=a``: pairs of ``> >= < <=`` and a value, none for ``*``."""

    limits: tuple[tuple[str, str], ...]


Value: TypeAlias = Literal | Row | Wildcard | Regex | Bounds


@dataclass(frozen=True, slots=True)
class Is(Node):
    """``field:value``; without a field, a value that any field may hold.

    In a field's name ``*`` stands for any run of characters.
    """

    field: str | None
    value: Value


@dataclass(frozen=True, slots=True)
class Exists(Node):
    """``_exists_:field``."""

    field: str


@dataclass(frozen=True, slots=True)
class Everything(Node):
    """``*:*``, or nothing at all."""


@dataclass(frozen=True, slots=True)
class Clauses(Node):
    """Clauses with what AND, OR, NOT, ``+`` and ``-`` make of them.

    All of ``must`` hold, none of ``must_not``, and some of ``should`` unless there is a ``must``.
    """

    must: tuple[Expression, ...] = ()
    should: tuple[Expression, ...] = ()
    must_not: tuple[Expression, ...] = ()


Expression: TypeAlias = Is | Exists | Everything | Clauses
