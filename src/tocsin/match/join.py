"""Join keys: what a field's values are worth as keys, and the key tuples of an event.

Key values are compared exactly, as the field's kind understands them: text by its characters,
numbers by value (``"5"`` in a ``long`` field is 5), addresses and times by what they denote. A
field of no known kind takes each value as it stands: the text ``"5"`` and the number 5 do not join.
"""

from __future__ import annotations

from itertools import islice, pairwise, product
from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np

from tocsin.columns.cells import STRING, TRUE, number
from tocsin.match.candidate import rank
from tocsin.schema.kinds import NUMERIC, TEMPORAL, TEXTUAL, Kind
from tocsin.schema.values import (
    ip_text,
    number_of,
    parse_ip,
    parse_time,
    parse_time_nanos,
    text_of,
    version_key,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from tocsin.columns.cells import Bytes, Cells, Scalar
    from tocsin.match.candidate import Key

Columns: TypeAlias = "tuple[list[int], list[int], list[int]]"
"""Tags, starts and lengths of a batch's cells."""

MOST_VALUES = 1024
"""Values of one field in one event that count as keys; the first ones."""

MOST_TUPLES = 4096
"""Key tuples of one event and stage; the first ones."""


def key_value(kind: Kind, value: Scalar) -> Scalar:
    """A value as its field's kind understands it; one that the kind cannot read stays as it is."""
    found: Scalar | None = None
    if kind in TEXTUAL or kind is Kind.VERSION:
        return text_of(value)
    if kind in NUMERIC:
        found = number_of(value)
    elif kind is Kind.BOOLEAN:
        found = {"true": True, "false": False}.get(value) if isinstance(value, str) else None
    elif kind is Kind.IP:
        address = parse_ip(value)
        found = None if address is None else ip_text(address)
    elif kind in TEMPORAL:
        found = parse_time_nanos(value) if kind is Kind.DATE_NANOS else parse_time(value)
    found = value if found is None else found
    if isinstance(found, int) and not -(2**63) <= found < 2**64:
        return float(found) if abs(found) < 2**1023 else value
    return found


def key_rank(kinds: Sequence[Kind], key: Key) -> tuple[tuple[int, object], ...]:
    """The form of a key that sorts: as `rank`, addresses and versions by what they denote."""
    return tuple(map(_place, kinds, key, rank(key)))


def _place(kind: Kind, value: Scalar | None, plain: tuple[int, Scalar]) -> tuple[int, object]:
    if kind is Kind.IP and (address := parse_ip(value)) is not None:
        return 2, address
    if kind is Kind.VERSION and isinstance(value, str):
        return 3, version_key(value)
    return plain


def key_tuples(values: Sequence[Sequence[Scalar]], optional: Sequence[bool]) -> tuple[Key, ...]:
    """The key tuples of an event: one for each choice of one value for each key.

    ``values``: the values of each key; without one, an optional key is null and any other leaves
    the event without tuples. Doubles are not removed.
    """
    choices: list[Sequence[Scalar | None]] = []
    for found, may_miss in zip(values, optional, strict=True):
        if not found and not may_miss:
            return ()
        choices.append(found[:MOST_VALUES] or (None,))
    return tuple(islice(product(*choices), MOST_TUPLES))


def field_values(cells: Cells, slots: Collection[int]) -> Iterator[dict[int, list[Scalar]]]:
    """For each row of a batch the values of the fields in some slots, as they came."""
    chosen = np.flatnonzero(np.isin(cells.slot, list(slots)))
    rows = np.searchsorted(cells.row_start, chosen, side="right") - 1
    found: list[dict[int, list[Scalar]]] = [{} for _ in range(len(cells.row_start) - 1)]
    spans = zip(
        rows.tolist(),
        cells.slot[chosen].tolist(),
        cells.tag[chosen].tolist(),
        cells.start[chosen].tolist(),
        cells.length[chosen].tolist(),
        strict=True,
    )
    for row, slot, tag, start, length in spans:
        found[row].setdefault(slot, []).append(_scalar(cells.text, tag, start, length))
    return iter(found)


class Values(Protocol):
    """The values of an event's fields, by slot."""

    def get(self, slot: int, default: list[Scalar], /) -> list[Scalar]:
        """The values of a field as they came; without any, the default."""
        ...


class RowValues:
    """The values of an event's fields, read when they are asked for."""

    __slots__ = ("_cells", "_columns", "_known", "_slots")

    def __init__(self, cells: Cells, columns: Columns, slots: list[int], first: int) -> None:
        self._cells = cells
        self._columns = columns
        self._known: dict[int, list[Scalar]] = {}
        self._slots: dict[int, list[int]] = {}
        for cell, slot in enumerate(slots, first):
            self._slots.setdefault(slot, []).append(cell)

    def get(self, slot: int, default: list[Scalar], /) -> list[Scalar]:
        """The values of a field as they came; without any, the default."""
        places = self._slots.get(slot)
        if places is None:
            return default
        known = self._known.get(slot)
        if known is None:
            tags, starts, lengths = self._columns
            text = self._cells.text
            known = self._known[slot] = [
                _scalar(text, tags[at], starts[at], lengths[at]) for at in places
            ]
        return known


def row_values(cells: Cells) -> list[RowValues]:
    """For each row of a batch the values of its fields."""
    columns = cells.tag.tolist(), cells.start.tolist(), cells.length.tolist()
    slots, bounds = cells.slot.tolist(), cells.row_start.tolist()
    return [RowValues(cells, columns, slots[first:last], first) for first, last in pairwise(bounds)]


def _scalar(text: Bytes, tag: int, start: int, length: int) -> Scalar:
    if tag >= TRUE:
        return tag == TRUE
    written = text[start : start + length].tobytes().decode()
    return written if tag == STRING else number(written)
