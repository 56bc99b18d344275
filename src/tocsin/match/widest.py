"""How many events a threshold needs at least, judged by what its events hold.

Of events with one port each, a hundred ports need a hundred events: pruning can then wait for
these. An event with several values needs fewer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tocsin.plan.plan import ThresholdPlan, stages_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tocsin.columns.cells import Cells
    from tocsin.match.keyhash import Ints
    from tocsin.plan.plan import Joining


class Widest:
    """The most values that an event had of each field whose distinct values are counted.

    Stages are numbered over all plans.
    """

    def __init__(self, plans: Sequence[Joining], slot: Callable[[str], int]) -> None:
        self._fields: list[tuple[int, int, int]] = []  # stage, slot, distinct values needed
        before = 0
        for plan in plans:
            if isinstance(plan, ThresholdPlan):
                self._fields += [
                    (before, slot(one.field.name), one.least) for one in plan.cardinality
                ]
            before += len(stages_of(plan))
        self._most = [0] * len(self._fields)

    def see(self, cells: Cells, rows: Ints, stages: Ints) -> None:
        """Take the hits of a batch."""
        for number, (stage, slot, _) in enumerate(self._fields):
            hit = rows[stages == stage]
            if hit.size:
                found = np.flatnonzero(cells.slot == slot)
                of_row = np.searchsorted(cells.row_start, found, side="right") - 1
                many = np.bincount(of_row, minlength=len(cells.row_start) - 1)
                self._most[number] = max(self._most[number], int(many[hit].max()))

    def needed(self) -> Iterator[tuple[int, int]]:
        """For stages, how many events a match has at least."""
        for (stage, _, least), most in zip(self._fields, self._most, strict=True):
            yield stage, -(-least // max(1, most))
