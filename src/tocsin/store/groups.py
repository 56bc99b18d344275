"""The latest alerts of a filter in groups: by what they have in common.

An alert with several values, such as two hosts, is in the group of each; one without any in a group
without a value. As in `tocsin.store.tally`, of very many alerts the latest are looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from tocsin.store.facets import Facet, called
from tocsin.store.filter import Conditions, Filter, conditions
from tocsin.store.label import Kind
from tocsin.store.listed import listed
from tocsin.store.tables import alert, label
from tocsin.store.writing import SEVERITIES

_MANY = 200
_COLUMNS = {
    Facet.STATUS: alert.c.status,
    Facet.SEVERITY: alert.c.severity,
    Facet.RULE: alert.c.rule_id,
}


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
) -> Groups:
    """Put the latest alerts of a filter into groups.

    ``holds``: the filter's conditions, if they were made already; ``total``: its alerts likewise.
    """
    found = conditions(connection, wanted) if holds is None else holds
    column = _COLUMNS.get(by, alert.c.rule_id)
    newest = (
        select(alert.c.key, alert.c.timestamp, alert.c.severity, column, alert.c.rule_name)
        .where(*found)
        .order_by(alert.c.timestamp.desc(), alert.c.key.desc())
        .limit(latest)
    )
    rows = connection.execute(newest).all()
    if total is None:
        total = len(rows)
    if total == latest:
        counting = select(func.count()).select_from(alert).where(*found)
        total = connection.execute(counting).scalar_one()
    labels = None if by in _COLUMNS else _labels(connection, by, [row[0] for row in rows])
    seen: dict[str | int | None, _Seen] = {}
    for key, at, severity, value, title in rows:
        own: Iterable[str | int | None] = (value,) if labels is None else labels.get(key, (None,))
        for each in own:
            group = seen.get(each)
            if group is None:
                group = seen[each] = _Seen(at, title)
            group.alerts += 1
            group.first = at
            group.severity = max(group.severity, severity)
    largest = sorted(seen.items(), key=lambda item: (-item[1].alerts, -item[1].last))
    named = [_group(connection, by, value, group) for value, group in largest[:_MANY]]
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
        .where(label.c.kind + "" == by.value)
    )
    for key, folded in connection.execute(asked):
        found.setdefault(key, []).append(folded)
    return found


def _group(connection: Connection, by: Facet, value: str | int | None, seen: _Seen) -> Group:
    about = (seen.alerts, SEVERITIES[seen.severity], seen.first, seen.last)
    if value is None:
        return Group(None, "", *about)
    if isinstance(value, int):
        return Group(SEVERITIES[value], SEVERITIES[value], *about)
    if by is Facet.RULE:
        return Group(value, seen.title or value, *about)
    if by is Facet.STATUS:
        return Group(value, value, *about)
    kind = Kind(by.value)
    asked = select(label.c.value).where(label.c.kind == kind, label.c.folded == value)
    written = connection.execute(asked.limit(1)).scalar() or value
    return Group(written, called(kind, written), *about)
