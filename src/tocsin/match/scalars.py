"""Reading one value as a number or an address, in kernels.

These agree with ``schema/values.py``; what they cannot settle exactly they leave to it.
"""

from __future__ import annotations

import numpy as np

from tocsin.columns.cells import Bytes
from tocsin.columns.native import lean, load8
from tocsin.match.hashing import signed, unsigned

NOTHING, WHOLE, DECIMAL, DOUBTFUL = 0, 1, 2, 3
"""What `read_number` found: no number, an integer, a double, a number that neither holds."""

_POWERS = 10.0 ** np.arange(23)


@lean
def read_number(  # noqa: C901, PLR0912 - one pass over the text
    text: Bytes, start: int, end: int
) -> tuple[int, int, float]:
    """What the text is as a number: what was found, the integer, the double."""
    negative = False
    if start < end and (load8(text, start) == 43 or load8(text, start) == 45):
        negative = load8(text, start) == 45
        start += 1
    digits, held, mantissa, scale, whole = 0, 0, signed(0), 0, True
    while start < end:
        byte = load8(text, start)
        if byte == 46 and whole:
            whole = False
        elif 48 <= byte <= 57:
            digits += 1
            if mantissa or byte > 48:
                held += 1
            if held <= 18:
                mantissa = mantissa * 10 + (byte - 48)
                if not whole:
                    scale -= 1
            elif whole:
                scale += 1
        else:
            break
        start += 1
    if digits == 0:
        return NOTHING, 0, 0.0
    if start < end:
        if load8(text, start) | 32 != 101:
            return NOTHING, 0, 0.0
        whole = False
        start += 1
        sign = 1
        if start < end and (load8(text, start) == 43 or load8(text, start) == 45):
            sign = -1 if load8(text, start) == 45 else 1
            start += 1
        if start == end:
            return NOTHING, 0, 0.0
        exponent = 0
        while start < end:
            byte = load8(text, start)
            if byte < 48 or byte > 57:
                return NOTHING, 0, 0.0
            if exponent < 100000:
                exponent = exponent * 10 + (byte - 48)
            start += 1
        scale += sign * exponent
    if negative:
        mantissa = -mantissa
    if whole and held <= 18:
        return WHOLE, mantissa, 0.0
    if whole or held > 18 or abs(mantissa) > 1 << 53 or abs(scale) > 22:
        return DOUBTFUL, 0, 0.0
    number = float(mantissa)
    return DECIMAL, 0, number * _POWERS[scale] if scale >= 0 else number / _POWERS[-scale]


@lean
def _octets(text: Bytes, start: int, end: int) -> int:
    """The 32 bits of an IPv4 address, or -1."""
    total, parts, digits, octet = 0, 0, 0, 0
    while start <= end:
        byte = load8(text, start) if start < end else 46
        if byte == 46:
            if digits == 0:
                return -1
            total = total << 8 | octet
            parts += 1
            digits = 0
            octet = 0
        elif 48 <= byte <= 57:
            if digits > 0 and octet == 0:
                return -1
            octet = octet * 10 + (byte - 48)
            digits += 1
            if octet > 255:
                return -1
        else:
            return -1
        start += 1
    return total if parts == 4 else -1


@lean
def _hexadecimal(byte: int) -> int:
    """The value of a hexadecimal digit, or -1."""
    if 48 <= byte <= 57:
        return byte - 48
    if 97 <= byte | 32 <= 102:
        return (byte | 32) - 87
    return -1


@lean
def read_address(  # noqa: C901, PLR0912, PLR0915 - one pass over the text
    text: Bytes, start: int, end: int
) -> tuple[bool, int, int]:
    """Whether the text is an IP address, and its 128 bits; IPv4 as IPv4-mapped IPv6."""
    high, low = unsigned(0), unsigned(0)
    colon = False
    for place in range(start, end):
        if load8(text, place) == 58:
            colon = True
            break
    if not colon:
        bits = _octets(text, start, end)
        return bits >= 0, high, unsigned(0xFFFF00000000) | unsigned(max(bits, 0))
    groups, gap = 0, -1
    after_high, after_low = unsigned(0), unsigned(0)
    place = start
    if place + 1 < end and load8(text, place) == 58:
        if load8(text, place + 1) != 58:
            return False, high, low
        gap = 0
        place += 2
    elif end - start < 2:
        return False, high, low
    while place < end:
        stop, group = place, 0
        while stop < end and stop - place < 5 and _hexadecimal(load8(text, stop)) >= 0:
            group = group << 4 | _hexadecimal(load8(text, stop))
            stop += 1
        size, taken = 16, 1
        bits = group
        if stop < end and load8(text, stop) == 46:
            bits = _octets(text, place, end)
            if bits < 0:
                return False, high, low
            size, taken, stop = 32, 2, end
        elif stop == place or stop - place > 4:
            return False, high, low
        shift, rest = unsigned(size), unsigned(64 - size)
        if gap < 0:
            high = high << shift | low >> rest
            low = low << shift | unsigned(bits)
        else:
            after_high = after_high << shift | after_low >> rest
            after_low = after_low << shift | unsigned(bits)
        groups += taken
        if groups > 8:
            return False, high, low
        place = stop
        if place < end:
            if load8(text, place) != 58:
                return False, high, low
            place += 1
            if place == end:
                return False, high, low
            if load8(text, place) == 58:
                if gap >= 0:
                    return False, high, low
                gap = groups
                place += 1
    if gap < 0:
        return groups == 8, high, low
    if groups > 7:
        return False, high, low
    distance = 16 * (8 - gap)
    if distance >= 128:
        return True, after_high, after_low
    shift = unsigned(distance & 63)
    if distance >= 64:
        return True, low << shift | after_high, after_low
    high = high << shift | low >> (unsigned(64) - shift)
    return True, high | after_high, low << shift | after_low


@lean
def units(text: Bytes, start: int, end: int) -> int:
    """The length of a text in UTF-16 units."""
    count = 0
    for place in range(start, end):
        byte = load8(text, place)
        if byte & 0xC0 != 0x80:
            count += 2 if byte >= 0xF0 else 1
    return count
