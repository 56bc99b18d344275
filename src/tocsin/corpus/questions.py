"""Asks the stored events: how many, which, with which values.

    questions = Questions(corpus)
    questions.count(Question(((is_("process.name", "curl"),),), span=Span(since, until)))

What columns of sealed events tell is asked of them; the few events of which they do not tell all
are read whole. An answer is always about the events as they are.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from heapq import nlargest
from itertools import islice
from typing import NamedTuple, TypeVar

import numpy as np
import orjson
import pyarrow as pa

from tocsin.columns.cells import NO_TIME
from tocsin.corpus.answers import Counted, Found, StoredEvent, ValuesFound
from tocsin.corpus.column import Ints
from tocsin.corpus.fresh_part import GoneError
from tocsin.corpus.look import Look
from tocsin.corpus.part import Part
from tocsin.corpus.question import Question, is_
from tocsin.corpus.sealed_part import SealedPart
from tocsin.corpus.span import ALWAYS
from tocsin.corpus.stock import COMMON, OFTEN, Stock
from tocsin.corpus.stored import Corpus
from tocsin.corpus.tally import Tally, ValueTally
from tocsin.corpus.whole_events import whole_events
from tocsin.journal.errors import JournalError

SECONDS = 2.0
"""How long a question may take before what was found so far is the answer."""

WARMING = 2.0
"""How long columns are read that nobody asked for yet, each time."""

TRIES = 3
"""How often a question is asked anew because files went away meanwhile."""

LATEST = 1 << 62
"""No time is farther from 1970 than this; one that there is not stands before all others."""

_Answer = TypeVar("_Answer")
_Key = tuple[int, int]


class Wanted(NamedTuple):
    """The first events, by time, then place, of those that a question means."""

    question: Question
    most: int = 100
    newest_first: bool = True

    @property
    def sign(self) -> int:
        """What times are multiplied with so that the first are the largest."""
        return 1 if self.newest_first else -1


class Questions:
    """Answers questions about what a corpus holds; any thread may ask.

    ``clock`` gives seconds from any beginning. All methods take ``seconds``, after which what was
    found so far is the answer (`Looked.whole`), the newest events having been looked at first.

    Raises
    ------
    QueryError
        From any method: the question makes no sense (`question.predicate`).
    """

    def __init__(self, corpus: Corpus, clock: Callable[[], float] = time.monotonic) -> None:
        self.corpus = corpus
        self._clock = clock
        self._stock = Stock(corpus, clock)

    @property
    def any(self) -> bool:
        """Whether any event is stored."""
        return self._stock.any

    def warm(self, seconds: float = WARMING) -> None:
        """Open files and load what asks them, the newest first, before somebody waits for it."""
        asked = [Question(((is_(name, "-"),),)) for name in COMMON]
        asked.append(Question(kql='process.name: *-* or destination.ip: "192.0.2.0/24"'))
        # where something is wrong, who asks next is told
        with suppress(OSError, JournalError, GoneError, pa.ArrowException):
            sealed = (one for one in self._stock.parts(ALWAYS) if isinstance(one, SealedPart))
            for part in islice(sealed, 1):
                part.batch(np.zeros(1, np.int64))
            self.counts(asked, seconds)
            until = self._clock() + seconds
            self._stock.warm(OFTEN, lambda: self._clock() > until)

    def count(self, question: Question, seconds: float = SECONDS) -> Counted:
        """How many events are meant, on how many hosts, and when."""
        return self.counts([question], seconds)[0]

    def counts(self, questions: Sequence[Question], seconds: float = SECONDS) -> list[Counted]:
        """The same for several questions, which is quicker than one after the other."""

        def work(look: Look) -> list[Counted]:
            tallies = [Tally() for _ in questions]
            for part, rows in look.found(questions):
                for tally, some in zip(tallies, rows, strict=True):
                    tally.add(part, some)
            return [tally.counted(look.told) for tally in tallies]

        return self._ask(work, seconds)

    def find(
        self,
        question: Question,
        most: int = 100,
        *,
        newest_first: bool = True,
        seconds: float = SECONDS,
    ) -> Found:
        """The first of the events that are meant, by time, then place; `most` of them."""
        return self.finds([Wanted(question, most, newest_first)], seconds)[0]

    def finds(self, wanted: Sequence[Wanted], seconds: float = SECONDS) -> list[Found]:
        """The same for several questions, which is quicker than one after the other."""

        def work(look: Look) -> list[Found]:
            totals = [0] * len(wanted)
            kept: list[list[tuple[_Key, Part, int]]] = [[] for _ in wanted]
            for part, several in look.found([one.question for one in wanted]):
                for number, (one, rows) in enumerate(zip(wanted, several, strict=True)):
                    if len(rows):
                        totals[number] += len(rows)
                        some = [*kept[number], *_first(part, rows, one)]
                        kept[number] = nlargest(one.most, some, key=lambda row: row[0])
            return [
                Found(tuple(_events(some, one)), total, look.told)
                for one, some, total in zip(wanted, kept, totals, strict=True)
            ]

        return self._ask(work, seconds)

    def values(
        self, question: Question, name: str, most: int = 10, seconds: float = SECONDS
    ) -> ValuesFound:
        """The most frequent values of a field in the events that are meant."""

        def work(look: Look) -> ValuesFound:
            tally = ValueTally(name)
            for part, (rows,) in look.found([question]):
                tally.add(part, rows)
            return tally.found(most, look.told)

        return self._ask(work, seconds)

    def _ask(self, work: Callable[[Look], _Answer], seconds: float) -> _Answer:
        until = self._clock() + seconds
        for left in reversed(range(TRIES)):
            look = Look(self._stock, self._clock, until)
            try:
                return work(look)
            except (FileNotFoundError, GoneError):
                # Files were put together, or events were sealed, since they were listed.
                self._stock.forget()
                if not left:
                    raise
        raise AssertionError


def _first(part: Part, rows: Ints, wanted: Wanted) -> list[tuple[_Key, Part, int]]:
    """The first events of a part, by what they are put in order by, the largest first."""
    times, places = part.times()[rows], part.places()[rows]
    sign = wanted.sign
    order = np.lexsort((sign * places, sign * np.maximum(times, -LATEST)))[::-1]
    return [
        ((sign * int(times[at]), sign * int(places[at])), part, int(rows[at]))
        for at in order[: wanted.most].tolist()
    ]


def _events(kept: Sequence[tuple[_Key, Part, int]], wanted: Wanted) -> Iterator[StoredEvent]:
    """The events themselves, in this order."""
    whole = whole_events([(part, row) for _, part, row in kept])
    for ((signed, _), _, _), (index, name, place, source) in zip(kept, whole, strict=True):
        at = wanted.sign * signed
        yield StoredEvent(None if at == NO_TIME else at, index, name, place, orjson.loads(source))
