"""``tocsin scan`` with history, state and suppression."""

import json

import pytest
from made_events import process

PAIR = """sequence by host.name with maxspan=1h [process where process.name == "bash"]
  [process where process.name == "curl"]"""


@pytest.fixture
def rules(rule):
    rule("Pair", PAIR)
    rule(
        "First",
        "process.name: *",
        type="new_terms",
        language="kuery",
        history_window_start="now-7d",
        new_terms_fields=["process.name"],
    )
    rule(
        "Alike",
        "process.name: *",
        type="query",
        language="kuery",
        alert_suppression={"group_by": ["host.name"], "duration": {"value": 1, "unit": "h"}},
    )


def scan(cli, *arguments):
    return cli("scan", "-r", "rules", *arguments, "--format", "ndjson", "--stats", "stats.json")


def told(outcome):
    return sorted(row["kibana.alert.rule.name"] for row in outcome.rows)


@pytest.mark.usefixtures("rules")
class TestState:
    def test_two_runs_find_what_one_does(self, cli, events, tmp_path):
        events(process(1, "bash"), process(2, "bash"))
        assert told(scan(cli, "events.ndjson", "--state", "kept")) == ["Alike", "First"]
        stats = json.loads((tmp_path / "stats.json").read_text())
        assert stats["suppressed"] == 1
        kept = stats["state"]
        assert (kept["events"], kept["terms"], kept["windows"], kept["rules"]) == (1, 1, 1, 2)
        assert kept["bytes"] > 0
        events(process(3, "curl"), process(4, "bash"))
        assert told(scan(cli, "events.ndjson", "--state", "kept")) == ["First", "Pair"]

    def test_late_events_are_told(self, cli, events):
        events(process(9))
        scan(cli, "events.ndjson", "--state", "kept")
        events(process(1))
        assert "1 late" in scan(cli, "events.ndjson", "--state", "kept").err

    def test_a_damaged_state_stops_the_run_and_says_what_to_do(self, cli, events, tmp_path):
        events(process(1))
        scan(cli, "events.ndjson", "--state", "kept")
        (tmp_path / "kept" / "state.json").write_text("{")
        found = scan(cli, "events.ndjson", "--state", "kept")
        assert found.status == 2
        assert "state.json or a file beside it is damaged" in found.err
        assert "remove it to begin anew" in found.err

    def test_what_changed_rules_remembered_is_told_to_be_gone(self, cli, events, tmp_path):
        events(process(1, "bash"))
        scan(cli, "events.ndjson", "--state", "kept")
        file = tmp_path / "rules" / "rule_1.toml"
        file.write_text(file.read_text().replace("1h", "2h"))
        events(process(2))
        found = scan(cli, "events.ndjson", "--state", "kept")
        assert "what 1 rule remembered is gone: the rule has changed" in found.err

    def test_history_teaches(self, cli, events, tmp_path):
        events(process(1, "bash"))
        (tmp_path / "events.ndjson").rename(tmp_path / "past.ndjson")
        events(process(2, "bash"), process(3))
        found = scan(cli, "events.ndjson", "--history", "past.ndjson", "--no-suppression")
        assert told(found) == ["Alike", "Alike", "First", "Pair"]
        stats = json.loads((tmp_path / "stats.json").read_text())
        assert (stats["history"], stats["history_rejected"]) == (1, 0)

    def test_what_is_no_event_of_the_past_is_told(self, cli, events, tmp_path):
        events(process(1))
        (tmp_path / "past.ndjson").write_text('{"a": 1}\nfrob\n')
        past = ["--history", "past.ndjson", "--history", "gone.ndjson"]
        untimed = "neither @timestamp nor event.ingested holds a time of the years 1 to 9999"
        lines = [
            "not read: gone.ndjson: there is no such file",
            "2 lines of --history rejected",
            f"        1  {untimed}: past.ndjson:1",
            "        1  an event is a JSON object, this is something else: past.ndjson:2",
        ]
        found = scan(cli, "events.ndjson", *past)
        assert found.status == 0
        assert "\n".join(lines) in found.err
        stats = json.loads((tmp_path / "stats.json").read_text())
        assert (stats["history"], stats["history_rejected"]) == (0, 2)
        assert cli("explain", "First", "events.ndjson", "-r", "rules", *past).err == "\n".join(
            [*lines, ""]
        )
