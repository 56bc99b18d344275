"""Questions about single events: the newest first, and no more than it takes.

What columns tell is asked of them, as `tocsin.corpus.questions` does; the events that are shown are
read at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from tocsin.columns.cells import NO_TIME
from tocsin.corpus.ask.asked import AT_ONCE, LEAST, MOST_BYTES, Answer, Asked, Event, Looked
from tocsin.corpus.ask.planned import Planned
from tocsin.corpus.ask.readable import Readable
from tocsin.corpus.fresh_part import GoneError
from tocsin.corpus.look import Look
from tocsin.corpus.part import Part
from tocsin.corpus.span import Span
from tocsin.corpus.whole_events import whole_events
from tocsin.engine.remembering import indices
from tocsin.match.matcher import Matcher
from tocsin.plan.passes import TRUE
from tocsin.plan.predicate import Predicate
from tocsin.plan.program import compile_program

TRIES = 3
"""How often a question is asked anew because files went away meanwhile."""

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
    for left in reversed(range(TRIES)):
        try:
            return _answer(readable, asked, planned, condition, span, clock)
        except (FileNotFoundError, GoneError):
            # files were put together, or events were sealed, since they were listed
            readable.stock.forget()
            if not left:
                raise
    raise AssertionError


def _answer(
    readable: Readable,
    asked: Asked,
    planned: Planned,
    condition: Predicate,
    span: Span,
    clock: Callable[[], float],
) -> Answer:
    began = clock()
    kept, found = _Newest(planned.size), 0
    indexed = _Indexed(asked.index) if asked.index else None
    look = Look(readable.stock, clock, began + asked.seconds)

    def enough(rest: int) -> bool:
        if asked.whole or clock() - began <= AT_ONCE:
            return False
        return kept.settled(rest) or look.told.events >= LEAST

    for part, (rows,) in look.met([(span, condition)], enough):
        some = rows if indexed is None or not len(rows) else indexed.among(part, rows)
        if len(some):
            found += len(some)
            kept.add(part, some)
    events = tuple(kept.events())
    told = look.told
    looked = Looked(told.events, told.whole, told.since, span, told.unread)
    return Answer(
        events,
        found=found,
        exact=looked.whole,
        looked=looked,
        seconds=clock() - began,
        notes=planned.notes,
    )


class _Indexed:
    """Finds the events that stand in an index of some patterns."""

    def __init__(self, patterns: tuple[str, ...]) -> None:
        self._program = compile_program([TRUE], [patterns])
        self._matcher = Matcher(self._program, routing="strict")

    def among(self, part: Part, rows: Ints) -> Ints:
        """Those of some rows of a part, which rise."""
        batch = part.batch(rows)
        cells = batch.cells(self._program.fields)
        found: Ints = rows[self._matcher.match(cells, indices(batch), batch.event).row]
        return found


class _Newest:
    """The newest of events, by time, then place; they are read at the end."""

    def __init__(self, size: int) -> None:
        self._size = max(size, 1)
        self._kept: list[tuple[int, int, Part, int]] = []

    def add(self, part: Part, rows: Ints) -> None:
        """Take those events of a part that are among the newest."""
        times, places = part.times()[rows], part.places()[rows]
        if self.full:
            newer = times >= self._kept[-1][0]
            rows, times, places = rows[newer], times[newer], places[newer]
        order = np.lexsort((places, times))[::-1][: self._size]
        more = [(int(times[at]), int(places[at]), part, int(rows[at])) for at in order.tolist()]
        if more:
            merged = sorted([*self._kept, *more], key=lambda one: one[:2], reverse=True)
            self._kept = merged[: self._size]

    @property
    def full(self) -> bool:
        """Whether there are as many as asked for."""
        return len(self._kept) >= self._size

    def settled(self, rest: int) -> bool:
        """Whether no event that is not later than a time can be among them."""
        return self.full and self._kept[-1][0] > rest

    def events(self) -> Iterator[Event]:
        """They, the newest first, in so many bytes as an answer may have."""
        whole = whole_events([(part, row) for _, _, part, row in self._kept])
        size = 0
        for (at, *_), (index, name, _, source) in zip(self._kept, whole, strict=True):
            size += len(source)
            if size > MOST_BYTES and size > len(source):
                return
            yield Event(None if at == NO_TIME else at, index, name, source)
