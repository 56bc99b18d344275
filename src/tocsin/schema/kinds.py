"""The kinds of field, as Elasticsearch's mappings name them."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What a field holds. ``UNKNOWN``: no schema names it; each value then speaks for itself."""

    KEYWORD = "keyword"
    CONSTANT_KEYWORD = "constant_keyword"
    WILDCARD = "wildcard"
    TEXT = "text"
    MATCH_ONLY_TEXT = "match_only_text"
    FLATTENED = "flattened"
    BYTE = "byte"
    SHORT = "short"
    INTEGER = "integer"
    LONG = "long"
    UNSIGNED_LONG = "unsigned_long"
    HALF_FLOAT = "half_float"
    FLOAT = "float"
    DOUBLE = "double"
    SCALED_FLOAT = "scaled_float"
    BOOLEAN = "boolean"
    DATE = "date"
    DATE_NANOS = "date_nanos"
    IP = "ip"
    VERSION = "version"
    NESTED = "nested"
    OBJECT = "object"
    GEO_POINT = "geo_point"
    BINARY = "binary"
    UNKNOWN = "unknown"


TEXTUAL = frozenset(
    {
        Kind.KEYWORD,
        Kind.CONSTANT_KEYWORD,
        Kind.WILDCARD,
        Kind.TEXT,
        Kind.MATCH_ONLY_TEXT,
        Kind.FLATTENED,
    }
)
INTEGRAL = frozenset({Kind.BYTE, Kind.SHORT, Kind.INTEGER, Kind.LONG, Kind.UNSIGNED_LONG})
NUMERIC = INTEGRAL | {Kind.HALF_FLOAT, Kind.FLOAT, Kind.DOUBLE, Kind.SCALED_FLOAT}
TEMPORAL = frozenset({Kind.DATE, Kind.DATE_NANOS})
