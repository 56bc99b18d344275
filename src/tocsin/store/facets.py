"""How many alerts there are of each kind, among those that a filter means."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Connection, func, select, text

from tocsin.schema import attack
from tocsin.store.filter import Filter, conditions
from tocsin.store.label import Kind
from tocsin.store.tables import alert, label
from tocsin.store.writing import SEVERITIES


class Facet(StrEnum):
    """What alerts are counted by."""

    STATUS = "status"
    SEVERITY = "severity"
    RULE = "rule"
    HOST = "host"
    USER = "user"
    TACTIC = "tactic"
    TECHNIQUE = "technique"
    TAG = "tag"
    ASSIGNEE = "assignee"


class Count(NamedTuple):
    """``value`` is what a filter takes, ``name`` what people read."""

    value: str
    name: str
    alerts: int


class Span(NamedTuple):
    """Alerts from ``start`` on (milliseconds since 1970), for the length that was asked for."""

    start: int
    alerts: int


def counted(connection: Connection, wanted: Filter, facet: Facet, most: int) -> list[Count]:
    """The most frequent values; an alert with several counts for each."""
    if facet in {Facet.STATUS, Facet.SEVERITY, Facet.RULE}:
        return _by_column(connection, wanted, facet, most)
    kind = Kind(facet.value)
    number = func.count().label("number")
    asked = (
        select(func.max(label.c.value), number)
        .where(label.c.kind == kind)
        .group_by(label.c.folded)
        .order_by(number.desc(), label.c.folded)
        .limit(most)
    )
    if found := conditions(connection, wanted):
        asked = asked.where(label.c.alert.in_(select(alert.c.key).where(*found)))
    rows = connection.execute(asked)
    return [Count(value, called(kind, value), alerts) for value, alerts in rows]


def _by_column(connection: Connection, wanted: Filter, facet: Facet, most: int) -> list[Count]:
    number = func.count().label("number")
    column = {
        Facet.STATUS: alert.c.status,
        Facet.SEVERITY: alert.c.severity,
        Facet.RULE: alert.c.rule_name,
    }[facet]
    found = conditions(connection, wanted)
    # what is put together from a column has no index: alerts are chosen first, then grouped
    by = column + ("" if facet is not Facet.SEVERITY else 0) if found else column
    asked = select(by, number).where(*found).group_by(column if not found else text("1"))
    rows = connection.execute(asked.order_by(number.desc(), text("1")).limit(most)).all()
    if facet is Facet.SEVERITY:
        return [Count(SEVERITIES[value], SEVERITIES[value], alerts) for value, alerts in rows]
    if facet is Facet.STATUS:
        return [Count(value, value, alerts) for value, alerts in rows]
    return [Count(_rule_called(connection, value), value, alerts) for value, alerts in rows]


def _rule_called(connection: Connection, name: str) -> str:
    asked = select(alert.c.rule_id).where(alert.c.rule_name == name).limit(1)
    return connection.execute(asked).scalar_one()


def over_time(connection: Connection, wanted: Filter, length: int) -> list[Span]:
    """Alerts in each span of so many milliseconds that has any, in order."""
    if length <= 0:
        raise ValueError("a span has a length")
    # floor division, also before 1970; in both databases a remainder has its dividend's sign
    rest = ((alert.c.timestamp % length) + length) % length
    start = (alert.c.timestamp - rest).label("start")
    spans = select(start).where(*conditions(connection, wanted)).subquery()
    asked = select(spans.c.start, func.count()).group_by(spans.c.start).order_by(spans.c.start)
    return [Span(*row) for row in connection.execute(asked)]


def called(kind: Kind, value: str) -> str:
    """What people read for a label: the name of a tactic or technique, else the value."""
    known = attack.tactics() if kind is Kind.TACTIC else attack.techniques()
    entry = known.get(value) if kind in {Kind.TACTIC, Kind.TECHNIQUE} else None
    return value if entry is None else entry.name
