"""Documents are kept byte for byte; what they say of their rule is kept once, as long as needed."""

from __future__ import annotations

from typing import Any

import orjson
from sqlalchemy import func, select

from store.made import made
from tocsin.store.alert import StoredAlert
from tocsin.store.apart import taken_apart
from tocsin.store.store import Store
from tocsin.store.tables import document, rule_part
from tocsin.store.triage import Act

ANNA = Act("anna", 1000)
RUN = b',"kibana.alert.rule.execution.uuid":'


def alert(number: int, rule: str, text: str = "", **own: Any) -> StoredAlert:
    """An alert as the engine writes it."""
    members = {"@timestamp": "2026-08-01T00:00:00.000Z", "number": number, **own}
    told = {"uuid": rule, "name": f"Rule {rule}", "note": f"{text}{rule}" * 50}
    run = {"execution.uuid": "x", "execution.timestamp": "2026-08-01T00:00:00.000Z"}
    prefixed = {f"kibana.alert.rule.{name}": value for name, value in (told | run).items()}
    line = orjson.dumps(members | prefixed | {"tocsin.detected_at": "2026-08-01T00:00:00.000Z"})
    assert taken_apart(line, "r") is not None
    return made(number, document=line)


def kept(store: Store) -> tuple[int, int]:
    """How many parts of rules there are, and how many documents without them."""
    with store._database.reading() as connection:
        parts = select(func.count()).select_from(rule_part)
        lesser = select(func.count()).where(document.c.part.is_not(None))
        return connection.execute(parts).scalar_one(), connection.execute(lesser).scalar_one()


def test_a_rules_part_is_kept_once_and_documents_are_as_they_were(store: Store) -> None:
    odd = made(9, message="a whole one", b={"c": RUN.decode()})
    given = [alert(n, f"r{n % 2}", said=RUN.decode() * (n % 3)) for n in range(6)] + [odd]
    store.put(given[:4])
    store.put(given)
    assert {one.id: one.document for one in store.each(whole=True)} == {
        one.id: one.document for one in given
    }
    assert kept(store) == (2, 6)
    assert [change.alert.document for change in store.changes(0, 9)] == [
        one.document for one in given
    ]


def test_a_limit_counts_whole_documents(store: Store) -> None:
    store.put([one := alert(1, "r")])
    size = len(one.document)
    assert store.find(whole=True, largest=size)[0].document == one.document
    assert store.find(whole=True, largest=size - 1)[0].document != one.document


def test_a_part_goes_with_the_last_document_that_needs_it(store: Store) -> None:
    store.put([alert(1, "a"), alert(2, "a"), alert(3, "b"), made(4)])
    assert kept(store) == (2, 3)
    store.put([alert(3, "b", "changed ")])
    assert kept(store) == (2, 3)
    store.put([alert(3, "a", "as it was not ")])
    assert kept(store) == (2, 3)
    for number, left in ((1, (2, 2)), (3, (1, 1)), (2, (0, 0))):
        store.set_status([made(number).id], "closed", ANNA)
        assert store.delete_closed(2000, ANNA) == 1
        assert kept(store) == left
    assert [one.document for one in store.each(whole=True)] == [made(4).document]
