"""What sinks have yet to be given: changes in the order of their commits, and cursors.

A reader keeps the number of the change that it passed on last. An alert that changed twice since
is given once, as it is now.
"""

from __future__ import annotations

from sqlalchemy import Connection, delete, func, insert, select, update

from tocsin.store.alert import Change, ChangeKind, StoredAlert
from tocsin.store.tables import alert, counter, cursor, document
from tocsin.store.writing import SEVERITIES, unpacked


def changes(connection: Connection, after: int, most: int, *, triage: bool) -> list[Change]:
    """Up to ``most`` alerts that changed behind a number, by their numbers."""
    number = alert.c.number if triage else alert.c.written
    rows = connection.execute(
        select(alert, document.c.content, number.label("at"))
        .join(document, document.c.alert == alert.c.key)
        .where(number > after)
        .order_by(number)
        .limit(most)
    )
    return [
        Change(
            row.at,
            _kind(row.key, row.written, after),
            StoredAlert(
                row.id,
                row.rule_id,
                row.rule_name,
                SEVERITIES[row.severity],
                row.risk_score,
                row.timestamp,
                row.building_block,
                unpacked(row.content),
            ),
        )
        for row in rows
    ]


def _kind(made: int, written: int, after: int) -> ChangeKind:
    if made > after:
        return ChangeKind.NEW
    return ChangeKind.UPDATED if written > after else ChangeKind.TRIAGED


def last_number(connection: Connection) -> int:
    """The number of the last change; 0: there was none."""
    return connection.execute(select(counter.c.number)).scalar_one()


def cursors(connection: Connection) -> dict[str, int]:
    """Where each sink stands."""
    return {row.sink: row.number for row in connection.execute(select(cursor))}


def cursor_of(connection: Connection, sink: str) -> int:
    """Where a sink stands; 0 if it was never heard of."""
    found = select(func.max(cursor.c.number)).where(cursor.c.sink == sink)
    return connection.execute(found).scalar() or 0


def move(connection: Connection, sink: str, number: int) -> None:
    """Note that a sink has had everything up to a number."""
    found = update(cursor).where(cursor.c.sink == sink).values(number=number)
    if not connection.execute(found).rowcount:
        connection.execute(insert(cursor).values(sink=sink, number=number))


def forget(connection: Connection, sink: str) -> None:
    """Drop the cursor of a sink that is no more."""
    connection.execute(delete(cursor).where(cursor.c.sink == sink))
