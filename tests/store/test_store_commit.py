"""Alerts, the position and the snapshot go into the store together, and each alert once."""

from __future__ import annotations

import threading

import pytest

from store.made import made
from tocsin.store.alert import ChangeKind, Snapshot
from tocsin.store.store import Store
from tocsin.store.writing import Put


def test_a_new_store_is_at_the_beginning(store: Store) -> None:
    assert store.position() == 0
    assert store.snapshot() is None
    assert store.changes(0, 10) == []
    assert store.last_number() == 0
    assert store.cursors() == {}


def test_what_was_committed_is_there_when_opened_again(place: str) -> None:
    snapshot = Snapshot(40, 3, bytes(range(256)) * 40_000)
    alerts = [made(number) for number in range(3)]
    with Store.open(place) as store:
        assert store.commit(41, alerts, snapshot) == Put(3, 0, 0)
    with Store.open(place, create=False) as store:
        assert store.position() == 41
        assert store.snapshot() == snapshot
        assert [change.alert for change in store.changes(0, 10)] == alerts


def test_a_snapshot_replaces_the_one_before(store: Store) -> None:
    store.commit(1, [], Snapshot(1, 1, b"x" * (9 << 20)))
    store.commit(2, [], Snapshot(2, 1, b""))
    assert store.snapshot() == Snapshot(2, 1, b"")


def test_an_alert_twice_is_one_alert(store: Store) -> None:
    alerts = [made(number) for number in range(5)]
    store.commit(1, alerts)
    assert store.commit(2, [*alerts, made(9)]) == Put(1, 0, 5)
    assert store.last_number() == 6


def test_the_wall_clock_alone_is_no_change(store: Store) -> None:
    store.put([made(1)])
    later = {
        "tocsin.detected_at": "2027-01-01T00:00:00.000Z",
        "kibana.alert.rule.execution.uuid": "another",
    }
    assert store.put([made(1, **later)]) == Put(0, 0, 1)
    assert store.put([made(1, count=2)]) == Put(0, 1, 0)


def test_of_several_with_one_id_the_last_counts(store: Store) -> None:
    assert store.put([made(1), made(2), made(1, count=7)]) == Put(2, 0, 0)
    kept = {change.alert.id: change.alert for change in store.changes(0, 10)}
    assert kept[made(1).id] == made(1, count=7)


def test_the_outbox_gives_changes_in_the_order_of_commits(store: Store) -> None:
    store.put([made(3), made(1)])
    store.put([made(2)])
    store.put([made(3, count=2)])
    found = store.changes(0, 10)
    assert [change.alert.id for change in found] == [made(n).id for n in (1, 2, 3)]
    assert [change.number for change in found] == [2, 3, 4]
    assert {change.kind for change in found} == {ChangeKind.NEW}
    (last,) = store.changes(3, 10)
    assert (last.number, last.kind) == (4, ChangeKind.UPDATED)
    assert last.alert == made(3, count=2)
    assert [change.number for change in store.changes(0, 2)] == [2, 3]


def test_a_position_never_goes_back(store: Store) -> None:
    store.commit(10, [made(1)])
    with pytest.raises(ValueError, match="position 9 lies before 10"):
        store.commit(9, [made(2)])
    assert store.position() == 10
    assert [change.alert for change in store.changes(0, 10)] == [made(1)]


def test_engines_that_share_a_store_have_a_place_each(place: str) -> None:
    with Store.open(place) as one, Store.open(place) as two, Store.open(place) as again:
        one.commit(7)  # an engine of before there were identities
        names = [one.act_for("a" * 32), two.act_for("b" * 32), again.act_for("a" * 32)]
        if not place.startswith("postgresql"):
            assert set(names) == {"main"}
            return
        assert names == ["main", "b" * 32, "main"]
        one.commit(10, [made(1)], Snapshot(10, 1, b"a"))
        assert (two.position(), two.snapshot()) == (0, None)
        two.commit(3, [made(2)], Snapshot(3, 1, b"b"))
        assert (one.position(), two.position(), again.position()) == (10, 3, 10)
        assert again.snapshot() == Snapshot(10, 1, b"a")
        assert [change.alert for change in two.changes(0, 10)] == [made(1), made(2)]


@pytest.mark.parametrize("bad", [{"id": ""}, {"id": "a b"}, {"id": "x\0"}, {"severity": "dire"}])
def test_one_bad_alert_and_nothing_is_done(store: Store, bad: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="is no"):
        store.commit(5, [made(1), made(2, **bad)], Snapshot(5, 1, b""))
    assert store.position() == 0
    assert store.snapshot() is None
    assert store.changes(0, 10) == []


def test_cursors_stand_where_they_were_put(place: str) -> None:
    with Store.open(place) as store:
        store.move_cursor("webhook", 4)
        store.move_cursor("file", 1)
        store.move_cursor("webhook", 9)
    with Store.open(place) as store:
        assert store.cursors() == {"webhook": 9, "file": 1}
        assert (store.cursor("webhook"), store.cursor("other")) == (9, 0)
        store.forget_cursor("file")
        assert store.cursors() == {"webhook": 9}


def test_writers_take_turns(place: str) -> None:
    """Two stores with three threads each: no number is given twice, none is left out."""

    def write(store: Store, first: int) -> None:
        for number in range(first, first + 5):
            store.put([made(number), made(number + 1000)])

    with Store.open(place) as one, Store.open(place) as two:
        threads = [
            threading.Thread(target=write, args=(store, 10 * number))
            for number, store in enumerate((one, two) * 3)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        found = one.changes(0, 1000)
    assert [change.number for change in found] == list(range(1, 61))
    assert len({change.alert.id for change in found}) == 60
