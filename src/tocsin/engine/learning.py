"""What events of the past teach the rules that ask what is new."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tocsin.columns.cells import NO_TIME
from tocsin.columns.problem import UNTIMED
from tocsin.engine.remembering import indices
from tocsin.inputs.report import KEPT, Reject

if TYPE_CHECKING:
    from tocsin.columns.cells import Batch, Cells, FieldSet
    from tocsin.engine.remembering import Remembering
    from tocsin.engine.statistics import Statistics
    from tocsin.inputs.source import Events
    from tocsin.match.matcher import Matcher


def learn(
    past: Events,
    fields: FieldSet,
    matcher: Matcher,
    remembering: Remembering,
    counts: Statistics,
) -> None:
    """Let the events of the past teach; count them, and what could not be one."""
    for batch in past.batches(fields):
        cells = batch.cells(fields)
        remembering.teach(batch, cells, matcher.match(cells, indices(batch), batch.event))
        _count(batch, cells, counts)
    counts.history_rejected += past.rejected
    counts.history_rejects += past.rejects


def _count(batch: Batch, cells: Cells, counts: Statistics) -> None:
    timeless = np.flatnonzero(cells.time == NO_TIME).tolist()
    counts.history += len(batch) - len(timeless)
    counts.history_rejected += len(timeless)
    for row in timeless[: max(0, KEPT - len(counts.history_rejects))]:
        reason = cells.rejected.get(row, UNTIMED)
        counts.history_rejects.append(Reject(*batch.line(row), reason))
