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
                return f"TRY_CAST({summed} AS {kind})"
            case "avg":
                if multi:
                    total = f"sum(CAST(list_sum({value}) AS DOUBLE)){_filter(over)}"
                    return f"({total} / sum(len({value})){_filter(over)})"
                return f"avg({value}){_filter(over)}"
            case "min" | "max":
                return self._extreme(node.name, first.type, value, over, multi=multi)
            case "values":
                return f"some_of(list_sort(list_distinct({values})))"
            case "top":
                return self._top(node, values)
            case "first" | "last":
                return self._first(node, value, over, multi=multi)
            case "median":
                return f"list_aggregate({values}, 'median')"
            case "percentile":
                told = node.arguments[1]
                share = told.value if isinstance(told, Constant) else 50
                part = share / 100 if isinstance(share, int | float) else 0.5
                return f"list_aggregate({values}, 'quantile_cont', {min(max(part, 0), 1)})"
            case _:
                return f"list_aggregate({values}, 'stddev_pop')"

    def _extreme(self, name: str, kind: Type, value: str, over: str, *, multi: bool) -> str:
        if kind is Type.VERSION:
            each = f"list_sort(list_transform({value}, lambda v: {{'k': version_key(v), 'v': v}}))"
            picked = f"({each}[{'1' if name == 'min' else '-1'}].v)" if multi else value
            return f"arg_{name}({picked}, version_key({picked})){_filter(over)}"
        inner = f"list_{name}({value})" if multi else value
        return f"{name}({inner}){_filter(over)}"

    def _top(self, node: Apply, values: str) -> str:
        limit = node.arguments[1]
        count = limit.value if isinstance(limit, Constant) and isinstance(limit.value, int) else 0
        order = node.arguments[2] if len(node.arguments) > 2 else None
        told = str(order.value) if isinstance(order, Constant) else "desc"
        sort = "list_sort" if told.lower() == "asc" else "list_reverse_sort"
        return f"some_of(list_slice({sort}({values}), 1, {max(count, 0)}))"

    def _first(self, node: Apply, value: str, over: str, *, multi: bool) -> str:
        cell = f"{value}[1]" if multi else value
        order = self._expressions.one(node.arguments[1]) if len(node.arguments) > 1 else "o"
        way = "" if node.name == "first" else " DESC"
        # of rows at the same place the one with the least value, so that it is always the same
        ordered = f"first({cell} ORDER BY {order}{way}, {cell})"
        return f"{ordered}{_filter(over, f'{cell} IS NOT NULL AND {order} IS NOT NULL')}"


def _filter(*conditions: str) -> str:
    told = " AND ".join(condition for condition in conditions if condition)
    return f" FILTER (WHERE {told})" if told else ""
