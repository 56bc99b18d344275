"""``_index`` and ``_id`` of events that may be needed once the input has passed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tocsin.columns.cells import Batch
from tocsin.match.spill import Spill

_LIMIT = 8 << 20


class Names:
    """Keeps the names of some events by arrival number; what is too much waits on disk."""

    def __init__(self, limit: int = _LIMIT) -> None:
        self._blocks = Spill((np.int64, np.int64, np.uint8), limit)

    def add(self, batch: Batch, rows: Sequence[int]) -> None:
        """Keep the names of some rows, ascending."""
        given = [(row, batch.identity(row)) for row in rows]
        told = [(row, "\0".join(name).encode()) for row, name in given if name is not None]
        if told:
            ends = np.cumsum([len(text) for _, text in told], dtype=np.int64)
            arrivals = np.array([row for row, _ in told], np.int64) + batch.first
            text = b"".join(text for _, text in told)
            self._blocks.add(arrivals, ends, np.frombuffer(text, np.uint8))

    def of(self, arrivals: npt.NDArray[np.int64]) -> dict[int, tuple[str, str]]:
        """Index and id of those that have any, by arrival number."""
        found: dict[int, tuple[str, str]] = {}
        wanted = np.unique(arrivals)
        for known, ends, text in self._blocks if wanted.size else ():
            _, at, _ = np.intersect1d(known, wanted, assume_unique=True, return_indices=True)
            for place in at.tolist():
                begin = int(ends[place - 1]) if place else 0
                index, _, name = text[begin : ends[place]].tobytes().decode().partition("\0")
                found[int(known[place])] = index, name
        return found

    def close(self) -> None:
        """Forget everything."""
        self._blocks.close()
