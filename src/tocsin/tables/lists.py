"""Functions of all values of a cell as SQL, by name.

Each takes its arguments' SQL twice: as lists, and as the single values that they are if there is
one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TypeAlias

from tocsin.languages.esql.typed import Apply, Constant, value_of
from tocsin.languages.esql.types import Type
from tocsin.tables.quoting import SQL_TYPES

Write: TypeAlias = Callable[[Apply, Sequence[str], Sequence[str]], str]


def _whole(template: str) -> Write:
    """A template over the lists."""
    return lambda _, lists, __: template.format(*lists)


def _with_one(template: str) -> Write:
    """A template over the first list and the single values of all other arguments."""
    return lambda _, lists, ones: template.format(lists[0], *ones[1:])


def _place(place: int) -> Write:
    def write(node: Apply, lists: Sequence[str], ones: Sequence[str]) -> str:
        return f"{lists[0]}[{place}]" if node.arguments[0].multi else ones[0]

    return write


def _extreme(name: str, place: int) -> Write:
    def write(node: Apply, lists: Sequence[str], _: Sequence[str]) -> str:
        if node.type is Type.VERSION:
            return f"by_version({lists[0]})[{place}]"
        return f"{name}({lists[0]})"

    return write


def _sum(node: Apply, lists: Sequence[str], _: Sequence[str]) -> str:
    found = f"TRY_CAST(TRY(list_sum({lists[0]})) AS {SQL_TYPES[node.type]})"
    return f"unsigned_of({found})" if node.type is Type.UNSIGNED else found


def _concat(node: Apply, lists: Sequence[str], ones: Sequence[str]) -> str:
    values, by = lists[0], ones[1]
    if isinstance(node.arguments[1], Constant):
        joined = f"array_to_string({values}, {by})"
    else:
        joined = f"list_reduce({values}, lambda a, b: a || {by} || b)"
    return f"CASE WHEN {by} IS NOT NULL THEN {joined} END"


def _sort(node: Apply, lists: Sequence[str], _: Sequence[str]) -> str:
    order = str(value_of(node.arguments[1])).lower() if len(lists) > 1 else "asc"
    if node.type is Type.VERSION:
        sorted_list = f"by_version({lists[0]})"
        return f"list_reverse({sorted_list})" if order == "desc" else sorted_list
    return f"list_{'reverse_' if order == 'desc' else ''}sort({lists[0]})"


def _slice(_: Apply, lists: Sequence[str], ones: Sequence[str]) -> str:
    return f"slice_of({lists[0]}, {ones[1]}, {ones[-1]})"


def _append(node: Apply, lists: Sequence[str], _: Sequence[str]) -> str:
    one, other = _alike(node, lists)
    known = f"{lists[0]} IS NOT NULL AND {lists[1]} IS NOT NULL"
    return f"CASE WHEN {known} THEN {one} || {other} END"


def _alike(node: Apply, lists: Sequence[str]) -> tuple[str, str]:
    """Two lists as lists of the result's type."""
    kind = SQL_TYPES[node.type]
    return f"CAST({lists[0]} AS {kind}[])", f"CAST({lists[1]} AS {kind}[])"


def _set(name: str) -> Write:
    return lambda node, lists, _: f"{name}({', '.join(_alike(node, lists))})"


def _zip(_: Apply, lists: Sequence[str], ones: Sequence[str]) -> str:
    by = ones[2] if len(ones) > 2 else "','"
    return f"zip_of({lists[0]}, {lists[1]}, {by})"


def _by_type(name: str) -> Write:
    """A function that is another one of decimal numbers than of whole ones."""

    def write(node: Apply, lists: Sequence[str], ones: Sequence[str]) -> str:
        kind = "DOUBLE" if node.type is Type.DOUBLE else "HUGEINT"
        values = f"CAST({lists[0]} AS {kind}[])"
        told = ", ".join([values, *(f"CAST({each} AS DOUBLE)" for each in ones[1:])])
        if node.type is Type.DOUBLE:
            return f"finite_of({name}_of_doubles({told}))"
        return f"TRY_CAST({name}_of_longs({told}) AS {SQL_TYPES[node.type]})"

    return write


LISTS: Mapping[str, Write] = MappingProxyType(
    {
        "mv_append": _append,
        "mv_avg": _whole("finite_of(list_avg({0}))"),
        "mv_concat": _concat,
        "mv_contains": _whole("COALESCE(list_has_all({0}, {1}), {1} IS NULL)"),
        "mv_count": _whole("len({0})"),
        "mv_dedupe": _whole("once_of({0})"),
        "mv_difference": _set("rest_of"),
        "mv_first": _place(1),
        "mv_intersection": _set("both_of"),
        "mv_intersects": _whole("COALESCE(list_has_any({0}, {1}), FALSE)"),
        "mv_last": _place(-1),
        "mv_max": _extreme("list_max", -1),
        "mv_median": _by_type("median"),
        "mv_median_absolute_deviation": _by_type("deviation"),
        "mv_min": _extreme("list_min", 1),
        "mv_percentile": _by_type("percentile"),
        "mv_pseries_weighted_sum": _with_one("series_of(CAST({0} AS DOUBLE[]), {1})"),
        "mv_slice": _slice,
        "mv_sort": _sort,
        "mv_sum": _sum,
        "mv_union": _set("union_of"),
        "mv_zip": _zip,
    }
)
"""How each function is written."""
