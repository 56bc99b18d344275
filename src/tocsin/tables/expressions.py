"""Typed expressions as SQL.

An expression is asked for one value (null if the cell holds several), for all values as a list, or
for the cell as it is: a list where its column may hold several values, a plain value elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from tocsin.languages.esql.function import Function, Values
from tocsin.languages.esql.functions import FUNCTIONS
from tocsin.languages.esql.search_options import options_of
from tocsin.languages.esql.typed import Apply, Column, Constant, Duration, Typed, question, value_of
from tocsin.languages.esql.types import Type
from tocsin.plan.date_span import date_span
from tocsin.schema.kinds import Kind
from tocsin.schema.values import parse_block
from tocsin.tables import quoting
from tocsin.tables.conversions import converted
from tocsin.tables.full_text import phrase_test, whole_test, words_test
from tocsin.tables.lists import LISTS
from tocsin.tables.patterns import Patterns
from tocsin.tables.scalars import SCALARS

_COMPARE = {"==": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_ARITHMETIC = ("+", "-", "*", "/", "%")


class Expressions:
    """Writes expressions.

    Parameters
    ----------
    patterns
        Where regular expressions are kept for the functions that SQL calls.
    kql
        The SQL of each KQL query by its text.
    """

    def __init__(self, patterns: Patterns, kql: Mapping[str, str]) -> None:
        self._patterns = patterns
        self._kql = kql
        self._aggregate: Callable[[Apply], str] | None = None

    def aggregated(self, node: Typed, aggregate: Callable[[Apply], str]) -> str:
        """The cell of an expression over aggregates, which a function writes."""
        self._aggregate = aggregate
        try:
            return self.cell(node)
        finally:
            self._aggregate = None

    def cell(self, node: Typed) -> str:
        """The cell as it is."""
        if node.type is Type.NULL:
            return "NULL"  # without a type, so that it goes with values of any
        match node:
            case Column():
                return f"c{node.id}"
            case Constant():
                return quoting.constant(node)
            case Duration():
                return str(node.milliseconds)
            case Apply():
                return self._applied(node)

    def one(self, node: Typed) -> str:
        """The value, null if there are several."""
        if not node.multi or node.type is Type.NULL:
            return self.cell(node)
        return f"s{node.id}" if isinstance(node, Column) else f"one_of({self.cell(node)})"

    def ordered(self, node: Typed) -> str:
        """The value in a form that has its order."""
        value = self.one(node)
        return f"version_key({value})" if node.type is Type.VERSION else value

    def extreme(self, node: Typed, *, greatest: bool) -> str:
        """The least or greatest value in a form that has its order."""
        if not node.multi:
            return self.ordered(node)
        values = self.cell(node)
        if node.type is Type.VERSION:
            return f"version_key(by_version({values})[{-1 if greatest else 1}])"
        return f"list_{'max' if greatest else 'min'}({values})"

    def every(self, node: Typed) -> str:
        """All values as a list."""
        whole = node.multi and node.type is not Type.NULL
        return self.cell(node) if whole else f"list_of({self.cell(node)})"

    def _applied(self, node: Apply) -> str:  # noqa: C901, PLR0912 - a case for each kind of function
        name = node.name
        function = FUNCTIONS.get(name)
        if function is not None and function.aggregate:
            if self._aggregate is None:
                raise AssertionError(name)
            return self._aggregate(node)
        if name in _COMPARE:
            return self._compared(node)
        if name in _ARITHMETIC:
            return self._arithmetic(node)
        match name:
            case "and" | "or":
                return "(" + f" {name.upper()} ".join(map(self.one, node.arguments)) + ")"
            case "not":
                return f"(NOT {self.one(node.arguments[0])})"
            case "is null":
                return f"({self.cell(node.arguments[0])} IS NULL)"
            case "in":
                first, *others = map(self.one, node.arguments)
                return f"({first} IN ({', '.join(others)}))"
            case "like" | "rlike":
                return self._like(node)
            case "match" | "match_phrase":
                return self._match(node)
            case "network_direction":
                source, destination, internal = node.arguments
                ends = f"{self.one(source)}, {self.one(destination)}"
                return f"direction({ends}, {self.every(internal)})"
            case "kql" | "qstr":
                return f"({self._kql[question(node)]})"
            case "case":
                return self._case(node)
            case "coalesce":
                return f"COALESCE({', '.join(self._as(each, node) for each in node.arguments)})"
            case "negative":
                return f"TRY(-{self.one(node.arguments[0])})"
            case _:
                return self._called(node, function)

    def _called(self, node: Apply, function: Function | None) -> str:
        """A function of the table."""
        if node.name in LISTS:
            whole = [self.every(each) for each in node.arguments]
            return LISTS[node.name](node, whole, [self.one(each) for each in node.arguments])
        each = function.parameters[:1] if function is not None else ()
        if each and each[0].values is Values.EACH:
            return self._each(node)
        extreme = node.name in ("greatest", "least")
        write = partial(self._most, node.name) if extreme else self.one
        return SCALARS[node.name](node, list(map(write, node.arguments)), self._patterns)

    def _most(self, name: str, node: Typed) -> str:
        """The greatest or least value of a cell."""
        if not node.multi or node.type is Type.NULL:
            return self.cell(node)
        values, place = self.cell(node), -1 if name == "greatest" else 1
        if node.type is Type.VERSION:
            return f"by_version({values})[{place}]"
        return f"list_{'max' if name == 'greatest' else 'min'}({values})"

    def _compared(self, node: Apply) -> str:
        form = self.one if node.name in ("==", "!=") else self.ordered
        left, right = map(form, node.arguments)
        return f"({left} {_COMPARE[node.name]} {right})"

    def _arithmetic(self, node: Apply) -> str:
        one, other = node.arguments
        left, right = self.one(one), self.one(other)
        if isinstance(other, Duration):
            if other.months:
                months = other.months if node.name == "+" else -other.months
                moved = f"make_timestamp({left} * 1000) + to_months({months})"
                left, right = f"epoch_ms({moved})", str(other.milliseconds)
            return f"TRY({left} {node.name} ({right}))"
        kind = quoting.SQL_TYPES[node.type]
        if node.type is Type.DOUBLE:
            left, right = f"CAST({left} AS DOUBLE)", f"CAST({right} AS DOUBLE)"
        sign = node.name
        if sign in "/%":
            right = f"nullif({right}, 0)"
            sign = "//" if sign == "/" and node.type is not Type.DOUBLE else sign
        found = f"TRY({left} {sign} {right})"
        if node.type is Type.DOUBLE:
            return f"finite_of({found})"
        if node.type is Type.UNSIGNED:
            return f"unsigned_of(TRY_CAST({found} AS {kind}))"
        return found

    def _like(self, node: Apply) -> str:
        tested = self.one(node.arguments[0])
        write = self._patterns.like if node.name == "like" else self._patterns.rlike
        told = [write(tested, str(value_of(each))) for each in node.arguments[1:]]
        return "(" + " OR ".join(told) + ")"

    def _match(self, node: Apply) -> str:
        field, value = node.arguments[0], node.arguments[1]
        values = self.every(field)
        whole = isinstance(field, Column) and field.whole
        options = options_of(value_of(node.arguments[2])) if len(node.arguments) > 2 else {}
        span = _span(field.type, value)
        if span is not None:
            inside = f"list_filter({values}, lambda v: v BETWEEN {span})"
            return f"COALESCE(len({inside}) > 0, FALSE)"
        searched = field.type is Type.KEYWORD and isinstance(value, Constant)
        if not searched or (whole and "fuzziness" not in options):
            return f"COALESCE(list_contains({values}, {self.one(value)}), FALSE)"
        query = str(value_of(value))
        if whole:
            test = whole_test(query, options)
        elif node.name == "match_phrase":
            test = phrase_test(query)
        else:
            test = words_test(query, options)
        return self._patterns.searched(values, test)

    def _as(self, node: Typed, whole: Apply) -> str:
        """A value of `case` or `coalesce` in the form and type of the whole."""
        kind = quoting.SQL_TYPES[whole.type]
        if whole.multi:
            return f"CAST({self.every(node)} AS {kind}[])"
        return f"CAST({self.cell(node)} AS {kind})"

    def _case(self, node: Apply) -> str:
        arguments = node.arguments
        pairs, rest = divmod(len(arguments), 2)
        whens = " ".join(
            f"WHEN {self.one(arguments[2 * index])} THEN {self._as(arguments[2 * index + 1], node)}"
            for index in range(pairs)
        )
        behind = f" ELSE {self._as(arguments[-1], node)}" if rest else ""
        if not pairs:
            return self._as(arguments[-1], node)
        return f"CASE {whens}{behind} END"

    def _each(self, node: Apply) -> str:
        """A function applied to each value."""
        operand = node.arguments[0]
        if not operand.multi:
            return converted(node.name, operand.type, self.cell(operand))
        inner = converted(node.name, operand.type, "v")
        return f"some_of(list_transform({self.cell(operand)}, lambda v: {inner}))"


def _span(kind: Type, value: Typed) -> str | None:
    """The bounds of a block of addresses, or of a date that may be a whole day."""
    text = value_of(value)
    if not isinstance(text, str) or value.type is not Type.KEYWORD:
        return None
    if kind is Type.DATE and (days := date_span(text, Kind.DATE, None)) is not None:
        return f"{days.first} AND {days.last}"
    if kind is Type.IP and (block := parse_block(text)) is not None:
        return "'{:032x}' AND '{:032x}'".format(*block)
    return None
