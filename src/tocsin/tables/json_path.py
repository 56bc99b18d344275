"""What stands at a path of a JSON text: what `json_extract` gives.

    path = [ "$" ] step { step }
    step = [ "." ] NAME | "[" INT "]" | "['" NAME "']"

A name with dots is found whether the object is nested there or its key has dots.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import orjson

from tocsin.schema.values import text_of

_STEP = re.compile(r"""\.?(?P<name>[^.\[\]'"]+)|\[(?P<index>\d+)\]|\[(['"])(?P<quoted>.*?)\3\]""")


def json_at(text: str | None, path: str | None) -> str | None:
    """The value at a path as text: objects and arrays as JSON; None if there is none."""
    if text is None or path is None:
        return None
    steps = _steps(path)
    if steps is None:
        return None
    found = _found(_parsed(text), steps)
    if found is None:
        return None
    if isinstance(found, dict | list):
        return orjson.dumps(found).decode()
    return text_of(found)


@lru_cache(maxsize=4)
def _parsed(text: str) -> Any:  # noqa: ANN401 - any JSON
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


@lru_cache(maxsize=256)
def _steps(path: str) -> tuple[str | int, ...] | None:
    at = 1 if path.startswith("$") else 0
    steps: list[str | int] = []
    while at < len(path):
        found = _STEP.match(path, at)
        if found is None:
            return None
        if found["index"] is not None:
            steps.append(int(found["index"]))
        else:
            steps.append(found["name"] if found["name"] is not None else found["quoted"])
        at = found.end()
    return tuple(steps)


def _found(node: Any, steps: tuple[str | int, ...]) -> Any:  # noqa: ANN401 - any JSON
    if not steps:
        return node
    first = steps[0]
    if isinstance(first, int):
        if isinstance(node, list) and first < len(node):
            return _found(node[first], steps[1:])
        return None
    if not isinstance(node, dict):
        return None
    name = ""
    for count, step in enumerate(steps, 1):
        if isinstance(step, int):
            break
        name = f"{name}.{step}" if name else step
        if name in node and (found := _found(node[name], steps[count:])) is not None:
            return found
    return None
