"""Findings of one event each, column by column: what is done for each of them is done for many."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import chain
from operator import itemgetter
from typing import Any, NamedTuple

from tocsin.alerts.finding import Excerpt, Finding, Happened, SourceEvent
from tocsin.alerts.paths import Scalar

_finding: Callable[[tuple[Any, ...]], Finding] = partial(tuple.__new__, Finding)
_event: Callable[[tuple[Any, ...]], SourceEvent] = partial(tuple.__new__, SourceEvent)
"""As the classes' ``_make``, at a third of its price: this is for every alert."""

_happened: Callable[[Finding], Happened] = itemgetter(Finding._fields.index("events"))


class Singles(NamedTuple):
    """Those of some findings that are about one event each."""

    rows: Sequence[int]
    """Their places among the findings."""
    numbers: Sequence[int]
    """The rules."""
    ids: Sequence[str]
    times: Sequence[int]
    keys: Sequence[tuple[Scalar | None, ...]]
    extras: Sequence[Mapping[str, Any]]
    names: Sequence[str]
    """From here on the events': what `SourceEvent` holds, its id first."""
    indices: Sequence[str]
    event_times: Sequence[int]
    stages: Sequence[int]
    contents: Sequence[bytes]
    sources: Sequence[int]
    offsets: Sequence[int]

    def picked(self, places: Sequence[int]) -> Singles:
        """Some of them."""
        columns: Iterable[Sequence[Any]] = self
        return Singles(*([column[place] for place in places] for column in columns))

    def findings(
        self, ids: Sequence[str], names: Sequence[str], excerpts: Iterable[Excerpt | None]
    ) -> Iterable[Finding]:
        """The findings with these names, and their events with these."""
        events = zip(names, *self[_INDICES:], strict=True)
        told = zip(map(_event, events), strict=True)
        numbers, times, keys, extras = self.numbers, self.times, self.keys, self.extras
        return map(_finding, zip(numbers, ids, times, told, keys, extras, excerpts, strict=True))


_INDICES = Singles._fields.index("indices")
_NONE = Singles(*((),) * len(Singles._fields))


def singles(findings: Sequence[Finding]) -> Singles:
    """Those of one event, which is there."""
    there = enumerate(map(_happened, findings))
    rows = [row for row, events in there if len(events) == 1 and events[0]]
    if not rows:
        return _NONE
    some = findings if len(rows) == len(findings) else [findings[row] for row in rows]
    numbers, ids, times, happened, keys, extras, _ = zip(*some, strict=True)
    events = zip(*chain.from_iterable(happened), strict=True)
    return Singles(rows, numbers, ids, times, keys, extras, *events)
