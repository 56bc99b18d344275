"""What questions to the stored events are answered with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Looked(NamedTuple):
    """What was looked at: the newest events first, until the time for it was over.

    ``whole``: everything that the question is about. ``since``: else about how far back, in ms
    since 1970; None: nothing but events that are not sealed yet. ``events``: how many events stood
    in the parts that were looked at; ``unread``: parts that are damaged or went away.
    """

    whole: bool = True
    since: int | None = None
    events: int = 0
    unread: int = 0


class Counted(NamedTuple):
    """How many events were found, on how many hosts; first and last time (ms), if any has one."""

    events: int
    hosts: int
    first: int | None
    last: int | None
    looked: Looked


class StoredEvent(NamedTuple):
    """One event: its time (ms since 1970, None: it has none), its name, and all of it.

    ``place`` is its place in the journal, different for every event.
    """

    time: int | None
    index_name: str
    id: str
    place: int
    source: Mapping[str, Any]


class Found(NamedTuple):
    """The first events in the order asked for, and how many there are in all."""

    events: tuple[StoredEvent, ...]
    total: int
    looked: Looked


class ValueFound(NamedTuple):
    """A value as text; in how many events, on how many hosts; first and last time (ms)."""

    value: str
    events: int
    hosts: int
    first: int | None
    last: int | None


class ValuesFound(NamedTuple):
    """The most frequent values of a field, and how many other values there are."""

    values: tuple[ValueFound, ...]
    others: int
    looked: Looked
