"""What people do with alerts: it stays, it is written down, and an export shows it."""

from __future__ import annotations

import orjson
import pytest

from store.made import made
from tocsin.store.alert import ChangeKind
from tocsin.store.export import kibana_documents, line_of
from tocsin.store.kept import Kept, Note
from tocsin.store.store import Store
from tocsin.store.triage import Act, Triaged, TriageError

NOON = 1_785_585_600_000
ANNA = Act("anna", NOON)
BOB = Act("bob", NOON + 1000)


def of(store: Store, number: int) -> Kept:
    found = store.one(made(number).id)
    assert found is not None
    return found


@pytest.fixture
def three(store: Store) -> Store:
    store.put([made(number) for number in (1, 2, 3)])
    return store


def test_an_alert_begins_open_and_nobodys(three: Store) -> None:
    found = of(three, 1)
    assert (found.status, found.reason, found.status_at) == ("open", None, None)
    assert (found.tags, found.assignees, found.notes) == ((), (), ())
    assert three.trail() == []


def test_a_status_with_its_reason(three: Store) -> None:
    ids = [made(1).id, made(2).id]
    done = three.set_status(ids, "closed", ANNA, reason="false_positive")
    assert done == Triaged(2, 0, ())
    found = of(three, 2)
    assert (found.status, found.reason, found.status_at) == ("closed", "false_positive", NOON)
    assert of(three, 3).status == "open"
    assert three.set_status([*ids, made(3).id], "closed", BOB) == Triaged(1, 2, ())
    assert [of(three, n).reason for n in (1, 2, 3)] == ["false_positive", "false_positive", None]
    assert three.set_status([made(3).id], "closed", BOB, reason="other") == Triaged(1, 0, ())
    assert of(three, 3).reason == "other"
    assert three.set_status(ids, "open", BOB) == Triaged(2, 0, ())
    assert (of(three, 1).status, of(three, 1).reason) == ("open", None)
    assert of(three, 1).status_at == BOB.at


def test_what_is_so_already_is_no_deed(three: Store) -> None:
    name = made(1).id
    three.set_status([name], "acknowledged", ANNA)
    assert three.set_status([name, name, "f" * 40], "acknowledged", BOB) == Triaged(
        0, 1, ("f" * 40,)
    )
    assert of(three, 1).status_at == NOON
    assert len(three.trail()) == 1


def test_tags_and_assignees_come_and_go(three: Store) -> None:
    names = [made(1).id, made(2).id]
    three.tag(names, ANNA, add=["Lateral", "case 7"])
    three.tag(names[:1], BOB, add=["LATERAL"], remove=["Case 7", "never there"])
    assert of(three, 1).tags == ("Lateral",)
    assert of(three, 2).tags == ("case 7", "Lateral")
    three.assign(names, ANNA, add=["anna", "bob"])
    three.assign(names, ANNA, add=["carol"], remove=["*"])
    assert of(three, 1).assignees == ("carol",)
    three.assign(names, ANNA, remove=["*"])
    assert of(three, 1).assignees == ()
    assert of(three, 1).hosts == ("web-1",)


def test_the_trail_says_who_did_what_when(three: Store) -> None:
    name = made(1).id
    three.set_status([name], "acknowledged", ANNA)
    three.tag([name], ANNA, add=["b", "a"])
    three.note([name, made(2).id], "seen before", BOB)
    three.set_status([name], "closed", BOB, reason="duplicate")
    assert [deed[:3] + deed[4:] for deed in three.trail(name)] == [
        (BOB.at, "bob", "status", "acknowledged", "closed (duplicate)"),
        (BOB.at, "bob", "note", "", "seen before"),
        (NOON, "anna", "tags", "", "a, b"),
        (NOON, "anna", "status", "open", "acknowledged"),
    ]
    assert len(three.trail()) == 5
    assert len(three.trail(since=NOON + 1)) == 3
    assert three.trail(most=1)[0].action == "status"


def test_the_engine_never_touches_what_people_did(three: Store) -> None:
    name = made(1).id
    three.set_status([name], "closed", ANNA, reason="other")
    three.tag([name], ANNA, add=["kept"])
    three.assign([name], ANNA, add=["anna"])
    three.note([name], "mine", ANNA)
    three.commit(9, [made(1, host="web-2", timestamp=5, count=40, severity="low")])
    found = of(three, 1)
    assert (found.status, found.reason, found.status_at) == ("closed", "other", NOON)
    assert (found.tags, found.assignees) == (("kept",), ("anna",))
    assert found.notes == (Note(NOON, "anna", "mine"),)
    assert (found.hosts, found.timestamp, found.severity) == (("web-2",), 5, "low")
    assert orjson.loads(found.document)["count"] == 40


