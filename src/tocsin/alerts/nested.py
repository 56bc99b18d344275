"""Objects within a parsed event, by the dotted name at which they stand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def objects_at(event: dict[str, Any], path: str) -> Iterator[dict[str, Any]]:
    """The objects at a path, keys being nested or dotted; dotted leaves below it are one object.

    At ``a.b`` of ``{"a": {"b": {"c": 1}}, "a.b.d": 2}`` stand ``{"d": 2}`` and ``{"c": 1}``.
    Of a list at the path the first element counts, as in Kibana.
    """
    pending: list[tuple[object, str]] = [(event, path)]
    while pending:
        node, rest = pending.pop()
        if isinstance(node, list):
            pending.extend((part, rest) for part in reversed(node if rest else node[:1]))
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
