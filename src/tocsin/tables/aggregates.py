"""Aggregates as SQL: over cells that may hold several values, all of which count."""

from __future__ import annotations

from tocsin.languages.esql.typed import Apply, Constant
from tocsin.languages.esql.types import Type
from tocsin.tables.expressions import Expressions
from tocsin.tables.quoting import SQL_TYPES


class Aggregates:
    """Writes aggregates; their arguments are written by an `Expressions`."""

    def __init__(self, expressions: Expressions) -> None:
        self._expressions = expressions

    def write(self, node: Apply) -> str:  # noqa: C901, PLR0912 - a case for each
        """One aggregate with its condition."""
        over = "" if node.condition is None else self._expressions.one(node.condition)
        if not node.arguments:
            return f"count(*){_filter(over)}"
        first = node.arguments[0]
        multi = first.multi
        value = self._expressions.cell(first)
        values = f"flatten(list({value}){_filter(over, f'{value} IS NOT NULL')})"
        if not multi:
            values = f"list({value}){_filter(over, f'{value} IS NOT NULL')}"
        kind = SQL_TYPES[node.type]
        match node.name:
            case "count":
                if multi:
                    return f"CAST(COALESCE(sum(len({value})){_filter(over)}, 0) AS BIGINT)"
                return f"count({value}){_filter(over)}"
            case "count_distinct":
                if multi:
                    return f"COALESCE(len(list_distinct({values})), 0)"
                return f"count(DISTINCT {value}){_filter(over)}"
            case "sum":
                summed = f"sum({f'list_sum({value})' if multi else value}){_filter(over)}"
                found = f"TRY_CAST({summed} AS {kind})"
                return f"unsigned_of({found})" if node.type is Type.UNSIGNED else found
            case "avg":
                if multi:
                    total = f"sum(CAST(list_sum({value}) AS DOUBLE)){_filter(over)}"
                    return f"({total} / sum(len({value})){_filter(over)})"
                return f"avg({value}){_filter(over)}"
            case "min" | "max":
                return self._extreme(node.name, first.type, value, over, multi=multi)
            case "present" | "absent":
                return f"(count({value}){_filter(over)} {'>' if node.name == 'present' else '='} 0)"
            case "weighted_avg":
                return self._weighted(node, values, over)
            case "sample":
                return self._sample(node, value, over, multi=multi)
            case "median_absolute_deviation":
                return f"deviation_of_doubles(CAST({values} AS DOUBLE[]))"
            case "values":
                return f"some_of(list_sort(list_distinct({values})))"
            case "top":
                return self._top(node, values)
            case "first" | "last":
                return self._first(node, value, over)
            case "median":
                return f"list_aggregate({values}, 'median')"
            case "percentile":
                told = node.arguments[1]
                share = told.value if isinstance(told, Constant) else 50
                part = share / 100 if isinstance(share, int | float) else 0.5
                if not 0 <= part <= 1:
                    return "CAST(NULL AS DOUBLE)"
                return f"list_aggregate({values}, 'quantile_cont', {part})"
            case _:
                name = "var_pop" if node.name == "variance" else "stddev_pop"
                return f"finite_of(list_aggregate({values}, '{name}'))"

    def _extreme(self, name: str, kind: Type, value: str, over: str, *, multi: bool) -> str:
        if kind is Type.VERSION:
            picked = f"by_version({value})[{'1' if name == 'min' else '-1'}]" if multi else value
            return f"arg_{name}({picked}, version_key({picked})){_filter(over)}"
        inner = f"list_{name}({value})" if multi else value
        return f"{name}({inner}){_filter(over)}"

    def _top(self, node: Apply, values: str) -> str:
        order = node.arguments[2] if len(node.arguments) > 2 else None
        told = str(order.value) if isinstance(order, Constant) else "desc"
        ordered = f"list_sort({values})"
        if node.type is Type.VERSION:
            ordered = f"by_version({values})"
        if told.lower() != "asc":
            ordered = f"list_reverse({ordered})"
        return f"some_of(list_slice({ordered}, 1, {_count(node)}))"

    def _weighted(self, node: Apply, values: str, over: str) -> str:
        number, weight = node.arguments
        if isinstance(weight, Constant):
            return f"finite_of(list_avg({values}))"
        value, factor = self._expressions.one(number), self._expressions.one(weight)
        product = f"sum(CAST({value} AS DOUBLE) * {factor}){_filter(over)}"
        cell = self._expressions.cell(weight)
        total = f"sum({f'list_sum({cell})' if weight.multi else cell}){_filter(over)}"
        return f"finite_of({product} / CAST(nullif({total}, 0) AS DOUBLE))"

    def _sample(self, node: Apply, value: str, over: str, *, multi: bool) -> str:
        # of rows at the same place the one with the least value, as in `_first`
        listed = f"list({value} ORDER BY o, {value}){_filter(over, f'{value} IS NOT NULL')}"
        every = f"flatten({listed})" if multi else listed
        return f"some_of(list_slice({every}, 1, {_count(node)}))"

    def _first(self, node: Apply, value: str, over: str) -> str:
        # of rows at the same place the one with the least value, so that it is always the same
        way = "" if node.name == "first" else " DESC"
        ordered = f"{self._place(node)}{way} NULLS LAST, {value} NULLS LAST"
        return f"first({value} ORDER BY {ordered}){_filter(over)}"

    def _place(self, node: Apply) -> str:
        """What `first` and `last` order rows by; what is the same for all says nothing."""
        order = node.arguments[1] if len(node.arguments) > 1 else None
        if order is None or isinstance(order, Constant) or order.type is Type.NULL:
            return "o"
        return self._expressions.extreme(order, greatest=node.name == "last")


def _count(node: Apply) -> int:
    """How many values an aggregate may give at most, its second argument."""
    limit = node.arguments[1]
    count = limit.value if isinstance(limit, Constant) and isinstance(limit.value, int) else 0
    return max(count, 0)


def _filter(*conditions: str) -> str:
    told = " AND ".join(condition for condition in conditions if condition)
    return f" FILTER (WHERE {told})" if told else ""
