"""Why a predicate holds for an event, or why not: the clauses and values that decided it.

Of ``and`` every term tells why it holds, of ``or`` the first that holds; of what is negated, why it
does not hold. Clauses are quoted as the rule's author wrote them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple, TypeAlias

from tocsin.columns.cells import Scalar
from tocsin.match.evaluate import Evaluator, Values
from tocsin.plan.predicate import (
    And,
    Compare,
    Constant,
    Exists,
    Flag,
    Inside,
    Leaf,
    Length,
    Listed,
    Not,
    Or,
    Predicate,
    Recent,
    Regex,
    Short,
    SomeField,
    Test,
    Text,
    Tokens,
    Within,
)

LONGEST_CLAUSE: Final = 1_000
"""Characters of a clause that are quoted; a list of thousands of names would swamp an alert."""

Told: TypeAlias = Scalar | tuple[Scalar, ...] | None
"""A value, all values where no single one decided, or None for a missing field."""


_EVALUATOR: Final = Evaluator()
"""Kept, so that what it prepared for a rule's leaves serves the rule's next alert."""


WordLeaf: TypeAlias = (
    Exists | Text | Regex | Compare | Flag | Within | Listed | Length | Tokens | Short
)
"""A leaf about one field, which one value decides."""


class Why(NamedTuple):
    """A clause that decided, the field it asks about and the value that it met.

    ``field`` is empty for a clause that names none.
    """

    clause: str
    field: str
    value: Told


def why(predicate: Predicate, values: Values, evaluator: Evaluator | None = None) -> list[Why]:
    """The clauses that made the predicate hold, in the order of the rule; empty if it does not."""
    explanation = _Explanation(values, evaluator or _EVALUATOR)
    return list(dict.fromkeys(explanation.reasons(predicate, True) or ()))


def field_name(leaf: WordLeaf) -> str:
    """The field that a leaf asks about."""
    return leaf.leaf.field.name if isinstance(leaf, Short) else leaf.field.name


def why_not(predicate: Predicate, values: Values, evaluator: Evaluator | None = None) -> list[Why]:
    """The first clause that failed, or all branches of it that did; empty if the predicate holds.

    The value is that of the field as it is: all of them if there are several.
    """
    explanation = _Explanation(values, evaluator or _EVALUATOR)
    return list(dict.fromkeys(explanation.reasons(predicate, False) or ()))


class _Explanation:
    """One event's reasons."""

    def __init__(self, values: Values, evaluator: Evaluator) -> None:
        self._values = values
        self._evaluator = evaluator

    def reasons(
        self, predicate: Predicate, wanted: bool, negated: bool = False, clause: str = ""
    ) -> list[Why] | None:
        """Why the predicate's answer is ``wanted``; None if it is not.

        ``negated``: an odd number of ``not`` stands above; ``clause`` quotes the last of them.
        """
        match predicate:
            case Not(term):
                shown = "" if negated else predicate.clause
                return self.reasons(term, not wanted, not negated, shown)
            case And(terms):
                return (
                    self._all(terms, wanted, negated)
                    if wanted
                    else self._first(terms, wanted, negated)
                )
            case Or(terms):
                return (
                    self._first(terms, wanted, negated)
                    if wanted
                    else self._all(terms, wanted, negated)
                )
            case Constant(value):
                shown = str(value is not negated).lower()
                return [Why(shown, "", None)] if value is wanted else None
            case _:
                shown = clause or _not(predicate.clause) if negated else predicate.clause
                return self._leaf(predicate, wanted, short(shown))

    def _all(self, terms: Sequence[Predicate], wanted: bool, negated: bool) -> list[Why] | None:
        """The reasons of all terms, which all have to agree."""
        told: list[Why] = []
        for term in terms:
            reasons = self.reasons(term, wanted, negated)
            if reasons is None:
                return None
            told += reasons
        return told

    def _first(self, terms: Sequence[Predicate], wanted: bool, negated: bool) -> list[Why] | None:
        """The reasons of the first term whose answer is wanted: one is enough."""
        for term in terms:
            reasons = self.reasons(term, wanted, negated)
            if reasons is not None:
                return reasons
        return None

    def _leaf(self, leaf: Leaf, wanted: bool, clause: str) -> list[Why] | None:
        match leaf:
            case Test():
                return self._test(leaf, wanted, clause)
            case SomeField():
                met = self._evaluator.named(leaf, self._values)
                if (met is not None) is not wanted:
                    return None
                return [Why(clause, *(met or ("", None)))]
            case Inside():
                return self._inside(leaf, wanted, clause)
            case Recent(field=field):
                value = self._evaluator.recent(leaf, self._values)
                if (value is not None) is not wanted:
                    return None
                shown = every(self._values(field.name)) if value is None else value
                return [Why(clause, field.name, shown)]
            case _:
                return self._word(leaf, wanted, clause)

    def _word(self, leaf: WordLeaf, wanted: bool, clause: str) -> list[Why] | None:
        name = field_name(leaf)
        values = self._values(name)
        holds = self._evaluator.word_test(leaf)
        for value in values:
            if holds(value):
                shown = value if not isinstance(leaf, Exists) else every(values)
                return [Why(clause, name, shown)] if wanted else None
        return None if wanted else [Why(clause, name, every(values))]

    def _inside(self, leaf: Inside, wanted: bool, clause: str) -> list[Why] | None:
        found = self._evaluator.inside(leaf, self._values)
        if (found is not None) is not wanted:
            return None
        if found is None:
            return [Why(clause, leaf.path, None)]
        return _Explanation(found, self._evaluator).reasons(leaf.condition, True)

    def _test(self, leaf: Test, wanted: bool, clause: str) -> list[Why] | None:
        choice = self._evaluator.choice(leaf, self._values)
        if (choice is not None) is not wanted:
            return None
        if choice is not None:
            return [Why(clause, name, value) for name, value in choice.items()]
        names = [field.name for field in leaf.fields]
        return [Why(clause, name, every(self._values(name))) for name in names]


def every(values: Sequence[Scalar]) -> Told:
    """All values of a field: a single one as it is."""
    if len(values) > 1:
        return tuple(values)
    return values[0] if values else None


def _not(clause: str) -> str:
    return f"not ({clause})" if " or " in clause else f"not {clause}"


def short(clause: str) -> str:
    """A clause as it is quoted."""
    return clause if len(clause) <= LONGEST_CLAUSE else clause[: LONGEST_CLAUSE - 1] + "…"
