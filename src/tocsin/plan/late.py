"""The tables for leaves that are looked at only where a rule asks: numbers, addresses, automata.

Of a leaf's record, what ``LATE_FIRST`` to ``LATE_LAST`` counts depends on its check. REGEX:
automata. WITHIN: blocks, each four numbers: first and last address, high half first. ORDER: bytes
of ``codes``. PAIR: the first is the other field, the last a block: which part of each field's
text is meant. NUMBER and LENGTH: nothing; CONSTANT has what they compare with, a double's bits if
the leaf's mark says so.

An automaton's ASCII characters have the classes ``ASCII_CLASS[128 * automaton:]``; other
characters have those found in its part of CLASS_START. The row of state ``s`` in its part of MOVES
begins at ``s`` times the number of its classes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate

import numpy as np
import numpy.typing as npt

from tocsin.plan import tables
from tocsin.plan.automaton import Automaton
from tocsin.plan.leaves import Check, fields_of, pair_of
from tocsin.plan.predicate import Compare, Leaf, Length, Regex, Test, Within
from tocsin.plan.regex import compile_regex
from tocsin.plan.tables import Int32s, Tables
from tocsin.schema.kinds import Kind
from tocsin.schema.values import parse_block

(
    LATE_SLOT,
    LATE_CHECK,
    LATE_OPERATOR,
    LATE_MARK,
    LATE_FIRST,
    LATE_LAST,
    # the sets that its holding stands for, and its perhaps holding
    LATE_SET,
    LATE_COVERS,
) = range(LATE_SIZE := 8)

CLASS_FIRST, CLASS_LAST, ACCEPT_FIRST, MOVE_FIRST = range(AUTOMATON_SIZE := 4)

EQUAL, BELOW, ABOVE = 1, 2, 4
"""An operator is the sum of the outcomes that satisfy it."""

OPERATORS = {
    "==": EQUAL,
    "<": BELOW,
    "<=": BELOW | EQUAL,
    ">": ABOVE,
    ">=": ABOVE | EQUAL,
}

BROKEN = 1
"""Mark of a number that is a double."""

FOLD, LEFT_ADDRESS, RIGHT_ADDRESS, LEFT_MIXED, RIGHT_MIXED = 1, 2, 4, 8, 16
"""Marks of a pair: case is ignored; a field holds addresses; a field's values need not be texts."""

ASCII = 128
ENDS = 2
"""An accepting state that no further text leaves."""


class LateLeaves:
    """Puts in late leaves."""

    def __init__(self, out: Tables, slots: Mapping[str, int]) -> None:
        self._out = out
        self._slots = slots
        self._blocks: list[int] = []
        self._automata: list[Automaton] = []
        self._constants: list[int] = []

    def put(
        self, leaves: Sequence[Leaf], checks: Sequence[Check], sets: Sequence[Sequence[int]]
    ) -> None:
        """Put in leaves, with their sets: what holding stands for, what perhaps holding does."""
        rows = []
        for leaf, check, numbers in zip(leaves, checks, sets, strict=True):
            self._constants.append(0)
            operator, mark, first, last = 0, 0, 0, 0
            if check is not Check.PYTHON:
                operator, mark, first, last = self._row(leaf)
            fields = () if isinstance(leaf, Test) else fields_of(leaf)
            slot = self._slots[fields[0].name] if fields else -1
            if check is Check.PAIR and isinstance(leaf, Test):
                slot, first = (self._slots[field.name] for field in leaf.fields)
            rows.append((slot, int(check), operator, mark, first, last, *numbers))
        self._out.ints.size(tables.LATES, len(rows))
        self._out.ints.put(tables.LATE, np.array(rows, dtype=np.int32).reshape(-1, LATE_SIZE))
        self._out.longs.put(tables.CONSTANT, np.array(self._constants, dtype=np.int64))
        blocks = np.array([block & (1 << 64) - 1 for block in self._blocks], dtype=np.uint64)
        self._out.longs.put(tables.BLOCK, blocks.view(np.int64))
        self._put_automata()

    def _row(self, leaf: Leaf) -> tuple[int, int, int, int]:
        """Operator, marks, first and last."""
        match leaf:
            case Length(operator=operator, count=count):
                self._constants[-1] = count
                return OPERATORS[operator], 0, 0, 0
            case Compare(operator=operator, value=str(value)):
                code = value.encode(errors="surrogatepass")
                first = self._out.code(code)
                return OPERATORS[operator], 0, first, first + len(code)
            case Compare(operator=operator, value=float(value)):
                self._constants[-1] = int(np.float64(value).view(np.int64))
                return OPERATORS[operator], BROKEN, 0, 0
            case Compare(operator=operator, value=value):
                self._constants[-1] = int(value)
                return OPERATORS[operator], 0, 0, 0
            case Within(blocks=blocks):
                first = len(self._blocks) // 4
                for block in map(parse_block, blocks):
                    for address in block or ():
                        self._blocks += (address >> 64, address & (1 << 64) - 1)
                return 0, 0, first, len(self._blocks) // 4
            case Regex(patterns=patterns, fold=fold):
                first = len(self._automata)
                self._automata += (compile_regex(pattern, fold) for pattern in patterns)
                return 0, 0, first, len(self._automata)
            case Test():
                return self._pair(leaf)
            case _:
                return 0, 0, 0, 0

    def _pair(self, leaf: Test) -> tuple[int, int, int, int]:
        pair = pair_of(leaf)
        if pair is None:
            return 0, 0, 0, 0
        left, right = leaf.fields
        marks = FOLD if pair.fold else 0
        marks |= LEFT_ADDRESS if left.kind is Kind.IP else 0
        marks |= RIGHT_ADDRESS if right.kind is Kind.IP else 0
        marks |= LEFT_MIXED if left.kind is Kind.UNKNOWN else 0
        marks |= RIGHT_MIXED if right.kind is Kind.UNKNOWN else 0
        self._blocks += (*pair.left, *pair.right)
        return pair.function, marks, 0, len(self._blocks) // 4 - 1

    def _put_automata(self) -> None:
        """Put in automata, and records of where their parts are."""
        found = self._automata
        classes = [each.classes for each in found]
        accepts = [_accepting(each) for each in found]
        moves = [each.transitions.ravel() for each in found]
        codes = np.arange(ASCII)
        plain = [np.searchsorted(each, codes, "right") - 1 for each in classes]
        for part, arrays in (
            (tables.CLASS_START, classes),
            (tables.ACCEPTS, accepts),
            (tables.MOVES, moves),
            (tables.ASCII_CLASS, plain),
        ):
            self._out.ints.put(part, np.concatenate([np.zeros(0, np.int32), *arrays]))
        columns = {
            CLASS_FIRST: _ends(classes)[:-1],
            CLASS_LAST: _ends(classes)[1:],
            ACCEPT_FIRST: _ends(accepts)[:-1],
            MOVE_FIRST: _ends(moves)[:-1],
        }
        self._out.ints.put(tables.AUTOMATON, tables.records(columns, AUTOMATON_SIZE))


def _ends(parts: Sequence[Int32s]) -> list[int]:
    return list(accumulate(map(len, parts), initial=0))


def _accepting(automaton: Automaton) -> npt.NDArray[np.int32]:
    """0, 1, or `ENDS` for a state that accepts whatever follows."""
    states = np.arange(len(automaton.accepting), dtype=np.int32)
    forever = (automaton.transitions == states[:, None]).all(axis=1) & automaton.accepting
    return np.where(forever, ENDS, automaton.accepting).astype(np.int32)
