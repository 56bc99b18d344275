"""What SQL must be told about cells that hold several values: a list each, null if there are none.

A name with ``_of`` takes what its words say; all give null for null.
"""

from __future__ import annotations

from typing import Final

MACROS: Final = (
    # the only value, null if there are several
    "one_of(x) AS CASE WHEN len(x) = 1 THEN x[1] END",
    # a value as a list
    "list_of(x) AS CASE WHEN x IS NOT NULL THEN [x] END",
    # a list without nulls, null if nothing is left
    (
        "some_of(x) AS CASE WHEN len(list_filter(x, lambda v: v IS NOT NULL)) > 0 "
        "THEN list_filter(x, lambda v: v IS NOT NULL) END"
    ),
    # the rows of a cell: one null for none
    "rows_of(x) AS CASE WHEN len(x) > 0 THEN x ELSE [NULL] END",
    "finite_of(x) AS CASE WHEN isfinite(x) THEN x END",
    f"unsigned_of(x) AS CASE WHEN x BETWEEN 0 AND {2**64 - 1} THEN x END",
    # milliseconds rounded down to a multiple
    "floor_of(x, size) AS x - ((x % size) + size) % size",
    # whole months: days count as Java counts them, the last of a month like any other
    (
        "until_of(a, b) AS CAST(b AS DATE) + CASE "
        "WHEN CAST(b AS DATE) > CAST(a AS DATE) AND CAST(b AS TIME) < CAST(a AS TIME) THEN -1 "
        "WHEN CAST(b AS DATE) < CAST(a AS DATE) AND CAST(b AS TIME) > CAST(a AS TIME) THEN 1 "
        "ELSE 0 END"
    ),
    "days_of(d) AS (12 * year(d) + month(d)) * 32 + day(d)",
    "months_of(a, b) AS (days_of(until_of(a, b)) - days_of(CAST(a AS DATE))) // 32",
    # from where on ES|QL counts characters
    (
        "start_of(s, i) AS CASE WHEN i > 0 THEN i WHEN i = 0 THEN 1 "
        "WHEN i < 0 THEN greatest(length(s) + i + 1, 1) END"
    ),
    (
        "located_from(s, part, i) AS CASE WHEN i = 1 THEN strpos(s, part) "
        "WHEN strpos(substring(s, i), part) > 0 THEN strpos(substring(s, i), part) + i - 1 "
        "WHEN s IS NOT NULL AND part IS NOT NULL AND i IS NOT NULL THEN 0 END"
    ),
    (
        "located_of(s, part, i) AS CASE WHEN i IS NOT NULL "
        "THEN located_from(s, part, least(start_of(s, i), length(s) + 1)) END"
    ),
    (
        "url_of(s) AS CASE WHEN NOT regexp_matches(s, "
        "'%(?:[^0-9A-Fa-f]|$|.(?:[^0-9A-Fa-f]|$))') "
        "THEN COALESCE(TRY(url_decode(replace(s, '+', ' '))), text_of_url(s)) END"
    ),
    "encoded_url(s) AS replace(url_encode(s), '~', '%7E')",
    "bytes_of_base64(s) AS TRY(from_base64(s || repeat('=', (4 - length(s) % 4) % 4)))",
    "base64_of(s) AS COALESCE(TRY(decode(bytes_of_base64(s))), text_of_bytes(bytes_of_base64(s)))",
    # a text without blanks around it and Java's letters of decimal numbers; null of others
    (
        "numeral_of(s) AS CASE WHEN regexp_full_match(s, "
        "'[\\x00-\\x20]*[+-]?(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
        "[fFdD]?[\\x00-\\x20]*') "
        "THEN regexp_extract(s, '[+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?') END"
    ),
    # some values from one place to another, both included, from 0, negative from the end
    "index_of(x, i) AS CASE WHEN i < 0 THEN len(x) + i ELSE i END",
    (
        "slice_of(x, i, j) AS CASE WHEN index_of(x, j) >= 0 AND index_of(x, i) < len(x) "
        "AND index_of(x, i) <= index_of(x, j) "
        "THEN list_slice(x, greatest(index_of(x, i), 0) + 1, index_of(x, j) + 1) END"
    ),
    # each value once, in the order of their first place
    "once_of(x) AS list_filter(x, lambda v, i: list_position(x, v) = i)",
    (
        "both_of(x, y) AS CASE WHEN len(list_filter(x, lambda v: list_contains(y, v))) > 0 "
        "THEN once_of(list_filter(x, lambda v: list_contains(y, v))) END"
    ),
    (
        "rest_of(x, y) AS CASE WHEN y IS NULL THEN x "
        "ELSE some_of(list_filter(x, lambda v: NOT list_contains(y, v))) END"
    ),
    "union_of(x, y) AS once_of(CASE WHEN x IS NULL THEN y WHEN y IS NULL THEN x ELSE x || y END)",
    (
        "zip_of(x, y, d) AS CASE WHEN d IS NULL THEN NULL WHEN x IS NULL THEN y WHEN y IS NULL "
        "THEN x ELSE list_transform(range(1, greatest(len(x), len(y)) + 1), lambda i: "
        "CASE WHEN i > len(x) THEN y[i] WHEN i > len(y) THEN x[i] ELSE x[i] || d || y[i] END) END"
    ),
    # versions in their order, which is not that of their texts
    (
        "by_version(x) AS list_transform(list_sort("
        "list_transform(x, lambda v: {'k': version_key(v), 'v': v})), lambda e: e.v)"
    ),
    # the digits behind the point that a decimal number keeps
    (
        "rounded_of(x, n) AS finite_of(CASE WHEN n > 300 OR isinf(x * pow(10, n)) THEN x "
        "WHEN n < -300 THEN 0 * x ELSE sign(x) * floor(abs(x) * pow(10, n) + 0.5) / pow(10, n) END)"
    ),
    "lon_of(p) AS TRY_CAST(regexp_extract(p, '\\(([^ ]+) ([^ )]+)\\)', 1) AS DOUBLE)",
    "lat_of(p) AS TRY_CAST(regexp_extract(p, '\\(([^ ]+) ([^ )]+)\\)', 2) AS DOUBLE)",
    # the haversine formula with the earth's mean radius in metres
    (
        "metres_of(a, b) AS 2 * 6371008.7714 * asin(least(1, sqrt("
        "pow(sin(radians(lat_of(b) - lat_of(a)) / 2), 2) + cos(radians(lat_of(a))) "
        "* cos(radians(lat_of(b))) * pow(sin(radians(lon_of(b) - lon_of(a)) / 2), 2))))"
    ),
)
"""Macros as ``create macro`` takes them, those that others use first."""
