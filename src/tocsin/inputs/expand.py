"""Puts what stands inside the rows of a batch in their place."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from tocsin.inputs.batch import ROWS
from tocsin.inputs.framing import CLOSED, FULL, new_state, split_values

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from tocsin.columns.cells import Bytes
    from tocsin.inputs.batch import JsonBatch

    Ints = npt.NDArray[np.int64]
    Span = tuple[int, int]

NEWLINE = 0x0A


class TooManyError(ValueError):
    """A list has more elements than are asked for."""


def envelope_of(batch: JsonBatch, row: int, inner: Span | None) -> dict[str, Any] | None:
    """The object without its inner part, None if it is not sound JSON."""
    begin, end = int(batch.starts[row]), int(batch.ends[row])
    cut, behind = inner if inner is not None else (end, end)
    text = batch.data[begin:cut].tobytes() + batch.data[behind:end].tobytes()
    if inner is not None:
        text = text[: cut - begin] + b"0" + text[cut - begin :]
    try:
        found: dict[str, Any] = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return found


def expanded(
    batch: JsonBatch, rows: list[int], elements: Callable[[int], tuple[Ints, Ints] | None]
) -> JsonBatch:
    """The batch with each of the rows that is a list replaced by the elements of the list.

    ``elements``: the spans of what a row holds, None for one that is no list.
    """
    columns = (batch.starts, batch.ends, batch.offsets, batch.lines, batch.sources)
    pieces: list[tuple[npt.NDArray[Any], ...]] = []
    last = 0
    for row in rows:
        found = elements(row)
        if found is None:
            continue
        starts, ends = found
        begin = int(batch.starts[row])
        breaks = np.flatnonzero(batch.data[begin : batch.ends[row]] == NEWLINE)
        before = tuple(column[last:row] for column in columns)
        offsets = starts - begin + batch.offsets[row]
        lines = batch.lines[row] + np.searchsorted(breaks, starts - begin)
        sources = np.full(len(starts), batch.sources[row], np.int32)
        pieces += [before, (starts, ends, offsets, lines, sources)]
        last = row + 1
    if not last:
        return batch
    pieces.append(tuple(column[last:] for column in columns))
    starts, ends, offsets, lines, sources = (
        np.concatenate(parts) for parts in zip(*pieces, strict=True)
    )
    return replace(batch, starts=starts, ends=ends, offsets=offsets, lines=lines, sources=sources)


def split(data: Bytes, array: Span, most: int = sys.maxsize) -> tuple[Ints, Ints] | None:
    """The elements of an array, None if it is broken; TooManyError for more than ``most``."""
    state = new_state(1)
    at, why = array[0] + 1, FULL
    parts: list[tuple[Ints, Ints]] = []
    found = 0
    while why == FULL:
        starts, ends = np.empty(ROWS, np.int64), np.empty(ROWS, np.int64)
        count, at, why = split_values(data, at, array[1], state, starts, ends)
        parts.append((starts[:count], ends[:count]))
        found += count
        if found > most:
            raise TooManyError(f"a list has at most {most:,} events")
    if why != CLOSED or at != array[1]:
        return None
    return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])
