"""Regular languages as trees, and which code points a tree tells apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

LAST_CODE_POINT: Final = 0x10FFFF

Ranges: TypeAlias = tuple[tuple[int, int], ...]
"""Inclusive ranges of code points."""


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
    """Any of them; of no parts: no text at all."""

    parts: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Both:
    """The texts that both describe."""

    left: Tree
    right: Tree


@dataclass(frozen=True, slots=True)
class Repeat:
    """``least`` to ``most`` times (None: without end)."""

    term: Tree
    least: int
    most: int | None


@dataclass(frozen=True, slots=True)
class Complement:
    """All texts but these."""

    term: Tree


Tree: TypeAlias = Chars | Chain | Choice | Both | Repeat | Complement

ANY = Chars(((0, LAST_CODE_POINT),))


class Alphabet:
    """Code points that no part of the tree tells apart are one class."""

    def __init__(self, tree: Tree) -> None:
        sets = {leaf.ranges: bit for bit, leaf in enumerate(dict.fromkeys(_leaves(tree)))}
        changes: dict[int, int] = {0: 0}
        for ranges, bit in sets.items():
            for low, high in ranges:
                changes[low] = changes.get(low, 0) ^ (1 << bit)
                changes[high + 1] = changes.get(high + 1, 0) ^ (1 << bit)
        changes.pop(LAST_CODE_POINT + 1, None)
        self.starts = sorted(changes)
        numbers: dict[int, int] = {}
        self.class_of_interval: list[int] = []
        members = 0
        for start in self.starts:
            members ^= changes[start]
            self.class_of_interval.append(numbers.setdefault(members, len(numbers)))
        self.size = len(numbers)
        self._masks = {
            ranges: sum(1 << number for member, number in numbers.items() if member >> bit & 1)
            for ranges, bit in sets.items()
        }

    def mask(self, leaf: Chars) -> int:
        """The classes of a leaf, as bits."""
        return self._masks[leaf.ranges]


def _leaves(tree: Tree) -> Iterator[Chars]:
    pending: list[Tree] = [tree]
    while pending:
        match pending.pop():
            case Chars() as leaf:
                yield leaf
            case Chain(parts) | Choice(parts):
                pending.extend(parts)
            case Both(left, right):
                pending += (left, right)
            case Repeat(term) | Complement(term):
                pending.append(term)
