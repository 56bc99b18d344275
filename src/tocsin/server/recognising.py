"""Hits and raw Kubernetes audit events among the events of a body, as a scan recognises them.

Whatever a file of the same documents would become, they become here, so that the same alerts
follow. What a request says of index and id holds before what a hit says of itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tocsin.inputs.batch import JsonBatch
from tocsin.inputs.expand import TooManyError
from tocsin.inputs.framing import PADDING
from tocsin.inputs.hits import listed
from tocsin.inputs.kubernetes import converted
from tocsin.inputs.minify import minified
from tocsin.inputs.recognise import recognised_rows
from tocsin.server.refusal import bad_request, too_large

if TYPE_CHECKING:
    import numpy.typing as npt

    from tocsin.columns.cells import Bytes

    Ints = npt.NDArray[np.int64]

MOST_LISTED = 100_000
"""Events in a list; API servers send 400 at a time unless they are told otherwise."""

OPENING, CLOSING = b"{}"
NO_LIST = "neither an EventList of audit.k8s.io nor one of its events"


@dataclass(frozen=True, slots=True)
class Inner:
    """The event of a document, and what the document calls it; empty where it does not say."""

    line: bytes
    index: str
    id: str


def inner_events(data: Bytes, starts: Ints, ends: Ints) -> dict[int, Inner]:
    """Of spans that hold hits or audit events: by their number, what stands for them.

    ``data`` is readable for `PADDING` bytes beyond the last span.
    """
    starts, ends = _trimmed(data, starts, ends)
    rows, batch = recognised_rows(_batch(data, starts, ends))
    found = {}
    for place, row in enumerate(rows):
        index, name = batch.identity(place) or ("", "")
        found[row] = Inner(batch.event(place), index, name)
    return found


def audit_events(body: bytes, longest: int) -> list[tuple[bytes, bool]]:
    """The events of the list that an API server posts, and whether each is an audit event.

    Those that are none, or have more than ``longest`` bytes, are as they came.

    Raises
    ------
    RefusedError
        The body is no such list, nor a single audit event (400), or it has too many (413).
    """
    text = body.strip()
    data = np.frombuffer(text + bytes(PADDING), np.uint8)
    try:
        spans = listed(
            _batch(data, np.zeros(1, np.int64), np.array([len(text)], np.int64)), MOST_LISTED
        )
    except TooManyError as error:
        raise too_large(str(error)) from None
    if spans is not None:
        starts, ends = (span.tolist() for span in spans)
        items = [text[begin:end] for begin, end in zip(starts, ends, strict=True)]
        return [_audit_event(item, longest) for item in items]
    only, known = _audit_event(text, longest)
    if not known:
        raise bad_request(NO_LIST)
    return [(only, known)]


def _audit_event(item: bytes, longest: int) -> tuple[bytes, bool]:
    event = converted(item) if len(item) <= longest else None
    return minified(item if event is None else event), event is not None


def _trimmed(data: Bytes, starts: Ints, ends: Ints) -> tuple[Ints, Ints]:
    """The spans without the white space around what is in them."""
    odd = (data[starts] != OPENING) | (data[ends - 1] != CLOSING)
    starts, ends = starts.copy(), ends.copy()
    for row in np.flatnonzero(odd).tolist():
        text = data[starts[row] : ends[row]].tobytes()
        starts[row] += len(text) - len(text.lstrip())
        ends[row] -= len(text) - len(text.rstrip())
    return starts, np.maximum(starts, ends)


def _batch(data: Bytes, starts: Ints, ends: Ints) -> JsonBatch:
    count = len(starts)
    return JsonBatch(
        data, starts, ends, np.zeros(count, np.int32), starts, np.ones(count, np.int64), ("",)
    )
