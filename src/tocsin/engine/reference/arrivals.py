"""What the clock needs to know of each event that a rule looks at: its times and its arrival."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from tocsin.columns.cells import NO_TIME, Batch, Cells
from tocsin.match.records import places
from tocsin.plan.program import Program
from tocsin.rules.rule import Rule
from tocsin.schema.values import parse_time

INGESTED = "event.ingested"
"""When an event reached the store; where an event does not tell, its own time."""

Times: TypeAlias = npt.NDArray[np.int64]


def fields_of(rules: tuple[Rule, ...]) -> list[str]:
    """The fields, beyond what the rules ask for, that hold times."""
    return sorted({INGESTED, *(rule.timestamp_override for rule in rules)} - {"", "@timestamp"})


class Arrivals:
    """Times of events by place, kept as arrays: 20 bytes an event, and 8 for each field of times.

    Parameters
    ----------
    fields
        The fields that hold times.
    """

    def __init__(self, program: Program, fields: list[str]) -> None:
        self._slots = [program.slot(name) for name in fields]
        self._fields = {name: number for number, name in enumerate(fields)}
        self._parts: list[tuple[npt.NDArray[np.int32], Times, list[Times]]] = []
        self._place = np.zeros(0, np.int64)
        self._columns: list[Times] = []
        self._starts: dict[int, tuple[int, int]] = {}

    def take(self, batch: Batch, cells: Cells, rows: npt.NDArray[np.int32]) -> None:
        """Note the times of some rows, ascending, of a batch."""
        if not rows.size:
            return
        sources, offsets = places(batch, rows)
        columns = [np.full(rows.size, NO_TIME, np.int64) for _ in self._slots]
        for place, row in enumerate(rows.tolist()):
            for column, slot in zip(columns, self._slots, strict=True):
                for value in cells.values(row, slot)[:1]:
                    found = parse_time(value)
                    column[place] = NO_TIME if found is None else found
        self._parts.append((sources, offsets, columns))

    def close(self) -> None:
        """All events have passed."""
        sources = np.concatenate([np.zeros(0, np.int32), *(part[0] for part in self._parts)])
        offsets = np.concatenate([np.zeros(0, np.int64), *(part[1] for part in self._parts)])
        order = np.lexsort((offsets, sources))
        self._place = offsets[order]
        self._columns = [
            np.concatenate([np.zeros(0, np.int64), *(part[2][n] for part in self._parts)])[order]
            for n in range(len(self._slots))
        ]
        for source in np.unique(sources).tolist():
            inside = np.searchsorted(sources[order], [source, source + 1])
            self._starts[source] = (int(inside[0]), int(inside[1]))
        self._parts = []

    def of(
        self,
        rule: Rule,
        sources: npt.NDArray[np.int32],
        offsets: Times,
        times: Times,
    ) -> tuple[Times, Times]:
        """For each event of a rule: the time by which windows take it, and when it arrived.

        The former is NO_TIME for an event without the rule's field, if the rule has no fallback.
        """
        at = np.empty(offsets.size, np.int64)
        for source in np.unique(sources).tolist():
            here = sources == source
            first, last = self._starts[source]
            at[here] = first + np.searchsorted(self._place[first:last], offsets[here])
        ingested = self._columns[self._fields[INGESTED]][at]
        arrival = np.where(ingested == NO_TIME, times, ingested)
        name = rule.timestamp_override
        if name not in self._fields:
            return times, arrival
        primary = self._columns[self._fields[name]][at]
        if rule.raw.get("timestamp_override_fallback_disabled") is True:
            return primary, arrival
        return np.where(primary == NO_TIME, times, primary), arrival
