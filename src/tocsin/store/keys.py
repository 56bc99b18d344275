"""API keys: who may speak to the server. Secrets never come here, only their hashes."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from tocsin.store.error import StoreError
from tocsin.store.tables import api_key
from tocsin.store.text import fit


class ApiKey(NamedTuple):
    """A key; ``created`` and ``revoked`` (None: it is valid) in milliseconds since 1970."""

    id: str
    name: str
    hash: bytes
    scopes: tuple[str, ...]
    created: int
    revoked: int | None = None


def add(connection: Connection, key: ApiKey) -> None:
    """Keep a key; StoreError if there is one of that id."""
    if any("," in scope or not scope for scope in key.scopes):
        raise ValueError("a scope is a word")
    row = key._asdict() | {"name": fit(key.name), "scopes": ",".join(key.scopes)}
    try:
        connection.execute(insert(api_key).values(row))
    except IntegrityError as error:
        raise StoreError(f"there is a key {key.id} already") from error


def every(connection: Connection) -> list[ApiKey]:
    """All keys, the revoked ones too, in the order in which they were made."""
    rows = connection.execute(select(api_key).order_by(api_key.c.created, api_key.c.id))
    return [
        ApiKey(
            row.id,
            row.name,
            bytes(row.hash),
            tuple(row.scopes.split(",")) if row.scopes else (),
            row.created,
            row.revoked,
        )
        for row in rows
    ]


def revoke(connection: Connection, name: str, at: int) -> bool:
    """Make a key invalid; whether there was a valid one of that id."""
    asked = update(api_key).where(api_key.c.id == fit(name), api_key.c.revoked.is_(None))
    return bool(connection.execute(asked.values(revoked=at)).rowcount)
