"""Conversions of one value to another type, as SQL; what cannot be converted is null."""

from __future__ import annotations

from tocsin.languages.esql.types import NUMBERS, Type
from tocsin.tables.quoting import SQL_TYPES

_TO = {
    "to_integer": Type.LONG,
    "to_long": Type.LONG,
    "to_unsigned_long": Type.UNSIGNED,
    "to_double": Type.DOUBLE,
    "to_boolean": Type.BOOLEAN,
    "to_datetime": Type.DATE,
    "to_ip": Type.IP,
    "to_version": Type.VERSION,
    "to_geopoint": Type.GEO_POINT,
}


def converted(name: str, kind: Type, value: str) -> str:  # noqa: C901 - a case for each
    """The SQL of a function such as ``to_string``, over a value of some type."""
    if name in ("to_lower", "to_upper"):
        # beyond ASCII DuckDB knows no letter that becomes two, as Java does
        plain = f"strlen({value}) = length({value})"
        return f"CASE WHEN {plain} THEN {name[3:]}({value}) ELSE {name[3:]}_of({value}) END"
    if name == "to_string":
        return as_text(kind, value)
    if name in ("to_degrees", "to_radians"):
        return f"finite_of({name[3:]}(CAST({value} AS DOUBLE)))"
    wanted = _TO[name]
    if kind is wanted and name != "to_integer":
        return value
    match wanted:
        case Type.LONG | Type.UNSIGNED:
            return _whole(name, kind, value)
        case Type.DOUBLE:
            return f"finite_of(TRY_CAST({_number(kind, value)} AS DOUBLE))"
        case Type.BOOLEAN:
            return f"({value} <> 0)" if kind in NUMBERS else f"(lower({value}) = 'true')"
        case Type.DATE:
            if kind in NUMBERS:
                return f"TRY_CAST({value} AS BIGINT)"
            return f"date_of_text({value})"
        case Type.IP:
            return f"address_of_text({value})"
        case Type.GEO_POINT:
            return f"point_of_text({value})"
        case _:
            return value


def as_text(kind: Type, value: str) -> str:
    """A value as text."""
    match kind:
        case Type.DATE:
            return f"text_of_date({value})"
        case Type.IP:
            return f"text_of_address({value})"
        case Type.DOUBLE:
            return f"text_of_double({value})"
        case Type.BOOLEAN:
            return f"CASE WHEN {value} THEN 'true' WHEN NOT {value} THEN 'false' END"
        case Type.LONG | Type.UNSIGNED:
            return f"CAST({value} AS VARCHAR)"
        case _:
            return value


def _number(kind: Type, value: str) -> str:
    """What can be cast to a number: booleans are 1 and 0, texts as Java reads them."""
    if kind is Type.BOOLEAN:
        return f"CAST({value} AS INTEGER)"
    return f"numeral_of({value})" if kind is Type.KEYWORD else value


def _whole(name: str, kind: Type, value: str) -> str:
    least, most = {
        "to_integer": (-(2**31), 2**31 - 1),
        "to_long": (-(2**63), 2**63 - 1),
        "to_unsigned_long": (0, 2**64 - 1),
    }[name]
    number = _number(kind, value)
    if kind is Type.KEYWORD:
        # a text may write a decimal number
        number = (
            f"CASE WHEN regexp_matches({value}, '[.eE]') "
            f"THEN {_rounded(name, f'TRY_CAST({number} AS DOUBLE)')} "
            f"ELSE TRY_CAST({number} AS HUGEINT) END"
        )
    elif kind is Type.DOUBLE:
        number = _rounded(name, number)
    else:
        number = f"CAST({number} AS HUGEINT)"
    wanted = SQL_TYPES[Type.UNSIGNED if name == "to_unsigned_long" else Type.LONG]
    inside = f"list_filter([{number}], lambda n: n BETWEEN {least} AND {most})[1]"
    return f"TRY_CAST({inside} AS {wanted})"


def _rounded(name: str, value: str) -> str:
    """A decimal number as a whole one: a half goes up, as in Java; an unsigned one is cut off."""
    whole = f"trunc({value})" if name == "to_unsigned_long" else f"floor({value} + 0.5)"
    # from 2^52 on a double has no fraction, and adding a half may make another number of it
    small = f"abs({value}) < {2**52}"
    return f"TRY_CAST(CASE WHEN {small} THEN {whole} ELSE {value} END AS HUGEINT)"
