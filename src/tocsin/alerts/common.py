"""What several events share: all that an alert of a sequence says of its own."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

_DEEPEST = 256
"""Dots of a key at which it is taken apart; no event that is read is nested as deep."""


def common(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """What two events share: the same field with the same value, as the first one spells it.

    Keys may be nested or dotted. Of lists the values count that are in both, each once; a single
    value is a list of one then.
    """
    return _shared(one, [_Spelled(other)])


class _Spelled:
    """An object whose keys may be nested or dotted; its dotted ones are put in order once."""

    def __init__(self, node: dict[str, Any]) -> None:
        self._node = node
        self._dotted: list[str] | None = None
        self._inner: dict[str, _Spelled] = {}

    def at(self, key: str) -> Iterator[Any]:
        """What stands at a key, which may be dotted, in any spelling; objects as `_Spelled`."""
        if key in self._node:
            value = self._node[key]
            yield self._within(key) if isinstance(value, dict) else value
        begin = f"{key}."
        dotted = {name[len(begin) :]: self._node[name] for name in self._names(begin)}
        if dotted:
            yield _Spelled(dotted)
        for at in islice(_dots(key), _DEEPEST):
            if isinstance(self._node.get(key[:at]), dict):
                yield from self._within(key[:at]).at(key[at + 1 :])

    def _names(self, begin: str) -> Iterator[str]:
        """The keys that begin so."""
        if self._dotted is None:
            self._dotted = sorted(name for name in self._node if "." in name)
        at = bisect_left(self._dotted, begin)
        while at < len(self._dotted) and self._dotted[at].startswith(begin):
            yield self._dotted[at]
            at += 1

    def _within(self, key: str) -> _Spelled:
        """The object at one of its keys."""
        if key not in self._inner:
            self._inner[key] = _Spelled(self._node[key])
        return self._inner[key]


def _dots(key: str) -> Iterator[int]:
    at = key.find(".")
    while at >= 0:
        yield at
        at = key.find(".", at + 1)


def _shared(one: dict[str, Any], others: Sequence[_Spelled]) -> dict[str, Any]:
    """What an object shares with several that stand for one other."""
    shared: dict[str, Any] = {}
    for key, value in one.items():
        found = [part for other in others for part in other.at(key)]
        if isinstance(value, dict):
            objects = [part for part in found if isinstance(part, _Spelled)]
            if objects and (inner := _shared(value, objects)):
                shared[key] = inner
            continue
        for part in found:
            if not isinstance(part, _Spelled) and _take(shared, key, value, part):
                break
    return shared


def _take(shared: dict[str, Any], key: str, value: object, other: object) -> bool:
    """Take what two values, neither an object, have in common; False if there is nothing."""
    if value == other and type(value) is type(other):
        shared[key] = value
        return True
    if not isinstance(value, list) and not isinstance(other, list):
        return False
    theirs = {_name(element) for element in (other if isinstance(other, list) else [other])}
    ours = {_name(element): element for element in (value if isinstance(value, list) else [value])}
    both = [ours[name] for name in ours if name in theirs and ours[name] is not None]
    if both:
        shared[key] = both
    return bool(both)


def _name(value: object) -> tuple[type, object]:
    """What equal elements of lists have in common: those that are no scalars by their text."""
    return type(value), repr(value) if isinstance(value, list | dict) else value
