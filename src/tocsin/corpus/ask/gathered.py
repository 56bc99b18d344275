"""The few events that can matter to a question about several, found by columns, as an input."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tocsin.corpus.answers import Looked
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

MOST_BYTES = 128 << 20
"""Bytes that they may have together."""

TOGETHER = 4_096
"""Events of a batch."""


class _Line(NamedTuple):
    place: int
    stream: str
    id: str
    content: bytes


class Gathered(NamedTuple):
    """The events, and what was looked at to find them."""

    events: Events
    looked: Looked


def gathered(
    readable: Readable,
    condition: Predicate,
    span: Span,
    clock: Callable[[], float],
    seconds: float,
) -> Gathered | None:
    """The events of a span that satisfy a condition, in order of arrival.

    None if they are too many, or cannot be found in so many seconds.
    """
    look = Look(readable.stock, clock, clock() + seconds)
    count = size = 0
    lines: list[_Line] = []
    pieces: list[tuple[Part, Ints]] = []
    with suppress(FileNotFoundError, GoneError):
        for part, (rows,) in look.met([(span, condition)]):
            count += len(rows)
            if count > MOST:
                return None
            if len(rows):
                pieces.append((part, rows))
        if not look.told.whole:
            return None
        for part, rows in pieces:
            for line in _lines(part, rows):
                size += len(line.content)
                lines.append(line)
            if size > MOST_BYTES:
                return None
        lines.sort(key=lambda line: line.place)
        return Gathered(Events([_Origin(lines)]), look.told)
    readable.stock.forget()
    return None


def _lines(part: Part, rows: Ints) -> Iterator[_Line]:
    batch = part.batch(rows)
    for at in range(len(rows)):
        index, name = batch.identity(at) or ("", "")
        yield _Line(int(batch.offsets[at]), index, name, bytes(batch.event(at)))


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
