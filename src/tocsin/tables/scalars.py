"""Functions of single values as SQL, by name: each takes its arguments' SQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TypeAlias

from tocsin.languages.esql.typed import Apply, Constant, Typed
from tocsin.languages.esql.types import Type
from tocsin.schema.values import parse_block
from tocsin.tables import quoting
from tocsin.tables.dates import bucket, date_diff, date_extract, date_trunc, name_of, part_of
from tocsin.tables.patterns import Patterns

Write: TypeAlias = Callable[[Apply, Sequence[str], Patterns], str]

MOST_REPEATED = 1 << 20
"""Characters that `space` and `repeat` may make; Elasticsearch has the same bound."""


def _simple(template: str) -> Write:
    return lambda _, arguments, __: template.format(*arguments)


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
    if _is_null(node.arguments[1]):
        return "NULL"
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
        kind = quoting.SQL_TYPES[node.type]
        # whole numbers have 20 digits at most
        told = f"CASE WHEN {decimals} >= 0 THEN 0 WHEN {decimals} IS NOT NULL "
        digits = f"CAST({told} THEN greatest({decimals}, -30) END AS INTEGER)"
        found = f"TRY_CAST(TRY(round({value}, {digits})) AS {kind})"
        return f"unsigned_of({found})" if node.type is Type.UNSIGNED else found
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
    return lambda node, arguments, _: _known(node, arguments, _of(function, node, *arguments))


def _of(function: str, node: Apply, *values: str) -> str:
    """The least or greatest of some values, none of which is null."""
    if node.type is not Type.VERSION:
        kind = quoting.SQL_TYPES[node.type]
        return f"{function}({', '.join(f'CAST({value} AS {kind})' for value in values)})"
    place = "1" if function == "least" else "-1"
    return f"by_version([{', '.join(values)}])[{place}]"


def _known(node: Apply, arguments: Sequence[str], found: str) -> str:
    """Null if one of the arguments is null, which SQL's own functions pass over."""
    known = " AND ".join(f"{each} IS NOT NULL" for each in arguments)
    return f"CASE WHEN {known} THEN CAST({found} AS {quoting.SQL_TYPES[node.type]}) END"


def _clamp(node: Apply, arguments: Sequence[str], _: Patterns) -> str:
    value, least, greatest = arguments
    found = _of("least", node, _of("greatest", node, value, least), greatest)
    return _known(node, arguments, found)


def _round_to(node: Apply, arguments: Sequence[str], _: Patterns) -> str:
    value, *points = arguments
    kind = quoting.SQL_TYPES[node.type]
    listed = f"list_sort([{', '.join(f'CAST({point} AS {kind})' for point in points)}])"
    below = f"list_filter({listed}, lambda p: p <= {value})"
    return _known(node, arguments, f"COALESCE({below}[-1], {listed}[1])")


def _log(_: Apply, arguments: Sequence[str], __: Patterns) -> str:
    number = f"CAST({arguments[-1]} AS DOUBLE)"
    if len(arguments) == 1:
        return f"finite_of(CASE WHEN {number} > 0 THEN ln({number}) END)"
    base = f"CAST({arguments[0]} AS DOUBLE)"
    inside = f"{base} > 0 AND {base} <> 1 AND {number} > 0"
    return f"finite_of(CASE WHEN {inside} THEN log10({number}) / log10({base}) END)"


def _copy_sign(_: Apply, arguments: Sequence[str], __: Patterns) -> str:
    magnitude, sign = arguments
    negative = f"signbit(CAST({sign} AS DOUBLE))"
    same = f"WHEN NOT {negative} THEN abs({magnitude})"
    return f"TRY(CASE WHEN {negative} THEN -abs({magnitude}) {same} END)"


def _root(template: str) -> Write:
    return _simple(f"finite_of(TRY({template}))")


def _hash(node: Apply, arguments: Sequence[str], _: Patterns) -> str:
    own = {"md5": "md5", "sha-1": "sha1", "sha-256": "sha256"}.get(_text(node, 0).lower())
    return f"{own}({arguments[1]})" if own else f"hashed({', '.join(arguments)})"


