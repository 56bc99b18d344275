"""Values of events as cells of a table: each read as the type of its column, or left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TypeAlias

import pyarrow as pa

from tocsin.languages.esql.typed import Column
from tocsin.languages.esql.types import Type
from tocsin.plan.expression import flag_of
from tocsin.schema.values import number_of, parse_time, text_of, time_text
from tocsin.tables.database import address_text, point_of
from tocsin.tables.quoting import address

Value: TypeAlias = str | int | float | bool
Plain: TypeAlias = Value | list[Value] | None

ARROW: Mapping[Type, pa.DataType] = MappingProxyType(
    {
        Type.KEYWORD: pa.string(),
        Type.LONG: pa.int64(),
        Type.UNSIGNED: pa.decimal128(20, 0),
        Type.DOUBLE: pa.float64(),
        Type.BOOLEAN: pa.bool_(),
        Type.DATE: pa.int64(),
        Type.IP: pa.string(),
        Type.VERSION: pa.string(),
        Type.GEO_POINT: pa.string(),
        Type.SOURCE: pa.string(),
        Type.NULL: pa.string(),
        Type.UNKNOWN: pa.string(),
    }
)
"""How the cells of a type are stored."""


def arrow_type(column: Column) -> pa.DataType:
    """How a column's cells are stored."""
    kind = ARROW[column.type]
    return pa.list_(kind) if column.multi else kind


def read_text(value: Value) -> str:
    """A value as text that can be stored."""
    told = text_of(value)
    return told if told.isascii() else told.encode("utf-8", "replace").decode()


def _whole(value: Value, least: int, most: int) -> int | None:
    number = number_of(value)
    if number is None:
        return None
    return int(number) if number == int(number) and least <= number <= most else None


def _long(value: Value) -> int | None:
    return _whole(value, -(2**63), 2**63 - 1)


def _unsigned(value: Value) -> int | None:
    return _whole(value, 0, 2**64 - 1)


def _double(value: Value) -> float | None:
    number = number_of(value)
    return None if number is None else float(number)


def _point(value: Value) -> str | None:
    return point_of(value) if isinstance(value, str) else None


READ: Mapping[Type, Callable[[Value], Value | None]] = MappingProxyType(
    {
        Type.LONG: _long,
        Type.UNSIGNED: _unsigned,
        Type.DOUBLE: _double,
        Type.BOOLEAN: flag_of,
        Type.DATE: parse_time,
        Type.IP: address,
        Type.GEO_POINT: _point,
    }
)
"""How a value of an event is read as a type; texts for all others."""


def read_cell(column: Column, values: Sequence[Value]) -> Plain:
    """A column's cell of an event's values; what cannot be read as its type is left out."""
    read = READ.get(column.type, read_text)
    found = [each for value in values if (each := read(value)) is not None]
    if not found:
        return None
    return found if column.multi else found[0]


def shown_cell(column: Column, cell: object) -> object:
    """A cell of a result as people get it: dates and addresses as text, one value without list."""
    if cell is None:
        return None
    if isinstance(cell, list):
        told = [_shown(column.type, value) for value in cell]
        return told[0] if len(told) == 1 else told
    return _shown(column.type, cell)


def _shown(kind: Type, value: object) -> object:
    if kind is Type.DATE and isinstance(value, int):
        return time_text(value * 1_000_000)
    if kind is Type.IP and isinstance(value, str):
        return address_text(value)
    return value
