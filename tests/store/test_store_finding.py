"""Alerts are found by what they are, in any order, page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from store.made import made
from tocsin.store.error import StoreError
from tocsin.store.facets import Count, Facet, Span
from tocsin.store.filter import Filter, Order, Page, Sort
from tocsin.store.reading import place
from tocsin.store.store import Store
from tocsin.store.triage import Act

HOUR = 3_600_000
START = 1_785_542_400_000
ANNA = Act("anna", START)
DISCOVERY = {"tactic": {"id": "TA0007", "name": "Discovery"}, "technique": [{"id": "T1613"}]}
EXECUTION = {
    "tactic": {"id": "TA0002", "name": "Execution"},
    "technique": [{"id": "T1059", "subtechnique": [{"id": "T1059.004"}]}],
}


@pytest.fixture(scope="module")
def five(places: Callable[[], str]) -> Iterator[Store]:
    """Five alerts an hour apart; nothing changes them."""
    with Store.open(places()) as store:
        fill(store)
        yield store


def fill(store: Store) -> None:
    threat = "kibana.alert.rule.threat"
    many: list[dict[str, Any]] = [
        {"severity": "low", "risk_score": 21, threat: [DISCOVERY]},
        {"host": "db-1", "user": "root", threat: [EXECUTION, DISCOVERY]},
        {"host": "WEB-1", "rule_id": "rule-2", "rule_name": "Shell in a Container"},
        {"severity": "critical", "risk_score": 99, "building_block": True},
        {"host": "web-2.example.com", "message": "GET /etc/passwd from 10.20.0.11"},
    ]
    store.put([made(n, timestamp=START + n * HOUR, **each) for n, each in enumerate(many)])
    store.set_status([made(0).id], "closed", ANNA, reason="duplicate")
    store.set_status([made(1).id], "acknowledged", ANNA)
    store.tag([made(1).id, made(2).id], ANNA, add=["case 7"])
    store.assign([made(2).id], ANNA, add=["anna"])


def numbers(store: Store, wanted: Filter, sort: Sort | None = None) -> list[int]:
    found = store.find(wanted, sort or Sort(descending=False))
    assert store.count(wanted) == len(found)
    return [int(kept.id, 16) for kept in found]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Filter(), [0, 1, 2, 3, 4]),
        (Filter(statuses=("open",)), [2, 3, 4]),
        (Filter(statuses=("closed", "acknowledged")), [0, 1]),
        (Filter(reasons=("duplicate",)), [0]),
        (Filter(severities=("low", "critical")), [0, 3]),
        (Filter(rules=("rule-2",)), [2]),
        (Filter(rules=("shell in*",)), [2]),
        (Filter(rules=("*",)), [0, 1, 2, 3, 4]),
        (Filter(hosts=("web-1",)), [0, 2, 3]),
        (Filter(hosts=("WEB*",)), [0, 2, 3, 4]),
        (Filter(hosts=("*example*", "db-1")), [1, 4]),
        (Filter(hosts=("nowhere",)), []),
        (Filter(users=("root",)), [1]),
        (Filter(tactics=("TA0007",)), [0, 1]),
        (Filter(tactics=("execution",)), [1]),
        (Filter(tactics=("Dis*",)), [0, 1]),
        (Filter(techniques=("T1059.004",)), [1]),
        (Filter(techniques=("t1059*",)), [1]),
        (Filter(tags=("CASE 7",)), [1, 2]),
        (Filter(assignees=("anna",)), [2]),
        (Filter(unassigned=True), [0, 1, 3, 4]),
        (Filter(assignees=("anna",), unassigned=True), [0, 1, 2, 3, 4]),
        (Filter(since=START + HOUR, until=START + 2 * HOUR), [1, 2]),
        (Filter(building_blocks=False), [0, 1, 2, 4]),
        (Filter(building_blocks=True), [3]),
        (Filter(tags=("case 7",), hosts=("web-1",)), [2]),
        (Filter(search="shell"), [2]),
        (Filter(search="contain SHELL"), [2]),
        (Filter(search="hell"), []),
        (Filter(search="etc/passwd"), [4]),
        (Filter(search="10.20.0.11"), [4]),
        (Filter(search="10.20.0"), [4]),
        (Filter(search="20.10"), []),
        (Filter(search="example.com"), [4]),
        (Filter(search="web-2"), [4]),
        (Filter(search="../"), []),
        (Filter(search="rule", statuses=("closed",)), [0]),
        (Filter(ids=(made(3).id, "x")), [3]),
    ],
)
def test_filters(five: Store, wanted: Filter, expected: list[int]) -> None:
    assert numbers(five, wanted) == expected


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        (Order.TIME, [0, 1, 2, 3, 4]),
        (Order.SEVERITY, [0, 1, 2, 4, 3]),
        (Order.RISK, [0, 1, 2, 4, 3]),
        (Order.RULE, [0, 1, 3, 4, 2]),
        (Order.STATUS, [1, 0, 2, 3, 4]),
        (Order.CHANGED, [3, 4, 0, 1, 2]),
    ],
)
def test_orders_and_pages(five: Store, by: Order, expected: list[int]) -> None:
    for sort, wanted in ((Sort(by, False), expected), (Sort(by, True), expected[::-1])):
        assert numbers(five, Filter(), sort) == wanted
        paged: list[int] = []
        page = Page(limit=2)
        while found := five.find(Filter(), sort, page):
            paged += [int(kept.id, 16) for kept in found]
            page = Page(limit=2, after=place(found[-1], sort))
        assert paged == wanted
        assert [int(kept.id, 16) for kept in five.each(sort=sort)] == wanted
    (third,) = five.find(Filter(), Sort(by, False), Page(limit=1, offset=2))
    assert int(third.id, 16) == expected[2]


def test_only_a_whole_alert_has_its_document(five: Store) -> None:
    (bare,) = five.find(Filter(hosts=("db-1",)))
    assert (bare.document, bare.tactics) == (b"", ("TA0002", "TA0007"))
    (whole,) = five.find(Filter(hosts=("db-1",)), whole=True)
    assert whole.document
    assert whole == five.one(made(1).id)
    assert five.one("0") is None


def test_the_beginning_of_an_id_is_enough(store: Store) -> None:
    store.put([made(n, id=name) for n, name in enumerate(("0abc", "abcd", "abce", "abcf"))])
    assert store.begun("abc", 2) == ["abcd", "abce"]
    assert store.begun("abce") == ["abce"]
    assert store.begun("%") == store.begun("é") == store.begun("\0") == []


def test_counts_by_facet(five: Store) -> None:
    assert five.facet(Facet.STATUS) == [
        Count("open", "open", 3),
        Count("acknowledged", "acknowledged", 1),
        Count("closed", "closed", 1),
    ]
    assert five.facet(Facet.SEVERITY)[0] == Count("high", "high", 3)
    assert five.facet(Facet.RULE, Filter(hosts=("web-1",))) == [
        Count("rule-1", "A rule", 2),
        Count("rule-2", "Shell in a Container", 1),
    ]
    assert [(row.value.lower(), row.alerts) for row in five.facet(Facet.HOST, most=2)] == [
        ("web-1", 3),
        ("db-1", 1),
    ]
    assert five.facet(Facet.TACTIC) == [
        Count("TA0007", "Discovery", 2),
        Count("TA0002", "Execution", 1),
    ]
    assert five.facet(Facet.TAG, Filter(statuses=("open",))) == [Count("case 7", "case 7", 1)]


def test_counts_over_time(five: Store) -> None:
    assert five.over_time() == [Span(START + n * HOUR, 1) for n in range(5)]
    assert five.over_time(Filter(statuses=("open",)), 3 * HOUR) == [
        Span(START, 1),
        Span(START + 3 * HOUR, 2),
    ]


def test_counts_before_1970(store: Store) -> None:
    store.put([made(50, timestamp=-1), made(51, timestamp=-HOUR)])
    assert store.over_time() == [Span(-HOUR, 2)]


@pytest.mark.parametrize("wanted", [Filter(statuses=("x",)), Filter(severities=("High",))])
def test_a_question_that_makes_no_sense(five: Store, wanted: Filter) -> None:
    with pytest.raises(StoreError, match="is no"):
        five.find(wanted)


@pytest.mark.parametrize(
    ("by", "value"),
    [
        *(("hosts", "WEB-1"), ("users", "app"), ("rules", "rule-1"), ("tactics", "TA0007")),
        *(("tactics", "Discovery"), ("tags", "case 7"), ("assignees", "anna"), ("hosts", "nobody")),
    ],
)
@pytest.mark.parametrize(
    "rest",
    [
        {},
        {"since": START + HOUR},
        {"until": START + 2 * HOUR},
        {"since": START + HOUR, "until": START + 3 * HOUR},
        {"after": 2},
        {"upto": 4},
        {"statuses": ("open", "closed", "acknowledged")},
        {"statuses": ("open", "acknowledged")},
        {"statuses": ("acknowledged", "open"), "since": START + HOUR, "upto": 4},
    ],
)
def test_one_label_is_found_as_several_are(
    five: Store, by: str, value: str, rest: dict[str, Any]
) -> None:
    alone, twice = Filter(**{by: (value,)}, **rest), Filter(**{by: (value, value)}, **rest)
    for down in (True, False):
        sort = Sort(descending=down)
        expected = five.find(twice, sort, whole=True)
        assert five.find(alone, sort, whole=True) == expected
        assert five.find(alone, sort) == five.find(twice, sort)
        assert five.find(alone, sort, Page(limit=2, offset=1)) == five.find(
            twice, sort, Page(limit=2, offset=1)
        )
        assert list(five.each(alone, sort, whole=True)) == expected
        if expected:
            behind = Page(limit=2, after=place(expected[0], sort))
            assert five.find(alone, sort, behind) == five.find(twice, sort, behind)
    assert five.count(alone) == five.count(twice) == len(five.find(twice))


def test_a_label_follows_its_alert_to_another_time(store: Store) -> None:
    store.put([made(n, timestamp=START + n * HOUR) for n in range(3)])
    store.tag([made(0).id], ANNA, add=["moved"])
    store.put([made(0, timestamp=START + 9 * HOUR)])
    found = store.find(Filter(hosts=("web-1",)))
    assert [int(kept.id, 16) for kept in found] == [0, 2, 1]
    assert store.count(Filter(tags=("moved",), since=START + 8 * HOUR)) == 1
