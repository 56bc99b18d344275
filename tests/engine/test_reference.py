"""The reference's clock: against one that looks at everything anew, and the known cases."""

import json
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "oracle"))
import reference_clock as slow

import tocsin
from tocsin.alerts.iso import iso
from tocsin.engine.api import alerts
from tocsin.engine.compiled import compile_rules
from tocsin.engine.reference import ReferenceScan
from tocsin.engine.reference.compare import Shape, compared
from tocsin.engine.reference.ordered import Ordered
from tocsin.engine.reference.runs import Outage, Runs, Window
from tocsin.engine.scan import Options, Scan
from tocsin.rules.rule import Rule

BEGIN = 1_767_225_600
NEVER = Outage(0, 0)
SEQUENCE = (
    'sequence by host.id with maxspan=60s [process where process.name == "a"] '
    '[process where process.name == "b"]'
)
MISSING = (
    'sequence by host.id with maxspan=60s [process where process.name == "a"] '
    '![process where process.name == "b"]'
)


def event(number, at, came, name, host):
    return {
        "@timestamp": (BEGIN + at) * 1000,
        "event": {"category": "process", "ingested": (BEGIN + came) * 1000, "sequence": number},
        "process": {"name": name},
        "host": {"id": host},
    }


def rule(query, every=300, back=360, **more):
    more = {"type": "eql", "language": "eql", **more}
    return Rule(id="r", name="R", query=query, from_=f"now-{back}s", interval=f"{every}s", **more)


def indicator(host):
    return {
        "@timestamp": BEGIN * 1000,
        "event": {"kind": "enrichment", "category": "threat", "type": "indicator"},
        "threat": {"indicator": {"host": host}},
    }


def kql(kind, **more):
    return rule("process.name: a", type=kind, language="kuery", **more)


def run(one, events, outage=NEVER):
    """The alerts under the reference's clock, and the row of the comparison."""
    given = [event(number, *row) for number, row in enumerate(events)]
    source = tocsin.events(given)
    compiled = compile_rules([one])
    assert compiled.plans[0] is not None, compiled.diagnostics
    scan = ReferenceScan(compiled, source, outages=[outage] if outage != NEVER else [])
    found = list(alerts(scan, compiled, source))
    return found, scan.statistics.reference.get("r")


def tocsin_time(text):
    """Seconds since 1970."""
    return int(datetime.fromisoformat(text).timestamp())


def numbers(found):
    return {
        tuple(None if one is None else one["event"]["sequence"] for one in alert.events)
        for alert in found
    }


ROWS = st.lists(
    st.tuples(
        st.integers(0, 1800),
        st.sampled_from([0, 0, 1, 30, 200, 700]),
        st.sampled_from("aab"),
        st.sampled_from("xy"),
    ),
    min_size=1,
    max_size=18,
    unique_by=lambda row: row[0],
)
SCHEDULES = st.sampled_from([(300, 360), (300, 540), (60, 120), (120, 60), (300, 300), (60, 600)])
OUTAGES = st.sampled_from([(0, 0), (600, 900), (300, 1700)])


def drawn(rows, outage):
    """Events with the times at which they came, and the outage, on the clock of the oracle."""
    events = [(BEGIN + at, BEGIN + at + late, name, host) for at, late, name, host in rows]
    given = [(at, at + late, name, host) for at, late, name, host in rows]
    if outage == (0, 0):
        return events, given, outage, NEVER
    first, last = (BEGIN + second for second in outage)
    return events, given, (first, last), Outage(first * 1000, last * 1000)


@settings(max_examples=60, deadline=None)
@given(ROWS, SCHEDULES, OUTAGES, st.integers(1, 4), st.booleans())
def test_single_events(rows, schedule, outage, most, latest):
    events, given, slow_outage, quick_outage = drawn(rows, outage)
    every, back = schedule
    one = rule('process where process.name == "a"', every, back, max_signals=most)
    if not latest:
        one = kql("query", every=every, back=back, max_signals=most)
    found, row = run(one, given, quick_outage)
    expected = slow.singles(events, every, back, slow_outage, most, latest)
    assert numbers(found) == expected
    if row is not None:
        assert row["same"] == len(expected)
        assert row["same"] + row["lost"] == sum(name == "a" for *_, name, _ in events)


