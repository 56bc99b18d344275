"""Tables of every version become today's; what is no store, or a newer one, is told."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest
import zstandard
from sqlalchemy import inspect, text

from store.made import made
from tocsin.store import migrations
from tocsin.store.error import StoreError
from tocsin.store.filter import Filter
from tocsin.store.store import Store
from tocsin.store.tables import METADATA
from tocsin.store.triage import Act


def run(store: Store, *statements: str, **values: object) -> None:
    with store._database.writing() as connection:
        for statement in statements:
            connection.execute(text(statement), values)


@pytest.mark.parametrize("version", range(1, migrations.VERSION + 1))
def test_every_version_becomes_todays(
    place: str, version: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "STEPS", migrations.STEPS[:version])
    monkeypatch.setattr(migrations, "VERSION", version)
    with Store.open(place) as store:
        alert = made(7, message="needle")
        run(
            store,
            "INSERT INTO alert (key, id, rule_id, rule_name, severity, risk_score, timestamp, "
            "building_block, digest, written, triaged, number, status) VALUES (1, :id, 'r', "
            "'Name', 2, 73, 5, false, :digest, 1, 0, 1, 'open')",
            id=alert.id,
            digest=b"",
        )
        run(
            store,
            "INSERT INTO document (alert, content) VALUES (1, :content)",
            "UPDATE counter SET number = 1",
            content=zstandard.compress(alert.document),
        )
    monkeypatch.undo()
    with Store.open(place, create=False) as store:
        assert [kept.id for kept in store.each()] == [alert.id]
        if version < 3:
            assert store.count(Filter(search="needle")) == 1
        store.tag([alert.id], Act("anna", 1), add=["x"])
        assert store.put([alert]).changed == 1
        assert store.count(Filter(search="needle")) == 1
        assert store.count(Filter(tags=("x",))) == 1


def test_the_tables_are_as_the_questions_have_them(store: Store) -> None:
    with store._database.reading() as connection:
        found = inspect(connection)
        for table in METADATA.sorted_tables:
            there = {column["name"] for column in found.get_columns(table.name)}
            assert there == {column.name for column in table.columns}, table.name
            keys = found.get_pk_constraint(table.name)["constrained_columns"]
            if keys:
                assert set(keys) == {column.name for column in table.primary_key}, table.name
        assert set(found.get_table_names()) >= set(METADATA.tables) - {"word"}


def test_a_newer_store_is_refused(place: str) -> None:
    with Store.open(place) as store:
        run(store, "UPDATE meta SET value = '999' WHERE name = 'schema'")
    with pytest.raises(StoreError, match=r"newer Tocsin .*schema 999.*upgrade Tocsin"):
        Store.open(place)


def test_a_version_that_is_none_is_told(place: str) -> None:
    with Store.open(place) as store:
        run(store, "UPDATE meta SET value = 'seven' WHERE name = 'schema'")
    with pytest.raises(StoreError, match="no store of Tocsin's"):
        Store.open(place)


def test_a_step_that_fails_leaves_the_store_as_it_was(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store.open(place) as store:
        store.put([made(1)])
    bad = migrations.Step("CREATE TABLE more (a {integer});\nCREATE TABLE alert (a {integer})")
    monkeypatch.setattr(migrations, "STEPS", (*migrations.STEPS, bad))
    monkeypatch.setattr(migrations, "VERSION", migrations.VERSION + 1)
    with pytest.raises(StoreError, match="already exists"):
        Store.open(place)
    monkeypatch.undo()
    with Store.open(place) as store:
        assert store.count() == 1
        with store._database.reading() as connection:
            assert not inspect(connection).has_table("more")


def test_many_open_a_new_store_at_once(place: str) -> None:
    failed: list[BaseException] = []

    def open_it(number: int) -> None:
        try:
            with Store.open(place) as store:
                store.put([made(number)])
        except BaseException as error:  # noqa: BLE001 - told below
            failed.append(error)

    threads = [threading.Thread(target=open_it, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with Store.open(place, create=False) as store:
        assert store.count() == 5


def test_no_store_is_made_unasked(place: str) -> None:
    with pytest.raises(StoreError, match="no store there"):
        Store.open(place, create=False)


def test_another_database_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "other.db"
    with sqlite3.connect(file) as other:
        other.execute("CREATE TABLE mine (a)")
    other.close()
    with pytest.raises(StoreError, match="no store of Tocsin's"):
        Store.open(file)
    (tmp_path / "text.db").write_text("not a database, by any means" * 100)
    with pytest.raises(StoreError, match="not a database"):
        Store.open(tmp_path / "text.db")
    (tmp_path / "in the way").write_text("")
    with pytest.raises(StoreError, match="cannot be made"):
        Store.open(tmp_path / "in the way" / "store")


def test_a_file_is_its_owners(tmp_path: Path) -> None:
    Store.open(tmp_path / "deep" / "store").close()
    file = tmp_path / "deep" / "store" / "tocsin.db"
    assert file.stat().st_mode & 0o077 == 0
    assert file.parent.stat().st_mode & 0o077 == 0
