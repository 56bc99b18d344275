"""The table of ES|QL's functions and operators: what each takes and gives.

How a function is computed is said where it is (`tocsin.tables`); this is what the checks and the
reference read.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING

from tocsin.languages.esql.date_units import DATE_PARTS, DATE_UNITS
from tocsin.languages.esql.types import NUMBERS, WHOLE, Type

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

TEXT = frozenset({Type.KEYWORD})
NUMBER = frozenset(NUMBERS)
INTEGER = frozenset(WHOLE)
DATE = frozenset({Type.DATE})
BOOLEAN = frozenset({Type.BOOLEAN})
ADDRESS = frozenset({Type.IP})
POINT = frozenset({Type.GEO_POINT})
SPAN = frozenset({Type.SPAN})
JSON = frozenset({Type.KEYWORD, Type.SOURCE})
ANY = frozenset(
    {Type.KEYWORD, *NUMBERS, Type.BOOLEAN, Type.DATE, Type.IP, Type.VERSION, Type.GEO_POINT}
)
ORDERED = ANY - {Type.GEO_POINT}
OPTIONS = frozenset({Type.OPTIONS})


class Values(Enum):
    """How a parameter takes a cell of several values."""

    ONE = "one"
    """It is null then, with a warning."""
    EACH = "each"
    """The function is applied to each of them."""
    ALL = "all"
    """The function is about all of them."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument: its name, the types it may have, and how it takes several values.

    ``choices``: the texts that it may be, in lower case, if not any.
    """

    name: str
    types: frozenset[Type]
    values: Values = Values.ONE
    optional: bool = False
    constant: bool = False
    choices: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Function:
    """A row of the table. With ``many`` the last parameter may be repeated.

    A first parameter that is optional is left out when the last ones are given.

    ``gives`` is the type of the result, None for that of the first argument. ``multi``: whether a
    result may be several values; functions with a parameter that takes each value give as many.
    """

    name: str
    parameters: tuple[Parameter, ...]
    gives: Type | None
    summary: str
    many: bool = False
    multi: bool = False
    aggregate: bool = False

    @property
    def least(self) -> int:
        """The least number of arguments."""
        return sum(not parameter.optional for parameter in self.parameters)

    @property
    def signature(self) -> str:
        """The function as it is called: ``locate(text, part[, start])``."""
        told = ""
        for parameter in self.parameters:
            comma = ", " if told and not told.endswith(", ]") else ""
            if parameter.optional and not told and len(self.parameters) > 1:
                told = f"[{parameter.name}, ]"
            else:
                name = comma + parameter.name
                told += f"[{name}]" if parameter.optional else name
        return f"{self.name}({told}{', …' if self.many else ''})"

    def takes_count(self, count: int) -> bool:
        """Whether the function can be called with so many arguments."""
        return self.least <= count and (self.many or count <= len(self.parameters))

    def parameter(self, index: int, count: int = 0) -> Parameter:
        """The parameter that an argument is for, counted from 0; ``count``: of how many."""
        if count and self.parameters[0].optional:
            index += max(len(self.parameters) - count, 0)
        return self.parameters[min(index, len(self.parameters) - 1)]


def _p(
    name: str, types: frozenset[Type], values: Values = Values.ONE, *, may: bool = False
) -> Parameter:
    return Parameter(name, types, values, optional=may)


def _constant(
    name: str, types: frozenset[Type], *, may: bool = False, of: Collection[str] = ()
) -> Parameter:
    return Parameter(name, types, optional=may, constant=True, choices=of)


def _each(name: str, types: frozenset[Type]) -> Parameter:
    return Parameter(name, types, Values.EACH)


def _all(name: str, types: frozenset[Type]) -> Parameter:
    return Parameter(name, types, Values.ALL)


_K, _L, _D, _B = Type.KEYWORD, Type.LONG, Type.DOUBLE, Type.BOOLEAN

_AGGREGATES: tuple[tuple[str, tuple[Parameter, ...], Type | None, str], ...] = (
    ("count", (Parameter("values", ANY, Values.ALL, optional=True),), _L, "How many values."),
    (
        "count_distinct",
        (_all("values", ANY), _constant("precision", INTEGER, may=True)),
        _L,
        "How many different values; exact, the precision is not needed.",
    ),
    ("sum", (_all("values", NUMBER),), None, "The sum of all values."),
    ("avg", (_all("values", NUMBER),), _D, "The mean of all values."),
    ("min", (_all("values", ORDERED),), None, "The least value."),
    ("max", (_all("values", ORDERED),), None, "The greatest value."),
    ("median", (_all("values", NUMBER),), _D, "The median of all values."),
    (
        "percentile",
        (_all("values", NUMBER), _constant("percentile", NUMBER)),
        _D,
        "The value below which so many hundredths lie.",
    ),
    ("std_dev", (_all("values", NUMBER),), _D, "The standard deviation of all values."),
    (
        "first",
        (_all("values", ANY), Parameter("order", ORDERED, optional=True)),
        None,
        "The value of the earliest row that has one.",
    ),
    (
        "last",
        (_all("values", ANY), Parameter("order", ORDERED, optional=True)),
        None,
        "The value of the latest row that has one.",
    ),
)
_LISTS = (
    ("values", (_all("values", ANY),), "All different values, in order."),
    (
        "top",
        (
            _all("values", ORDERED),
            _constant("limit", INTEGER),
            _constant("order", TEXT, may=True),
        ),
        "The greatest values (``asc``: the least), repeated ones too.",
    ),
)
_SCALARS: tuple[tuple[str, tuple[Parameter, ...], Type | None, str], ...] = (
    ("date_trunc", (_p("interval", SPAN), _p("date", DATE)), Type.DATE, "A date rounded down."),
    (
        "bucket",
        (_p("field", DATE | NUMBER), _p("size", SPAN | NUMBER)),
        None,
        "A date or number rounded down to a multiple of the size.",
    ),
    (
        "date_diff",
        (_constant("unit", TEXT, of=DATE_UNITS), _p("start", DATE), _p("end", DATE)),
        _L,
        "How many whole units lie between two dates.",
    ),
    (
        "date_format",
        (_constant("format", TEXT, may=True), _p("date", DATE)),
        _K,
        "A date as a pattern such as `yyyy-MM-dd` writes it; in UTC and English.",
    ),
    (
        "date_parse",
        (_constant("format", TEXT, may=True), _p("text", TEXT)),
        Type.DATE,
        "A date that a pattern such as `yyyy-MM-dd` finds in a text; null if it does not.",
    ),
    (
        "date_extract",
        (_constant("part", TEXT, of=DATE_PARTS), _p("date", DATE)),
        _L,
        "A part of a date, such as `hour_of_day`.",
    ),
    ("now", (), Type.DATE, "The time of the run; for a rule that aggregates, the tick."),
    ("length", (_p("text", TEXT),), _L, "How many characters."),
    ("byte_length", (_p("text", TEXT),), _L, "How many bytes in UTF-8."),
    ("trim", (_p("text", TEXT),), _K, "Without blanks at both ends."),
    ("ltrim", (_p("text", TEXT),), _K, "Without blanks at the beginning."),
    ("rtrim", (_p("text", TEXT),), _K, "Without blanks at the end."),
    ("starts_with", (_p("text", TEXT), _p("prefix", TEXT)), _B, "Whether a text begins so."),
    ("ends_with", (_p("text", TEXT), _p("suffix", TEXT)), _B, "Whether a text ends so."),
    ("contains", (_p("text", TEXT), _p("part", TEXT)), _B, "Whether a text holds another."),
    (
        "substring",
        (_p("text", TEXT), _p("start", INTEGER), _p("length", INTEGER, may=True)),
        _K,
        "A part of a text; the first character is 1, the last -1.",
    ),
    ("left", (_p("text", TEXT), _p("length", INTEGER)), _K, "The first characters."),
    ("right", (_p("text", TEXT), _p("length", INTEGER)), _K, "The last characters."),
    (
        "replace",
        (_p("text", TEXT), _constant("regex", TEXT), _p("by", TEXT)),
        _K,
        "Every match of a regular expression replaced; `$1` is its first group.",
    ),
    (
        "locate",
        (_p("text", TEXT), _p("part", TEXT), _p("start", INTEGER, may=True)),
        _L,
        "Where a text stands in another, from 1; 0 if it does not.",
    ),
    ("space", (_p("count", INTEGER),), _K, "So many blanks."),
    ("repeat", (_p("text", TEXT), _p("count", INTEGER)), _K, "A text so many times."),
    ("reverse", (_p("text", TEXT),), _K, "A text from its end."),
    ("url_decode", (_p("text", TEXT),), _K, "A text without percent signs; null if it cannot be."),
    ("url_encode", (_p("text", TEXT),), _K, "A text as it stands in an address of the web."),
    ("from_base64", (_p("text", TEXT),), _K, "A text out of Base64; null if it cannot be."),
    ("to_base64", (_p("text", TEXT),), _K, "A text in Base64."),
    ("md5", (_p("text", TEXT),), _K, "The MD5 hash of a text."),
    ("sha1", (_p("text", TEXT),), _K, "The SHA-1 hash of a text."),
    ("sha256", (_p("text", TEXT),), _K, "The SHA-256 hash of a text."),
    ("abs", (_p("number", NUMBER),), None, "A number without its sign."),
    ("ceil", (_p("number", NUMBER),), None, "A number rounded up."),
    ("floor", (_p("number", NUMBER),), None, "A number rounded down."),
    (
        "round",
        (_p("number", NUMBER), _p("decimals", INTEGER, may=True)),
        None,
        "A number rounded to so many decimals, halves away from zero.",
    ),
    ("pow", (_p("base", NUMBER), _p("exponent", NUMBER)), _D, "A power."),
    ("sqrt", (_p("number", NUMBER),), _D, "The square root; null of negative numbers."),
    ("exp", (_p("number", NUMBER),), _D, "The power of e."),
    ("log10", (_p("number", NUMBER),), _D, "The logarithm to base 10."),
    ("signum", (_p("number", NUMBER),), _D, "-1, 0 or 1."),
    (
        "cidr_match",
        (_p("ip", ADDRESS), _p("block", TEXT)),
        _B,
        "Whether an address lies in one of the blocks.",
    ),
    ("st_distance", (_p("one", POINT), _p("other", POINT)), _D, "Metres between two points."),
    ("st_x", (_p("point", POINT),), _D, "The longitude of a point."),
    ("st_y", (_p("point", POINT),), _D, "The latitude of a point."),
    (
        "json_extract",
        (_p("json", JSON), _p("path", TEXT)),
        _K,
        "What stands at a path of a JSON text, as text.",
    ),
)
_EACH = (
    ("to_lower", TEXT, _K, "A text in lower case."),
    ("to_upper", TEXT, _K, "A text in upper case."),
    ("to_string", ANY | JSON, _K, "A value as text."),
    ("to_integer", ANY - ADDRESS - POINT, _L, "A value as a whole number of 32 bits."),
    ("to_long", ANY - ADDRESS - POINT, _L, "A value as a whole number; of a date milliseconds."),
    ("to_unsigned_long", ANY - ADDRESS - POINT, Type.UNSIGNED, "A value as a whole number >= 0."),
    ("to_double", ANY - ADDRESS - POINT, _D, "A value as a decimal number."),
    ("to_boolean", BOOLEAN | TEXT | NUMBER, _B, "A value as true or false."),
    ("to_datetime", DATE | TEXT | NUMBER, Type.DATE, "A text or milliseconds as a date."),
    ("to_ip", ADDRESS | TEXT, Type.IP, "A text as an address."),
    ("to_version", TEXT | {Type.VERSION}, Type.VERSION, "A text as a version."),
    ("to_geopoint", POINT | TEXT, Type.GEO_POINT, "A text such as `POINT(12.5 41.9)` as a point."),
)
_OVER_LISTS: tuple[tuple[str, tuple[Parameter, ...], Type | None, bool, str], ...] = (
    ("split", (_p("text", TEXT), _p("by", TEXT)), _K, True, "The parts between delimiters."),
    ("mv_first", (_all("values", ANY),), None, False, "The first value."),
    ("mv_last", (_all("values", ANY),), None, False, "The last value."),
    ("mv_min", (_all("values", ORDERED),), None, False, "The least value."),
    ("mv_max", (_all("values", ORDERED),), None, False, "The greatest value."),
    ("mv_sum", (_all("values", NUMBER),), None, False, "The sum of the values."),
    ("mv_avg", (_all("values", NUMBER),), _D, False, "The mean of the values."),
    ("mv_count", (_all("values", ANY),), _L, False, "How many values; null of none."),
    (
        "mv_concat",
        (_all("values", TEXT), _p("by", TEXT)),
        _K,
        False,
        "The values as one text, with a delimiter between them.",
    ),
    ("mv_dedupe", (_all("values", ANY),), None, True, "The values without repeated ones."),
    (
        "mv_sort",
        (_all("values", ORDERED), _constant("order", TEXT, may=True)),
        None,
        True,
        "The values in order; `desc`: from the greatest.",
    ),
    (
        "mv_slice",
        (_all("values", ANY), _p("start", INTEGER), _p("end", INTEGER, may=True)),
        None,
        True,
        "Some of the values, from 0; -1 is the last, and the end is included.",
    ),
    (
        "mv_append",
        (_all("one", ANY), _all("other", ANY)),
        None,
        True,
        "The values of both; null if one is null.",
    ),
    (
        "mv_contains",
        (_all("values", ANY), _all("others", ANY)),
        _B,
        False,
        "Whether all values of the second are among those of the first.",
    ),
    (
        "mv_intersection",
        (_all("one", ANY), _all("other", ANY)),
        None,
        True,
        "The values that both hold; null if there are none.",
    ),
)

_ROWS = (
    *(
        Function(name, parameters, gives, summary, aggregate=True)
        for name, parameters, gives, summary in _AGGREGATES
    ),
    *(
        Function(name, parameters, None, summary, multi=True, aggregate=True)
        for name, parameters, summary in _LISTS
    ),
    *(Function(*row, many=row[0] == "cidr_match") for row in _SCALARS),
    *(
        Function(name, (_each("value", frozenset(types)),), gives, summary)
        for name, types, gives, summary in _EACH
    ),
    *(
        Function(name, parameters, gives, summary, multi=multi)
        for name, parameters, gives, multi, summary in _OVER_LISTS
    ),
    Function("concat", (_p("text", TEXT),), _K, "Texts one after the other.", many=True),
    Function(
        "case",
        (_p("condition", BOOLEAN), _all("value", ANY)),
        None,
        "The value behind the first condition that is true; a last one alone is for when none is.",
        many=True,
    ),
    Function("coalesce", (_all("value", ANY),), None, "The first that is not null.", many=True),
    Function("greatest", (_p("value", ORDERED),), None, "The greatest.", many=True),
    Function("least", (_p("value", ORDERED),), None, "The least.", many=True),
    Function("kql", (_constant("query", TEXT),), _B, "Whether the event satisfies a KQL query."),
    Function(
        "match",
        (_all("field", ANY), _constant("query", ANY), Parameter("options", OPTIONS, optional=True)),
        _B,
        "Whether a text field holds one of the words; of other fields, whether they are the value.",
    ),
)

FUNCTIONS: Mapping[str, Function] = MappingProxyType({row.name: row for row in _ROWS})
"""All functions by name."""

ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "to_str": "to_string",
        "to_int": "to_integer",
        "to_ul": "to_unsigned_long",
        "to_ulong": "to_unsigned_long",
        "to_dbl": "to_double",
        "to_bool": "to_boolean",
        "to_dt": "to_datetime",
        "to_date_nanos": "to_datetime",
        "to_ver": "to_version",
        "ceiling": "ceil",
    }
)
"""Other names of functions."""
