"""``_index`` and ``_id`` of events that may be needed once the input has passed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from tocsin.columns.cells import Batch
from tocsin.match.records import places
from tocsin.match.spill import Spill

_LIMIT = 8 << 20


class Names:
    """Keeps the names of some events by where they stand; what is too much waits on disk."""

    def __init__(self, limit: int = _LIMIT) -> None:
        self._blocks = Spill((np.int64, np.int64, np.uint8), limit)
        self._spans: list[tuple[int, int, int]] = []
        """Of each block the source, and the first and the last offset."""

    def add(self, batch: Batch, rows: npt.NDArray[np.int32]) -> None:
        """Keep the names of some rows."""
        sources, offsets = places(batch, rows)
        parts: dict[int, list[tuple[int, bytes]]] = defaultdict(list)
        for row, source, offset in zip(
            rows.tolist(), sources.tolist(), offsets.tolist(), strict=True
        ):
            if (name := batch.identity(row)) is not None:
                parts[source].append((offset, "\0".join(name).encode()))
        for source, told in parts.items():
            at = np.array([offset for offset, _ in told], np.int64)
            ends = np.cumsum([len(text) for _, text in told], dtype=np.int64)
            text = np.frombuffer(b"".join(text for _, text in told), np.uint8)
            self._spans.append((source, int(at.min()), int(at.max())))
            self._blocks.add(at, ends, text)

    def of(self, wanted: Iterable[tuple[int, int]]) -> dict[tuple[int, int], tuple[str, str]]:
        """Index and id of those events that have any, by source and offset."""
        found: dict[tuple[int, int], tuple[str, str]] = {}
        if not self._spans:
            return found
        asked: dict[int, list[int]] = defaultdict(list)
        for source, offset in wanted:
            asked[source].append(offset)
        offsets = {source: np.unique(some) for source, some in asked.items()}
        for number, (source, first, last) in enumerate(self._spans):
            some = offsets.get(source)
            if some is None:
                continue
            some = some[np.searchsorted(some, first) : np.searchsorted(some, last, side="right")]
            if some.size:
                at, ends, text = self._blocks[number]
                _, rows, _ = np.intersect1d(at, some, return_indices=True)
                for row in rows.tolist():
                    begin = int(ends[row - 1]) if row else 0
                    index, _, name = text[begin : ends[row]].tobytes().decode().partition("\0")
                    found[source, int(at[row])] = index, name
        return found

    def close(self) -> None:
        """Forget everything."""
        self._blocks.close()
        self._spans.clear()
