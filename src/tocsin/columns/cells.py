"""The values of a batch of events, field by field: what all matching reads.

A cell is one scalar value of one field of one event. Cells stand in row order, so that a row's
cells are neighbours; a field with several values has several cells, a missing field (absent, null,
an empty array) none. Field names are numbered by a `FieldSet`, made once for all loaded rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from tocsin.schema.fields import former_names

Bytes: TypeAlias = npt.NDArray[np.uint8]
Scalar: TypeAlias = str | int | float | bool

STRING, NUMBER, TRUE, FALSE = 0, 1, 2, 3
"""What a cell's value is in JSON (``Cells.tag``)."""

NO_TIME = np.iinfo(np.int64).min
"""Stands in ``Cells.time`` for an event without a time."""


@dataclass(frozen=True)
class FieldSet:
    """The fields that are read, in slot order: the slot of ``names[i]`` is ``i``."""

    names: tuple[str, ...]
    timestamp: str = "@timestamp"
    nanoseconds: bool = False
    """Whether ``Cells.time`` counts nanoseconds (a ``date_nanos`` field), not milliseconds."""

    @cached_property
    def slots(self) -> dict[str, int]:
        """The slot of each name, and of those that fields of alerts had before."""
        slots: dict[str, int] = {}
        for slot, name in enumerate(self.names):
            slots.setdefault(name, slot)
        for slot, name in enumerate(self.names):
            for former in former_names(name):
                slots.setdefault(former, slot)
        return slots


@dataclass(slots=True)
class Cells:
    """The cells of one batch of ``n`` events, ``m`` cells.

    ``row_start``: int64[n+1], the cells of row ``r`` are ``row_start[r]:row_start[r+1]``.
    ``slot``: int32[m]. ``tag``: uint8[m]. ``start``, ``length``: int64[m], int32[m]: the value's
    bytes in ``text``: a string's UTF-8 without quotes and with escapes resolved, a number as it was
    written, nothing for TRUE and FALSE.
    ``time``: int64[n], the event time in milliseconds since 1970 (``@timestamp``, else
    ``event.ingested``), NO_TIME if there is none or it cannot be read.
    ``rejected``: rows that are not events, with the reason; they have no cells.
    """

    row_start: npt.NDArray[np.int64]
    slot: npt.NDArray[np.int32]
    tag: npt.NDArray[np.uint8]
    start: npt.NDArray[np.int64]
    length: npt.NDArray[np.int32]
    text: Bytes
    time: npt.NDArray[np.int64]
    rejected: dict[int, str]

    def values(self, row: int, slot: int) -> list[Scalar]:
        """The values of a field of an event, in the order in which they stood."""
        first = int(self.row_start[row])
        slots = self.slot[first : self.row_start[row + 1]]
        return [self.value(first + cell) for cell in np.flatnonzero(slots == slot).tolist()]

    def value(self, cell: int) -> Scalar:
        """The value of one cell as Python has it."""
        tag = self.tag[cell]
        if tag in (TRUE, FALSE):
            return bool(tag == TRUE)
        start = int(self.start[cell])
        text = self.text[start : start + int(self.length[cell])].tobytes().decode()
        return text if tag == STRING else number(text)


def number(text: str) -> int | float:
    """A JSON number as Python has it: an integer of any size, or the nearest double."""
    return float(text) if any(mark in text for mark in ".eE") else int(text)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an event stands: the input's number, and an offset that the input understands."""

    source: int
    offset: int


class Batch(Protocol):
    """Consecutive events of one input, whatever the format they came in."""

    first: int
    """The arrival number of row 0; row ``r`` has ``first + r``."""

    def __len__(self) -> int: ...

    @property
    def named(self) -> bool:
        """Whether `identity` gives something for any row."""
        ...

    def cells(self, fields: FieldSet) -> Cells:
        """The values of these fields, all rows; also tells which rows are no events."""
        ...

    def event(self, row: int) -> bytes:
        """The whole event, a JSON object, as it came."""
        ...

    def events(self, rows: Sequence[int]) -> Iterator[bytes]:
        """Some whole events; for formats with columns cheaper than one by one."""
        ...

    def identity(self, row: int) -> tuple[str, str] | None:
        """``_index`` and ``_id`` where the input gives them."""
        ...

    def place(self, row: int) -> Place:
        """From where the event can be read again."""
        ...

    def line(self, row: int) -> tuple[str, int]:
        """File and line (from 1), for messages; for formats without lines the event's number."""
        ...
