"""What rules compare events and indicators by, and the values of a batch under their hashes."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from tocsin.columns.cells import Cells, Scalar
from tocsin.match import indicator_hash as kernels
from tocsin.match.canonical import views
from tocsin.match.indicator_hash import ALONE, Columns, Room
from tocsin.match.join import key_value
from tocsin.match.keyhash import ADDRESS, SPREAD, Hashes, Ints, value_hash, way
from tocsin.plan.plan import Pairing, ThreatPlan
from tocsin.rules.value_lists import address_range
from tocsin.schema.kinds import Kind
from tocsin.schema.values import parse_ip

MOST_BLOCKS = 1 << 16
"""Blocks of addresses that one value may stand for."""

_ALL = (1 << 64) - 1


class Column(NamedTuple):
    """An indicator's field, and the kind as which its values compare with those of events."""

    field: str
    kind: Kind


class Shared(NamedTuple):
    """A value that an event and some indicator may share: where it stands, and its hash."""

    row: int
    cell: int
    column: int
    hash: int


def compared_as(pairing: Pairing) -> Kind:
    """The kind that decides what is equal: that of the event's field; texts if nobody knows it."""
    kind = pairing.field.kind
    return Kind.KEYWORD if kind in {Kind.UNKNOWN, Kind.NESTED, Kind.OBJECT} else kind


def column_of(pairing: Pairing) -> Column:
    """The column of a pairing."""
    return Column(pairing.indicator.name, compared_as(pairing))


class SharedColumns:
    """The columns of some rules' mappings, numbered, with secrets of this process."""

    def __init__(self, plans: Sequence[ThreatPlan]) -> None:
        pairings = [pairing for plan in plans for group in plan.groups for pairing in group]
        self.columns = list(dict.fromkeys(map(column_of, pairings)))
        self.number = {column: at for at, column in enumerate(self.columns)}
        self._pairs = list(
            dict.fromkeys((each.field.name, self.number[column_of(each)]) for each in pairings)
        )
        self._way = np.array([_way(column.kind) for column in self.columns], np.int32)
        self._seed = np.uint64(secrets.randbits(64))
        self._salt = np.array([secrets.randbits(64) for _ in self.columns], np.uint64)
        self._prefixes: list[set[int]] = [set() for _ in self.columns]
        self._room = kernels.room(4096)

    @property
    def indicator_fields(self) -> list[str]:
        """The fields of indicators."""
        return list(dict.fromkeys(column.field for column in self.columns))

    def of_indicators(
        self, cells: Cells, rows: Ints, slot: Callable[[str], int], slots: int
    ) -> tuple[Ints, Hashes]:
        """Row and hash of each value of some indicators, blocks of addresses included."""
        fields = [(slot(column.field), at) for at, column in enumerate(self.columns)]
        columns = self._reading(fields, slots)
        count = self._run(cells, lambda read, room: kernels.hash_cells(rows, read, columns, room))
        room = self._room
        row, hashes = room.row[:count], room.hash[:count]
        odd = np.flatnonzero(room.state[:count] != kernels.SETTLED)
        if not odd.size:
            return row, hashes
        more = [
            (int(row[at]), value)
            for at in odd.tolist()
            for value in self._others(cells.value(int(room.cell[at])), int(room.column[at]))
        ]
        kept = room.state[:count] != kernels.ODD
        extra_rows = np.array([at for at, _ in more], np.int32)
        extra = np.array([value for _, value in more], np.uint64)
        return np.concatenate((row[kept], extra_rows)), np.concatenate((hashes[kept], extra))

    def of_events(
        self, cells: Cells, rows: Ints, slot: Callable[[str], int], slots: int, bloom: Hashes
    ) -> Iterator[Shared]:
        """The values of some events that indicators may have, in order of rows and cells."""
        columns = self._reading([(slot(field), column) for field, column in self._pairs], slots)
        count = self._run(cells, lambda read, room: kernels.probe(rows, read, columns, bloom, room))
        room = self._room
        found = zip(
            room.row[:count].tolist(),
            room.cell[:count].tolist(),
            room.column[:count].tolist(),
            room.hash[:count].tolist(),
            room.state[:count].tolist(),
            strict=True,
        )
        for row, cell, column, value, state in found:
            if state == kernels.ODD:
                yield Shared(row, cell, column, self._alone(cells.value(cell), column))
            else:
                yield Shared(row, cell, column, value)

    def _run(self, cells: Cells, kernel: Callable[[kernels.Cells, Room], int]) -> int:
        read = kernels.Cells(*views(cells))
        while (count := kernel(read, self._room)) > self._room.row.size:
            self._room = kernels.room(count + count // 2)
        return count

    def _reading(self, fields: Sequence[tuple[int, int]], slots: int) -> Columns:
        """The columns by slot of a program with so many fields."""
        ordered = sorted(fields)
        first = np.searchsorted([at for at, _ in ordered], np.arange(slots + 1)).astype(np.int32)
        lengths = [sorted(found) for found in self._prefixes]
        return Columns(
            first,
            np.array([column for _, column in ordered], np.int32),
            self._way,
            self._salt,
            np.cumsum([0, *map(len, lengths)]).astype(np.int32),
            np.array([length for found in lengths for length in found], np.int32),
            self._seed,
        )

    def _alone(self, value: Scalar, column: int) -> int:
        """The hash of a value that kernels leave to Python."""
        key = key_value(self.columns[column].kind, value)
        return self._key(value_hash(key, self._seed), column, ALONE)

    def _others(self, value: Scalar, column: int) -> Iterator[int]:
        """The hashes of what is no plain value: blocks of addresses, and odd numbers and texts."""
        ends = address_range(value) if isinstance(value, str) else None
        if self.columns[column].kind is not Kind.IP or ends is None:
            yield self._alone(value, column)
            return
        for count, (first, length) in enumerate(_blocks(*ends)):
            if count == MOST_BLOCKS:
                return
            if length == 128:
                yield self._key(self._address(first), column, ALONE)
            else:
                self._prefixes[column].add(length)
                yield self._key(self._address(first), column, length)

    def _address(self, address: int) -> int:
        return _folded((address >> 64) ^ int(self._seed), (address & _ALL) ^ int(SPREAD))

    def _key(self, value: int, column: int, prefix: int) -> int:
        return _folded(value ^ int(self._salt[column]), int(SPREAD) ^ (prefix + 1))


def _way(kind: Kind) -> int:
    how = way(kind)
    return how + ADDRESS if kind is Kind.IP else how


def _folded(left: int, right: int) -> int:
    product = left * right
    return (product >> 64) ^ (product & _ALL)


def _blocks(first: int, last: int) -> Iterator[tuple[int, int]]:
    """The fewest blocks that hold a range of addresses: first address and length of the prefix."""
    while first <= last:
        size = (first & -first) if first else 1 << 128
        while size > last - first + 1:
            size >>= 1
        yield first, 129 - size.bit_length()
        first += size


def equal(kind: Kind, event: Scalar, indicator: Scalar) -> bool:
    """Whether an event's value is the indicator's, or an address in its block."""
    if kind is Kind.IP and isinstance(indicator, str):
        address, ends = parse_ip(event), address_range(indicator)
        if address is not None and ends is not None:
            return ends[0] <= address <= ends[1]
    one, other = key_value(kind, event), key_value(kind, indicator)
    return one == other and isinstance(one, bool) == isinstance(other, bool)
