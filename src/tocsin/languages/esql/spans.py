"""Lengths of time as ES|QL names them."""

from __future__ import annotations

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
