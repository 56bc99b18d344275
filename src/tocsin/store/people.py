"""People: who may log in to the pages. Passwords never come here, only their hashes."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from tocsin.store.error import StoreError
from tocsin.store.tables import person
from tocsin.store.text import fit

ROLES = ("viewer", "analyst", "admin")
"""Who looks, who works with alerts as well, who may do everything."""

LONGEST = 64


class Person(NamedTuple):
    """Somebody; ``created`` and ``changed`` (the password, last) in milliseconds since 1970."""

    name: str
    hash: str
    role: str
    created: int
    changed: int


def fitting(name: str) -> bool:
    """Whether a name is fit for somebody: it can be seen, and told from others."""
    return 0 < len(name) <= LONGEST and name == name.strip() and name.isprintable()


def _folded(name: str) -> str:
    return fit(name).casefold()


def add(connection: Connection, one: Person) -> None:
    """Keep somebody; StoreError if there is one of that name, whatever its case."""
    if not fitting(one.name) or one.role not in ROLES:
        raise ValueError("that is no name, or no role")
    row = one._asdict() | {"folded": one.name.casefold()}
    try:
        connection.execute(insert(person).values(row))
    except IntegrityError as error:
        raise StoreError(f"there is a user {one.name} already") from error


def every(connection: Connection) -> list[Person]:
    """All people, by name."""
    rows = connection.execute(select(person).order_by(person.c.folded))
    return [Person(row.name, row.hash, row.role, row.created, row.changed) for row in rows]


def set_password(connection: Connection, name: str, hashed: str, at: int) -> bool:
    """Change the hash of somebody's password; whether there is somebody of that name."""
    asked = update(person).where(person.c.folded == _folded(name))
    # later than before whatever the clock says: sessions are told apart by it
    changed = connection.execute(
        select(person.c.changed).where(person.c.folded == _folded(name))
    ).scalar()
    values = {"hash": hashed, "changed": at if changed is None else max(at, changed + 1)}
    return bool(connection.execute(asked.values(values)).rowcount)


def set_role(connection: Connection, name: str, role: str) -> bool:
    """Change somebody's role; whether there is somebody of that name."""
    if role not in ROLES:
        raise ValueError("that is no role")
    asked = update(person).where(person.c.folded == _folded(name))
    return bool(connection.execute(asked.values(role=role)).rowcount)


def remove(connection: Connection, name: str) -> bool:
    """Forget somebody; whether there was somebody of that name."""
    asked = delete(person).where(person.c.folded == _folded(name))
    return bool(connection.execute(asked).rowcount)
