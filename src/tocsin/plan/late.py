"""The tables for leaves that are looked at only where a rule asks: numbers, addresses, automata.

What ``LATE_FIRST`` to ``LATE_LAST`` of a leaf counts depends on its check. REGEX: automata. WITHIN:
blocks, each four numbers of BLOCKS: first and last address, high half first. ORDER: bytes. For
NUMBER and LENGTH the constant stands in CONSTANT; that of a ``LATE_BROKEN`` leaf is a double's bits.

An automaton's ASCII characters have the classes ``ASCII_CLASS[128 * automaton:]``, other characters
those found in its part of CLASS_START. The row of state ``s`` in its part of MOVES begins at ``s``
times the number of its classes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tocsin.plan import tables
from tocsin.plan.automaton import Automaton
from tocsin.plan.leaves import Check
from tocsin.plan.predicate import Compare, Leaf, Length, Regex, Within
from tocsin.plan.regex import compile_regex
from tocsin.plan.tables import Tables
from tocsin.schema.values import parse_block

EQUAL, BELOW, ABOVE = 1, 2, 4
"""An operator is the sum of the outcomes that satisfy it."""

OPERATORS = {
    "==": EQUAL,
    "<": BELOW,
    "<=": BELOW | EQUAL,
    ">": ABOVE,
    ">=": ABOVE | EQUAL,
}

ASCII = 128
ENDS = 2
"""An accepting state that no further text leaves."""


def put_late(
    out: Tables, leaves: Sequence[Leaf], checks: Sequence[Check], slots: Sequence[int]
) -> None:
    """Put in late leaves; a slot of -1: a leaf is never known, whatever its fields hold."""
    late = _Late(out)
    rows = [
        late.row(leaf) if check is not Check.PYTHON else (0, 0, 0, 0, 0)
        for leaf, check in zip(leaves, checks, strict=True)
    ]
    operators, broken, constants, first, last = zip(*rows, strict=True) if rows else [()] * 5
    out.ints.put(tables.LATES, len(rows))
    out.ints.put(tables.LATE_SLOT, slots)
    out.ints.put(tables.LATE_CHECK, checks)
    out.ints.put(tables.LATE_OPERATOR, operators)
    out.ints.put(tables.LATE_BROKEN, broken)
    out.ints.put(tables.LATE_FIRST, first)
    out.ints.put(tables.LATE_LAST, last)
    out.longs.put(tables.CONSTANT, np.array(constants, dtype=np.int64))
    out.longs.put(tables.BLOCKS, np.array(late.blocks, dtype=np.uint64).view(np.int64))
    _put_automata(out, late.automata)


class _Late:
    def __init__(self, out: Tables) -> None:
        self._out = out
        self.blocks: list[int] = []
        self.automata: list[Automaton] = []

    def row(self, leaf: Leaf) -> tuple[int, int, int, int, int]:
        """Operator, whether the constant is a double, the constant, first and last."""
        match leaf:
            case Length(operator=operator, count=count):
                return OPERATORS[operator], 0, count, 0, 0
            case Compare(operator=operator, value=str(value)):
                code = value.encode(errors="surrogatepass")
                first = self._out.code(code)
                return OPERATORS[operator], 0, 0, first, first + len(code)
            case Compare(operator=operator, value=float(value)):
                return OPERATORS[operator], 1, int(np.float64(value).view(np.int64)), 0, 0
            case Compare(operator=operator, value=value):
                return OPERATORS[operator], 0, int(value), 0, 0
            case Within(blocks=blocks):
                first = len(self.blocks) // 4
                for block in map(parse_block, blocks):
                    for address in block or ():
                        self.blocks += (address >> 64, address & (1 << 64) - 1)
                return 0, 0, 0, first, len(self.blocks) // 4
            case Regex(patterns=patterns, fold=fold):
                first = len(self.automata)
                self.automata += (compile_regex(pattern, fold) for pattern in patterns)
                return 0, 0, 0, first, len(self.automata)
            case _:
                return 0, 0, 0, 0, 0


def _put_automata(out: Tables, automata: Sequence[Automaton]) -> None:
    def put(first: int, items: int, parts: list[npt.NDArray[np.int32]]) -> None:
        out.ints.put(first, np.cumsum([0, *map(len, parts)]))
        out.ints.put(items, np.concatenate([*parts, np.zeros(0, np.int32)]))

    codes = np.arange(ASCII)
    put(tables.CLASS_FIRST, tables.CLASS_START, [each.classes for each in automata])
    put(tables.ACCEPT_FIRST, tables.ACCEPTS, [_accepting(each) for each in automata])
    put(tables.MOVE_FIRST, tables.MOVES, [each.transitions.ravel() for each in automata])
    classes = [np.searchsorted(each.classes, codes, "right") - 1 for each in automata]
    out.ints.put(tables.ASCII_CLASS, np.concatenate([*classes, np.zeros(0, np.int64)]))


def _accepting(automaton: Automaton) -> npt.NDArray[np.int32]:
    """0, 1, or `ENDS` for a state that accepts whatever follows."""
    states = np.arange(len(automaton.accepting), dtype=np.int32)
    forever = (automaton.transitions == states[:, None]).all(axis=1) & automaton.accepting
    return np.where(forever, ENDS, automaton.accepting).astype(np.int32)
