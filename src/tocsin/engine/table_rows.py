"""The candidate events of ES|QL rules as rows, while the input passes.

A batch's cells become columns, each once however many rules ask for it and only for the events of
those rules; a rule's rows are taken out of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tocsin.columns.cells import NO_TIME, Batch, Cells, Scalar
from tocsin.columns.content import content_hash
from tocsin.engine.table_ignored import ignored
from tocsin.engine.table_memory import CarriedBatch
from tocsin.engine.table_places import Places
from tocsin.languages.esql.typed import Column, Source
from tocsin.languages.esql.types import Type
from tocsin.match.matcher import Hits
from tocsin.plan.plan import TablePlan
from tocsin.plan.program import Program
from tocsin.tables.cells import ARROW, read_cell
from tocsin.tables.columns import column_of
from tocsin.tables.picked import Pick
from tocsin.tables.rows import Rows

_TOGETHER = 64 << 20
"""Bytes of values that are looked at at once."""
_LARGEST = 128 << 20
"""Bytes of Arrow that the rows of all rules may take in memory."""

_METADATA = ("@timestamp", "_source", "_id", "_index", "_version", "_ignored")

Ints = npt.NDArray[np.int64]


class _Ask(NamedTuple):
    """What a column shows: of metadata the name, else a field by its slot."""

    name: str
    slots: tuple[int, ...]
    type: Type
    multi: bool
    folded: bool = False


class _Held(NamedTuple):
    """Rows of a batch, ascending, in which a rule's stage holds, and those for each KQL query."""

    rows: Ints
    queries: tuple[Ints, ...]


