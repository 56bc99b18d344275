"""``tocsin scan``: outputs, statuses, what it counts and says."""

import csv
import gzip
import hashlib
import io
import json
from pathlib import Path

import orjson
import pytest
from made_events import process

THREE = [process(1), process(2, "bash"), process(3)]


@pytest.fixture
def usual(rule, events):
    """Two rules and three events: three low alerts of the one, two high ones of the other."""
    rule("Any process")
    rule("Curl", 'process where process.name == "curl"', severity="high", risk_score=73)
    events(*THREE)


def scan(cli, *arguments, form="ndjson"):
    return cli("scan", "-r", "rules", "events.ndjson", "--format", form, *arguments)


def nested(levels):
    """Objects in each other."""
    inner = {}
    for _ in range(levels - 1):
        inner = {"a": inner}
    return inner


def told(outcome):
    return [row["kibana.alert.rule.name"] for row in outcome.rows]


@pytest.mark.usefixtures("usual")
class TestFormats:
    def test_ndjson_is_a_document_a_line_sorted_by_time_rule_and_id(self, cli):
        found = scan(cli)
        assert found.status == 0
        keys = [
            (row["@timestamp"], row["kibana.alert.rule.rule_id"], row["kibana.alert.uuid"])
            for row in found.rows
        ]
        assert keys == sorted(keys)
        assert told(found) == ["Any process", "Curl", "Any process", "Any process", "Curl"]

    def test_json_is_the_same_as_an_array(self, cli):
        documents = json.loads(scan(cli, form="json").out)
        ids = [row["kibana.alert.uuid"] for row in documents]
        assert ids == [row["kibana.alert.uuid"] for row in scan(cli).rows]

    def test_json_without_an_alert_is_an_empty_array(self, cli):
        assert json.loads(scan(cli, "--since", "2027-01-01", form="json").out) == []

    def test_csv_has_a_header_and_a_row_an_alert(self, cli):
        found = list(csv.DictReader(io.StringIO(scan(cli, form="csv").out)))
        assert [row["rule_name"] for row in found] == told(scan(cli))
        assert found[1]["@timestamp"] == "2026-08-01T12:00:01.000Z"
        assert (found[1]["severity"], found[1]["risk_score"]) == ("high", "73")
        assert found[1]["host"] == "web-1"

    def test_the_table_says_what_happened(self, cli):
        lines = scan(cli, form="table").out.splitlines()
        assert lines[0].split() == [
            "time",
            "severity",
            "rule",
            "ATT&CK",
            "host",
            "what",
            "happened",
        ]
        assert lines[1].split() == [
            "2026-08-01",
            "12:00:01",
            "low",
            "Any",
            "process",
            "web-1",
            "curl",
        ]
        assert len(lines) == 6

    def test_a_file_takes_the_alerts_instead_of_stdout(self, cli, tmp_path):
        found = scan(cli, "-o", "alerts.ndjson")
        assert found.out == ""
        assert len((tmp_path / "alerts.ndjson").read_bytes().splitlines()) == 5

    def test_the_demo_needs_nothing(self, cli, tmp_path):
        (tmp_path / "tocsin.toml").write_text('[scan]\nrules = ["rules"]\n')
        names = {
            row["rule_name"]
            for row in csv.DictReader(io.StringIO(cli("demo", "--format", "csv").out))
        }
        assert {
            "Direct Kubelet Access by URL on a Host",
            "Kubeletctl Run Interactively in a Container",
        } <= names

    @pytest.mark.parametrize("there", [True, False])
    def test_the_demo_says_what_its_pages_need(self, cli, monkeypatch, there):
        monkeypatch.setattr("tocsin.cli.demo.has_server", lambda: there)
        said = cli("demo").err.partition("Next:")[2]
        assert "demo --open" in said
        assert ("needs tocsin[web] (in a clone: make demo-pages)" in said) is not there


def test_a_cell_that_looks_like_a_formula_is_quoted(cli, rule, events):
    rule("Any process")
    events(process(1, user={"name": '=HYPERLINK("http://x")'}))
    [row] = csv.DictReader(io.StringIO(scan(cli, form="csv").out))
    assert row["user"] == '\'=HYPERLINK("http://x")'
    assert row["@timestamp"].startswith("2026")


