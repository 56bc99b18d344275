"""What waits on the stacks while an EQL condition is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from tocsin.languages.eql.nodes import Expression


class Operand(NamedTuple):
    """A finished expression, where it stands with its parentheses, and how high its tree is."""

    node: Expression
    start: int
    end: int
    height: int


class Operator(NamedTuple):
    """An operator that waits for its operands, and how tightly it binds (`binding`)."""

    precedence: int
    sign: str
    start: int


@dataclass(slots=True)
class Group:
    """An open parenthesis: plain, of a call, of a list, or (at the very bottom) none at all."""

    kind: str
    start: int
    operators: int
    """How many operators wait outside."""
    name: str = ""
    operand: Operand | None = None
    """What stands before the ``in`` of a list."""
    items: list[Expression] = field(default_factory=list)
    height: int = 0
