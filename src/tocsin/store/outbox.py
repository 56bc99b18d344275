"""What sinks have yet to be given: changes in the order of their commits, and cursors.

A reader keeps the number of the change that it passed on last. An alert that changed twice since
is given once, as it is now.
"""

from __future__ import annotations

from sqlalchemy import Connection, delete, func, insert, select, update

from tocsin.store.alert import Change, ChangeKind, StoredAlert
from tocsin.store.export import line_of
from tocsin.store.reading import kept_of
from tocsin.store.tables import alert, counter, cursor


def changes(connection: Connection, after: int, most: int, *, triage: bool) -> list[Change]:
    """Up to ``most`` alerts that changed behind a number, by their numbers.

    The document of an alert that people did something with tells what they did.
    """
    number = alert.c.number if triage else alert.c.written
    asked = select(alert, number.label("at")).where(number > after).order_by(number).limit(most)
    rows = connection.execute(asked).all()
    return [
        Change(
            row.at,
            _kind(row.key, row.written, after),
            StoredAlert(
                kept.id,
                kept.rule_id,
                kept.rule_name,
                kept.severity,
                kept.risk_score,
                kept.timestamp,
                kept.building_block,
                line_of(kept) if row.triaged else kept.document,
            ),
            row.at > row.key,
        )
        for row, kept in zip(rows, kept_of(connection, rows, whole=True), strict=True)
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
