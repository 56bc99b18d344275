"""Numbers by day as bars, with a link for each; a table says the same."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

DAY = 86_400_000
_EPOCH = dt.date(1970, 1, 1).toordinal()
_LATEST = dt.date.max.toordinal() - _EPOCH
_EARLIEST = dt.date.min.toordinal() - _EPOCH


class DayBar(NamedTuple):
    """A day, as text, with a number; ``height`` of the highest being 100. ``link`` may be empty."""

    day: str
    number: int
    height: int
    link: str = ""


def day_bars(
    numbers: Mapping[int, int], last: int, days: int, link: Callable[[str], str] = lambda _: ""
) -> tuple[DayBar, ...]:
    """The days up to ``last`` (counted from 1970) by what stands under their numbers."""
    span = range(last - days + 1, last + 1)
    most = max((numbers.get(day, 0) for day in span), default=0)
    found = []
    for day in span:
        number, text = numbers.get(day, 0), day_text(day)
        height = max(3, round(100 * number / most)) if number else 0
        found.append(DayBar(text, number, height, link(text) if number else ""))
    return tuple(found)


def day_text(day: int) -> str:
    """A day as people write it: ``2026-08-21``."""
    bounded = min(max(day, _EARLIEST), _LATEST)
    return dt.date.fromordinal(bounded + _EPOCH).isoformat()


def as_json(bars: tuple[DayBar, ...], name: str) -> list[dict[str, Any]]:
    """The same for programs."""
    return [{"day": bar.day, name: bar.number} for bar in bars]
