"""Deterministic automata: made minimal, and finished for matching."""

from __future__ import annotations

import bisect
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

MOST_MINIMISED: Final = 2_000
"""Larger automata keep their doubles: finding them would take longer than it saves."""

DEAD: Final = -1


@dataclass(frozen=True, slots=True)
class Dfa:
    """``moves[state][class]``, DEAD for never; state 0 is the start."""

    moves: list[list[int]]
    accepting: list[bool]


class Automaton:
    """A finished automaton; state 0 is the start, -1 stands for «never».

    ``classes``: int32[k], the first code point of each class, ascending, the first one 0: the class
    of a code point is ``searchsorted(classes, code_point, side="right") - 1``.
    ``transitions``: int32[n, k], the next state. ``accepting``: bool[n].
    """

    __slots__ = ("_ascii", "_moves", "_settled", "_starts", "accepting", "classes", "transitions")

    def __init__(
        self,
        classes: npt.NDArray[np.int32],
        transitions: npt.NDArray[np.int32],
        accepting: npt.NDArray[np.bool_],
    ) -> None:
        self.classes, self.transitions, self.accepting = classes, transitions, accepting
        self._starts: list[int] = classes.tolist()
        self._ascii = [self.class_of(code) for code in range(128)]
        rows = np.arange(len(transitions), dtype=np.int32)[:, None]
        self._settled: list[bool] = (transitions == rows).all(axis=1).tolist()
        # of many automata only the arrays are ever used
        self._moves: list[list[int]] | None = None

    def class_of(self, code_point: int) -> int:
        """The class of a code point."""
        return bisect.bisect_right(self._starts, code_point) - 1

    def matches(self, text: str) -> bool:
        """Whether the text as a whole is of the language; time grows with the text only."""
        moves = self._moves
        if moves is None:
            moves = self._moves = self.transitions.tolist()
        state = 0
        for char in text:
            if self._settled[state]:
                break
            code = ord(char)
            state = moves[state][self._ascii[code] if code < 128 else self.class_of(code)]
            if state == DEAD:
                return False
        return bool(self.accepting[state])


def minimal(dfa: Dfa) -> Dfa:
    """Without states that accept nothing, and (unless very many) without doubles."""
    alive = _alive(dfa)
    if len(dfa.moves) <= MOST_MINIMISED:
        return _renumbered(dfa, alive, _blocks(dfa, _sources(dfa)))
    if len(alive) == len(dfa.moves):
        return dfa
    return _renumbered(dfa, alive, list(range(len(dfa.moves))))


def _alive(dfa: Dfa) -> set[int]:
    """The states from which some text is accepted."""
    before: list[list[int]] = [[] for _ in dfa.moves]
    for state, row in enumerate(dfa.moves):
        for target in set(row):
            if target != DEAD:
                before[target].append(state)
    alive = {state for state, accepts in enumerate(dfa.accepting) if accepts}
    pending = list(alive)
    while pending:
        fresh = [state for state in before[pending.pop()] if state not in alive]
        alive.update(fresh)
        pending += fresh
    return alive


def _sources(dfa: Dfa) -> list[dict[int, list[int]]]:
    """For each class: the states that lead to a state, DEAD among them."""
    found: list[dict[int, list[int]]] = [{} for _ in dfa.moves[0]]
    for state, row in enumerate(dfa.moves):
        for column, target in zip(found, row, strict=True):
            column.setdefault(target, []).append(state)
    return found


def _blocks(dfa: Dfa, sources: list[dict[int, list[int]]]) -> list[int]:
    """The block of equal states that each state belongs to (Hopcroft's refinement)."""
    block_of = {state: int(accepts) for state, accepts in enumerate(dfa.accepting)}
    block_of[DEAD] = 0
    blocks: list[set[int]] = [set(), set()]
    for state, block in block_of.items():
        blocks[block].add(state)
    waiting = {0, 1}
    while waiting:
        splitter = list(blocks[waiting.pop()])
        for column in sources:
            touched: dict[int, set[int]] = {}
            for target in splitter:
                for source in column.get(target, ()):
                    touched.setdefault(block_of[source], set()).add(source)
                if target == DEAD:
                    touched.setdefault(block_of[DEAD], set()).add(DEAD)
            for block, members in touched.items():
                if len(members) == len(blocks[block]):
                    continue
                fresh = len(blocks)
                blocks[block] -= members
                blocks.append(members)
                block_of.update(dict.fromkeys(members, fresh))
                smaller = fresh if len(members) <= len(blocks[block]) else block
                waiting.add(fresh if block in waiting else smaller)
    return [block_of[state] for state in range(len(dfa.moves))]


def _renumbered(dfa: Dfa, alive: set[int], blocks: list[int]) -> Dfa:
    """One state for each block, in the order in which they are reached."""
    numbers = {blocks[0]: 0}
    chosen = [0]
    moves: list[list[int]] = []
    while len(moves) < len(chosen):
        row = []
        for target in dfa.moves[chosen[len(moves)]]:
            if target not in alive:
                row.append(DEAD)
                continue
            if blocks[target] not in numbers:
                numbers[blocks[target]] = len(chosen)
                chosen.append(target)
            row.append(numbers[blocks[target]])
        moves.append(row)
    return Dfa(moves, [dfa.accepting[state] for state in chosen])
