"""Where a store is: a folder, a file of SQLite, or a URL of PostgreSQL.

    alerts/                                  alerts/tocsin.db
    alerts/tocsin.db, sqlite:///alerts.db    that file
    postgresql://user@host/database          a server (host may be a socket's folder: ?host=/run)

A URL of PostgreSQL understands ``schema`` (default ``tocsin``), ``host``, ``port``, ``sslmode``
(``disable``, ``require``, ``verify-ca``, ``verify-full``), ``sslrootcert`` and ``connect_timeout``;
a password may stand in ``PGPASSWORD`` instead. Anything but a socket or this machine is spoken to
over TLS unless ``sslmode=disable`` says otherwise.
"""

from __future__ import annotations

import ipaddress
import os
import re
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from tocsin.store.error import StoreError

FILE = "tocsin.db"
_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_KNOWN = {"schema", "host", "port", "sslmode", "sslrootcert", "connect_timeout"}
_TORN = re.compile(r"(postgres(ql)?(\+\w+)?|sqlite):", re.IGNORECASE)
"""How a URL begins whose slashes are missing."""
_MODES = ("disable", "require", "verify-ca", "verify-full")


@dataclass(frozen=True, slots=True)
class Address:
    """A place of a store.

    Attributes
    ----------
    url
        For SQLAlchemy.
    file
        SQLite's file; None for a server.
    schema
        PostgreSQL's schema that has the tables.
    arguments
        For the driver's ``connect``.
    """

    url: URL
    file: Path | None = None
    schema: str = ""
    arguments: dict[str, Any] = field(default_factory=dict, repr=False)

    def __str__(self) -> str:
        if self.file is not None:
            return str(self.file)
        return self.url.set(drivername="postgresql").render_as_string()  # hides the password


def address(where: str | Path) -> Address:
    """The address that a person wrote; StoreError if there is no such kind."""
    text = str(where)
    scheme, colon, _ = text.partition("://")
    if isinstance(where, Path) or not colon or not re.fullmatch(r"[A-Za-z][\w+.-]*", scheme):
        if isinstance(where, str) and _TORN.match(where):  # it may hold a password
            raise StoreError("the store's URL cannot be read: postgresql://user@host/name")
        return _file(Path(where))
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        raise StoreError("the store's URL cannot be read: postgresql://user@host/name") from error
    if url.drivername == "sqlite":
        if not url.database or url.query or url.host:
            raise StoreError(f"{text}: a file is named as sqlite:///FILE or simply FILE")
        return _file(Path(url.database), named=True)
    if url.drivername in {"postgresql", "postgres"}:
        return _server(url)
    raise StoreError(f"{url.drivername}: a store is a folder, sqlite:///FILE or postgresql://…")


def _file(path: Path, *, named: bool = False) -> Address:
    if not (named or path.suffix in {".db", ".sqlite", ".sqlite3"} or path.is_file()):
        path /= FILE
    return Address(URL.create("sqlite+pysqlite", database=str(path)), file=path)


def _server(url: URL) -> Address:
    if "@" in f"{url.host}{url.database}":  # else a part of the password is taken for the host
        raise StoreError("the store's URL: an @ in a user's name or password is written %40")
    query = {name: str(value) for name, value in url.query.items()}
    if unknown := sorted(query.keys() - _KNOWN):
        raise StoreError(f"the store's URL: unknown setting {unknown[0]}")
    schema = query.get("schema", "tocsin")
    if not _NAME.fullmatch(schema):
        raise StoreError(f"the store's URL: schema={schema} is no plain lower-case name")
    host = url.host or query.get("host") or os.environ.get("PGHOST") or "localhost"
    port = url.port or _number(query.get("port") or os.environ.get("PGPORT") or "5432", "port")
    seconds = _number(query.get("connect_timeout", "10"), "connect_timeout")
    arguments: dict[str, Any] = {"timeout": seconds or None, "application_name": "tocsin"}
    if host.startswith("/"):
        arguments["unix_sock"] = f"{host}/.s.PGSQL.{port}"
    elif context := _tls(host, query):
        arguments["ssl_context"] = context
    password = url.password or os.environ.get("PGPASSWORD")
    if not password:
        arguments["password"] = ""  # the server says what it makes of it; the driver breaks
    plain = url.set(
        drivername="postgresql+pg8000",
        host=None if host.startswith("/") else host,
        port=None if host.startswith("/") else port,
        username=url.username or os.environ.get("PGUSER") or "postgres",
        password=password,
        database=url.database or os.environ.get("PGDATABASE") or "postgres",
        query={},
    )
    return Address(plain, schema=schema, arguments=arguments)


def _number(text: str, name: str) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", text):
        raise StoreError(f"the store's URL: {name}={text} is no number")
    return int(text)


def _tls(host: str, query: dict[str, str]) -> ssl.SSLContext | None:
    """How the server is spoken to; None: without TLS."""
    mode = query.get("sslmode", "disable" if _is_here(host) else "require")
    if mode not in _MODES:
        raise StoreError(f"the store's URL: sslmode={mode}; it knows {', '.join(_MODES)}")
    if mode == "disable":
        return None
    try:
        context = ssl.create_default_context(cafile=query.get("sslrootcert"))
    except OSError as error:
        raise StoreError(f"the store's URL: sslrootcert cannot be read: {error}") from error
    context.check_hostname = mode == "verify-full"
    if mode == "require":
        context.verify_mode = ssl.CERT_NONE
    return context


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
