"""Conditions as branching code: each step looks at one leaf and says where to go on.

Code is flat: three numbers a step, the leaf, the step if it holds, the step if not; ``ACCEPT``
and ``REJECT`` instead of a step end it. Terms stand so that the answer tends to come soon and
cheap ones are asked first. A leaf under an odd number of negations is marked: only if a leaf's
answer is unknown does that matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tocsin.plan.leaves import Check, Leaves
from tocsin.plan.predicate import And, Constant, Leaf, Not, Or, Predicate

ACCEPT, REJECT = -1, -2
NEGATED = 1 << 30
"""Marks a leaf whose not holding helps the condition."""

_COSTS = {
    Check.WORD: 1.0,
    Check.NUMBER: 8.0,
    Check.LENGTH: 10.0,
    Check.ORDER: 10.0,
    Check.WITHIN: 20.0,
    Check.PAIR: 50.0,
    Check.REGEX: 100.0,
    Check.PYTHON: 10_000.0,
}
_SETTLED = 0.97
"""The chance of leaves that brought the row to the stage in the first place."""


@dataclass(frozen=True, slots=True)
class _Weight:
    chance: float
    cost: float


class Branches:
    """Writes the code of conditions, one after the other.

    ``steps``: number of the leaf (perhaps marked), step if it holds, step if not.
    """

    def __init__(self, leaves: Leaves, chances: Sequence[float]) -> None:
        self._leaves = leaves
        self._numbers = leaves.numbers()
        self._chances = chances
        self.steps: list[tuple[int, int, int]] = []
        self._weights: dict[int, _Weight] = {}
        self._covered: frozenset[int] = frozenset()

    def add(self, condition: Predicate, covered: frozenset[int]) -> int:
        """Add a condition and give its first step; ``covered``: leaves of its covers."""
        self._weights.clear()
        self._covered = covered
        return self._write(condition, accept=ACCEPT, reject=REJECT, positive=True)

    def _write(self, node: Predicate, *, accept: int, reject: int, positive: bool) -> int:
        """Add a part after the parts that follow it, and give its first step."""
        match node:
            case Constant(value):
                return accept if value else reject
            case Not(term):
                return self._write(term, accept=reject, reject=accept, positive=not positive)
            case And(terms):
                for term in reversed(self._ordered(terms, stop=False)):
                    accept = self._write(term, accept=accept, reject=reject, positive=positive)
                return accept
            case Or(terms):
                for term in reversed(self._ordered(terms, stop=True)):
                    reject = self._write(term, accept=accept, reject=reject, positive=positive)
                return reject
            case _:
                mark = 0 if positive else NEGATED
                self.steps.append((self._numbers[node] | mark, accept, reject))
                return len(self.steps) - 1

    def _ordered(self, terms: Sequence[Predicate], *, stop: bool) -> list[Predicate]:
        """Terms by cost for each chance of ending it; the chance of ``stop`` ends it."""

        def rank(term: Predicate) -> float:
            weight = self._weight(term)
            ends = weight.chance if stop else 1 - weight.chance
            return weight.cost / max(ends, 1e-6)

        return sorted(terms, key=rank)

    def _weight(self, node: Predicate) -> _Weight:
        known = self._weights.get(id(node))
        if known is None:
            known = self._weights[id(node)] = self._weighed(node)
        return known

    def _weighed(self, node: Predicate) -> _Weight:
        match node:
            case Constant(value):
                return _Weight(float(value), 0.1)
            case Not(term):
                inner = self._weight(term)
                return _Weight(1 - inner.chance, inner.cost)
            case And(terms):
                return self._sum(self._ordered(terms, stop=False), stop=False)
            case Or(terms):
                return self._sum(self._ordered(terms, stop=True), stop=True)
            case _:
                return self._leaf(node)

    def _sum(self, terms: Sequence[Predicate], *, stop: bool) -> _Weight:
        going, cost = 1.0, 0.0
        for term in terms:
            weight = self._weight(term)
            cost += going * weight.cost
            going *= (1 - weight.chance) if stop else weight.chance
        return _Weight(1 - going if stop else going, cost)

    def _leaf(self, leaf: Leaf) -> _Weight:
        number = self._numbers[leaf]
        settled = number < self._leaves.gates or number in self._covered
        chance = _SETTLED if settled else self._chances[number]
        return _Weight(chance, _COSTS[self._leaves.checks[number]])
