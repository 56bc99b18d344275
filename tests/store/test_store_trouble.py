"""A database that goes away, or that somebody else keeps busy: told, and nothing is half done."""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from store.made import made
from tocsin.store.address import address
from tocsin.store.database import Database
from tocsin.store.error import StoreAwayError, StoreError
from tocsin.store.store import Store

CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"


@pytest.fixture
def served(postgresql: str) -> str:
    return f"{postgresql}&schema=trouble"


def cut(url: str) -> None:
    """End all other connections of the server, as its restart would."""
    with Store.open(url) as other, other._database.reading() as connection:
        connection.execute(text(CUT))


@contextmanager
def asking_for_a_password(folder: Path) -> Iterator[str]:
    """The URL of a server that wants a password in plain text, and takes none."""

    def answer() -> None:
        connection, _ = listening.accept()
        with connection:
            connection.recv(1000)
            connection.sendall(b"N")  # no TLS
            connection.recv(1000)
            connection.sendall(b"R" + struct.pack(">ii", 8, 3))
            connection.recv(1000)
            fields = b"SFATAL\0C28P01\0Mpassword authentication failed\0\0"
            connection.sendall(b"E" + struct.pack(">i", len(fields) + 4) + fields)
            connection.recv(1000)

    place = folder / ".s.PGSQL.5432"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(place))
        listening.listen()
        thread = threading.Thread(target=answer)
        thread.start()
        yield f"postgresql://anna@/x?host={folder}"
        thread.join()
    place.unlink()


def test_a_server_that_was_away_for_a_moment(served: str) -> None:
    with Store.open(served) as store:
        for position in range(1, 9):
            store.commit(position, [made(position)])
            cut(served)
            assert (store.position(), store.count()) == (position, position)
            cut(served)


def test_a_connection_that_is_cut_within_a_commit(served: str) -> None:
    with Store.open(served) as store:
        before = store.position()
        with pytest.raises(StoreError), store._database.writing() as connection:  # noqa: PT012
            connection.execute(text("UPDATE engine SET position = 99"))
            cut(served)
            connection.execute(text("UPDATE engine SET position = 100"))
        assert store.position() == before


def test_no_server_is_told_without_the_password(tmp_path: Path) -> None:
    with pytest.raises(StoreAwayError) as told:
        Store.open(f"postgresql://anna:secret@/x?host={tmp_path}")
    assert "secret" not in str(told.value)
    with pytest.raises(StoreAwayError) as told:
        Store.open("postgresql://anna:secret@127.0.0.1:1/x?connect_timeout=1")
    assert "secret" not in str(told.value)
    assert "127.0.0.1" in str(told.value)
    assert "cannot be reached: Connection refused" in str(told.value)


def test_a_server_that_asks_for_a_password_that_nobody_gave(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PGPASSWORD", raising=False)
    with asking_for_a_password(tmp_path) as url, pytest.raises(StoreError) as told:
        Store.open(url)
    assert "authentication failed" in str(told.value)
    assert "set PGPASSWORD" in str(told.value)
    with asking_for_a_password(tmp_path) as url, pytest.raises(StoreError) as told:
        Store.open(url.replace("anna", "anna:secret"))
    assert str(told.value).endswith("authentication failed")
    assert "secret" not in str(told.value)


def test_a_server_is_asked_whether_it_can_be_written_to(served: str) -> None:
    with Store.open(served) as store:
        store.check()
        with store._database.writing() as connection:
            connection.execute(text("ALTER TABLE counter RENAME TO mislaid"))
        with pytest.raises(StoreAwayError, match="counter") as told:
            store.check()
        assert "PGPASSWORD" not in str(told.value), "it has none, and needs none"
        with Store.open(served, create=False) as other, other._database.alone() as connection:
            connection.execute(text("ALTER TABLE mislaid RENAME TO counter"))
        store.check()


def test_the_limit_of_connecting_is_none_of_statements(served: str) -> None:
    with (
        Store.open(f"{served}&connect_timeout=1") as store,
        store._database.reading() as connection,
    ):
        driver = connection.connection.dbapi_connection
        assert driver is not None
        assert driver._usock.gettimeout() is None
    with Store.open(f"{served}&connect_timeout=0") as store:
        assert store.count() >= 0


def test_a_writer_that_never_ends_is_told(tmp_path: Path) -> None:
    with Store.open(tmp_path / "a.db") as store:
        store.commit(1, [made(1)])
    other = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with Store(Database(address(tmp_path / "a.db"), create=False, patience=0.1)) as store:
        assert store.position() == 1
        with pytest.raises(StoreError, match="locked"):
            store.commit(2, [made(2)])
        other.execute("COMMIT")
        store.commit(2, [made(2)])
        assert store.count() == 2
    other.close()


def test_a_file_that_somebody_begins_is_waited_for(tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "a.db", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="locked"):
        Database(address(tmp_path / "a.db"), create=True, patience=0.1)
    ended = threading.Timer(0.3, other.execute, ["COMMIT"])
    ended.start()
    with Store.open(tmp_path / "a.db") as store:
        store.commit(1, [made(1)])
        assert store.count() == 1
    ended.join()
    other.close()


@pytest.mark.skipif(os.name != "posix", reason="others keep files that are in use")
@pytest.mark.parametrize("anew", [False, True])
def test_a_file_that_is_gone_takes_nothing(tmp_path: Path, anew: bool) -> None:
    place = tmp_path / "store"
    with Store.open(place) as store:
        store.commit(1, [made(1)])
        store.check()
        place.rename(tmp_path / "elsewhere")
        if anew:
            Store.open(place).close()
        for work in (store.check, store.count, lambda: store.commit(2, [made(2)])):
            with pytest.raises(StoreAwayError, match="the file is gone, or is another one"):
                work()
        shutil.rmtree(place, ignore_errors=True)
        (tmp_path / "elsewhere").rename(place)
        store.check()
        store.commit(2, [made(2)])
        assert store.count() == 2


@pytest.mark.parametrize("name", ["tocsin.db", ""])
def test_a_file_that_cannot_be_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    with Store.open(tmp_path) as store:
        store.check()
        monkeypatch.setattr(os, "access", lambda path, _: path != tmp_path / name)
        with pytest.raises(StoreAwayError, match="cannot be written to"):
            store.check()
