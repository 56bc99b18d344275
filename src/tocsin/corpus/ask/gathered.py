"""The few events that can matter to a question about several, found by columns, as an input."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tocsin.corpus.answers import Looked
from tocsin.corpus.ask.asked import AT_ONCE, LEAST
from tocsin.corpus.ask.readable import Readable
from tocsin.corpus.column import Ints
from tocsin.corpus.fresh_part import GoneError
from tocsin.corpus.look import Look
from tocsin.corpus.part import Part
from tocsin.corpus.span import Span
from tocsin.inputs.batch import JsonBatch, padded
from tocsin.inputs.source import Events
from tocsin.plan.predicate import Predicate

if TYPE_CHECKING:
    from tocsin.columns.cells import FieldSet
    from tocsin.inputs.report import Report

MOST = 100_000
"""Events that are gathered; where more matter, all are read instead."""

SOME, MANY = 1_000, 4_000
"""Events that are read in any case, and those after which it is enough, where there is hurry."""

MOST_BYTES = 128 << 20
"""Bytes that they may have together."""

TOGETHER = 4_096
"""Events of a batch."""


class _Line(NamedTuple):
    place: int
    time: int
    stream: str
    id: str
    content: bytes


class Gathered(NamedTuple):
    """The events, and what was looked at to find them: all, or else since a time.

    None is outside the span that was asked for, or before that time.
    """

    events: Events
    looked: Looked


def gathered(
    readable: Readable,
    condition: Predicate,
    span: Span,
    clock: Callable[[], float],
    seconds: float,
    *,
    hurried: bool = False,
) -> Gathered | None:
    """The events of a span that satisfy a condition, in order of arrival.

    None if they are too many, or cannot be found in so many seconds. ``hurried``: after `AT_ONCE`
    the newest will do, once `LEAST` were looked at.
    """
    began = clock()
    look = Look(readable.stock, clock, began + seconds)
    pieces: list[tuple[Part, Ints]] = []

    def late() -> bool:
        return hurried and clock() - began > AT_ONCE and look.told.events >= LEAST

    def enough(_rest: int) -> bool:
        return late() or (hurried and found() > MANY)

    def found() -> int:
        return sum(len(rows) for _, rows in pieces)

    with suppress(FileNotFoundError, GoneError):
        for part, (rows,) in look.met([(span, condition)], enough, apart=hurried):
            pieces.append((part, rows))
            if found() > MOST:
                return None
        told = look.told
        if not told.whole and not (hurried and told.since is not None and not told.unread):
            return None
        lines, since = _read(pieces, late)
        if lines is None:
            return None
        if since is not None and (told.since is None or since > told.since):
            told = told._replace(whole=False, since=since)
        if told.since is not None:
            lines = [line for line in lines if line.time >= told.since]
        lines.sort(key=lambda line: line.place)
        return Gathered(Events([_Origin(lines)]), told)
    readable.stock.forget()
    return None


def _read(
    pieces: Sequence[tuple[Part, Ints]], late: Callable[[], bool]
) -> tuple[list[_Line] | None, int | None]:
    """The events, the newest first, and since when they are all of them: None: all are.

    None instead of events: they have too many bytes.
    """
    lines: list[_Line] = []
    size = 0
    for part, rows in pieces:
        if not len(rows):
            continue
        if len(lines) >= SOME and part.high is not None and not part.mixed and late():
            return lines, part.high + 1
        for line in _lines(part, rows):
            size += len(line.content)
            lines.append(line)
        if size > MOST_BYTES:
            return None, None
    return lines, None


def _lines(part: Part, rows: Ints) -> Iterator[_Line]:
    batch = part.batch(rows)
    times = part.times()[rows].tolist()
    for at, time in enumerate(times):
        index, name = batch.identity(at) or ("", "")
        yield _Line(int(batch.offsets[at]), time, index, name, bytes(batch.event(at)))


class _Origin:
    """Events in memory; an offset is a place in the journal."""

    name = "stored"
    spool = False
    size = None
    position = 0
    delivered = 0

    def __init__(self, lines: Sequence[_Line]) -> None:
        self._lines = lines

    def batches(
        self,
        number: int,
        names: Sequence[str],
        report: Report,  # noqa: ARG002
        fields: FieldSet | None,  # noqa: ARG002
    ) -> Iterator[JsonBatch]:
        """All of them."""
        for begin in range(0, len(self._lines), TOGETHER):
            some = self._lines[begin : begin + TOGETHER]
            ends = np.cumsum([len(line.content) for line in some], dtype=np.int64)
            named = any(line.stream or line.id for line in some)
            yield JsonBatch(
                padded([line.content for line in some]),
                np.concatenate([np.zeros(1, np.int64), ends[:-1]]),
                ends,
                np.full(len(some), number, np.int32),
                np.array([line.place for line in some], np.int64),
                np.arange(begin + 1, begin + len(some) + 1),
                names,
                identities=([line.stream for line in some], [line.id for line in some])
                if named
                else None,
            )

    def again(
        self,
        offsets: Sequence[int],
        report: Report,  # noqa: ARG002
    ) -> Iterator[tuple[int, bytes]]:
        """Some of them once more."""
        known = {line.place: line.content for line in self._lines}
        for offset in offsets:
            yield offset, known[offset]

    def release(self) -> None:
        """Nothing is held."""

    def given(self, offset: int) -> Mapping[str, Any] | None:  # noqa: ARG002
        """Nothing was made from a mapping."""
        return None
