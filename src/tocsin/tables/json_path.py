"""What stands at a path of a JSON text: what `json_extract` gives.

    path = [ "$" [ "." ] ] { step }
    step = [ "." ] NAME | "[" INT "]" | "['" NAME "']"

A backslash in a name in quotes makes a quote or a backslash plain. A name with dots is found
whether the object is nested there or its key has dots. Of a key that stands twice the first counts.
Numbers, objects and arrays are given as they stand in the text, of which no more is read than that.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NoReturn

_STEP = re.compile(
    r"""\.?(?P<name>[^.\[\]'"]+)|\[(?P<index>\d+)\]|\[(['"])(?P<quoted>(?:\\.|(?!\3)[^\\])*)\3\]""",
    re.DOTALL,
)
_PLAIN = re.compile(r"\\(.)", re.DOTALL)
_BLANKS = re.compile(r"[ \t\r\n]*")
_MOST: Final = 100
"""Steps of a path: each may be half of a name with dots."""


def _no_number(word: str) -> NoReturn:
    """`NaN` and its like are no JSON."""
    raise ValueError(word)


_DECODER = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=_no_number)


def json_at(text: str | None, path: str | None) -> str | None:
    """The value at a path as text: objects and arrays as JSON; None if there is none."""
    if text is None or path is None:
        return None
    steps = _steps(path)
    place = None if steps is None else _found(text, _behind_blanks(text, 0), steps)
    end = None if place is None else _end(text, place)
    if place is None or end is None or text.startswith("null", place):
        return None
    told: str = _DECODER.decode(text[place:end]) if text[place] == '"' else text[place:end]
    return told if told.isascii() else told.encode("utf-8", "replace").decode()


@lru_cache(maxsize=256)
def _steps(path: str) -> tuple[str | int, ...] | None:
    at = 0
    if path.startswith("$"):
        at = 2 if path == "$." else 1
    steps: list[str | int] = []
    while at < len(path):
        found = _STEP.match(path, at)
        if found is None or len(steps) == _MOST:
            return None
        if found["index"] is not None:
            steps.append(int(found["index"]))
        else:
            name, quoted = found["name"], found["quoted"]
            steps.append(name if name is not None else _PLAIN.sub(r"\1", quoted))
        at = found.end()
    return tuple(steps)


def _found(text: str, place: int, steps: tuple[str | int, ...]) -> int | None:
    """Where the value at some steps from a place begins; None if there is none, or a null."""
    if not steps:
        return None if text.startswith("null", place) else place
    values = _inner(text, place)
    first = steps[0]
    if isinstance(first, int):
        inner = values.get(first)
        return None if inner is None else _found(text, inner, steps[1:])
    name = ""
    for count, step in enumerate(steps, 1):
        if isinstance(step, int):
            break
        name = f"{name}.{step}" if name else step
        inner = values.get(name)
        if inner is not None and (found := _found(text, inner, steps[count:])) is not None:
            return found
    return None


@lru_cache(maxsize=16)
def _inner(text: str, place: int) -> Mapping[str | int, int]:
    """Where the values of an object begin by key, those of an array by number.

    Where the text ceases to be JSON it holds no more.
    """
    found: dict[str | int, int] = {}
    opened = text[place : place + 1]
    if opened not in ("{", "["):
        return found
    at = _behind_blanks(text, place + 1)
    while at < len(text):
        key: str | int = len(found)
        if opened == "{":
            if text[at] != '"':
                break
            try:
                key, at = _DECODER.raw_decode(text, at)
            except ValueError:
                break
            at = _behind_blanks(text, at)
            if not text.startswith(":", at):
                break
            at = _behind_blanks(text, at + 1)
        end = _end(text, at)
        if end is None:
            break
        found.setdefault(key, at)
        at = _behind_blanks(text, end)
        if not text.startswith(",", at):
            break
        at = _behind_blanks(text, at + 1)
    return found


def _end(text: str, place: int) -> int | None:
    """Where the value that begins at a place ends; None if it is none."""
    try:
        return _DECODER.raw_decode(text, place)[1]
    except (ValueError, RecursionError):
        return None


def _behind_blanks(text: str, place: int) -> int:
    found = _BLANKS.match(text, place)
    return found.end() if found else place
