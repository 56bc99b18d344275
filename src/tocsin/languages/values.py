"""Single values as functions see them, and their text as Java, so Elasticsearch, writes it."""

from __future__ import annotations

import math
from typing import TypeAlias

from tocsin.schema.values import number_of

Value: TypeAlias = str | int | float | bool | None
"""A value of a field, a constant, or a result; None for what is missing."""

Number: TypeAlias = int | float


def text_of(value: Value) -> str | None:
    """A value's text as scripts see it: ``true``, ``17``, ``1.0``, ``1.0E10``; None stays None."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return _double_text(value)


def _double_text(value: float) -> str:
    """As Java's ``Double.toString``: decimal from 0.001 to 10 million, else with an exponent."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0:
        return "-0.0" if math.copysign(1, value) < 0 else "0.0"
    if 1e-3 <= abs(value) < 1e7:
        return repr(value)
    # 18 digits are more than a double has, so the exponent is never rounded up.
    exponent = format(value, ".17e").partition("e")[2]
    digits = repr(value).partition("e")[0].replace(".", "").lstrip("-").strip("0")
    sign = "-" if value < 0 else ""
    return f"{sign}{digits[0]}.{digits[1:] or '0'}E{int(exponent)}"


def time_value_text(text: str) -> str:
    """A text of `time_text` as Java writes a ``ZonedDateTime``: as much clock as it needs."""
    clock, _, fraction = text.removesuffix("Z").partition(".")
    if not fraction:
        return text
    if fraction.strip("0"):
        return f"{clock}.{fraction.removesuffix('000')}Z"
    return f"{clock.removesuffix(':00')}Z"


def integer_of(value: Value) -> int | None:
    """A value as an integer, decimals cut off; None if it is no finite number."""
    number = number_of(value)
    return None if number is None else int(number)
