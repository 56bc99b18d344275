"""The latest alerts of a filter in groups: by what they have in common.

An alert with several values, such as two hosts, is in the group of each; one without any in a group
without a value. As in `tocsin.store.tally`, of very many alerts the latest are looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, func, select

from tocsin.store.facets import Facet, called
from tocsin.store.filter import Conditions, Filter, conditions
from tocsin.store.label import Kind, written_as
from tocsin.store.listed import listed
from tocsin.store.tables import alert, label
from tocsin.store.tally import newest
from tocsin.store.writing import SEVERITIES

_MANY = 200
_COLUMNS = {Facet.STATUS: 2, Facet.SEVERITY: 3, Facet.RULE: 4}
"""Where a row of `newest` has what is no label."""


class Group(NamedTuple):
    """Alerts with one value; ``value`` is what a filter takes (None: they have none).

    ``name``: what people read. ``severity``: the worst. ``first`` and ``last``: times, ms since
    1970.
    """

    value: str | None
    name: str
    alerts: int
    severity: str
    first: int
    last: int


class Groups(NamedTuple):
    """``found``: the largest first, of these the latest first; ``more``: how many are left out.

    ``total``: alerts of the filter; ``counted``: how many of them, the latest, were looked at.
    """

    total: int
    counted: int
    found: Sequence[Group]
    more: int


class _Seen:
    __slots__ = ("alerts", "first", "last", "severity", "title")

    def __init__(self, last: int, title: str) -> None:
        self.alerts = 0
        self.severity = 0
        self.first = self.last = last
        self.title = title


def grouped(
    connection: Connection,
    wanted: Filter,
    by: Facet,
    latest: int,
    holds: Conditions | None = None,
    total: int | None = None,
    rows: Sequence[Any] | None = None,
) -> Groups:
    """Put the latest alerts of a filter into groups.

    ``holds``: the filter's conditions, ``total``: its alerts, ``rows``: the latest of them
    (`newest`), if they are known.
    """
    found = conditions(connection, wanted) if holds is None else holds
    rows = newest(connection, found, latest) if rows is None else rows
    if total is None:
        total = len(rows)
    if total == latest:
        counting = select(func.count()).select_from(alert).where(*found)
        total = connection.execute(counting).scalar_one()
    labels = None if by in _COLUMNS else _labels(connection, by, [row[0] for row in rows])
    column = _COLUMNS.get(by, 0)
    seen: dict[str | int | None, _Seen] = {}
    for row in rows:
        key, at, _, severity, _, title = row
        own: Iterable[str | int | None] = (
            (row[column],) if labels is None else labels.get(key, (None,))
        )
        for each in own:
            group = seen.get(each)
            if group is None:
                group = seen[each] = _Seen(at, title)
            group.alerts += 1
            group.first = at
            group.severity = max(group.severity, severity)
    largest = sorted(seen.items(), key=lambda item: (-item[1].alerts, -item[1].last))
    shown = largest[:_MANY]
    names = [value for value, _ in shown if isinstance(value, str)]
    written = {} if labels is None else written_as(connection, Kind(by.value), names)
    named = [_group(by, value, group, written) for value, group in shown]
    return Groups(total, len(rows), named, len(largest) - len(named))


def _labels(connection: Connection, by: Facet, keys: Sequence[int]) -> dict[int, list[str]]:
    """By alert its labels of a kind."""
    found: dict[int, list[str]] = {}
    if not keys:
        return found
    chosen = listed(connection, keys)
    asked = (
        select(label.c.alert, label.c.folded)
        .select_from(chosen.join(label, label.c.alert == chosen.c.value))
        .where(_kind(connection) == by.value)
    )
    for key, folded in connection.execute(asked):
        found.setdefault(key, []).append(folded)
    return found


def _kind(connection: Connection) -> ColumnElement[str]:
    """A label's kind; SQLite shall look up the alerts, not all labels of the kind."""
    return label.c.kind + "" if connection.dialect.name == "sqlite" else label.c.kind


def _group(by: Facet, value: str | int | None, seen: _Seen, written: Mapping[str, str]) -> Group:
    """A group; ``written``: labels as somebody wrote them, by what they are without case."""
    about = (seen.alerts, SEVERITIES[seen.severity], seen.first, seen.last)
    if value is None:
        return Group(None, "", *about)
    if isinstance(value, int):
        return Group(SEVERITIES[value], SEVERITIES[value], *about)
    if by is Facet.RULE:
        return Group(value, seen.title or value, *about)
    if by is Facet.STATUS:
        return Group(value, value, *about)
    name = written.get(value, value)
    return Group(name, called(Kind(by.value), name), *about)
