"""Functions of single values as SQL, by name: each takes its arguments' SQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TypeAlias

from tocsin.languages.esql.date_units import DATE_UNITS
from tocsin.languages.esql.spans import MILLISECONDS, MONTHS
from tocsin.languages.esql.typed import Apply, Constant, Duration, Typed
from tocsin.languages.esql.types import Type
from tocsin.schema.values import parse_block
from tocsin.tables import quoting
from tocsin.tables.patterns import Patterns

Write: TypeAlias = Callable[[Apply, Sequence[str], Patterns], str]

MOST_REPEATED = 1 << 20
"""Characters that `space` and `repeat` may make; Elasticsearch has the same bound."""

_DAY = MILLISECONDS["day"]
_THURSDAY_TO_MONDAY = 3 * _DAY
_PARTS: Mapping[str, str] = MappingProxyType(
    {
        "year": "year",
        "month_of_year": "month",
        "day_of_month": "day",
        "day_of_week": "isodow",
        "day_of_year": "doy",
        "hour_of_day": "hour",
        "minute_of_hour": "minute",
        "second_of_minute": "second",
    }
)
_WITHIN: Mapping[str, tuple[int, int]] = MappingProxyType(
    {
        "milli_of_second": (1000, 1),
        "milli_of_day": (_DAY, 1),
        "second_of_day": (_DAY, 1000),
        "minute_of_day": (_DAY, 60_000),
    }
)
"""Parts that count in a whole: its milliseconds, and those of what is counted."""


def _simple(template: str) -> Write:
    return lambda _, arguments, __: template.format(*arguments)


def _date_trunc(node: Apply, arguments: Sequence[str], _: Patterns) -> str:
    return _truncated(node.arguments[0], arguments[1])


def _truncated(span: object, date: str) -> str:
    if not isinstance(span, Duration):
        return "CAST(NULL AS BIGINT)"
    if span.months > 0:
        index = f"(12 * (year({_moment(date)}) - 1970) + month({_moment(date)}) - 1)"
        first = f"(({index} - (({index} % {span.months}) + {span.months}) % {span.months}))"
        return f"epoch_ms(TIMESTAMP '1970-01-01' + to_months(CAST({first} AS INTEGER)))"
    size = span.milliseconds
    if size <= 0:
        return "CAST(NULL AS BIGINT)"
    if size == 7 * _DAY:  # weeks begin on Mondays, and 1970 began on a Thursday
        return f"(floor_of({date} + {_THURSDAY_TO_MONDAY}, {size}) - {_THURSDAY_TO_MONDAY})"
    return f"floor_of({date}, {size})"


def _bucket(node: Apply, arguments: Sequence[str], _: Patterns) -> str:
    if node.type is Type.DATE:
        return _truncated(node.arguments[1], arguments[0])
    value, size = arguments
    return f"CAST(floor({value} / nullif({size}, 0)) * {size} AS {quoting.SQL_TYPES[node.type]})"


def _moment(date: str) -> str:
    return f"TRY(make_timestamp({date} * 1000))"


def _date_diff(node: Apply, arguments: Sequence[str], _: Patterns) -> str:
    start, end = arguments[1:]
    unit = DATE_UNITS.get(_text(node, 0).lower())
    if unit is None:
        return "CAST(NULL AS BIGINT)"
    if unit in MONTHS:
        return f"(months_of({_moment(start)}, {_moment(end)}) // {MONTHS[unit]})"
    if unit in MILLISECONDS:
        found = f"(({end} - {start}) // {MILLISECONDS[unit]})"
    else:
        found = f"TRY(({end} - {start}) * {1000 if unit == 'microsecond' else 1_000_000})"
    return f"CAST(TRY_CAST({found} AS INTEGER) AS BIGINT)"  # the result is an integer


def _date_extract(node: Apply, arguments: Sequence[str], _: Patterns) -> str:
    part, date = _text(node, 0).lower(), arguments[1]
    if part == "epoch_day":
        return f"(floor_of({date}, {_DAY}) // {_DAY})"
    if part in _WITHIN:
        whole, counted = _WITHIN[part]
        return f"(({date} - floor_of({date}, {whole})) // {counted})"
    if part.startswith("aligned_week_of_"):  # seven days each from the first of the year or month
        day = "doy" if part.endswith("year") else "day"
        return f"((date_part('{day}', {_moment(date)}) - 1) // 7 + 1)"
    if part not in _PARTS:
        return "CAST(NULL AS BIGINT)"
    return f"date_part('{_PARTS[part]}', {_moment(date)})"


def _date_format(node: Apply, arguments: Sequence[str], patterns: Patterns) -> str:
    if len(arguments) == 1:
        return f"text_of_date({arguments[0]})"
    if _is_null(node.arguments[0]):
        return "NULL"
    return patterns.date_written(arguments[1], _text(node, 0))


def _date_parse(node: Apply, arguments: Sequence[str], patterns: Patterns) -> str:
    if len(arguments) == 1:
        return f"date_of_text({arguments[0]})"
    if _is_null(node.arguments[0]):
        return "NULL"
    return patterns.date_read(arguments[1], _text(node, 0))


def _is_null(node: Typed) -> bool:
    return isinstance(node, Constant) and node.value is None


def _replace(node: Apply, arguments: Sequence[str], patterns: Patterns) -> str:
    by = node.arguments[2]
    told = str(by.value) if isinstance(by, Constant) and by.value is not None else None
    return patterns.replace(arguments[0], _text(node, 1), arguments[2], told)


def _cidr_match(node: Apply, arguments: Sequence[str], _: Patterns) -> str:
    address, *blocks = arguments
    told: list[str] = []
    for written, block in zip(node.arguments[1:], blocks, strict=True):
        if isinstance(written, Constant) and not isinstance(written.value, tuple):
            found = parse_block(written.value)
            inside = "NULL" if found is None else "'{:032x}' AND '{:032x}'".format(*found)
            told.append(f"{address} BETWEEN {inside}" if found else "NULL")
        else:
            told.append(f"in_block({address}, {block})")
    return f"CAST(({' OR '.join(told)}) AS BOOLEAN)"


def _round(node: Apply, arguments: Sequence[str], _: Patterns) -> str:
    value = arguments[0]
    decimals = arguments[1] if len(arguments) > 1 else "0"
    if node.type is not Type.DOUBLE:
        return f"TRY_CAST(round({value}, CAST({decimals} AS INTEGER)) AS BIGINT)"
    return f"rounded_of({value}, {decimals})"


def _integral(function: str) -> Write:
    def write(node: Apply, arguments: Sequence[str], _: Patterns) -> str:
        return arguments[0] if node.type is not Type.DOUBLE else f"{function}({arguments[0]})"

    return write


def _substring(_: Apply, arguments: Sequence[str], __: Patterns) -> str:
    value, start, *length = arguments
    begin = f"start_of({value}, {start})"
    if not length:
        return f"substring({value}, {begin})"
    return f"CASE WHEN {length[0]} >= 0 THEN substring({value}, {begin}, {length[0]}) END"


def _located(_: Apply, arguments: Sequence[str], __: Patterns) -> str:
    start = arguments[2] if len(arguments) > 2 else "1"
    return f"located_of({arguments[0]}, {arguments[1]}, {start})"


def _extreme(function: str) -> Write:
    def write(node: Apply, arguments: Sequence[str], _: Patterns) -> str:
        # null if one is null, which SQL's own function passes over
        known = " AND ".join(f"{each} IS NOT NULL" for each in arguments)
        return (
            f"CASE WHEN {known} THEN CAST({function}({', '.join(arguments)}) "
            f"AS {quoting.SQL_TYPES[node.type]}) END"
        )

    return write


def _root(template: str) -> Write:
    return _simple(f"finite_of(TRY({template}))")


def _concat(_: Apply, arguments: Sequence[str], __: Patterns) -> str:
    return "(" + " || ".join(arguments) + ")"


def _text(node: Apply, index: int) -> str:
    argument = node.arguments[index]
    return str(argument.value) if isinstance(argument, Constant) else ""


SCALARS: Mapping[str, Write] = MappingProxyType(
    {
        "abs": _simple("TRY(abs({0}))"),
        "bucket": _bucket,
        "byte_length": _simple("strlen({0})"),
        "ceil": _integral("ceil"),
        "cidr_match": _cidr_match,
        "concat": _concat,
        "contains": _simple("contains({0}, {1})"),
        "date_diff": _date_diff,
        "date_extract": _date_extract,
        "date_format": _date_format,
        "date_parse": _date_parse,
        "date_trunc": _date_trunc,
        "ends_with": _simple("ends_with({0}, {1})"),
        "exp": _root("exp({0})"),
        "floor": _integral("floor"),
        "from_base64": _simple("base64_of({0})"),
        "greatest": _extreme("greatest"),
        "json_extract": _simple("json_at({0}, {1})"),
        "least": _extreme("least"),
        "left": _simple("left({0}, CASE WHEN {1} > 0 THEN {1} ELSE 0 * {1} END)"),
        "length": _simple("length({0})"),
        "locate": _located,
        "log10": _root("CASE WHEN {0} > 0 THEN log10({0}) END"),
        "ltrim": _simple("regexp_replace({0}, '^[\\s\\p{{Z}}]+', '')"),
        "md5": _simple("md5({0})"),
        "now": _simple("t"),
        "pow": _root("pow({0}, {1})"),
        "repeat": _simple(
            f"CASE WHEN {{1}} >= 0 AND length({{0}}) * {{1}} <= {MOST_REPEATED} "
            "THEN repeat({0}, {1}) END"
        ),
        "replace": _replace,
        "reverse": _simple("reverse({0})"),
        "right": _simple("right({0}, CASE WHEN {1} > 0 THEN {1} ELSE 0 * {1} END)"),
        "round": _round,
        "rtrim": _simple("regexp_replace({0}, '[\\s\\p{{Z}}]+$', '')"),
        "sha1": _simple("sha1({0})"),
        "sha256": _simple("sha256({0})"),
        "signum": _simple("CAST(sign({0}) AS DOUBLE)"),
        "space": _simple(
            f"CASE WHEN {{0}} BETWEEN 0 AND {MOST_REPEATED} THEN repeat(' ', {{0}}) END"
        ),
        "split": _simple("CASE WHEN {1} IS NOT NULL THEN string_split({0}, {1}) END"),
        "sqrt": _root("CASE WHEN {0} >= 0 THEN sqrt({0}) END"),
        "st_distance": _simple("metres_of({0}, {1})"),
        "st_x": _simple("lon_of({0})"),
        "st_y": _simple("lat_of({0})"),
        "starts_with": _simple("starts_with({0}, {1})"),
        "substring": _substring,
        "to_base64": _simple("to_base64(encode({0}))"),
        "trim": _simple("regexp_replace({0}, '^[\\s\\p{{Z}}]+|[\\s\\p{{Z}}]+$', '', 'g')"),
        "url_decode": _simple("url_of({0})"),
        "url_encode": _simple("replace(replace(url_encode({0}), '%20', '+'), '~', '%7E')"),
    }
)
"""How each function is written."""
