"""A regular expression with captures and assertions, as a tree. Characters are code points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias, assert_never

LAST: Final = 0x10FFFF
Ranges: TypeAlias = tuple[tuple[int, int], ...]
"""Inclusive ranges of code points, ascending, apart from each other."""

GREEDY, LAZY, POSSESSIVE = "greedy", "lazy", "possessive"

TEXT_START, TEXT_END, LAST_LINE_END = "start", "end", "last line end"
LINE_START, LINE_END, WORD_EDGE, NO_WORD_EDGE = "line start", "line end", "edge", "no edge"
NEWLINE_START, NEWLINE_END = "after newline", "before newline"


class PatternError(ValueError):
    """A pattern that cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Chars:
    """One character out of some ranges."""

    ranges: Ranges


@dataclass(frozen=True, slots=True)
class Chain:
    """One after the other; of no parts: the empty text."""

    parts: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """The first of them with which the rest can match."""

    parts: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """``least`` to ``most`` times (None: without end)."""

    term: Tree
    least: int
    most: int | None
    mode: str = GREEDY


@dataclass(frozen=True, slots=True)
class Group:
    """What it matched can be asked for: by ``number`` from 1."""

    number: int
    term: Tree


@dataclass(frozen=True, slots=True)
class Atomic:
    """What has matched once is never tried again in another way."""

    term: Tree


@dataclass(frozen=True, slots=True)
class Look:
    """The term matches from here (``ahead``) or up to here, or does not (``negative``)."""

    term: Tree
    ahead: bool
    negative: bool


@dataclass(frozen=True, slots=True)
class Edge:
    """A place between characters, by one of the names above."""

    kind: str


Tree: TypeAlias = Chars | Chain | Choice | Repeat | Group | Atomic | Look | Edge


@dataclass(frozen=True, slots=True)
class Expression:
    """A whole expression. ``names`` gives the numbers of each named group."""

    tree: Tree
    groups: int
    names: tuple[tuple[str, int], ...] = ()


def may_be_empty(tree: Tree) -> bool:
    """Whether a tree may match the empty text at some place."""
    match tree:
        case Chars():
            return False
        case Chain(parts):
            return all(map(may_be_empty, parts))
        case Choice(parts):
            return any(map(may_be_empty, parts))
        case Repeat(term, least):
            return least == 0 or may_be_empty(term)
        case Group(_, term) | Atomic(term):
            return may_be_empty(term)
        case Look() | Edge():
            return True
        case _:
            assert_never(tree)


def normal(ranges: list[tuple[int, int]]) -> Ranges:
    """Ranges in order, joined where they touch."""
    found: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if found and low <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], high))
        else:
            found.append((low, high))
    return tuple(found)


def negated(ranges: Ranges) -> Ranges:
    """All other code points."""
    found: list[tuple[int, int]] = []
    after = 0
    for low, high in ranges:
        if low > after:
            found.append((after, low - 1))
        after = high + 1
    if after <= LAST:
        found.append((after, LAST))
    return tuple(found)


def both(one: Ranges, other: Ranges) -> Ranges:
    """The code points of both."""
    return negated(normal([*negated(one), *negated(other)]))


def folded(ranges: Ranges) -> Ranges:
    """With ASCII letters of the other case too."""
    found = list(ranges)
    for low, high in ranges:
        for first, last, step in ((0x41, 0x5A, 32), (0x61, 0x7A, -32)):
            if low <= last and high >= first:
                found.append((max(low, first) + step, min(high, last) + step))
    return normal(found)
