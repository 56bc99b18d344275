"""What a store keeps of an engine is one process's; two would overwrite each other's place."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from tocsin.engine.lock import Lock
from tocsin.store.database import Database
from tocsin.store.error import StoreAwayError, StoreTakenError

_PAUSE = 0.1
_HELD = "-engine"
_ASKED = text(  # an advisory lock of the engine's name; the schema is told by its own table
    "SELECT pg_try_advisory_lock(hashtextextended(:name, 'counter'::regclass::oid::bigint))"
)
_ALIVE = (
    "SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3"
)


class Claim:
    """Holds an engine's part of a store until it lets go or its process ends.

    ``name``: the engine's.
    ``patience``: seconds for which an earlier engine may take its time to end.

    Raises
    ------
    StoreTakenError
        Another process is this engine.
    StoreAwayError
        The database cannot be asked.
    """

    def __init__(self, database: Database, name: str, patience: float) -> None:
        self._database = database
        self._name = name
        self._connection: Connection | None = None
        self._lock: Lock | None = None
        until = time.monotonic() + patience
        while True:
            try:
                self.step()
            except StoreTakenError:
                if time.monotonic() > until:
                    raise
                time.sleep(_PAUSE)
            else:
                return

    def step(self) -> None:
        """Hold it still, or again after the server was away; raises as the making does."""
        file = self._database.where.file
        if file is not None:
            self._lock = self._lock or self._of_file(file)
        elif not self._holds():
            self._connection = self._of_server()

    def release(self) -> None:
        """Let go."""
        if self._lock is not None:
            self._lock.release()
        if self._connection is not None:
            with suppress(SQLAlchemyError, OSError):
                self._connection.close()
        self._lock = self._connection = None

    def _of_file(self, file: Path) -> Lock:
        try:
            return Lock(file.with_name(f"{file.name}{_HELD}-{self._name}"))
        except BlockingIOError as error:
            raise self._taken() from error
        except OSError as error:
            raise StoreAwayError(f"{self._database.name}: {error.strerror or error}") from error

    def _of_server(self) -> Connection:
        with self._database.telling():
            connection = self._database.apart()
            connection.exec_driver_sql(_ALIVE)
            if connection.execute(_ASKED, {"name": f"tocsin {self._name}"}).scalar():
                return connection
            connection.close()
        raise self._taken()

    def _holds(self) -> bool:
        """Whether the connection that holds it is still there."""
        if self._connection is None:
            return False
        try:
            self._connection.exec_driver_sql("SELECT 1")
        except (SQLAlchemyError, OSError):
            self.release()
            return False
        return True

    def _taken(self) -> StoreTakenError:
        what = (
            "uses this store: give each a file of its own, or share one in PostgreSQL"
            if self._database.is_sqlite
            else "goes by this one's name, as a copy of its folder does: remove engine.id there"
        )
        return StoreTakenError(f"{self._database.name}: another engine {what}")
