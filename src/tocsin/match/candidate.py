"""What the machines of rules with state take and give: candidates in, matches out.

A candidate is an event that satisfies at least one stage, reduced to what joining needs. Its
reference is whatever the caller wants to find the event by; the machines only hand it on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, NamedTuple, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tocsin.columns.cells import Scalar

R = TypeVar("R")

Key: TypeAlias = "tuple[Scalar | None, ...]"
"""The values of a stage's join keys, in order; None for a missing optional key."""

Identity: TypeAlias = "tuple[object, ...]"
"""A key in a form in which Python's ``==`` tells exactly the keys that join."""

Rank: TypeAlias = "tuple[tuple[int, Scalar], ...]"
"""A key in a form that sorts: nulls first, then booleans, numbers and texts, each ascending."""


class Ordinal(NamedTuple):
    """Where an event stands in the order of all events: time, tiebreaker, arrival number."""

    time: int
    tiebreaker: Scalar | None
    arrival: int


class Candidate(NamedTuple, Generic[R]):
    """An event that satisfies some stages of one plan.

    ``time`` counts the ticks of the machine (milliseconds, or nanoseconds). ``stages`` maps the
    number of each stage that the event satisfies, in ``stages_of(plan)``, to its key tuples: one
    empty tuple if the stage has no keys, several tuples if a key field has several values.
    ``values``: of each field whose distinct values a threshold counts, the event's values.
    """

    time: int
    arrival: int
    stages: Mapping[int, tuple[Key, ...]]
    ref: R
    tiebreaker: Scalar | None = None
    values: tuple[tuple[Scalar, ...], ...] = ()

    @property
    def ordinal(self) -> Ordinal:
        """Its place in the order of all events."""
        return Ordinal(self.time, self.tiebreaker, self.arrival)


class Found(NamedTuple, Generic[R]):
    """A match: its key, the references of its events by stage, when it was certain.

    ``events`` has one item for each stage, ``runs`` items for a stage that repeats, None for a
    missing event; of a threshold all events that were counted, in order. ``last`` is the place of
    its latest event. ``certain_at`` is that event's time, or, where an absence had to be waited
    for, the last moment at which it could have been broken. ``distinct``: how many values of each
    field a threshold found that counts them.
    """

    keys: Key
    events: tuple[R | None, ...]
    certain_at: int
    last: Ordinal
    distinct: tuple[int, ...] = ()


def identity(key: Key) -> Identity:
    """The form of a key that joins: numbers by value, text by text, booleans apart from numbers."""
    for value in key:
        if value.__class__ is bool:
            return tuple((part,) if part.__class__ is bool else part for part in key)
    return key


def distinct(keys: tuple[Key, ...]) -> Iterable[tuple[Identity, Key]]:
    """The keys of a stage, each once, with their identities."""
    if len(keys) == 1:
        return ((identity(keys[0]), keys[0]),)
    return {identity(key): key for key in reversed(keys)}.items()


def rank(key: Key) -> Rank:
    """The form of a key that sorts."""
    return tuple(map(_rank, key))


def order_of(
    time: int, tiebreaker: Scalar | None, arrival: int
) -> tuple[int, tuple[int, Scalar], int]:
    """The form of an ordinal that sorts; a missing tiebreaker comes last."""
    return time, (9, 0) if tiebreaker is None else _rank(tiebreaker), arrival


def found_order(found: Found[R]) -> tuple[tuple[int, tuple[int, Scalar], int], Rank]:
    """The form of a match that sorts as results are listed: by its latest event, then by key."""
    return order_of(*found.last), rank(found.keys)


def _rank(value: Scalar | None) -> tuple[int, Scalar]:
    match value:
        case None:
            return 0, 0
        case bool():
            return 1, value
        case str():
            return 3, value
        case _:
            return 2, value
