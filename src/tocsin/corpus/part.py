"""Some stored events that are read together: groups of rows of a file, or a stretch of the journal.

part.column("process.name")     what columns tell
part.untold(names)              for which events they do not tell all
part.batch(rows)                the events themselves
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection

from tocsin.corpus.column import Column, Ints, Mask
from tocsin.inputs.batch import JsonBatch
from tocsin.journal.sealed.columns import fields


def columned(name: str) -> bool:
    """Whether a field has a column where events have the field."""
    return name in fields().slots


class Part(ABC):
    """Some events, in the order of the journal."""

    rows: int
    """How many."""

    low: int | None
    high: int | None
    """The first and the last time (ms); None: nobody knows, or not all have one."""

    mixed = False
    """Whether it is of a file with events of several days: parts behind it may be later."""

    @abstractmethod
    def times(self) -> Ints:
        """int64[rows], ms since 1970; NO_TIME where an event has none."""

    @abstractmethod
    def places(self) -> Ints:
        """int64[rows], the events' places in the journal, rising."""

    @abstractmethod
    def column(self, name: str) -> Column | None:
        """What a column tells of a field that may have one; None: no event has the field."""

    @abstractmethod
    def untold(self, names: Collection[str]) -> Mask | None:
        """For which events the columns of these fields do not tell all; None: for none."""

    @abstractmethod
    def sound(self) -> Mask | None:
        """Which rows are events; None: all."""

    @abstractmethod
    def batch(self, rows: Ints) -> JsonBatch:
        """Some whole events, in this order; an offset is a place. ``rows`` rise."""

    @abstractmethod
    def mentions(self, word: str) -> Mask:
        """In which events' texts a word of a key may stand; in others it surely does not."""

    def release(self) -> None:  # noqa: B027 - most hold nothing
        """Let go of what was read for this look only."""
