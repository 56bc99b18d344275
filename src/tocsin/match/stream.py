"""Events that never end and come nearly in order: put in order, late ones left out, fed on.

The watermark stands ``lateness`` behind the latest time that has been seen: no event before it is
waited for any longer. An event that is earlier than the watermark when it comes is late; it is
counted and not fed. Which events are late depends on the order of arrival alone, so that batches
may be cut anywhere; what is found depends on the events that are not late alone, so that they may
come in any order.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Any, Generic

import numpy as np

from tocsin.columns.cells import NO_TIME
from tocsin.match.candidate import Candidate, R, order_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy.typing as npt

    from tocsin.match.candidate import Found
    from tocsin.match.machine import Machine

VERSION = 2


class Stream(Generic[R]):
    """Machines of several rules, fed in order of time as far as the watermark has come.

    Parameters
    ----------
    machines
        By rule number.
    lateness
        How much later than others an event may come, in ticks.
    """

    def __init__(self, machines: Mapping[int, Machine[R]], lateness: int) -> None:
        self._machines = dict(machines)
        self._lateness = lateness
        self._latest: int | None = None
        self._mark: int | None = None
        self._waiting: list[tuple[tuple[Any, ...], int, Candidate[R]]] = []
        self.late = 0
        """Events that came too late to be fed."""

    @property
    def watermark(self) -> int | None:
        """No event before this time will be fed any more; None before the first event."""
        return self._mark

    @property
    def waiting(self) -> int:
        """Candidates that the watermark has not passed."""
        return len(self._waiting)

    def take(
        self,
        times: npt.NDArray[np.int64],
        hits: Iterable[tuple[int, int, Candidate[R]]],
        *,
        ceiling: int | None = None,
    ) -> list[tuple[int, Found[R]]]:
        """Take a batch in order of arrival; what is found, with rule numbers.

        Parameters
        ----------
        times
            The times of all events of the batch, `NO_TIME` for those that have none.
        hits
            Row in the batch, rule number and candidate.
        ceiling
            A later time moves no watermark: somebody's clock is wrong.
        """
        moving = times if ceiling is None else np.where(times > ceiling, NO_TIME, times)
        before = NO_TIME if self._latest is None else self._latest
        latest = np.maximum.accumulate(np.concatenate(([before], moving)))
        floor = np.where(latest == NO_TIME, NO_TIME, latest - self._lateness)
        if self._mark is not None:
            floor = np.maximum(floor, self._mark)
        late = (times < floor[:-1]) & (times != NO_TIME)
        self.late += int(late.sum())
        for row, rule, candidate in hits:
            if not late[row]:
                order = order_of(*candidate.ordinal)
                heapq.heappush(self._waiting, (order, rule, candidate))
        if latest[-1] == NO_TIME:
            return []
        self._latest = int(latest[-1])
        return self.advance(int(floor[-1]))

    def advance(self, watermark: int) -> list[tuple[int, Found[R]]]:
        """Wait no longer for events before a time, as for an idle stream; what is found."""
        if self._mark is not None and watermark < self._mark:
            return []
        self._mark = watermark
        found = self._feed(watermark)
        for rule, machine in self._machines.items():
            found += [(rule, match) for match in machine.advance(watermark - 1)]
        return found

    def finish(self) -> list[tuple[int, Found[R]]]:
        """There are no more events: feed what waits; what was held for an absence is certain."""
        found = self._feed(None)
        for rule, machine in self._machines.items():
            found += [(rule, match) for match in machine.finish()]
        return found

    def state(self) -> dict[str, Any]:
        """All that is open, as JSON values where the references are such."""
        return {
            "version": VERSION,
            "latest": self._latest,
            "watermark": self._mark,
            "late": self.late,
            "waiting": [
                [rule, *one[:2], one.ref, one.tiebreaker, [*one.stages.items()], one.values]
                for _, rule, one in self._waiting
            ],
            "machines": [[rule, machine.state()] for rule, machine in self._machines.items()],
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on where a stream of equal machines was; ValueError if the state is not of one."""
        machines = dict(state.get("machines", ()))
        if state.get("version") != VERSION or machines.keys() != self._machines.keys():
            raise ValueError("the state is of another version or of other rules")
        for rule, machine in self._machines.items():
            machine.restore(machines[rule])
        self._latest, self._mark, self.late = state["latest"], state["watermark"], state["late"]
        self._waiting = []
        for rule, time, arrival, ref, tiebreaker, stages, values in state["waiting"]:
            keys = {stage: tuple(map(tuple, tuples)) for stage, tuples in stages}
            counted = tuple(map(tuple, values))
            candidate = Candidate(time, arrival, keys, ref, tiebreaker, counted)
            heapq.heappush(self._waiting, (order_of(*candidate.ordinal), rule, candidate))

    def _feed(self, before: int | None) -> list[tuple[int, Found[R]]]:
        """Feed what waits, up to a time."""
        found: list[tuple[int, Found[R]]] = []
        while self._waiting and (before is None or self._waiting[0][2].time < before):
            _, rule, candidate = heapq.heappop(self._waiting)
            found += [(rule, match) for match in self._machines[rule].feed(candidate)]
        return found
