"""``filter_path``: the parts of an answer that a client asks for.

    errors,items.*.error,items.*.status        only these
    -took                                      all but this
    **.id                                      at any depth

``*`` stands for any characters of a name, ``**`` for any number of names. Lists are passed through.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, TypeAlias

Way: TypeAlias = tuple[str, ...]
Tree: TypeAlias = Any

MOST_PATHS = 64
LONGEST = 2_000
"""Paths, and characters, of one ``filter_path``; more are not looked at."""


class Shown:
    """What a ``filter_path`` shows of an answer."""

    def __init__(self, only: tuple[Way, ...], without: tuple[Way, ...]) -> None:
        self._only = only
        self._without = without

    def of(self, tree: Tree) -> Tree:
        """The shown part of parsed JSON: a new tree; an object in any case."""
        kept = _only(tree, self._only) if self._only else tree
        left = _without(kept, self._without) if self._without else kept
        return {} if left is None else left


@lru_cache(64)
def shown(filter_path: str) -> Shown | None:
    """What a ``filter_path`` asks for; None: everything."""
    paths = [path.strip() for path in filter_path[:LONGEST].split(",")[:MOST_PATHS]]
    only = tuple(tuple(path.split(".")) for path in paths if path and not path.startswith("-"))
    without = tuple(tuple(path[1:].split(".")) for path in paths if path.startswith("-"))
    return Shown(only, without) if only or without else None


def _only(tree: Tree, ways: tuple[Way, ...]) -> Tree:
    """The parts that some way leads to, None if there are none."""
    if isinstance(tree, list):
        parts = [_only(inner, ways) for inner in tree]
        return [part for part in parts if part is not None] or None
    if not isinstance(tree, dict):
        return None
    made = {}
    for key, inner in tree.items():
        after = _after(key, ways)
        part = inner if () in after else _only(inner, after) if after else None
        if part is not None or () in after:
            made[key] = part
    return made or None


def _without(tree: Tree, ways: tuple[Way, ...]) -> Tree:
    """The tree without what a way leads to."""
    if isinstance(tree, list):
        return [_without(inner, ways) for inner in tree]
    if not isinstance(tree, dict):
        return tree
    made = {}
    for key, inner in tree.items():
        after = _after(key, ways)
        if () not in after:
            made[key] = _without(inner, after) if after else inner
    return made


def _after(key: str, ways: tuple[Way, ...]) -> tuple[Way, ...]:
    """What is left of the ways behind a key."""
    found: set[Way] = set()
    for way in ways:
        rest = way
        while rest[0] == "**" and len(rest) > 1:
            found.add(rest)
            rest = rest[1:]
        if rest[0] == "**" or _pattern(rest[0]).fullmatch(key):
            found.add(rest[1:])
    return tuple(found)


@lru_cache(1_024)
def _pattern(name: str) -> re.Pattern[str]:
    """A name with stars; stars side by side are one, so that matching stays quick."""
    return re.compile(".*".join(map(re.escape, re.split(r"\*+", name))), re.DOTALL)
