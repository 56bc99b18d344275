"""How much a query has read, and what it looked for in vain."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from tocsin.columns.cells import Batch, Cells
from tocsin.inputs.report import SAMPLE, RejectHook


@dataclass(slots=True)
class Tally:
    """How many events a query has read, and how many lines were none.

    Attributes
    ----------
    told
        Called after each batch, for a progress bar.
    reject
        Told of each line that is no event: file, line from 1, reason, how it begins.
    reading
        Entered while events are searched one by one: the command line passes over an interrupt
        there, and what was found before it comes as the answer.
    absent
        Fields that the query names and none of the events had; known once all are read.
    """

    events: int = 0
    rejected: int = 0
    absent: tuple[str, ...] = ()
    told: Callable[[Tally], None] = field(default=lambda _: None)
    reject: RejectHook | None = None
    reading: AbstractContextManager[object] = field(default_factory=nullcontext)

    def take(self, batch: Batch, cells: Cells) -> None:
        """Count the events of a batch."""
        self.rejected += len(cells.rejected)
        self.events += len(batch) - len(cells.rejected)
        if self.reject is not None:
            for row, reason in cells.rejected.items():
                file, line = batch.line(row)
                self.reject(file, line, reason, batch.event(row)[:SAMPLE])
        self.told(self)
