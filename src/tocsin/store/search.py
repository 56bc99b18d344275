"""The index of words: FTS5 in SQLite, a GIN index in PostgreSQL; both are told the words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import (
    BigInteger,
    Connection,
    Select,
    Text,
    bindparam,
    cast,
    column,
    delete,
    func,
    insert,
    select,
    table,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY

from tocsin.store.words import atoms

_SQLITE = table("word", column("rowid", BigInteger), column("words", Text))
_SERVER = table("word", column("alert", BigInteger), column("words"))


def write_words(connection: Connection, words: Mapping[int, Sequence[str]]) -> None:
    """Index alerts by their words; none of them is indexed yet."""
    if not words:
        return
    if connection.dialect.name == "sqlite":
        rows = [{"rowid": key, "words": " ".join(found)} for key, found in words.items()]
        connection.execute(text("INSERT INTO word (rowid, words) VALUES (:rowid, :words)"), rows)
        return
    connection.execute(
        insert(_SERVER).values(
            alert=bindparam("alert"),
            words=func.array_to_tsvector(bindparam("words", type_=ARRAY(Text))),
        ),
        [{"alert": key, "words": list(found)} for key, found in words.items()],
    )


def drop_words(connection: Connection, keys: Iterable[int]) -> None:
    """Take alerts out of the index."""
    if connection.dialect.name == "sqlite":
        statement = text("DELETE FROM word WHERE rowid = :key")
        if rows := [{"key": key} for key in keys]:
            connection.execute(statement, rows)
        return
    connection.execute(delete(_SERVER).where(_SERVER.c.alert.in_(list(keys))))


def alerts_about(connection: Connection, question: str) -> Select[tuple[int]] | None:
    """The keys of alerts that have all words of a question; None if it has none."""
    found = atoms(question)[:32]
    if not found:
        return None
    if connection.dialect.name == "sqlite":
        asked = " AND ".join(f'"{atom}"*' for atom in found)
        return select(_SQLITE.c.rowid).where(text("word MATCH :asked").bindparams(asked=asked))
    asked = " & ".join(f"'{atom}':*" for atom in found)
    return select(_SERVER.c.alert).where(_SERVER.c.words.op("@@")(cast(asked, TSQUERY)))
