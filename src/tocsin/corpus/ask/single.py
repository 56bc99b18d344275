"""Questions about single events: the newest first, and no more than it takes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from tocsin.columns.cells import NO_TIME
from tocsin.corpus.ask.asked import AT_ONCE, MOST_BYTES, Answer, Asked, Event, Looked
from tocsin.corpus.ask.planned import Planned
from tocsin.corpus.ask.readable import Batch, Readable
from tocsin.corpus.span import Span
from tocsin.engine.remembering import indices
from tocsin.match.matcher import Matcher
from tocsin.plan.predicate import Predicate
from tocsin.plan.program import compile_program

Ints = npt.NDArray[np.int64]


def events_of(
    readable: Readable,
    asked: Asked,
    planned: Planned,
    condition: Predicate,
    span: Span,
    clock: Callable[[], float],
) -> Answer:
    """The newest events that satisfy a condition, and how many do, as far as was looked."""
    began = clock()
    program = compile_program([condition], [asked.index])
    matcher = Matcher(program, routing="strict" if asked.index else "off")
    kept, looked, found = _Newest(planned.size), Looked(span=span), 0
    for batch in readable.newest(span):
        cells = batch.events.cells(program.fields)
        hits = matcher.match(cells, indices(batch.events), batch.events.event)
        rows = hits.row[_inside(cells.time[hits.row], span)].astype(np.int64)
        found += len(rows)
        looked.events += len(batch.events)
        kept.add(batch, rows, cells.time[rows])
        looked.since = batch.rest
        took = clock() - began
        enough = not asked.whole and took > AT_ONCE and kept.settled(batch.rest)
        if batch.rest is not None and (enough or took > asked.seconds):
            looked.whole = False
            break
    looked.unread = readable.unread
    return Answer(
        kept.events,
        found=found,
        exact=looked.whole and not looked.unread,
        looked=looked,
        seconds=clock() - began,
        notes=planned.notes,
    )


def _inside(times: Ints, span: Span) -> npt.NDArray[np.bool_]:
    fits = np.ones(len(times), np.bool_)
    if span.since is not None:
        fits &= times >= span.since
    if span.until is not None:
        fits &= (times <= span.until) & (times != NO_TIME)
    return fits


class _Newest:
    """The newest of events, by time, then place."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: list[tuple[int, int, Event]] = []

    def add(self, batch: Batch, rows: Ints, times: Ints) -> None:
        """Take those events of a batch that are among the newest."""
        if self.full:
            newer = times >= self._kept[-1][0]
            rows, times = rows[newer], times[newer]
        if len(rows) > self._size:
            order = np.lexsort((batch.events.offsets[rows], times))[-self._size :]
            rows, times = rows[order], times[order]
        more = []
        for row, at in zip(rows.tolist(), times.tolist(), strict=True):
            index, name = batch.events.identity(row) or ("", "")
            place = int(batch.events.offsets[row])
            time = None if at == NO_TIME else at
            more.append((at, place, Event(time, index, name, bytes(batch.events.event(row)))))
        if more:
            merged = sorted([*self._kept, *more], key=lambda one: one[:2], reverse=True)
            self._kept = merged[: self._size]

    @property
    def full(self) -> bool:
        """Whether there are as many as asked for."""
        return len(self._kept) >= max(self._size, 1)

    def settled(self, rest: int | None) -> bool:
        """Whether no event to come can be among them; ``rest``: how late those can be."""
        return self.full and (rest is None or self._kept[-1][0] > rest)

    @property
    def events(self) -> tuple[Event, ...]:
        """They, the newest first, in so many bytes as an answer may have."""
        found: list[Event] = []
        size = 0
        for _, _, event in self._kept:
            size += len(event.source)
            if size > MOST_BYTES and found:
                break
            found.append(event)
        return tuple(found)
