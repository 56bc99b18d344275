"""Headers of the pages of a Parquet file (Thrift's compact protocol)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tocsin.columns.native import compiled, inlined, load8

if TYPE_CHECKING:
    import numpy.typing as npt

    from tocsin.columns.cells import Bytes

    Ints = npt.NDArray[np.int64]

DATA, DICTIONARY, DATA_2 = 0, 2, 3
"""Kinds of pages."""

PLAIN, PLAIN_DICTIONARY, RLE, RLE_DICTIONARY = 0, 2, 3, 8
"""Encodings."""

_DEEPEST = 8
_TRUE, _FALSE, _BYTE, _SHORT, _INT, _LONG, _DOUBLE, _BINARY, _STRUCT = 1, 2, 3, 4, 5, 6, 7, 8, 12
_CRC = 4
_INNER = (5, 7, 8)
"""The parts for pages of data, dictionaries, and pages of data of version 2."""

_WIDE = 10
_SIZE = _WIDE * (1 + len(_INNER))
_CUT, _BAD = -1, -2


class BadPageError(ValueError):
    """A page is not as it must be, or of a kind that is not read here."""


class CutError(ValueError):
    """A header goes on after what there is."""


class Header(NamedTuple):
    """What a page's header says.

    ``size``: of the page as it stands in the file; ``whole``: once decompressed. ``rows`` is -1
    where it does not say how many. ``repeats``, ``levels``: bytes of both (pages of version 2);
    -1: what they take stands before them. ``crc``: the CRC-32 of the page as it stands in the file;
    -1: it has none.
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
    crc: int = -1


def header(data: Bytes, at: int) -> tuple[Header, int]:
    """The header that stands there, and the place after it.

    Raises
    ------
    BadPageError
        There is none, or it says what cannot be.
    CutError
        It is not whole.
    """
    told = np.full(_SIZE, -1, np.int64)
    end = int(_fields(data, at, told))
    if end == _CUT:
        raise CutError
    numbers = told.tolist()
    _, kind, whole, size, crc = numbers[:5]
    if end == _BAD or min(kind, whole, size) < 0:
        raise BadPageError("no header of a page")
    if kind == DICTIONARY:
        count, encoding = numbers[2 * _WIDE + 1 : 2 * _WIDE + 3]
        found = Header(kind, size, whole, count, encoding, crc=crc)
    elif kind == DATA:
        count, encoding, levels, repeats = numbers[_WIDE + 1 : _WIDE + 5]
        if levels != RLE or repeats != RLE:
            raise BadPageError("levels in an old encoding")
        found = Header(kind, size, whole, count, encoding, crc=crc)
    elif kind == DATA_2:
        _, count, _, rows, encoding, levels, repeats, packed, *_ = numbers[3 * _WIDE :]
        found = Header(kind, size, whole, count, encoding, rows, repeats, levels, packed != 0, crc)
        if min(rows, levels, repeats) < 0 or repeats + levels > min(size, whole):
            raise BadPageError("levels longer than their page")
    else:
        return Header(kind, size, whole, 0, PLAIN), end
    if found.values < 0 or found.encoding < 0:
        raise BadPageError("a header without its numbers")
    return found, end


@inlined
def _varint(data: Bytes, at: int) -> tuple[int, int]:
    """A number and the place after it; `_CUT` or `_BAD` instead of the place."""
    value, shift = 0, 0
    while at < data.size:
        byte = load8(data, at)
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
        if shift > 56:
            return 0, _BAD
    return 0, _CUT


@compiled
def _fields(data: Bytes, at: int, told: Ints) -> int:  # noqa: C901, PLR0912 - as it is built
    """Note numbers and truths of a header and its parts; gives the place after it.

    ``told``: `_WIDE` numbers of the header itself, by their fields, then as many of each part.
    """
    numbers = np.zeros(_DEEPEST + 1, np.int64)
    depth, base = 0, 0
    while True:
        if at >= data.size:
            return _CUT
        byte = load8(data, at)
        at += 1
        if byte == 0:
            if depth == 0:
                return at
            depth -= 1
            base = 0 if depth == 0 else base
            continue
        kind, step = byte & 15, byte >> 4
        if step:
            numbers[depth] += step
        else:
            value, at = _varint(data, at)
            if at < 0:
                return at
            numbers[depth] = (value >> 1) ^ -(value & 1)
        number, value = numbers[depth], -1
        if kind in (_TRUE, _FALSE):
            value = 1 if kind == _TRUE else 0
        elif _SHORT <= kind <= _LONG:
            value, at = _varint(data, at)
            value = (value >> 1) ^ -(value & 1)
        elif kind == _BINARY:
            length, at = _varint(data, at)
            if at >= 0 and length > data.size - at:
                return _CUT
            at += length if at >= 0 else 0
        elif kind == _BYTE:
            at += 1
        elif kind == _DOUBLE:
            at += 8
        elif kind == _STRUCT:
            if depth == _DEEPEST:
                return _BAD
            if depth == 0:
                base = -1
                for part in range(len(_INNER)):
                    if number == _INNER[part]:
                        base = (part + 1) * _WIDE
            depth += 1
            numbers[depth] = 0
        else:
            return _BAD
        if at < 0:
            return at
        if depth == 0 and kind == _INT and number == _CRC:
            told[_CRC] = value & 0xFFFFFFFF
        elif depth <= 1 and kind != _STRUCT and base >= 0 and 0 < number < _WIDE and value >= 0:
            if value >= 1 << 31:
                return _BAD
            told[base + number] = value


@compiled
def pages(data: Bytes, at: int, end: int, found: Ints) -> int:
    """Where the pages of a column's chunk stand; gives how many there are.

    ``data[at:end]`` is the chunk. ``found``: int64[n, 2], of each page the place of its header and
    how many values it has, -1 for a dictionary. Gives -1 if something is not as it must be, and
    n + 1 if there are more than n.
    """
    told = np.empty(_SIZE, np.int64)
    number = 0
    while at < end:
        told[:] = -1
        body = _fields(data, at, told)
        kind, whole, size = told[1], told[2], told[3]
        if body < 0 or kind < 0 or whole < 0 or size < 0 or size > end - body:
            return -1
        if number == found.shape[0]:
            return number + 1
        values = -1
        if kind == DATA:
            values = told[_WIDE + 1]
        elif kind == DATA_2:
            values = told[3 * _WIDE + 1]
        if values < 0 and kind != DICTIONARY:
            return -1
        found[number, 0], found[number, 1] = at, values
        number += 1
        at = body + size
    return number
