"""Values that others chose: nothing of them is ever SQL, and all of them can be kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.made import made
from tocsin.store.error import StoreError
from tocsin.store.export import line_of
from tocsin.store.facets import Facet
from tocsin.store.filter import Filter
from tocsin.store.store import Store
from tocsin.store.triage import Act

ANNA = Act("anna", 1)
TEXT = st.text(st.characters(), max_size=40)
NASTY = [
    "'; DROP TABLE alert; --",
    '" OR 1=1 --',
    "%_\\",
    "nul\0in it",
    "half \ud800 a pair",
    "\u202eright to left",
    "{text} {0} %s %(x)s :name ?",
    "x" * (1 << 20),
    "é" * 600,
    "\U0001d518" * 600,
    "NULL",
    "*",
    " ",
    "\r\n",
]


@pytest.fixture(scope="module")
def one(places: Callable[[], str]) -> Iterator[Store]:
    with Store.open(places()) as store:
        yield store


@pytest.mark.parametrize("value", NASTY, ids=range(len(NASTY)))
def test_nasty_values_are_kept_and_found(store: Store, value: str) -> None:
    plain = value.encode("utf-8", "replace").decode()
    store.put([made(1, host=plain, user=plain, rule_name=value, rule_id=value), made(2)])
    name = made(1).id
    store.set_status([name], "closed", ANNA, reason=value)
    store.note([name], f"-{value}"[:60_000], Act(f"by {value}", 1))
    (kept,) = store.find(Filter(statuses=("closed",)), whole=True)
    assert kept.id == name
    assert len(kept.hosts[0]) <= 512
    if "*" not in value and value.strip():
        store.tag([name], ANNA, add=[value])
        for wanted in (
            Filter(hosts=(plain,)),
            Filter(rules=(value,)),
            Filter(tags=(" ".join(value.split())[:128],))
            if len(value) < 128
            else Filter(users=(plain,)),
        ):
            assert [found.id for found in store.find(wanted)] == [name]
    store.find(Filter(search=value))
    assert orjson.loads(line_of(kept))["host"]["name"] == plain
    assert store.count() == 2
    assert store.facet(Facet.HOST)
    assert store.trail(name)


@settings(max_examples=30)
@given(text=TEXT)
def test_any_text_is_a_question(one: Store, text: str) -> None:
    one.put([made(1, message="a b c"), made(2, host=text.encode("utf-8", "replace").decode())])
    wanted = Filter(search=text, hosts=(text,), rules=(text,), tactics=(text,), tags=(text,))
    assert one.find(wanted) == [] or not text.strip("*")
    for each in (
        Filter(search=text),
        Filter(hosts=(f"*{text}",)),
        Filter(reasons=("x",), ids=("y",)),
    ):
        assert len(one.find(each)) == one.count(each)
    assert one.begun(text) == [] or text in f"{1:040x}{2:040x}"


@settings(max_examples=30)
@given(word=st.from_regex(r"\A[\w.:@-]{1,20}\Z"))
def test_what_is_written_is_found_by_searching(one: Store, word: str) -> None:
    one.put([made(1, message=f"so ({word}) it is")])
    found = {kept.id for kept in one.find(Filter(search=f"it {word}"))}
    assert made(1).id in found


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"not json",
        b"[1,2]",
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
        b'{"host":{"name":"\xff\xfe"}}',
        b'{"host":{"name":"\\ud800"},"n":123456789012345678901234567890}',
        b'{"host":{"name":["a",["b",{"c":1}],null,7,true]},"kibana.alert.rule.threat":[1,{"tactic":3}]}',
        b'{"kibana.alert.rule.threat":{"tactic":{}},"tocsin.building_blocks":[{}],"tocsin.why":3}',
    ],
    ids=range(8),
)
def test_documents_of_any_shape_are_kept_byte_for_byte(store: Store, document: bytes) -> None:
    alert = made(1, document=document)
    store.put([alert, made(2)])
    assert store.put([alert]).same == 1
    assert store.changes(0, 1)[0].alert == alert
    kept = store.one(alert.id)
    assert kept is not None
    assert kept.document == document
    exported = line_of(kept)
    if b"1234567890123456789012" in document:
        assert b"123456789012345678901234567890" in exported


def test_an_alert_of_very_many_hosts_and_words(store: Store) -> None:
    many = [f"host-{number}" for number in range(5000)]
    store.put([made(1, host=many, message=" ".join(many))])
    assert store.count(Filter(hosts=("host-63",))) == 1
    kept = store.one(made(1).id)
    assert kept is not None
    assert len(kept.hosts) == 64


def test_a_pattern_that_means_too_many_is_refused(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tocsin.store.label._MOST", 300)
    store.put([made(n, host=f"h{n}") for n in range(400)])
    with pytest.raises(StoreError, match="more than 300 hosts are meant: be more exact"):
        store.count(Filter(hosts=("h*",)))
    assert store.count(Filter(hosts=("*",))) == 400
    assert store.count(Filter(hosts=("h*" + "*" * 300 + "9" + "*9" * 300,))) == 0
    assert store.count(Filter(hosts=("h3*9",))) == 11
