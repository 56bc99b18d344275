"""What stands at a path of a JSON text: what `json_extract` gives.

    path = [ "$" [ "." ] ] { step }
    step = [ "." ] NAME | "[" INT "]" | "['" NAME "']"

A backslash in a name in quotes makes a quote or a backslash plain. A name with dots is found
whether the object is nested there or its key has dots. Of a key that stands twice the first counts,
and decimal numbers are given as they were written.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any, NoReturn, Self

import orjson

from tocsin.schema.values import text_of

_STEP = re.compile(
    r"""\.?(?P<name>[^.\[\]'"]+)|\[(?P<index>\d+)\]|\[(['"])(?P<quoted>(?:\\.|(?!\3)[^\\])*)\3\]""",
    re.DOTALL,
)


_PLAIN = re.compile(r"\\(.)", re.DOTALL)


class _Decimal(float):
    """A decimal number that knows how it was written."""

    written: str

    def __new__(cls, written: str) -> Self:
        made = super().__new__(cls, written)
        made.written = written
        return made


def _first_of_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        found.setdefault(key, value)
    return found


def _whole(written: str) -> int | _Decimal:
    """A whole number; one that 64 bits may not hold stays as it was written."""
    return int(written) if len(written) < 19 else _Decimal(written)


def _no_number(word: str) -> NoReturn:
    """`NaN` and its like are no JSON."""
    raise ValueError(word)


def _written(value: object) -> orjson.Fragment:
    """What orjson writes for a decimal number."""
    if not isinstance(value, _Decimal):
        raise TypeError
    return orjson.Fragment(value.written)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_first_of_each,
    parse_float=_Decimal,
    parse_int=_whole,
    parse_constant=_no_number,
)


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
        return _as_json(found)
    told = found.written if isinstance(found, _Decimal) else text_of(found)
    return told if told is None or told.isascii() else told.encode("utf-8", "replace").decode()


def _as_json(value: dict[str, Any] | list[Any]) -> str | None:
    try:
        return orjson.dumps(value, _written).decode()
    except orjson.JSONEncodeError:  # a nesting beyond it, or half a character
        return None


@lru_cache(maxsize=4)
def _parsed(text: str) -> Any:  # noqa: ANN401 - any JSON
    try:
        return _DECODER.decode(text)
    except (ValueError, RecursionError):
        return None


@lru_cache(maxsize=256)
def _steps(path: str) -> tuple[str | int, ...] | None:
    at = 0
    if path.startswith("$"):
        at = 2 if path == "$." else 1
    steps: list[str | int] = []
    while at < len(path):
        found = _STEP.match(path, at)
        if found is None:
            return None
        if found["index"] is not None:
            steps.append(int(found["index"]))
        else:
            name, quoted = found["name"], found["quoted"]
            steps.append(name if name is not None else _PLAIN.sub(r"\1", quoted))
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
