"""What the trees of all query languages have in common."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
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


def parts_of(node: Node) -> Iterator[Node]:
    """The nodes that a node is made of, but not what those are made of."""
    for field in dataclasses.fields(node):
        value = getattr(node, field.name)
        for each in value if isinstance(value, tuple) else (value,):
            if isinstance(each, Node):
                yield each


def walk(root: Node) -> Iterator[Node]:
    """A node and all that it is made of."""
    pending = [root]
    while pending:
        node = pending.pop()
        yield node
        pending += parts_of(node)
