"""EQL's arithmetic, and numbers read from text, as Elasticsearch's scripts do it.

Where Elasticsearch makes the whole search fail (a division of integers by zero, a text that is no
number), the result here is null: one odd event must not stop a rule.
"""

from __future__ import annotations

import math
import re

from tocsin.languages.values import Number, Value, integer_of, text_of
from tocsin.schema.values import number_of

_LONG = range(-(2**63), 2**64)
_DIGITS = re.compile(r"[+-]?[0-9A-Za-z]{1,70}\Z")
_PYTHONS_PREFIX = {2: "0b", 8: "0o", 16: "0x"}
_DOUBLE = re.compile(
    r"[\x00-\x20]*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,5})?[fFdD]?[\x00-\x20]*\Z"
)


def add(left: Value, right: Value) -> Number | None:
    """The sum; null with null."""
    a, b = number_of(left), number_of(right)
    return None if a is None or b is None else _bounded(a + b)


def subtract(left: Value, right: Value) -> Number | None:
    """The difference; null with null."""
    a, b = number_of(left), number_of(right)
    return None if a is None or b is None else _bounded(a - b)


def multiply(left: Value, right: Value) -> Number | None:
    """The product; null with null."""
    a, b = number_of(left), number_of(right)
    return None if a is None or b is None else _bounded(a * b)


def divide(left: Value, right: Value) -> Number | None:
    """The quotient; of two integers it is cut off towards zero, and null for a zero divisor."""
    a, b = number_of(left), number_of(right)
    if a is None or b is None:
        return None
    if isinstance(a, int) and isinstance(b, int):
        if b == 0:
            return None
        quotient = abs(a) // abs(b)
        return quotient if (a < 0) == (b < 0) else -quotient
    if b == 0:
        zero_sign = math.copysign(1, a) * math.copysign(1, b)
        return math.nan if a == 0 else math.copysign(math.inf, zero_sign)
    return float(a) / float(b)


def modulo(left: Value, right: Value) -> Number | None:
    """The remainder with the dividend's sign; of integers null for a zero divisor."""
    a, b = number_of(left), number_of(right)
    if a is None or b is None:
        return None
    if isinstance(a, int) and isinstance(b, int):
        if b == 0:
            return None
        remainder = abs(a) % abs(b)
        return remainder if a >= 0 else -remainder
    if b == 0:
        return math.nan
    return math.fmod(a, b)


def parse_number(source: Value, base: Value = None) -> Number | None:
    """The number that a text stands for; null if it is none.

    Without a base, ``0x`` in the beginning (not behind a sign) makes it 16, else it is 10. With
    base 10 a text that is no integer may be a decimal number as Java reads one (``1.5``, ``2e3``,
    ``1f``); other bases know integers.
    """
    text = text_of(source)
    if text is None:
        return None
    hexadecimal = text.startswith("0x")
    radix = (16 if hexadecimal else 10) if base is None else integer_of(base)
    if radix is None or not 2 <= radix <= 36:
        return None
    if hexadecimal and radix == 16:
        text = text[2:]
    prefix = text.lstrip("+-")[:2].lower()
    if _DIGITS.match(text) and prefix != _PYTHONS_PREFIX.get(radix):
        try:
            value = int(text, radix)
        except ValueError:
            value = None
        if value is not None and -(2**63) <= value < 2**63:
            return value
    if radix == 10 and _DOUBLE.match(text):
        return float(text.strip("".join(map(chr, range(33)))).rstrip("fFdD"))
    return None


def _bounded(value: Number) -> Number:
    """An integer that 64 bits cannot hold becomes a double."""
    if isinstance(value, int) and value not in _LONG:
        return float(value)
    return value
