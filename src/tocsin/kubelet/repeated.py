"""Keys that stand twice in a table of YAML or JSON, where all readers but this take the last."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from typing import Any


def repeated_in_json(text: str) -> Iterator[str]:
    """The keys that an object has twice; none where the nesting is too deep to look."""
    found: list[str] = []

    def pairs(given: list[tuple[str, Any]]) -> None:
        seen = set()
        for key, _ in given:
            if key in seen:
                found.append(f"`{key}`")
            seen.add(key)

    try:
        json.loads(text, object_pairs_hook=pairs)
    except (ValueError, RecursionError):
        return
    yield from dict.fromkeys(found)


def repeated_in_yaml(yaml: Any, text: str) -> Iterator[str]:  # noqa: ANN401 - a module
    """The keys that a mapping has twice, with the lines of the later ones.

    ``yaml`` is PyYAML, which has read the text already. An anchor's mapping is looked at once.
    """
    waiting = deque(yaml.compose_all(text, Loader=yaml.SafeLoader))
    known: set[int] = set()
    while waiting:
        node = waiting.popleft()
        if id(node) in known:
            continue
        known.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            waiting += node.value
        if not isinstance(node, yaml.MappingNode):
            continue
        seen = set()
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    yield f"`{key.value}` (line {key.start_mark.line + 1})"
                seen.add(key.value)
            waiting.append(value)
