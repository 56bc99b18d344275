"""The candidate events of ES|QL rules as rows, while the input passes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tocsin.columns.cells import NO_TIME, Batch, Cells, Scalar
from tocsin.columns.content import content_hash
from tocsin.languages.esql.typed import Column, Source
from tocsin.languages.esql.types import Type
from tocsin.match.matcher import Hits
from tocsin.plan.plan import TablePlan
from tocsin.plan.program import Program
from tocsin.tables.cells import Plain, read_cell
from tocsin.tables.rows import Rows


@dataclass(frozen=True, slots=True)
class Place:
    """Where a candidate stands, when it happened, and its name where the input gives one."""

    source: int
    offset: int
    time: int
    index: str
    id: str


class _Event:
    """A row of a batch; values, and a name that is none of the input's, are made when asked for."""

    __slots__ = ("_cells", "_name", "_places", "_values", "batch", "row", "time")

    def __init__(self, batch: Batch, cells: Cells, row: int, time: int) -> None:
        self.batch = batch
        self.row = row
        self.time = time
        self._cells = cells
        self._name = ""
        self._values: dict[int, list[Scalar]] = {}
        self._places: dict[int, list[int]] = {}
        first, last = int(cells.row_start[row]), int(cells.row_start[row + 1])
        for cell, slot in enumerate(cells.slot[first:last].tolist(), first):
            self._places.setdefault(slot, []).append(cell)

    def values(self, slot: int) -> Sequence[Scalar]:
        """The values of a field."""
        places = self._places.get(slot)
        if places is None:
            return ()
        known = self._values.get(slot)
        if known is None:
            known = self._values[slot] = [self._cells.value(cell) for cell in places]
        return known

    @property
    def name(self) -> str:
        """Its ``_id``, or a hash of its content."""
        if not self._name:
            _, name = self.batch.identity(self.row) or ("", "")
            self._name = name or content_hash(self.batch.event(self.row))
        return self._name


_Read = Callable[[_Event], Plain]


class TableRows:
    """Collects the rows of each plan; ``places`` has an entry for each event that is in any.

    Parameters
    ----------
    plans, first_stage
        Rule numbers with their plans, and by rule the global number of its first stage.
    directory
        Where rows are put that do not fit in memory.
    """

    def __init__(
        self,
        plans: Sequence[tuple[int, TablePlan]],
        first_stage: Mapping[int, int],
        program: Program,
        directory: Path,
    ) -> None:
        self.rows: dict[int, Rows] = {}
        self.places: list[Place] = []
        self._plans = dict(plans)
        self._directory = directory
        self._stage: dict[int, tuple[int, int]] = {}
        for rule, plan in plans:
            for position in range(1 + len(plan.kql)):
                self._stage[first_stage[rule] + position] = rule, position
        self._reads = {rule: _reads(plan, program) for rule, plan in plans}

    @property
    def spilled(self) -> int:
        """Bytes that went to disk."""
        return sum(rows.spilled for rows in self.rows.values())

    def collect(self, batch: Batch, cells: Cells, hits: Hits, *, timed: bool = True) -> None:
        """Take the hits of these plans' stages in a batch, sorted by row.

        ``timed``: events without a time are left out.
        """
        cuts = np.flatnonzero(np.diff(hits.row)) + 1
        starts = [0, *cuts.tolist()]
        ends = [*cuts.tolist(), len(hits.row)]
        stages = hits.stage.tolist()
        rows = hits.row.tolist()
        for start, end in zip(starts, ends, strict=True):
            if start < end:
                if timed and cells.time[rows[start]] == NO_TIME:
                    continue
                self._event(batch, cells, rows[start], stages[start:end])

    def _event(self, batch: Batch, cells: Cells, row: int, stages: Sequence[int]) -> None:
        time = int(cells.time[row])
        positions: dict[int, set[int]] = {}
        for stage in stages:
            rule, position = self._stage[stage]
            positions.setdefault(rule, set()).add(position)
        event: _Event | None = None
        for rule, held in positions.items():
            if 0 not in held:
                continue
            if event is None:
                event = _Event(batch, cells, row, time)
                place = batch.place(row)
                index, name = batch.identity(row) or ("", "")
                self.places.append(Place(place.source, place.offset, time, index, name))
            plan = self._plans[rule]
            flags = [position in held for position in range(1, 1 + len(plan.kql))]
            found = [read(event) for read in self._reads[rule]]
            self._rows(rule, plan).add(len(self.places) - 1, time, found, flags)

    def _rows(self, rule: int, plan: TablePlan) -> Rows:
        rows = self.rows.get(rule)
        if rows is None:
            source = plan.pipeline.source
            columns = source.columns if isinstance(source, Source) else ()
            rows = self.rows[rule] = Rows(columns, self._directory, str(rule), len(plan.kql))
        return rows


def _reads(plan: TablePlan, program: Program) -> list[_Read]:
    """How each column of a plan's source is read."""
    source = plan.pipeline.source
    columns = source.columns if isinstance(source, Source) else ()
    return [_read(column, path, program) for column, path in zip(columns, plan.paths, strict=True)]


def _read(column: Column, path: str, program: Program) -> _Read:
    match column.name:
        case "@timestamp":
            return lambda event: None if event.time == NO_TIME else event.time
        case "_source":
            return lambda event: event.batch.event(event.row).decode("utf-8", "replace")
        case "_id":
            return lambda event: event.name
        case "_index":
            return lambda event: (event.batch.identity(event.row) or ("",))[0] or None
        case "_version":
            return lambda _: 1
        case _:
            pass
    if not path:
        return lambda _: None
    slot = program.slot(path)
    if column.type is Type.GEO_POINT:
        slots = slot, program.slot(f"{path}.lat"), program.slot(f"{path}.lon")
        return lambda event: _point(column, event, *slots)
    if column.name != path and column.name.endswith(".caseless"):
        return lambda event: read_cell(column, [_folded(each) for each in event.values(slot)])
    return lambda event: read_cell(column, event.values(slot))


def _folded(value: Scalar) -> Scalar:
    return value.lower() if isinstance(value, str) else value


def _point(column: Column, event: _Event, whole: int, lat: int, lon: int) -> Plain:
    """A point written as text, as an array of longitude and latitude, or as an object."""
    lats, lons = event.values(lat), event.values(lon)
    if lats and lons:
        return read_cell(column, [f"{y},{x}" for y, x in zip(lats, lons, strict=False)])
    values = event.values(whole)
    if len(values) == 2 and not any(isinstance(value, str) for value in values):
        return read_cell(column, [f"{values[1]},{values[0]}"])
    return read_cell(column, values)
