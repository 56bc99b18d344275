"""JSON strings that are not plain: escapes, and UTF-8 beyond ASCII."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tocsin.columns.native import ctz, inlined, lean, load8, load64, whole
from tocsin.columns.problem import (
    BAD_ESCAPE,
    BAD_UTF8,
    CONTROL,
    FINE,
    LONE_SURROGATE,
    OPEN_STRING,
)
from tocsin.columns.vector import copy64, special64

if TYPE_CHECKING:
    from tocsin.columns.cells import Bytes


def _escapes() -> Bytes:
    table = np.zeros(256, np.uint8)
    for mark, meaning in zip(b'"\\/bfnrt', b'"\\/\b\f\n\r\t', strict=True):
        table[mark] = meaning
    return table


def _digits() -> Bytes:
    table = np.full(256, 0xFF, np.uint8)
    for value, mark in enumerate(b"0123456789abcdef"):
        table[mark] = value
        table[ord(chr(mark).upper())] = value
    return table


QUOTE, BACKSLASH, LETTER_U = 0x22, 0x5C, 0x75
ESCAPES = _escapes()
HEX = _digits()


@inlined
def read_string(data: Bytes, at: int, end: int, text: Bytes, out: int) -> tuple[int, int, int]:
    """Read a string from behind its opening quote to its closing quote.

    Gives (problem or FINE, the place of the quote or of the problem, the end of what was written):
    the string's meaning in UTF-8, from ``text[out]`` on. That is never longer than what is read; up
    to 64 bytes more may be touched.
    """
    copy64(text, out, data, at)
    size = ctz(special64(data, at))
    at += size
    out += size
    while size == 64:
        if at >= end:
            return OPEN_STRING, end, out
        copy64(text, out, data, at)
        size = ctz(special64(data, at))
        at += size
        out += size
    if load8(data, at) != QUOTE:
        return string_rest(data, at, end, text, out)
    if at >= end:
        return OPEN_STRING, end, out
    return FINE, at, out


@lean
def string_rest(  # noqa: C901, PLR0912
    data: Bytes, at: int, end: int, text: Bytes, out: int
) -> tuple[int, int, int]:
    """Read a string on from a byte that is not plain; the same terms as ``read_string``."""
    while True:
        if at >= end:
            return OPEN_STRING, end, out
        byte = load8(data, at)
        if byte == QUOTE:
            return FINE, at, out
        if byte == BACKSLASH:
            if at + 1 >= end:
                return OPEN_STRING, end, out
            mark = load8(data, at + 1)
            meaning = ESCAPES[mark]
            if meaning != 0:
                text[out] = meaning
                out += 1
                at += 2
            elif mark == LETTER_U:
                point = code_point(data, at, end)
                if point < 0:
                    return (LONE_SURROGATE if point == -2 else BAD_ESCAPE), at, out
                at += 12 if point >= 0x10000 else 6
                out = written(text, out, point)
            else:
                return BAD_ESCAPE, at, out
        elif byte >= 0x80:
            length = character_size(load64(data, at))
            if length == 0 or at + length > end:
                return BAD_UTF8, at, out
            for _ in range(length):
                text[out] = load8(data, at)
                out += 1
                at += 1
            if load8(data, at) >= 0x80:
                continue
        else:
            return CONTROL, at, out
        while True:
            copy64(text, out, data, at)
            size = ctz(special64(data, at))
            at += size
            out += size
            if size < 64 or at >= end:
                break


@lean
def character_size(word: np.uint64) -> int:
    """How many bytes the character beyond ASCII that a word begins with has; 0: not UTF-8."""
    first = whole(word) & 0xFF
    second = whole(word >> np.uint64(8)) & 0xFF
    third = whole(word >> np.uint64(16)) & 0xC0
    fourth = whole(word >> np.uint64(24)) & 0xC0
    if second & 0xC0 != 0x80:
        return 0
    if 0xC2 <= first <= 0xDF:
        return 2
    if third != 0x80:
        return 0
    if 0xE0 <= first <= 0xEF:
        too_long = first == 0xE0 and second < 0xA0
        surrogate = first == 0xED and second >= 0xA0
        return 0 if too_long or surrogate else 3
    if 0xF0 <= first <= 0xF4 and fourth == 0x80:
        too_long = first == 0xF0 and second < 0x90
        beyond = first == 0xF4 and second >= 0x90
        return 0 if too_long or beyond else 4
    return 0


@lean
def code_point(data: Bytes, at: int, end: int) -> int:
    r"""The character of ``\uXXXX`` or of two that make a pair; -1: bad digits, -2: half a pair."""
    unit = hex4(data, at + 2) if at + 6 <= end else -1
    if unit < 0xD800 or unit > 0xDFFF:
        return unit
    if unit >= 0xDC00 or at + 12 > end:
        return -2
    if load8(data, at + 6) != BACKSLASH or load8(data, at + 7) != LETTER_U:
        return -2
    low = hex4(data, at + 8)
    if low < 0xDC00 or low > 0xDFFF:
        return -2
    return 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00)


@lean
def hex4(data: Bytes, at: int) -> int:
    """Four hexadecimal digits as a number, or -1; never looks beyond a byte that is none."""
    value = 0
    for place in range(at, at + 4):
        digit = whole(HEX[load8(data, place)])
        if digit > 15:
            return -1
        value = value << 4 | digit
    return value


@lean
def written(text: Bytes, out: int, point: int) -> int:
    """Write a character as UTF-8; gives the place after it."""
    if point < 0x80:
        text[out] = point
        return out + 1
    if point < 0x800:
        text[out] = 0xC0 | point >> 6
        text[out + 1] = 0x80 | point & 0x3F
        return out + 2
    if point < 0x10000:
        text[out] = 0xE0 | point >> 12
        text[out + 1] = 0x80 | point >> 6 & 0x3F
        text[out + 2] = 0x80 | point & 0x3F
        return out + 3
    text[out] = 0xF0 | point >> 18
    text[out + 1] = 0x80 | point >> 12 & 0x3F
    text[out + 2] = 0x80 | point >> 6 & 0x3F
    text[out + 3] = 0x80 | point & 0x3F
    return out + 4
