"""The types of ES|QL's values, and which of them go together.

A column's type is known before the query runs; whether its cells may hold several values is too
(``multi``). Text and keyword are one type here, and so are integer and long, date and date_nanos:
they differ in how Elasticsearch stores them.
"""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from tocsin.schema.kinds import INTEGRAL, NUMERIC, TEMPORAL, TEXTUAL, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping


class Type(StrEnum):
    """What a cell holds.

    ``NULL``: nothing but null. ``UNKNOWN``: a field that no schema knows, until something is asked
    of it. ``SPAN``: a length of time, which only constants are. ``OPTIONS``: a map of options.
    """

    KEYWORD = "keyword"
    LONG = "long"
    UNSIGNED = "unsigned_long"
    DOUBLE = "double"
    BOOLEAN = "boolean"
    DATE = "date"
    IP = "ip"
    VERSION = "version"
    GEO_POINT = "geo_point"
    SOURCE = "_source"
    SPAN = "time span"
    OPTIONS = "options"
    NULL = "null"
    UNKNOWN = "unknown"


WHOLE = frozenset({Type.LONG, Type.UNSIGNED})
NUMBERS = WHOLE | {Type.DOUBLE}
OPEN = frozenset({Type.NULL, Type.UNKNOWN})
"""Types that become whatever is asked of them."""

CASTS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("keyword", "string", "text"), "to_string"),
        **dict.fromkeys(("integer", "int"), "to_integer"),
        "long": "to_long",
        **dict.fromkeys(("unsigned_long", "ul", "ulong"), "to_unsigned_long"),
        **dict.fromkeys(("double", "dbl"), "to_double"),
        **dict.fromkeys(("boolean", "bool"), "to_boolean"),
        **dict.fromkeys(("date", "datetime", "dt"), "to_datetime"),
        "date_nanos": "to_date_nanos",
        "ip": "to_ip",
        **dict.fromkeys(("version", "ver"), "to_version"),
        "geo_point": "to_geopoint",
        "date_period": "to_dateperiod",
        "time_duration": "to_timeduration",
    }
)
"""The function that ``operand::type`` stands for, by type."""


def type_of_kind(kind: Kind) -> Type:
    """The type of a field by its kind."""
    if kind in TEXTUAL or kind in (Kind.BINARY, Kind.NESTED, Kind.OBJECT):
        return Type.KEYWORD
    if kind is Kind.UNSIGNED_LONG:
        return Type.UNSIGNED
    if kind in INTEGRAL:
        return Type.LONG
    if kind in NUMERIC:
        return Type.DOUBLE
    if kind in TEMPORAL:
        return Type.DATE
    own = {
        Kind.BOOLEAN: Type.BOOLEAN,
        Kind.IP: Type.IP,
        Kind.VERSION: Type.VERSION,
        Kind.GEO_POINT: Type.GEO_POINT,
    }
    return own.get(kind, Type.UNKNOWN)


def common(one: Type, other: Type) -> Type | None:
    """The type that holds the values of both; None if there is none."""
    if one is other or other is Type.NULL:
        return one
    if one in OPEN:
        return Type.UNKNOWN if other in OPEN else other
    if other is Type.UNKNOWN:
        return one
    if one in NUMBERS and other in NUMBERS:
        return Type.DOUBLE if Type.DOUBLE in (one, other) else Type.UNSIGNED
    return None