class TableRows:
    """Collects the rows of each plan; ``places`` knows each event that is in any.

    Parameters
    ----------
    plans, first_stage
        Rule numbers with their plans, and by rule the global number of its first stage.
    directory
        Where rows are put that do not fit in memory.
    unread
        By rule, the columns (their ids) whose cells nobody looks at; they stay empty.
    """

    def __init__(
        self,
        plans: Sequence[tuple[int, TablePlan]],
        first_stage: Mapping[int, int],
        program: Program,
        directory: Path,
        unread: Mapping[int, AbstractSet[int]] | None = None,
    ) -> None:
        self.rows: dict[int, Rows] = {}
        self.places = Places()
        self._plans = dict(plans)
        self._directory = directory
        self._stage: dict[int, tuple[int, int]] = {}
        for rule, plan in plans:
            for position in range(1 + len(plan.kql)):
                self._stage[first_stage[rule] + position] = rule, position
        self._asks = {
            rule: _asks(plan, program, (unread or {}).get(rule, frozenset()))
            for rule, plan in plans
        }

    @property
    def spilled(self) -> int:
        """Bytes that went to disk."""
        return sum(rows.spilled for rows in self.rows.values())

    def collect(self, batch: Batch, cells: Cells, hits: Hits, *, timed: bool = True) -> None:
        """Take the hits of these plans' stages in a batch, sorted by row.

        ``timed``: events without a time are left out.
        """
        found = self._held(cells, hits, timed=timed)
        if found:
            self._take(batch, cells, found)

    def restore(self, batch: CarriedBatch, cells: Cells, hits: Hits, numbers: Ints) -> None:
        """Take hits in a batch whose rows have numbers already."""
        found = self._held(cells, hits, timed=True)
        if found:
            self._take(batch, cells, found, numbers)

    def _take(
        self,
        batch: Batch | CarriedBatch,
        cells: Cells,
        found: Mapping[int, _Held],
        numbers: Ints | None = None,
    ) -> None:
        every = np.unique(np.concatenate([held.rows for held in found.values()]))
        for rows in _portions(cells, every):
            low, high = rows[0], rows[-1]
            self._portion(
                batch,
                cells,
                rows,
                {
                    rule: _Held(_between(held.rows, low, high), held.queries)
                    for rule, held in found.items()
                },
                numbers,
            )
        while sum(rows.bytes for rows in self.rows.values()) > _LARGEST:
            max(self.rows.values(), key=lambda rows: rows.bytes).spill()

    def _held(self, cells: Cells, hits: Hits, *, timed: bool) -> dict[int, _Held]:
        """The rows of each rule, if there are any."""
        row, stage = hits.row.astype(np.int64), hits.stage
        if timed and (lacking := cells.time[row] == NO_TIME).any():
            row, stage = row[~lacking], stage[~lacking]
        if not len(row):
            return {}
        order = np.argsort(stage, kind="stable")
        stages, begins = np.unique(stage[order], return_index=True)
        parts = dict(zip(stages.tolist(), np.split(row[order], begins[1:]), strict=True))
        by_rule: dict[int, dict[int, Ints]] = defaultdict(dict)
        for number, rows in parts.items():
            rule, position = self._stage[number]
            by_rule[rule][position] = rows
        nothing = np.zeros(0, np.int64)
        return {
            rule: _Held(
                held[0],
                tuple(held.get(1 + query, nothing) for query in range(len(self._plans[rule].kql))),
            )
            for rule, held in by_rule.items()
            if 0 in held
        }

    def _portion(
        self,
        batch: Batch | CarriedBatch,
        cells: Cells,
        every: Ints,
        found: Mapping[int, _Held],
        known: Ints | None,
    ) -> None:
        """Take some rows of a batch: all of them, and those of each rule."""
        found = {rule: held for rule, held in found.items() if len(held.rows)}
        times = cells.time[every]
        if isinstance(batch, CarriedBatch) or known is not None:
            numbers = every if known is None else known[every]
        else:
            numbers = self.places.add(batch, every.astype(np.int32), times)
        places = {rule: np.searchsorted(every, held.rows) for rule, held in found.items()}
        columns = _Columns(batch, cells, every, self._asked(places))
        for rule, held in found.items():
            at = places[rule]
            self.of(rule).add(
                [
                    pa.array(numbers[at]),
                    pa.array(times[at]),
                    *(columns.taken(ask, at) for ask in self._asks[rule]),
                    *(pa.array(np.isin(held.rows, query)) for query in held.queries),
                ]
            )

    def _asked(self, places: Mapping[int, Ints]) -> dict[_Ask, Ints]:
        """The columns that are asked for, each with the places of the rows that it is asked of."""
        by_ask: dict[_Ask, list[Ints]] = defaultdict(list)
        for rule, at in places.items():
            for ask in dict.fromkeys(self._asks[rule]):
                by_ask[ask].append(at)
        return {
            ask: parts[0] if len(parts) == 1 else np.unique(np.concatenate(parts))
            for ask, parts in by_ask.items()
        }

    def of(self, rule: int) -> Rows:
        """The rows of a plan."""
        rows = self.rows.get(rule)
        if rows is None:
            plan = self._plans[rule]
            source = plan.pipeline.source
            columns = source.columns if isinstance(source, Source) else ()
            rows = self.rows[rule] = Rows(columns, self._directory, str(rule), len(plan.kql))
        return rows


