"""Statistics of the values of one cell, which SQL calls: none of them is rounded on the way."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import TypeVar

N = TypeVar("N", int, float)

_WHOLE = 2**52
"""From here on a double has no fraction."""


def median_of_doubles(values: Sequence[float] | None) -> float | None:
    """The median; of two in the middle the mean."""
    if not values:
        return None
    ordered = sorted(values)
    low, high = _middle(ordered)
    return low if low == high else low / 2 + high / 2


def median_of_longs(values: Sequence[int] | None) -> int | None:
    """The median; of two in the middle the mean, rounded down."""
    if not values:
        return None
    low, high = _middle(sorted(values))
    return (low + high) // 2


def deviation_of_doubles(values: Sequence[float] | None) -> float | None:
    """The median of how far values are from their median."""
    median = median_of_doubles(values)
    if not values or median is None:
        return None
    return median_of_doubles([abs(value - median) for value in values])


def deviation_of_longs(values: Sequence[int] | None) -> int | None:
    """The median of how far values are from their median; both are rounded down."""
    median = median_of_longs(values)
    if not values or median is None:
        return None
    return median_of_longs([abs(value - median) for value in values])


def percentile_of_doubles(values: Sequence[float] | None, percent: float | None) -> float | None:
    """The value below which so many hundredths lie, between two values if need be."""
    found = _between(values, percent)
    if found is None:
        return None
    low, high, share = found
    if low < 0 < high:  # so that nothing is too large on the way
        return (low + share * high) - share * low
    return low + share * (high - low)


def percentile_of_longs(values: Sequence[int] | None, percent: float | None) -> int | None:
    """The same of whole numbers, towards the lesser value."""
    found = _between(values, percent)
    if found is None:
        return None
    low, high, share = found
    if high < _WHOLE and low > -_WHOLE:
        return low + int(share * (high - low))
    return low + int(Fraction(share) * (high - low))


def series_of(values: Sequence[float] | None, power: float | None) -> float | None:
    """The sum of values, each divided by its place to a power; None if it is too large."""
    if not values or power is None:
        return None
    try:
        found = math.fsum(value / place**power for place, value in enumerate(values, 1))
    except (OverflowError, ValueError, ZeroDivisionError):
        return None
    return found if math.isfinite(found) else None


def _middle(ordered: Sequence[N]) -> tuple[N, N]:
    return ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]


def _between(values: Sequence[N] | None, percent: float | None) -> tuple[N, N, float] | None:
    """The values around a percentile, and the share of the way between them."""
    if not values or percent is None or not 0 <= percent <= 100:
        return None
    ordered = sorted(values)
    place = percent / 100 * (len(ordered) - 1)
    low = int(place)
    return ordered[low], ordered[min(low + 1, len(ordered) - 1)], place - low
