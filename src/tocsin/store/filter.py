"""Which alerts are meant, in which order, and which of them are wanted."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

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
from tocsin.store.label import Kind, labelled
from tocsin.store.search import alerts_about
from tocsin.store.tables import alert, label
from tocsin.store.writing import SEVERITIES

_FEW = 2000

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


def conditions(connection: Connection, wanted: Filter) -> list[ColumnElement[bool]]:
    """A filter as SQL; StoreError if it names a status or severity that is none."""
    found: list[ColumnElement[bool]] = []
    if wanted.statuses:
        found.append(alert.c.status.in_(_known(wanted.statuses, STATUSES, "status")))
        if "closed" not in wanted.statuses:
            # a literal, as in the index of these alerts: it would not be used otherwise
            found.append(alert.c.status != literal_column("'closed'"))
    if wanted.severities:
        named = _known(wanted.severities, SEVERITIES, "severity")
        found.append(alert.c.severity.in_([SEVERITIES.index(name) for name in named]))
    if wanted.reasons:
        found.append(alert.c.reason.in_(wanted.reasons))
    if wanted.since is not None:
        found.append(alert.c.timestamp >= wanted.since)
    if wanted.until is not None:
        found.append(alert.c.timestamp <= wanted.until)
    if wanted.building_blocks is not None:
        found.append(alert.c.building_block.is_(wanted.building_blocks))
    if wanted.ids:
        found.append(alert.c.id.in_(wanted.ids))
    found += _labels(connection, wanted)
    if wanted.search.strip():
        found.append(_about(connection, wanted.search))
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
    if wanted.assignees or wanted.unassigned:
        somebody = _labelled(connection, Kind.ASSIGNEE, wanted.assignees)
        of_it = (label.c.alert == alert.c.key, label.c.kind == Kind.ASSIGNEE)
        found.append(or_(somebody, ~exists().where(*of_it)) if wanted.unassigned else somebody)
    return found


def _labelled(connection: Connection, kind: Kind, values: tuple[str, ...]) -> ColumnElement[bool]:
    """That an alert has one of these labels."""
    such = labelled(connection, kind, values)
    return false() if such is None else _among(connection, select(label.c.alert).where(such))


def _about(connection: Connection, question: str) -> ColumnElement[bool]:
    """That an alert has all words of a question."""
    about = alerts_about(connection, question)
    return false() if about is None else _among(connection, about)


def _among(connection: Connection, keys: Select[tuple[int]]) -> ColumnElement[bool]:
    """That an alert is one of these.

    SQLite looks few of them up and sorts them. Of many it shall not: a sum has no index, so it
    goes through the alerts in the wanted order, and the first ones are soon found.
    """
    many = connection.dialect.name == "sqlite" and not _are_few(connection, keys)
    return (alert.c.key + 0 if many else alert.c.key).in_(keys)


def _are_few(connection: Connection, keys: Select[tuple[int]]) -> bool:
    some = keys.limit(_FEW).subquery()
    return connection.execute(select(func.count()).select_from(some)).scalar_one() < _FEW


def _known(given: tuple[str, ...], known: tuple[str, ...], name: str) -> tuple[str, ...]:
    for value in given:
        if value not in known:
            raise StoreError(f"{value!r} is no {name}: {', '.join(known)}")
    return given
