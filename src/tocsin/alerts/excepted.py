"""Whether an exception is about an event, or a row of computed columns, asked of it as a whole.

Most exceptions are part of a rule's condition. Here are those that need more than an event's
fields (several conditions on one object of an array), and rows of ES|QL results, which are no
events.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tocsin.alerts.paths import values_at
from tocsin.columns.cells import Scalar
from tocsin.match.evaluate import Evaluator
from tocsin.plan.lower_exceptions import Lowered, Nested


class Excepted:
    """Asks some exceptions, of which one is enough."""

    def __init__(self, excepted: Sequence[Lowered]) -> None:
        self._excepted = excepted
        self._evaluator = Evaluator()

    def __call__(self, event: Mapping[str, Any]) -> bool:
        """Whether one of them is about an event: a mapping, nested or dotted."""
        tree = event if isinstance(event, dict) else dict(event)
        known: dict[str, list[Scalar]] = {}

        def values(name: str) -> list[Scalar]:
            if name not in known:
                known[name] = values_at(tree, name)
            return known[name]

        return any(
            self._evaluator.holds(each.condition, values)
            and all(self._nested(nested, tree) for nested in each.nested)
            for each in self._excepted
        )

    def _nested(self, nested: Nested, event: dict[str, Any]) -> bool:
        skip = len(nested.path) + 1

        def holds(part: dict[str, Any]) -> bool:
            return self._evaluator.holds(
                nested.condition, lambda name: values_at(part, name[skip:])
            )

        return any(map(holds, objects_at(event, nested.path))) is nested.included


def objects_at(event: dict[str, Any], path: str) -> Iterator[dict[str, Any]]:
    """The objects at a path, keys being nested or dotted; dotted leaves below it are one object."""
    pending: list[tuple[object, str]] = [(event, path)]
    while pending:
        node, rest = pending.pop()
        if isinstance(node, list):
            pending.extend((part, rest) for part in reversed(node))
        elif isinstance(node, dict) and not rest:
            yield node
        elif isinstance(node, dict):
            leaves = {}
            for key, value in node.items():
                if key == rest:
                    pending.append((value, ""))
                elif rest.startswith(f"{key}."):
                    pending.append((value, rest[len(key) + 1 :]))
                elif key.startswith(f"{rest}."):
                    leaves[key[len(rest) + 1 :]] = value
            if leaves:
                yield leaves
