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

    def __len__(self) -> int:
        return sum(part[0].size for part in self._parts)

    def add(self, *columns: npt.NDArray[Any]) -> None:
        """Keep some."""
        self._parts.append(tuple(column.astype(np.int64) for column in columns))

    def all(self) -> tuple[Longs, ...]:
        """All that are kept, by column."""
        if len(self._parts) != 1:
            empty = tuple(np.empty(0, np.int64) for _ in range(4))
            parts = self._parts or [empty]
            self._parts = [tuple(map(np.concatenate, zip(*parts, strict=True)))]
        return self._parts[0]

    @property
    def lowest(self) -> int | None:
        """The first place; None if there is none."""
        return min((int(part[1].min()) for part in self._parts if part[1].size), default=None)

    def forget(self, before: int) -> None:
        """No event before a time is asked for again."""
        columns = self.all()
        kept = columns[0] >= before
        self._parts = [tuple(column[kept] for column in columns)]

    def bound(self, most: int) -> int:
        """Forget the earliest places beyond so many; how many."""
        over = len(self) - most
        if over <= 0:
            return 0
        columns = self.all()
        kept = np.sort(np.argsort(columns[1], kind="stable")[over + most // 8 :])
        self._parts = [tuple(column[kept] for column in columns)]
        return over + most // 8
