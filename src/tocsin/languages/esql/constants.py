"""Constants of ES|QL: their own type, and what they mean as another."""

from __future__ import annotations

from tocsin.languages.esql.typed import Constant, Plain
from tocsin.languages.esql.types import NUMBERS, Type
from tocsin.schema.values import ip_text, number_of, parse_block, parse_ip, parse_time, text_of

READ = frozenset({*NUMBERS, Type.BOOLEAN, Type.DATE, Type.IP, Type.VERSION})
"""Types that a constant text can be read as."""


def constant(value: Plain) -> Constant:
    """A constant with its own type."""
    match value:
        case None:
            return Constant(None, Type.NULL)
        case bool():
            return Constant(value, Type.BOOLEAN)
        case str():
            return Constant(value, Type.KEYWORD)
        case int():
            return Constant(value, Type.LONG if -(2**63) <= value < 2**63 else Type.UNSIGNED)
        case float():
            return Constant(value, Type.DOUBLE)


def scalar(value: Plain | tuple[Plain, ...]) -> Plain:
    """A single value; of several there is none."""
    return None if isinstance(value, tuple) else value


def read_as(node: Constant, kind: Type) -> Constant | None:
    """A constant read as another type, None if it cannot be."""
    if isinstance(node.value, tuple):
        read = [read_as(Constant(value, node.type), kind) for value in node.value]
        if any(each is None for each in read):
            return None
        return Constant(tuple(scalar(each.value) for each in read if each is not None), kind)
    value = node.value
    if value is None:
        return Constant(None, kind)
    found: Plain = None
    match kind:
        case Type.KEYWORD:
            found = text_of(value)
        case Type.DOUBLE | Type.LONG | Type.UNSIGNED:
            number = number_of(value) if isinstance(value, str) else None
            return None if number is None else constant(number)
        case Type.DATE:
            found = parse_time(value) if isinstance(value, str) else None
        case Type.IP:
            address = parse_ip(value)
            found = None if address is None else ip_text(address)
        case Type.BOOLEAN:
            found = {"true": True, "false": False}.get(str(value).lower())
        case Type.VERSION:
            found = value if isinstance(value, str) else None
        case _:
            return None
    return None if found is None else Constant(found, kind)


def asked(node: Constant, kind: Type) -> Constant | None:
    """What a search of a field is for: a block of addresses and a date, a span, stay as written."""
    value = node.value
    if isinstance(value, str):
        block = kind is Type.IP and "/" in value and parse_block(value) is not None
        if block or (kind is Type.DATE and parse_time(value) is not None):
            return node
        read = read_as(node, kind) if kind in READ else None
    else:
        read = node if node.type is kind or (kind in NUMBERS and node.type in NUMBERS) else None
    if read is not None and isinstance(read.value, float) and read.value.is_integer():
        return constant(int(read.value)) if kind is not Type.DOUBLE else read
    return read
