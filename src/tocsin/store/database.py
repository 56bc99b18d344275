"""A database that is open: connections, transactions, and errors as `StoreError`.

SQLite: write-ahead log, each commit synced to disk, readers never wait. PostgreSQL: the same
meaning; writers take turns by the counter's row, so outbox numbers are in the order of commits.
"""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, event, select
from sqlalchemy.exc import DBAPIError, DisconnectionError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from tocsin.diagnostics.extras import installing
from tocsin.store import migrations
from tocsin.store.address import Address
from tocsin.store.error import StoreAwayError, StoreError
from tocsin.store.tables import counter

_NOTHING = "no store there; tocsin serve and tocsin scan --store make one"
_WRITES = "tocsin_writes"
_OUTSIDE = "tocsin_outside"
_LOG = 64 << 20  # bytes that SQLite's log keeps; a snapshot may make it longer for a moment
_LOG_PAGES = 4_000  # of 4 KiB, then they go where they belong: those of indices change all the time
_CACHE = 32 << 10  # KiB of pages that a connection keeps
_AGAIN = 0.01  # seconds until a file that is in use is asked for again
logging.getLogger("sqlalchemy").addHandler(logging.NullHandler())  # what it says, errors say
_NO_LOGIN = "28P01"  # PostgreSQL's code of a wrong password
_ALIVE = (  # a server that is gone is noticed within a minute
    ("TCP_KEEPIDLE", 30),
    ("TCP_KEEPINTVL", 10),
    ("TCP_KEEPCNT", 3),
    ("TCP_USER_TIMEOUT", 60_000),
)
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
            with self._errors():
                self._make(create=create)
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
        options: dict[str, object] = {}
        if not self.is_sqlite:
            options["isolation_level"] = "REPEATABLE READ"
        with (
            self._errors(),
            self._engine.connect() as connection,
            connection.execution_options(**options).begin(),
        ):
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that no other writer runs beside; durable when it is left."""
        with (
            self._turn,
            self._errors(),
            self._engine.connect() as connection,
            connection.execution_options(**{_WRITES: True}).begin(),
        ):
            if not self.is_sqlite:
                connection.execute(select(counter.c.number).with_for_update())
            yield connection

    @property
    def _outside(self) -> dict[str, object]:
        """Options of a connection without transactions."""
        return {_OUTSIDE: True} if self.is_sqlite else {"isolation_level": "AUTOCOMMIT"}

    @contextmanager
    def alone(self) -> Iterator[Connection]:
        """A connection outside any transaction, for what must run so."""
        with self._turn, self._errors(), self._engine.connect() as connection:
            yield connection.execution_options(**self._outside)

    def copy_to(self, file: Path) -> None:
        """Copy SQLite's content, as it is at one moment, to a new file."""
        if not self.is_sqlite:
            raise StoreError(f"{self.name}: PostgreSQL is copied by pg_dump")
        if file.exists():
            raise StoreError(f"{file}: there is a file already")
        with self._errors(), self._engine.connect() as connection:
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
            _write_ahead(connection, self._patience)
            return
        _unhurried(connection._usock)  # type: ignore[attr-defined]  # noqa: SLF001 - see there
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
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise StoreError(
                f"{self.name}: {_said(error.orig)}{self._advice(error.orig)}"
            ) from error
        except (SQLAlchemyError, OSError) as error:  # OSError: pg8000's sockets
            raise StoreAwayError(f"{self.name}: {error}") from error

    def _advice(self, error: BaseException | None) -> str:
        """What to do about an error, where that is known."""
        if _field(error, "C") == _NO_LOGIN and not self.where.url.password:
            return "; no password was given: set PGPASSWORD"
        return ""


def _unhurried(connection: socket.socket) -> None:
    """Let statements take their time: the driver's limit is meant for connecting.

    A server that is gone is noticed by packets that ask for a sign of life, where there are such.
    """
    connection.settimeout(None)
    if connection.family != getattr(socket, "AF_UNIX", None):
        for name, value in _ALIVE:
            if option := getattr(socket, name, None):
                connection.setsockopt(socket.IPPROTO_TCP, option, value)


def _write_ahead(connection: sqlite3.Connection, patience: float) -> None:
    """Have a file's changes go to a log beside it first.

    Only whoever is alone can change how a file is written, and SQLite does not wait for that
    however long its ``busy_timeout`` is: several that open a new store meet there.
    """
    until = time.monotonic() + patience
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").close()
        except sqlite3.OperationalError as error:
            # the other codes of it, as for a log that is being recovered, have it in their low byte
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(_AGAIN)
        else:
            return


def _said(error: BaseException | None) -> str:
    """What a database said, in one line."""
    if told := _field(error, "M"):
        return told
    cause = None if error is None else error.__cause__
    if isinstance(cause, OSError):  # pg8000 says only that there was one
        return f"the server cannot be reached: {cause.strerror or cause}"
    with contextlib.suppress(IndexError):
        return str(error).splitlines()[0]
    return type(error).__name__


def _field(error: BaseException | None, name: str) -> str:
    """A field of what PostgreSQL answered, as pg8000 has it; empty if there is none."""
    told = error.args[0] if error is not None and error.args else None
    return str(told.get(name, "")) if isinstance(told, dict) else ""
