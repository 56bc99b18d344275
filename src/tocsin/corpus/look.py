"""One look through the stored events, for some questions at a time, until the time is over."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pyarrow as pa

from tocsin.columns.cells import NO_TIME
from tocsin.corpus.answers import Looked
from tocsin.corpus.column import Ints, Mask
from tocsin.corpus.exact import Exact
from tocsin.corpus.part import Part
from tocsin.corpus.question import Question, predicate
from tocsin.corpus.span import ALWAYS, Span
from tocsin.corpus.stock import Stock
from tocsin.corpus.truth import Judge, reads_texts
from tocsin.plan.predicate import Predicate

Enough = Callable[[int], bool]
_NO_TIME: list[Ints] = []


class Look:
    """Goes through the parts of a stock.

    Attributes
    ----------
    told
        What was looked at so far.
    """

    def __init__(self, stock: Stock, clock: Callable[[], float], until: float) -> None:
        self._stock = stock
        self._clock = clock
        self._until = until
        self._judge = Judge()
        self.told = Looked()

    def found(self, questions: Sequence[Question]) -> Iterator[tuple[Part, list[Ints]]]:
        """Parts, and the rows of each that each question means.

        Raises
        ------
        QueryError
            A question makes no sense.
        FileNotFoundError, GoneError
            Something is not where it was: look again.
        """
        yield from self.met([(question.span, predicate(question)) for question in questions])

    def met(
        self,
        conditions: Sequence[tuple[Span, Predicate]],
        enough: Enough | None = None,
        *,
        apart: bool = False,
    ) -> Iterator[tuple[Part, list[Ints]]]:
        """The same for conditions, each within a span.

        Parameters
        ----------
        enough
            Whether no more is needed if all that is still to come is not later than a time; asked
            before each part.
        apart
            Look at small parts.
        """
        asked = [(span, condition, Exact(condition)) for span, condition in conditions]
        events = unread = 0
        span = _around([span for span, _ in conditions])
        apart = apart or any(reads_texts(condition) for _, condition in conditions)
        for part in self._stock.parts(span, apart=apart):
            done = (
                enough is not None
                and part is not None
                and part.high is not None
                and not part.mixed
                and enough(part.high)
            )
            # the newest part in any case: on a slow machine nothing would be known else
            rows = _NO_TIME if done else self._rows(part, asked, hurried=events + unread > 0)
            if rows is _NO_TIME:
                since = None if part is None or part.high is None else part.high + 1
                self.told = Looked(False, since, events, unread)
                return
            if part is None or rows is None:
                unread += 1
            else:
                part.release()
                yield part, rows
                events += part.rows
            self.told = Looked(not unread, None, events, unread)

    def _rows(
        self, part: Part | None, asked: Sequence[tuple[Span, Predicate, Exact]], *, hurried: bool
    ) -> list[Ints] | None:
        """The rows that each question means; None: it cannot be read. `_NO_TIME`: no time left."""
        found: list[Ints] = []
        for one in asked:
            if hurried and self._clock() > self._until:
                return _NO_TIME
            if part is None:
                return None
            try:
                found.append(self._of(part, *one))
            except FileNotFoundError:
                raise
            except (OSError, pa.ArrowException):
                return None
        return found

    def _of(self, part: Part, span: Span, condition: Predicate, exact: Exact) -> Ints:
        """The rows that one question means."""
        if part.low is not None and part.high is not None and not span.meets(part.low, part.high):
            return np.empty(0, np.int64)
        truth = self._judge.truth(condition, part)
        may = truth.may
        if span != ALWAYS and not _inside(part, span):
            may = may & _within(part.times(), span)
        sound = part.sound()
        if sound is not None:
            may = may & sound
        open_ = np.flatnonzero(may & ~truth.sure)
        if not open_.size:
            return np.flatnonzero(may)
        found = may & truth.sure
        found[open_[exact.holds(part, open_)]] = True
        return np.flatnonzero(found)


def _around(spans: Sequence[Span]) -> Span:
    """The span that holds all of these."""
    sinces = [span.since for span in spans]
    untils = [span.until for span in spans]
    return Span(
        None if None in sinces else min((at for at in sinces if at is not None), default=None),
        None if None in untils else max((at for at in untils if at is not None), default=None),
    )


def _inside(part: Part, span: Span) -> bool:
    """Whether all events of a part are in a span."""
    if part.low is None or part.high is None:
        return False
    return (span.since is None or span.since <= part.low) and (
        span.until is None or part.high <= span.until
    )


def _within(times: Ints, span: Span) -> Mask:
    found = times != NO_TIME
    if span.since is not None:
        found &= times >= span.since
    if span.until is not None:
        found &= times <= span.until
    return found
