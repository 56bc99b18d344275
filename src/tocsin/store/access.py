"""Who may ask a store: API keys and people, each change in the audit trail."""

from __future__ import annotations

from tocsin.store import keys, people, triage
from tocsin.store.database import Database
from tocsin.store.keys import ApiKey
from tocsin.store.people import Person
from tocsin.store.triage import Act


class Access:
    """The part of a store that keeps them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # API keys

    def add_key(self, key: ApiKey, act: Act) -> None:
        """Keep an API key."""
        with self._database.writing() as connection:
            keys.add(connection, key)
            triage.note_deed(connection, act, "key", "", f"{key.id} {key.name}")

    def keys(self) -> list[ApiKey]:
        """All API keys, the revoked ones too."""
        with self._database.reading() as connection:
            return keys.every(connection)

    def revoke_key(self, name: str, act: Act) -> bool:
        """Make the key of an id invalid; whether there was a valid one."""
        with self._database.writing() as connection:
            done = keys.revoke(connection, name, act.at)
            if done:
                triage.note_deed(connection, act, "key", name, "revoked")
            return done

    # people

    def add_person(self, one: Person, act: Act) -> None:
        """Keep somebody who may log in."""
        with self._database.writing() as connection:
            people.add(connection, one)
            triage.note_deed(connection, act, "user", "", f"{one.name} {one.role}")

    def people(self) -> list[Person]:
        """Everybody who may log in."""
        with self._database.reading() as connection:
            return people.every(connection)

    def set_password(self, name: str, hashed: str, act: Act) -> bool:
        """Change the hash of somebody's password; whether there is somebody of that name."""
        with self._database.writing() as connection:
            done = people.set_password(connection, name, hashed, act.at)
            if done:
                triage.note_deed(connection, act, "user", name, "password changed")
            return done

    def set_role(self, name: str, role: str, act: Act) -> bool:
        """Change somebody's role; whether there is somebody of that name."""
        with self._database.writing() as connection:
            done = people.set_role(connection, name, role)
            if done:
                triage.note_deed(connection, act, "user", name, role)
            return done

    def remove_person(self, name: str, act: Act) -> bool:
        """Forget somebody; whether there was somebody of that name."""
        with self._database.writing() as connection:
            done = people.remove(connection, name)
            if done:
                triage.note_deed(connection, act, "user", name, "removed")
            return done
