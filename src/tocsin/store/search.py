"""The index of words: FTS5 in SQLite, a GIN index in PostgreSQL; both are told the words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

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
from sqlalchemy.dialects.postgresql import TSQUERY

from tocsin.store.words import atoms

WORDS = "word"
_SQLITE = table(WORDS, column("rowid", BigInteger), column("words", Text))
_SERVER = table(WORDS, column("alert", BigInteger), column("words"))


def write_words(connection: Connection, words: Mapping[int, str]) -> None:
    """Index alerts by their words, with spaces between these; none of them is indexed yet."""
    if not words:
        return
    if connection.dialect.name == "sqlite":
        statement = "INSERT INTO word (rowid, words) VALUES (?, ?)"
        connection.exec_driver_sql(statement, list(words.items()))
        return
    rows = [{"key": key, "words": found} for key, found in words.items()]
    # as one text: drivers have their own ideas of an array with the word null
    apart = func.string_to_array(bindparam("words", type_=Text), " ")
    vector = func.array_to_tsvector(apart)
    connection.execute(insert(_SERVER).values(alert=bindparam("key"), words=vector), rows)


def drop_words(connection: Connection, keys: Iterable[int]) -> None:
    """Take alerts out of the index."""
    if connection.dialect.name == "sqlite":
        statement = text("DELETE FROM word WHERE rowid = :key")
        if rows := [{"key": key} for key in keys]:
            connection.execute(statement, rows)
        return
    connection.execute(delete(_SERVER).where(_SERVER.c.alert.in_(list(keys))))


def alerts_about(
    connection: Connection, question: str, after: int = 0
) -> Select[tuple[int]] | None:
    """The keys, beyond ``after``, of alerts with all words of a question; None if it has none."""
    found = atoms(question)[:32]
    if not found:
        return None
    if connection.dialect.name == "sqlite":
        asked = " AND ".join(f'"{atom}"*' for atom in found)
        matched = text("word MATCH :asked").bindparams(asked=asked)
        return select(_SQLITE.c.rowid).where(matched, _SQLITE.c.rowid > after)
    asked = " & ".join(f"'{atom}':*" for atom in found)
    matched_there = _SERVER.c.words.op("@@")(cast(asked, TSQUERY))
    return select(_SERVER.c.alert).where(matched_there, _SERVER.c.alert > after)
