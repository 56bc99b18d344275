"""Functions of dates as SQL: parts, units, and rounding; dates are milliseconds since 1970."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from tocsin.languages.esql.date_units import DATE_UNITS
from tocsin.languages.esql.spans import MILLISECONDS, MONTHS
from tocsin.languages.esql.typed import Apply, Duration, value_of
from tocsin.languages.esql.types import Type

_DAY = MILLISECONDS["day"]
_THURSDAY_TO_MONDAY = 3 * _DAY
_PARTS: Mapping[str, str] = MappingProxyType(
    {
        "aligned_day_of_week_in_month": "(date_part('day', {at}) - 1) % 7 + 1",
        "aligned_day_of_week_in_year": "(date_part('doy', {at}) - 1) % 7 + 1",
        "aligned_week_of_month": "(date_part('day', {at}) - 1) // 7 + 1",
        "aligned_week_of_year": "(date_part('doy', {at}) - 1) // 7 + 1",
        "ampm_of_day": "{day} // 43200000",
        "clock_hour_of_ampm": "({day} // 3600000 + 11) % 12 + 1",
        "clock_hour_of_day": "({day} // 3600000 + 23) % 24 + 1",
        "day_of_month": "date_part('day', {at})",
        "day_of_week": "date_part('isodow', {at})",
        "day_of_year": "date_part('doy', {at})",
        "epoch_day": "({ms} - {day}) // 86400000",
        "era": "CASE WHEN date_part('year', {at}) > 0 THEN 1 ELSE 0 END",
        "hour_of_ampm": "{day} // 3600000 % 12",
        "hour_of_day": "{day} // 3600000",
        "instant_seconds": "floor_of({ms}, 1000) // 1000",
        "micro_of_day": "{day} * 1000",
        "micro_of_second": "{day} % 1000 * 1000",
        "milli_of_day": "{day}",
        "milli_of_second": "{day} % 1000",
        "minute_of_day": "{day} // 60000",
        "minute_of_hour": "{day} // 60000 % 60",
        "month_of_year": "date_part('month', {at})",
        "nano_of_day": "{day} * 1000000",
        "nano_of_second": "{day} % 1000 * 1000000",
        "offset_seconds": "0 * {day}",
        "proleptic_month": "12 * date_part('year', {at}) + date_part('month', {at}) - 1",
        "second_of_day": "{day} // 1000",
        "second_of_minute": "{day} // 1000 % 60",
        "year": "date_part('year', {at})",
        "year_of_era": "date_part('year', {at})",
    }
)
"""The parts of a date, of its milliseconds (``ms``), those since midnight and its timestamp."""


def date_trunc(node: Apply, arguments: Sequence[str], _: object) -> str:
    """A date rounded down."""
    return _truncated(node.arguments[0], arguments[1])


def _truncated(span: object, date: str) -> str:
    if not isinstance(span, Duration):
        return "CAST(NULL AS BIGINT)"
    if span.months > 0:
        # as in Elasticsearch, several months or years are counted from the year 1 on
        index = f"(12 * (year({moment(date)}) - 1) + month({moment(date)}) - 1)"
        first = f"(({index} - (({index} % {span.months}) + {span.months}) % {span.months}))"
        return f"epoch_ms(TIMESTAMP '0001-01-01' + to_months(CAST({first} AS INTEGER)))"
    size = span.milliseconds
    if size <= 0:
        return "CAST(NULL AS BIGINT)"
    if size == 7 * _DAY:  # weeks begin on Mondays, and 1970 began on a Thursday
        return f"(floor_of({date} + {_THURSDAY_TO_MONDAY}, {size}) - {_THURSDAY_TO_MONDAY})"
    return f"floor_of({date}, {size})"


def bucket(node: Apply, arguments: Sequence[str], _: object) -> str:
    """A date or number rounded down."""
    if node.type is Type.DATE and len(arguments) == 2:
        return _truncated(node.arguments[1], arguments[0])
    if node.type is Type.DATE:
        return _some_of_dates(*arguments)
    value, size, *bounds = (f"CAST({argument} AS DOUBLE)" for argument in arguments)
    if bounds:
        step = f"(({bounds[1]} - {bounds[0]}) / nullif({size}, 0))"
        most = f"pow(10, ceil(log10(CASE WHEN {step} > 0 THEN {step} END)))"
        size = f"(CASE WHEN {step} < {most} / 2 THEN {most} / 2 ELSE {most} END)"
    return f"finite_of(floor({value} / nullif({size}, 0)) * {size})"


_SIZES = (
    *(1, 10, 50, 100, 1000, 5000, 10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000, 3_600_000),
    *(10_800_000, 43_200_000, _DAY, 7 * _DAY),
)
"""The lengths of time that people like, from the least; months and years come after them."""


def _some_of_dates(date: str, count: str, low: str, high: str) -> str:
    """A date rounded down to the least length of time that makes at most so many parts."""
    told: list[str] = []
    for size in _SIZES:
        begin = _truncated(Duration(size), low)
        told.append(
            f"WHEN {high} - {begin} <= {count} * {size} THEN {_truncated(Duration(size), date)}"
        )
    months = f"datediff('month', {moment(low)}, {moment(f'({high} - 1)')}) + 1"
    told.append(f"WHEN {months} <= {count} THEN {_truncated(Duration(0, 1), date)}")
    known = f"{count} IS NOT NULL AND {low} IS NOT NULL AND {high} IS NOT NULL"
    return f"CASE {' '.join(told)} WHEN {known} THEN {_truncated(Duration(0, 12), date)} END"


def moment(date: str) -> str:
    """A date as a timestamp."""
    return f"TRY(make_timestamp({date} * 1000))"


def date_diff(node: Apply, arguments: Sequence[str], _: object) -> str:
    """How many whole units lie between two dates."""
    start, end = arguments[1:]
    unit = DATE_UNITS.get(str(value_of(node.arguments[0]) or "").lower())
    if unit is None:
        return "CAST(NULL AS BIGINT)"
    if unit in MONTHS:
        return f"(months_of({moment(start)}, {moment(end)}) // {MONTHS[unit]})"
    if unit in MILLISECONDS:
        found = f"(({end} - {start}) // {MILLISECONDS[unit]})"
    else:
        found = f"TRY(({end} - {start}) * {1000 if unit == 'microsecond' else 1_000_000})"
    return f"CAST(TRY_CAST({found} AS INTEGER) AS BIGINT)"  # the result is an integer


def date_extract(node: Apply, arguments: Sequence[str], _: object) -> str:
    """A part of a date."""
    return _part(str(value_of(node.arguments[0]) or "").lower(), arguments[1])


def part_of(part: str) -> Callable[[Apply, Sequence[str], object], str]:
    """One part of a date."""
    return lambda _, arguments, __: _part(part, arguments[0])


def _part(part: str, date: str) -> str:
    template = _PARTS.get(part)
    if template is None:
        return "CAST(NULL AS BIGINT)"
    since_midnight = f"({date} - floor_of({date}, {_DAY}))"
    told = template.format(ms=date, day=since_midnight, at=moment(date))
    return f"CAST(({told}) AS BIGINT)"


def name_of(part: str) -> Callable[[Apply, Sequence[str], object], str]:
    """The name of the day or the month."""
    return lambda _, arguments, __: f"{part}name({moment(arguments[0])})"
