"""What rules in ES|QL remember from one scan to the next: windows, and rows that go on."""

import json
from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.logins import COUNTED, NINE, login, suppressing, table
from engine.parted import (
    CUTS,
    EVENTS,
    LATER,
    latest,
    numbered,
    parted,
    plain,
    scan,
    scans,
    told,
)
from tocsin.engine.state import StateError

FEW = table("Few", "stats n = count(*) by user.name | where n < 2")
ALL = table("All", 'where event.outcome == "failure" | stats n = count(*) | where n >= 2')
NEW = table(
    "New",
    "stats first = min(@timestamp), n = count(*) by host.id"
    ' | where date_diff("minute", first, now()) <= 6',
    'from = "now-25m"\ninterval = "5m"',
)
BESIDE = table("Beside", "inline stats n = count(*) by host.id | where n == 2 | keep host.id, n")
ASKED = table(
    "Asked",
    'eval ann = kql("user.name: ann"), bob = kql("user.name: bob")'
    " | stats n = count(*) by ann, bob | where n >= 2",
)
EACH = table("Each", 'where event.outcome == "success" | eval x = concat(host.id, "!")')
HELD = suppressing(
    type_="esql",
    query="from logs-* | stats n = count(*) by user.name, host.id | where n >= 2",
    more=NINE,
    group_by=["user.name"],
    duration={"value": 10, "unit": "m"},
)
RULES = (COUNTED, FEW, ALL, NEW, BESIDE, ASKED, EACH, HELD)


@pytest.fixture(scope="module")
def rules(load):
    return load(*RULES)


@settings(max_examples=10, deadline=None)
@given(EVENTS, CUTS, st.booleans())
def test_scans_one_after_the_other_find_what_one_scan_does(
    rules, tmp_path_factory, events, cuts, named
):
    parts, folder = parted(events, cuts, named=named), tmp_path_factory.mktemp("state")
    found = scans(parts, rules, folder / "kept")
    assert told(latest(found)) == told(latest(scan([*chain(*parts)], rules, folder / "once")))


def test_a_group_that_goes_on_is_told_again_under_its_name(load, tmp_path):
    rules, folder = load(COUNTED), tmp_path / "kept"
    events = numbered([login(minute) for minute in (0, 1, 6, 8, 13)])
    (first,) = scan(events[:3], rules, folder)
    (again,) = scan(events[3:], rules, folder)
    assert first.id == again.id
    # at 12:05 two events; at 12:10 those of 12:01 to 12:10, all of them named
    assert [one["id"] for one in first.document["tocsin.events"]] == ["e0", "e1"]
    assert [one["id"] for one in again.document["tocsin.events"]] == ["e0", "e1", "e2", "e3"]
    assert again.document["n"] == 3
    assert [one["event"]["@timestamp"][14:16] for one in again.document["tocsin.sample"]] == [
        "00",
        "01",
        "06",
        "08",
    ]
    assert again.document["tocsin.ticks"]["first"] == first.document["tocsin.ticks"]["first"]
    (last,) = scan([LATER], rules, folder)
    assert (last.id, len(last.document["tocsin.events"])) == (first.id, 5)
    assert scan([LATER], rules, folder) == []


def test_what_is_not_yet_certain_waits(load, tmp_path):
    rules, folder = load(FEW), tmp_path / "kept"
    assert scan([login(1)], rules, folder) == []
    # at 12:05 there are two
    assert scan([login(2), login(30, "bob")], rules, folder) == []
    assert [alert.document["user.name"] for alert in scan([LATER], rules, folder)] == ["bob"]


def test_a_rule_that_changed_begins_anew(load, tmp_path):
    folder = tmp_path / "kept"
    scan([login(1), login(2)], load(ALL), folder)
    changed = table("All", 'where event.outcome != "success" | stats n = count(*) | where n >= 2')
    assert scan([login(4), LATER], load(changed), folder) == []
    folder = tmp_path / "other"
    scan([login(1), login(2)], load(ALL), folder)
    (alert,) = scan([login(4), LATER], load(ALL), folder)
    assert alert.document["n"] == 3


def test_damage_is_told(load, tmp_path):
    from tocsin.engine import table_memory

    rules, folder = load(COUNTED), tmp_path / "kept"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table_memory.TableMemory, "as_json", lambda _: json.dumps({"rows": [7]}))
        scan([login(1), login(2)], rules, folder)
    with pytest.raises(StateError, match="damaged"):
        scan([login(3)], rules, folder)


def test_documents_are_compared_whole():
    assert plain({"a": 1, "kibana.alert.suppression.docs_count": 2}) == {"a": 1}
