"""What rules remember from one scan to the next."""

import json
import shutil
from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tocsin
from engine.logins import FIRST, GUESSING, PAIR, SPRAYING, login, suppressing
from engine.parted import CUTS, EVENTS, distinct, parted, scan, scans, told
from tocsin.engine.state import StateError, open_state

ABSENT = (
    "Absent",
    "eql",
    """sequence by host.id with maxspan=10m [any where event.outcome == "failure"]
      ![any where event.outcome == "success"]""",
    "",
)
LED = (
    "Led",
    "eql",
    """sequence by host.id with maxspan=10m ![any where user.name == "bob"]
      [any where event.outcome == "failure"] [any where event.outcome == "failure"]""",
    "",
)
BOTH = (
    "Both",
    "eql",
    """sample by host.id [any where event.outcome == "failure"]
      [any where event.outcome == "success"]""",
    'from = "now-9m"',
)
ALIKE = suppressing(group_by=["user.name"], duration={"value": 10, "unit": "m"})
RULES = (PAIR, ABSENT, LED, BOTH, GUESSING, SPRAYING, FIRST, ALIKE)


@pytest.fixture(scope="module")
def rules(load):
    return load(*RULES)


@settings(max_examples=40, deadline=None)
@given(EVENTS, CUTS, st.booleans())
def test_scans_one_after_the_other_find_what_one_scan_does(
    rules, tmp_path_factory, events, cuts, named
):
    parts = parted(events, cuts, named=named)
    found = scans(parts, rules, tmp_path_factory.mktemp("state") / "kept")
    assert told(found) == told(scan([*chain(*parts)], rules))


def test_a_sequence_over_two_scans_has_both_events_whole(rules, tmp_path):
    first, second = login(0), login(5, outcome="success")
    assert scan([first], [rules[0]], tmp_path / "state") == []
    (alert,) = scan([second], [rules[0]], tmp_path / "state")
    assert alert.events == [first, second]
    assert [block["user"] for block in alert.document["tocsin.building_blocks"]] == [
        {"name": "ann"},
        {"name": "ann"},
    ]


def test_a_count_over_two_scans_names_all_events_and_samples_the_last(load, tmp_path):
    rules = load(("Many", "threshold", "host.id: *", "threshold = { field = [], value = 30 }"))
    events = distinct([login(0, f"u{n}") for n in range(30)])
    state = tmp_path / "state"
    assert scan(events[:12], rules, state) == scan(events[12:24], rules, state) == []
    (alert,) = scan(events[24:], rules, state)
    (whole,) = scan(events, rules)
    assert told([alert]) == told([whole])
    assert [one["event"]["event"]["id"] for one in alert.document["tocsin.sample"]] == [
        str(n) for n in range(20, 30)
    ]
    assert alert.events == events[20:]


def test_a_term_stays_known_until_its_window_has_passed(rules, tmp_path):
    first = [rules[6]]
    state = tmp_path / "state"
    assert len(scan([login(0)], first, state)) == 1
    assert scan([login(60)], first, state) == []
    later = {**login(0), "@timestamp": "2026-08-08T13:00:00Z"}
    assert len(scan([later], first, state)) == 1


def test_alerts_stay_suppressed_and_are_counted(rules, tmp_path):
    state = tmp_path / "state"
    (alert,) = scan([login(0), login(1)], [rules[7]], state)
    assert alert.document["kibana.alert.suppression.docs_count"] == 1
    assert scan([login(9)], [rules[7]], state) == []
    assert len(scan([login(11)], [rules[7]], state)) == 1


def test_history_teaches_beside_what_is_known(rules, tmp_path):
    first, state = [rules[6]], tmp_path / "state"
    scan([login(10)], first, state)
    assert scan([login(20, "bob")], first, state, history=[login(0, "bob")]) == []


