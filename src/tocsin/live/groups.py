"""The frames that are taken together: those of events up to a batch, any other alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from tocsin.journal.batch import batch
from tocsin.journal.frame import Kind, Placed

if TYPE_CHECKING:
    from tocsin.inputs.batch import JsonBatch
    from tocsin.live.content import Longs
    from tocsin.live.ports import Frames


class Groups:
    """Reads a journal.

    Parameters
    ----------
    rows, bytes
        About how much a group has, and how much is read ahead.
    """

    def __init__(self, journal: Frames, *, rows: int, bytes: int) -> None:  # noqa: A002
        self._journal = journal
        self._rows, self._bytes = rows, bytes
        self._buffer: list[Placed] = []

    def next(self, position: int, committed: int) -> list[Placed]:
        """The group behind a position, which the last one ended at; empty if nothing is there.

        None goes beyond the position that was committed.
        """
        if not self._buffer:
            self._buffer = self._journal.read(position, self._bytes)
        group: list[Placed] = []
        rows = 0
        for placed in self._buffer:
            events = placed.frame.kind == Kind.EVENTS
            if group and (not events or rows + len(placed.frame.lines) > self._rows):
                break
            group.append(placed)
            rows += len(placed.frame.lines)
            if not events or placed.position == committed:
                break
        del self._buffer[: len(group)]
        return group

    def batches(self, group: Sequence[Placed]) -> Iterator[tuple[JsonBatch, Longs]]:
        """The events of a group, and when each was accepted (wall clock, ms)."""
        whole = batch(group)
        if whole is None:
            return
        sizes = [len(placed.frame.lines) for placed in group]
        accepted = np.repeat(np.array([p.frame.accepted for p in group], np.int64), sizes)
        for begin in range(0, len(whole), self._rows):
            end = min(begin + self._rows, len(whole))
            yield whole.part(begin, end), accepted[begin:end]
