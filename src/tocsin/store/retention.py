"""What goes when it is old: closed alerts, the run log. The audit trail stays."""

from __future__ import annotations

from sqlalchemy import Connection, delete, func, select

from tocsin.store import documents
from tocsin.store.search import WORDS, drop_words
from tocsin.store.tables import METADATA, alert, cursor, run
from tocsin.store.triage import Act, note_deed

_MANY = 500


def delete_closed(connection: Connection, before: int, most: int, act: Act) -> int:
    """Delete up to ``most`` alerts that were closed before a time; how many went.

    An alert that some sink has yet to be given stays.
    """
    had = connection.execute(select(func.min(cursor.c.number))).scalar()
    asked = (
        select(alert.c.key)
        .where(alert.c.status == "closed", alert.c.status_at < before)
        .order_by(alert.c.status_at, alert.c.key)
        .limit(most)
    )
    if had is not None:
        asked = asked.where(alert.c.written <= had)
    keys = list(connection.execute(asked).scalars())
    for start in range(0, len(keys), _MANY):
        some = keys[start : start + _MANY]
        drop_words(connection, some)
        documents.drop(connection, some)
        connection.execute(delete(alert).where(alert.c.key.in_(some)))
    if keys:
        note_deed(connection, act, "delete", f"{len(keys)} closed alerts", "")
    return len(keys)


def compact(connection: Connection) -> None:
    """Give room back and refresh statistics, outside any transaction."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("VACUUM")
        connection.exec_driver_sql("ANALYZE")
        return
    for name in (*METADATA.tables, WORDS):  # there may be other people's tables beside ours
        connection.exec_driver_sql(f'VACUUM (ANALYZE) "{name}"')


def delete_runs(connection: Connection, before: int) -> int:
    """Delete rows of the run log that were written before a time."""
    return connection.execute(delete(run).where(run.c.at < before)).rowcount
