"""A database that is open: connections, transactions, and errors as `StoreError`.

SQLite: write-ahead log, each commit synced to disk, readers never wait. PostgreSQL: the same
meaning; writers take turns by the counter's row, so outbox numbers are in the order of commits.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, event, select
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    DisconnectionError,
    IntegrityError,
    SQLAlchemyError,
)
from sqlalchemy.pool import ConnectionPoolEntry

from tocsin.diagnostics.extras import installing
from tocsin.store import migrations
from tocsin.store.address import Address
from tocsin.store.driver import field, said, unhurried, write_ahead
from tocsin.store.error import StoreAwayError, StoreError
from tocsin.store.tables import counter

_NOTHING = "no store there; tocsin serve and tocsin scan --store make one"
_GONE = "the file is gone, or is another one: put it back, or start again"
_WRITES = "tocsin_writes"
_OUTSIDE = "tocsin_outside"
_LOG = 64 << 20  # bytes that SQLite's log keeps; a snapshot may make it longer for a moment
_LOG_PAGES = 4_000  # of 4 KiB, then they go where they belong: those of indices change all the time
_CACHE = 32 << 10  # KiB of pages that a connection keeps
logging.getLogger("sqlalchemy").addHandler(logging.NullHandler())  # what it says, errors say
_NO_LOGIN = "28P01"  # PostgreSQL's code of a wrong password
_LOCK = 0x746F6373  # PostgreSQL's advisory lock for making tables


class Database:
    """Connections to one store; for any number of threads.

    Parameters
    ----------
    where
        Its address.
    create
        Whether a store is made where none is; else StoreError.
    patience
        Seconds to wait for other processes that write.
    """

    def __init__(self, where: Address, *, create: bool, patience: float = 30.0) -> None:
        self.where = where
        self.name = str(where)
        self._patience = patience
        self._opened: os.stat_result | None = None
        self._turn = threading.Lock()
        if where.file is not None:
            self._prepare_file(where.file, create=create)
        try:
            # no values of statements in messages: they are other people's data
            self._engine = create_engine(
                where.url,
                connect_args=where.arguments,
                hide_parameters=True,
                pool_size=8,
                max_overflow=24,
                pool_timeout=patience,
            )
        except ImportError as error:
            raise StoreError(f"PostgreSQL needs {installing('postgres')}") from error
        # many rows a statement also where nothing is returned
        self._engine.dialect.use_insertmanyvalues_wo_returning = True
        event.listen(self._engine, "connect", self._connected)
        if not self.is_sqlite:
            event.listen(self._engine, "checkout", self._checked)
        event.listen(self._engine, "begin", self._began)
        try:
            with self.telling():
                self._make(create=create)
            if where.file is not None:
                self._opened = where.file.stat()
        except BaseException:
            self.close()
            raise

    @property
    def is_sqlite(self) -> bool:
        """Whether it is SQLite; else PostgreSQL."""
        return self.where.file is not None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one moment and changes nothing."""
        self.check_place()
        options: dict[str, object] = {}
        if not self.is_sqlite:
            options["isolation_level"] = "REPEATABLE READ"
        with (
            self.telling(),
            self._engine.connect() as connection,
            connection.execution_options(**options).begin(),
        ):
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that no other writer runs beside; durable when it is left."""
        self.check_place()
        with (
            self._turn,
            self.telling(),
            self._engine.connect() as connection,
            connection.execution_options(**{_WRITES: True}).begin(),
        ):
            if not self.is_sqlite:
                connection.execute(select(counter.c.number).with_for_update())
            yield connection

    def apart(self) -> Connection:
        """A connection for whoever keeps it: outside transactions, and never given to others."""
        connection = self._engine.connect().execution_options(**self._outside)
        connection.detach()
        return connection

    @property
    def _outside(self) -> dict[str, object]:
        """Options of a connection without transactions."""
        return {_OUTSIDE: True} if self.is_sqlite else {"isolation_level": "AUTOCOMMIT"}

    @contextmanager
    def alone(self) -> Iterator[Connection]:
        """A connection outside any transaction, for what must run so."""
        with self._turn, self.telling(), self._engine.connect() as connection:
            yield connection.execution_options(**self._outside)

    def check_place(self) -> None:
        """Raises StoreAwayError if SQLite's file is no longer where it was.

        SQLite would go on with it, and nobody would ever see what it wrote.
        """
        if self._opened is None or self.where.file is None:
            return
        try:
            there = os.path.samestat(self._opened, self.where.file.stat())
        except OSError:
            there = False
        if not there:
            raise StoreAwayError(f"{self.name}: {_GONE}")

    def check_writable(self) -> None:
        """Raises StoreAwayError if nothing can be written just now, as far as is to be seen."""
        self.check_place()
        file = self.where.file
        if file is None:
            with self.reading() as connection:
                connection.execute(select(counter.c.number))
        elif not (os.access(file, os.W_OK) and os.access(file.parent, os.W_OK)):
            raise StoreAwayError(f"{self.name}: cannot be written to")

    def copy_to(self, file: Path) -> None:
        """Copy SQLite's content, as it is at one moment, to a new file."""
        if not self.is_sqlite:
            raise StoreError(f"{self.name}: PostgreSQL is copied by pg_dump")
        if file.exists():
            raise StoreError(f"{file}: there is a file already")
        with self.telling(), self._engine.connect() as connection:
            alone = connection.execution_options(**self._outside)
            alone.exec_driver_sql("VACUUM INTO ?", (str(file),))

    def close(self) -> None:
        """Let go of all connections."""
        self._engine.dispose()

    def _make(self, *, create: bool) -> None:
        with self.reading() as connection:
            if migrations.version(connection) == migrations.VERSION:
                return  # nobody has to wait for a writer
        with self._engine.connect() as connection:
            connection.execution_options(**{_WRITES: True})
            with connection.begin():
                if not self.is_sqlite:
                    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
                if not create and migrations.version(connection) is None:
                    raise StoreError(f"{self.name}: {_NOTHING}")
                if not self.is_sqlite and migrations.version(connection) is None:
                    schema = self.where.schema
                    connection.exec_driver_sql(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
                migrations.migrate(connection, self.name)

    def _prepare_file(self, file: Path, *, create: bool) -> None:
        if file.exists():
            return
        if not create:
            raise StoreError(f"{file}: {_NOTHING}")
        try:
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # alerts are for their owner's eyes; what SQLite puts beside the file is made alike
            os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
        except OSError as error:
            raise StoreError(f"{file}: cannot be made: {error.strerror or error}") from error

    def _connected(self, connection: object, _: ConnectionPoolEntry) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.isolation_level = None  # transactions begin where we say
            for setting in (
                f"busy_timeout = {int(self._patience * 1000)}",
                "synchronous = FULL",
                "foreign_keys = ON",
                f"journal_size_limit = {_LOG}",
                f"wal_autocheckpoint = {_LOG_PAGES}",
                f"cache_size = -{_CACHE}",
            ):
                connection.execute(f"PRAGMA {setting}").close()
            write_ahead(connection, self._patience)
            return
        unhurried(connection._usock)  # type: ignore[attr-defined]  # noqa: SLF001 - see there
        found = connection.cursor()  # type: ignore[attr-defined]
        found.execute(f'SET search_path TO "{self.where.schema}"')
        found.execute(f"SET lock_timeout = {int(self._patience * 1000)}")
        found.execute("SET client_encoding = 'UTF8'")
        found.close()
        connection.commit()  # type: ignore[attr-defined]

    def _checked(self, connection: Any, *_: object) -> None:  # noqa: ANN401 - the driver's own
        """Look whether a connection that lay idle still leads to a server; else take another.

        SQLAlchemy's own look knows only the driver's errors, and pg8000 lets those of sockets out.
        """
        try:
            connection.cursor().execute("SELECT 1")
            connection.rollback()
        except (OSError, self._engine.dialect.loaded_dbapi.Error) as error:
            raise DisconnectionError(str(error)) from error

    def _began(self, connection: Connection) -> None:
        options = connection.get_execution_options()
        if self.is_sqlite and not options.get(_OUTSIDE):
            connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get(_WRITES) else "BEGIN")

    @contextmanager
    def telling(self) -> Iterator[None]:
        """What the database says when it does not do something.

        As StoreAwayError; if what it was given is the reason, as StoreError alone.
        """
        try:
            yield
        except DBAPIError as error:
            given = isinstance(error, DataError | IntegrityError)
            kind = StoreError if given else StoreAwayError
            raise kind(f"{self.name}: {said(error.orig)}{self._advice(error.orig)}") from error
        except (SQLAlchemyError, OSError) as error:  # OSError: pg8000's sockets
            raise StoreAwayError(f"{self.name}: {error}") from error

    def _advice(self, error: BaseException | None) -> str:
        """What to do about an error, where that is known."""
        if field(error, "C") == _NO_LOGIN and not self.where.url.password:
            return "; no password was given: set PGPASSWORD"
        return ""
