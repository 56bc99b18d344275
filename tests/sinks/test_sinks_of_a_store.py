"""Sinks and the store's own outbox: what is committed is delivered, also after a crash."""

import json

import pytest

from sinks.delivering import Outbox
from tocsin.sinks.file import FileSink
from tocsin.sinks.pump import Pump, Wants
from tocsin.sinks.sink import Outbox as Needed
from tocsin.store.alert import StoredAlert
from tocsin.store.store import Store
from tocsin.store.triage import Act


def alert(n, count=1):
    document = {
        "@timestamp": "2026-08-21T12:00:00.000Z",
        "kibana.alert.uuid": f"id-{n}",
        "kibana.alert.suppression.docs_count": count,
        "kibana.alert.workflow_status": "open",
    }
    text = json.dumps(document).encode()
    return StoredAlert(f"id-{n}", "rule", "Rule", "high", 73.0, 1_787_313_600_000, False, text)


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "tocsin.db") as store:
        yield store


def test_the_store_has_what_sinks_need(store):
    needed: Needed = store
    assert needed.last_number() == 0
    assert set(dir(Outbox())) >= {"changes", "last_number", "cursors", "move_cursor"}


def test_alerts_updates_and_what_people_do(tmp_path, store):
    out = tmp_path / "out"

    def pumped(wants=None):
        pump = Pump("out", FileSink(out), store, tmp_path, wants=wants)
        while pump.step(0, 0.0):
            pass
        lines = out.read_bytes().splitlines() if out.exists() else []
        out.unlink(missing_ok=True)
        return [json.loads(line) for line in lines]

    assert pumped() == []
    store.commit(1, [alert(1), alert(2)])
    assert [told["kibana.alert.uuid"] for told in pumped()] == ["id-1", "id-2"]
    store.commit(2, [alert(2, count=5), alert(3)])
    assert [told["kibana.alert.suppression.docs_count"] for told in pumped()] == [5, 1]
    store.set_status(["id-1"], "closed", Act("me", 1_787_313_600_000))
    assert pumped() == []
    store.forget_cursor("out")
    assert pumped() == [], "a new sink begins with what comes next"
    store.set_status(["id-1"], "open", Act("me", 1_787_313_600_000))
    (told,) = pumped(Wants(triage=True))
    assert told["kibana.alert.workflow_status"] == "open"


def test_new_alerts_that_changed_before_a_cursor_moved_say_so(store):
    """Killed behind a delivery: the alert comes as new once more, and is another by now."""
    store.commit(1, [alert(1), alert(2)])
    assert [(each.kind, each.changed) for each in store.changes(0, 9)] == [("new", False)] * 2
    store.commit(2, [alert(1, count=5)])
    told = [(each.alert.id, each.kind, each.changed) for each in store.changes(0, 9)]
    assert told == [("id-2", "new", False), ("id-1", "new", True)]
    store.set_status(["id-2"], "closed", Act("me", 1))
    told = {each.alert.id: each.changed for each in store.changes(0, 9, triage=True)}
    assert told == {"id-1": True, "id-2": True}


def test_many_alerts_over_many_steps_and_starts(tmp_path, store):
    out = tmp_path / "out"
    Pump("out", FileSink(out), store, tmp_path)
    for first in range(0, 1500, 100):
        store.commit(first, [alert(n) for n in range(first, first + 100)])
    for _ in range(4):
        Pump("out", FileSink(out), store, tmp_path).step(0, 0.0)
    told = [json.loads(line)["kibana.alert.uuid"] for line in out.read_bytes().splitlines()]
    assert told == [f"id-{n}" for n in range(1500)]
