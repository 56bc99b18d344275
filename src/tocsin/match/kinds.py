"""What the events of a run were, taken together: which stages no event of the like can satisfy.

Alerts take over their events' fields. So where no event was of the data set that a stage asks for,
no alert on these events is either, whatever else it says.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from tocsin.match import desk as at
from tocsin.match.hashing import Words
from tocsin.plan import tables
from tocsin.plan.branches import ACCEPT, NEGATED
from tocsin.plan.program import Program


@dataclass(frozen=True)
class Kinds:
    """Which gate leaves of a program held for any event, and which of its fields any event had.

    ``gates``: the leaves, bit by bit; None: too many kinds of events came to tell.
    """

    program: Program
    gates: Words | None
    fields: frozenset[str]

    def may_hold(self, stage: int, free: Collection[str]) -> bool:
        """Whether a stage may hold for something that has no values of gates but those of events.

        Parameters
        ----------
        free
            Fields that may have any other value.
        """
        if self.gates is None:
            return True
        ints = self.program.ints
        met = self.gates | self._bits(free)
        steps, gates = int(ints[tables.STEP]), 64 * len(met)
        pending, known = [int(ints[ints[tables.START] + stage])], set()
        while pending:
            step = pending.pop()
            if step == ACCEPT:
                return True
            if step < 0 or step in known:
                continue
            known.add(step)
            leaf, holding, failing = map(int, ints[steps + 3 * step : steps + 3 * step + 3])
            bit = leaf & ~NEGATED
            pending.append(failing)
            if bit >= gates or int(met[bit >> 6]) >> (bit & 63) & 1:
                pending.append(holding)
        return False

    def _bits(self, free: Collection[str]) -> Words:
        """The gate leaves about some fields."""
        ints, longs = self.program.ints, self.program.longs
        slots = self.program.fields.slots
        wanted = [slots[name] for name in free if name in slots]
        first, size = int(ints[tables.PATTERN]), tables.PATTERN_SIZE
        patterns = ints[first : first + size * int(ints[tables.PATTERNS])].reshape(-1, size)
        sets = patterns[np.isin(patterns[:, tables.CODE_SLOT], wanted), tables.CODE_SET].tolist()
        records = int(ints[tables.SLOT]) + tables.PRESENT_SET
        sets += [int(ints[records + tables.SLOT_SIZE * slot]) for slot in wanted]
        bits = np.zeros(int(ints[tables.GATE_WORDS]), np.int64)
        for number in sets:
            begin, end = ints[ints[tables.SET_FIRST] + number :][:2].tolist()
            for entry in range(begin, end):
                word = int(ints[ints[tables.SET_WORD] + entry])
                if word < len(bits):
                    bits[word] |= longs[longs[tables.SET_BITS] + entry]
        return bits


def gates_of(program: Program, desk: at.Desk) -> Words | None:
    """The gate leaves that held in any class the desk knows; None if not all rows had a class."""
    if desk[at.WIDE]:
        return None
    width = int(program.ints[tables.GATE_WORDS]) + 1
    begin = int(desk[at.CLASS_KEYS])
    keys = desk[begin : begin + width * int(desk[at.CLASSES])].reshape(-1, width)
    found: Words = np.bitwise_or.reduce(keys[1:, 1:], axis=0, initial=0)
    return found
