"""What rules in ES|QL remember from one run to the next.

A rule that looks at several events keeps those that a later run's windows may reach, and the rows
of its result that may go on. In a state they are JSON: events by their numbers in the state.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from tocsin.columns.cells import Cells, FieldSet
from tocsin.columns.content import content_hash
from tocsin.columns.scan import scan
from tocsin.engine.carried import CarriedEvent
from tocsin.inputs.batch import padded
from tocsin.tables.answers import Lasting

_TOGETHER = 8 << 20
"""Bytes of events that are looked at together."""


@dataclass(slots=True)
class TableMemory:
    """What one rule remembers.

    ``rows``: events in the window; ``flags``: for each, which KQL queries hold of it, a bit each.
    ``going``: rows of the result that may go on; ``held``: such as are over and not yet told.
    ``times``: when the events happened, by number.
    """

    rows: list[int] = field(default_factory=list)
    flags: list[int] = field(default_factory=list)
    going: list[Lasting] = field(default_factory=list)
    held: list[Lasting] = field(default_factory=list)
    times: dict[int, int] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.rows or self.going or self.held)

    @property
    def events(self) -> set[int]:
        """All events that are part of it."""
        found = set(self.rows)
        for each in (*self.going, *self.held):
            found |= each.events
        return found

    def renumbered(self, number: Callable[[int], int]) -> TableMemory:
        """The same with other numbers for events."""
        return TableMemory(
            list(map(number, self.rows)),
            self.flags,
            [_renumbered(each, number) for each in self.going],
            [_renumbered(each, number) for each in self.held],
            {number(event): time for event, time in self.times.items()},
        )

    def as_json(self) -> str:
        """As text for a state; numbers may have more than 64 bits."""
        times = sorted(self.times.items())
        told = {
            "events": [number for number, _ in times],
            "times": [time for _, time in times],
            "rows": self.rows,
            "flags": self.flags,
            "going": [_told(each) for each in self.going],
            "held": [_told(each) for each in self.held],
        }
        return json.dumps(told)

    @classmethod
    def read(cls, text: str, known: Container[int]) -> TableMemory:
        """What `as_json` wrote; ``known``: the numbers of all events of the state.

        Raises ValueError, TypeError or LookupError if it is damaged.
        """
        told = json.loads(text)
        memory = cls(
            list(map(int, told["rows"])),
            list(map(int, told["flags"])),
            [_lasting(each) for each in told["going"]],
            [_lasting(each) for each in told["held"]],
            dict(zip(map(int, told["events"]), map(int, told["times"]), strict=True)),
        )
        whole = memory.events <= memory.times.keys() and all(map(known.__contains__, memory.times))
        if not whole or len(memory.flags) not in (0, len(memory.rows)):
            raise ValueError("an event is missing")
        return memory


def _renumbered(each: Lasting, number: Callable[[int], int]) -> Lasting:
    return each._replace(events=frozenset(map(number, each.events)))


def _told(each: Lasting) -> list[Any]:
    return [each.first, each.last, sorted(each.events), each.names, each.cells]


def _lasting(told: list[Any]) -> Lasting:
    first, last, events, names, cells = told
    return Lasting(int(first), int(last), frozenset(map(int, events)), tuple(names), tuple(cells))


class CarriedBatch:
    """Events out of a state as a batch (`tocsin.columns.cells.Batch`), to be looked at again."""

    def __init__(self, events: Sequence[CarriedEvent], fields: FieldSet) -> None:
        self._events = events
        contents = [event.content for event in events]
        ends = np.cumsum([len(content) for content in contents], dtype=np.int64)
        starts = np.concatenate([np.zeros(1, np.int64), ends])[:-1]
        self.made: Cells = scan(padded(contents), starts, ends, fields)

    def event(self, row: int) -> bytes:
        """The whole event."""
        return self._events[row].content

    def identity(self, row: int) -> tuple[str, str] | None:
        """``_index`` and ``_id`` as the input gave them: a name made of the content is none."""
        event = self._events[row]
        digest, _, _ = event.name.partition("-")
        made = digest == content_hash(event.content)
        return event.index_name, "" if made else event.name


def pieces(sizes: Sequence[int]) -> Iterator[npt.NDArray[np.int64]]:
    """The places of events, some millions of bytes together."""
    first, held = 0, 0
    for place, size in enumerate(sizes):
        if held and held + size > _TOGETHER:
            yield np.arange(first, place)
            first, held = place, 0
        held += size
    if len(sizes) > first:
        yield np.arange(first, len(sizes))
