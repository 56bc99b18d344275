"""Records of hits that the watermark has not passed yet, by second of event time."""

from __future__ import annotations

import heapq
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from tocsin.match.openings import Ready

if TYPE_CHECKING:
    from collections.abc import Sequence

TYPES = (np.int64, np.int64, np.int32, np.uint64, np.int32)
_SPAN = 1000


def nothing() -> Ready:
    """No records."""
    return Ready._make(np.empty(0, kind) for kind in TYPES)


def together(parts: Sequence[Ready]) -> Ready:
    """Records of several parts."""
    if len(parts) == 1:
        return parts[0]
    return Ready._make(map(np.concatenate, zip(*parts, strict=True))) if parts else nothing()


class Waiting:
    """Takes records as they come and gives them in order of time, place and stage."""

    def __init__(self) -> None:
        self._parts: dict[int, list[Ready]] = {}
        self._spans: list[int] = []
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def passed(self, new: Ready, mark: int) -> Ready:
        """Take records; give all that are earlier than a time."""
        early = new.time < mark
        ready = [new.part(early)] if early.any() else []
        if not early.all():
            self._add(new.part(~early))
        while self._spans and self._spans[0] * _SPAN < mark:
            span = heapq.heappop(self._spans)
            whole = together(self._parts.pop(span))
            if (span + 1) * _SPAN <= mark:
                self._count -= whole.time.size
                ready.append(whole)
                continue
            early = whole.time < mark
            self._count -= int(np.count_nonzero(early))
            ready.append(whole.part(early))
            if not early.all():
                self._count -= int(np.count_nonzero(~early))
                self._add(whole.part(~early))
                break
        found = together(ready)
        return found.part(np.lexsort((found.stage, found.place, found.time)))

    def all(self) -> Ready:
        """All that waits, in no order."""
        return together([part for parts in self._parts.values() for part in parts])

    def restore(self, records: Ready) -> None:
        """Hold such records, and nothing else."""
        self._parts, self._spans, self._count = {}, [], 0
        if records.time.size:
            self._add(records)

    def _add(self, records: Ready) -> None:
        self._count += records.time.size
        spans = records.time // _SPAN
        if (spans[1:] < spans[:-1]).any():
            order = np.argsort(spans, kind="stable")
            records, spans = records.part(order), spans[order]
        edges = [0, *(np.flatnonzero(np.diff(spans)) + 1).tolist(), spans.size]
        for begin, end in pairwise(edges):
            span = int(spans[begin])
            if span not in self._parts:
                self._parts[span] = []
                heapq.heappush(self._spans, span)
            self._parts[span].append(records.part(slice(begin, end)))
