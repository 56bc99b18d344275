"""Events that are Python mappings, nested or dotted: turned into JSON text, batch by batch."""

from __future__ import annotations

import reprlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tocsin.inputs.batch import BYTES, ROWS, JsonBatch, padded
from tocsin.inputs.encode import NotRepresentableError, encode

if TYPE_CHECKING:
    from tocsin.inputs.report import Report


def mapping_batches(
    events: Iterable[Mapping[str, Any]], source: int, names: Sequence[str], report: Report
) -> Iterator[JsonBatch]:
    """The mappings in order; one that has no JSON form is rejected, by its number from 1."""
    texts: list[bytes] = []
    kept: list[Mapping[str, Any]] = []
    numbers: list[int] = []
    size = 0
    for number, event in enumerate(events):
        try:
            if not isinstance(event, Mapping):
                raise NotRepresentableError(f"not a mapping but {type(event).__name__}")  # noqa: TRY301
            text = encode(event)
        except NotRepresentableError as error:
            report.reject(names[source], number + 1, str(error), _shown(event))
            continue
        texts.append(text)
        kept.append(event)
        numbers.append(number)
        size += len(text)
        if len(texts) == ROWS or size >= BYTES:
            yield _batch(texts, kept, numbers, source, names)
            texts, kept, numbers, size = [], [], [], 0
    if texts:
        yield _batch(texts, kept, numbers, source, names)


def _batch(
    texts: list[bytes],
    kept: list[Mapping[str, Any]],
    numbers: list[int],
    source: int,
    names: Sequence[str],
) -> JsonBatch:
    ends = np.cumsum([len(text) for text in texts], dtype=np.int64)
    starts = np.concatenate([np.zeros(1, np.int64), ends[:-1]])
    offsets = np.array(numbers, dtype=np.int64)
    sources = np.full(len(texts), source, np.int32)
    return JsonBatch(
        padded(texts), starts, ends, sources, offsets, offsets + 1, names, objects=kept
    )


def _shown(event: object) -> bytes:
    """How an object looks, shortened; its own code may fail at that."""
    try:
        return reprlib.repr(event).encode(errors="replace")
    except Exception:  # noqa: BLE001 - any code may stand behind repr
        return type(event).__name__.encode()
