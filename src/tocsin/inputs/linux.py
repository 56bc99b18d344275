"""Reads raw Linux audit logs: the events that their records make, as JSON.

The place of an event is its number among those of its log: to read events again, the log is read
and joined once more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import orjson

from tocsin.inputs.audit import AuditReader, documents
from tocsin.inputs.audit.records import Block
from tocsin.inputs.batch import BYTES, ROWS, JsonBatch, padded
from tocsin.inputs.lines import Lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tocsin.inputs.audit import AuditEvent
    from tocsin.inputs.report import Report
    from tocsin.inputs.stream import ByteStream


def audit_batches(
    stream: ByteStream, source: int, names: Sequence[str], report: Report, *, offset: int = 0
) -> Iterator[JsonBatch]:
    """The events of an audit log, each with the number of the line where it began."""
    text = bytearray()
    ends: list[int] = []
    lines: list[int] = []
    number = 0
    for events in _events(stream, source, names, report, offset):
        for event, document in zip(events, documents(events), strict=True):
            text += orjson.dumps(document)
            ends.append(len(text))
            lines.append(event.line)
            if len(ends) == ROWS or len(text) >= BYTES:
                yield _batch(text, ends, lines, number, source, names)
                number += len(ends)
                text, ends, lines = bytearray(), [], []
    if ends:
        yield _batch(text, ends, lines, number, source, names)


def _events(
    stream: ByteStream, source: int, names: Sequence[str], report: Report, offset: int
) -> Iterator[Sequence[AuditEvent]]:
    reader = AuditReader()
    for batch in Lines(stream, source, names, report, offset=offset).batches():
        if not len(batch):
            continue
        events = reader.take(Block(batch.data, batch.starts, batch.ends, batch.lines.tolist()))
        for reject in reader.rejects:
            report.reject(names[source], reject.number, reject.reason, reject.line)
        reader.rejects.clear()
        yield events
    yield reader.finish()


def _batch(
    text: bytearray,
    ends: list[int],
    lines: list[int],
    first: int,
    source: int,
    names: Sequence[str],
) -> JsonBatch:
    behind = np.array(ends, np.int64)
    return JsonBatch(
        padded([text]),
        np.concatenate([np.zeros(1, np.int64), behind[:-1]]),
        behind,
        np.full(len(ends), source, np.int32),
        np.arange(first, first + len(ends), dtype=np.int64),
        np.array(lines, np.int64),
        names,
    )