@pytest.mark.usefixtures("usual")
class TestSelection:
    def test_min_severity_hides_and_says_so(self, cli):
        found = scan(cli, "--min-severity", "medium")
        assert told(found) == ["Curl", "Curl"]
        assert "5 alerts · 2 high · 3 low · 3 not shown" in found.err

    @pytest.mark.parametrize(
        ("options", "seconds"),
        [
            (["--since", "2026-08-01T12:00:02Z"], [2, 3]),
            (["--until", "2026-08-01T12:00:02Z"], [1, 2]),
            (["--since", "2026-08-01T14:00:02+02:00", "--until", "2026-08-01T12:00:02"], [2]),
            (["--since", "2026-08-01", "--until", "2026-08-01"], [1, 2, 3]),
            (["--since", "2026-08-01||+12h+3s"], [3]),
            (["--until", "2026-08-02||/d-1d"], [1, 2, 3]),
            (["--until", "2026-07-31"], []),
            (["--until", "2026-08"], [1, 2, 3]),
            (["--since", "2026", "--until", "2026"], [1, 2, 3]),
            (["--until", "2026-07"], []),
            (["--until", "2025"], []),
            (["--until", "9999-12-31"], [1, 2, 3]),
            (["--since", "now"], []),
        ],
    )
    def test_since_and_until_take_dates_times_and_date_math(self, cli, options, seconds):
        found = scan(cli, "--rule", "Any process", *options)
        assert [int(row["@timestamp"][17:19]) for row in found.rows] == seconds
        assert f"{3 - len(seconds)} outside" in found.err or len(seconds) == 3

    @pytest.mark.parametrize(
        ("options", "names"),
        [
            (["--rule", "Curl"], {"Curl"}),
            (["--rule", "rule_1"], {"Any process"}),
            (["--include", "severity:high"], {"Curl"}),
            (["--exclude", "rule:c*"], {"Any process"}),
            (["--rule", "Curl", "--rule", "nonsense"], {"Curl"}),
        ],
    )
    def test_rules_are_chosen(self, cli, options, names):
        assert set(told(scan(cli, *options))) == names

    def test_jobs_change_nothing(self, cli):
        ids = [row["kibana.alert.uuid"] for row in scan(cli).rows]
        assert [row["kibana.alert.uuid"] for row in scan(cli, "--jobs", "3").rows] == ids

    def test_routing_shows_events_to_the_rules_of_their_index(self, cli, rule, events):
        rule("Elsewhere", index=["metrics-*"])
        other = {"data_stream": {"type": "logs", "dataset": "x.y", "namespace": "z"}}
        events(process(1, **other))
        assert "Elsewhere" not in told(scan(cli))
        assert "Elsewhere" in told(scan(cli, "--routing", "off"))
        events(process(1))
        assert "Elsewhere" in told(scan(cli))
        assert told(scan(cli, "--routing", "strict")) == []


class TestFailOn:
    def test_an_alert_as_severe_ends_with_one_whatever_is_shown(self, cli, usual):
        assert scan(cli, "--fail-on", "high", "--min-severity", "critical").status == 1
        assert scan(cli, "--fail-on", "critical").status == 0
        assert scan(cli, "--fail-on", "low", "-o", "x").status == 1

    def test_overrides_count(self, cli, rule, events):
        row = {
            "field": "event.severity",
            "operator": "equals",
            "value": "9",
            "severity": "critical",
        }
        rule("Overridden", severity_mapping=[row])
        events(process(1, **{"event.severity": 9}))
        found = scan(cli, "--fail-on", "critical")
        assert (found.status, found.rows[0]["kibana.alert.severity"]) == (1, "critical")
        events(process(1, **{"event.severity": 1}))
        assert scan(cli, "--fail-on", "critical").status == 0

    def test_the_overlay_counts(self, cli, usual, tmp_path):
        (tmp_path / "tocsin.toml").write_text('[rules."Any process"]\nseverity = "critical"\n')
        assert scan(cli, "--fail-on", "critical").status == 1

    def test_building_blocks_never_count(self, cli, rule, events):
        rule("Block", severity="critical", building_block_type="default")
        events(process(1))
        found = scan(cli, "--fail-on", "low")
        assert (found.status, len(found.rows)) == (0, 1)
        assert "1 alert of building-block rules" in found.err


def test_the_table_hides_building_blocks_unless_asked(cli, rule, events):
    rule("Block", building_block_type="default")
    events(process(1))
    assert scan(cli, form="table").out == ""
    assert "Block" in scan(cli, "--building-blocks", form="table").out
    assert "1 not shown" in scan(cli, form="table").err


