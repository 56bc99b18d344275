"""``tocsin alerts`` and ``tocsin scan --store``: what people and scripts see."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from made_events import process

THREE = [process(1), process(2, "bash"), process(3)]


@pytest.fixture
def scan(cli, rule, events):
    """Two rules and three events: three low alerts of the one, two high ones of the other."""
    rule("Any process")
    rule("Curl", 'process where process.name == "curl"', severity="high", risk_score=73)
    events(*THREE)

    def call(*arguments):
        return cli("scan", "-r", "rules", "events.ndjson", "--format", "ndjson", *arguments)

    return call


@pytest.fixture
def alerts(cli, scan):
    """Call ``tocsin alerts …`` on a store with the five alerts of the scan."""
    assert scan("--store", "kept").status == 0

    def call(name, *arguments):
        return cli("alerts", name, "--store", "kept", *arguments)

    return call


def ids(alerts, *arguments):
    return alerts("list", "--format", "ids", *arguments).out.split()


class TestScan:
    def test_a_scan_twice_is_one_scan(self, cli, scan):
        first = scan("--store", "kept", "--stats", "stats.json")
        assert "store kept/tocsin.db: 5 new" in first.err
        again = scan("--store", "kept", "--stats", "stats.json")
        assert "store kept/tocsin.db: 5 there already" in again.err
        stats = json.loads(Path("stats.json").read_text())
        assert stats["stored"] == {"new": 0, "changed": 0, "same": 5}
        found = cli("alerts", "list", "--store", "kept", "--format", "ids").out.split()
        assert sorted(found) == sorted(row["kibana.alert.uuid"] for row in first.rows)

    def test_all_are_stored_whatever_is_shown(self, cli, scan):
        shown = scan("--store", "kept", "--min-severity", "high")
        assert len(shown.rows) == 2
        assert "5 new" in shown.err

    def test_a_store_that_cannot_be(self, scan, tmp_path):
        (tmp_path / "kept.db").write_bytes(b"no database at all" * 100)
        found = scan("--store", "kept.db")
        assert found.status == 2
        assert found.err.startswith("tocsin: --store: kept.db: ")
        assert found.out == ""

    def test_the_references_alerts_are_not_stored(self, scan):
        found = scan("--store", "kept", "--schedule", "reference")
        assert found.status == 2
        assert "simulation" in found.err

    def test_who_does_not_store_does_not_pay(self):
        code = (
            "import sys, tocsin.cli.scan, tocsin.cli.alerts, tocsin.cli.scanning as _;"
            "sys.exit('sqlalchemy' in sys.modules)"
        )
        done = subprocess.run([sys.executable, "-c", code], check=False)  # noqa: S603
        assert done.returncode == 0


class TestList:
    def test_the_table_has_the_latest_first(self, alerts):
        found = alerts("list")
        assert found.status == 0
        lines = found.out.splitlines()
        assert lines[0].split()[:4] == ["id", "time", "status", "severity"]
        assert [line.split()[1] for line in lines[1:]] == ["2026-08-01"] * 5
        assert "5 alerts" in found.err
        assert "curl" in found.out

    def test_a_narrow_terminal_gets_records(self, alerts, monkeypatch):
        monkeypatch.setenv("COLUMNS", "60")
        lines = alerts("list", "--limit", "1").out.splitlines()
        assert max(map(len, lines)) <= 60
        assert lines[1].startswith("    ")

    def test_no_more_than_were_asked_for(self, alerts):
        found = alerts("list", "--limit", "2")
        assert "2 of 5 alerts; --limit 0 for all" in found.err
        assert len(ids(alerts, "--limit", "2")) == 2
        assert len(ids(alerts, "--limit", "0")) == 5

    def test_ndjson_and_json_are_documents(self, alerts):
        rows = alerts("list", "--format", "ndjson").rows
        assert rows == json.loads(alerts("list", "--format", "json").out)
        assert [row["@timestamp"] for row in rows] == sorted(
            (row["@timestamp"] for row in rows), reverse=True
        )
        assert {row["kibana.alert.workflow_status"] for row in rows} == {"open"}

    def test_csv_has_a_header(self, alerts):
        found = list(csv.DictReader(io.StringIO(alerts("list", "--format", "csv").out)))
        assert len(found) == 5
        assert found[0].keys() > {"alert_id", "status", "tags", "host"}
        assert {row["risk_score"] for row in found} == {"21", "73"}

    def test_options_choose(self, alerts):
        assert len(ids(alerts, "--severity", "high")) == 2
        assert len(ids(alerts, "--rule", "any*")) == 3
        assert len(ids(alerts, "--host", "web-1", "--rule", "curl")) == 2
        assert len(ids(alerts, "--search", "bash")) == 1
        assert len(ids(alerts, "--since", "2026-08-02")) == 0
        assert len(ids(alerts, "--until", "2026-08-01")) == 5
        assert len(ids(alerts, "--assignee", "none")) == 5

    def test_sorted_and_reversed(self, alerts):
        worst = ids(alerts, "--sort", "severity")
        assert worst[:2] == ids(alerts, "--severity", "high")
        assert ids(alerts, "--sort", "severity", "--reverse") == worst[::-1]
        assert ids(alerts, "--sort", "rule")[:3] == ids(alerts, "--rule", "any*", "--reverse")

    def test_nothing_is_no_failure(self, alerts):
        found = alerts("list", "--host", "nowhere")
        assert (found.status, found.out) == (0, "")
        assert "no alerts" in found.err
        assert json.loads(alerts("list", "--host", "x", "--format", "json").out) == []

    @pytest.mark.parametrize(
        "arguments",
        [
            ("--status", "done"),
            ("--since", "2026-08-02", "--until", "2026-08-01"),
            ("--since", "yesterday"),
            ("--store", "nowhere"),
            ("--store", "mysql://x"),
        ],
    )
    def test_what_makes_no_sense_gives_2(self, alerts, arguments):
        found = alerts("list", *arguments)
        assert (found.status, found.out) == (2, "")
        assert found.err

    def test_building_blocks_are_hidden_from_the_table(self, cli, rule, events):
        rule("Block", building_block_type="default")
        events(*THREE)
        cli("scan", "-r", "rules", "events.ndjson", "--store", "kept")
        assert cli("alerts", "list", "--store", "kept").out == ""
        assert (
            len(cli("alerts", "list", "--store", "kept", "--building-blocks").out.splitlines()) == 4
        )
        assert len(cli("alerts", "list", "--store", "kept", "--format", "ids").out.split()) == 3


class TestDeeds:
    def test_from_open_to_closed_and_back(self, alerts):
        name = ids(alerts)[0]
        assert "1 alert acknowledged" in alerts("ack", name[:8], "--as", "anna").err
        closed = alerts("close", name, "--reason", "False positive", "--note", "a drill")
        assert (closed.status, closed.out) == (0, "")
        assert "1 alert closed" in closed.err
        assert ids(alerts, "--status", "closed", "--reason", "false-positive") == [name]
        assert "1 alert open" in alerts("reopen", name).err
        shown = alerts("show", name).out
        assert "anna  status: open → acknowledged" in shown
        assert "acknowledged → closed (false_positive)" in shown
        assert "a drill" in shown

    def test_many_at_once_from_stdin(self, alerts, monkeypatch):
        listed = alerts("list", "--rule", "curl", "--format", "ndjson").out
        given = f"{ids(alerts)[0]}\n\n{listed}"
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(given.encode())))
        found = alerts("close", "-")
        assert f"{len(ids(alerts, '--status', 'closed'))} alerts closed" in found.err
        assert set(ids(alerts, "--rule", "curl")) <= set(ids(alerts, "--status", "closed"))

    def test_an_export_can_be_fed_back(self, alerts, monkeypatch):
        exported = alerts("export", "--bulk").out
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(exported.encode())))
        assert "5 alerts acknowledged" in alerts("ack", "-").err

    def test_all_or_none(self, alerts):
        name = ids(alerts)[0]
        found = alerts("ack", name, "ffffffff")
        assert found.status == 2
        assert "no alert's id begins with 'ffffffff'" in found.err
        assert ids(alerts, "--status", "acknowledged") == []

    def test_an_id_must_be_clear(self, alerts):
        assert alerts("ack", "").status == 2
        assert "several ids begin so" in alerts("ack", "").err
        assert alerts("ack", "%").status == 2

    def test_tags_and_people(self, alerts):
        names = ids(alerts)
        alerts("tag", *names[:2], "--add", "case 7", "--add", "x")
        alerts("tag", names[0], "--remove", "X")
        assert sorted(ids(alerts, "--tag", "case*")) == sorted(names[:2])
        assert ids(alerts, "--tag", "x") == [names[1]]
        alerts("assign", names[2], "--as", "anna")
        alerts("assign", names[3], "--to", "bob")
        assert ids(alerts, "--assignee", "anna") == [names[2]]
        alerts("assign", names[3], "--remove", "*")
        assert ids(alerts, "--assignee", "bob") == []
        assert alerts("tag", names[0]).status == 2

    def test_a_note_comes_from_stdin_too(self, alerts, monkeypatch):
        name = ids(alerts)[0]
        monkeypatch.setattr("sys.stdin", io.StringIO("two\nlines\x1b[31m\n"))
        assert alerts("note", name).status == 0
        shown = alerts("show", name).out
        assert "two" in shown
        assert "lines\\x1b[31m" in shown
        assert alerts("note", "-").status == 2
        assert alerts("note", name, "-m", "  ").status == 2


class TestShowCountExport:
    def test_a_page(self, alerts):
        name = ids(alerts, "--rule", "curl")[0]
        found = alerts("show", name[:10])
        assert found.status == 0
        assert name in found.out
        assert 'process.name == "curl": curl' in found.out

    def test_the_page_as_json_has_the_history(self, alerts):
        name = ids(alerts)[0]
        alerts("tag", name, "--add", "x", "--as", "anna")
        found = json.loads(alerts("show", name, "--format", "json").out)
        (deed,) = found["tocsin.history"]
        assert (deed["by"], deed["action"], deed["after"]) == ("anna", "tags", "x")
        assert found["kibana.alert.workflow_tags"] == ["x"]

    def test_counts(self, alerts):
        assert alerts("count", "--by", "severity").out.split() == ["3", "low", "2", "high"]
        rows = json.loads(alerts("count", "--by", "rule", "--format", "json").out)
        assert [(row["name"], row["alerts"]) for row in rows] == [("Any process", 3), ("Curl", 2)]
        assert alerts("count", "--by", "day").out.split() == ["5", "2026-08-01", "00:00"]

    def test_an_export_is_oldest_first_and_says_what_people_did(self, alerts):
        name = ids(alerts)[0]
        alerts("close", name, "--reason", "duplicate")
        rows = alerts("export").rows
        assert [row["kibana.alert.uuid"] for row in rows] == ids(alerts, "--reverse")
        last = rows[-1]
        assert last["kibana.alert.workflow_status"] == "closed"
        assert last["kibana.alert.workflow_reason"] == "duplicate"
        assert last["kibana.alert.workflow_status_updated_at"].endswith("Z")

    def test_for_elasticsearchs_bulk_requests(self, alerts):
        name = ids(alerts)[0]
        action, document = alerts("export", name, "--bulk", "--index", "mine").rows
        assert action == {"index": {"_index": "mine", "_id": name}}
        assert document["kibana.alert.uuid"] == name
        assert alerts("export", name, "--rule", "x").status == 2

    def test_into_a_file(self, alerts, tmp_path):
        assert alerts("export", "-o", "out.ndjson").out == ""
        assert len((tmp_path / "out.ndjson").read_text().splitlines()) == 5


class TestHistory:
    def test_all_that_was_done_the_latest_last(self, alerts):
        first, second, *_ = ids(alerts)
        alerts("ack", first, second, "--as", "anna")
        alerts("close", second, "--as", "bob", "-m", "x\x1b[2J")
        lines = alerts("history").out.splitlines()
        assert len(lines) == 4
        assert "bob  status: acknowledged → closed" in lines[2]
        assert lines[3].endswith(f"{second[:12]}  bob  wrote a note")
        rows = alerts("history", first, "--format", "ndjson").rows
        assert [(row["by"], row["alert"], row["after"]) for row in rows] == [
            ("anna", first, "acknowledged")
        ]
        assert len(alerts("history", "--limit", "2").out.splitlines()) == 2
        assert alerts("history", "--since", "now+1d").out == ""
        assert alerts("history", "zzzz").status == 2


class TestKeeping:
    def test_what_was_closed_long_ago_goes(self, alerts):
        names = ids(alerts)
        alerts("close", *names[:2])
        assert "0 alerts deleted" in alerts("delete", "--closed-before", "now-1d").err
        assert "2 alerts deleted" in alerts("delete", "--closed-before", "now+1h", "--compact").err
        assert ids(alerts) == names[2:]

    def test_a_copy_is_a_store(self, alerts, cli):
        assert alerts("backup", "copy.db").status == 0
        found = cli("alerts", "list", "--store", "copy.db", "--format", "ids").out.split()
        assert found == ids(alerts)
        assert "there is a file already" in alerts("backup", "copy.db").err
