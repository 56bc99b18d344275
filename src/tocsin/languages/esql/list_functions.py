"""The table of ES|QL's functions of all values of a cell."""

from __future__ import annotations

from tocsin.languages.esql.function import (
    ANY,
    INTEGER,
    NUMBER,
    ORDERED,
    ORDERS,
    TEXT,
    B,
    D,
    Function,
    K,
    L,
    Parameter,
    constant,
    every,
    one,
)
from tocsin.languages.esql.types import Type

_OVER_LISTS: tuple[tuple[str, tuple[Parameter, ...], Type | None, bool, str], ...] = (
    (
        "split",
        (one("text", TEXT), one("by", TEXT)),
        K,
        True,
        "The parts between delimiters, each one ASCII character.",
    ),
    ("mv_first", (every("values", ANY),), None, False, "The first value."),
    ("mv_last", (every("values", ANY),), None, False, "The last value."),
    ("mv_min", (every("values", ORDERED),), None, False, "The least value."),
    ("mv_max", (every("values", ORDERED),), None, False, "The greatest value."),
    ("mv_sum", (every("values", NUMBER),), None, False, "The sum of the values."),
    ("mv_avg", (every("values", NUMBER),), D, False, "The mean of the values."),
    ("mv_count", (every("values", ANY),), L, False, "How many values; null of none."),
    (
        "mv_concat",
        (every("values", TEXT), one("by", TEXT)),
        K,
        False,
        "The values as one text, with a delimiter between them.",
    ),
    ("mv_dedupe", (every("values", ANY),), None, True, "The values without repeated ones."),
    (
        "mv_sort",
        (every("values", ORDERED), constant("order", TEXT, may=True, of=ORDERS)),
        None,
        True,
        "The values in order; `desc`: from the greatest.",
    ),
    (
        "mv_slice",
        (every("values", ANY), one("start", INTEGER), one("end", INTEGER, may=True)),
        None,
        True,
        "Some of the values, from 0; -1 is the last, and the end is included.",
    ),
    (
        "mv_append",
        (every("one", ANY), every("other", ANY)),
        None,
        True,
        "The values of both; null if one is null.",
    ),
    (
        "mv_zip",
        (every("one", TEXT), every("other", TEXT), one("by", TEXT, may=True)),
        K,
        True,
        "The first values of both as one text, then the second …; with `,` between them.",
    ),
    ("mv_median", (every("values", NUMBER),), None, False, "The median of the values."),
    (
        "mv_median_absolute_deviation",
        (every("values", NUMBER),),
        None,
        False,
        "The median of how far the values are from their median.",
    ),
    (
        "mv_percentile",
        (every("values", NUMBER), one("percentile", NUMBER)),
        None,
        False,
        "The value below which so many hundredths of the values lie.",
    ),
    (
        "mv_pseries_weighted_sum",
        (every("values", NUMBER), one("p", NUMBER)),
        D,
        False,
        "The sum of the values, each divided by its place (from 1) to the power of `p`.",
    ),
    (
        "mv_contains",
        (every("values", ANY), every("others", ANY)),
        B,
        False,
        "Whether all values of the second are among those of the first.",
    ),
    (
        "mv_intersection",
        (every("one", ANY), every("other", ANY)),
        None,
        True,
        "The values that both hold; null if there are none.",
    ),
    (
        "mv_intersects",
        (every("one", ANY), every("other", ANY)),
        B,
        False,
        "Whether both hold a value; false if one is null.",
    ),
    (
        "mv_union",
        (every("one", ANY), every("other", ANY)),
        None,
        True,
        "The values of both, each once; null if both are null.",
    ),
    (
        "mv_difference",
        (every("one", ANY), every("other", ANY)),
        None,
        True,
        "The values of the first that the second does not hold; null if there are none.",
    ),
)

LISTS = tuple(
    Function(name, parameters, gives, summary, multi=multi)
    for name, parameters, gives, multi, summary in _OVER_LISTS
)
"""All of them."""
