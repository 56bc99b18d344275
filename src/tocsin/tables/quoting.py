"""Constants as SQL writes them, and the SQL types of columns."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from tocsin.languages.esql.typed import Column, Constant, Plain
from tocsin.languages.esql.types import Type
from tocsin.schema.values import parse_ip

SQL_TYPES: Mapping[Type, str] = MappingProxyType(
    {
        Type.KEYWORD: "VARCHAR",
        Type.LONG: "BIGINT",
        Type.UNSIGNED: "HUGEINT",
        Type.DOUBLE: "DOUBLE",
        Type.BOOLEAN: "BOOLEAN",
        Type.DATE: "BIGINT",
        Type.IP: "VARCHAR",
        Type.VERSION: "VARCHAR",
        Type.GEO_POINT: "VARCHAR",
        Type.SOURCE: "VARCHAR",
        Type.NULL: "VARCHAR",
        Type.UNKNOWN: "VARCHAR",
        Type.SPAN: "BIGINT",
        Type.OPTIONS: "VARCHAR",
    }
)
"""How values are held: dates as milliseconds since 1970, addresses as 32 hexadecimal digits (so
that their order is the order of texts), points as ``POINT (lon lat)``."""


def sql_type(column: Column) -> str:
    """The SQL type of a column's cells."""
    return SQL_TYPES[column.type] + ("[]" if column.multi else "")


def text(value: str) -> str:
    """A text as SQL writes it."""
    if "\0" in value:
        parts = (text(part) for part in value.split("\0"))
        return "(" + " || chr(0) || ".join(parts) + ")"
    return "'" + value.replace("'", "''") + "'"


def address(value: object) -> str | None:
    """An address as 32 hexadecimal digits, None if it is none."""
    number = parse_ip(value)
    return None if number is None else f"{number:032x}"


def constant(node: Constant) -> str:
    """A constant with its type."""
    if node.type is Type.NULL and node.value is None:
        return "NULL"
    kind = SQL_TYPES[node.type]
    if isinstance(node.value, tuple):
        inner = ", ".join(_plain(value, node.type) for value in node.value if value is not None)
        return f"CAST([{inner}] AS {kind}[])" if inner else f"CAST(NULL AS {kind}[])"
    return f"CAST({_plain(node.value, node.type)} AS {kind})"


def _plain(value: Plain, kind: Type) -> str:
    match value:
        case None:
            return "NULL"
        case bool():
            return "TRUE" if value else "FALSE"
        case str():
            found = address(value) if kind is Type.IP else value
            return "NULL" if found is None else text(found)
        case int():
            return str(value)
        case float():
            # of a text, since SQL takes a plain number for a decimal one, which knows no -0.0
            return f"CAST('{value!r}' AS DOUBLE)"
