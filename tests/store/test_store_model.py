"""Whatever engine and people do, in any order, a store is what a few dictionaries would be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from store.made import made
from tocsin.store.alert import StoredAlert
from tocsin.store.filter import Filter, Order, Sort
from tocsin.store.store import Store
from tocsin.store.triage import Act

NUMBERS = st.integers(0, 5)
SOME = st.lists(NUMBERS, max_size=5)
WORDS = st.lists(st.sampled_from(["a", "A", "b", "c c"]), max_size=3)
STATUSES = st.sampled_from(["open", "acknowledged", "closed"])

PUTS = st.tuples(
    st.just("put"),
    st.lists(st.builds(lambda n, v, s: made(n, variant=v, severity=s), NUMBERS, NUMBERS,
                       st.sampled_from(["low", "high"])), max_size=6),
)  # fmt: skip
DEEDS = st.one_of(
    PUTS,
    PUTS,
    st.tuples(st.just("status"), SOME, STATUSES),
    st.tuples(st.just("tag"), SOME, WORDS, WORDS),
    st.tuples(st.just("assign"), SOME, WORDS, WORDS),
    st.tuples(st.just("note"), SOME),
    st.tuples(st.just("delete")),
    st.tuples(st.just("open again")),
)


@dataclass
class Row:
    """What is known of an alert."""

    alert: StoredAlert
    made: int
    written: int
    number: int
    status: str = "open"
    at: int = 0
    tag: dict[str, str] = field(default_factory=dict)
    assign: dict[str, str] = field(default_factory=dict)
    notes: int = 0


class Model:
    """A store, as simply as can be."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self.number = 0
        self.deeds = 0
        self.clock = 0

    def put(self, alerts: list[StoredAlert]) -> None:
        for alert in {each.id: each for each in alerts}.values():
            row = self.rows.get(alert.id)
            if row is not None and row.alert == alert:
                continue
            self.number += 1
            if row is None:
                self.rows[alert.id] = Row(alert, self.number, self.number, self.number)
            else:
                row.alert, row.written, row.number = alert, self.number, self.number

    def touched(self, numbers: list[int]) -> list[Row]:
        names = dict.fromkeys(made(number).id for number in numbers)
        rows = [self.rows[name] for name in names if name in self.rows]
        return sorted(rows, key=lambda row: row.made)

    def did(self, row: Row) -> None:
        self.number += 1
        self.deeds += 1
        row.number = self.number

    def status(self, numbers: list[int], status: str) -> None:
        for row in self.touched(numbers):
            if row.status != status:
                row.status, row.at = status, self.clock
                self.did(row)

    def label(self, kind: str, numbers: list[int], add: list[str], remove: list[str]) -> None:
        for row in self.touched(numbers):
            there: dict[str, str] = getattr(row, kind)
            gone = {word.casefold() for word in remove}
            after = {word.casefold(): word for word in add}
            after.update({name: word for name, word in there.items() if name not in gone})
            if after.keys() != there.keys():
                setattr(row, kind, after)
                self.did(row)

    def note(self, numbers: list[int]) -> None:
        for row in self.touched(numbers):
            row.notes += 1
            self.did(row)

    def delete(self) -> None:
        gone = [name for name, row in self.rows.items() if row.status == "closed"]
        self.deeds += bool(gone)
        for name in gone:
            del self.rows[name]


def do(store: Store, model: Model, deed: tuple) -> None:
    act = Act("anna", model.clock)
    match deed:
        case ("put", alerts):
            store.commit(model.clock, alerts)
            model.put(alerts)
        case ("status", numbers, status):
            store.set_status([made(n).id for n in numbers], status, act)
            model.status(numbers, status)
        case ("tag", numbers, add, remove):
            store.tag([made(n).id for n in numbers], act, add=add, remove=remove)
            model.label("tag", numbers, add, remove)
        case ("assign", numbers, add, remove):
            store.assign([made(n).id for n in numbers], act, add=add, remove=remove)
            model.label("assign", numbers, add, remove)
        case ("note", numbers):
            store.note([made(n).id for n in numbers], "so", act)
            model.note(numbers)
        case ("delete",):
            store.delete_closed(model.clock + 1, act)
            model.delete()


def agree(store: Store, model: Model) -> None:
    kept = {alert.id: alert for alert in store.each(whole=True)}
    assert kept.keys() == model.rows.keys()
    for name, row in model.rows.items():
        found = kept[name]
        assert found.document == row.alert.document
        assert (found.severity, found.timestamp) == (row.alert.severity, row.alert.timestamp)
        assert (found.status, found.number) == (row.status, row.number)
        assert set(found.tags) == set(row.tag.values())
        assert set(found.assignees) == set(row.assign.values())
        assert len(found.notes) == row.notes
    by_number = sorted(model.rows.values(), key=lambda row: row.number)
    order = Sort(Order.CHANGED, descending=False)
    assert [alert.id for alert in store.find(Filter(), order)] == [r.alert.id for r in by_number]
    by_written = sorted(model.rows.values(), key=lambda row: row.written)
    changes = [(change.number, change.alert.id) for change in store.changes(0, 100)]
    assert changes == [(row.written, row.alert.id) for row in by_written]
    assert store.last_number() == model.number
    assert len(store.trail()) == model.deeds
    high = {row.alert.id for row in model.rows.values() if row.alert.severity == "high"}
    assert {alert.id for alert in store.find(Filter(severities=("high",)))} == high


@settings(max_examples=15)
@given(deeds=st.lists(DEEDS, max_size=12))
def test_a_store_is_what_dictionaries_would_be(places: Callable[[], str], deeds: list) -> None:
    place = places()
    store, model = Store.open(place), Model()
    try:
        for deed in deeds:
            model.clock += 1
            if deed == ("open again",):
                store.close()
                store = Store.open(place, create=False)
            else:
                do(store, model, deed)
        agree(store, model)
    finally:
        store.close()