@settings(max_examples=60, deadline=None)
@given(ROWS, SCHEDULES, OUTAGES, st.sampled_from([SEQUENCE, MISSING]))
def test_sequences(rows, schedule, outage, query):
    events, given, slow_outage, quick_outage = drawn(rows, outage)
    one = rule(query, *schedule, max_signals=1000)
    plain = compile_rules([one])

    def find(some):
        made = [event(n, at - BEGIN, 0, *more) for n, (at, _, *more) in enumerate(some)]
        source = tocsin.events(made)
        return numbers(alerts(Scan(plain, source), plain, source))

    found, row = run(one, given, quick_outage)
    expected = slow.joined(events, *schedule, slow_outage, find)
    assert numbers(found) == expected
    ours = find([(at, 0, *more) for at, _, *more in events])
    fates = slow.fates(ours, expected)
    if row is not None:
        assert row["same"] == fates["same"]
        assert row["lost"] + row["altered"] == fates["ours"]
        assert row["invented"] + row["doubled"] <= fates["theirs"]


@settings(max_examples=50, deadline=None)
@given(ROWS, SCHEDULES, OUTAGES, st.integers(1, 3))
def test_thresholds(rows, schedule, outage, least):
    events, given, slow_outage, quick_outage = drawn(rows, outage)
    every, back = schedule
    raw = {"threshold": {"field": ["host.id"], "value": least}}
    one = kql("threshold", every=every, back=back, raw=raw, max_signals=1000)
    found, _ = run(one, given, quick_outage)
    expected = slow.thresholds(events, every, back, slow_outage, least)
    assert {(*alert.join_keys, *_ids(alert, given)) for alert in found} == expected


@settings(max_examples=50, deadline=None)
@given(ROWS, SCHEDULES, OUTAGES)
@example([(540, 0, "a", "x"), (1201, 0, "a", "x")], (60, 600), (300, 1700))
@example([(1261, 0, "a", "x"), (1321, 0, "a", "x")], (120, 60), (300, 1700))
def test_new_terms(rows, schedule, outage):
    events, given, slow_outage, quick_outage = drawn(rows, outage)
    every, back = schedule
    more = {"new_terms_fields": ("host.id",), "history_window_start": "now-1200s"}
    one = kql("new_terms", every=every, back=back, max_signals=1000, **more)
    found, _ = run(one, given, quick_outage)
    expected = slow.new_terms(events, every, back, slow_outage, 1200)
    assert {(*alert.join_keys, *_ids(alert, given)) for alert in found} == expected


@settings(max_examples=80, deadline=None)
@given(ROWS, SCHEDULES, OUTAGES, st.sampled_from([None, 1, 10, 25]), st.booleans())
def test_suppression(rows, schedule, outage, minutes, history):
    events, given, slow_outage, quick_outage = drawn(rows, outage)
    every, back = schedule
    raw = {"alert_suppression": {"group_by": ["host.id"]}}
    if minutes is not None:
        raw["alert_suppression"]["duration"] = {"value": minutes, "unit": "m"}
    one = rule('process where process.name == "a"', every, back, raw=raw)
    if history:
        one = kql("query", every=every, back=back, raw=raw)
    found, row = run(one, given, quick_outage)
    duration = None if minutes is None else 60 * minutes
    expected = slow.folded(events, every, back, slow_outage, duration, history=history)
    count = "kibana.alert.suppression.docs_count"
    assert {(next(iter(numbers([a])))[0], a.document[count]) for a in found} == expected
    if row is not None:
        assert row["same"] + row["altered"] + row["lost"] > 0 or not found


def _ids(alert, given):
    """The numbers of an alert's events by their times, which differ."""
    times = {(BEGIN + row[0]) * 1000: number for number, row in enumerate(given)}
    return [times[event["@timestamp"]] for event in alert.events]


