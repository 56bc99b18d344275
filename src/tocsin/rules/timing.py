"""Times of a rule as written (``now-9m``, ``5m``), read into milliseconds.

    expression = ( "now" | DATE "||" ) { ("+" | "-") NUMBER UNIT | "/" UNIT }
    interval   = NUMBER ( "s" | "m" | "h" | "d" )

Units are Elasticsearch's: ``y M w d h H m s``; ``/d`` rounds down to the beginning of the day, a
week begins on Monday. Months and years are calendar ones, so what they span depends on ``now``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from tocsin.rules.rule import Rule

_FIXED = {
    "w": 604_800_000,
    "d": 86_400_000,
    "h": 3_600_000,
    "H": 3_600_000,
    "m": 60_000,
    "s": 1_000,
}
_LENGTHS = {**_FIXED, "y": 31_556_952_000, "M": 2_629_746_000}
_UNITS = _LENGTHS.keys()
_INTERVAL = {unit: _FIXED[unit] for unit in "smhd"}
_STEP = re.compile(r"(?:([+-])([0-9]{0,9})|/)([a-zA-Z])")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = datetime(9999, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC)
_CENTURY = 100 * _LENGTHS["y"]
_REFERENCE = datetime(2001, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC)


class TimingError(ValueError):
    """A time that cannot be read; the message says what is wrong and what to write."""


@dataclass(frozen=True, slots=True)
class Step:
    """Add ``amount`` units, or (``amount`` None) round down to the beginning of the unit."""

    amount: int | None
    unit: str


@dataclass(frozen=True, slots=True)
class DateMath:
    """An instant: an ``anchor`` in milliseconds since the epoch (None: now), then steps."""

    anchor: int | None
    steps: tuple[Step, ...]

    def at(self, now: int, *, round_up: bool = False) -> int:
        """The instant in milliseconds, ``now`` being that too.

        ``round_up`` makes ``/unit`` the last millisecond of the unit, as for an upper bound.
        """
        moment = _moment(now if self.anchor is None else self.anchor)
        try:
            for step in self.steps:
                moment = _applied(moment, step, round_up=round_up)
        except (OverflowError, ValueError) as error:
            raise TimingError("the time lies outside the years 1 to 9999") from error
        return _milliseconds(moment)

    def bound(self, now: int, *, round_up: bool = False) -> int:
        """The same as the bound of a window, which may lie beyond the years that have a calendar.

        There nothing is rounded, and months and years have their mean lengths.
        """
        try:
            return self.at(now, round_up=round_up)
        except TimingError:
            start = now if self.anchor is None else self.anchor
            return start + sum((step.amount or 0) * _LENGTHS[step.unit] for step in self.steps)


@lru_cache(maxsize=1024)  # the rules of a set have a few dozen times among them
def date_math(text: str) -> DateMath:
    """Read date math; raises `TimingError` where it is none."""
    text = text.strip()
    if text.startswith("now"):
        anchor, rest = None, text[3:]
    elif "||" in text:
        date, _, rest = text.partition("||")
        anchor = _date(date)
    else:
        anchor, rest = _date(text), ""
    steps, at = [], 0
    while at < len(rest):
        found = _STEP.match(rest, at)
        if found is None:
            raise TimingError(f"`{rest[at:]}` is no step of date math: write now-9m or now-30d/d")
        sign, number, unit = found.groups()
        if unit not in _UNITS:
            raise TimingError(f"`{unit}` is no unit of time: use one of y M w d h m s")
        amount = None if sign is None else int(f"{sign}{number or 1}")
        steps.append(Step(amount, unit))
        at = found.end()
    return DateMath(anchor, tuple(steps))


def instant(text: str, now: int) -> int:
    """A time as a person writes it, in milliseconds: a date, date and time, or date math.

    ``now`` is the present in milliseconds. Raises `TimingError`.
    """
    return date_math(text).at(now)


def interval(text: str) -> int:
    """How often a rule runs, ``5m`` say, in milliseconds; raises `TimingError`."""
    text = text.strip()
    number, unit = text[:-1], text[-1:]
    if not (number.isascii() and number.isdecimal() and len(number) < 10 and unit in _INTERVAL):
        raise TimingError(f"`{text}` is no interval: write a number and one of s m h d, as in 5m")
    if int(number) == 0:
        raise TimingError("an interval of zero never passes: write 5m, say")
    return int(number) * _INTERVAL[unit]


def look_back(rule: Rule) -> int:
    """How far a rule looks back: from ``from`` to ``to``, in milliseconds.

    Where that depends on the date (months, rounding down), it is told for the last millisecond of a
    year: the longest look-back but for leap days. From a date until now it is a century and more.
    Raises `TimingError`, which no rule that `tocsin.rules.load` gave can cause.
    """
    span = _span(rule.from_, rule.to)
    if span <= 0:
        raise TimingError(f"`from` ({rule.from_}) is not before `to` ({rule.to})")
    return span


def history(rule: Rule) -> int:
    """How far back a new terms rule remembers, in milliseconds; read as `look_back` is."""
    start = rule.history_window_start
    span = _span(start, rule.to)
    if span <= 0:
        raise TimingError(f"it ({start}) is not before `to` ({rule.to})")
    return span


def _span(start: str, end: str) -> int:
    low, high = date_math(start), date_math(end)
    now = _milliseconds(_REFERENCE)
    if low.anchor is not None and high.anchor is None:
        now = max(now, low.at(now) + _CENTURY)  # it grows with each run: no event is too old
    return high.at(now, round_up=True) - low.at(now)


_PART = re.compile(r"[0-9]{4}(?:-[0-9]{2})?")


def _date(text: str) -> int:
    """Milliseconds of an ISO date or date and time, UTC where it names no zone.

    A year and a month are their first moments.
    """
    text = text.strip()
    if _PART.fullmatch(text):
        text += "-01" * (3 - len(text.split("-")))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise TimingError(
            f"`{text}` is no time: write now-9m, or a date as in 2026-08-01||-7d"
        ) from error
    return _milliseconds(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _moment(milliseconds: int) -> datetime:
    try:
        return _EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError as error:
        raise TimingError("the time lies outside the years 1 to 9999") from error


def _milliseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def _applied(moment: datetime, step: Step, *, round_up: bool) -> datetime:
    if step.amount is not None:
        return _moved(moment, step.amount, step.unit)
    start = _start(moment, step.unit)
    if not round_up:
        return start
    try:
        return _moved(start, 1, step.unit) - timedelta(milliseconds=1)
    except (OverflowError, ValueError):  # the unit ends with the calendar
        return _LAST


def _moved(moment: datetime, amount: int, unit: str) -> datetime:
    if unit in _FIXED:
        return moment + timedelta(milliseconds=amount * _FIXED[unit])
    months = moment.year * 12 + moment.month - 1 + amount * (12 if unit == "y" else 1)
    year, month = divmod(months, 12)
    first = moment.replace(year=year, month=month + 1, day=1)
    return first + timedelta(days=min(moment.day, _days(first)) - 1)


def _days(first: datetime) -> int:
    """The days of the month whose first day this is."""
    after = first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)
    return (after - first).days


def _start(moment: datetime, unit: str) -> datetime:
    if unit in "hHms":
        size = _FIXED[unit]
        return _EPOCH + timedelta(milliseconds=_milliseconds(moment) // size * size)
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    match unit:
        case "y":
            return day.replace(month=1, day=1)
        case "M":
            return day.replace(day=1)
        case "w":
            return day - timedelta(days=day.weekday())
        case _:
            return day
