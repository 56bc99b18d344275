"""Run a plan's pipeline over its rows: all at once, or at each tick over the tick's own rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tocsin.languages.esql.typed import functions_in
from tocsin.plan.plan import TablePlan
from tocsin.tables.database import Database
from tocsin.tables.rows import Rows
from tocsin.tables.ticks import Ticks, portions, ticks_of
from tocsin.tables.translate import translate

_FETCHED: Final = 1024
_TOGETHER: Final = 200_000
"""Rows that are looked at in one statement, an event counting once for each tick that sees it."""


class Answer(NamedTuple):
    """A row of the result: the events it stands on, what names it apart from them, its cells."""

    events: tuple[int, ...]
    names: tuple[str | None, ...]
    cells: tuple[Any, ...]


class Lasting(NamedTuple):
    """A row that was there at each tick from ``first`` to ``last``, in its last state.

    ``events``: all it stood on at some tick. ``goes_on``: it may be there at later ticks, too.
    """

    first: int
    last: int
    events: frozenset[int]
    names: tuple[str | None, ...]
    cells: tuple[Any, ...]
    goes_on: bool = False


def answers(plan: TablePlan, rows: Rows, database: Database, now: int = 0) -> Iterator[Answer]:
    """The rows of the result over all events at once; ``now()`` is ``now``, in milliseconds."""
    statement = _prepared(plan, rows, database, ticking=False)
    database.connection.execute(
        f"CREATE OR REPLACE TEMP TABLE clock AS SELECT CAST({now} AS BIGINT) AS t"
    )
    for _, events, names, *cells in _fetched(database, statement):
        yield Answer(tuple(events), tuple(names), tuple(cells))


class Span(NamedTuple):
    """The ticks of a run, from one on (None: all) to before another one (None: all)."""

    begin: int | None = None
    end: int | None = None

    def holds(self, ticks: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Which of some ticks are among them."""
        after = np.ones(len(ticks), np.bool_) if self.begin is None else ticks >= self.begin
        return after if self.end is None else after & (ticks < self.end)


EVER: Final = Span()
"""All ticks."""


def lasting(
    plan: TablePlan,
    rows: Rows,
    database: Database,
    span: Span = EVER,
    earlier: Sequence[Lasting] = (),
) -> Iterator[Lasting]:
    """The rows of the result at all ticks, those that stay from tick to tick as one.

    ``earlier``: what went on when earlier ticks had passed; of two that are alike the first one
    first. What goes on after the span's end comes last.
    """
    moments = rows.moments
    ticks = ticks_of(moments, plan.interval, plan.low, plan.high)
    ticks = ticks.part(span.holds(ticks.at))
    ticks.changed[:1] = True
    statement = _prepared(plan, rows, database, ticking=True)
    clocked = any("now" in functions_in(step) for step in plan.pipeline.steps)
    asked = ticks.changed | clocked
    if plan.recent is not None:
        asked &= ticks.near(moments, plan.recent)
    ends = dict(zip(ticks.at.tolist(), ticks.at.tolist(), strict=True)) if clocked else _ends(ticks)
    states = _States(ends, plan.interval, earlier, grouped=plan.pipeline.aggregates)
    for at, found in _at_ticks(statement, ticks, asked, database):
        yield from states.tick(at, found)
    yield from states.finish(span.end)


class TickAnswers(NamedTuple):
    """What some ticks of a stream answer.

    ``at``: the rows of each tick that has any and that was asked, each row the tick, its events,
    its names, then its cells. ``ends``: for each tick the last one of these with the same answer.
    ``same``: whether the first of them has the answer of the tick just before it.
    """

    at: list[tuple[int, list[tuple[Any, ...]]]]
    ends: dict[int, int]
    same: bool


NO_ANSWERS = TickAnswers([], {}, same=False)


def between(
    plan: TablePlan, rows: Rows, database: Database, after: int | None, until: int
) -> TickAnswers:
    """The answers of the ticks after one up to another, both of which have been passed.

    ``rows``: of all events that are in the window of any of these ticks, ``after`` among them.
    """
    moments = rows.moments
    ticks = ticks_of(moments, plan.interval, plan.low, plan.high, until)
    chosen = ticks.at <= until
    if after is not None:
        chosen &= ticks.at > after
    ticks = ticks.part(chosen)
    clocked = any("now" in functions_in(step) for step in plan.pipeline.steps)
    asked = ticks.changed | clocked
    if plan.recent is not None:
        asked &= ticks.near(moments, plan.recent)
    ends = dict(zip(ticks.at.tolist(), ticks.at.tolist(), strict=True)) if clocked else _ends(ticks)
    same = bool(len(ticks.at)) and not ticks.changed[0] and not clocked
    statement = _prepared(plan, rows, database, ticking=True)
    return TickAnswers(list(_at_ticks(statement, ticks, asked, database)), ends, same)


