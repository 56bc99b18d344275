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
        *("aligned_day_of_week_in_month", "aligned_day_of_week_in_year", "aligned_week_of_month"),
        *("aligned_week_of_year", "ampm_of_day", "clock_hour_of_ampm", "clock_hour_of_day"),
        *("day_of_month", "day_of_week", "day_of_year", "epoch_day", "era", "hour_of_ampm"),
        *("hour_of_day", "instant_seconds", "micro_of_day", "micro_of_second", "milli_of_day"),
        *("milli_of_second", "minute_of_day", "minute_of_hour", "month_of_year", "nano_of_day"),
        *("nano_of_second", "offset_seconds", "proleptic_month", "second_of_day"),
        *("second_of_minute", "year", "year_of_era"),
    }
)
