"""Puts the events of a list within an object in the object's place.

What `tocsin.inputs.listing` finds. A null in such a list stands for an event that a pipeline
dropped, and is left out; so are a document that a trial dropped, and one that was not found.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import orjson

from tocsin.inputs.answer import SEQUENCE, TIMESTAMP, members
from tocsin.inputs.envelope import value_end
from tocsin.inputs.expand import envelope_of, expanded, split
from tocsin.inputs.hits import present
from tocsin.inputs.listing import lists_near

if TYPE_CHECKING:
    import numpy.typing as npt

    from tocsin.columns.cells import Bytes
    from tocsin.inputs.batch import JsonBatch

    Ints = npt.NDArray[np.int64]
    Span = tuple[int, int]

_OBJECT, _LIST, _NULL = ord("{"), ord("["), ord("n")


def spread(batch: JsonBatch) -> JsonBatch:
    """The batch with the events of such lists in the place of the objects that hold them."""
    if batch.objects is not None:
        return batch
    found = np.empty(len(batch), np.int64)
    lists_near(batch.data, batch.starts, batch.ends, found)
    rows = np.flatnonzero(found >= 0).tolist()
    return expanded(batch, rows, partial(_elements, batch, found)) if rows else batch


def _elements(batch: JsonBatch, lists: Ints, row: int) -> tuple[Ints, Ints] | None:
    begin, end = int(lists[row]), int(batch.ends[row])
    array = (begin, int(value_end(batch.data, begin, end)))
    envelope = envelope_of(batch, row, array) if array[1] > 0 else None
    if envelope is None or any(_is_of_event(key) for key in envelope):
        return None
    found = split(batch.data, array)
    if found is None or (envelope.keys() <= SEQUENCE and present(batch.data, *found) is not None):
        return None
    starts, ends = entries(batch.data, *found)
    return (starts, ends) if len(starts) or len(envelope) == 1 else None


def _is_of_event(key: str) -> bool:
    """Whether an object with this member may be an event, whatever lists it has."""
    return key in (TIMESTAMP, "event") or key.startswith("event.")


def entries(data: Bytes, starts: Ints, ends: Ints) -> tuple[Ints, Ints]:
    """The events of the elements of such a list."""
    first = data[starts]
    spans = [
        span
        for kind, begin, end in zip(first.tolist(), starts.tolist(), ends.tolist(), strict=True)
        if (span := _entry(data, kind, begin, end)) is not None
    ]
    found = np.array(spans, np.int64).reshape(-1, 2)
    return found[:, 0].copy(), found[:, 1].copy()


def _entry(data: Bytes, kind: int, begin: int, end: int) -> Span | None:
    """Where an element's event stands; None if it has none."""
    if kind == _NULL and data[begin:end].tobytes() == b"null":
        return None
    if kind != _OBJECT:
        return begin, end
    key, at, behind = next(members(data, begin, end), ("", begin, end))
    if key == "doc" and data[at] == _OBJECT and behind > 0:
        return at, behind
    if key == "processor_results" and data[at] == _LIST and behind > 0:
        return _last(data, (at, behind), (begin, end))
    return None if key == "_index" and _is_absent(data, begin, end) else (begin, end)


def _is_absent(data: Bytes, begin: int, end: int) -> bool:
    """Whether a hit says that there is none."""
    for key, at, behind in members(data, begin, end):
        if key == "found":
            return data[at:behind].tobytes() == b"false"
    return False


def _last(data: Bytes, steps: Span, element: Span) -> Span | None:
    """The document behind the last step of a pipeline, None if it was dropped there."""
    found = split(data, steps)
    if found is None or not len(found[0]):
        return element
    begin, end = int(found[0][-1]), int(found[1][-1])
    for key, at, behind in members(data, begin, end):
        if key == "doc" and data[at] == _OBJECT and behind > 0:
            return at, behind
    try:
        step = orjson.loads(data[begin:end].tobytes())
    except orjson.JSONDecodeError:
        return element
    return None if isinstance(step, dict) and step.get("status") == "dropped" else element
