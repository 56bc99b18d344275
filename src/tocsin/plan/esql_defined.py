"""What the columns of an ES|QL pipeline were made of."""

from __future__ import annotations

from tocsin.languages.esql.typed import Column, Typed


class Defined:
    """Columns that a pipeline defines, by their ids, with the expressions that give them."""

    def __init__(self) -> None:
        self.defined: dict[int, Typed] = {}

    def resolved(self, node: Typed) -> Typed:
        """What a column was defined as, and so on; any other expression is itself."""
        while isinstance(node, Column) and node.id in self.defined:
            node = self.defined[node.id]
        return node
