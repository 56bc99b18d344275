"""What several events share: all that an alert of a sequence says of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any


def common(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """What two events share: the same field with the same value, as the first one spells it.

    Keys may be nested or dotted. Of lists the values count that are in both, each once; a single
    value is a list of one then.
    """
    return _shared(one, [other])


def _shared(one: dict[str, Any], others: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What an object shares with several that stand for one other."""
    shared: dict[str, Any] = {}
    for key, value in one.items():
        found = [part for other in others for part in _parts(other, key)]
        objects = [part for part in found if isinstance(part, dict)]
        if isinstance(value, dict):
            if objects and (inner := _shared(value, objects)):
                shared[key] = inner
            continue
        for part in found:
            if not isinstance(part, dict) and _take(shared, key, value, part):
                break
    return shared


def _parts(node: dict[str, Any], key: str) -> Iterator[Any]:
    """What stands at a key, which may be dotted, in any spelling."""
    if key in node:
        yield node[key]
    begin = f"{key}."
    dotted = {name[len(begin) :]: node[name] for name in node if name.startswith(begin)}
    if dotted:
        yield dotted
    at = key.find(".")
    while at >= 0:
        inner = node.get(key[:at])
        if isinstance(inner, dict):
            yield from _parts(inner, key[at + 1 :])
        at = key.find(".", at + 1)


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