class TestStatuses:
    @pytest.mark.parametrize("content", [b"", b"\n\n"])
    def test_an_empty_input_is_fine(self, cli, tmp_path, content):
        (tmp_path / "empty").write_bytes(content)
        assert cli("scan", "empty").status == 0

    def test_a_folder_without_files_is_fine(self, cli, tmp_path):
        (tmp_path / "folder").mkdir()
        assert cli("scan", "folder").status == 0

    @pytest.mark.parametrize("path", ["nothing", "*.nothing", "nothing/at/all"])
    def test_no_input_at_all(self, cli, path):
        found = cli("scan", path)
        assert found.status == 2
        assert f"not read: {path}" in found.err
        assert "no input could be read" in found.err

    @pytest.mark.usefixtures("usual")
    def test_one_path_among_several_changes_nothing(self, cli):
        found = scan(cli, "nothing", "--stats", "stats")
        assert (found.status, len(found.rows)) == (0, 5)
        stats = json.loads(Path("stats").read_bytes())
        assert stats["unreadable"] == [{"input": "nothing", "reason": "there is no such file"}]

    def test_an_empty_file_among_missing_ones_is_an_input(self, cli, tmp_path):
        (tmp_path / "empty").touch()
        assert cli("scan", "empty", "nothing").status == 0

    @pytest.mark.parametrize("content", [b"hello\n", b"\x7fELF\0\0\0", b'{"no": "time"}\n'])
    def test_every_line_rejected(self, cli, tmp_path, content):
        (tmp_path / "text").write_bytes(content)
        found = cli("scan", "text")
        assert found.status == 2
        assert "every line was rejected" in found.err

    def test_what_lines_that_are_no_events_seem_to_be(self, cli, tmp_path):
        lines = ['{"no": "time"}', '{"ts": 1767225600.1, "id.orig_h": "10.0.0.1"}']
        (tmp_path / "zeek").write_text("\n".join(lines))
        found = cli("scan", "zeek")
        assert "they look like Zeek's logs: rules ask for fields of ECS" in found.err
        (tmp_path / "text").write_text(lines[0])
        found = cli("scan", "text")
        assert "they look like" not in found.err
        assert "of no index" not in found.err
        (tmp_path / "table").write_text("@timestamp,event.action\n2026-01-01,login\n")
        found = cli("scan", "table")
        assert "they look like a table in CSV: events are read as JSON or Parquet" in found.err

    @pytest.mark.parametrize("command", ["scan", "doctor"])
    def test_events_in_the_words_of_their_maker(self, cli, tmp_path, command):
        entry = {"@timestamp": 1767225600000, "actor": "ann", "action": "team.create"}
        raw = entry | {"_document_id": "d1"}
        (tmp_path / "raw").write_text(json.dumps([raw, entry]))
        found = cli(command, "raw")
        assert found.status == 0
        assert "the events look like GitHub's audit log: rules ask for fields of ECS" in found.err
        for mapped in (raw | {"event.action": "team.create"}, raw | {"ecs": {}}, entry):
            (tmp_path / "raw").write_text(json.dumps(mapped))
            assert "the events look like" not in cli(command, "raw").err

    @pytest.mark.usefixtures("usual")
    @pytest.mark.parametrize(
        "arguments",
        [
            ["scan"],
            ["scan", "events.ndjson", "--format", "xml"],
            ["scan", "events.ndjson", "--nonsense"],
            ["scan", "events.ndjson", "--since", "yesterday"],
            ["scan", "events.ndjson", "--since", "2026-08-02", "--until", "2026-08-01"],
            ["scan", "events.ndjson", "--include", "colour:red"],
            ["scan", "events.ndjson", "--rule", "nonsense"],
            ["scan", "events.ndjson", "-r", "nothing"],
            ["scan", "events.ndjson", "-r", "events.ndjson"],
            ["scan", "events.ndjson", "-o", "no/such/folder"],
            ["scan", "events.ndjson", "-o", "events.ndjson"],
            ["scan", "events.ndjson", "--stats", "events.ndjson"],
            ["scan", "events.ndjson", "--config", "nothing.toml"],
            ["scan", "events.ndjson", "--jobs", "0"],
            ["nonsense"],
            [],
        ],
    )
    def test_what_cannot_run(self, cli, tmp_path, arguments):
        before = (tmp_path / "events.ndjson").read_bytes()
        found = cli(*arguments)
        assert (found.status, found.out) == (2, "")
        assert found.err
        assert (tmp_path / "events.ndjson").read_bytes() == before

    def test_no_rule_that_can_be_used(self, cli, rule, events):
        rule("Saved", "", type="saved_query", language="kuery")
        events(*THREE)
        found = scan(cli)
        assert found.status == 2
        assert "no rule can be used: the query is saved in Kibana, not in the rule (1)" in found.err

    def test_a_broken_rule_stops_no_other(self, cli, rule, events, tmp_path):
        rule("Any process")
        rule("Wrong", "process where process.name = 1")
        (tmp_path / "rules" / "torn.toml").write_text("[rule]\nname = ")
        events(*THREE)
        found = scan(cli)
        assert (found.status, len(found.rows)) == (0, 3)
        assert "1 of 2 rules ran · 1 error in rule files" in found.err
        assert "1  invalid: " in found.err

    def test_a_missing_rule_path_among_others_is_told(self, cli, usual):
        found = scan(cli, "-r", "nothing")
        assert (found.status, len(found.rows)) == (0, 5)
        assert "error[RULE001]: cannot read nothing" in found.err

    def test_help_and_version(self, cli):
        assert cli("--help").status == 0
        found = cli("scna", "events.ndjson")
        assert (found.status, "did you mean `scan`?" in found.err) == (2, True)
        found = cli("kubelet", "config.yaml")
        assert (found.status, "did you mean `kubelet-config`?" in found.err) == (2, True)
        found = cli("zzz")
        assert (found.status, "did you mean" in found.err) == (2, False)
        assert cli("scan", "--help").out.startswith("Usage: tocsin scan")
        assert cli("--version").out.startswith("tocsin, version ")