def _angle(name: str) -> Write:
    return _root(f"{name}(CAST({{0}} AS DOUBLE))")


def _concat(_: Apply, arguments: Sequence[str], __: Patterns) -> str:
    return "(" + " || ".join(arguments) + ")"


def _text(node: Apply, index: int) -> str:
    argument = node.arguments[index]
    return str(argument.value) if isinstance(argument, Constant) else ""


SCALARS: Mapping[str, Write] = MappingProxyType(
    {
        **{
            name: _angle(name)
            for name in (
                *("sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh"),
                *("asinh", "acosh", "atanh"),
            )
        },
        "abs": _simple("TRY(abs({0}))"),
        "atan2": _root("atan2(CAST({0} AS DOUBLE), CAST({1} AS DOUBLE))"),
        "bit_length": _simple("8 * strlen({0})"),
        "bucket": bucket,
        "byte_length": _simple("strlen({0})"),
        "cbrt": _simple("cube_root({0})"),
        "ceil": _integral("ceil"),
        "cidr_match": _cidr_match,
        "clamp": _clamp,
        "clamp_max": _extreme("least"),
        "clamp_min": _extreme("greatest"),
        "concat": _concat,
        "contains": _simple("contains({0}, {1})"),
        "copy_sign": _copy_sign,
        "date_diff": date_diff,
        "date_extract": date_extract,
        "date_format": _date_format,
        "date_parse": _date_parse,
        "date_trunc": date_trunc,
        "day": part_of("day_of_month"),
        "day_name": name_of("day"),
        "e": _simple("CAST('2.718281828459045' AS DOUBLE)"),
        "ends_with": _simple("ends_with({0}, {1})"),
        "exp": _root("exp({0})"),
        "floor": _integral("floor"),
        "from_base64": _simple("base64_of({0})"),
        "greatest": _extreme("greatest"),
        "hash": _hash,
        "hour": part_of("hour_of_day"),
        "hypot": _simple("hypotenuse({0}, {1})"),
        "ip_prefix": _simple("prefix_of({0}, {1}, {2})"),
        "json_extract": _simple("json_at({0}, {1})"),
        "least": _extreme("least"),
        "left": _simple("left({0}, CASE WHEN {1} > 0 THEN {1} ELSE 0 * {1} END)"),
        "length": _simple("length({0})"),
        "locate": _located,
        "log": _log,
        "log10": _root("CASE WHEN {0} > 0 THEN log10({0}) END"),
        "ltrim": _simple("regexp_replace({0}, '^[\\s\\p{{Z}}]+', '')"),
        "md5": _simple("md5({0})"),
        "month": part_of("month_of_year"),
        "month_name": name_of("month"),
        "now": _simple("t"),
        "pi": _simple("pi()"),
        "pow": _root("pow({0}, {1})"),
        "repeat": _simple(
            f"CASE WHEN {{1}} >= 0 AND length({{0}}) * {{1}} <= {MOST_REPEATED} "
            "THEN repeat({0}, {1}) END"
        ),
        "replace": _replace,
        "reverse": _simple("reverse({0})"),
        "right": _simple("right({0}, CASE WHEN {1} > 0 THEN {1} ELSE 0 * {1} END)"),
        "round": _round,
        "round_to": _round_to,
        "rtrim": _simple("regexp_replace({0}, '[\\s\\p{{Z}}]+$', '')"),
        "scalb": _simple("scaled({0}, {1})"),
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
        "tau": _simple("2 * pi()"),
        "to_base64": _simple("to_base64(encode({0}))"),
        "trim": _simple("regexp_replace({0}, '^[\\s\\p{{Z}}]+|[\\s\\p{{Z}}]+$', '', 'g')"),
        "url_decode": _simple("url_of({0})"),
        "url_encode": _simple("replace(encoded_url({0}), '%20', '+')"),
        "url_encode_component": _simple("encoded_url({0})"),
        "year": part_of("year"),
    }
)
"""How each function is written."""
