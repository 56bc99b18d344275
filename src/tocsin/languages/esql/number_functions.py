"""The table of ES|QL's functions of numbers."""

from __future__ import annotations

from tocsin.languages.esql.function import (
    DATE,
    INTEGER,
    NUMBER,
    D,
    Function,
    Parameter,
    one,
)
from tocsin.languages.esql.types import Type

_NUMBERS: tuple[tuple[str, tuple[Parameter, ...], Type | None, str], ...] = (
    ("abs", (one("number", NUMBER),), None, "A number without its sign."),
    ("ceil", (one("number", NUMBER),), None, "A number rounded up."),
    ("floor", (one("number", NUMBER),), None, "A number rounded down."),
    (
        "round",
        (one("number", NUMBER), one("decimals", INTEGER, may=True)),
        None,
        "A number rounded to so many decimals, halves away from zero.",
    ),
    (
        "round_to",
        (one("field", NUMBER | DATE), one("point", NUMBER | DATE)),
        None,
        "The greatest of some points that is not above the value; the least of them below all.",
    ),
    ("pow", (one("base", NUMBER), one("exponent", NUMBER)), D, "A power."),
    ("sqrt", (one("number", NUMBER),), D, "The square root; null of negative numbers."),
    ("exp", (one("number", NUMBER),), D, "The power of e."),
    (
        "log",
        (one("base", NUMBER, may=True), one("number", NUMBER)),
        D,
        "The logarithm, to base e if no other is given.",
    ),
    ("log10", (one("number", NUMBER),), D, "The logarithm to base 10."),
    ("signum", (one("number", NUMBER),), D, "-1, 0 or 1."),
    (
        "copy_sign",
        (one("magnitude", NUMBER), one("sign", NUMBER)),
        None,
        "The first number with the sign of the second.",
    ),
    (
        "scalb",
        (one("number", NUMBER), one("exponent", INTEGER)),
        D,
        "A number times a power of 2.",
    ),
    ("cbrt", (one("number", NUMBER),), D, "The cube root."),
    (
        "hypot",
        (one("one", NUMBER), one("other", NUMBER)),
        D,
        "The long side of a triangle with a right angle between two sides.",
    ),
    ("sin", (one("angle", NUMBER),), D, "The sine of an angle in radians."),
    ("cos", (one("angle", NUMBER),), D, "The cosine of an angle in radians."),
    ("tan", (one("angle", NUMBER),), D, "The tangent of an angle in radians."),
    ("asin", (one("number", NUMBER),), D, "The angle of a sine; null outside -1 to 1."),
    ("acos", (one("number", NUMBER),), D, "The angle of a cosine; null outside -1 to 1."),
    ("atan", (one("number", NUMBER),), D, "The angle of a tangent."),
    ("atan2", (one("y", NUMBER), one("x", NUMBER)), D, "The angle of a point seen from (0, 0)."),
    ("sinh", (one("number", NUMBER),), D, "The hyperbolic sine."),
    ("cosh", (one("number", NUMBER),), D, "The hyperbolic cosine."),
    ("tanh", (one("number", NUMBER),), D, "The hyperbolic tangent."),
    ("asinh", (one("number", NUMBER),), D, "The number of a hyperbolic sine."),
    ("acosh", (one("number", NUMBER),), D, "The number of a hyperbolic cosine; null below 1."),
    ("atanh", (one("number", NUMBER),), D, "The number of a hyperbolic tangent."),
    ("e", (), D, "Euler's number."),
    ("pi", (), D, "The circumference of a circle by its diameter."),
    ("tau", (), D, "The circumference of a circle by its radius."),
)

NUMBERS = tuple(Function(*row, many=row[0] == "round_to") for row in _NUMBERS)
"""All of them."""