class TestKnownCases:
    def test_a_sequence_across_the_edge_of_a_window_is_lost(self):
        query = SEQUENCE.replace("60s", "5m")
        rows = [(200, 200, "a", "x"), (430, 430, "b", "x")]
        found, row = run(rule(query), rows)
        assert found == []
        assert (row["lost"], row["lost_by_reason"]) == (1, {"window": 1})
        found, row = run(rule(query, back=600), rows)
        assert (len(found), row["same"]) == (1, 1)

    def test_an_absence_is_invented_at_the_edge(self):
        rows = [(299, 299, "a", "x"), (310, 310, "b", "x")]
        found, row = run(rule(MISSING), rows)
        assert numbers(found) == {(0, None)}
        assert (row["same"], row["invented"]) == (0, 1)

    def test_an_event_that_comes_late_is_lost_unless_the_rule_goes_by_its_arrival(self):
        rows = [(10, 900, "a", "x")]
        query = 'process where process.name == "a"'
        found, row = run(rule(query), rows)
        assert found == []
        assert row["lost_by_reason"] == {"late": 1}
        found, row = run(rule(query, timestamp_override="event.ingested"), rows)
        assert (len(found), row["same"]) == (1, 1)

    def test_without_the_field_the_event_s_own_time_is_taken_unless_the_rule_forbids_it(self):
        query = 'process where process.name == "a"'
        one = {**event(0, 10, 10, "a", "x")}
        del one["event"]["ingested"]
        for raw, expected in (({}, 1), ({"timestamp_override_fallback_disabled": True}, 0)):
            compiled = compile_rules([rule(query, timestamp_override="event.created", raw=raw)])
            source = tocsin.events([one])
            found = list(alerts(ReferenceScan(compiled, source), compiled, source))
            assert len(found) == expected

    def test_more_alerts_than_a_run_may_tell(self):
        rows = [(n, n, "a", "x") for n in range(1, 151)]
        found, row = run(rule('process where process.name == "a"'), rows)
        assert (len(found), row["lost_by_reason"]) == (100, {"max_signals": 50})
        # what KQL has not told yet waits for the next run, while that still sees it
        _, row = run(kql("query", back=660), rows)
        assert (row["same"], row["lost"]) == (150, 0)

    def test_more_groups_than_a_run_may_tell(self):
        rows = [(10, 10, "a", "x"), (20, 20, "a", "y"), (30, 30, "a", "y")]
        raw = {"threshold": {"field": ["host.id"], "value": 1}}
        found, row = run(kql("threshold", raw=raw, max_signals=1), rows)
        assert [alert.join_keys for alert in found] == [("x",)]
        assert (row["same"], row["lost_by_reason"]) == (1, {"max_signals": 2})
        # what was not told is counted again by the next run, while that still sees it
        found, row = run(kql("threshold", back=660, raw=raw, max_signals=1), rows)
        assert [alert.join_keys for alert in found] == [("x",), ("y",)]

    def test_catching_up_ends_after_four_windows(self):
        rows = [(n * 300 + 10, n * 300 + 10, "a", "x") for n in range(12)]
        outage = Outage((BEGIN + 300) * 1000, (BEGIN + 3300) * 1000)
        found, row = run(rule('process where process.name == "a"'), rows, outage)
        assert numbers(found) == {(n,) for n in (0, 6, 7, 8, 9, 10, 11)} - {(0,)}
        assert row["lost"] == 6

    @pytest.mark.parametrize(
        ("first", "last", "numbers_told"),
        [
            ("1990-12-01", "now", {(0,), (1,), (2,)}),
            ("now-60s", "2026-01-01T00:21:30Z", {(0,), (2,)}),
            ("1990-12-01", "2026-01-01T00:21:30Z", {(0,), (2,)}),
        ],
    )
    def test_windows_with_fixed_dates_come_to_an_end(self, first, last, numbers_told):
        rows = [(1261, 0, "a", "x"), (1321, 0, "a", "x"), (100, 100, "a", "y")]
        more = {"new_terms_fields": ("host.id",), "history_window_start": "now-1200s"}
        one = replace(kql("new_terms", every=120, **more), from_=first, to=last)
        assert numbers(run(one, rows)[0]) == numbers_told

    @pytest.mark.parametrize(("most", "told"), [(100, {(0,), (1,)}), (1, {(0,), (1,)})])
    def test_new_terms_of_all_time(self, most, told):
        rows = [(10, 10, "a", "x"), (20, 20, "a", "y"), (700, 700, "a", "x")]
        more = {"new_terms_fields": ("host.id",), "history_window_start": "2020-01-01"}
        one = replace(kql("new_terms", max_signals=most, **more), from_="2021-01-01")
        assert numbers(run(one, rows)[0]) == told

    def test_a_late_first_sight_doubles_a_new_term(self):
        rows = [(100, 100, "a", "x"), (90, 400, "a", "x")]
        more = {"new_terms_fields": ("host.id",), "history_window_start": "now-1h"}
        found, row = run(kql("new_terms", back=660, **more), rows)
        assert {alert.events[0]["event"]["sequence"] for alert in found} == {0, 1}
        assert (row["same"], row["doubled"]) == (1, 1)

    def test_indicator_matches_are_told_as_events_are(self):
        entries = [{"field": "host.id", "type": "mapping", "value": "threat.indicator.host"}]
        raw = {"threat_mapping": [{"entries": entries}]}
        one = kql("threat_match", raw=raw)
        compiled = compile_rules([one])
        rows = [(10, 900, "a", "x"), (20, 20, "a", "x"), (30, 30, "a", "y")]
        given = [event(number, *row) for number, row in enumerate(rows)]
        source = tocsin.events(given)
        options = Options(indicators=tocsin.events([indicator("x"), indicator("x")]))
        scan = ReferenceScan(compiled, source, options)
        [found] = alerts(scan, compiled, source)
        assert found.events == [given[1]]
        assert len(found.document["threat.enrichments"]) == 2
        row = scan.statistics.reference["r"]
        assert (row["same"], row["lost_by_reason"]) == (1, {"late": 1})

    def test_indicator_matches_are_told_from_the_newest_on(self):
        entries = [{"field": "host.id", "type": "mapping", "value": "threat.indicator.host"}]
        one = kql("threat_match", raw={"threat_mapping": [{"entries": entries}]}, max_signals=1)
        compiled = compile_rules([one])
        given = [event(n, at, at, "a", "x") for n, at in enumerate((10, 20, 250))]
        source = tocsin.events(given)
        scan = ReferenceScan(compiled, source, Options(indicators=tocsin.events([indicator("x")])))
        assert numbers(alerts(scan, compiled, source)) == {(2,)}
        assert scan.statistics.reference["r"]["lost_by_reason"] == {"max_signals": 2}

    def test_what_a_run_reads_later_of_its_group_may_be_earlier(self):
        raw = {
            "threat_mapping": [
                {
                    "entries": [
                        {"field": "host.id", "type": "mapping", "value": "threat.indicator.host"}
                    ]
                }
            ],
            "alert_suppression": {"group_by": ["host.id"]},
        }
        compiled = compile_rules([kql("threat_match", raw=raw, max_signals=2)])
        source = tocsin.events([event(n, at, at, "a", "x") for n, at in enumerate((10, 20, 250))])
        scan = ReferenceScan(compiled, source, Options(indicators=tocsin.events([indicator("x")])))
        [found] = alerts(scan, compiled, source)
        folded = "kibana.alert.suppression"
        assert found.document[f"{folded}.docs_count"] == 2
        assert found.document[f"{folded}.start"] == iso((BEGIN + 10) * 1000)
        assert found.document[f"{folded}.end"] == iso((BEGIN + 250) * 1000)
        assert found.document["kibana.alert.original_time"] == iso((BEGIN + 20) * 1000)

    def test_events_that_come_behind_what_was_counted_are_not_counted_by_kql(self):
        rows = [(100, 100, "a", "x"), (50, 310, "a", "x"), (310, 310, "a", "x")]
        raw = {"alert_suppression": {"group_by": ["host.id"]}}
        found, row = run(kql("query", back=660, raw=raw), rows)
        assert numbers(found) == {(0,), (2,)}
        assert row["same"] + row["altered"] + row["lost"] == 1

    def test_an_event_of_two_groups_has_a_name_in_each(self):
        rows = [(10, 10, "a", ["x", "y"]), (20, 20, "a", "x"), (700, 700, "a", ["x", "y"])]
        raw = {"alert_suppression": {"group_by": ["host.id"]}}
        one = kql("query", raw=raw)
        found, _ = run(one, rows)
        names = [alert.id for alert in found]
        assert len(names) == len(set(names)) == 4
        mine = tocsin.scan([event(number, *row) for number, row in enumerate(rows)], [one])
        assert {alert.id for alert in mine} == set(names)

    def test_missing_values_stand_alone_if_the_rule_says_so(self):
        rows = [(10, 10, "a", "x"), (20, 20, "a", "x"), (30, 30, "a", "x")]
        raw = {"group_by": ["user.name"], "missing_fields_strategy": "doNotSuppress"}
        for kind in ("query", "eql"):
            for strategy, expected in (("doNotSuppress", 3), ("suppress", 1)):
                more = {"alert_suppression": {**raw, "missing_fields_strategy": strategy}}
                one = rule('process where process.name == "a"', raw=more)
                found, _ = run(one if kind == "eql" else kql("query", raw=more), rows)
                assert len(found) == expected

    @pytest.mark.parametrize(("minutes", "told"), [(5, 3), (60, 1)])
    def test_sequences_and_thresholds_are_suppressed_run_by_run(self, minutes, told):
        rows = [row for n in range(3) for row in ((n * 600 + 10,) * 2, (n * 600 + 20,) * 2)]
        rows = [(*row, "ab"[n % 2], "x") for n, row in enumerate(rows)]
        suppression = {"duration": {"value": minutes, "unit": "m"}}
        grouped = {"alert_suppression": {"group_by": ["host.id"], **suppression}}
        found, row = run(rule(SEQUENCE, raw=grouped), rows)
        assert (len(found), row["same"]) == (told, told)
        raw = {"threshold": {"field": ["host.id"], "value": 1}, "alert_suppression": suppression}
        found, row = run(kql("threshold", raw=raw), rows)
        assert (len(found), row["same"]) == (told, told)

    def test_what_is_suppressed_leaves_room_for_more_new_terms(self):
        rows = [(10 + n, 10 + n, "a", f"x{n:02d}") for n in range(12)]
        raw = {"alert_suppression": {"group_by": ["process.name"]}}
        more = {"new_terms_fields": ("host.id",), "history_window_start": "now-1h"}
        [found], _ = run(kql("new_terms", raw=raw, max_signals=2, **more), rows)
        assert found.document["kibana.alert.suppression.docs_count"] == 9

    def test_more_groups_of_new_terms_than_a_run_may_tell_are_lost_to_max_signals(self):
        rows = [(10 + n, 10 + n, "a", f"x{n}") for n in range(3)]
        raw = {"alert_suppression": {"group_by": ["host.id"]}}
        more = {"new_terms_fields": ("host.id",), "history_window_start": "now-1h"}
        found, row = run(kql("new_terms", raw=raw, max_signals=1, **more), rows)
        assert (len(found), row["lost_by_reason"]) == (1, {"max_signals": 2})

    def test_a_run_in_esql_counts_one_page_and_the_next_goes_on(self):
        rows = [(10 + n, 10 + n, "a", "x") for n in range(8)]
        raw = {"alert_suppression": {"group_by": ["host.id"]}}
        query = "from logs-* metadata _id"
        one = rule(query, back=660, type="esql", language="esql", raw=raw, max_signals=2)
        found, row = run(one, rows)
        count = "kibana.alert.suppression.docs_count"
        assert [alert.document[count] for alert in found] == [2, 2]
        assert row["same"] == 1

    def test_matches_of_several_events_are_suppressed_by_the_time_of_the_rule(self):
        rows = [(20, 450, "a", "y"), (400, 10, "a", "x")]
        duration = {"group_by": ["process.name"], "duration": {"value": 1, "unit": "h"}}
        more = {"new_terms_fields": ("host.id",), "history_window_start": "now-1h"}
        raw = {"alert_suppression": duration}
        one = kql("new_terms", raw=raw, timestamp_override="event.ingested", **more)
        [found], _ = run(one, rows)
        told = [found.document[f"kibana.alert.suppression.{key}"] for key in ("start", "end")]
        assert told == [iso((BEGIN + at) * 1000) for at in (10, 450)]
        assert found.document["kibana.alert.suppression.docs_count"] == 1

    def test_a_suppressed_match_is_of_the_latest_time_that_the_rule_gives_its_events(self):
        rows = [(20, 130, "a", "x"), (40, 100, "b", "x")]
        raw = {"alert_suppression": {"group_by": ["host.id"]}}
        [found], _ = run(rule(SEQUENCE, raw=raw, timestamp_override="event.ingested"), rows)
        assert found.document["kibana.alert.suppression.start"] == iso((BEGIN + 130) * 1000)

    def test_no_suppression(self):
        rows = [(10, 10, "a", "x"), (20, 20, "a", "x")]
        one = kql("query", raw={"alert_suppression": {"group_by": ["host.id"]}})
        compiled = compile_rules([one])
        source = tocsin.events([event(n, *row) for n, row in enumerate(rows)])
        scan = ReferenceScan(compiled, source, Options(suppression=False))
        assert len(list(alerts(scan, compiled, source))) == 2

    def test_rules_may_begin_at_moments_of_their_own(self):
        runs = Runs(rule("any where true"), offset=7_000)
        assert [runs.at_or_after(n) for n in (0, 7_000, 7_001)] == [7_000, 7_000, 307_000]
        assert runs.before(307_000) == 7_000
        runs = Runs(rule("any where true"), [Outage(300_000, 900_000)], 7_000)
        assert (runs.at_or_after(8_000), runs.before(907_000)) == (907_000, 7_000)

    def test_rows_of_esql(self):
        """One alert an event; of what is counted, one more each time that it is counted again."""
        rows = [(10, 900, "a", "x"), (20, 20, "a", "x"), (40, 40, "b", "x")]
        query = 'from logs-* metadata _id, _version, _index | where process.name == "a"'
        plain = rule(f"{query} | keep *", type="esql", language="esql")
        found, row = run(plain, rows)
        assert numbers(found) == {(1,)}
        assert (row["same"], row["lost"]) == (1, 1)
        many = 'from logs-* | where process.name == "a" | stats n = count(*) by host.id'
        found, row = run(rule(many, back=960, type="esql", language="esql"), rows)
        assert len(found) == row["same"] == 1
        assert row["doubled"] == 2

    @pytest.mark.parametrize(
        ("duration", "hosts", "expected", "doubled"),
        [
            # runs at 300, 600 and 900 see x, those at 600 and 900 y as well, and that at 1200 y
            (None, "doNotSuppress", [(300, None), (600, None)], 4),
            (None, "suppress", [(300, 0), (1200, 0)], 2),
            # those of 300 and 600 are one, those of 900 and 1200 another about x
            (5, "suppress", [(300, 2)], 1),
            (60, "suppress", [(300, 5)], 0),
        ],
    )
    def test_rows_that_are_counted_again_are_suppressed(self, duration, hosts, expected, doubled):
        """By run; alerts that event time has told are counted when they are told again."""
        every = [(10, 10, "a", "x"), (410, 410, "a", "y")]
        given = {"group_by": ["none" if hosts == "doNotSuppress" else "process.name"]}
        given["missing_fields_strategy"] = hosts
        if duration is not None:
            given["duration"] = {"value": duration, "unit": "m"}
        query = "from logs-* | stats n = count(*) by host.id, process.name"
        one = rule(query, back=900, type="esql", language="esql", raw={"alert_suppression": given})
        found, row = run(one, every)
        told = [
            (
                tocsin_time(alert.document["tocsin.run"]) - BEGIN,
                alert.document.get("kibana.alert.suppression.docs_count"),
            )
            for alert in found
        ]
        assert sorted(told) == expected
        assert (row["same"], row["doubled"]) == (len(expected), doubled)

    def test_alerts_that_agree_are_the_same_documents(self):
        rows = [(10, 10, "a", "x"), (20, 20, "b", "x")]
        for one in (rule(SEQUENCE), rule('process where process.name == "a"')):
            found, _ = run(one, rows)
            given = [event(number, *row) for number, row in enumerate(rows)]
            [mine] = tocsin.scan(given, [one])
            assert [alert.id for alert in found] == [mine.id]


