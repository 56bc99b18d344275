"""The identity of an event by what it holds.

Two events have the same when their fields have the same values: nested objects and dotted keys are
one, the order of keys and the white space do not count, a key that comes twice has the values of
both. Numbers count as the parsed values do (``1e2`` is ``100.0``, but ``1`` is not ``1.0``), beyond
64 bits as doubles. Values of a list keep their order.

Limits: an event nested deeper than 100 levels is known by its very bytes.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import orjson

from tocsin.columns.shape import DEEP, DEEPEST, DOTTED, MOST_KEYS, PLAIN, shape
from tocsin.columns.trie import LONGEST
from tocsin.columns.vector import WIDTH

if TYPE_CHECKING:
    from collections.abc import Iterable

Tree: TypeAlias = Any
"""Parsed JSON."""

BYTES = 16
LONGEST_INTEGER = 20
"""Digits, and a sign, of the integers that 64 bits hold."""

CONTAINERS = (dict, list)
_ZEROS = bytes(WIDTH)


class _SharedError(Exception):
    """Two keys of an object lead to the same place."""


def content_hash(event: bytes) -> str:
    """32 hexadecimal digits that say what an event (a JSON object) holds."""
    tree = _tree(event)
    try:
        canonical = event if tree is None else orjson.dumps(tree, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:  # many dots on many levels: deeper than it writes
        canonical = event
    return hashlib.blake2b(canonical, digest_size=BYTES).hexdigest()


def _tree(event: bytes) -> Tree:
    """The event without dotted or repeated keys; None if it is too deep for that."""
    data = np.frombuffer(event + _ZEROS, np.uint8)
    room = np.empty(MOST_KEYS, np.uint64), np.empty(DEEPEST, np.int64)
    found = shape(data, len(event), *room)
    if found == PLAIN:
        return orjson.loads(event)
    if found == DEEP:
        return None
    if found == DOTTED:
        try:
            return _nested(orjson.loads(event))
        except _SharedError:
            pass
    return _unfolded(json.loads(event, object_pairs_hook=_Pairs, parse_int=_integer))


def _integer(text: str) -> int | float:
    """A whole number as `orjson` has it: beyond 64 bits a double."""
    value = int(text) if len(text) <= LONGEST_INTEGER else float(text)
    return value if -(1 << 63) <= value < 1 << 64 else float(text)


def _nested(value: Tree) -> Tree:
    """The tree with dotted keys as nested objects; no two of them may meet."""
    if isinstance(value, list):
        return [_nested(inner) if isinstance(inner, CONTAINERS) else inner for inner in value]
    made: dict[str, Tree] = {}
    for key, inner in value.items():
        place = made
        *way, last = key.split(".") if "." in key and key.count(".") < LONGEST else (key,)
        for part in way:
            place = place.setdefault(part, {})
            if type(place) is not dict:
                raise _SharedError
        if last in place:
            raise _SharedError
        place[last] = _nested(inner) if isinstance(inner, CONTAINERS) else inner
    return made


class _Pairs(list[tuple[str, Tree]]):
    """The keys and values of an object, as they stood."""


def _unfolded(value: Tree) -> Tree:
    """The tree with dotted keys as nested objects, and the values of repeated ones joined."""
    if isinstance(value, _Pairs):
        return _joined((key, _unfolded(inner)) for key, inner in value)
    if isinstance(value, list):
        return [_unfolded(inner) for inner in value]
    return value


def _joined(pairs: Iterable[tuple[str, Tree]]) -> dict[str, Tree]:
    made: dict[str, Tree] = {}
    for key, value in pairs:
        first, dot, rest = key.partition(".") if key.count(".") < LONGEST else (key, "", "")
        inner = _joined([(rest, value)]) if dot else value
        made[first] = _both(made[first], inner) if first in made else inner
    return made


def _both(one: Tree, other: Tree) -> Tree:
    """The values of a key that comes twice: objects merged, all else as one list."""
    if isinstance(one, dict) and isinstance(other, dict):
        merged = dict(one)
        for key, value in other.items():
            merged[key] = _both(merged[key], value) if key in merged else value
        return merged
    return [*_values(one), *_values(other)]


def _values(value: Tree) -> list[Tree]:
    return value if isinstance(value, list) else [value]
