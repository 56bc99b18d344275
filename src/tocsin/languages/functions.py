"""The table of EQL's functions: what each takes and gives, and how it is computed.

Parser, checks, lowering, the reference page and the tests all read these rows.
``run(fold, *values)`` works on one value for each argument; ``fold`` is the form with ``~``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from tocsin.languages import addresses, numbers, strings
from tocsin.schema.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tocsin.languages.values import Value


class Wants(StrEnum):
    """What an argument must be, in Elasticsearch's words."""

    ANYTHING = "anything"
    STRING = "string"
    NUMBER = "numeric"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    IP = "ip"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument: its name, what it must be, whether it may be left out or must be a constant."""

    name: str
    wants: Wants
    optional: bool = False
    constant: bool = False


@dataclass(frozen=True, slots=True)
class Function:
    """A row of the table. With ``many`` the last parameter may be repeated.

    ``gives`` is the kind of the result; ``folds`` says whether there is a form with ``~`` that
    ignores letter case. An example is a query's expression and its value.
    """

    name: str
    parameters: tuple[Parameter, ...]
    gives: Kind
    summary: str
    run: Callable[..., Value]
    examples: tuple[tuple[str, Value], ...]
    many: bool = False
    folds: bool = False

    @property
    def least(self) -> int:
        """The least number of arguments."""
        return sum(not parameter.optional for parameter in self.parameters)

    @property
    def most(self) -> int | None:
        """The greatest number of arguments; None if there is no limit."""
        return None if self.many else len(self.parameters)

    def takes_count(self, count: int) -> bool:
        """Whether the function can be called with so many arguments."""
        return self.least <= count and (self.most is None or count <= self.most)

    def parameter(self, index: int) -> Parameter:
        """The parameter that an argument is for, counted from 0."""
        return self.parameters[min(index, len(self.parameters) - 1)]

    @property
    def signature(self) -> str:
        """The function as the reference shows it: ``between~(source, left, right[, greedy])``."""
        text = ""
        for index, parameter in enumerate(self.parameters):
            comma = ", " if index else ""
            text += f"[{comma}{parameter.name}]" if parameter.optional else comma + parameter.name
        return f"{self.name}{'~' if self.folds else ''}({text}{', …' if self.many else ''})"


def _arithmetic(operation: Callable[[Value, Value], Value]) -> Callable[..., Value]:
    def run(_fold: bool, left: Value, right: Value) -> Value:
        return operation(left, right)

    return run


def _number(_fold: bool, source: Value, base: Value = None) -> Value:
    return numbers.parse_number(source, base)


_SOURCE = Parameter("source", Wants.STRING)
_PAIR = (Parameter("left", Wants.NUMBER), Parameter("right", Wants.NUMBER))

_ROWS: tuple[Function, ...] = (
    Function(
        "add",
        _PAIR,
        Kind.LONG,
        "The sum of two numbers, as `left + right`.",
        _arithmetic(numbers.add),
        (("add(2, 3)", 5), ("add(2, 0.5)", 2.5), ("add(2, null)", None)),
    ),
    Function(
        "between",
        (
            _SOURCE,
            Parameter("left", Wants.STRING),
            Parameter("right", Wants.STRING),
            Parameter("greedy", Wants.BOOLEAN, optional=True),
        ),
        Kind.KEYWORD,
        "The text behind the first `left`, up to the next `right` or, with `greedy`, to the last; "
        "empty if either is not found.",
        strings.between,
        (
            ('between("/home/ann/notes.txt", "/", "/")', "home"),
            ('between("/home/ann/notes.txt", "/", "/", true)', "home/ann"),
            ('between("/home/ann", "[", "]")', ""),
            ('between~("User: Ann;", "USER: ", ";")', "Ann"),
            ('between("abc", "", "c")', "abc"),
        ),
        folds=True,
    ),
    Function(
        "cidrMatch",
        (Parameter("address", Wants.IP), Parameter("block", Wants.STRING, constant=True)),
        Kind.BOOLEAN,
        "Whether an IP address is in any of the blocks, of IPv4 or IPv6.",
        addresses.cidr_match,
        (
            ('cidrMatch("10.4.3.2", "192.168.0.0/16", "10.0.0.0/8")', True),
            ('cidrMatch("11.4.3.2", "192.168.0.0/16", "10.0.0.0/8")', False),
            ('cidrMatch("fe80::17", "fe80::/10")', True),
            ('cidrMatch(null, "10.0.0.0/8")', None),
        ),
        many=True,
    ),
    Function(
        "concat",
        (Parameter("value", Wants.ANYTHING),),
        Kind.KEYWORD,
        "The texts of all values, one behind the other; null if any value is null.",
        strings.concat,
        (('concat("uid=", 0, ", root: ", true)', "uid=0, root: true"), ('concat("a", null)', None)),
        many=True,
    ),
    Function(
        "divide",
        _PAIR,
        Kind.LONG,
        "The quotient of two numbers, as `left / right`; of integers it is cut off towards zero.",
        _arithmetic(numbers.divide),
        (("divide(7, 2)", 3), ("divide(-7, 2)", -3), ("divide(7, 2.0)", 3.5)),
    ),
    Function(
        "endsWith",
        (_SOURCE, Parameter("suffix", Wants.STRING)),
        Kind.BOOLEAN,
        "Whether a text ends with another. On a bare field with a constant, `*` and `?` in it are "
        "wildcards and a backslash makes the next character plain, as in Elasticsearch.",
        strings.ends_with,
        (
            ('endsWith("setup.EXE", ".exe")', False),
            ('endsWith~("setup.EXE", ".exe")', True),
            ('endsWith(null, ".exe")', None),
        ),
        folds=True,
    ),
    Function(
        "indexOf",
        (
            _SOURCE,
            Parameter("part", Wants.STRING),
            Parameter("start", Wants.INTEGER, optional=True),
        ),
        Kind.LONG,
        "The first position, from 0, of a text in another, not before `start`; null if it is not "
        "there.",
        strings.index_of,
        (
            ('indexOf("a.tar.gz", ".")', 1),
            ('indexOf("a.tar.gz", ".", 2)', 5),
            ('indexOf("a.tar.gz", "zip")', None),
            ('indexOf~("a.TAR.gz", "tar")', 2),
        ),
        folds=True,
    ),
    Function(
        "length",
        (_SOURCE,),
        Kind.LONG,
        "How many UTF-16 units a text has: characters beyond U+FFFF count two.",
        strings.length,
        (('length("cmd.exe")', 7), ('length("")', 0), ("length(null)", None)),
    ),
    Function(
        "modulo",
        _PAIR,
        Kind.LONG,
        "The remainder of a division, as `left % right`; it has the sign of `left`.",
        _arithmetic(numbers.modulo),
        (("modulo(10, 4)", 2), ("modulo(-10, 4)", -2)),
    ),
    Function(
        "multiply",
        _PAIR,
        Kind.LONG,
        "The product of two numbers, as `left * right`.",
        _arithmetic(numbers.multiply),
        (("multiply(6, 7)", 42), ("multiply(6, 0.5)", 3.0)),
    ),
    Function(
        "number",
        (_SOURCE, Parameter("base", Wants.INTEGER, optional=True)),
        Kind.DOUBLE,
        "The number that a text stands for, in base 10 unless told otherwise; `0x` begins base 16. "
        "Null if the text is no number, where Elasticsearch fails the search.",
        _number,
        (
            ('number("1337")', 1337),
            ('number("0x1f")', 31),
            ('number("1f", 16)', 31),
            ('number("2.5")', 2.5),
            ('number("many")', None),
        ),
    ),
    Function(
        "startsWith",
        (_SOURCE, Parameter("prefix", Wants.STRING)),
        Kind.BOOLEAN,
        "Whether a text begins with another.",
        strings.starts_with,
        (
            ('startsWith("PowerShell", "power")', False),
            ('startsWith~("PowerShell", "power")', True),
            ('startsWith("PowerShell", "")', True),
        ),
        folds=True,
    ),
    Function(
        "string",
        (Parameter("value", Wants.ANYTHING),),
        Kind.KEYWORD,
        "The text of a value; a number with decimals is written as Java does.",
        strings.string,
        (("string(42)", "42"), ("string(true)", "true"), ("string(2.5e10)", "2.5E10")),
    ),
    Function(
        "stringContains",
        (_SOURCE, Parameter("part", Wants.STRING)),
        Kind.BOOLEAN,
        "Whether a text holds another; false if either is empty. On a bare field with a constant, "
        "`*` and `?` in it are wildcards and a backslash makes the next character plain, as in "
        "Elasticsearch.",
        strings.string_contains,
        (
            ('stringContains("net user /add", " user ")', True),
            ('stringContains("net user /add", "USER")', False),
            ('stringContains~("net user /add", "USER")', True),
            ('stringContains("net user /add", "")', False),
        ),
        folds=True,
    ),
    Function(
        "substring",
        (
            _SOURCE,
            Parameter("start", Wants.INTEGER),
            Parameter("end", Wants.INTEGER, optional=True),
        ),
        Kind.KEYWORD,
        "The text from position `start` up to, without it, `end`; negative positions count from "
        "the end.",
        strings.substring,
        (
            ('substring("explorer.exe", 0, 8)', "explorer"),
            ('substring("explorer.exe", -4)', ".exe"),
            ('substring("explorer.exe", 4, 2)', ""),
        ),
    ),
    Function(
        "subtract",
        _PAIR,
        Kind.LONG,
        "The difference of two numbers, as `left - right`.",
        _arithmetic(numbers.subtract),
        (("subtract(10, 4)", 6), ("subtract(null, 4)", None)),
    ),
)

FUNCTIONS: Mapping[str, Function] = MappingProxyType({row.name: row for row in _ROWS})
"""All functions by name, in alphabetical order."""

ARITHMETIC: Mapping[str, Callable[[Value, Value], Value]] = MappingProxyType(
    {
        "+": numbers.add,
        "-": numbers.subtract,
        "*": numbers.multiply,
        "/": numbers.divide,
        "%": numbers.modulo,
    }
)

_BY_NAME = {row.name.lower(): row for row in _ROWS}


def function(name: str) -> Function | None:
    """The row of a function, whatever the letter case of its name; None if there is none."""
    return _BY_NAME.get(name.lower())


def canonical_name(name: str) -> str:
    """A function's name in the letter case of the table; other names as they are."""
    row = _BY_NAME.get(name.lower())
    return name if row is None else row.name
