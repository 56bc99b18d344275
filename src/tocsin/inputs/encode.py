"""Python values as JSON text, for what the plain encoder refuses.

What becomes of values that JSON does not have:

- a date with time: ISO 8601 (without an offset it counts as UTC); a date: ``2026-08-01``
- bytes: their text if they are UTF-8, else base64, as Elasticsearch has binary fields
- decimals and integers of any size: a number with all its digits
- NaN and infinities: null, that is a missing value
- sets: arrays, in the order of their JSON texts; NumPy numbers and arrays: numbers and arrays
- addresses, networks and paths: their text
- any mapping: an object; any other iterable that is no mapping: not representable
- keys: their text (``True`` is ``true``, None is ``null``)
"""

from __future__ import annotations

import base64
import math
from collections.abc import Iterator, Mapping
from decimal import Decimal
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from pathlib import PurePath

import numpy as np
import orjson

DEPTH = 200
"""How deep objects and arrays may nest."""

_OPTIONS = orjson.OPT_SERIALIZE_NUMPY
_TEXTS = (IPv4Address, IPv6Address, IPv4Network, IPv6Network, PurePath)


class NotRepresentableError(ValueError):
    """A Python value that has no JSON text; the message says why."""


def encode(event: object) -> bytes:
    """The JSON text of a mapping.

    Raises
    ------
    NotRepresentableError
        The value, or something in it, has no JSON text.
    """
    try:
        return orjson.dumps(event, default=_other, option=_OPTIONS)
    except (TypeError, ValueError, RecursionError):
        return b"".join(_pieces(event))


def _other(value: object) -> object:
    """What stands for a value of a type that orjson does not know."""
    match value:
        case Decimal():
            return orjson.Fragment(_number(value))
        case bytes() | bytearray() | memoryview():
            return _text(bytes(value))
        case set() | frozenset():
            return sorted(value, key=encode)
        case np.ndarray():
            return value.tolist()
        case np.generic():
            return value.item()
        case Mapping():
            return dict(value)
        case _ if isinstance(value, _TEXTS):
            return str(value)
        case _:
            raise NotRepresentableError(f"a value of type {type(value).__name__} has no JSON form")


def _number(value: Decimal | float) -> bytes:
    return str(value).encode() if math.isfinite(value) else b"null"


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return base64.b64encode(value).decode()


class _Token:
    """Text that stands in the result as it is."""

    __slots__ = ("text",)

    def __init__(self, text: bytes) -> None:
        self.text = text


def _pieces(event: object) -> Iterator[bytes]:
    """The JSON text of a value piece by piece, without recursion."""
    pending: list[tuple[object, int]] = [(event, 1)]
    while pending:
        value, depth = pending.pop()
        match value:
            case _Token():
                yield value.text
                continue
            case Mapping():
                parts = _members(value)
                opening, closing = b"{", b"}"
            case list() | tuple():
                parts = _elements(value)
                opening, closing = b"[", b"]"
            case _:
                inner = _scalar(value)
                if isinstance(inner, bytes):
                    yield inner
                else:
                    pending.append((inner, depth))
                continue
        if depth > DEPTH:
            raise NotRepresentableError("nested more than 200 levels deep")
        yield opening
        pending.append((_Token(closing), depth))
        pending.extend((part, depth + 1) for part in reversed(parts))


def _members(value: Mapping[object, object]) -> list[object]:
    parts: list[object] = []
    for key, inner in value.items():
        parts.append(_Token((b"," if parts else b"") + _key(key) + b":"))
        parts.append(inner)
    return parts


def _elements(value: list[object] | tuple[object, ...]) -> list[object]:
    parts: list[object] = []
    for inner in value:
        if parts:
            parts.append(_Token(b","))
        parts.append(inner)
    return parts


def _key(key: object) -> bytes:
    if isinstance(key, str):
        return _plain(key)
    if key is None or isinstance(key, (bool, int, float, Decimal, np.generic)):
        text = _scalar(key)
        if isinstance(text, bytes):
            return b'"' + text + b'"'
    raise NotRepresentableError(f"a key of type {type(key).__name__} has no JSON form")


def _scalar(value: object) -> bytes | object:
    """The text of a value without parts, or what stands for a value of an unknown type."""
    if isinstance(value, int) and not isinstance(value, bool):
        return _digits(value)
    if isinstance(value, (Decimal, float)):
        return _number(value) if isinstance(value, Decimal) else _plain(value)
    if value is None or isinstance(value, (str, bool)):
        return _plain(value)
    try:
        return _plain(value)
    except NotRepresentableError:
        return _other(value)


def _digits(value: int) -> bytes:
    try:
        return str(int(value)).encode()
    except ValueError:
        raise NotRepresentableError("a number with more than 4,300 digits") from None


def _plain(value: object) -> bytes:
    try:
        return orjson.dumps(value, option=_OPTIONS)
    except (TypeError, ValueError) as error:
        raise NotRepresentableError(_reason(value, error)) from None


def _reason(value: object, error: Exception) -> str:
    if isinstance(value, str):
        return "text with a lone surrogate"
    return f"a value of type {type(value).__name__} has no JSON form ({error})"
