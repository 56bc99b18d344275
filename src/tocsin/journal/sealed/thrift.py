"""Thrift's compact protocol, as far as the headers and footers of Parquet files need it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from tocsin.columns.checksum import checksum

Bytes: TypeAlias = bytes | memoryview

_INT32, _INT64, _BINARY, _LIST, _STRUCT = 5, 6, 8, 9, 12
INT32, BINARY, STRUCT = _INT32, _BINARY, _STRUCT
"""Kinds of a list's elements."""


def varint(value: int) -> bytes:
    """A number that is not negative, seven bits to a byte."""
    if value < _KNOWN:
        return _SHORT[value]
    return _LONGER[value & (_KNOWN - 1)] + varint(value >> 14)


def number(value: int) -> bytes:
    """A number of at most 64 bits."""
    return varint(value << 1 if value >= 0 else (-value << 1) - 1)


def binary(value: bytes) -> bytes:
    """Bytes or a text."""
    return varint(len(value)) + value


_KNOWN = 1 << 14
_SHORT = [
    bytes((value,)) if value < 0x80 else bytes((value & 0x7F | 0x80, value >> 7))
    for value in range(_KNOWN)
]
_LONGER = [bytes((value & 0x7F | 0x80, value >> 7 | 0x80)) for value in range(_KNOWN)]
"""The lowest fourteen bits of a larger number."""


class Struct:
    """A struct, field by field, in rising order of their numbers."""

    def __init__(self) -> None:
        self._out = bytearray()
        self._last = 0

    def _head(self, field: int, kind: int) -> None:
        self._out.append(field - self._last << 4 | kind)
        self._last = field

    def truth(self, field: int, value: bool) -> Struct:
        """A truth value."""
        self._head(field, 1 if value else 2)
        return self

    def byte(self, field: int, value: int) -> Struct:
        """A small number of its own type."""
        self._head(field, 3)
        self._out.append(value)
        return self

    def short(self, field: int, value: int) -> Struct:
        """A number of 32 bits."""
        self._head(field, _INT32)
        self._out += number(value)
        return self

    def long(self, field: int, value: int) -> Struct:
        """A number of 64 bits."""
        self._head(field, _INT64)
        self._out += number(value)
        return self

    def text(self, field: int, value: bytes) -> Struct:
        """Bytes or a text."""
        self._head(field, _BINARY)
        self._out += binary(value)
        return self

    def struct(self, field: int, value: bytes) -> Struct:
        """A struct that is done."""
        self._head(field, _STRUCT)
        self._out += value
        return self

    def several(self, field: int, kind: int, values: Sequence[bytes]) -> Struct:
        """A list of numbers, texts or structs, each as it is written."""
        self._head(field, _LIST)
        size = len(values)
        self._out += (
            bytes((size << 4 | kind,)) if size < 15 else bytes((0xF0 | kind,)) + varint(size)
        )
        self._out += b"".join(values)
        return self

    def done(self) -> bytes:
        """The struct as bytes."""
        return bytes(self._out) + b"\0"


def data_head(whole: int, packed: Bytes, levels: int, encoding: int) -> bytes:
    """The header of a page of values: its bytes before they were compressed, and what they became.

    ``levels``: how many it has.
    """
    parts = _page_head(b"\x15\x00\x15", whole, packed), b"\x1c\x15", number(levels)
    return b"".join((*parts, b"\x15", number(encoding), b"\x15\x06\x15\x06\x00\x00"))


def words_head(whole: int, packed: Bytes, words: int) -> bytes:
    """The header of a page that is a dictionary."""
    parts = _page_head(b"\x15\x04\x15", whole, packed), b"\x3c\x15", number(words)
    return b"".join((*parts, b"\x15\x00\x00\x00"))


def _page_head(kind: bytes, whole: int, packed: Bytes) -> bytes:
    crc = checksum(packed)
    signed = crc - (1 << 32) if crc >> 31 else crc
    return b"".join((kind, number(whole), b"\x15", number(len(packed)), b"\x15", number(signed)))
