"""Typed expressions as SQL.

An expression is asked for one value (null if the cell holds several), for all values as a list, or
for the cell as it is: a list where its column may hold several values, a plain value elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from tocsin.languages.esql.functions import FUNCTIONS, Function, Values
from tocsin.languages.esql.typed import Apply, Column, Constant, Duration, Typed
from tocsin.languages.esql.types import Type
from tocsin.tables import quoting
from tocsin.tables.conversions import converted
from tocsin.tables.patterns import Patterns
from tocsin.tables.scalars import SCALARS

_COMPARE = {"==": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_ARITHMETIC = ("+", "-", "*", "/", "%")
_LISTS = frozenset(
    {
        *("mv_first", "mv_last", "mv_min", "mv_max", "mv_sum", "mv_avg", "mv_count", "mv_concat"),
        *("mv_dedupe", "mv_sort", "mv_slice", "mv_append", "mv_contains", "mv_intersection"),
    }
)


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
        if not node.multi:
            return self.cell(node)
        return f"s{node.id}" if isinstance(node, Column) else f"one_of({self.cell(node)})"

    def every(self, node: Typed) -> str:
        """All values as a list."""
        return self.cell(node) if node.multi else f"list_of({self.cell(node)})"

    def extreme(self, node: Typed, *, greatest: bool) -> str:
        """The least or the greatest value in a form that compares as the values do."""
        cell = self.cell(node)
        if node.type is Type.VERSION:
            cell = (
                f"list_transform({cell}, lambda v: version_key(v))"
                if node.multi
                else f"version_key({cell})"
            )
        return f"list_{'max' if greatest else 'min'}({cell})" if node.multi else cell

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
            case "match":
                return self._match(node)
            case "kql":
                return f"({self._kql[str(_value(node.arguments[0]))]})"
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
        if node.name in _LISTS:
            return self._list(node)
        each = function.parameters[:1] if function is not None else ()
        if each and each[0].values is Values.EACH:
            return self._each(node)
        return SCALARS[node.name](node, [self.one(each) for each in node.arguments], self._patterns)

    def _compared(self, node: Apply) -> str:
        left, right = map(self.one, node.arguments)
        if node.arguments[0].type is Type.VERSION and node.name not in ("==", "!="):
            left, right = f"version_key({left})", f"version_key({right})"
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
        return f"TRY_CAST({found} AS {kind})" if node.type is Type.UNSIGNED else found

    def _like(self, node: Apply) -> str:
        tested = self.one(node.arguments[0])
        write = self._patterns.like if node.name == "like" else self._patterns.rlike
        told = [write(tested, str(_value(each))) for each in node.arguments[1:]]
        return "(" + " OR ".join(told) + ")"

    def _match(self, node: Apply) -> str:
        field, value = node.arguments[0], node.arguments[1]
        values = self.every(field)
        if field.type is not Type.KEYWORD or not isinstance(value, Constant):
            return f"COALESCE(list_contains({values}, {self.one(value)}), FALSE)"
        options = json.loads(str(_value(node.arguments[2]))) if len(node.arguments) > 2 else {}
        return self._patterns.words(values, str(value.value), options)

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

    def _list(self, node: Apply) -> str:  # noqa: C901, PLR0912 - a case for each function
        first = node.arguments[0]
        values = self.every(first)
        rest = [self.one(each) for each in node.arguments[1:]]
        kind = quoting.SQL_TYPES[node.type]
        match node.name:
            case "mv_first":
                return f"{values}[1]" if first.multi else self.cell(first)
            case "mv_last":
                return f"{values}[-1]" if first.multi else self.cell(first)
            case "mv_min" | "mv_max" if first.type is Type.VERSION:
                last = "-1" if node.name == "mv_max" else "1"
                keyed = f"list_transform({values}, lambda v: {{'k': version_key(v), 'v': v}})"
                return f"list_sort({keyed})[{last}].v"
            case "mv_min" | "mv_max":
                return f"list_{node.name[3:]}({values})"
            case "mv_sum":
                return f"TRY_CAST(TRY(list_sum({values})) AS {kind})"
            case "mv_avg":
                return f"finite_of(list_avg({values}))"
            case "mv_count":
                return f"len({values})"
            case "mv_concat" if not isinstance(node.arguments[1], Constant):
                joined = f"list_reduce({values}, lambda a, b: a || {rest[0]} || b)"
                return f"CASE WHEN {rest[0]} IS NOT NULL THEN {joined} END"
            case "mv_concat":
                return (
                    f"CASE WHEN {rest[0]} IS NOT NULL THEN array_to_string({values}, {rest[0]}) END"
                )
            case "mv_dedupe":
                return f"once_of({values})"
            case "mv_sort":
                order = str(_value(node.arguments[1])).lower() if rest else "asc"
                way = "reverse_" if order == "desc" else ""
                if first.type is Type.VERSION:
                    keyed = f"list_transform({values}, lambda v: {{'k': version_key(v), 'v': v}})"
                    return f"list_transform(list_{way}sort({keyed}), lambda w: w.v)"
                return f"list_{way}sort({values})"
            case "mv_slice":
                return f"slice_of({values}, {rest[0]}, {rest[1] if len(rest) > 1 else rest[0]})"
            case "mv_append":
                other = self.every(node.arguments[1])
                return (
                    f"CASE WHEN {values} IS NOT NULL AND {other} IS NOT NULL "
                    f"THEN CAST({values} AS {kind}[]) || CAST({other} AS {kind}[]) END"
                )
            case "mv_contains":
                other = self.every(node.arguments[1])
                return f"COALESCE(list_has_all({values}, {other}), {other} IS NULL)"
            case _:
                return f"both_of({values}, {self.every(node.arguments[1])})"


def _value(node: Typed) -> object:
    return node.value if isinstance(node, Constant) else None
