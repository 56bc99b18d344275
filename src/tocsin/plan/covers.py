"""Which events a rule need be asked about: covers.

A cover of a condition is a set of leaves of which at least one holds whenever the condition does. A
row asks a stage only where each of the stage's covers has been hit. Of the many covers of a
condition the ones least likely to be hit are taken; likelihood is judged from the rules alone: a
value or a gram that many rules name is taken for one that many events carry.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from tocsin.plan.leaves import GATES, Check, Leaves, Pattern
from tocsin.plan.literals import SIZES, Gram, is_exact
from tocsin.plan.predicate import (
    And,
    Compare,
    Constant,
    Exists,
    Inside,
    Leaf,
    Not,
    Or,
    Predicate,
    Recent,
    SomeField,
    Test,
)

LEVELS = 2
"""Covers that a stage must be hit in."""

MOST_COVERS = 4
"""Covers of a part of a condition that are weighed against each other."""

Cover: TypeAlias = frozenset[int]
"""Numbers of leaves."""


class Likelihood:
    """The chance that a leaf holds for an event, roughly."""

    def __init__(self, leaves: Leaves, grams: Mapping[bytes, Gram | None]) -> None:
        self._leaves = leaves
        self._grams = grams
        self._mentions: Counter[tuple[str, bytes]] = Counter()
        for name, patterns in zip(leaves.names, leaves.patterns, strict=True):
            self._mentions.update((name, pattern.code) for pattern in patterns)
        self._fields = Counter(leaves.names)
        self.of = tuple(map(self._leaf, range(len(leaves.leaves))))

    def _present(self, name: str) -> float:
        """A field that few leaves read is in few events."""
        return min(0.8, 0.1 + self._fields[name] / 200)

    def _leaf(self, number: int) -> float:
        leaf, name = self._leaves.leaves[number], self._leaves.names[number]
        present = self._present(name)
        if isinstance(leaf, Exists):
            return present
        if number < self._leaves.gates:
            return 0.5
        if self._leaves.checks[number] is Check.WORD:
            chances = (self._pattern(name, pattern) for pattern in self._leaves.patterns[number])
            return present * min(0.95, sum(chances))
        if isinstance(leaf, Compare) and leaf.operator == "==":
            return present * 0.05
        return present * 0.5

    def _pattern(self, name: str, pattern: Pattern) -> float:
        mentioned = 0.002 * self._mentions[name, pattern.code]
        if is_exact(pattern.code):
            return mentioned
        gram = self._grams[pattern.code]
        if gram is None or gram.size < SIZES[0]:
            return 0.6 / (1 + (gram.length if gram else 0))
        return min(0.6, max(mentioned, 3 * gram.share))


@dataclass(frozen=True)
class _Weighed:
    chance: float
    cover: Cover


class Covers:
    """Finds the covers of conditions."""

    def __init__(self, leaves: Leaves, likelihood: Likelihood) -> None:
        self._leaves = leaves
        self._numbers = leaves.numbers()
        self._likelihood = likelihood

    def of(self, condition: Predicate) -> tuple[Cover, ...]:
        """Up to ``LEVELS`` covers, the least likely first; none if no leaf is necessary.

        No leaf on a gate is in a cover: what gates rule out is known for a whole class of events.
        """
        found = self._covers(condition, positive=True)
        return tuple(weighed.cover for weighed in found[:LEVELS])

    def _covers(self, node: Predicate, *, positive: bool) -> list[_Weighed]:
        match node:
            case Constant(value):
                return [] if value == positive else [_Weighed(0, frozenset())]
            case Not(term):
                return self._covers(term, positive=not positive)
            case And(terms) | Or(terms):
                parts = [self._covers(term, positive=positive) for term in terms]
                if isinstance(node, And) == positive:
                    return _best(weighed for part in parts for weighed in part)
                return _joined(parts)
            case _:
                return self._leaf(node) if positive else []

    def _leaf(self, leaf: Leaf) -> list[_Weighed]:
        number = self._numbers[leaf]
        if self._leaves.names[number] in GATES:
            return []
        if isinstance(leaf, Test | SomeField | Inside | Recent):
            return []  # it may hold where its field is missing, or asks of other fields too
        return [_Weighed(self._likelihood.of[number], frozenset((number,)))]


def _best(weighed: Iterable[_Weighed]) -> list[_Weighed]:
    """The least likely covers first, none twice; a stable order."""
    kept = {found.cover: found for found in weighed}
    return sorted(kept.values(), key=lambda found: (found.chance, sorted(found.cover)))[
        :MOST_COVERS
    ]


def _joined(parts: Sequence[list[_Weighed]]) -> list[_Weighed]:
    """Covers of "one of these": a cover of each part; a part of fewer gives its last one again."""
    if not all(parts):
        return []
    return _best(
        _Weighed(
            sum(part[min(level, len(part) - 1)].chance for part in parts),
            frozenset().union(*(part[min(level, len(part) - 1)].cover for part in parts)),
        )
        for level in range(max(map(len, parts)))
    )