class _Columns:
    """The columns of some rows of a batch, made when they are first asked for.

    ``asked``: the places, among the rows, of those that each column is made for.
    """

    def __init__(
        self, batch: Batch | CarriedBatch, cells: Cells, rows: Ints, asked: Mapping[_Ask, Ints]
    ) -> None:
        self._batch = batch
        self._cells = cells
        self._rows = rows
        self._asked = asked
        self._made: dict[_Ask, pa.Array] = {}
        slots = sorted({slot for ask in asked for slot in ask.slots[:1]})
        self._pick = Pick(cells, rows, np.array(slots, np.int32))

    def taken(self, ask: _Ask, at: Ints) -> pa.Array:
        """A column's cells in the rows at some places."""
        among = self._asked[ask]
        made = self._made.get(ask)
        if made is None:
            made = self._made[ask] = self._make(ask, among)
        return made if len(among) == len(at) else made.take(pa.array(np.searchsorted(among, at)))

    def _make(self, ask: _Ask, among: Ints) -> pa.Array:
        if not ask.slots:
            return self._metadata(ask, among)
        if ask.type is Type.GEO_POINT:
            return self._points(ask, among)
        whole = len(among) == len(self._rows)
        picked = self._pick.of(ask.slots[0], None if whole else among)
        return column_of(ask.type, picked, multi=ask.multi, folded=ask.folded)

    def _metadata(self, ask: _Ask, among: Ints) -> pa.Array:
        batch, rows = self._batch, self._rows[among].tolist()
        stored = ARROW[ask.type]
        match ask.name:
            case "@timestamp":
                times = self._cells.time[self._rows[among]]
                return pa.array(times, stored, mask=times == NO_TIME)
            case "_source":
                texts = [batch.event(row).decode("utf-8", "replace") for row in rows]
                return pa.array(texts, stored)
            case "_id":
                ids = [(batch.identity(row) or ("", ""))[1] for row in rows]
                named = zip(ids, rows, strict=True)
                return pa.array([id_ or content_hash(batch.event(row)) for id_, row in named])
            case "_index":
                told = [(batch.identity(row) or ("",))[0] or None for row in rows]
                return pa.array(told, stored)
            case "_version":
                return pa.repeat(pa.scalar(1, stored), len(rows))
            case "_ignored":
                names = [ignored(batch.event(row)) for row in rows]
                return pa.array(names, pa.list_(stored) if ask.multi else stored)
            case _:
                return pa.nulls(len(rows), pa.list_(stored) if ask.multi else stored)

    def _points(self, ask: _Ask, among: Ints) -> pa.Array:
        """Points written as text, as arrays of longitude and latitude, or as objects.

        An object names latitude and longitude, or is GeoJSON with an array of coordinates.
        """
        column = Column(0, "", ask.type, multi=ask.multi)
        told = []
        for row in self._rows[among].tolist():
            whole, lats, lons, pair = (self._cells.values(row, slot) for slot in ask.slots)
            values: list[Scalar] = whole or pair
            if lats and lons:
                values = [f"{y},{x}" for y, x in zip(lats, lons, strict=False)]
            elif len(values) in (2, 3) and not any(isinstance(value, str) for value in values):
                values = [f"{values[1]},{values[0]}"]
            told.append(read_cell(column, values))
        stored = ARROW[ask.type]
        return pa.array(told, pa.list_(stored) if ask.multi else stored)


def _asks(plan: TablePlan, program: Program, unread: AbstractSet[int]) -> list[_Ask]:
    """What each column of a plan's source shows."""
    source = plan.pipeline.source
    columns = source.columns if isinstance(source, Source) else ()
    return [
        _ask(column, "" if column.id in unread else path, program.slot, unread)
        for column, path in zip(columns, plan.paths, strict=True)
    ]


def _ask(column: Column, path: str, slot: Callable[[str], int], unread: AbstractSet[int]) -> _Ask:
    name = column.name
    if name in _METADATA and column.id not in unread:
        return _Ask(name, (), column.type, column.multi)
    if not path:
        return _Ask("", (), column.type, column.multi)
    if column.type is Type.GEO_POINT:
        parts = path, f"{path}.lat", f"{path}.lon", f"{path}.coordinates"
        slots = tuple(map(slot, parts))
        return _Ask("", slots, column.type, column.multi)
    folded = name != path and name.endswith(".caseless")
    return _Ask("", (slot(path),), column.type, column.multi, folded)


def _between(rows: Ints, low: int, high: int) -> Ints:
    return rows[np.searchsorted(rows, low) : np.searchsorted(rows, high, side="right")]


def _portions(cells: Cells, rows: Ints) -> Iterator[Ints]:
    """The rows in parts whose values are not too many bytes, a row at the least."""
    before = np.concatenate([np.zeros(1, np.int64), np.cumsum(cells.length, dtype=np.int64)])
    sizes = before[cells.row_start[rows + 1]] - before[cells.row_start[rows]]
    if sizes.sum() <= _TOGETHER:
        yield rows
        return
    first, held = 0, 0
    for place, size in enumerate(sizes.tolist()):
        if held and held + size > _TOGETHER:
            yield rows[first:place]
            first, held = place, 0
        held += size
    yield rows[first:]
