"""Where the keys of a JSON text stand: looked for only once something is to be told of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from json import JSONDecoder
from typing import NamedTuple

from tocsin.diagnostics import Span
from tocsin.rules.layout import Path

_DECODER = JSONDecoder(parse_int=str, parse_float=str)  # as text: any number of digits will do
_BLANK = re.compile(r"[ \t\r\n]*+")
_TABLES = frozenset({"rule", "metadata"})
"""Where a rule's keys are in TOML, and what paths to them begin with."""


class Part(NamedTuple):
    """A member of an object or an element of an array: its key or number, and its places."""

    key: str | int
    at: Span
    value: Span


class JsonPlaces:
    """Where keys stand in a JSON text, counted from ``start``.

    What has no place has that of the nearest thing around it, at last that of the rule's name.
    """

    def __init__(self, text: str, start: int = 0) -> None:
        self._text = text
        self._start = start

    def __call__(self, path: Path) -> Span:
        """The place of a key, or of what comes nearest to it."""
        if path and path[0] in _TABLES:
            path = path[1:]
        found = nearest(self._text, path) or nearest(self._text, ("name",))
        if found is None:
            return Span(self._start, self._start + 1)
        return Span(found.at.start + self._start, found.at.end + self._start)


def is_object(text: str) -> bool:
    """Whether a rule's text is JSON; no TOML begins so."""
    return text.lstrip().startswith("{")


def nearest(text: str, path: Path) -> Part | None:
    """The part of a JSON text at a path, or the last part on the way that there is."""
    found = None
    at = _after(text, 0)
    try:
        for key in path:
            inner = [part for part in parts(text, at) if part.key == key]
            if not inner:
                break
            found = inner[-1]  # of the same key several times, readers take the last
            at = found.value.start
    except RecursionError:
        return None
    return found


def parts(text: str, at: int) -> Iterator[Part]:
    """What the object or array that begins there holds; nothing for other values.

    ValueError or IndexError where the text is no JSON; RecursionError where it is nested too deep.
    """
    opening = text[at : at + 1]
    if opening not in ("{", "["):
        return
    at = _after(text, at + 1)
    number = 0
    while text[at] not in "]}":
        begin = at
        key: str | int = number
        if opening == "{":
            key, at = _DECODER.raw_decode(text, at)
            named = Span(begin, at)
            begin = _after(text, _after(text, at) + 1)
        _, end = _DECODER.raw_decode(text, begin)
        value = Span(begin, end)
        yield Part(key, named if opening == "{" else value, value)
        number += 1
        at = _after(text, end)
        if text[at] == ",":
            at = _after(text, at + 1)


def _after(text: str, at: int) -> int:
    """Behind white space."""
    found = _BLANK.match(text, at)
    return at if found is None else found.end()
