"""What several events share: all that an alert of a sequence says of its own."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import Any

_DEEPEST = 256
"""Dots of a key at which it is taken apart; no event that is read is nested as deep."""

_MOST_PLACES = 1 << 19
"""Places of an event that are told apart; what it has at others counts as not shared."""

_WAYS = 8
"""Of a field that an event spells in more ways than this, the first ones count."""


def common(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """What two events share: the same field with the same value, as the first one spells it.

    Keys may be nested or dotted. Of lists the values count that are in both, each once; a single
    value is a list of one then. Takes time and memory that grow with the events, whatever keys
    they have.
    """
    root = _Place()
    _enter(root, other, _MOST_PLACES)
    return _shared(one, root)


class _Held:
    """A value that is no object, and once they are asked for, the names of what is in it."""

    __slots__ = ("_names", "value")

    def __init__(self, value: object) -> None:
        self.value = value
        self._names: AbstractSet[tuple[type, object]] | None = None

    def names(self) -> AbstractSet[tuple[type, object]]:
        """The elements of a list, or of the one that a single value is, by their names."""
        if self._names is None:
            value = self.value
            self._names = {_name(each) for each in (value if isinstance(value, list) else [value])}
        return self._names


class _Place:
    """What an object has at a place, in any spelling: values, and more places below it."""

    __slots__ = ("below", "held")

    def __init__(self) -> None:
        self.below: dict[str, _Place] = {}
        self.held: list[_Held] = []


def _enter(place: _Place, node: dict[str, Any], room: int) -> int:
    """Put what an object holds at its places; gives for how many more places there is room."""
    for key, value in node.items():
        inner = place
        for part in key.split(".", _DEEPEST):
            below = inner.below.get(part)
            if below is None:
                if room <= 0:
                    return 0
                room -= 1
                below = inner.below[part] = _Place()
            inner = below
        if isinstance(value, dict):
            room = _enter(inner, value, room)
        elif len(inner.held) < _WAYS:
            inner.held.append(_Held(value))
    return room


def _shared(one: dict[str, Any], place: _Place) -> dict[str, Any]:
    """What an object shares with what stands at a place."""
    shared: dict[str, Any] = {}
    for key, value in one.items():
        found: _Place | None = place
        for part in key.split(".", _DEEPEST):
            found = found.below.get(part) if found is not None else None
        if found is None:
            continue
        if isinstance(value, dict):
            if inner := _shared(value, found):
                shared[key] = inner
            continue
        if any(value == held.value and type(value) is type(held.value) for held in found.held):
            shared[key] = value
        elif both := _both(value, found.held):
            shared[key] = both
    return shared


def _both(value: object, others: list[_Held]) -> list[Any]:
    """What a value and the first of others that shares some have in common, if one is a list."""
    several = isinstance(value, list)
    ours: dict[tuple[type, object], Any] | None = None
    for held in others:
        if not several and not isinstance(held.value, list):
            continue
        if ours is None:
            ours = {_name(each): each for each in (value if isinstance(value, list) else [value])}
        theirs = held.names()
        both = [ours[name] for name in ours if name in theirs and ours[name] is not None]
        if both:
            return both
    return []


def _name(value: object) -> tuple[type, object]:
    """What equal elements of lists have in common: those that are no scalars by their text."""
    return type(value), repr(value) if isinstance(value, list | dict) else value
