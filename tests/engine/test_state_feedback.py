"""What rules that read alerts remember from one scan to the next."""

from dataclasses import replace
from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tocsin
from engine.logins import COUNTED, FIRST, GUESSING, PAIR, login, suppressing
from engine.parted import CUTS, EVENTS, LATER, latest, numbered, parted, scan, scans, told
from tocsin.engine.api import alerts
from tocsin.engine.compiled import compile_rules
from tocsin.engine.feedback import Feedback
from tocsin.engine.scan import Options, Scan
from tocsin.engine.state import open_state

ALERTS = ".alerts-security.*"


def reader(name, type_, query, more=""):
    return f"Reads {name}", type_, query, more, ALERTS


# what rules in ES|QL find is told when a tick has passed: for rules that remember it counts then
OTHERS = 'kibana.alert.rule.name: * and not kibana.alert.rule.name: "Reads tables"'
READERS = (
    reader(
        "pairs",
        "eql",
        'sequence by host.id with maxspan=30m [any where kibana.alert.rule.name == "Guessing"]'
        ' [any where kibana.alert.rule.name : ("Guessing", "First")]',
    ),
    reader(
        "counts",
        "threshold",
        OTHERS,
        'from = "now-9m"\nthreshold = { field = ["host.id"], value = 3 }',
    ),
    reader(
        "new",
        "new_terms",
        OTHERS,
        'history_window_start = "now-1h"\nnew_terms_fields = ["kibana.alert.rule.name"]',
    ),
    reader(
        "tables",
        "esql",
        f"from {ALERTS} | where kibana.alert.rule.name is not null"
        " | stats n = count(*), names = values(kibana.alert.rule.name) by host.id | where n >= 3",
        'from = "now-9m"\ninterval = "5m"',
    ),
    reader("readers", "eql", 'any where kibana.alert.rule.name == "Reads pairs"'),
    (
        *suppressing(
            type_="query",
            query='kibana.alert.rule.name: "Guessing"',
            group_by=["host.id"],
            duration={"value": 20, "unit": "m"},
        ),
        ALERTS,
    ),
)


@pytest.fixture(scope="module")
def rules(load):
    """Rules about events, and rules about their alerts."""
    return load(PAIR, GUESSING, FIRST, *READERS)


@settings(max_examples=10, deadline=None)
@given(EVENTS, CUTS, st.booleans())
def test_scans_one_after_the_other_find_what_one_scan_does(
    rules, tmp_path_factory, events, cuts, named
):
    """Where a scan ends within a moment, its alerts stand before those of the next one."""
    parts = parted(events, cuts, named=named, moments=True)
    folder = tmp_path_factory.mktemp("state")
    found = scans(parts, rules, folder / "kept")
    assert told(latest(found)) == told(latest(scan([*chain(*parts)], rules, folder / "once")))


def test_a_sequence_of_alerts_of_two_scans(rules, tmp_path):
    events = [login(minute) for minute in range(6)]
    found = scan(events[:3], rules, tmp_path / "kept")
    assert {alert.rule.name for alert in found} >= {"Guessing", "First", "Reads new"}
    found = scan(events[3:], rules, tmp_path / "kept")
    (pair,) = [alert for alert in found if alert.rule.name == "Reads pairs"]
    assert [row["rule"] for row in pair.document["kibana.alert.ancestors"] if "rule" in row]
    assert "Reads readers" in {alert.rule.name for alert in found}


def test_an_alert_that_is_told_again_counts_once(load, tmp_path):
    query = (
        f'from {ALERTS} | where kibana.alert.rule.name == "Counted"'
        " | stats n = count(*) by host.id | keep host.id, n"
    )
    counting = ("Counting", "esql", query, 'from = "now-2h"\ninterval = "5m"')
    rules, folder = load(COUNTED, counting), tmp_path / "kept"
    events = numbered([login(minute) for minute in range(0, 40, 2)])
    found = []
    for begin in range(0, len(events), 5):
        found += scan(events[begin : begin + 5], rules, folder)
    found += scan([LATER], rules, folder)
    assert len([alert for alert in found if alert.rule.name == "Counted"]) > 1
    (counted,) = [alert for alert in latest(found) if alert.rule.name == "Counting"]
    assert counted.document["n"] == 1


@pytest.mark.parametrize("kept", [False, True])
def test_what_waited_is_counted_in_any_run(rules, tmp_path, kept):
    compiled = compile_rules(rules.select())
    state = open_state(tmp_path / "kept") if kept else None
    source = tocsin.events([login(minute) for minute in range(6)])
    feedback = Feedback(compiled, source)
    scan = Scan(compiled, source, Options(state=state), sift=feedback.sift)
    found = [alert.rule.name for alert in alerts(scan, compiled, source, feedback)]
    told = scan.statistics.as_json()["state"]
    # six failures for the sequence and the count; of the alerts at least what was found
    assert told["records"] >= 12 + found.count("Guessing")
    # of the one term the first and the last sight
    assert told["sights"] >= 2
    assert told["rows"] >= len([name for name in found if name != "Reads tables"])
    assert told["waiting"] > 0
    assert (told["bytes"] > 0) == kept
    assert (told["terms"] > 0) == kept


def test_rules_that_read_alerts_may_come_and_go(rules, tmp_path):
    base = [rule for rule in rules.select() if not rule.name.startswith("Reads")]
    events = [login(minute) for minute in range(9)]
    scan(events[:3], rules, tmp_path / "kept")
    scan(events[3:6], base, tmp_path / "kept")
    found = scan(events[6:], rules, tmp_path / "kept")
    assert "Guessing" in {alert.rule.name for alert in found}
    assert "Reads pairs" not in {alert.rule.name for alert in found}


def test_what_a_table_tells_late_counts_for_rules_that_remember(load, tmp_path):
    """The alert is about events before what the first scan settled, and told in the second."""
    about = 'kibana.alert.rule.name: "Counted"'
    # at a tick the table tells of both hosts what lies up to nine minutes back
    count = ("Count", "threshold", about, "threshold = { field = [], value = 2 }")
    new = (
        "New",
        "new_terms",
        about,
        'history_window_start = "now-1h"\nnew_terms_fields = ["host.id"]',
    )
    pair = (
        "Pair of",
        "eql",
        """sequence with maxspan=1h [any where kibana.alert.rule.name == "Counted"]
          [any where kibana.alert.rule.name == "Counted"]""",
        "",
    )
    made = load(COUNTED, count, new, pair)
    rules = [
        replace(rule, index=(ALERTS,)) if rule.name != "Counted" else rule for rule in made.select()
    ]
    events = numbered(
        [login(minute, host=host) for minute in (1, 2) for host in ("h1", "h2")]
        + [login(4, host="h9", outcome="unknown")]
    )
    compiled = compile_rules(rules)
    found, late = [], 0
    for part in (events, [LATER]):
        source = tocsin.events(part)
        feedback = Feedback(compiled, source)
        options = Options(state=open_state(tmp_path / "kept"))
        one = Scan(compiled, source, options, sift=feedback.sift)
        found += [alert.rule.name for alert in alerts(one, compiled, source, feedback)]
        late += one.statistics.late
    assert found.count("Counted") == 2
    assert {"Count", "New", "Pair of"} <= set(found)
    assert late == 0
