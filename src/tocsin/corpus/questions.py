"""Asks the stored events: how many, which, with which values.

questions = Questions(corpus)
questions.count(Question(((is_("process.name", "curl"),),), span=Span(since, until)))
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from heapq import nlargest

import orjson
import pyarrow as pa

from tocsin.alerts.paths import Fields
from tocsin.columns.cells import NO_TIME, Cells
from tocsin.corpus.answers import (
    Counted,
    Found,
    Looked,
    StoredEvent,
    ValueFound,
    ValuesFound,
)
from tocsin.corpus.parts import day_of, fresh, may_hold, sealed, uncovered
from tocsin.corpus.question import Question, predicate
from tocsin.corpus.span import Span
from tocsin.corpus.stored import Corpus
from tocsin.engine.remembering import indices
from tocsin.inputs.batch import JsonBatch
from tocsin.match.matcher import Matcher
from tocsin.plan.program import Program, compile_program
from tocsin.schema.values import text_of

SECONDS = 2.0
"""How long a question may take before what was found so far is the answer."""

HOSTS = ("host.name", "host.id")
"""What a host is told by: the first of these that an event has."""


class Questions:
    """Answers questions about what a corpus holds; any thread may ask.

    ``clock`` gives seconds from any beginning.
    """

    def __init__(self, corpus: Corpus, clock: Callable[[], float] = time.monotonic) -> None:
        self.corpus = corpus
        self._clock = clock

    def count(self, question: Question, seconds: float = SECONDS) -> Counted:
        """How many events are meant. Raises QueryError (`question.predicate`)."""
        look = _Look(self._clock() + seconds)
        return Counted(sum(len(rows) for _, _, _, rows in self._found(question, look)), look.told)

    def find(
        self,
        question: Question,
        most: int = 100,
        *,
        newest_first: bool = True,
        seconds: float = SECONDS,
    ) -> Found:
        """The first of the events that are meant, by time, then place. Raises QueryError."""
        look = _Look(self._clock() + seconds)
        total = 0
        kept: list[tuple[tuple[int, int], JsonBatch, int]] = []
        sign = 1 if newest_first else -1
        for batch, cells, _, rows in self._found(question, look):
            total += len(rows)
            more = [
                ((sign * int(cells.time[row]), sign * int(batch.offsets[row])), batch, row)
                for row in rows
            ]
            kept = nlargest(most, [*kept, *more], key=lambda one: one[0])
        events = tuple(_event(key, batch, row, sign) for key, batch, row in kept)
        return Found(events, total, look.told)

    def values(
        self, question: Question, name: str, most: int = 10, seconds: float = SECONDS
    ) -> ValuesFound:
        """The most frequent values of a field in the events that are meant. Raises QueryError."""
        look = _Look(self._clock() + seconds)
        events: Counter[str] = Counter()
        hosts: dict[str, set[str]] = {}
        times: dict[str, tuple[int, int]] = {}
        for batch, cells, _, rows in self._found(question, look):
            for row in rows:
                fields = Fields(orjson.loads(batch.event(row)))
                host = next((text_of(v) for one in HOSTS for v in fields(one)[:1]), None)
                at = int(cells.time[row])
                for value in {text_of(value) for value in fields(name)}:
                    events[value] += 1
                    if host is not None:
                        hosts.setdefault(value, set()).add(host)
                    if at != NO_TIME:
                        low, high = times.get(value, (at, at))
                        times[value] = min(low, at), max(high, at)
        ranked = sorted(events, key=lambda value: (-events[value], value))
        return ValuesFound(
            tuple(
                ValueFound(
                    value,
                    events[value],
                    len(hosts.get(value, ())),
                    *times.get(value, (None, None)),
                )
                for value in ranked[:most]
            ),
            max(0, len(ranked) - most),
            look.told,
        )

    def _found(
        self, question: Question, look: _Look
    ) -> Iterator[tuple[JsonBatch, Cells, Program, list[int]]]:
        """Batches with the rows that are meant."""
        condition = predicate(question)
        program = compile_program([condition], [()])
        matcher = Matcher(program)
        for batch in self._parts(question.span, look):
            cells = batch.cells(program.fields)
            hits = matcher.match(cells, indices(batch), batch.event)
            rows = [
                row
                for row in hits.row.tolist()
                if row not in cells.rejected and _inside(int(cells.time[row]), question.span)
            ]
            look.events += len(batch)
            yield batch, cells, program, rows
            if self._clock() > look.until:
                look.whole = False
                return

    def _parts(self, span: Span, look: _Look) -> Iterator[JsonBatch]:
        files = uncovered(self.corpus.archive)
        begin = max((file.end for file in files), default=0)
        yield from fresh(self.corpus.journal, max(begin, self.corpus.journal.begin))
        wanted = [file for file in files if may_hold(file, span)]
        for file in sorted(wanted, key=lambda file: (day_of(file) or 0, file.first), reverse=True):
            try:
                yield from sealed(file)
            except (OSError, pa.ArrowException):
                look.unread += 1
                look.whole = False
            look.since = day_of(file)


@dataclass(slots=True)
class _Look:
    """What a question looked at so far, and until when it may."""

    until: float
    whole: bool = True
    since: int | None = None
    events: int = 0
    unread: int = field(default=0)

    @property
    def told(self) -> Looked:
        return Looked(self.whole, None if self.whole else self.since, self.events, self.unread)


def _inside(at: int, span: Span) -> bool:
    if at == NO_TIME:
        return span == (None, None)
    return span.meets(at, at)


def _event(key: tuple[int, int], batch: JsonBatch, row: int, sign: int) -> StoredEvent:
    moment, place = sign * key[0], sign * key[1]
    index, name = batch.identity(row) or ("", "")
    source = orjson.loads(batch.event(row))
    return StoredEvent(None if moment == NO_TIME else moment, index, name, place, source)
