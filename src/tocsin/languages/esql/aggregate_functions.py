"""The table of ES|QL's aggregates."""

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
    L,
    Parameter,
    Values,
    constant,
    every,
)
from tocsin.languages.esql.types import Type

_AGGREGATES: tuple[tuple[str, tuple[Parameter, ...], Type | None, str], ...] = (
    ("count", (Parameter("values", ANY, Values.ALL, optional=True),), L, "How many values."),
    (
        "count_distinct",
        (every("values", ANY), constant("precision", INTEGER, may=True)),
        L,
        "How many different values; exact, the precision is not needed.",
    ),
    ("sum", (every("values", NUMBER),), None, "The sum of all values."),
    ("avg", (every("values", NUMBER),), D, "The mean of all values."),
    ("min", (every("values", ORDERED),), None, "The least value."),
    ("max", (every("values", ORDERED),), None, "The greatest value."),
    ("median", (every("values", NUMBER),), D, "The median of all values."),
    (
        "percentile",
        (every("values", NUMBER), constant("percentile", NUMBER)),
        D,
        "The value below which so many hundredths lie.",
    ),
    ("std_dev", (every("values", NUMBER),), D, "The standard deviation of all values."),
    ("variance", (every("values", NUMBER),), D, "The variance of all values."),
    (
        "median_absolute_deviation",
        (every("values", NUMBER),),
        D,
        "The median of how far all values are from their median.",
    ),
    (
        "weighted_avg",
        (every("values", NUMBER), every("weights", NUMBER)),
        D,
        "The mean of all values, each as often as its weight says.",
    ),
    ("present", (every("values", ANY),), B, "Whether some row has a value."),
    ("absent", (every("values", ANY),), B, "Whether no row has a value."),
    (
        "first",
        (every("values", ANY), Parameter("order", ORDERED, Values.ALL, optional=True)),
        None,
        "The values of the earliest row, null if it has none.",
    ),
    (
        "last",
        (every("values", ANY), Parameter("order", ORDERED, Values.ALL, optional=True)),
        None,
        "The values of the latest row, null if it has none.",
    ),
    (
        "earliest",
        (every("values", ANY),),
        None,
        "The values of the row with the least `@timestamp`.",
    ),
    (
        "latest",
        (every("values", ANY),),
        None,
        "The values of the row with the greatest `@timestamp`.",
    ),
)
_LISTS = (
    ("values", (every("values", ANY),), "All different values, in order."),
    (
        "sample",
        (every("values", ANY), Parameter("limit", INTEGER, constant=True, least=1)),
        "Some of the values; always the same ones, those of the first rows.",
    ),
    (
        "top",
        (
            every("values", ORDERED),
            Parameter("limit", INTEGER, constant=True, least=1),
            constant("order", TEXT, may=True, of=ORDERS),
        ),
        "The greatest values (``asc``: the least), repeated ones too.",
    ),
)

AGGREGATES = (
    *(
        Function(name, parameters, gives, summary, aggregate=True)
        for name, parameters, gives, summary in _AGGREGATES
    ),
    *(
        Function(name, parameters, None, summary, multi=True, aggregate=True)
        for name, parameters, summary in _LISTS
    ),
)
"""All of them."""
