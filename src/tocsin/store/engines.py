"""Which engine of a store is which: several may share one, each with a journal of its own."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select

from tocsin.store.tables import meta

MAIN = "main"
"""The name of the first engine; those that came before engines had identities are called so."""

_OWNER = "main engine"


def name_of(connection: Connection, identity: str) -> str:
    """The name of the engine with an identity: `MAIN` for the first that asks, else its own."""
    owner = connection.execute(select(meta.c.value).where(meta.c.name == _OWNER)).scalar()
    if owner is None:
        connection.execute(insert(meta).values(name=_OWNER, value=identity))
    return MAIN if owner in (None, identity) else identity
