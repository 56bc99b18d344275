"""Matches of rules with state over a finished input, with their events read again."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import orjson

from tocsin.alerts.finding import SourceEvent
from tocsin.alerts.identity import event_name
from tocsin.alerts.paths import Fields, Scalar
from tocsin.alerts.stream_name import stream_name
from tocsin.columns.cells import Batch, Cells, Place
from tocsin.columns.content import content_hash
from tocsin.columns.scan import scan
from tocsin.engine.carried import CARRIED, CarriedEvent, CarriedEvents
from tocsin.engine.names import Names
from tocsin.engine.open_events import SAMPLE, OpenEvents
from tocsin.inputs.batch import padded
from tocsin.inputs.source import Events
from tocsin.match.candidates import Candidates, Joined
from tocsin.match.carry import Carry
from tocsin.match.replay import EventTime, Runs
from tocsin.plan.plan import Joining, ThresholdPlan
from tocsin.plan.predicate import FieldRef
from tocsin.plan.program import Program

_PIECE = 2 << 20
"""Bytes of events that are read again and held at once."""
_RECORDS = 4 << 20
"""Bytes of hits that wait in memory; more wait on disk."""
_TOGETHER = 4096
"""About how many events of matches are read again in one go."""


class JoinedEvents(NamedTuple):
    """A match: the rule's number, the join keys, the events by stage, when it became certain.

    ``distinct``: as `Found` has it. Of a threshold's events most come without their content.
    """

    rule: int
    keys: tuple[Scalar | None, ...]
    events: tuple[SourceEvent | None, ...]
    certain_at: int
    distinct: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of events that are read again together.

    ``names``: index and id of those that have them, by place. ``times``: how many have each.
    ``seen``: how many of an index, id and content have been read; index and id are empty for
    those without.
    """

    names: Mapping[tuple[int, int], tuple[str, str]]
    times: Mapping[tuple[str, str], int]
    seen: Counter[tuple[str, str, str]] = field(default_factory=Counter)


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
    carried
        Events of earlier inputs that are part of what goes on.
    runs, first_arrival
        As `Candidates` takes it.
    """

    def __init__(
        self,
        plans: Sequence[tuple[int, Joining]],
        first_stage: Mapping[int, int],
        program: Program,
        source: Events,
        tiebreakers: Mapping[int, FieldRef] | None = None,
        ticks: int = 1,
        carried: CarriedEvents | None = None,
        runs: Runs = EventTime,
        first_arrival: int = 0,
    ) -> None:
        self._plans = dict(plans)
        self._carried = carried or CarriedEvents()
        self.open = OpenEvents()
        """What is open when the input has ended, if something goes on."""
        self._program = program
        self._source = source
        self._ticks = ticks
        self._sampled = {rule for rule, plan in plans if isinstance(plan, ThresholdPlan)}
        self._numbers: dict[tuple[int, int], int] = {}
        self._named = Names()
        self.candidates = Candidates(
            plans,
            first_stage,
            program.slot,
            tiebreakers=tiebreakers,
            ticks=ticks,
            limit_bytes=_RECORDS,
            runs=runs,
            first_arrival=first_arrival,
        )

    def close(self) -> None:
        """Forget everything that waits."""
        self.candidates.close()
        self._named.close()

    def collect(
        self,
        batch: Batch,
        cells: Cells,
        rows: npt.NDArray[np.int32],
        stages: npt.NDArray[np.int32],
    ) -> None:
        """Take the hits of a batch: rows and global stage numbers, int32 each."""
        self.candidates.collect(batch, cells, rows, stages)
        if batch.named:
            self._named.add(batch, np.unique(rows))

    def finish(
        self, span: tuple[int | None, int] | None = None, states: Mapping[int, Any] | None = None
    ) -> Iterator[JoinedEvents]:
        """All matches, rule after rule, each rule's by their last event.

        Parameters
        ----------
        span
            If something goes on: when the last input ended and when this one does (`Carry`).
        states
            What goes on from the last one, by rule.
        """
        some: list[Joined] = []
        held = 0
        carry = None if span is None else Carry(*span, states or {}, self._keep)
        for joined in self.candidates.finish(self._again, carry):
            some.append(joined)
            held += len(joined.found.events)
            if held >= _TOGETHER:
                yield from self._with_events(some)
                some, held = [], 0
        yield from self._with_events(some)

    def _keep(self, rule: int, state: dict[str, Any]) -> None:
        self.open.keep(rule, self._plans[rule], state)

    def open_events(self) -> Iterator[tuple[int, CarriedEvent]]:
        """The events of what is open, by number, in no order."""
        wanted: dict[tuple[int, int], tuple[int, _Wanted]] = {}
        for place, number, whole, stream in self.open.places():
            wanted[place] = number, _Wanted(whole, stream)
            if len(wanted) >= _TOGETHER:
                yield from self._read_open(wanted)
                wanted = {}
        yield from self._read_open(wanted)

    def _read_open(
        self, wanted: Mapping[tuple[int, int], tuple[int, _Wanted]]
    ) -> Iterator[tuple[int, CarriedEvent]]:
        self._read({place: one for place, (_, one) in wanted.items()})
        for number, one in wanted.values():
            yield number, CarriedEvent(one.name, one.index, one.stream_name, one.content)

    def _again(
        self, sources: npt.NDArray[np.int32], offsets: npt.NDArray[np.int64]
    ) -> Iterator[Cells]:
        """The cells of events at ascending places; equal events of a moment get their numbers.

        Equal events with one ``_id`` are one event: those behind the first are none.
        """
        named = self._named.of(zip(sources.tolist(), offsets.tolist(), strict=True))
        known = _Known(named, Counter(name for name in named.values() if name[1]))
        piece: list[tuple[Place, bytes]] = []
        size, cut = 0, False
        for read in self._source.read_again(_places(sources, offsets)):
            piece.append(read)
            size += len(read[1])
            if size > _PIECE:
                cut = True
                yield self._cells(piece, known, every=True)
                piece, size = [], 0
        if piece or not cut:
            yield self._cells(piece, known, every=cut)

    def _cells(self, read: Sequence[tuple[Place, bytes]], known: _Known, *, every: bool) -> Cells:
        """The cells of some events; equal ones are looked for in ``every`` event if need be."""
        ends = np.cumsum([len(content) for _, content in read], dtype=np.int64)
        starts = np.concatenate([np.zeros(1, np.int64), ends])[:-1]
        text = padded([content for _, content in read])
        cells = scan(text, starts, ends, self._program.fields)
        _, inverse, count = np.unique(cells.time, return_inverse=True, return_counts=True)
        # equal events have equal times; in another piece, that cannot be known before
        rows = range(len(read)) if every else np.flatnonzero(count[inverse] > 1).tolist()
        for row in rows:
            place, content = read[row]
            at = place.source, place.offset
            index, name = known.names.get(at, ("", ""))
            if name and known.times[index, name] < 2:
                continue
            told = index if name else "", name, content_hash(content)
            if known.seen[told] and name:
                cells.rejected[row] = "the same event again"
            elif known.seen[told]:
                self._numbers[at] = known.seen[told]
            known.seen[told] += 1
        return cells

    def _with_events(self, some: Sequence[Joined]) -> Iterator[JoinedEvents]:
        wanted: dict[tuple[int, int], _Wanted] = {}
        for joined in some:
            sampled = joined.rule in self._sampled
            whole = len(joined.found.events) - SAMPLE if sampled else 0
            for number, ref in enumerate(joined.found.events):
                if ref is not None:
                    one = wanted.setdefault((ref.source, ref.offset), _Wanted())
                    one.whole = one.whole or number >= whole
                    one.stream = one.stream or sampled
        self._read(wanted)
        for joined in some:
            yield self._joined(joined, wanted)

    def _read(self, wanted: Mapping[tuple[int, int], _Wanted]) -> None:
        """Read events again, and those of earlier inputs."""
        places = sorted(wanted)
        here = bisect_left(places, (CARRIED + 1, 0))
        for place in places[:here]:
            wanted[place].carried(self._carried[place[1]])
        names = self._named.of(places[here:])
        for at, content in self._source.read_again(Place(*place) for place in places[here:]):
            place = at.source, at.offset
            index, name = names.get(place, ("", ""))
            name = name or event_name(content_hash(content), self._numbers.get(place, 0))
            wanted[place].read(index, name, content)

    def _joined(self, joined: Joined, again: Mapping[tuple[int, int], _Wanted]) -> JoinedEvents:
        found, sampled = joined.found, joined.rule in self._sampled
        whole = len(found.events) - SAMPLE if sampled else 0
        events: list[SourceEvent | None] = []
        for number, ref in enumerate(found.events):
            if ref is None:
                events.append(None)
                continue
            place = ref.source, ref.offset
            one, time = again[place], ref.time // self._ticks
            index = one.index or (one.stream_name if sampled else "")
            kept = one.content if number >= whole else b""
            stage = 0 if sampled else number
            events.append(SourceEvent(one.name, index, time, stage, kept, *place))
        at = found.certain_at // self._ticks
        return JoinedEvents(joined.rule, found.keys, tuple(events), at, found.distinct)


@dataclass(slots=True)
class _Wanted:
    """An event that is read again: what is wanted of it, and what it is.

    ``stream``: the name of its data stream is wanted, since its content may not be kept.
    """

    whole: bool = False
    stream: bool = False
    index: str = ""
    name: str = ""
    stream_name: str = ""
    content: bytes = b""

    def carried(self, event: CarriedEvent) -> None:
        """It is an event of an earlier input."""
        self.name, self.index, self.stream_name = event[:3]
        if self.whole:
            self.content = event.content

    def read(self, index: str, name: str, content: bytes) -> None:
        """It was read."""
        self.index, self.name = index, name
        if self.whole:
            self.content = content
        if self.stream and not index:
            self.stream_name = stream_name(Fields(orjson.loads(content), content))


def _places(sources: npt.NDArray[np.int32], offsets: npt.NDArray[np.int64]) -> Iterator[Place]:
    return map(Place, sources.tolist(), offsets.tolist())
