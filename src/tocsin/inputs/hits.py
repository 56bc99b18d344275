"""Takes events out of what Elasticsearch exports: hits, whole search responses, event lists.

A hit is an object with ``_source`` (else ``fields`` together with ``_index`` or ``_id``): the event
is that inner object. A search response, ``{"hits": {"hits": […]}}``, is as many hits as it holds,
and so are other answers (see `tocsin.inputs.answer`). The list that a Kubernetes API server sends,
``{"kind": "EventList", "items": […]}``, is as many events, and so are lists of what clouds wrap
around audit events (`tocsin.inputs.wrapped`). An event that itself has ``_index`` or ``_id`` stays
as it is. An envelope that is not sound JSON is left to the scanner, which rejects the line.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from tocsin.inputs import envelope as look
from tocsin.inputs.answer import SEQUENCE, TIMESTAMP, is_event_list, list_inside
from tocsin.inputs.expand import envelope_of, expanded, split
from tocsin.inputs.framing import AUDIT, marks
from tocsin.inputs.wrapped import writer_of

if TYPE_CHECKING:
    import numpy.typing as npt

    from tocsin.columns.cells import Bytes
    from tocsin.inputs.batch import Identities, JsonBatch

    Ints = npt.NDArray[np.int64]
    Span = tuple[int, int]

DEEPEST = 3
"""Lists in lists: answers, sequences in one of them, events of one of these."""


def opened(batch: JsonBatch, *, lists: bool = True) -> JsonBatch:
    """The events inside the hits, responses and lists of a batch; other rows as they are.

    Without ``lists`` responses and lists stay as they are, too: each row is one event.
    """
    table, verdicts = _looked(batch.data, batch.starts, batch.ends)
    if not verdicts.any():
        return batch
    for _ in range(DEEPEST if lists and batch.objects is None else 0):
        holding = (table[:, 2 * look.HITS :: 2] >= 0).any(axis=1)
        wider = expanded(batch, np.flatnonzero(holding).tolist(), partial(_elements, batch, table))
        if wider is batch:
            break
        batch = wider
        table, verdicts = _looked(batch.data, batch.starts, batch.ends)
    return _unwrapped(batch, table, verdicts)


def listed(batch: JsonBatch, most: int) -> tuple[Ints, Ints] | None:
    """The spans of the items of the list of audit events that the only row is; None if it is none.

    Raises TooManyError if they are more than ``most``.
    """
    table, _ = _looked(batch.data, batch.starts, batch.ends)
    array = _spans(table[0])[look.ITEMS]
    if array is None:
        return None
    envelope = envelope_of(batch, 0, array)
    if envelope is None or not is_event_list(envelope):
        return None
    return split(batch.data, array, most)


def _looked(data: Bytes, starts: Ints, ends: Ints) -> tuple[Ints, Ints]:
    table = np.empty((len(starts), 2 * look.COLUMNS), np.int64)
    verdicts = np.empty(len(starts), np.int64)
    look.envelopes(data, starts, ends, table, verdicts)
    return table, verdicts


def _unwrapped(batch: JsonBatch, table: Ints, verdicts: Ints) -> JsonBatch:
    sources, fields = (
        table[:, 2 * column : 2 * column + 2] for column in (look.SOURCE, look.FIELDS)
    )
    named = (table[:, 2 * look.INDEX] >= 0) | (table[:, 2 * look.ID] >= 0)
    inner = np.where((sources[:, 0] >= 0)[:, None], sources, fields)
    inner[(sources[:, 0] < 0) & ~named] = -1
    identities = _identities(batch, table, named & (verdicts == look.SOUND))
    for row in np.flatnonzero(verdicts == look.ODD).tolist():
        begin, end = inner[row].tolist()
        envelope = envelope_of(batch, row, (begin, end) if begin >= 0 else None)
        if envelope is None:
            inner[row] = -1
            continue
        identities[0][row], identities[1][row] = _named(envelope, "_index"), _named(envelope, "_id")
    opened = inner[:, 0] >= 0
    starts = np.where(opened, inner[:, 0], batch.starts)
    ends = np.where(opened, inner[:, 1], batch.ends)
    offsets = batch.offsets if batch.objects is not None else batch.offsets + starts - batch.starts
    found = identities if any(identities[0]) or any(identities[1]) else None
    return replace(batch, starts=starts, ends=ends, offsets=offsets, identities=found)


def _identities(batch: JsonBatch, table: Ints, simple: npt.NDArray[np.bool_]) -> Identities:
    """``_index`` and ``_id`` of the rows in which they are simple strings, else empty."""
    text = batch.data.tobytes() if simple.any() else b""
    index, behind_index, name, behind_name = (
        np.where(simple, table[:, column], -1).tolist() for column in range(2 * look.SOURCE)
    )
    return (
        [text[begin:end].decode() for begin, end in zip(index, behind_index, strict=True)],
        [text[begin:end].decode() for begin, end in zip(name, behind_name, strict=True)],
    )


def _spans(row: Ints) -> list[Span | None]:
    """A row of the table as spans."""
    ends = row.tolist()
    return [
        (ends[column], ends[column + 1]) if ends[column] >= 0 else None
        for column in range(0, len(ends), 2)
    ]


def _named(envelope: dict[str, Any], key: str) -> str:
    value = envelope.get(key)
    return value if isinstance(value, str) else ""


def _elements(batch: JsonBatch, table: Ints, row: int) -> tuple[Ints, Ints] | None:
    """The elements of the list that a row is, None if it is none."""
    data, end = batch.data, int(batch.ends[row])
    items = _spans(table[row])[look.ITEMS]
    inside = list_inside(data, int(batch.starts[row]), end)
    array = (inside[0] - 1, int(look.value_end(data, inside[0] - 1, end))) if inside else items
    envelope = envelope_of(batch, row, array) if array is not None else None
    if array is None or envelope is None or TIMESTAMP in envelope:
        return None
    found = split(data, array)
    if found is None or (array == items and is_event_list(envelope)):
        return found
    if _are_entries(data, int(batch.starts[row]), end, found):
        return found
    if array == items:
        return None
    if envelope.keys() <= SEQUENCE:
        return present(data, *found)
    if len(found[0]):
        _, verdicts = _looked(data, found[0][:1], found[1][:1])
        return found if verdicts[0] else None
    inner = [envelope, *(each for each in envelope.values() if isinstance(each, dict))]
    return found if any("took" in each or "_shards" in each for each in inner) else None


def _are_entries(data: Bytes, begin: int, end: int, found: tuple[Ints, Ints]) -> bool:
    """Whether the elements of a list in an object are entries of a log, with audit events."""
    if not len(found[0]) or not marks(data, begin, end) & AUDIT:
        return False
    try:
        first = orjson.loads(data[found[0][0] : found[1][0]].tobytes())
    except orjson.JSONDecodeError:
        return False
    return isinstance(first, dict) and writer_of(first) != ""


def present(data: Bytes, starts: Ints, ends: Ints) -> tuple[Ints, Ints] | None:
    """The events of a sequence that are there: a missing one has an empty name. None for others."""
    table, _ = _looked(data, starts, ends)
    index, name = (table[:, 2 * each : 2 * each + 2] for each in (look.INDEX, look.ID))
    if not len(table) or (index[:, 0] < 0).any() or (name[:, 0] < 0).any():
        return None
    there = (index[:, 0] < index[:, 1]) | (name[:, 0] < name[:, 1])
    return starts[there], ends[there]
