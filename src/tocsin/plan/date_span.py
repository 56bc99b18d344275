"""The span of time that a date in a query stands for: ``2026-08-01`` is the whole day.

A lower bound means the span's first moment, an upper bound its last: ``@timestamp <= "2026-08-01"``
takes the whole day in. As in Elasticsearch a month or a year without a day is its first day. Dates
are those of events, and date math: ``now-9m``, ``now-30d/d``, ``2026-08-01||-7d/w``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tocsin.rules.timing import TimingError, date_math
from tocsin.schema.kinds import Kind
from tocsin.schema.values import parse_time, parse_time_nanos

_PARTS = re.compile(
    r"(\d{4})(-\d\d)?(-\d\d)?(?:T(\d\d)(:\d\d)?(:\d\d)?([.,]\d+)?)?(?:Z|[+-][\d:]+)?", re.ASCII
)
_UNITS = ("d", "d", "d", "H", "m", "s")
"""The span of a date that ends with its year, its month, …"""
_NANOS = 1_000_000
_END = 253_402_300_800_000
"""The end of the year 9999 in milliseconds."""


@dataclass(frozen=True, slots=True)
class DateSpan:
    """First and last moment, in the ticks of the field's kind."""

    first: int
    last: int


def is_relative(text: str) -> bool:
    """Whether a date depends on the present."""
    return text.strip().startswith("now")


def date_span(text: str, kind: Kind, now: int | None) -> DateSpan | None:
    """The span that a date stands for; None if it is no date, or depends on an unknown ``now``.

    Parameters
    ----------
    kind
        ``date`` counts milliseconds, ``date_nanos`` nanoseconds.
    now
        The present in milliseconds.
    """
    found = _math(text, now) if is_relative(text) or "||" in text else _date(text)
    if found is None:
        return None
    first, last = found
    if kind is Kind.DATE_NANOS:
        return DateSpan(first, last)
    return DateSpan(first // _NANOS, last // _NANOS)


def _math(text: str, now: int | None) -> tuple[int, int] | None:
    """Nanoseconds; a rounded time is the whole unit."""
    try:
        found = date_math(text)
        if found.anchor is None and now is None:
            return None
        first = found.at(now or 0)
        last = found.at(now or 0, round_up=True)
    except TimingError:
        return None
    return first * _NANOS, last * _NANOS + (_NANOS - 1 if last > first else 0)


def _date(text: str) -> tuple[int, int] | None:
    millis = parse_time(text)
    if millis is None:
        return None
    # beyond what 64 bits hold nobody counts nanoseconds
    first = parse_time_nanos(text)
    if first is None:
        first = millis * _NANOS
    parts = _PARTS.fullmatch(text)
    if parts is None or parts[7]:
        return first, first
    unit = _UNITS[max(number for number in range(6) if parts[number + 1])]
    try:
        after = date_math(f"now+1{unit}").at(millis)
    except TimingError:
        after = _END
    return first, after * _NANOS - 1
