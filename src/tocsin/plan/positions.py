"""Language trees to automata.

    tree ──positions──► sets of positions ──minimise──► Automaton

A position is one character of the tree with repetitions written out; a state is the set of
positions that may have been read last. Complement and intersection work on the finished automaton
of their terms, which then stands in the tree as positions again. What needs more than `MOST_STATES`
states or positions, or `MOST_WORK` steps, is refused as too complex.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple, assert_never

import numpy as np

from tocsin.plan.automaton import DEAD, Automaton, Dfa, minimal
from tocsin.plan.language import Alphabet, Both, Chain, Chars, Choice, Complement, Repeat, Tree

MOST_STATES: Final = 10_000
MOST_WORK: Final = 1_000_000


class TooComplexError(ValueError):
    """The language needs more states or steps than are allowed."""


def automaton_of(tree: Tree) -> Automaton:
    """Build the automaton of a tree; raises `TooComplexError`."""
    alphabet = Alphabet(tree)
    dfa = minimal(_Builder(alphabet).dfa(tree))
    moves = np.array(dfa.moves, dtype=np.int32).reshape(len(dfa.moves), alphabet.size)
    columns = moves[:, alphabet.class_of_interval]
    fresh = np.ones(columns.shape[1], dtype=np.bool_)
    fresh[1:] = (columns[:, 1:] != columns[:, :-1]).any(axis=0)
    return Automaton(
        np.array(alphabet.starts, dtype=np.int32)[fresh],
        np.ascontiguousarray(columns[:, fresh]),
        np.array(dfa.accepting, dtype=np.bool_),
    )


class _Builder:
    """Trees to automata over one alphabet, within one budget of work."""

    def __init__(self, alphabet: Alphabet) -> None:
        self.alphabet = alphabet
        self._work = 0

    def spend(self, steps: int) -> None:
        """Count work; raises `TooComplexError` when it is too much."""
        self._work += steps
        if self._work > MOST_WORK:
            raise TooComplexError

    def dfa(self, tree: Tree) -> Dfa:
        """The automaton of a tree, not yet minimal."""
        match tree:
            case Complement(term):
                return self._complement(self.dfa(term))
            case Both(left, right):
                return self._intersection(self.dfa(left), self.dfa(right))
            case _:
                positions = _Positions(self)
                return positions.subsets(positions.of(tree))

    def _complement(self, dfa: Dfa) -> Dfa:
        sink = len(dfa.moves)
        moves = [[sink if target == DEAD else target for target in row] for row in dfa.moves]
        moves.append([sink] * self.alphabet.size)
        return Dfa(moves, [not accepts for accepts in (*dfa.accepting, False)])

    def _intersection(self, left: Dfa, right: Dfa) -> Dfa:
        numbers = {(0, 0): 0}
        pairs = [(0, 0)]
        moves: list[list[int]] = []
        while len(moves) < len(pairs):
            self.spend(self.alphabet.size)
            one, other = pairs[len(moves)]
            row = []
            for pair in zip(left.moves[one], right.moves[other], strict=True):
                if DEAD in pair:
                    row.append(DEAD)
                    continue
                if pair not in numbers:
                    numbers[pair] = _next_state(len(pairs))
                    pairs.append(pair)
                row.append(numbers[pair])
            moves.append(row)
        return Dfa(moves, [left.accepting[a] and right.accepting[b] for a, b in pairs])


def _next_state(number: int) -> int:
    if number >= MOST_STATES:
        raise TooComplexError
    return number


class _Part(NamedTuple):
    """Whether a part matches the empty text, and the positions it can begin and end at, as bits."""

    empty: bool
    first: int
    last: int


_EMPTY_TEXT = _Part(empty=True, first=0, last=0)
_NOTHING = _Part(empty=False, first=0, last=0)


class _Positions:
    """The positions of a tree: the classes of each, and which may follow it."""

    def __init__(self, builder: _Builder) -> None:
        self._builder = builder
        self._labels: list[int] = []
        self._follows: list[int] = []
        self._finished: dict[int, Dfa] = {}

    def of(self, tree: Tree) -> _Part:
        """Write out a tree."""
        match tree:
            case Chars():
                label = self._builder.alphabet.mask(tree)
                bit = self._position(label) if label else 0
                return _Part(empty=False, first=bit, last=bit)
            case Chain(parts):
                whole = _EMPTY_TEXT
                for part in parts:
                    whole = self._then(whole, self.of(part))
                return whole
            case Choice(parts):
                return _either(map(self.of, parts))
            case Repeat(term, least, most):
                return self._repeated(term, least, most)
            case Both() | Complement():
                if id(tree) not in self._finished:
                    self._finished[id(tree)] = minimal(self._builder.dfa(tree))
                return self._embedded(self._finished[id(tree)])
            case _:
                assert_never(tree)

    def _position(self, label: int) -> int:
        self._labels.append(label)
        self._follows.append(0)
        return 1 << _next_state(len(self._labels) - 1)

    def _connect(self, last: int, first: int) -> None:
        self._builder.spend(last.bit_count())
        for position in _bits(last):
            self._follows[position] |= first

    def _then(self, left: _Part, right: _Part) -> _Part:
        self._connect(left.last, right.first)
        return _Part(
            left.empty and right.empty,
            left.first | (right.first if left.empty else 0),
            right.last | (left.last if right.empty else 0),
        )

    def _repeated(self, term: Tree, least: int, most: int | None) -> _Part:
        if most is not None and most < least:
            return _NOTHING
        if most == 0:
            return _EMPTY_TEXT
        before = len(self._labels)
        copy = self.of(term)
        if len(self._labels) == before:
            return _EMPTY_TEXT if copy.empty or least == 0 else _NOTHING
        needed = copy
        for _ in range(least - 1):
            copy = self.of(term)
            needed = self._then(needed, copy)
        if most is None:
            self._connect(copy.last, copy.first)
        else:
            needed = self._at_most(term, needed, most - max(least, 1))
        return needed._replace(empty=needed.empty or least == 0)

    def _at_most(self, term: Tree, needed: _Part, more: int) -> _Part:
        """Up to ``more`` further copies: each follows the one before it, and each may be last."""
        empty, first, last = needed
        reach = last
        for _ in range(more):
            copy = self.of(term)
            self._connect(reach, copy.first)
            first |= copy.first if empty else 0
            last |= copy.last
            reach = last if empty else copy.last
        return _Part(empty, first, last)

    def _embedded(self, dfa: Dfa) -> _Part:
        """A finished automaton as positions: one for each state and group of classes into it."""
        columns: dict[tuple[int, ...], int] = {}
        for number, column in enumerate(zip(*dfa.moves, strict=True)):
            columns[column] = columns.get(column, 0) | 1 << number
        place: dict[tuple[int, int], int] = {}
        out = [0] * len(dfa.moves)
        for column, label in columns.items():
            self._builder.spend(len(column))
            for source, target in enumerate(column):
                if target == DEAD:
                    continue
                if (target, label) not in place:
                    place[target, label] = self._position(label)
                out[source] |= place[target, label]
        last = 0
        for (target, _), bit in place.items():
            self._connect(bit, out[target])
            last |= bit if dfa.accepting[target] else 0
        return _Part(dfa.accepting[0], out[0], last)

    def subsets(self, whole: _Part) -> Dfa:
        """Each reachable set of positions as a state."""
        by_class = [0] * self._builder.alphabet.size
        for position, label in enumerate(self._labels):
            for number in _bits(label):
                by_class[number] |= 1 << position
        numbers = {0: DEAD}
        sets = [0]
        moves: list[list[int]] = []
        while len(moves) < len(sets):
            chosen = sets[len(moves)]
            self._builder.spend(chosen.bit_count() + len(by_class))
            follows = 0 if moves else whole.first
            for position in _bits(chosen):
                follows |= self._follows[position]
            targets = [follows & members for members in by_class]
            for target in targets:
                if target not in numbers:
                    numbers[target] = _next_state(len(sets))
                    sets.append(target)
            moves.append([numbers[target] for target in targets])
        accepting = [bool(members & whole.last) for members in sets]
        accepting[0] = whole.empty
        return Dfa(moves, accepting)


def _either(parts: Iterable[_Part]) -> _Part:
    whole = _NOTHING
    for part in parts:
        whole = _Part(whole.empty or part.empty, whole.first | part.first, whole.last | part.last)
    return whole


def _bits(mask: int) -> Iterator[int]:
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low