def test_events_before_what_is_settled_are_late(load, rules, tmp_path):
    from tocsin.engine.compiled import compile_rules
    from tocsin.engine.scan import Options, Scan

    state = tmp_path / "state"
    scan([login(10)], rules, state)
    table = load(("Row", "esql", "from logs-* metadata _id | keep user.name, _id", ""))
    compiled = compile_rules([*rules, *table])
    run = Scan(compiled, tocsin.events([login(9), login(10)]), Options(state=open_state(state)))
    found = [compiled.rules[finding.rule].name for finding in run.findings()]
    run.close()
    assert run.statistics.late == 1
    assert (found.count("Alike"), found.count("Row"), found.count("First")) == (2, 2, 0)


def test_a_rule_that_changed_begins_anew_and_is_told_of(load, tmp_path):
    from tocsin.engine.compiled import compile_rules
    from tocsin.engine.scan import Options, Scan

    state = tmp_path / "state"
    scan([login(0)], load(PAIR, ABSENT), state)
    changed = (*PAIR[:2], PAIR[2].replace("10m", "11m"), PAIR[3])
    compiled = compile_rules(load(changed))
    run = Scan(
        compiled, tocsin.events([login(1, outcome="success")]), Options(state=open_state(state))
    )
    assert list(run.findings()) == []
    run.save({})
    run.close()
    assert [(name, why) for _, name, why in run.statistics.state.dropped] == [
        ("Pair", "the rule has changed"),
        ("Absent", "the rule was not run"),
    ]


def test_a_scan_that_is_not_taken_to_its_end_changes_nothing(rules, tmp_path):
    state = tmp_path / "state"
    scan([login(0)], rules, state)
    before = {file.name: file.read_bytes() for file in state.iterdir()}
    alerts = tocsin.scan(tocsin.events([login(1), login(2)]), rules, state=state)
    next(alerts)
    alerts.close()
    assert {file.name: file.read_bytes() for file in state.iterdir()} == before


def test_only_the_latest_files_stay_and_only_their_owner_reads_them(rules, tmp_path):
    state = tmp_path / "state"
    for minute in range(3):
        scan([login(minute)], rules, state)
    assert sorted(file.name for file in state.iterdir()) == [
        "events-3.ndjson",
        "lock",
        "rules-3.ndjson",
        "state.json",
        "terms-3.keys",
        "terms-3.until",
    ]
    assert {file.stat().st_mode & 0o77 for file in state.iterdir()} == {0}


def test_two_scans_at_once_do_not_share_a_folder(rules, tmp_path):
    state = tmp_path / "state"
    held = open_state(state)
    with pytest.raises(StateError, match="another run uses"):
        scan([login(0)], rules, state)
    held.close()
    assert scan([], rules, state) == []


@pytest.mark.parametrize(
    "name", ["events-1.ndjson", "rules-1.ndjson", "terms-1.keys", "state.json"]
)
@pytest.mark.parametrize("harm", ["cut", "flip", "gone"])
def test_damage_is_told_with_what_to_do(rules, tmp_path, name, harm):
    state = tmp_path / "state"
    scan([login(0)], rules, state)
    file = state / name
    content = bytearray(file.read_bytes())
    if harm == "gone" and name != "state.json":
        file.unlink()
    elif harm == "flip":
        content[len(content) // 2] ^= 0xFF
        file.write_bytes(content)
    else:
        file.write_bytes(content[: len(content) // 2])
    with pytest.raises(StateError, match=r"state\.json or a file beside it is damaged: put back"):
        scan([login(1)], rules, state)
    shutil.rmtree(state)
    assert scan([login(1)], rules, state)


def test_a_state_of_another_version_is_refused(rules, tmp_path):
    state = tmp_path / "state"
    scan([login(0)], rules, state)
    manifest = json.loads((state / "state.json").read_text())
    (state / "state.json").write_text(json.dumps({**manifest, "version": 99}))
    with pytest.raises(StateError, match="another version"):
        scan([login(1)], rules, state)


def test_a_folder_that_cannot_be_made_is_an_error(rules, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StateError, match=r"file/state cannot be used: .*; name a folder"):
        scan([login(0)], rules, tmp_path / "file" / "state")


def test_a_folder_without_a_name_is_refused():
    with pytest.raises(StateError, match="the name of the folder is empty"):
        open_state("")
