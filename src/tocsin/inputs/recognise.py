"""Makes events of what a reader found: lists spread, hits opened, audit events converted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from tocsin.inputs.batch import padded
from tocsin.inputs.framing import AUDIT, marked_rows, marks
from tocsin.inputs.hits import opened
from tocsin.inputs.kubernetes import converted
from tocsin.inputs.minify import minified
from tocsin.inputs.spread import spread
from tocsin.inputs.wrapped import behind_header

if TYPE_CHECKING:
    from tocsin.inputs.batch import JsonBatch


def recognised(batch: JsonBatch) -> JsonBatch:
    """The batch with each row an event in the shape that rules expect.

    Costs next to nothing where a batch holds neither hits, nor lists, nor audit events.
    """
    batch = spread(batch) if len(batch) else batch
    if not len(batch):
        return batch
    seen = marks(batch.data, int(batch.starts[0]), int(batch.ends[-1]))
    if seen:
        batch = opened(batch)
    if seen & AUDIT:
        batch = _converted(batch, headers=True)
    return batch


def recognised_rows(batch: JsonBatch) -> tuple[list[int], JsonBatch]:
    """The rows in which a hit or an audit event may stand, and a batch of these, recognised.

    Rows stay rows: lists and search responses are left as they are. Costs next to nothing where a
    batch holds neither hits nor audit events.
    """
    seen = marked_rows(batch.data, batch.starts, batch.ends)
    rows = np.flatnonzero(seen)
    found = replace(
        batch,
        starts=batch.starts[rows],
        ends=batch.ends[rows],
        sources=batch.sources[rows],
        offsets=batch.offsets[rows],
        lines=batch.lines[rows],
    )
    if len(rows):
        found = opened(found, lists=False)
        if (seen & AUDIT).any():
            found = _converted(found)
    return rows.tolist(), found


def restored(raw: bytes) -> bytes:
    """The event of the bytes at a place, as `recognised` and `JsonBatch.event` gave it before."""
    if b"audit.k8" in raw or b'"auditID' in raw:  # the marks that `marks` looks for
        raw = converted(raw) or raw
    return minified(raw)


def _converted(batch: JsonBatch, *, headers: bool = False) -> JsonBatch:
    """The batch with its audit events converted; ``headers``: also those behind a line's header.

    The place of such an event is where it begins, so that it is found there again.
    """
    texts = [batch.raw(row) for row in range(len(batch))]
    offsets = batch.offsets
    changed = False
    for row in np.flatnonzero(marked_rows(batch.data, batch.starts, batch.ends) & AUDIT).tolist():
        line = texts[row]
        event = behind_header(line) if headers else line
        text = converted(event)
        if text is None:
            continue
        if len(event) < len(line):
            offsets = offsets.copy() if offsets is batch.offsets else offsets
            offsets[row] += len(line) - len(event)
        texts[row] = text
        changed = True
    if not changed:
        return batch
    ends = np.cumsum([len(text) for text in texts], dtype=np.int64)
    starts = np.concatenate([np.zeros(1, np.int64), ends[:-1]])
    return replace(batch, data=padded(texts), starts=starts, ends=ends, offsets=offsets)
