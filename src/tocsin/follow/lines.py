"""Whole lines of JSON as events: hits opened, Kubernetes audit events converted, the rest judged.

A line is judged by the very scanner that reads it for the rules, so that what is refused here is
what would be refused there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tocsin.columns.cells import NO_TIME, FieldSet
from tocsin.columns.problem import UNTIMED
from tocsin.inputs.batch import JsonBatch
from tocsin.inputs.framing import PADDING, split_lines
from tocsin.inputs.recognise import recognised

if TYPE_CHECKING:
    from tocsin.follow.taken import Name
    from tocsin.inputs.report import RejectHook

NOTHING = FieldSet(())


def events_of(
    text: bytes, source: str, line: int, reject: RejectHook
) -> tuple[list[bytes], list[Name]]:
    """The events of whole lines, and what the lines call them.

    Parameters
    ----------
    text
        Lines, the last with its newline too.
    source, line
        Where they stand: for rejects.
    """
    data = np.frombuffer(bytearray(text + bytes(PADDING)), np.uint8)
    most = text.count(b"\n")
    starts, ends, lines = (np.empty(most, np.int64) for _ in range(3))
    count, _, _ = split_lines(data, 0, len(text), line, starts, ends, lines)
    if not count:
        return [], []
    sources = np.zeros(count, np.int32)
    found = recognised(
        JsonBatch(
            data, starts[:count], ends[:count], sources, starts[:count], lines[:count], (source,)
        )
    )
    return _judged(found, source, reject)


def _judged(batch: JsonBatch, source: str, reject: RejectHook) -> tuple[list[bytes], list[Name]]:
    cells = batch.cells(NOTHING)
    refused = dict(cells.rejected)
    for row in np.flatnonzero(cells.time == NO_TIME).tolist():
        refused.setdefault(row, UNTIMED)
    for row, reason in sorted(refused.items()):
        reject(source, batch.line(row)[1], reason, batch.raw(row))
    rows = [row for row in range(len(batch)) if row not in refused]
    return list(batch.events(rows)), [batch.identity(row) or ("", "") for row in rows]
