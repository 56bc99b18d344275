"""Why a predicate that is known to hold does so: quick enough to be told of every alert.

What does not depend on the event, such as which clauses there are, is worked out once for a
predicate. What is negated is passed over, unless there is nothing else to tell. Only where a branch
or one of several values has to be found is anything evaluated again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol, TypeAlias

from tocsin.columns.cells import Scalar
from tocsin.match.evaluate import Evaluator, Values
from tocsin.match.explain import Told, Why, WordLeaf, every, field_name, short, why
from tocsin.plan.predicate import (
    And,
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

_Reasons: TypeAlias = dict[Why, None]


class Held:
    """Tells why a predicate holds.

    Parameters
    ----------
    evaluator
        Keeps what it prepares for the predicate's leaves.
    """

    def __init__(self, predicate: Predicate, evaluator: Evaluator) -> None:
        self._predicate = predicate
        self._evaluator = evaluator
        self._clauses = [*_clauses(predicate, evaluator)]

    def why(self, values: Values) -> list[Why]:
        """The clauses that met a value of an event, in the order of the rule."""
        told: _Reasons = {}
        self.tell(values, told)
        return [*told] or why(self._predicate, values, self._evaluator)

    def tell(self, values: Values, told: _Reasons) -> None:
        """Add the clauses, but for those that are negated."""
        for clause in self._clauses:
            clause.tell(values, told)


class _Clause(Protocol):
    """A part of a predicate; all of them hold."""

    def tell(self, values: Values, told: _Reasons) -> None: ...


def _clauses(predicate: Predicate, evaluator: Evaluator) -> Iterator[_Clause]:
    pending = [predicate]
    while pending:
        node = pending.pop()
        match node:
            case Not() | Constant():
                continue
            case And(terms):
                pending += terms[::-1]
            case Or(terms):
                yield _Branches(terms, evaluator)
            case Test():
                yield _Chosen(node, evaluator)
            case SomeField() | Inside() | Recent():
                yield _Explained(node, evaluator)
            case _:
                yield _Word(node, evaluator)


class _Branches:
    """Terms of which the first that holds is told."""

    def __init__(self, terms: Sequence[Predicate], evaluator: Evaluator) -> None:
        self._terms = terms
        self._evaluator = evaluator
        self._held: dict[int, Held] = {}

    def tell(self, values: Values, told: _Reasons) -> None:
        last = len(self._terms) - 1
        holds = self._evaluator.holds
        branch = next((n for n in range(last) if holds(self._terms[n], values)), last)
        held = self._held.get(branch)
        if held is None:
            held = self._held[branch] = Held(self._terms[branch], self._evaluator)
        held.tell(values, told)


class _Chosen:
    """A leaf about several fields: the choice of their values for which it holds."""

    def __init__(self, leaf: Test, evaluator: Evaluator) -> None:
        self._leaf = leaf
        self._evaluator = evaluator
        self._clause = short(leaf.clause)

    def tell(self, values: Values, told: _Reasons) -> None:
        chosen = self._evaluator.choice(self._leaf, values) or {}
        told |= dict.fromkeys(Why(self._clause, name, value) for name, value in chosen.items())


class _Explained:
    """A leaf that is evaluated again as a whole."""

    def __init__(self, leaf: Leaf, evaluator: Evaluator) -> None:
        self._leaf = leaf
        self._evaluator = evaluator

    def tell(self, values: Values, told: _Reasons) -> None:
        told |= dict.fromkeys(why(self._leaf, values, self._evaluator))


class _Word:
    """A leaf about one field: the value that satisfies it."""

    def __init__(self, leaf: WordLeaf, evaluator: Evaluator) -> None:
        self._leaf = leaf
        self._evaluator = evaluator
        self._clause = short(leaf.clause)
        self._name = field_name(leaf)

    def tell(self, values: Values, told: _Reasons) -> None:
        found = values(self._name)
        value = found[0] if len(found) == 1 else self._met(found)
        told[Why(self._clause, self._name, value)] = None

    def _met(self, found: Sequence[Scalar]) -> Told:
        if not found or isinstance(self._leaf, Exists):
            return every(found)
        holds = self._evaluator.word_test(self._leaf)
        return next((value for value in found if holds(value)), None)
