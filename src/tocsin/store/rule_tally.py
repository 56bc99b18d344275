"""How many alerts each rule gave on each day: what lists of rules and the matrix show."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, func, select

from tocsin.store.tables import alert

DAY = 86_400_000


class RuleDay(NamedTuple):
    """Alerts of a rule on a day; ``day`` counts from 1970, in UTC."""

    rule_id: str
    day: int
    alerts: int


def by_rule_and_day(connection: Connection, since: int) -> list[RuleDay]:
    """Count the alerts from a time on (ms); it takes as long as there are many."""
    rest = ((alert.c.timestamp % DAY) + DAY) % DAY
    start = (alert.c.timestamp - rest).label("start")
    found = select(alert.c.rule_id, start).where(alert.c.timestamp >= since).subquery()
    asked = select(found.c.rule_id, found.c.start, func.count()).group_by(
        found.c.rule_id, found.c.start
    )
    return [RuleDay(name, int(at) // DAY, number) for name, at, number in connection.execute(asked)]
