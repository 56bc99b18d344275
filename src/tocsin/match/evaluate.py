"""Whether a predicate holds for one event, value by value. The compiled matcher agrees with it.

A leaf holds if it holds for some choice of one value of each field that it names; a missing field
gives the one choice null. It is never unknown: ``not`` above it is plain.

    evaluator = Evaluator()
    evaluator.holds(predicate, lambda name: event.get(name, ()))

Bounds: of an expression over several fields with many values the first `MOST_CHOICES` choices are
tried, values in their order. A function that Elasticsearch lets fail gives null.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import islice, product
from typing import Final, TypeAlias, assert_never

from tocsin.columns.cells import Scalar
from tocsin.match.whole import Wholes
from tocsin.plan.expression import OPERATORS, Evaluation, Value, flag_of, reader, typed
from tocsin.plan.predicate import (
    EVENT_TIME,
    THAT,
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
from tocsin.plan.presence import is_value
from tocsin.plan.regex import compile_regex
from tocsin.plan.wildcard import Patterns, fold_ascii
from tocsin.plan.words import words
from tocsin.rules.timing import TimingError, date_math
from tocsin.schema.fields import Schema
from tocsin.schema.kinds import TEMPORAL, Kind
from tocsin.schema.values import parse_block, parse_ip, text_of, utf16_length

MOST_CHOICES: Final = 10_000
MOST_KEPT: Final = 50_000

Values: TypeAlias = Callable[[str], Sequence[Scalar]]
"""The values of a field of one event, by the field's name; empty for a missing field.

`EVENT` gives the event's text; without it no leaf may ask about the whole event.
"""

Word: TypeAlias = Callable[[Scalar], bool]
"""Whether a leaf about one field holds for one value."""


class Evaluator:
    """Evaluates predicates; what it prepares for a leaf is kept, of up to `MOST_KEPT` leaves."""

    def __init__(self) -> None:
        # by identity: hashing a leaf with thousands of patterns costs more than asking it
        self._words: dict[int, tuple[Leaf, Word]] = {}
        self._evaluations: dict[int, tuple[Test, Evaluation]] = {}
        self._named: dict[int, tuple[SomeField, _Named]] = {}
        self._wholes = Wholes()

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
        match leaf:
            case Test():
                return self.choice(leaf, values) is not None
            case SomeField():
                return self.named(leaf, values) is not None
            case Inside():
                return self.inside(leaf, values) is not None
            case Recent():
                return self.recent(leaf, values) is not None
            case Short(inner):
                name = inner.field.name
            case _:
                name = leaf.field.name
        word = self.word_test(leaf)
        return any(word(value) for value in values(name))

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

    def named(self, leaf: SomeField, values: Values) -> tuple[str, Scalar] | None:
        """The first field, and value of it, that satisfies the question of its kind."""
        known = self._named.get(id(leaf))
        if known is None:
            if len(self._named) >= MOST_KEPT:
                self._named.clear()
            known = self._named[id(leaf)] = (leaf, _Named(leaf))
        if leaf.needles and not self._wholes.may_hold(leaf.needles, values):
            return None
        whole = self._wholes.of(values)
        for name, found in whole.values.items():
            question = known[1].question(name)
            if question is None:
                continue
            for value in found:
                if self.holds(question, _that(value, whole)):
                    return name, value
        return None

    def inside(self, leaf: Inside, values: Values) -> Values | None:
        """The fields of the first object that satisfies the condition."""
        for found in self._wholes.of(values).objects(leaf.path):
            if self.holds(leaf.condition, found):
                return found
        return None

    def recent(self, leaf: Recent, values: Values) -> Scalar | None:
        """The first value of the field whose time is as wanted."""
        now = event_time(values)
        if now is None:
            return None
        try:
            wanted = date_math(leaf.time).at(now, round_up=leaf.up)
        except TimingError:
            return None
        read = reader(Kind.DATE, "")
        holds = OPERATORS[leaf.operator]
        for value in values(leaf.field.name):
            time = read(value)
            if time is not None and holds(time, wanted):
                return value
        return None

    def _evaluation(self, leaf: Test) -> Evaluation:
        known = self._evaluations.get(id(leaf))
        if known is None:
            if len(self._evaluations) >= MOST_KEPT:
                self._evaluations.clear()
            kinds = {field.name: field.kind for field in leaf.fields}
            known = self._evaluations[id(leaf)] = (leaf, Evaluation(kinds))
        return known[1]

    def _word(self, leaf: Leaf) -> Word:  # noqa: C901, PLR0912 - one case for each leaf
        match leaf:
            case Exists(field):
                return is_value(field.kind)
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
            case Tokens(_, phrases, patterns):
                ready = Patterns(patterns)
                return lambda value: _has_words(text_of(value), phrases, ready)
            case Short(inner, longest):
                word = self._word(inner)
                return lambda value: utf16_length(text_of(value)) <= longest and word(value)
            case Test():
                return self._alone(leaf)
            case SomeField() | Inside() | Recent():
                raise ValueError("the leaf names several fields")
            case _:
                assert_never(leaf)

    def _alone(self, leaf: Test) -> Word:
        if len(leaf.fields) != 1:
            raise ValueError("the leaf names several fields")
        return lambda value: self.choice(leaf, lambda _: [value]) is not None


class _Named:
    """What a leaf about some field asks of each field by its name, remembered."""

    def __init__(self, leaf: SomeField) -> None:
        self._pattern = Patterns([leaf.pattern])
        self._questions = dict(leaf.questions)
        self._schema = Schema(dict(leaf.overrides))
        self._known: dict[str, Predicate | None] = {}

    def question(self, name: str) -> Predicate | None:
        """The question for a field; None if the leaf does not ask about it."""
        if name in self._known:
            return self._known[name]
        found = None
        if self._pattern.matches(name):
            found = self._questions.get(self._schema.kind_alone(name))
        if len(self._known) < MOST_KEPT:
            self._known[name] = found
        return found


def _that(value: Scalar, event: Values) -> Values:
    """The values of an event in which one value is all that the field `THAT` has."""
    return lambda name: (value,) if name == THAT else event(name)


def event_time(values: Values) -> int | None:
    """The time of an event in milliseconds since 1970."""
    read = reader(Kind.DATE, "")
    for field in EVENT_TIME:
        for value in values(field.name):
            if (time := read(value)) is not None:
                return int(time)
    return None


def _has_words(text: str, phrases: Sequence[Sequence[str]], patterns: Patterns) -> bool:
    """Whether the words of a text hold some phrase in a row, or one of some form."""
    alone = {phrase[0] for phrase in phrases if len(phrase) == 1}
    rows = [list(phrase) for phrase in phrases if len(phrase) > 1]
    ends = {row[-1] for row in rows}
    last: deque[str] = deque(maxlen=max(map(len, rows), default=1))
    for word in words(text):
        if word in alone or patterns.matches(word):
            return True
        last.append(word)
        if word in ends:
            found = list(last)
            if any(found[-len(row) :] == row for row in rows):
                return True
    return False


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
