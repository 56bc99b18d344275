"""Which alerts are meant, in which order, and which of them are wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
)

from tocsin.store.error import StoreError
from tocsin.store.label import Kind, folded, labelled
from tocsin.store.search import alerts_about
from tocsin.store.tables import alert, label
from tocsin.store.text import MOST_REASON, fit
from tocsin.store.writing import SEVERITIES

_FEW, _MANY = 2_000, 40_000

STATUSES = ("open", "acknowledged", "closed")


@dataclass(frozen=True, slots=True)
class Filter:
    """Alerts of which each condition holds; a condition of several values holds if one does.

    Labels (rules to assignees) are compared without case; ``*`` stands for any characters, and a
    tactic may be named as ``TA0002`` or ``Execution``.
    """

    statuses: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    """Ids or names."""
    hosts: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    tactics: tuple[str, ...] = ()
    techniques: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    """What people put on alerts, not the tags of rules."""
    assignees: tuple[str, ...] = ()
    unassigned: bool = False
    """Only alerts that nobody has, or else one of the assignees."""
    since: int | None = None
    until: int | None = None
    """Times of the alerts in milliseconds, both included."""
    search: str = ""
    """Words (`tocsin.store.words`), all of which the alert has."""
    building_blocks: bool | None = None
    """True: only alerts of building-block rules, False: none of them."""
    ids: tuple[str, ...] = field(default=())
    after: int = 0
    """Only alerts that were put behind this outbox number."""
    upto: int | None = None
    """Only alerts that were put up to this outbox number."""
    exactly: tuple[tuple[Kind, str], ...] = ()
    """Labels that an alert has, all of them; ``*`` stands for itself here."""


class Order(StrEnum):
    """What alerts are sorted by; among equal ones by their time."""

    TIME = "time"
    SEVERITY = "severity"
    RISK = "risk"
    RULE = "rule"
    STATUS = "status"
    CHANGED = "changed"


ORDERED_BY = {
    Order.TIME: alert.c.timestamp,
    Order.SEVERITY: alert.c.severity,
    Order.RISK: alert.c.risk_score,
    Order.RULE: alert.c.rule_name,
    Order.STATUS: alert.c.status,
    Order.CHANGED: alert.c.number,
}


@dataclass(frozen=True, slots=True)
class Sort:
    """An order; ``descending`` has the latest, worst or last first."""

    by: Order = Order.TIME
    descending: bool = True


class Place(NamedTuple):
    """Where an alert stands in an order; the next page begins behind it."""

    value: int | float | str
    timestamp: int
    key: int


@dataclass(frozen=True, slots=True)
class Page:
    """At most ``limit`` alerts: behind a place, or after ``offset`` others."""

    limit: int = 50
    offset: int = 0
    after: Place | None = None


Conditions: TypeAlias = Sequence[ColumnElement[bool]]


def conditions(connection: Connection, wanted: Filter) -> Conditions:
    """A filter as SQL; StoreError if it names a status or severity that is none."""
    found = _statuses(wanted.statuses)
    if wanted.severities:
        named = _known(wanted.severities, SEVERITIES, "severity")
        found.append(alert.c.severity.in_([SEVERITIES.index(name) for name in named]))
    if wanted.reasons:
        found.append(alert.c.reason.in_(fit(reason, MOST_REASON) for reason in wanted.reasons))
    if wanted.since is not None:
        found.append(alert.c.timestamp >= wanted.since)
    if wanted.until is not None:
        found.append(alert.c.timestamp <= wanted.until)
    if wanted.building_blocks is not None:
        found.append(alert.c.building_block.is_(wanted.building_blocks))
    if wanted.after:
        found.append(alert.c.key > wanted.after)
    if wanted.upto is not None:
        found.append(alert.c.key <= wanted.upto)
    if wanted.ids:
        found.append(alert.c.id.in_(wanted.ids))
    found += _labels(connection, wanted)
    if wanted.search.strip():
        found.append(_about(connection, wanted.search, wanted.after))
    return found


def _statuses(given: tuple[str, ...]) -> list[ColumnElement[bool]]:
    """That an alert has one of these statuses."""
    found: list[ColumnElement[bool]] = []
    statuses = set(_known(given, STATUSES, "status"))
    if statuses and "closed" not in statuses:
        # a literal, as in the index of these alerts: it would not be used otherwise
        found.append(alert.c.status != literal_column("'closed'"))
    if statuses and statuses not in ({*STATUSES}, {*STATUSES} - {"closed"}):
        found.append(alert.c.status.in_(sorted(statuses)))
    return found


def _labels(connection: Connection, wanted: Filter) -> list[ColumnElement[bool]]:
    asked = (
        (Kind.RULE, wanted.rules),
        (Kind.HOST, wanted.hosts),
        (Kind.USER, wanted.users),
        (Kind.TACTIC, wanted.tactics),
        (Kind.TECHNIQUE, wanted.techniques),
        (Kind.TAG, wanted.tags),
    )
    found = [_labelled(connection, kind, values) for kind, values in asked if values]
    for kind, value in wanted.exactly:
        same = (label.c.kind == kind, label.c.folded == folded(value))
        found.append(alert.c.key.in_(select(label.c.alert).where(*same)))
    if wanted.assignees or wanted.unassigned:
        somebody = _labelled(connection, Kind.ASSIGNEE, wanted.assignees)
        found.append(or_(somebody, _nobodys(connection)) if wanted.unassigned else somebody)
    return found


def _nobodys(connection: Connection) -> ColumnElement[bool]:
    """That nobody has an alert; each database is asked in the way it is quick at."""
    given = label.c.kind == Kind.ASSIGNEE
    if connection.dialect.name == "sqlite":
        return alert.c.key.not_in(select(label.c.alert).where(given))
    return ~exists().where(label.c.alert == alert.c.key, given)


def _labelled(connection: Connection, kind: Kind, values: tuple[str, ...]) -> ColumnElement[bool]:
    """That an alert has one of these labels.

    SQLite looks few alerts up and sorts them. Of many it shall not: a sum has no index, so it goes
    through the alerts in the wanted order, and the first ones are soon found. Of very many not even
    a list is made.
    """
    such = labelled(connection, kind, values)
    if such is None:
        return false()
    keys = select(label.c.alert).where(such.holds)
    if connection.dialect.name != "sqlite" or not _are_more(connection, keys, _FEW):
        return alert.c.key.in_(keys)
    if not _are_more(connection, keys, _MANY):
        return (alert.c.key + 0).in_(keys)
    of_it = select(label.c.kind).where(label.c.alert == alert.c.key, label.c.kind == kind)
    if such.values is not None:  # put together: else each value would be looked for by itself
        of_it = of_it.where((label.c.folded + "").in_(such.values))
    return of_it.exists()


def _about(connection: Connection, question: str, after: int) -> ColumnElement[bool]:
    """That an alert has all words of a question.

    SQLite searches once, and what it found is handed to all parts of a question.
    """
    about = alerts_about(connection, question, after)
    if about is None:
        return false()
    if connection.dialect.name != "sqlite":
        return alert.c.key.in_(about)
    found = about.subquery()
    asked = select(func.json_group_array(found.c[0])).select_from(found)
    keys = connection.execute(asked).scalar_one()
    few = keys.count(",") < _FEW
    each = func.json_each(keys).table_valued("value")
    return (alert.c.key if few else alert.c.key + 0).in_(select(each.c.value))


def _are_more(connection: Connection, keys: Select[tuple[int]], most: int) -> bool:
    some = keys.limit(most + 1).subquery()
    return connection.execute(select(func.count()).select_from(some)).scalar_one() > most


def _known(given: tuple[str, ...], known: tuple[str, ...], name: str) -> tuple[str, ...]:
    for value in given:
        if value not in known:
            raise StoreError(f"{value!r} is no {name}: {', '.join(known)}")
    return given
