"""Lengths of time as ES|QL names them."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

MILLISECONDS: Mapping[str, int] = MappingProxyType(
    {
        "millisecond": 1,
        "second": 1000,
        "minute": 60_000,
        "hour": 3_600_000,
        "day": 86_400_000,
        "week": 7 * 86_400_000,
    }
)
"""Units of a fixed length."""

MONTHS: Mapping[str, int] = MappingProxyType({"month": 1, "quarter": 3, "year": 12})
"""Units that the calendar decides about."""

UNITS: Mapping[str, str] = MappingProxyType(
    {
        "ms": "millisecond",
        "s": "second",
        "sec": "second",
        "m": "minute",
        "min": "minute",
        "h": "hour",
        "d": "day",
        "w": "week",
        "mo": "month",
        "q": "quarter",
        "y": "year",
        "yr": "year",
        **{form: unit for unit in (*MILLISECONDS, *MONTHS) for form in (unit, f"{unit}s")},
    }
)
"""How a unit may be written, in lower case, and its name."""

_SPAN = re.compile(r"\s*([+-]?[0-9]{1,18})\s*([A-Za-z]+)\s*")


def span_of(text: str) -> tuple[int, int] | None:
    """The milliseconds and months of a text such as ``5 minutes``; None if it is none."""
    found = _SPAN.fullmatch(text)
    unit = UNITS.get(found[2].lower()) if found else None
    if found is None or unit is None:
        return None
    amount = int(found[1])
    return (0, amount * MONTHS[unit]) if unit in MONTHS else (amount * MILLISECONDS[unit], 0)
