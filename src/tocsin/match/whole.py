"""A whole event with all its names: for questions about fields that nobody knows beforehand.

Names and values are those that the scanner would find: nested and dotted names are the same, keys
that stand twice count twice, nulls and empty arrays are nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, TypeAlias

import orjson

from tocsin.columns.cells import Scalar
from tocsin.plan.predicate import EVENT


class Pairs(tuple[tuple[str, Any], ...]):
    """An object of JSON: its keys and values, in order."""

    __slots__ = ()


_Node: TypeAlias = Any


class Whole:
    """The fields of an event, or of an object in it: called with a name it gives the values.

    Parameters
    ----------
    node
        The object.
    path, event
        Where in which event it stands, empty for the event itself. Names are always whole ones;
        those outside the object are asked of the event.
    """

    def __init__(self, node: Pairs, path: str = "", event: Whole | None = None) -> None:
        self._node = node
        self._prefix = f"{path}." if path else ""
        self._event = event

    @classmethod
    def of(cls, text: str) -> Whole:
        """The event that a text of JSON is."""
        try:
            return cls(json.loads(text, object_pairs_hook=Pairs))
        except RecursionError:
            return cls(_pairs(orjson.loads(text)))

    def __call__(self, name: str) -> Sequence[Scalar]:
        """The values of a field, in the order in which they stand."""
        if self._event is not None and not name.startswith(self._prefix):
            return self._event(name)
        return self.values.get(name, ())

    @cached_property
    def values(self) -> dict[str, list[Scalar]]:
        """The values of all fields that have one."""
        found: dict[str, list[Scalar]] = {}
        for name, node in self._walk():
            if node.__class__ is not Pairs and node is not None:
                found.setdefault(name, []).append(node)
        return found

    def objects(self, path: str) -> Iterator[Whole]:
        """The objects that stand at a path, those of an array one by one."""
        for name, node in self._walk():
            if name == path and node.__class__ is Pairs:
                yield Whole(node, path, self._event or self)

    def _walk(self) -> Iterator[tuple[str, _Node]]:
        """Every object and scalar below the object with its whole name, in document order."""
        pending: list[tuple[str, _Node]] = [
            (self._prefix + key, value) for key, value in reversed(self._node)
        ]
        while pending:
            name, node = pending.pop()
            if node.__class__ is list:
                pending.extend((name, element) for element in reversed(node))
                continue
            yield name, node
            if node.__class__ is Pairs:
                pending.extend((f"{name}.{key}", value) for key, value in reversed(node))


def _pairs(node: _Node) -> _Node:
    """What orjson parsed, in our form; orjson refuses what nests deeper than 1,024 levels."""
    top: list[_Node] = [node]
    pending: list[tuple[list[_Node], int]] = [(top, 0)]
    done: list[tuple[list[_Node], int, list[str], list[_Node]]] = []
    while pending:
        holder, place = pending.pop()
        found = holder[place]
        if found.__class__ is list:
            pending.extend((found, at) for at in range(len(found)))
        elif found.__class__ is dict:
            inner = list(found.values())
            done.append((holder, place, list(found), inner))
            pending.extend((inner, at) for at in range(len(inner)))
    for holder, place, keys, inner in reversed(done):
        holder[place] = Pairs(zip(keys, inner, strict=True))
    return top[0]


class Wholes:
    """Gives the whole event of some values; that of the last event is kept."""

    def __init__(self) -> None:
        self._last: tuple[str, Whole] | None = None
        self._seen: tuple[str, str] | None = None
        """A text, and it in lower case; nothing if it has escapes of letters."""

    def may_hold(self, needles: Sequence[str], values: Any) -> bool:  # noqa: ANN401 - as below
        """Whether the event may have all needles in it (`plan.needle`), told from its text."""
        if isinstance(values, Whole):
            return True
        text = _text_of(values)
        if self._seen is None or self._seen[0] is not text:
            self._seen = text, "" if "\\u" in text else text.lower()
        lower = self._seen[1]
        return not lower or all(needle in lower for needle in needles)

    def of(self, values: Any) -> Whole:  # noqa: ANN401 - a function of a name, or a Whole
        """The event whose fields ``values`` gives.

        Raises
        ------
        ValueError
            If the values do not come with their event.
        """
        if isinstance(values, Whole):
            return values
        text = _text_of(values)
        if self._last is None or self._last[0] != text:
            self._last = text, Whole.of(text)
        return self._last[1]


def _text_of(values: Any) -> str:  # noqa: ANN401 - a function of a name
    text = next(iter(values(EVENT.name)), None)
    if not isinstance(text, str):
        raise ValueError("the question is about the whole event, which is not at hand")  # noqa: TRY004
    return text
