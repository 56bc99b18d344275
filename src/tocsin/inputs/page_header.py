"""Headers of the pages of a Parquet file (Thrift's compact protocol)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

DATA, DICTIONARY, DATA_2 = 0, 2, 3
"""Kinds of pages."""

PLAIN, PLAIN_DICTIONARY, RLE, RLE_DICTIONARY = 0, 2, 3, 8
"""Encodings."""

LONGEST = 1 << 20
"""The most bytes of a header."""

_DEEPEST = 8
_TRUE, _FALSE, _BYTE, _INTEGERS, _DOUBLE = 1, 2, 3, (4, 5, 6), 7
_BINARY, _LIST, _SET, _STRUCT = 8, 9, 10, 12


class BadPageError(ValueError):
    """A page is not as it must be, or of a kind that is not read here."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a page's header says.

    ``size``: of the page as it stands in the file; ``whole``: once decompressed. ``rows`` is -1
    where it does not say how many. ``repeats``, ``levels``: bytes of both (pages of version 2);
    -1: what they take stands before them.
    """

    kind: int
    size: int
    whole: int
    values: int
    encoding: int
    rows: int = -1
    repeats: int = -1
    levels: int = -1
    compressed: bool = True


def header(data: memoryview) -> tuple[Header, int]:
    """The header that stands at the beginning, and its length.

    Raises
    ------
    BadPageError
        There is none, or it says what cannot be.
    IndexError
        It is longer than ``data``.
    """
    told, length = _struct(data, 0, 0)
    kind, whole, size = _count(told, 1), _count(told, 2), _count(told, 3)
    if kind == DICTIONARY:
        inner = _inner(told, 7)
        return Header(kind, size, whole, _count(inner, 1), _count(inner, 2)), length
    if kind == DATA:
        inner = _inner(told, 5)
        if _count(inner, 3) != RLE or _count(inner, 4) != RLE:
            raise BadPageError("levels in an old encoding")
        return Header(kind, size, whole, _count(inner, 1), _count(inner, 2)), length
    if kind == DATA_2:
        inner = _inner(told, 8)
        found = Header(
            kind,
            size,
            whole,
            _count(inner, 1),
            _count(inner, 4),
            _count(inner, 3),
            _count(inner, 6),
            _count(inner, 5),
            bool(inner.get(7, True)),
        )
        if found.repeats + found.levels > min(size, whole):
            raise BadPageError("levels longer than their page")
        return found, length
    return Header(kind, size, whole, 0, PLAIN), length


def _count(told: dict[int, Any], number: int) -> int:
    found = told.get(number)
    if not isinstance(found, int) or not 0 <= found < 1 << 31:
        raise BadPageError("a header without its numbers")
    return found


def _inner(told: dict[int, Any], number: int) -> dict[int, Any]:
    found = told.get(number)
    if not isinstance(found, dict):
        raise BadPageError("a header without its parts")
    return found


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
        if shift > 63:
            raise BadPageError("a number without an end")


def _struct(data: memoryview, at: int, depth: int) -> tuple[dict[int, Any], int]:
    """Numbers, truths and structures by their field's number; all else is passed over."""
    if depth > _DEEPEST:
        raise BadPageError("a header nested too deep")
    found: dict[int, Any] = {}
    number = 0
    while True:
        byte = data[at]
        at += 1
        if byte == 0:
            return found, at
        kind, step = byte & 15, byte >> 4
        if step:
            number += step
        else:
            value, at = _varint(data, at)
            number = (value >> 1) ^ -(value & 1)
        if kind in _INTEGERS:
            value, at = _varint(data, at)
            found[number] = (value >> 1) ^ -(value & 1)
        elif kind in (_TRUE, _FALSE):
            found[number] = kind == _TRUE
        elif kind == _STRUCT:
            found[number], at = _struct(data, at, depth + 1)
        else:
            at = _past(data, at, kind, depth)


def _past(data: memoryview, at: int, kind: int, depth: int) -> int:
    """The place after a value."""
    if depth > _DEEPEST:
        raise BadPageError("a header nested too deep")
    if kind in (_TRUE, _FALSE, _BYTE):
        return at + 1
    if kind in _INTEGERS:
        return _varint(data, at)[1]
    if kind == _DOUBLE:
        return at + 8
    if kind == _BINARY:
        size, at = _varint(data, at)
        return at + size
    if kind == _STRUCT:
        return _struct(data, at, depth + 1)[1]
    if kind not in (_LIST, _SET):
        raise BadPageError("a header of another kind")
    byte = data[at]
    at += 1
    size = byte >> 4
    if size == 15:
        size, at = _varint(data, at)
    for _ in range(min(size, len(data) + 1 - at)):
        at = _past(data, at, byte & 15, depth + 1)
    return at
