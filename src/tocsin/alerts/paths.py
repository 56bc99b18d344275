"""Read a parsed event's values by dotted name, whether its keys are nested, dotted or both."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, TypeAlias

import orjson

from tocsin.schema.fields import former_names

Scalar: TypeAlias = str | int | float | bool
Values: TypeAlias = Callable[[str], list[Scalar]]
"""Gives the values of a field of one event; none for a missing field."""


@lru_cache(maxsize=4096)
def _splits(path: str) -> tuple[tuple[str, str], ...]:
    """Each way to cut a path in two: ``a.b`` gives ``(a, b)`` and ``(a.b, "")``."""
    parts = path.split(".")
    return tuple((".".join(parts[:i]), ".".join(parts[i:])) for i in range(1, len(parts) + 1))


def values_at(event: dict[str, Any], path: str) -> list[Scalar]:
    """All values of a field, arrays flattened, nulls and objects left out."""
    found: list[Scalar] = []
    _walk(event, path, found)
    return found


def first_at(event: dict[str, Any], path: str) -> Scalar | None:
    """The first value of a field, None if it is missing."""
    found = values_at(event, path)
    return found[0] if found else None


def _walk(node: object, path: str, found: list[Scalar]) -> None:
    # parsed JSON has no other classes; asking for them is twice as quick as isinstance
    if node.__class__ is dict:
        for key, rest in _splits(path):
            if key in node:
                child = node[key]
                if rest:
                    _walk(child, rest, found)
                elif child.__class__ is list:
                    _gather(child, found)
                elif child.__class__ is not dict and child is not None:
                    found.append(child)
    elif node.__class__ is list:
        for element in node:
            _walk(element, path, found)


def _gather(node: list[Any], found: list[Scalar]) -> None:
    for element in node:
        if element.__class__ is list:
            _gather(element, found)
        elif element is not None and element.__class__ is not dict:
            found.append(element)


@lru_cache(maxsize=4096)
def spellings(path: str) -> tuple[str, ...]:
    """A field's name and those that it had before: its values are those of all of them."""
    return path, *former_names(path)


def read_from(names: Sequence[str], values: Sequence[list[Scalar]]) -> Values:
    """The fields of an event whose values at these names, former ones among them, were read."""
    found = dict(zip(names, values, strict=True))
    for name, others in _renamed(tuple(names)):
        found[name] = [*found[name], *(value for other in others for value in found[other])]
    return found.__getitem__


@lru_cache(maxsize=4096)
def _renamed(names: tuple[str, ...]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Those of some names that fields had others before."""
    return tuple((name, others) for name in names if (others := spellings(name)[1:]))


class Fields:
    """The fields of one parsed event, for many questions about it.

    Parameters
    ----------
    event
        The event as parsed from JSON.
    content
        Its text, if it is at hand: what has no dot in any key is read the quick way.
    """

    __slots__ = ("_content", "_event", "_known", "_plain")

    def __init__(self, event: dict[str, Any], content: bytes | None = None) -> None:
        self._event = event
        self._content = content
        self._known: dict[str, list[Scalar]] = {}
        self._plain = content is not None and _DOTTED.search(content) is None

    def __call__(self, path: str) -> list[Scalar]:
        """All values of a field, as `values_at` gives them; without a name the event's text."""
        if not path:
            content = orjson.dumps(self._event) if self._content is None else self._content
            return [content.decode("utf-8", "surrogatepass")]
        found = self._known.get(path)
        if found is None:
            found = self._read(path)
            for former in spellings(path)[1:]:
                found = found + self._read(former)
            self._known[path] = found
        return found

    def _read(self, path: str) -> list[Scalar]:
        return self._nested(path) if self._plain else values_at(self._event, path)

    def first(self, path: str) -> Scalar | None:
        """The first value of a field, None if it is missing."""
        found = self(path)
        return found[0] if found else None

    def _nested(self, path: str) -> list[Scalar]:
        node: Any = self._event
        for part in _parts(path):
            if node.__class__ is not dict:
                return values_at(self._event, path) if node.__class__ is list else []
            node = node.get(part)
        if node.__class__ is list:
            found: list[Scalar] = []
            _gather(node, found)
            return found
        return [] if node is None or node.__class__ is dict else [node]


_DOTTED = re.compile(rb'\.[^"]*"\s*:')
"""A dot in a key; a quoted quote behind it may hide it: the quick way then misses that field."""


@lru_cache(maxsize=4096)
def _parts(path: str) -> tuple[str, ...]:
    return tuple(path.split("."))


def flat(event: dict[str, Any]) -> dict[str, Any]:
    """The event with dotted keys and no nested objects; an array of objects stays one value."""
    leaves: dict[str, Any] = {}
    pending: list[tuple[str, dict[str, Any]]] = [("", event)]
    while pending:
        prefix, node = pending.pop()
        for key, value in node.items():
            name = f"{prefix}{key}"
            if value.__class__ is dict:
                pending.append((f"{name}.", value))
            elif value is not None:
                leaves[name] = value
    return leaves
