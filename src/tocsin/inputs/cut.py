"""Gives batches their size and their arrival numbers; results never depend on where it cuts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from tocsin.inputs.arrow_batch import ArrowBatch
from tocsin.inputs.batch import ROWS, JsonBatch, merged

AnyBatch: TypeAlias = JsonBatch | ArrowBatch

SMALL = 1 << 20
"""Batches below this many bytes are joined, so that many little files do not mean many batches."""


def numbered(batches: Iterable[AnyBatch], rows: int | None = None) -> Iterator[AnyBatch]:
    """The same events in batches of at most `rows`, with arrival numbers from 0."""
    arrived = 0
    for batch in _joined(_cut(batches, rows), ROWS if rows is None else rows):
        batch.first = arrived
        arrived += len(batch)
        yield batch


def _cut(batches: Iterable[AnyBatch], rows: int | None) -> Iterator[AnyBatch]:
    for batch in batches:
        # A file with columns is read in pieces that suit it.
        most = rows or (ROWS if isinstance(batch, JsonBatch) else len(batch))
        if len(batch) <= most:
            yield batch
        else:
            for begin in range(0, len(batch), most):
                yield batch.part(begin, min(begin + most, len(batch)))


def _joined(batches: Iterable[AnyBatch], most: int) -> Iterator[AnyBatch]:
    """Neighbours that are small become one batch."""
    waiting: list[JsonBatch] = []
    rows = size = 0
    for batch in batches:
        if not len(batch):
            continue
        if not isinstance(batch, JsonBatch):
            if waiting:
                yield merged(waiting)
                waiting, rows, size = [], 0, 0
            yield batch
            continue
        here = batch.size
        if waiting and (rows + len(batch) > most or size + here > SMALL):
            yield merged(waiting)
            waiting, rows, size = [], 0, 0
        waiting.append(batch)
        rows += len(batch)
        size += here
    if waiting:
        yield merged(waiting)
