"""New terms of a finished input, with the events that had them first read again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby

import numpy as np
import numpy.typing as npt

from tocsin.alerts.finding import SourceEvent
from tocsin.alerts.identity import event_name
from tocsin.alerts.paths import Scalar
from tocsin.columns.cells import Batch, Cells, Place
from tocsin.columns.content import content_hash
from tocsin.columns.scan import scan
from tocsin.engine.joins import JoinedEvents
from tocsin.engine.names import Names
from tocsin.inputs.batch import padded
from tocsin.inputs.source import Events
from tocsin.match.candidate import Key
from tocsin.match.join import MOST_VALUES, field_values, key_tuples, key_value
from tocsin.match.keyhash import tuple_hash
from tocsin.match.new_terms import Seeds
from tocsin.match.sights import Records, Sights
from tocsin.match.terms import NEVER, NOTHING, Terms
from tocsin.plan.plan import NewTermsPlan
from tocsin.plan.program import Program

_RECORDS = 24 << 20
"""Bytes of hits that wait in memory; more wait on disk."""
_TOGETHER = 4096
"""First sights whose events are read again in one go."""


class FirstSights:
    """Collects hits while the input passes; tells first sights of terms when it has ended.

    Parameters
    ----------
    plans, first_stage, seeds, names
        As `Sights` takes them.
    """

    def __init__(
        self,
        plans: Sequence[tuple[int, NewTermsPlan]],
        first_stage: Mapping[int, int],
        program: Program,
        source: Events,
        seeds: Seeds,
        names: Sequence[str],
    ) -> None:
        self._plans = plans
        self._program = program
        self._source = source
        self._seeds = [(seeds.of_rule(name), seeds.of_values) for name in names]
        self._named = Names()
        self.sights = Sights(plans, first_stage, program.slot, seeds, names, limit_bytes=_RECORDS)

    def collect(
        self,
        batch: Batch,
        cells: Cells,
        rows: npt.NDArray[np.int32],
        stages: npt.NDArray[np.int32],
        *,
        taught: bool = False,
    ) -> None:
        """Take the hits of a batch: rows and global stage numbers; ``taught``: of a past input."""
        kept = self.sights.collect(batch, cells, rows, stages, taught=taught)
        if batch.named and not taught:
            self._named.add(batch, kept.astype(np.int32))

    def finish(
        self,
        known: Terms = NOTHING,
        now: int = NEVER,
        keep: Callable[[Terms], None] | None = None,
    ) -> Iterator[JoinedEvents]:
        """First sights, by place; the arguments are those of `Sights.finish`."""
        found = self.sights.finish(known, now, keep)
        try:
            for begin in range(0, found.key.size, _TOGETHER):
                some = np.arange(begin, min(begin + _TOGETHER, found.key.size))
                yield from self._with_events(found.part(some))
        finally:
            self.close()

    def close(self) -> None:
        """Forget everything that waits."""
        self.sights.close()
        self._named.close()

    def _with_events(self, found: Records) -> Iterator[JoinedEvents]:
        places = list(zip(found.source.tolist(), found.offset.tolist(), strict=True))
        wanted = [Place(*place) for place in dict.fromkeys(places)]
        contents = [content for _, content in self._source.read_again(wanted)]
        values = self._values(contents)
        known = self._named.of(places)
        rows = zip(
            places,
            found.plan.tolist(),
            found.key.tolist(),
            found.time.tolist(),
            strict=True,
        )
        for event, (place, some) in enumerate(groupby(rows, key=lambda row: row[0])):
            terms: dict[int, dict[int, Key]] = {}
            for _, plan, key, time in some:
                if plan not in terms:
                    terms[plan] = self._terms(plan, values[event])
                term = terms[plan].get(key)
                if term is None:
                    continue  # the file has changed meanwhile: reading again has told so
                index, name = known.get(place, ("", ""))
                name = name or event_name(content_hash(contents[event]), 0)
                source_event = SourceEvent(name, index, time, 0, contents[event], *place)
                yield JoinedEvents(self._plans[plan][0], term, (source_event,), time)

    def _values(self, contents: Sequence[bytes]) -> list[dict[int, list[Scalar]]]:
        ends = np.cumsum([len(content) for content in contents], dtype=np.int64)
        starts = np.concatenate([np.zeros(1, np.int64), ends])[:-1]
        cells = scan(padded(contents), starts, ends, self._program.fields)
        slots = {
            self._program.slot(key.field.name) for _, plan in self._plans for key in plan.stage.keys
        }
        return list(field_values(cells, slots))

    def _terms(self, number: int, values: Mapping[int, list[Scalar]]) -> dict[int, Key]:
        """The terms of an event for a plan, by their hashes."""
        fields = [key.field for key in self._plans[number][1].stage.keys]
        kinds = [field.kind for field in fields]
        choices = [
            [
                key_value(field.kind, value)
                for value in values.get(self._program.slot(field.name), [])[:MOST_VALUES]
            ]
            for field in fields
        ]
        tuples = key_tuples(choices, [False] * len(fields))
        return {tuple_hash(key, kinds, *self._seeds[number]): key for key in reversed(tuples)}
