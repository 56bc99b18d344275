"""Counting at once what the latest alerts have in common."""

from made import made

from tocsin.store.facets import Facet
from tocsin.store.filter import Filter
from tocsin.store.triage import Act


def fill(store):
    store.put(
        [
            made(
                number,
                host=f"Web-{number % 3}",
                severity="low" if number % 2 else "high",
                rule_id=f"r{number % 4}",
                rule_name=f"Rule {number % 4}",
            )
            for number in range(40)
        ]
    )
    store.set_status([f"{number:040x}" for number in range(5)], "closed", Act("a", 1))
    store.tag([f"{number:040x}" for number in range(7)], Act("a", 1), add=["Case"])


def test_all_are_counted_as_facets_count_them(store):
    fill(store)
    for wanted in (Filter(), Filter(statuses=("open",)), Filter(hosts=("web-1",))):
        tally = store.tally(wanted)
        assert (tally.total, tally.counted) == (store.count(wanted),) * 2
        for facet in Facet:
            expected = {(row.name, row.alerts) for row in store.facet(facet, wanted)}
            assert {(row.name, row.alerts) for row in tally.counts[facet]} == expected
        assert len(tally.times) == tally.total


def test_of_many_the_latest_are_counted(store):
    fill(store)
    tally = store.tally(latest=10, most=2)
    assert (tally.total, tally.counted) == (40, 10)
    assert list(tally.times) == sorted(tally.times, reverse=True)
    assert tally.counts[Facet.STATUS] == [("open", "open", 10)]
    assert len(tally.counts[Facet.HOST]) == 2
    assert tally.counts[Facet.HOST][0][0].startswith("Web-")


def test_nothing_is_counted_where_nothing_is(store):
    tally = store.tally()
    assert (tally.total, tally.counted, list(tally.times)) == (0, 0, [])
    assert not any(tally.counts.values())
