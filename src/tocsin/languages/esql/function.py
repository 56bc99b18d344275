"""What a function of ES|QL takes and gives: the form of the rows of its table."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum

from tocsin.languages.esql.types import NUMBERS, WHOLE, Type

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
ORDERS = ("asc", "desc")


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

    ``choices``: the texts that a constant may be, in lower case, if not any. ``least``: how small a
    constant may be.
    """

    name: str
    types: frozenset[Type]
    values: Values = Values.ONE
    optional: bool = False
    constant: bool = False
    choices: Collection[str] = ()
    least: int | None = None


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


def one(
    name: str, types: frozenset[Type], values: Values = Values.ONE, *, may: bool = False
) -> Parameter:
    """A parameter that takes one value."""
    return Parameter(name, types, values, optional=may)


def constant(
    name: str, types: frozenset[Type], *, may: bool = False, of: Collection[str] = ()
) -> Parameter:
    """A parameter that is a constant, one ``of`` some if any are given."""
    return Parameter(name, types, optional=may, constant=True, choices=of)


def each(name: str, types: frozenset[Type]) -> Parameter:
    """A parameter of which the function takes each value."""
    return Parameter(name, types, Values.EACH)


def every(name: str, types: frozenset[Type]) -> Parameter:
    """A parameter of which the function takes all values."""
    return Parameter(name, types, Values.ALL)


K, L, D, B = Type.KEYWORD, Type.LONG, Type.DOUBLE, Type.BOOLEAN
"""Types in rows of the table, in one letter."""
