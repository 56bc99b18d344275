"""What the drivers of the two databases have to be told, and what they say, each in its own way."""

from __future__ import annotations

import contextlib
import socket
import sqlite3
import time

_AGAIN = 0.01  # seconds until a file that is in use is asked for again
_ALIVE = (  # a server that is gone is noticed within a minute
    ("TCP_KEEPIDLE", 30),
    ("TCP_KEEPINTVL", 10),
    ("TCP_KEEPCNT", 3),
    ("TCP_USER_TIMEOUT", 60_000),
)


def unhurried(connection: socket.socket) -> None:
    """Let statements take their time: the driver's limit is meant for connecting.

    A server that is gone is noticed by packets that ask for a sign of life, where there are such.
    """
    connection.settimeout(None)
    if connection.family != getattr(socket, "AF_UNIX", None):
        for name, value in _ALIVE:
            if option := getattr(socket, name, None):
                connection.setsockopt(socket.IPPROTO_TCP, option, value)


def write_ahead(connection: sqlite3.Connection, patience: float) -> None:
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


def said(error: BaseException | None) -> str:
    """What a database said, in one line."""
    if told := field(error, "M"):
        return told
    cause = None if error is None else error.__cause__
    if isinstance(cause, OSError):  # pg8000 says only that there was one
        return f"the server cannot be reached: {cause.strerror or cause}"
    with contextlib.suppress(IndexError):
        return str(error).splitlines()[0]
    return type(error).__name__


def field(error: BaseException | None, name: str) -> str:
    """A field of what PostgreSQL answered, as pg8000 has it; empty if there is none."""
    told = error.args[0] if error is not None and error.args else None
    return str(told.get(name, "")) if isinstance(told, dict) else ""
