"""Units and parts of dates as `date_diff` and `date_extract` name them, in lower case."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

DATE_UNITS: Final[Mapping[str, str]] = MappingProxyType(
    {
        form: unit
        for unit, short in {
            "nanosecond": ("ns",),
            "microsecond": ("mcs",),
            "millisecond": ("ms",),
            "second": ("ss", "s"),
            "minute": ("mi", "n"),
            "hour": ("hh",),
            "day": ("dd", "d", "dayofyear", "dy", "y", "weekday", "weekdays", "dw"),
            "week": ("wk", "ww"),
            "month": ("mm", "m"),
            "quarter": ("qq", "q"),
            "year": ("yy", "yyyy"),
        }.items()
        for form in (unit, f"{unit}s", *short)
    }
)
"""How a unit may be written, and its name."""

DATE_PARTS: Final = frozenset(
    {
        *("year", "month_of_year", "aligned_week_of_year", "aligned_week_of_month"),
        *("day_of_month", "day_of_week", "day_of_year", "epoch_day"),
        *("hour_of_day", "minute_of_hour", "second_of_minute", "milli_of_second"),
        *("minute_of_day", "second_of_day", "milli_of_day"),
    }
)
