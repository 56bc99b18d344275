"""Expressions of `stats`: aggregates, and what may stand around them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

from tocsin.languages.esql.functions import FUNCTIONS
from tocsin.languages.esql.nodes import Named
from tocsin.languages.esql.typed import Apply, Column, Extend, Typed, walk

_AGGREGATES = frozenset(name for name, row in FUNCTIONS.items() if row.aggregate)


def is_aggregate(expression: Typed) -> bool:
    """Whether an expression has an aggregate in it."""
    return any(isinstance(node, Apply) and node.name in _AGGREGATES for node in walk(expression))


def last_of_each_name(groups: Iterable[Named]) -> list[Named]:
    """The groups without those that a later one of the same name takes the place of."""
    listed = list(groups)
    last = {named.name: place for place, named in enumerate(listed)}
    return [named for place, named in enumerate(listed) if last[named.name] == place]


def over_groups(node: Typed, groups: Sequence[Extend]) -> tuple[Typed, tuple[Column, ...]]:
    """An expression around aggregates or of groups, over the columns of the groups.

    The columns beside it are those that rows are neither grouped by nor that an aggregate takes.
    """
    for group in groups:
        if node in (group.expression, group.column):
            return group.column, ()
    if isinstance(node, Column):
        return node, (node,)
    if not isinstance(node, Apply) or node.name in _AGGREGATES:
        return node, ()
    found = [over_groups(each, groups) for each in node.arguments]
    others = tuple(column for _, columns in found for column in columns)
    inner = tuple(each for each, _ in found)
    # the values of a group are single ones, and so is what is made of each
    function = FUNCTIONS.get(node.name)
    own = function is not None and function.multi
    multi = node.multi and (own or any(each.multi for each in inner))
    return dataclasses.replace(node, arguments=inner, multi=multi), others


def of_groups(node: Typed) -> bool:
    """Whether an expression over groups is more than one of them, or a constant."""
    return isinstance(node, Apply) and any(isinstance(each, Column) for each in walk(node))


def conditioned(expression: Typed, condition: Typed) -> Typed:
    """The expression with every aggregate in it over those rows only that satisfy a condition."""
    if not isinstance(expression, Apply):
        return expression
    if expression.name in _AGGREGATES:
        return Apply(
            expression.name,
            expression.arguments,
            expression.type,
            expression.multi,
            condition,
        )
    inner = tuple(conditioned(argument, condition) for argument in expression.arguments)
    return Apply(expression.name, inner, expression.type, expression.multi)