def _at_ticks(
    statement: str, ticks: Ticks, asked: npt.NDArray[np.bool_], database: Database
) -> Iterator[tuple[int, list[tuple[Any, ...]]]]:
    """The ticks that have rows, with these."""
    for part in portions(ticks.events[asked], _TOGETHER):
        table = pa.table(
            {
                "t": ticks.at[asked][part],
                "low": ticks.low[asked][part],
                "high": ticks.high[asked][part],
            }
        )
        database.connection.register("ticks", table)
        at = -1
        found: list[tuple[Any, ...]] = []
        for row in _fetched(database, statement):
            if row[0] != at and found:
                yield at, found
                found = []
            at = row[0]
            found.append(row)
        if found:
            yield at, found


def _prepared(plan: TablePlan, rows: Rows, database: Database, *, ticking: bool) -> str:
    rows.register(database)
    kql = {text: f"q{number}" for number, (text, _) in enumerate(plan.kql)}
    return translate(plan.pipeline, database.patterns, ticking=ticking, kql=kql)


def _fetched(database: Database, statement: str) -> Iterator[tuple[Any, ...]]:
    cursor = database.cursor(statement)
    while some := cursor.fetchmany(_FETCHED):
        yield from some


class _State:
    """A row that is there since some tick."""

    __slots__ = ("cells", "events", "first", "last", "names")

    def __init__(self, first: int, names: tuple[str | None, ...]) -> None:
        self.first, self.names = first, names
        self.last = first
        self.events: set[int] = set()
        self.cells: tuple[Any, ...] = ()


class _States:
    """Follows rows from tick to tick.

    A group is known by what names it, an event's row by the event too, and both by their place
    among those of the same name. ``ends``: the last tick with the same answer, by tick.
    """

    def __init__(
        self, ends: dict[int, int], interval: int, earlier: Sequence[Lasting], *, grouped: bool
    ) -> None:
        self._interval = interval
        self._ends = ends
        self._grouped = grouped
        self._open: dict[tuple[Any, ...], _State] = {}
        seen: dict[tuple[Any, ...], int] = {}
        for each in earlier:
            state = _State(each.first, each.names)
            state.last, state.cells = each.last, each.cells
            state.events.update(each.events)
            self._open[self._key(tuple(sorted(each.events)), each.names, seen)] = state

    def _key(
        self, events: tuple[int, ...], names: tuple[str | None, ...], seen: dict[Any, int]
    ) -> tuple[Any, int]:
        """What a row is known by at its tick."""
        known = names if self._grouped else (events, names)
        place = seen[known] = seen.get(known, -1) + 1
        return known, place

    def tick(self, at: int, rows: Sequence[tuple[Any, ...]]) -> Iterator[Lasting]:
        """The rows of a tick; those that are gone since the last one."""
        seen: dict[tuple[Any, ...], int] = {}
        kept: dict[tuple[Any, ...], _State] = {}
        for _, events, names, *cells in rows:
            name = tuple(names)
            key = self._key(tuple(events), name, seen)
            state = self._open.pop(key, None)
            if state is not None and state.last + self._interval < at:
                yield _closed(state)
                state = None
            state = state or _State(at, name)
            state.last = self._ends[at]
            state.events.update(events)
            state.cells = tuple(cells)
            kept[key] = state
        yield from map(_closed, self._open.values())
        self._open = kept

    def finish(self, end: int | None) -> Iterator[Lasting]:
        """There are no more ticks before ``end``; None: nor after it."""
        for state in self._open.values():
            goes_on = end is not None and state.last + self._interval >= end
            yield _closed(state, goes_on=goes_on)
        self._open = {}


def _closed(state: _State, *, goes_on: bool = False) -> Lasting:
    events = frozenset(state.events)
    return Lasting(state.first, state.last, events, state.names, state.cells, goes_on)


def _ends(ticks: Ticks) -> dict[int, int]:
    """For each tick the last one that has the same events in its window, without a gap between."""
    ends: dict[int, int] = {}
    last = 0
    for at, changed in zip(
        reversed(ticks.at.tolist()), reversed(ticks.changed.tolist()), strict=True
    ):
        last = last or at
        ends[at] = last
        if changed:
            last = 0
    return ends
