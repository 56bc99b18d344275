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


def test_what_was_counted_can_be_had_by_its_keys(store):
    fill(store)
    wanted = Filter(hosts=("web-1",))
    keys = store.tally(wanted).keys
    assert [kept.id for kept in store.at(keys)] == [kept.id for kept in store.find(wanted)]
    assert [kept.key for kept in store.at([keys[3], 10_000, keys[0]])] == [keys[3], keys[0]]
    assert store.at(keys[:1])[0].document


def test_few_many_and_very_many_alerts_are_found_alike(store, monkeypatch):
    fill(store)
    store.assign([f"{number:040x}" for number in range(9)], Act("a", 1), add=["Anna"])
    asked = (
        Filter(hosts=("web-1",)),
        Filter(hosts=("w*",), tags=("case",)),
        Filter(users=("*",), rules=("r1", "Rule 2")),
        Filter(assignees=("anna",), unassigned=True),
        Filter(unassigned=True),
        Filter(search="web-2"),
        Filter(search="rule", hosts=("web-0",)),
        Filter(statuses=("open", "acknowledged")),
        Filter(statuses=("closed",)),
        Filter(statuses=("open", "acknowledged", "closed")),
    )

    def found():
        return [[kept.id for kept in store.find(wanted)] for wanted in asked]

    few = found()
    assert all(few)
    for fewest, most in ((2, 100), (2, 3)):
        monkeypatch.setattr("tocsin.store.filter._FEW", fewest)
        monkeypatch.setattr("tocsin.store.filter._MANY", most)
        assert found() == few
