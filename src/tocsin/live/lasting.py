"""Rows of ES|QL results that stay from tick to tick, in a stream."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from tocsin.engine.open_events import SAMPLE
from tocsin.live.places import Ref

if TYPE_CHECKING:
    from tocsin.plan.plan import TablePlan
    from tocsin.tables.answers import TickAnswers

Seen: TypeAlias = dict[int, tuple[int, str, str, int]]
"""By place, the time, index and name of an event, and the number of its index."""

MOST_EVENTS = 100_000
"""Events that a row knows the names of; beyond it the earliest places go."""


@dataclass(slots=True)
class Lasting:
    """A row that was there at each tick from ``first`` to ``last``, in its last state."""

    first: int
    last: int
    names: tuple[str | None, ...]
    told: dict[str, Any] = field(default_factory=dict)
    """What it shows of each column of the result."""
    events: Seen = field(default_factory=dict)


class Reading(Protocol):
    """What the rows of ticks are read with."""

    def place(self, number: int, /) -> Ref:
        """The event of a number in the answers."""
        ...

    def named(self, ref: Ref, /) -> tuple[int, str, str, int]:
        """Time, index, name of an event, and the number of its index."""
        ...

    def told(self, cells: Sequence[Any], /) -> dict[str, Any]:
        """What a row shows of its columns."""
        ...


class States:
    """The rows of one rule.

    Attributes
    ----------
    done
        The last tick that was asked; None: none was.
    next
        When it is worth asking again, at the earliest.
    """

    def __init__(self, plan: TablePlan) -> None:
        self._interval = plan.interval
        self._grouped = plan.pipeline.aggregates
        self._open: dict[tuple[Any, ...], Lasting] = {}
        self.done: int | None = None
        self.next = -(1 << 62)
        self.closed: list[Lasting] = []
        """Rows that are gone and that nobody has taken from here."""

    def take(self, answered: TickAnswers, until: int, reading: Reading) -> list[Lasting]:
        """Take the answers of the ticks up to one; the rows that are new, have grown, or stayed."""
        touched: dict[int, Lasting] = {}
        first = min(answered.ends, default=0)
        for row in self._open.values() if answered.same else ():
            if row.last == self.done and first == row.last + self._interval:
                row.last = answered.ends[first]
                touched[id(row)] = row
        for at, rows in answered.at:
            self._tick(at, answered.ends[at], rows, reading, touched)
        self.done = until
        gone = [key for key, row in self._open.items() if row.last < until]
        self.closed += [self._open.pop(key) for key in gone]
        return list(touched.values())

    def _tick(
        self,
        at: int,
        end: int,
        rows: list[tuple[Any, ...]],
        reading: Reading,
        touched: dict[int, Lasting],
    ) -> None:
        seen: dict[tuple[Any, ...], int] = {}
        kept: dict[tuple[Any, ...], Lasting] = {}
        for _, events, names, *cells in rows:
            refs = [reading.place(number) for number in events]
            name = tuple(names)
            known = (name,) if self._grouped else (tuple(ref.place for ref in refs), name)
            number = seen[known] = seen.get(known, -1) + 1
            row = self._open.pop((known, number), None)
            if row is None or row.last + self._interval < at:
                if row is not None:
                    self.closed.append(row)
                row = Lasting(at, at, name)
            row.last, row.told = end, reading.told(cells)
            for ref in refs:
                if ref.place not in row.events:
                    row.events[ref.place] = reading.named(ref)
            if len(row.events) > MOST_EVENTS:
                for old in sorted(row.events)[: len(row.events) - MOST_EVENTS]:
                    del row.events[old]
            kept[known, number] = row
            touched[id(row)] = row
        self.closed += self._open.values()
        self._open = kept

    def state(self) -> dict[str, Any]:
        """As JSON values, references among them: to the events that are wanted whole again."""
        return {
            "done": self.done,
            "next": self.next,
            "open": [
                [
                    key,
                    row.first,
                    row.last,
                    row.told,
                    list(row.events.items()),
                    [
                        Ref(place, row.events[place][0], row.events[place][3])
                        for place in sorted(row.events, key=lambda at: (row.events[at][0], at))[
                            -SAMPLE:
                        ]
                    ],
                ]
                for key, row in self._open.items()
            ],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on where others were."""
        self.done, self.next = state["done"], state["next"]
        for (known, number), first, last, told, events, _ in state["open"]:
            key = tuple(tuple(part) for part in known)
            row = Lasting(first, last, key[-1], told)
            for place, (at, index, name, origin) in events:
                row.events[place] = at, index, name, origin
            self._open[key, number] = row
