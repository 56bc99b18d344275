"""Candidates of an ES|QL rule that wait for the ticks whose windows they are in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from tocsin.live.content import Longs


class Records:
    """Time, place, stage of the rule, and number of the index's name, of each hit."""

    def __init__(self) -> None:
        self._parts: list[tuple[Longs, ...]] = []
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, *columns: npt.NDArray[Any]) -> None:
        """Keep some."""
        self._parts.append(tuple(column.astype(np.int64) for column in columns))
        self._count += columns[0].size

    def all(self) -> tuple[Longs, ...]:
        """All that are kept, by column."""
        if len(self._parts) != 1:
            empty = tuple(np.empty(0, np.int64) for _ in range(4))
            parts = self._parts or [empty]
            self._parts = [tuple(map(np.concatenate, zip(*parts, strict=True)))]
        return self._parts[0]

    def forget(self, before: int) -> None:
        """No event before a time is asked for again."""
        columns = self.all()
        self._keep(columns[0] >= before)

    def bound(self, most: int) -> int:
        """Forget the earliest places beyond so many; how many."""
        over = len(self) - most
        if over <= 0:
            return 0
        columns = self.all()
        kept = np.zeros(len(self), np.bool_)
        kept[np.argsort(columns[1], kind="stable")[over + most // 8 :]] = True
        self._keep(kept)
        return over + most // 8

    def _keep(self, kept: npt.NDArray[np.bool_]) -> None:
        self._parts = [tuple(column[kept] for column in self.all())]
        self._count = int(np.count_nonzero(kept))
