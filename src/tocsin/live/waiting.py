"""Records of hits that the watermark has not passed yet, by second of event time."""

from __future__ import annotations

import heapq
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from tocsin.match.openings import Ready

if TYPE_CHECKING:
    Rows = npt.NDArray[Any]

TYPES = (np.int64, np.int64, np.int32, np.uint64, np.int32)
_ROW = np.dtype([*zip(Ready._fields, TYPES, strict=True)], align=True)
_SPAN = 1000


def nothing() -> Ready:
    """No records."""
    return Ready._make(np.empty(0, kind) for kind in TYPES)


class Waiting:
    """Takes records as they come and gives them in order of time, place and stage.

    They wait as rows of one array: such are cut and joined all columns at once.

    Parameters
    ----------
    most
        Records that wait at most; of more, those that would wait for longest are dropped.

    Attributes
    ----------
    evicted
        How many were dropped.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self.evicted = 0
        self._parts: dict[int, list[Rows]] = {}
        self._spans: list[int] = []
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def hold(self, new: Ready) -> None:
        """Take records."""
        if new.time.size:
            self._add(_rows(new))
            self._bound()

    def passed(self, new: Ready, mark: int) -> Ready:
        """Take records; give all that are earlier than a time."""
        rows = _rows(new)
        early = rows["time"] < mark
        ready = [rows[early]]
        if not early.all():
            self._add(rows[~early])
            self._bound()
        while self._spans and self._spans[0] * _SPAN < mark:
            span = heapq.heappop(self._spans)
            parts = self._parts.pop(span)
            self._count -= sum(map(len, parts))
            if (span + 1) * _SPAN <= mark:
                ready += parts
                continue
            whole = np.concatenate(parts)
            early = whole["time"] < mark
            ready.append(whole[early])
            if not early.all():
                self._add(whole[~early])
            break
        found = np.concatenate(ready)
        return _columns(found[np.lexsort((found["stage"], found["place"], found["time"]))])

    def all(self) -> Ready:
        """All that waits, in no order."""
        parts = [part for parts in self._parts.values() for part in parts]
        return _columns(np.concatenate(parts)) if parts else nothing()

    def restore(self, records: Ready) -> None:
        """Hold such records, and nothing else."""
        self._parts, self._spans, self._count = {}, [], 0
        if records.time.size:
            self._add(_rows(records))

    def _bound(self) -> None:
        while self._count > self._most:
            last = max(self._spans)
            self._spans.remove(last)
            heapq.heapify(self._spans)
            gone = sum(map(len, self._parts.pop(last)))
            self._count -= gone
            self.evicted += gone

    def _add(self, rows: Rows) -> None:
        self._count += len(rows)
        spans = rows["time"] // _SPAN
        if (spans[1:] < spans[:-1]).any():
            order = np.argsort(spans, kind="stable")
            rows, spans = rows[order], spans[order]
        edges = [0, *(np.flatnonzero(spans[1:] != spans[:-1]) + 1).tolist(), len(rows)]
        for begin, end in pairwise(edges):
            span = int(spans[begin])
            if span not in self._parts:
                self._parts[span] = []
                heapq.heappush(self._spans, span)
            self._parts[span].append(rows[begin:end])


def _rows(records: Ready) -> Rows:
    rows = np.empty(records.time.size, _ROW)
    for name, column in zip(Ready._fields, records, strict=True):
        rows[name] = column
    return rows


def _columns(rows: Rows) -> Ready:
    return Ready._make(np.ascontiguousarray(rows[name]) for name in Ready._fields)