class TestRuns:
    def test_windows(self):
        runs = Runs(rule("any where true"))
        assert runs.at_or_after(1) == 300_000
        assert runs.at_or_after(300_000) == 300_000
        assert runs.windows(600_000) == (Window(240_000, 600_000),)

    def test_after_an_outage(self):
        runs = Runs(rule("any where true"), [Outage(500_000, 2_950_000)])
        assert runs.at_or_after(400_000) == 3_000_000
        assert runs.before(3_000_000) == 300_000
        assert [window.last for window in runs.windows(3_000_000)] == [
            1_800_000,
            2_100_000,
            2_400_000,
            2_700_000,
            3_000_000,
        ]
        assert len(runs.windows(3_300_000)) == 1

    def test_rounded_windows(self):
        day = 86_400_000
        runs = Runs(Rule(id="r", name="R", type="eql", from_="now-1d/d", interval="1h"))
        assert runs.windows(5 * day + 3_600_000)[0].first == 4 * day
        assert runs.first_seeing(4 * day, 5 * day + 1) == 5 * day + 3_600_000
        assert runs.first_beyond(4 * day, 5 * day + 3_600_000) == 6 * day
        assert runs.first_seeing(4 * day - 1, 5 * day + 1) is None

    def test_to_in_the_past(self):
        runs = Runs(Rule(id="r", name="R", type="eql", from_="now-10m", to="now-5m"))
        assert runs.first_seeing(300_000, 300_000) == 600_000


