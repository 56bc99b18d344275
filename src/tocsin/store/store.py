"""The store as everybody else sees it.

    with Store.open("postgresql://tocsin@db/alerts") as store:
        store.commit(position, alerts, snapshot)
        for change in store.changes(store.cursor("webhook"), 100): ...

Each method is one transaction, and may be called from any thread. StoreError says that the
database did not do it: then nothing of it was done.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import insert

from tocsin.store import outbox, progress
from tocsin.store.address import address
from tocsin.store.alert import Change, RuleRun, Snapshot, StoredAlert
from tocsin.store.database import Database
from tocsin.store.tables import run
from tocsin.store.writing import Put, parts, put

_ENGINE = "main"


class Store:
    """Alerts and what belongs to them in one database; made by `Store.open`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    def open(cls, where: str | Path, *, create: bool = True) -> Self:
        """Open a store (`tocsin.store.address` says what ``where`` may be), at today's schema.

        ``create``: make it where there is none. StoreError if that cannot be.
        """
        return cls(Database(address(where), create=create))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __str__(self) -> str:
        return self._database.name

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    # the engine

    def commit(
        self,
        position: int,
        alerts: Sequence[StoredAlert] = (),
        snapshot: Snapshot | None = None,
        runs: Sequence[RuleRun] = (),
        *,
        engine: str = _ENGINE,
    ) -> Put:
        """Put alerts, and note that the journal is done up to a position: both or neither.

        An alert whose id is there is updated if it says something else (the wall clock aside);
        its status, tags, assignees and notes stay. ValueError if the position lies before the
        committed one, or an alert's id or severity is none.
        """
        with self._database.writing() as connection:
            progress.advance(connection, engine, position)
            if snapshot is not None:
                progress.keep(connection, engine, snapshot)
            if runs:
                for some in parts(runs, 500):
                    connection.execute(insert(run), [each._asdict() for each in some])
            return put(connection, alerts)

    def put(self, alerts: Sequence[StoredAlert]) -> Put:
        """Put alerts that come from no journal."""
        with self._database.writing() as connection:
            return put(connection, alerts)

    def position(self, *, engine: str = _ENGINE) -> int:
        """Up to where the journal is done; 0 at the beginning."""
        with self._database.reading() as connection:
            return progress.position_of(connection, engine) or 0

    def snapshot(self, *, engine: str = _ENGINE) -> Snapshot | None:
        """The last snapshot of an engine's state; None if there is none."""
        with self._database.reading() as connection:
            return progress.snapshot_of(connection, engine)

    # sinks

    def changes(self, after: int, most: int, *, triage: bool = False) -> list[Change]:
        """Up to ``most`` alerts that changed behind an outbox number, in order of their commits.

        ``triage``: what people did counts as a change too. A reader stays with one or the other.
        """
        with self._database.reading() as connection:
            return outbox.changes(connection, after, most, triage=triage)

    def last_number(self) -> int:
        """The outbox number of the last change; 0 if there was none."""
        with self._database.reading() as connection:
            return outbox.last_number(connection)

    def cursor(self, sink: str) -> int:
        """The outbox number up to which a sink has had everything; 0 at the beginning."""
        with self._database.reading() as connection:
            return outbox.cursor_of(connection, sink)

    def cursors(self) -> dict[str, int]:
        """The cursors of all sinks."""
        with self._database.reading() as connection:
            return outbox.cursors(connection)

    def move_cursor(self, sink: str, number: int) -> None:
        """Note that a sink has had everything up to a number."""
        with self._database.writing() as connection:
            outbox.move(connection, sink, number)

    def forget_cursor(self, sink: str) -> None:
        """Drop the cursor of a sink that is no more."""
        with self._database.writing() as connection:
            outbox.forget(connection, sink)