def test_an_export_shows_it_in_kibanas_fields(three: Store) -> None:
    name = made(1).id
    three.set_status([name], "closed", ANNA, reason="benign_positive")
    three.tag([name], ANNA, add=["x"])
    three.assign([name], BOB, add=["bob"])
    three.note([name], "why not", BOB)
    document = orjson.loads(line_of(of(three, 1)))
    assert {key: value for key, value in document.items() if "workflow" in key} == {
        "kibana.alert.workflow_status": "closed",
        "kibana.alert.workflow_status_updated_at": "2026-08-01T12:00:00.000Z",
        "kibana.alert.workflow_reason": "benign_positive",
        "kibana.alert.workflow_tags": ["x"],
        "kibana.alert.workflow_assignee_ids": ["bob"],
    }
    assert document["tocsin.notes"] == [
        {"at": "2026-08-01T12:00:01.000Z", "by": "bob", "text": "why not"}
    ]
    assert document["number"] == 1


def test_a_sequences_building_blocks_are_documents_of_kibanas(store: Store) -> None:
    name = made(1).id
    blocks = [
        {
            "kibana.alert.uuid": f"{name}-{position}",
            "kibana.alert.group.index": position,
            "kibana.alert.depth": 1,
            "process": {"pid": position},
        }
        for position in range(2)
    ]
    extra = {
        "tocsin.building_blocks": blocks,
        "kibana.alert.rule.uuid": "r",
        "kibana.alert.ancestors": [{"id": "e", "type": "event", "index": "", "depth": 0}],
    }
    store.put([made(1, **extra), made(2)])
    store.set_status([name], "acknowledged", ANNA)
    found = [(key, orjson.loads(line)) for key, line in kibana_documents(of(store, 1))]
    assert [key for key, _ in found] == [f"{name}-0", f"{name}-1", name]
    (_, first), _, (_, shell) = found
    assert first["process"] == {"pid": 0}
    assert first["kibana.alert.rule.uuid"] == "r"
    assert first["kibana.alert.workflow_status"] == "acknowledged"
    assert "tocsin.building_blocks" not in shell
    assert shell["kibana.alert.depth"] == 2
    assert [entry["type"] for entry in shell["kibana.alert.ancestors"]] == [
        "signal",
        "signal",
        "event",
    ]
    assert [key for key, _ in kibana_documents(of(store, 2))] == [made(2).id]


def test_sinks_are_told_of_triage_if_they_want(three: Store) -> None:
    three.set_status([made(2).id], "acknowledged", ANNA)
    assert [change.number for change in three.changes(0, 10)] == [1, 2, 3]
    assert three.changes(3, 10) == []
    (change,) = three.changes(3, 10, triage=True)
    assert (change.number, change.kind) == (4, ChangeKind.TRIAGED)
    assert orjson.loads(change.alert.document)["kibana.alert.workflow_status"] == "acknowledged"
    three.put([made(2, count=9)])
    (change,) = three.changes(3, 10)
    assert change.kind is ChangeKind.UPDATED
    assert orjson.loads(change.alert.document)["kibana.alert.workflow_status"] == "acknowledged"


@pytest.mark.parametrize(
    ("status", "reason", "message"),
    [("done", None, "is no status"), ("open", "other", "no reason")],
)
def test_a_status_that_is_none(three: Store, status: str, reason: str, message: str) -> None:
    with pytest.raises(TriageError, match=message):
        three.set_status([made(1).id], status, ANNA, reason=reason)


def test_all_or_nothing(three: Store) -> None:
    with pytest.raises(TriageError, match="at most 100"):
        three.tag([made(1).id], ANNA, add=[str(number) for number in range(101)])
    with pytest.raises(TriageError, match="has a name"):
        three.tag([made(1).id], ANNA, add=["good", "  "])
    with pytest.raises(TriageError, match="empty"):
        three.note([made(1).id], " \n", ANNA)
    with pytest.raises(TriageError, match="at most 65,536"):
        three.note([made(1).id], "x" * 70_000, ANNA)
    with pytest.raises(TriageError, match="actor"):
        three.note([made(1).id], "x", Act(" ", NOON))
    assert three.trail() == []
    assert three.last_number() == 3