def shape(places, key="k", time=0):
    return Shape((key,), tuple((0, n) for n in places), time, (0,) * len(places))


class TestComparing:
    def row(self, ours, theirs, by_keys=False):
        return compared(ours, theirs, ["window"] * len(ours), by_keys=by_keys, span=100).as_json()

    def test_the_fates(self):
        ours = [shape([1, 2]), shape([3, 4]), shape([5, 6])]
        theirs = [shape([1, 2]), shape([1, 9]), shape([3, 7]), shape([3, 8]), shape([20])]
        row = self.row(ours, theirs)
        assert json.dumps(row)
        assert {key: row[key] for key in ("same", "altered", "lost", "doubled", "invented")} == {
            "same": 1,
            "altered": 1,
            "lost": 1,
            "doubled": 2,
            "invented": 1,
        }

    @pytest.mark.parametrize(("time", "fate"), [(50, "altered"), (150, "lost")])
    def test_terms_are_the_same_within_a_window(self, time, fate):
        row = self.row([shape([1])], [shape([2], time=time)], by_keys=True)
        assert row[fate] == 1


READER = {"index": (".alerts-security.*",), "timestamp_override": ""}


def several(rules, events, **more):
    """Alerts of several rules, by rule; and the comparison."""
    compiled = compile_rules(rules)
    source = tocsin.events(events)
    scan = ReferenceScan(compiled, source, **more)
    found = {}
    for alert in alerts(scan, compiled, source):
        found.setdefault(alert.rule.id, []).append(alert)
    return found, scan.statistics.reference


