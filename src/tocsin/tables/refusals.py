"""Constants that a function cannot be called with, told before a query runs."""

from __future__ import annotations

from tocsin.languages.esql.typed import Apply, Constant
from tocsin.tables.computed import ALGORITHMS

_ORDERS = {"mv_sort": 1, "top": 2}
"""Functions with an order, and where it stands."""


def refusal(node: Apply) -> str | None:
    """What is wrong with the constants that a function is called with; None if nothing."""
    constants = [each.value if isinstance(each, Constant) else None for each in node.arguments]
    if node.name in _ORDERS:
        order = constants[_ORDERS[node.name]] if len(constants) > _ORDERS[node.name] else "asc"
        if str(order).lower() not in ("asc", "desc"):
            return f"`{order}` is no order: write `asc` or `desc`"
    if node.name == "top" and isinstance(constants[1], int) and constants[1] < 1:
        return f"`top` gives 1 value or more, not {constants[1]}"
    name = constants[0] if node.name == "hash" else None
    if isinstance(name, str) and name.lower() not in ALGORITHMS:
        return f"no hash is called `{name}`: " + ", ".join(ALGORITHMS)
    return None
