"""Filters about nothing but one label, and a span of time: the labels' own index answers them.

A page about an alert asks for others of its host, its user and its rule. A host with half of all
alerts is not asked about more slowly than one with three.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Select, select, tuple_

from tocsin.store.filter import STATUSES, Filter, Order, Page, Sort
from tocsin.store.label import Kind, meant
from tocsin.store.tables import label

_KINDS = (
    ("rules", Kind.RULE),
    ("hosts", Kind.HOST),
    ("users", Kind.USER),
    ("tactics", Kind.TACTIC),
    ("techniques", Kind.TECHNIQUE),
    ("tags", Kind.TAG),
    ("assignees", Kind.ASSIGNEE),
)
_NOTHING = Filter()


def alone(wanted: Filter) -> Sequence[ColumnElement[bool]] | None:
    """What holds for just one row of `label` of each alert that is meant; None: it is not so."""
    named = [(kind, values) for name, kind in _KINDS if (values := getattr(wanted, name))]
    if len(named) != 1 or len(named[0][1]) != 1:
        return None
    (kind, (value,)) = named[0]
    without: dict[str, Any] = {name: () for name, _ in _KINDS}
    rest = replace(wanted, since=None, until=None, after=0, upto=None, **without)
    if set(wanted.statuses) == {*STATUSES}:
        rest = replace(rest, statuses=())
    values = () if "*" in value else meant(kind, value)
    if rest != _NOTHING or len(values) != 1:
        return None
    holds = [label.c.kind == kind, label.c.folded == values[0]]
    if wanted.since is not None:
        holds.append(label.c.timestamp >= wanted.since)
    if wanted.until is not None:
        holds.append(label.c.timestamp <= wanted.until)
    if wanted.after:
        holds.append(label.c.alert > wanted.after)
    if wanted.upto is not None:
        holds.append(label.c.alert <= wanted.upto)
    return holds


def first_keys(wanted: Filter, sort: Sort, page: Page) -> Select[tuple[int]] | None:
    """The keys of a page of the alerts that are meant, in order; None: it is not so simple."""
    holds = alone(wanted)
    if holds is None or sort.by is not Order.TIME:
        return None
    columns = (label.c.timestamp, label.c.alert)
    asked = select(label.c.alert).where(*holds)
    if page.after is not None:
        place = tuple_(*page.after[1:])
        asked = asked.where(
            tuple_(*columns) < place if sort.descending else tuple_(*columns) > place
        )
    ways = [column.desc() if sort.descending else column.asc() for column in columns]
    return asked.order_by(*ways).limit(page.limit).offset(page.offset)