class TestAlertsOfEarlierRuns:
    """Rules that read alerts see what earlier runs told, at the moments of these runs."""

    PLAIN = replace(rule('process where process.name == "a"'), id="plain")

    def reader(self, query='any where event.kind == "signal"', name="reader", **more):
        return replace(rule(query, **more), id=name, **READER)

    def given(self, *rows):
        return [event(n, *row) for n, row in enumerate(rows)]

    def test_an_alert_is_seen_by_the_next_run(self):
        found, rows = several([self.PLAIN, self.reader()], self.given((10, 10, "a", "x")))
        [alert] = found["reader"]
        stamp = "tocsin.run"
        assert found["plain"][0].document[stamp] == iso((BEGIN + 300) * 1000)
        assert alert.document[stamp] == iso((BEGIN + 600) * 1000)
        assert alert.document["@timestamp"] == iso((BEGIN + 300) * 1000)
        assert alert.document["kibana.alert.depth"] == 2
        assert (rows["reader"]["same"], rows["reader"]["lost"]) == (1, 0)

    def test_what_was_not_told_feeds_nothing(self):
        found, rows = several([self.PLAIN, self.reader()], self.given((10, 900, "a", "x")))
        assert found == {}
        assert (rows["plain"]["lost"], rows["reader"]["lost"]) == (1, 1)

    def test_alerts_far_apart_in_events_may_be_of_one_run(self):
        """Two events minutes apart are alerts of one moment: a sequence cannot order them."""
        query = (
            'sequence by host.id with maxspan=2m [any where event.kind == "signal"] '
            '[any where event.kind == "signal"]'
        )
        rows = [(10, 10, "a", "x"), (250, 250, "a", "x")]
        found, compared = several([self.PLAIN, self.reader(query, back=900)], self.given(*rows))
        assert len(found["plain"]) == 2
        assert len(found["reader"]) == 1
        assert compared["reader"]["invented"] == 1

    def test_rules_on_rules_on_rules(self):
        middle = self.reader(name="middle")
        top = self.reader("any where kibana.alert.depth == 2", name="top")
        found, _ = several([top, middle, self.PLAIN], self.given((10, 10, "a", "x")))
        [alert] = found["top"]
        assert alert.document["kibana.alert.depth"] == 3
        assert alert.document["@timestamp"] == iso((BEGIN + 600) * 1000)

    def test_no_rule_sees_what_it_caused(self):
        first, second = self.reader(name="first"), self.reader(name="second")
        found, _ = several([self.PLAIN, first, second], self.given((10, 10, "a", "x")))
        assert {name: len(some) for name, some in found.items()} == {
            "plain": 1,
            "first": 2,
            "second": 2,
        }

    def test_what_is_suppressed_feeds_nothing(self):
        raw = {"alert_suppression": {"group_by": ["host.id"]}}
        plain = replace(self.PLAIN, raw=raw)
        rows = [(10, 10, "a", "x"), (20, 20, "a", "x")]
        found, compared = several([plain, self.reader()], self.given(*rows))
        assert (len(found["plain"]), len(found["reader"])) == (1, 1)
        assert compared["reader"]["same"] == 1

    def test_thresholds_and_events_beside_alerts(self):
        count = replace(
            kql("threshold", raw={"threshold": {"field": ["host.id"], "value": 3}}, back=900),
            id="count",
            query="event.kind: signal or process.name: b",
            index=(".alerts-security.*", "logs-*"),
        )
        rows = [(10, 10, "a", "x"), (20, 20, "a", "x"), (700, 700, "b", "x")]
        given = [
            {**one, "data_stream": {"type": "logs", "dataset": "x", "namespace": "default"}}
            for one in self.given(*rows)
        ]
        found, _ = several([self.PLAIN, count], given)
        [alert] = found["count"]
        assert alert.document["kibana.alert.threshold_result"]["count"] == 3

    def test_staggered_rules(self):
        found, _ = several(
            [self.PLAIN, self.reader()], self.given((10, 10, "a", "x")), stagger=True
        )
        assert len(found["reader"]) == 1


class TestOrdered:
    @given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 99))), st.integers(1, 7))
    def test_rows_come_by_their_keys_however_many_fit(self, rows, most):
        ordered = Ordered(most)
        for key, row in rows:
            ordered.add(key, row)
        assert list(ordered) == sorted(rows, key=lambda row: row[0])
        ordered.close()