class TestCounts:
    def test_stats_have_every_key(self, cli, rule, events):
        rule("Any process")
        rule("Never", 'process where process.name == "x" and no.such.field == "y"')
        unsupported = rule("Saved", "", type="saved_query", language="kuery")
        events(*THREE, b"junk")
        scan(cli, "--stats", "stats.json")
        stats = json.loads(Path("stats.json").read_bytes())
        expected = {
            "events": 3,
            "rejected": 1,
            "repeated": 0,
            "late": 0,
            "bytes": sum(len(json.dumps(event)) + 1 for event in THREE) + 5,
            "alerts": 3,
            "building_block_alerts": 0,
            "suppressed": 0,
        }
        assert {key: stats[key] for key in expected} == expected
        assert stats["rules"]["loaded"] == 3
        assert stats["rules"]["compiled"] == 2
        assert stats["rules"]["unsupported"] == [
            {
                "rule_id": unsupported,
                "name": "Saved",
                "reason": "the query is saved in Kibana, not in the rule",
            }
        ]
        [never] = stats["rules"]["cannot_match"]
        assert never["fields"] == ["no.such.field"]
        assert set(stats["seconds"]) == {"load", "compile", "read", "match", "total"}
        assert stats["seconds"]["total"] > 0
        assert stats["peak_rss_mb"] > 1

    def test_rejects_name_file_line_and_reason(self, cli, rule, events):
        rule("Any process")
        events(THREE[0], b"junk", b'{"no": "time"}', b'{"a": "\xff"}')
        found = scan(cli, "--rejects", "rejects.ndjson")
        rows = [orjson.loads(line) for line in Path("rejects.ndjson").read_bytes().splitlines()]
        assert sorted(row["line"] for row in rows) == [2, 3, 4]
        assert {row["file"] for row in rows} == {"events.ndjson"}
        assert all(row["reason"] for row in rows)
        assert {row["content"] for row in rows} >= {"junk", '{"no": "time"}'}
        assert "3 lines rejected\n" in found.err
        assert "events.ndjson:3" in found.err

    @pytest.mark.parametrize("form", ["ndjson", "json", "csv", "table", "html"])
    def test_the_deepest_events_are_told_and_deeper_ones_rejected(self, cli, rule, events, form):
        rule("Any process")
        rule("Two", "sequence by host.name [process where true] with runs=2")
        many = {"field": ["host.name"], "value": 2}
        rule("Many", "*:*", type="threshold", language="kuery", threshold=many)
        events(*({**process(n), "deep": nested(199 + n // 3)} for n in range(1, 7)))
        found = scan(cli, "--stats", "stats.json", "--state", "state", form=form)
        stats = json.loads(Path("stats.json").read_bytes())
        assert found.status == 0
        assert (stats["events"], stats["rejected"]) == (2, 4)
        assert stats["alerts"] == 2 + 1 + 1

    @pytest.mark.parametrize("schedule", ["event", "reference"])
    def test_times_of_no_year_are_rejected_those_of_the_first_and_last_told(
        self, cli, rule, events, schedule
    ):
        rule("Any process")
        rule(
            "Gone", "sequence by host.name with maxspan=5m [process where true] ![file where true]"
        )
        many = {"field": ["host.name"], "value": 1}
        rule("Many", "*:*", type="threshold", language="kuery", threshold=many)
        rule("Rows", "from logs-* | stats c = count(*) by host.name", type="esql", language="esql")
        rule("Month", "*:*", type="query", language="kuery", **{"from": "now-1M/M"})
        ends = ["9999-12-31T23:59:59.999Z", "0001-01-01T00:00:00Z"]
        wrong = [1_704_067_200_123_456_789, 1e18, "9999-12-31T23:59:59-14:00", -(2**62)]
        happened = [{**process(1), "@timestamp": time} for time in [*wrong, *ends]]
        events(*happened, process(2))
        found = scan(cli, "--stats", "stats.json", "--schedule", schedule)
        stats = json.loads(Path("stats.json").read_bytes())
        assert found.status == 0
        assert (stats["events"], stats["rejected"]) == (3, 4)
        assert {*told(found)} == {"Any process", "Gone", "Many", "Rows", "Month"}
        assert "+10000-01-01T00:04:59.999Z" in {row["@timestamp"] for row in found.rows}

    @pytest.mark.parametrize("option", ["--indicators", "--history"])
    def test_what_no_rule_asks_for_is_not_read_and_that_is_said(self, cli, rule, events, option):
        rule("Any process")
        events(THREE[0])
        found = scan(cli, option, "none.csv", "--stats", "stats.json")
        assert f"{option} was not read: no rule that runs" in found.err
        [unused] = json.loads(Path("stats.json").read_bytes())["unused"]
        assert unused["option"] == option

    def test_reasons_are_told_without_a_file_too(self, cli, rule, events):
        rule("Any process")
        events(THREE[0], *[b"junk"] * 7)
        found = scan(cli)
        assert "7 lines rejected (--rejects FILE keeps them)" in found.err
        assert "events.ndjson:2, events.ndjson:3, events.ndjson:4, …" in found.err

    def test_reasons_that_are_not_told_are_counted(self, cli, rule, events):
        rule("Any process")
        broken = (
            b"junk",
            b'{"a":1}x',
            b'{"a":tru}',
            b'{"a":01}',
            b"{'a':1}",
            b'{"a":"\t"}',
            b'{"a"1}',
        )
        events(THREE[0], *broken, broken[0])
        found = scan(cli)
        assert "8 lines rejected" in found.err
        assert "        2  an event is a JSON object" in found.err
        assert "        2  other reasons\n" in found.err

    def test_a_torn_archive_is_one_reject(self, cli, rule, tmp_path):
        rule("Any process")
        names = (hashlib.sha256(b"%d" % number).hexdigest() for number in range(300))
        lines = b"".join(orjson.dumps(process(1, name)) + b"\n" for name in names)
        (tmp_path / "events.ndjson").write_bytes(gzip.compress(lines)[:9000])
        found = scan(cli, "--stats", "stats")
        stats = json.loads(Path("stats").read_bytes())
        assert found.status == 0
        assert stats["rejected"] >= 1
        assert 0 < stats["events"] < 300
        assert "break off" in found.err

    def test_what_is_read_twice_is_counted_once(self, cli, rule, events):
        rule("Any process")
        rule("Part", building_block_type="default")
        hit = {"_index": "logs-x", "_id": "1", "_source": THREE[0]}
        events(hit, hit)
        found = scan(cli, "--stats", "stats.json")
        stats = json.loads(Path("stats.json").read_bytes())
        assert len(found.rows) == 2
        assert (stats["alerts"], stats["building_block_alerts"]) == (1, 1)
        assert "1 alert ·" in found.err

    def test_rules_left_out_are_told(self, cli, rule, events):
        rule("Any process")
        rule("Old", maturity="deprecated")
        for number in range(7):
            rule(f"Saved {number}", "", type="saved_query", language="kuery")
        events(*THREE)
        err = scan(cli).err
        assert "1 of 8 rules ran" in err
        assert "1 deprecated rule left out" in err
        assert "7  unsupported: the query is saved in Kibana, not in the rule" in err

    def test_rules_that_can_never_match_are_told_by_name_or_by_field(self, cli, rule, events):
        rule("Any process")
        events(*THREE)
        rule("Never", 'process where no.such.field == "y"')
        assert "Never: no no.such.field" in scan(cli).err
        for number in range(9):
            rule(f"Never {number}", 'process where no.such.field == "y"')
        assert "10 rules cannot match" in scan(cli).err
        assert "10  need no.such.field" in scan(cli).err


def test_a_message_cannot_steer_the_terminal(cli, usual):
    assert "`no\\x1b[2J` is no time" in scan(cli, "--since", "no\x1b[2J").err
    assert "not read: no\\x1b[2J: " in scan(cli, "no\x1b[2J").err


class TestOverlay:
    def test_defaults_hold_until_something_else_is_said(self, cli, usual, tmp_path):
        (tmp_path / "tocsin.toml").write_text(
            '[scan]\nrules = ["rules"]\nmin_severity = "high"\nformat = "ndjson"\n'
        )
        assert told(cli("scan", "events.ndjson")) == ["Curl", "Curl"]
        assert len(cli("scan", "events.ndjson", "--min-severity", "low").rows) == 5
        (tmp_path / "below").mkdir()
        assert cli("scan", "events.ndjson", "--format", "csv").out.startswith("@timestamp,")

    def test_a_named_file_goes_before_the_one_found(self, cli, usual, tmp_path):
        (tmp_path / "tocsin.toml").write_text('[rules."Curl"]\nenabled = false\n')
        (tmp_path / "other.toml").write_text('[rules."Any*"]\nenabled = false\n')
        assert set(told(scan(cli))) == {"Any process"}
        assert set(told(scan(cli, "--config", "other.toml"))) == {"Curl"}

    def test_where_all_rules_are_off_that_is_told(self, cli, usual, tmp_path):
        (tmp_path / "tocsin.toml").write_text('[rules."*"]\nenabled = false\n')
        found = scan(cli)
        assert found.status == 2
        assert "2 disabled rules left out" in found.err
        assert "--rule" in found.err

    def test_what_is_wrong_with_it_is_told_once(self, cli, usual, tmp_path):
        (tmp_path / "tocsin.toml").write_text('[scan]\nmin_severity = "hihg"\n')
        found = scan(cli)
        assert found.status == 2
        assert found.err.count("error[RULE032]") == 1
        (tmp_path / "tocsin.toml").write_text('[rules."Nothing"]\nenabled = false\n[frob]\n')
        found = scan(cli)
        assert found.status == 0
        assert found.err.count("RULE033") == found.err.count("RULE031") == 1


@pytest.mark.usefixtures("usual")
class TestExceptions:
    def test_a_file_of_exceptions_with_a_value_list(self, cli, tmp_path):
        (tmp_path / "lists").mkdir()
        (tmp_path / "lists" / "shells.txt").write_text("ba*\n")
        (tmp_path / "ours.toml").write_text(
            '[[exceptions]]\nrules = ["any *"]\n'
            'entries = [{ field = "process.name", list = { id = "shells", type = "keyword" } }]\n'
        )
        found = scan(cli, "--exceptions", "ours.toml", "--lists", "lists")
        assert told(found) == ["Any process", "Curl", "Any process", "Curl"]
        # what was compiled without, or with other values, is not taken for it
        assert len(told(scan(cli))) == 5
        (tmp_path / "lists" / "shells.txt").write_text("curl\n")
        assert told(scan(cli, "--exceptions", "ours.toml", "--lists", "lists")) == [
            "Curl",
            "Any process",
            "Curl",
        ]

    def test_what_the_overlay_names(self, cli, tmp_path):
        (tmp_path / "ours.toml").write_text(
            '[[exceptions]]\nentries = [{ field = "process.name", value = "curl" }]\n'
        )
        (tmp_path / "tocsin.toml").write_text('[rules.Curl]\nexceptions = ["ours.toml"]\n')
        assert told(scan(cli)) == ["Any process", "Any process", "Any process"]

    def test_what_cannot_be_used_is_told(self, cli):
        found = scan(cli, "--exceptions", "none.toml")
        assert found.status == 0
        assert "EXC001" in found.err
        assert len(found.rows) == 5


class TestIndicators:
    @pytest.fixture(autouse=True)
    def _threats(self, tmp_path, events):
        (tmp_path / "rules").mkdir(exist_ok=True)
        (tmp_path / "rules" / "threat.toml").write_text(
            '[rule]\nname = "Met"\nrule_id = "22222222-2222-4222-8222-222222222222"\n'
            'type = "threat_match"\nlanguage = "kuery"\nquery = "*:*"\nseverity = "high"\n'
            'risk_score = 73\ndescription = "d"\nthreat_index = ["logs-ti_*"]\n'
            '[[rule.threat_mapping]]\nentries = [{ field = "process.name", type = "mapping", '
            'value = "threat.indicator.file.name" }]\n'
        )
        events(*THREE)

    def test_events_that_meet_an_indicator(self, cli, tmp_path):
        (tmp_path / "feed.csv").write_text("threat.indicator.file.name\ncurl\n,,\n")
        found = scan(cli, "--indicators", "feed.csv", "--stats", "stats.json")
        assert told(found) == ["Met", "Met"]
        counts = json.loads((tmp_path / "stats.json").read_text())["indicators"]
        assert counts == {"read": 1, "used": 1, "rejected": 0, "left_out": 0}
        assert "1 indicator of 1 document" in found.err

    def test_why_indicators_were_rejected_is_told(self, cli, tmp_path):
        (tmp_path / "list.txt").write_text("192.0.2.1\n192.0.2.2\n")
        (tmp_path / "more.json").write_text('{"a": 1}\nrubbish\n')
        (tmp_path / "excel.csv").write_text("ip\n192.0.2.1\n", encoding="utf-16")
        files = ("list.txt", "more.json", "excel.csv")
        found = scan(cli, *(part for name in files for part in ("--indicators", name)))
        assert "0 indicators of 1 document · 3 lines of indicators rejected" in found.err
        assert "UTF-16 or UTF-32 text; events are read as UTF-8: excel.csv:1" in found.err
        assert "`192.0.2.1` names no field" in found.err
        assert ": list.txt:1" in found.err
        assert "this is something else: more.json:2" in found.err
        assert "--rejects" not in found.err
        explained = cli("explain", "Met", "events.ndjson", "-r", "rules", "--indicators", files[1])
        assert explained.err.startswith("1 line of --indicators rejected\n        1  an event is a")

    def test_without_indicators_that_is_said(self, cli):
        found = scan(cli)
        assert found.rows == []
        assert "1 indicator match rule found nothing: no indicators were given" in found.err

    def test_indicators_that_are_not_there_are_told_of(self, cli):
        found = scan(cli, "--indicators", "none.csv")
        assert found.status == 0
        assert "not read: none.csv" in found.err


def test_rules_that_read_alerts(cli, rule, events, tmp_path):
    rule("Curl", 'process where process.name == "curl"')
    rule("Curls", 'any where kibana.alert.rule.name == "Curl"', index=[".alerts-security.*"])
    events(*THREE)
    found = scan(cli, "--stats", "stats.json")
    assert told(found) == ["Curl", "Curls", "Curl", "Curls"]
    counts = json.loads((tmp_path / "stats.json").read_text())
    assert (counts["events"], counts["alerts"]) == (3, 4)
    assert counts["rules"]["cannot_match"] == []


def test_an_answer_of_esql_is_scanned(cli, rule, tmp_path):
    rule("Curl", 'process where process.name == "curl"')
    names = ("@timestamp", "event.category", "process.name", "process.name.text", "_id", "_index")
    row = ["2026-01-01T00:00:00.000Z", ["process"], "curl", "curl", "i", "logs-x"]
    columns = [{"name": name, "type": "keyword"} for name in names]
    answer = {"took": 1, "columns": columns, "values": [row, row[:2]]}
    (tmp_path / "events.ndjson").write_text(json.dumps(answer, indent=1))
    found = scan(cli)
    (alert,) = found.rows
    assert alert["process.name"] == "curl"
    assert alert["kibana.alert.ancestors"][0]["id"] == "i"
    assert "a row of an ES|QL answer with 2 values for 6 columns: events.ndjson:" in found.err
