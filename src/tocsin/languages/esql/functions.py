"""The table of ES|QL's functions and operators: what each takes and gives.

How a function is computed is said where it is (`tocsin.tables`); this is what the checks and the
reference read.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from tocsin.languages.esql.aggregate_functions import AGGREGATES
from tocsin.languages.esql.date_units import DATE_PARTS, DATE_UNITS
from tocsin.languages.esql.function import (
    ADDRESS,
    ANY,
    BOOLEAN,
    DATE,
    INTEGER,
    JSON,
    NUMBER,
    OPTIONS,
    ORDERED,
    POINT,
    SPAN,
    TEXT,
    B,
    D,
    Function,
    K,
    L,
    Parameter,
    constant,
    each,
    every,
    one,
)
from tocsin.languages.esql.hashes import ALGORITHMS
from tocsin.languages.esql.list_functions import LISTS
from tocsin.languages.esql.number_functions import NUMBERS
from tocsin.languages.esql.types import Type

if TYPE_CHECKING:
    from collections.abc import Mapping

_SPAN = one("text", TEXT | SPAN)
_SCALARS: tuple[tuple[str, tuple[Parameter, ...], Type | None, str], ...] = (
    ("date_trunc", (one("interval", SPAN), one("date", DATE)), Type.DATE, "A date rounded down."),
    (
        "bucket",
        (
            one("field", DATE | NUMBER),
            one("size", SPAN | NUMBER),
            one("from", DATE | NUMBER, may=True),
            one("to", DATE | NUMBER, may=True),
        ),
        None,
        "A date or number rounded down to a multiple of the size, or to one of so many parts.",
    ),
    ("tbucket", (one("size", SPAN),), Type.DATE, "`@timestamp` rounded down to a multiple."),
    (
        "date_diff",
        (constant("unit", TEXT, of=DATE_UNITS), one("start", DATE), one("end", DATE)),
        L,
        "How many whole units lie between two dates.",
    ),
    (
        "date_format",
        (constant("format", TEXT, may=True), one("date", DATE)),
        K,
        "A date as a pattern such as `yyyy-MM-dd` writes it; in UTC and English.",
    ),
    (
        "date_parse",
        (constant("format", TEXT, may=True), one("text", TEXT)),
        Type.DATE,
        "A date that a pattern such as `yyyy-MM-dd` finds in a text; null if it does not.",
    ),
    (
        "date_extract",
        (constant("part", TEXT, of=DATE_PARTS), one("date", DATE)),
        L,
        "A part of a date, such as `hour_of_day`.",
    ),
    ("year", (one("date", DATE),), L, "The year of a date."),
    ("month", (one("date", DATE),), L, "The month of a date, from 1."),
    ("day", (one("date", DATE),), L, "The day of the month, from 1."),
    ("hour", (one("date", DATE),), L, "The hour of the day, from 0."),
    ("day_name", (one("date", DATE),), K, "The day of the week in English, such as `Monday`."),
    ("month_name", (one("date", DATE),), K, "The month in English, such as `January`."),
    ("to_dateperiod", (_SPAN,), Type.SPAN, "A text such as `3 days` as a length of time."),
    ("to_timeduration", (_SPAN,), Type.SPAN, "A text such as `3 hours` as a length of time."),
    ("now", (), Type.DATE, "The time of the run; for a rule that aggregates, the tick."),
    ("length", (one("text", TEXT),), L, "How many characters."),
    ("bit_length", (one("text", TEXT),), L, "How many bits in UTF-8."),
    ("byte_length", (one("text", TEXT),), L, "How many bytes in UTF-8."),
    ("trim", (one("text", TEXT),), K, "Without blanks at both ends."),
    ("ltrim", (one("text", TEXT),), K, "Without blanks at the beginning."),
    ("rtrim", (one("text", TEXT),), K, "Without blanks at the end."),
    ("starts_with", (one("text", TEXT), one("prefix", TEXT)), B, "Whether a text begins so."),
    ("ends_with", (one("text", TEXT), one("suffix", TEXT)), B, "Whether a text ends so."),
    ("contains", (one("text", TEXT), one("part", TEXT)), B, "Whether a text holds another."),
    (
        "substring",
        (one("text", TEXT), one("start", INTEGER), one("length", INTEGER, may=True)),
        K,
        "A part of a text; the first character is 1, the last -1.",
    ),
    ("left", (one("text", TEXT), one("length", INTEGER)), K, "The first characters."),
    ("right", (one("text", TEXT), one("length", INTEGER)), K, "The last characters."),
    (
        "replace",
        (one("text", TEXT), constant("regex", TEXT), one("by", TEXT)),
        K,
        "Every match of a regular expression replaced; `$1` is its first group.",
    ),
    (
        "locate",
        (one("text", TEXT), one("part", TEXT), one("start", INTEGER, may=True)),
        L,
        "Where a text stands in another, from 1; 0 if it does not.",
    ),
    ("space", (one("count", INTEGER),), K, "So many blanks."),
    ("repeat", (one("text", TEXT), one("count", INTEGER)), K, "A text so many times."),
    ("reverse", (one("text", TEXT),), K, "A text from its end."),
    ("url_decode", (one("text", TEXT),), K, "A text without percent signs; null if it cannot be."),
    ("url_encode", (one("text", TEXT),), K, "A text as it stands in an address of the web."),
    (
        "url_encode_component",
        (one("text", TEXT),),
        K,
        "A text as it stands in an address of the web, blanks as `%20`.",
    ),
    ("from_base64", (one("text", TEXT),), K, "A text out of Base64; null if it cannot be."),
    ("to_base64", (one("text", TEXT),), K, "A text in Base64."),
    (
        "hash",
        (Parameter("algorithm", TEXT, choices=ALGORITHMS), one("text", TEXT)),
        K,
        "The hash of a text by an algorithm: `md5`, `sha-1`, `sha-224`, `sha-256`, `sha3-512` …",
    ),
    ("md5", (one("text", TEXT),), K, "The MD5 hash of a text."),
    ("sha1", (one("text", TEXT),), K, "The SHA-1 hash of a text."),
    ("sha256", (one("text", TEXT),), K, "The SHA-256 hash of a text."),
    (
        "cidr_match",
        (one("ip", ADDRESS), one("block", TEXT)),
        B,
        "Whether an address lies in one of the blocks.",
    ),
    (
        "ip_prefix",
        (one("ip", ADDRESS), one("bits_v4", INTEGER), one("bits_v6", INTEGER)),
        Type.IP,
        "The first address of the block that an address lies in, of so many bits.",
    ),
    (
        "network_direction",
        (one("source", ADDRESS), one("destination", ADDRESS), every("internal", TEXT)),
        K,
        "`internal`, `outbound`, `inbound` or `external`, by blocks or names such as `private`.",
    ),
    ("st_distance", (one("one", POINT), one("other", POINT)), D, "Metres between two points."),
    ("st_x", (one("point", POINT),), D, "The longitude of a point."),
    ("st_y", (one("point", POINT),), D, "The latitude of a point."),
    (
        "json_extract",
        (one("json", JSON), one("path", TEXT)),
        K,
        "What stands at a path of a JSON text, as text.",
    ),
)
_EACH = (
    ("to_lower", TEXT, K, "A text in lower case."),
    ("to_upper", TEXT, K, "A text in upper case."),
    ("to_string", ANY | JSON, K, "A value as text."),
    ("to_integer", ANY - ADDRESS - POINT, L, "A value as a whole number of 32 bits."),
    ("to_long", ANY - ADDRESS - POINT, L, "A value as a whole number; of a date milliseconds."),
    ("to_unsigned_long", ANY - ADDRESS - POINT, Type.UNSIGNED, "A value as a whole number >= 0."),
    ("to_double", ANY - ADDRESS - POINT, D, "A value as a decimal number."),
    ("to_degrees", NUMBER, D, "An angle in radians as one in degrees."),
    ("to_radians", NUMBER, D, "An angle in degrees as one in radians."),
    ("to_boolean", BOOLEAN | TEXT | NUMBER, B, "A value as true or false."),
    ("to_datetime", DATE | TEXT | NUMBER, Type.DATE, "A text or milliseconds as a date."),
    ("to_ip", ADDRESS | TEXT, Type.IP, "A text as an address."),
    ("to_version", TEXT | {Type.VERSION}, Type.VERSION, "A text as a version."),
    ("to_geopoint", POINT | TEXT, Type.GEO_POINT, "A text such as `POINT(12.5 41.9)` as a point."),
)
_ROWS = (
    *AGGREGATES,
    *NUMBERS,
    *LISTS,
    *(Function(*row, many=row[0] == "cidr_match") for row in _SCALARS),
    *(
        Function(name, (each("value", frozenset(types)),), gives, summary)
        for name, types, gives, summary in _EACH
    ),
    Function("concat", (one("text", TEXT),), K, "Texts one after the other.", many=True),
    Function(
        "case",
        (one("condition", BOOLEAN), every("value", ANY)),
        None,
        "The value behind the first condition that is true; a last one alone is for when none is.",
        many=True,
    ),
    Function("coalesce", (every("value", ANY),), None, "The first that is not null.", many=True),
    Function("greatest", (every("value", ORDERED),), None, "The greatest of all.", many=True),
    Function("least", (every("value", ORDERED),), None, "The least of all.", many=True),
    Function(
        "clamp",
        (one("value", ORDERED), one("least", ORDERED), one("greatest", ORDERED)),
        None,
        "A value, or the bound that it lies beyond.",
    ),
    Function(
        "clamp_min",
        (one("value", ORDERED), one("least", ORDERED)),
        None,
        "A value, or the least that is wanted.",
    ),
    Function(
        "clamp_max",
        (one("value", ORDERED), one("greatest", ORDERED)),
        None,
        "A value, or the greatest that is wanted.",
    ),
    Function("kql", (constant("query", TEXT),), B, "Whether the event satisfies a KQL query."),
    Function(
        "match",
        (every("field", ANY), constant("query", ANY), Parameter("options", OPTIONS, optional=True)),
        B,
        "Whether a text field holds one of the words; of other fields, whether they are the value.",
    ),
    Function(
        "match_phrase",
        (every("field", ANY), constant("query", ANY), Parameter("options", OPTIONS, optional=True)),
        B,
        "Whether a text field holds the words one behind the other; others as for `match`.",
    ),
    Function(
        "multi_match",
        (constant("query", ANY), every("field", ANY | OPTIONS)),
        B,
        "Whether `match` holds of one of the fields; options come last.",
        many=True,
    ),
    Function(
        "qstr",
        (constant("query", TEXT),),
        B,
        "Whether the event satisfies a query string of Lucene.",
    ),
)

FUNCTIONS: Mapping[str, Function] = MappingProxyType({row.name: row for row in _ROWS})
"""All functions by name."""

ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "to_str": "to_string",
        "to_text": "to_string",
        "to_int": "to_integer",
        "to_ul": "to_unsigned_long",
        "to_ulong": "to_unsigned_long",
        "to_dbl": "to_double",
        "to_bool": "to_boolean",
        "to_dt": "to_datetime",
        "to_date_nanos": "to_datetime",
        "to_datenanos": "to_datetime",
        "to_ver": "to_version",
        "ceiling": "ceil",
        "bin": "bucket",
        "std_var": "variance",
    }
)
"""Other names of functions."""
