"""What the trees of all query languages have in common."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from tocsin.diagnostics import NOWHERE, Span


@dataclass(frozen=True, slots=True)
class Node:
    """Part of a query; where it stands in the text does not count when nodes are compared."""

    span: Span = dataclasses.field(default=NOWHERE, compare=False, repr=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Literal(Node):
    """A constant: text, integer, decimal, boolean or null; 1, 1.0 and true are three."""

    value: str | int | float | bool | None

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Literal)
            and type(self.value) is type(other.value)
            and self.value == other.value
        )

    def __hash__(self) -> int:
        return hash((type(self.value), self.value))
