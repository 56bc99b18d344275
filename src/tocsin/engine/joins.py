"""Sequences and samples of a finished input, with the events that take part in them read again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from types import TracebackType
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt

from tocsin.alerts.finding import SourceEvent
from tocsin.alerts.identity import event_name
from tocsin.alerts.paths import Scalar
from tocsin.columns.cells import Batch, Cells, Place
from tocsin.columns.content import content_hash
from tocsin.columns.scan import scan
from tocsin.inputs.batch import padded
from tocsin.inputs.source import Events
from tocsin.match.candidates import Candidates, EventRef, Joined
from tocsin.plan.plan import SamplePlan, SequencePlan
from tocsin.plan.predicate import FieldRef
from tocsin.plan.program import Program

_PIECE = 16 << 20
"""Bytes of events that are read again and held at once."""
_RECORDS = 24 << 20
"""Bytes of hits that wait in memory; more wait on disk."""
_TOGETHER = 1024
"""Matches whose events are read again in one go."""


class JoinedEvents(NamedTuple):
    """A match: the rule's number, the join keys, the events by stage, when it became certain."""

    rule: int
    keys: tuple[Scalar | None, ...]
    events: tuple[SourceEvent | None, ...]
    certain_at: int


class Joins:
    """Collects hits of stages while the input passes; joins them when it has ended.

    Parameters
    ----------
    plans, first_stage
        As `Candidates` takes them.
    tiebreakers
        By rule, the field that orders events of equal time.
    ticks
        Ticks of time in a millisecond: 1, or 1,000,000 for nanoseconds.
    """

    def __init__(
        self,
        plans: Sequence[tuple[int, SequencePlan | SamplePlan]],
        first_stage: Mapping[int, int],
        program: Program,
        source: Events,
        tiebreakers: Mapping[int, FieldRef] | None = None,
        ticks: int = 1,
    ) -> None:
        self._program = program
        self._source = source
        self._ticks = ticks
        self._numbers: dict[tuple[int, int], int] = {}
        self._identities: dict[tuple[int, int], tuple[str, str]] = {}
        self.candidates = Candidates(
            plans,
            first_stage,
            program.slot,
            tiebreakers=tiebreakers,
            ticks=ticks,
            limit_bytes=_RECORDS,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.candidates.close()

    def collect(
        self,
        batch: Batch,
        cells: Cells,
        rows: npt.NDArray[np.int32],
        stages: npt.NDArray[np.int32],
    ) -> None:
        """Take the hits of a batch: rows and global stage numbers, int32 each."""
        self.candidates.collect(batch, cells, rows, stages)
        for row in dict.fromkeys(rows.tolist()) if batch.named else ():
            if (identity := batch.identity(row)) is None:
                continue
            place = batch.place(row)
            self._identities[place.source, place.offset] = identity

    def finish(self) -> Iterator[JoinedEvents]:
        """All matches, rule after rule, each rule's by their last event."""
        found = self.candidates.finish(self._again)
        while some := list(islice(found, _TOGETHER)):
            yield from self._with_events(some)

    def _again(
        self, sources: npt.NDArray[np.int32], offsets: npt.NDArray[np.int64]
    ) -> Iterator[Cells]:
        """The cells of events at ascending places; equal events of a moment get their numbers."""
        seen: dict[str, int] = {}
        piece: list[tuple[Place, bytes]] = []
        size, cut = 0, False
        for read in self._source.read_again(_places(sources, offsets)):
            piece.append(read)
            size += len(read[1])
            if size > _PIECE:
                cut = True
                yield self._cells(piece, seen, every=True)
                piece, size = [], 0
        if piece or not cut:
            yield self._cells(piece, seen, every=cut)

    def _cells(
        self, read: Sequence[tuple[Place, bytes]], seen: dict[str, int], *, every: bool
    ) -> Cells:
        """The cells of some events; ``seen`` counts equal ones, of ``every`` event if need be."""
        ends = np.cumsum([len(content) for _, content in read], dtype=np.int64)
        starts = np.concatenate([np.zeros(1, np.int64), ends])[:-1]
        text = padded([content for _, content in read])
        cells = scan(text, starts, ends, self._program.fields)
        _, inverse, count = np.unique(cells.time, return_inverse=True, return_counts=True)
        # equal events have equal times; in another piece, that cannot be known before
        rows = range(len(read)) if every else np.flatnonzero(count[inverse] > 1).tolist()
        for row in rows:
            place, content = read[row]
            if not self._identities.get((place.source, place.offset), ("", ""))[1]:
                digest = content_hash(content)
                number = seen[digest] = seen.get(digest, -1) + 1
                if number:
                    self._numbers[place.source, place.offset] = number
        return cells

    def _with_events(self, some: Sequence[Joined]) -> Iterator[JoinedEvents]:
        refs = {
            (ref.source, ref.offset)
            for joined in some
            for ref in joined.found.events
            if ref is not None
        }
        again = {
            (place.source, place.offset): content
            for place, content in self._source.read_again(Place(*ref) for ref in sorted(refs))
        }
        for joined in some:
            events = tuple(
                None if ref is None else self._event(ref, stage, again[ref.source, ref.offset])
                for stage, ref in enumerate(joined.found.events)
            )
            at = joined.found.certain_at // self._ticks
            yield JoinedEvents(joined.rule, joined.found.keys, events, at)

    def _event(self, ref: EventRef, stage: int, content: bytes) -> SourceEvent:
        place = ref.source, ref.offset
        index, name = self._identities.get(place, ("", ""))
        if not name:
            name = event_name(content_hash(content), self._numbers.get(place, 0))
        return SourceEvent(name, index, ref.time // self._ticks, stage, content, *place)


def _places(sources: npt.NDArray[np.int32], offsets: npt.NDArray[np.int64]) -> Iterator[Place]:
    return map(Place, sources.tolist(), offsets.tolist())
