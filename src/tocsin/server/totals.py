"""Aggregations that are one figure each, and how much all of a search may hold together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from tocsin.alerts.iso import iso
from tocsin.columns.cells import Scalar
from tocsin.server.question import is_time
from tocsin.server.refusal import RefusedError, bad_request

Values: TypeAlias = Callable[[str], list[Scalar]]
"""The values of a field of the document at hand; times in milliseconds."""

MOST_BUCKETS = 65_536
MOST_SEEN = 1_000_000
"""Buckets, and distinct values, of all aggregations of a search together."""

_COUNTS = ("value_count", "cardinality")
FIGURES = ("min", "max", "sum", "avg", *_COUNTS)


@dataclass(slots=True)
class Room:
    """How many buckets and distinct values all aggregations of a search may still make."""

    buckets: int = MOST_BUCKETS
    seen: int = MOST_SEEN

    def bucket(self, count: int = 1) -> None:
        """Make some. Raises RefusedError (400) if there are too many."""
        self.buckets -= count
        if self.buckets < 0:
            reason = f"there are more than {MOST_BUCKETS:,} buckets"
            raise RefusedError(400, "too_many_buckets_exception", reason)

    def see(self, field: str) -> None:
        """Remember a value of a field. Raises RefusedError (400) if there are too many."""
        self.seen -= 1
        if self.seen < 0:
            raise bad_request(f"[{field}] has more than {MOST_SEEN:,} values to be counted")


class Figure:
    """The least, the most, the sum, … of a field: ``kind`` is one of `FIGURES`."""

    def __init__(self, field: str, kind: str, room: Room) -> None:
        self._field, self.kind, self._room = field, kind, room
        self._count, self._sum = 0, 0.0
        self._least: float | None = None
        self._most: float | None = None
        self._seen: set[Scalar] = set()

    def add(self, values: Values) -> None:
        """Take a document."""
        for value in values(self._field):
            if self.kind == "cardinality":
                self._see(value)
            elif self.kind == "value_count":
                self._count += 1
            elif isinstance(value, int | float) and not isinstance(value, bool):
                self._count += 1
                self._sum += value
                self._least = value if self._least is None else min(self._least, value)
                self._most = value if self._most is None else max(self._most, value)

    def _see(self, value: Scalar) -> None:
        if value not in self._seen:
            self._room.see(self._field)
            self._seen.add(value)

    def told(self) -> dict[str, Any]:
        """The figure, as Elasticsearch writes it."""
        figures: dict[str, float | None] = {
            "min": self._least,
            "max": self._most,
            "sum": self._sum,
            "avg": self._sum / self._count if self._count else None,
            "value_count": self._count,
            "cardinality": len(self._seen),
        }
        value = figures[self.kind]
        if value is None or self.kind in _COUNTS or not is_time(self._field):
            return {"value": value}
        return {"value": value, "value_as_string": iso(int(value))}
