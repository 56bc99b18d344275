"""Hits of rules that remember, as small records; new ones and those that wait for the watermark."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tocsin.live.content import Arrays, Longs
from tocsin.live.waiting import Waiting, nothing
from tocsin.match.openings import Ready
from tocsin.match.records import Recorder, places
from tocsin.plan.plan import NewTermsPlan, stages_of

if TYPE_CHECKING:
    import numpy.typing as npt

    from tocsin.columns.cells import Batch, Cells
    from tocsin.match.new_terms import Seeds
    from tocsin.plan.plan import Plan


class Collecting:
    """Makes records of hits, and gives those that the watermark has passed.

    Parameters
    ----------
    plans, keys
        Rule numbers with their plans, and the rules' keys in the same order. Stages are numbered
        over all of these plans.
    first_stage
        By rule: the global number of its first stage.
    slot
        The slot of a field in the cells.
    seeds
        What hashes begin with.
    most
        Records that wait at most.
    """

    def __init__(
        self,
        plans: Sequence[tuple[int, Plan]],
        keys: Sequence[str],
        first_stage: Mapping[int, int],
        slot: Callable[[str], int],
        seeds: Seeds,
        most: int,
    ) -> None:
        sizes = [len(stages_of(plan)) for _, plan in plans]
        self._first = np.cumsum([0, *sizes])
        self._keys = list(keys)
        last = max(
            (first_stage[rule] + size for (rule, _), size in zip(plans, sizes, strict=True)),
            default=0,
        )
        self._dense = np.full(last, -1, np.int32)
        of_stages: list[int] = []
        for number, ((rule, plan), size) in enumerate(zip(plans, sizes, strict=True)):
            first = first_stage[rule]
            self._dense[first : first + size] = np.arange(size) + self._first[number]
            named = isinstance(plan, NewTermsPlan)
            of_stages += [seeds.of_rule(keys[number]) if named else seeds.of_values] * size
        self.plan = np.repeat(np.arange(len(plans), dtype=np.int32), sizes)
        self._recorder = Recorder([p for _, p in plans], slot, of_stages, seeds.of_values)
        self.waiting = Waiting(most)
        self._new: list[Ready] = []

    @property
    def capped(self) -> int:
        """Hits of events with so many key values that not all were looked at."""
        return self._recorder.capped

    def collect(
        self,
        batch: Batch,
        cells: Cells,
        rows: npt.NDArray[np.int32],
        stages: npt.NDArray[np.int32],
        remember: Callable[[npt.NDArray[Any]], npt.NDArray[np.int32]],
    ) -> None:
        """Take a batch's hits, by row; ``remember`` gives the indexes' numbers of some rows."""
        unique, hit_row = _once(rows)
        at, stage, key = self._recorder.records(cells, unique, hit_row, self._dense[stages])
        if not at.size:
            return
        index = np.zeros(unique.size, np.int32)
        used, _ = _once(at)
        index[used] = remember(unique[used])
        row = unique[at]
        offsets = places(batch, unique)[1]
        self._new.append(Ready(cells.time[row], offsets[at], stage.copy(), key.copy(), index[at]))

    def hold(self) -> None:
        """Let all records wait: nobody knows yet how far event time has come."""
        self.waiting.hold(self.taken())

    def passed(self, mark: int) -> Ready:
        """The records before a time, in order of time, place and stage."""
        return self.waiting.passed(self.taken(), mark)

    def taken(self) -> Ready:
        """The records that have been made since the last call, in no order."""
        new, self._new = self._new, []
        return Ready._make(map(np.concatenate, zip(*new, strict=True))) if new else nothing()

    @property
    def fresh(self) -> bool:
        """Whether there are records that nobody has asked for yet."""
        return bool(self._new)

    def put_back(self, records: Ready) -> None:
        """Some of what was given will be taken later."""
        if records.time.size:
            self._new.append(records)

    def state(self, arrays: Arrays) -> dict[str, Any]:
        """What waits, as JSON values and arrays."""
        return {
            "keys": self._keys,
            "first": self._first.tolist(),
            "records": [arrays.add(column) for column in self.waiting.all()],
        }

    def restore(self, state: Mapping[str, Any], arrays: Sequence[Longs]) -> None:
        """Go on with what waited for rules that are here too."""
        time, place, stage, key, index = (arrays[number] for number in state["records"])
        moved = np.full(state["first"][-1], -1, np.int32)
        known = {name: number for number, name in enumerate(self._keys)}
        for number, name in enumerate(state["keys"]):
            first, last = state["first"][number : number + 2]
            if name in known:
                begin = self._first[known[name]]
                moved[first:last] = np.arange(begin, begin + last - first)
        new = moved[stage]
        found = Ready(time, place, new, key.view(np.uint64), index.astype(np.int32))
        self.waiting.restore(found.part(new >= 0))


def _once(rows: npt.NDArray[np.int32]) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """The rows, ascending, each once; and where each of the given ones is among them."""
    if (rows[1:] < rows[:-1]).any():
        found, inverse = np.unique(rows, return_inverse=True)
        return found, inverse.astype(np.int32)
    new = np.ones(rows.size, np.bool_)
    np.not_equal(rows[1:], rows[:-1], out=new[1:])
    return rows[new], np.cumsum(new, dtype=np.int32) - np.int32(1)
