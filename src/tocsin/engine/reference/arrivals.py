"""What the clock needs to know of each event that a rule looks at: its times and its arrival."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from typing import IO, TypeAlias, cast

import numpy as np
import numpy.typing as npt

from tocsin.alerts.finding import Finding
from tocsin.columns.cells import NO_TIME, Batch, Cells
from tocsin.match.records import places
from tocsin.plan.program import Program
from tocsin.rules.rule import Rule
from tocsin.schema.values import parse_time

INGESTED = "event.ingested"
"""When an event reached the store; where an event does not tell, its own time."""

RUN = "kibana.alert.rule.execution.timestamp"
"""When the run was that made an alert, which is when it reached the store."""

Times: TypeAlias = npt.NDArray[np.int64]
Places: TypeAlias = npt.NDArray[np.int32]


def fields_of(rules: tuple[Rule, ...]) -> list[str]:
    """The fields, beyond what the rules ask for, that hold times."""
    told = {INGESTED, RUN, *(rule.timestamp_override for rule in rules)}
    return sorted(told - {"", "@timestamp"})


class Arrivals:
    """Times of events by place, in temporary files: 8 bytes an event, and 8 for each field.

    Parameters
    ----------
    fields
        The fields that hold times.
    """

    def __init__(self, program: Program, fields: list[str]) -> None:
        self._slots = [program.slot(name) for name in fields]
        self._fields = {name: number for number, name in enumerate(fields)}
        self._files: list[IO[bytes]] = []
        self._columns: list[Times] = []
        self._starts: dict[int, tuple[int, int]] = {}
        self._count = 0

    def take(self, batch: Batch, cells: Cells, rows: Places) -> list[Times]:
        """Note the times of some rows, ascending, of a batch; gives a column for each field.

        Batches come in the order of their places.
        """
        columns = [np.full(rows.size, NO_TIME, np.int64) for _ in self._slots]
        for place, row in enumerate(rows.tolist()):
            for column, slot in zip(columns, self._slots, strict=True):
                for value in cells.values(row, slot)[:1]:
                    found = parse_time(value)
                    column[place] = NO_TIME if found is None else found
        if not rows.size:
            return columns
        sources, offsets = places(batch, rows)
        for source in np.unique(sources).tolist():
            size = int(np.count_nonzero(sources == source))
            first, _ = self._starts.get(source, (self._count, 0))
            self._count += size
            self._starts[source] = (first, self._count)
        if not self._files:
            self._files = [
                tempfile.TemporaryFile(prefix="tocsin-")  # noqa: SIM115 - kept open
                for _ in range(1 + len(columns))
            ]
        for file, column in zip(self._files, [offsets, *columns], strict=True):
            file.write(np.ascontiguousarray(column, np.int64).tobytes())
        return columns

    def close(self) -> None:
        """All events have passed: their times may be asked for."""
        for file in self._files:
            file.flush()
            self._columns.append(np.memmap(file, np.int64, "r", shape=(self._count,)))

    def release(self) -> None:
        """Forget everything."""
        self._columns = []
        for file in self._files:
            file.close()
        self._files = []

    def of(self, rule: Rule, sources: Places, offsets: Times, times: Times) -> tuple[Times, Times]:
        """For each event of a rule: the time by which windows take it, and when it arrived.

        The former is NO_TIME for an event without the rule's field, if the rule has no fallback.
        """
        at = np.empty(offsets.size, np.int64)
        for source in np.unique(sources).tolist():
            here = sources == source
            first, last = self._starts[source]
            at[here] = first + np.searchsorted(self._columns[0][first:last], offsets[here])
        return self.clock(rule, times, [column[at] for column in self._columns[1:]])

    def latest(self, rule: Rule, findings: Sequence[Finding]) -> list[int]:
        """For each match of several events: the time by which windows take the latest of them."""
        if not rule.timestamp_override:
            return [finding.time for finding in findings]
        events = [event for finding in findings for event in finding.present]
        moments, _ = self.of(
            rule,
            np.array([event.source for event in events], np.int32),
            np.array([event.offset for event in events], np.int64),
            np.array([event.time for event in events], np.int64),
        )
        firsts = np.cumsum([0, *(len(finding.present) for finding in findings)])[:-1]
        return cast("list[int]", np.maximum.reduceat(moments, firsts).tolist())

    def clock(self, rule: Rule, times: Times, columns: Sequence[Times]) -> tuple[Times, Times]:
        """What `of` gives, of events whose times stand in columns."""
        if not columns:
            return times, times
        ingested, run = (columns[self._fields[name]] for name in (INGESTED, RUN))
        arrival = np.where(ingested == NO_TIME, times, ingested)
        # an alert is stored when its run has searched: no run of that moment sees it
        arrival = np.where(run == NO_TIME, arrival, run + 1)
        name = rule.timestamp_override
        if name not in self._fields:
            return times, arrival
        primary = columns[self._fields[name]]
        if rule.raw.get("timestamp_override_fallback_disabled") is True:
            return primary, arrival
        return np.where(primary == NO_TIME, times, primary), arrival
