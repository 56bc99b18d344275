"""Whether a predicate holds for one event, value by value. The compiled matcher agrees with it.

A leaf holds if it holds for some choice of one value of each field that it names; a missing field
gives the one choice null. It is never unknown: ``not`` above it is plain.

    evaluator = Evaluator()
    evaluator.holds(predicate, lambda name: event.get(name, ()))

Bounds: of an expression over several fields with many values the first `MOST_CHOICES` choices are
tried, values in their order. A function that Elasticsearch lets fail gives null.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice, product
from typing import Final, TypeAlias, assert_never

from tocsin.columns.cells import Scalar
from tocsin.plan.expression import OPERATORS, Evaluation, Value, flag_of, reader, typed
from tocsin.plan.predicate import (
    And,
    Compare,
    Constant,
    Exists,
    Flag,
    Leaf,
    Length,
    Listed,
    Not,
    Or,
    Predicate,
    Regex,
    Test,
    Text,
    Within,
)
from tocsin.plan.regex import compile_regex
from tocsin.plan.wildcard import Patterns, fold_ascii
from tocsin.schema.kinds import TEMPORAL, Kind
from tocsin.schema.values import parse_block, parse_ip, text_of, utf16_length

MOST_CHOICES: Final = 10_000
MOST_KEPT: Final = 50_000

Values: TypeAlias = Callable[[str], Sequence[Scalar]]
"""The values of a field of one event, by the field's name; empty for a missing field."""

Word: TypeAlias = Callable[[Scalar], bool]
"""Whether a leaf about one field holds for one value."""


class Evaluator:
    """Evaluates predicates; what it prepares for a leaf is kept, of up to `MOST_KEPT` leaves."""

    def __init__(self) -> None:
        # by identity: hashing a leaf with thousands of patterns costs more than asking it
        self._words: dict[int, tuple[Leaf, Word]] = {}
        self._evaluations: dict[int, tuple[Test, Evaluation]] = {}

    def holds(self, predicate: Predicate, values: Values) -> bool:
        """Whether the predicate holds for an event."""
        match predicate:
            case And(terms):
                return all(self.holds(term, values) for term in terms)
            case Or(terms):
                return any(self.holds(term, values) for term in terms)
            case Not(term):
                return not self.holds(term, values)
            case Constant(value):
                return value
            case _:
                return self.leaf(predicate, values)

    def leaf(self, leaf: Leaf, values: Values) -> bool:
        """Whether a leaf holds for an event."""
        if isinstance(leaf, Test):
            return self.choice(leaf, values) is not None
        word = self.word_test(leaf)
        return any(word(value) for value in values(leaf.field.name))

    def word(self, leaf: Leaf, value: Scalar) -> bool:
        """Whether a leaf about one field holds for one value of it.

        Raises
        ------
        ValueError
            If the leaf names several fields.
        """
        return self.word_test(leaf)(value)

    def word_test(self, leaf: Leaf) -> Word:
        """The function that answers `word` for a leaf."""
        known = self._words.get(id(leaf))
        if known is None:
            if len(self._words) >= MOST_KEPT:
                self._words.clear()
            known = self._words[id(leaf)] = (leaf, self._word(leaf))
        return known[1]

    def choice(self, leaf: Test, values: Values) -> dict[str, Value] | None:
        """The first choice of a value for each field for which the expression is true.

        A missing field has the value None. None if there is no such choice.
        """
        evaluation = self._evaluation(leaf)
        names = [field.name for field in leaf.fields]
        columns = [_choices(values(field.name), field.kind) for field in leaf.fields]
        for chosen in islice(product(*columns), MOST_CHOICES):
            one = dict(zip(names, chosen, strict=True))
            if evaluation.value(leaf.expression, one) is True:
                return one
        return None

    def _evaluation(self, leaf: Test) -> Evaluation:
        known = self._evaluations.get(id(leaf))
        if known is None:
            if len(self._evaluations) >= MOST_KEPT:
                self._evaluations.clear()
            kinds = {field.name: field.kind for field in leaf.fields}
            known = self._evaluations[id(leaf)] = (leaf, Evaluation(kinds))
        return known[1]

    def _word(self, leaf: Leaf) -> Word:
        match leaf:
            case Exists():
                return lambda _: True
            case Text(_, patterns, fold):
                ready = Patterns(patterns, fold_ascii if fold else None)
                return lambda value: ready.matches(text_of(value))
            case Regex(_, patterns, fold):
                automata = [compile_regex(pattern, fold) for pattern in patterns]
                return lambda value: any(each.matches(text_of(value)) for each in automata)
            case Compare():
                return _compare(leaf)
            case Flag(_, wanted):
                return lambda value: flag_of(value) is wanted
            case Within(_, blocks):
                return _within(blocks)
            case Listed(_, table):
                return table.has
            case Length(_, sign, count):
                holds = OPERATORS[sign]
                return lambda value: holds(utf16_length(text_of(value)), count)
            case Test():
                return self._alone(leaf)
            case _:
                assert_never(leaf)

    def _alone(self, leaf: Test) -> Word:
        if len(leaf.fields) != 1:
            raise ValueError("the leaf names several fields")
        return lambda value: self.choice(leaf, lambda _: [value]) is not None


def _compare(leaf: Compare) -> Word:
    read = reader(leaf.field.kind, leaf.value)
    # times stand in the leaf as the number that they are read as
    constant = leaf.value if leaf.field.kind in TEMPORAL else read(leaf.value)
    holds = OPERATORS[leaf.operator]

    def word(value: Scalar) -> bool:
        found = read(value)
        return found is not None and constant is not None and holds(found, constant)

    return word


def _within(blocks: Sequence[str]) -> Word:
    ends = [found for found in map(parse_block, blocks) if found is not None]

    def word(value: Scalar) -> bool:
        address = parse_ip(value)
        return address is not None and any(low <= address <= high for low, high in ends)

    return word


def _choices(values: Sequence[Scalar], kind: Kind) -> list[Value]:
    """The distinct values of a field as an expression sees them; null if there is none."""
    found = {(type(value), value): value for value in _typed(values, kind)}
    return list(found.values()) or [None]


def _typed(values: Sequence[Scalar], kind: Kind) -> Iterator[Value]:
    for value in values:
        found = typed(value, kind)
        if found is not None:
            yield found
