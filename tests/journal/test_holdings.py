"""What there is, by data set, whether it is sealed or not."""

import json
import logging

import pytest
from making import events

from tocsin.journal.holdings import LOOKED_AT, Holdings
from tocsin.journal.journal import Journal
from tocsin.journal.sealed.archive import Archive
from tocsin.journal.sealed.facts import file_facts
from tocsin.journal.sealed.seal import seal

logging.getLogger("tocsin.journal").setLevel(logging.CRITICAL)
pytestmark = pytest.mark.usefixtures("unsynced")

NOON = 1_785_585_600_000
DAY = 86_400_000


def event(dataset, second=0, day=1, **more):
    told = {"@timestamp": f"2026-08-{day:02d}T12:00:{second:02d}Z", **more}
    return json.dumps(told | ({"data_stream": {"dataset": dataset}} if dataset else {})).encode()


LINES = [
    event("system.auth", 1, user={"name": "a"}, own={"thing": 1}),
    event("system.auth", 5, day=2, process={"args": ["a", "b", "c"]}),
    event("system.auth", 3, process={"args": ["a"]}, user={"name": None}),
    event("", 4, agent={"type": "auditbeat"}),
    b"no event",
    json.dumps({"event": {"dataset": "nginx.access"}, "message": "x"}).encode(),
]


def looked(folder, *, sealed, lines=LINES, names=None):
    with Journal(folder / "journal") as journal:
        archive = Archive(folder / "events")
        journal.append(events(*lines, accepted=NOON, names=names))
        if sealed:
            journal.turn()
            for segment in journal.segments.all()[:-1]:
                seal(journal, segment, archive)
        return Holdings(archive, journal).look()


@pytest.mark.parametrize("sealed", [False, True])
def test_events_are_counted_by_data_set_day_and_field(tmp_path, sealed):
    held = looked(tmp_path, sealed=sealed)
    sets = {one.name: one for one in held.sets}
    assert {name: one.events for name, one in sets.items()} == {
        "system.auth": 3,
        "auditbeat": 1,
        "nginx.access": 1,
    }
    auth = sets["system.auth"]
    assert auth.names == {"logs-system.auth-default"}
    assert (auth.first, auth.last) == (NOON + 1_000, NOON + DAY + 5_000)
    assert auth.days == {NOON // DAY: 2, NOON // DAY + 1: 1}
    assert auth.fields["user.name"] == 1
    assert auth.fields["process.args"] == 2
    assert auth.fields["data_stream.dataset"] == 3
    assert "own.thing" in auth.sampled
    assert "own.thing" not in auth.fields
    assert "own.thing" not in held.counted
    assert "user.name" in held.counted
    assert auth.looked == 3
    assert sets["auditbeat"].names == {"auditbeat-*"}
    assert sets["nginx.access"].names == {"logs-nginx.access-default"}
    assert (held.pending, held.unread) == (0, 0)


@pytest.mark.parametrize("sealed", [False, True])
def test_an_index_tells_where_an_event_belongs(tmp_path, sealed):
    lines = [b'{"a": 1}', b'{"a": 2}']
    names = [(".ds-logs-x.y-default-2026.08.01-000001", "1"), ("", "")]
    held = looked(tmp_path, sealed=sealed, lines=lines, names=names)
    assert {(one.name, *sorted(one.names)) for one in held.sets} == {
        ("logs-x.y-default", "logs-x.y-default"),
        ("",),
    }


def test_what_was_unsealed_is_counted_once_when_it_is_sealed(tmp_path):
    with Journal(tmp_path / "journal") as journal:
        archive = Archive(tmp_path / "events")
        holdings = Holdings(archive, journal)
        assert holdings.look().sets == ()
        for number in range(4):
            journal.append(events(event("a", number), accepted=NOON))
            assert [one.events for one in holdings.look().sets] == [2 * number + 1]
            journal.turn()
            journal.append(events(event("a", number), accepted=NOON))
            assert [one.events for one in holdings.look().sets] == [2 * number + 2]
            if number == 1:
                for segment in journal.segments.all()[:-1]:
                    seal(journal, segment, archive)
        assert [one.events for one in holdings.look().sets] == [8]


def test_files_that_are_gone_or_damaged_count_for_nothing(tmp_path):
    with Journal(tmp_path / "journal") as journal:
        archive = Archive(tmp_path / "events")
        journal.append(events(event("a"), event("b"), accepted=NOON))
        journal.turn()
        seal(journal, journal.segments.all()[0], archive)
        holdings = Holdings(archive, journal)
        first, second = (file.path for file in archive.files())
        second.write_bytes(b"PAR1 nothing PAR1")
        assert [one.name for one in holdings.look().sets] == ["a"]
        archive.remove([first])
        assert holdings.look().sets == ()


def test_only_some_events_are_looked_at_closely(tmp_path):
    lines = [event("a", x={"y": number}) for number in range(3 * LOOKED_AT)]
    [one] = looked(tmp_path, sealed=True, lines=lines).sets
    assert one.events == 3 * LOOKED_AT
    assert one.looked == LOOKED_AT


def test_hostile_names_and_depths_cost_little(tmp_path):
    deep = b'{"a":' * 190 + b"1" + b"}" * 190
    wide = json.dumps({f"f{number}": number for number in range(20_000)}).encode()
    held = looked(tmp_path, sealed=True, lines=[deep, wide, event("../../x\u202e" + "y" * 5000)])
    assert sum(one.events for one in held.sets) == 3
    assert max(len(one.sampled) for one in held.sets) <= 5_000


def test_a_time_budget_leaves_files_for_later(tmp_path):
    with Journal(tmp_path / "journal") as journal:
        archive = Archive(tmp_path / "events")
        journal.append(events(event("a"), event("b"), event("c"), accepted=NOON))
        journal.turn()
        seal(journal, journal.segments.all()[0], archive)
        now = iter(range(0, 10_000, 4))
        holdings = Holdings(archive, journal, lambda: next(now))
        assert holdings.look().pending == 2
        assert holdings.look().pending == 1
        held = holdings.look()
        assert (held.pending, len(held.sets)) == (0, 3)


def test_facts_of_a_file_with_several_parts(tmp_path):
    looked(tmp_path, sealed=True, lines=[event("a", second) for second in range(3)])
    [path] = (tmp_path / "events").rglob("*.parquet")
    facts = file_facts(path)
    assert sum(facts.events.values()) == 3
    assert facts.last - facts.first == 2_000
