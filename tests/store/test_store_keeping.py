"""Retention, the run log, API keys, copies; and that questions are answered by indexes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from store.made import made
from tocsin.store.alert import RuleRun
from tocsin.store.error import StoreError
from tocsin.store.filter import Filter, Order, Sort
from tocsin.store.keys import ApiKey
from tocsin.store.store import Store
from tocsin.store.triage import Act

ANNA = Act("anna", 1000)


def numbers(store: Store) -> list[int]:
    return [int(kept.id, 16) for kept in store.each(sort=Sort(descending=False))]


def test_closed_alerts_go_when_they_are_old(store: Store) -> None:
    store.put([made(number, message="word") for number in range(5)])
    store.note([made(0).id], "x", ANNA)
    store.set_status([made(0).id, made(1).id], "closed", ANNA)
    store.set_status([made(2).id], "closed", Act("anna", 2000))
    store.set_status([made(3).id], "acknowledged", ANNA)
    assert store.delete_closed(1000, ANNA) == 0
    assert store.delete_closed(2000, ANNA) == 2
    assert numbers(store) == [2, 3, 4]
    assert store.count(Filter(search="word")) == 3
    assert [change.alert for change in store.changes(0, 9)][1:] == [
        change.alert for change in store.changes(3, 9)
    ]
    assert store.trail()[0][:4] == (1000, "anna", "delete", "")
    assert len(store.trail(made(0).id)) == 2
    assert store.put([made(0)]).new == 1
    store.compact()
    assert numbers(store) == [0, 2, 3, 4]


def test_what_a_sink_has_yet_to_get_stays(store: Store) -> None:
    store.put([made(number) for number in range(4)])
    store.set_status([made(number).id for number in range(4)], "closed", ANNA)
    store.move_cursor("fast", 4)
    store.move_cursor("slow", 2)
    assert store.delete_closed(9999, ANNA) == 2
    assert [int(change.alert.id, 16) for change in store.changes(2, 9)] == [2, 3]
    store.forget_cursor("slow")
    assert store.delete_closed(9999, ANNA) == 2


def test_numbers_never_come_again(store: Store) -> None:
    store.put([made(1)])
    store.set_status([made(1).id], "closed", ANNA)
    store.delete_closed(9999, ANNA)
    store.put([made(1)])
    (change,) = store.changes(0, 9)
    assert change.number == 3


def test_the_run_log(store: Store) -> None:
    runs = [RuleRun(f"r{n % 2}", n, n + 9, 100 * n, n, 0.5, 1000 + n, "ok") for n in range(6)]
    store.commit(1, [], runs=runs[:4])
    store.commit(2, [], runs=runs[4:])
    assert store.runs() == runs[::-1]
    assert store.runs("r1", since=1002) == [runs[5], runs[3]]
    assert store.runs(most=1) == [runs[5]]
    assert store.delete_runs(1003) == 3
    assert store.runs() == runs[:2:-1]


def test_api_keys(store: Store) -> None:
    first = ApiKey("k1", "beats", b"\x00hash", ("ingest",), 1)
    second = ApiKey("k2", "people", b"other", ("read", "admin"), 2)
    store.add_key(second, ANNA)
    store.add_key(first, ANNA)
    assert store.keys() == [first, second]
    with pytest.raises(StoreError, match="there is a key k1 already"):
        store.add_key(first, ANNA)
    assert store.revoke_key("k1", Act("bob", 50))
    assert not store.revoke_key("k1", Act("bob", 60))
    assert not store.revoke_key("k9", ANNA)
    assert store.keys()[0] == first._replace(revoked=50)
    assert [(deed.actor, deed.action) for deed in store.trail()] == [
        ("bob", "key"),
        ("anna", "key"),
        ("anna", "key"),
    ]


def test_a_copy_is_one_moment_of_a_store(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store") as store:
        store.commit(7, [made(1), made(2)])
        store.backup(tmp_path / "copy.db")
        store.commit(8, [made(3)])
        with pytest.raises(StoreError, match="there is a file already"):
            store.backup(tmp_path / "copy.db")
    with Store.open(tmp_path / "copy.db", create=False) as copy:
        assert (copy.position(), numbers(copy)) == (7, [1, 2])


def test_a_full_disk_is_told_and_nothing_is_done(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store") as store:
        store.commit(1, [made(1)])

        @event.listens_for(store._database._engine, "begin")
        def full(connection: Any) -> None:
            connection.exec_driver_sql("PRAGMA max_page_count = 1").close()

        big = [made(n, message=f"{n * 7919:x} " * 3000) for n in range(2, 60)]
        with pytest.raises(StoreError, match="full"):
            store.commit(2, big)
        assert store.position() == 1
        assert numbers(store) == [1]


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with Store.open(tmp_path_factory.mktemp("many")) as store:
        store.put([made(number) for number in range(2100)])
        store.compact()
        yield store


@pytest.mark.parametrize(
    "wanted",
    [
        Filter(),
        Filter(statuses=("open",)),
        Filter(statuses=("open", "acknowledged")),
        Filter(since=5, until=9),
        Filter(rules=("rule-1",)),
        Filter(hosts=("web-1",), users=("app",)),
        Filter(search="web"),
        Filter(assignees=("anna",), unassigned=True),
    ],
)
@pytest.mark.parametrize("sort", [Sort(), Sort(Order.SEVERITY), Sort(Order.RULE, False)])
def test_no_question_reads_all_alerts_and_sorts_them(
    many: Store, wanted: Filter, sort: Sort
) -> None:
    """By SQLite's own account of what it does, with many alerts."""
    asked: list[tuple[str, Any]] = []

    def note(*call: Any) -> None:
        asked.append(call[2:4])

    engine = many._database._engine
    event.listen(engine, "before_cursor_execute", note)
    many.find(wanted, sort)
    event.remove(engine, "before_cursor_execute", note)
    plans = []
    with many._database.reading() as connection:
        by = re.compile(r"ORDER BY (alert|label\.timestamp)\b")
        sorting = [row for row in asked if by.search(row[0])]
        for statement, parameters in sorting:
            found = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans += [row[-1] for row in found]
    assert plans
    for step in plans:
        assert not step.startswith("SCAN alert") or "INDEX" in step, plans
    if sort.by is Order.TIME or wanted == Filter():
        assert not [step for step in plans if "ORDER BY" in step], plans
