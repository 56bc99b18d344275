"""``tocsin test``, ``explain`` and ``diff``: what they write, and how they end."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tocsin.cli.junit import Suite, junit

CASE = """
[[case]]
name = "{}"
fires = {}
events = [{{ event.category = "process", process.name = "{}" }}]
"""


def event(name, second=0, **more):
    return {
        "@timestamp": f"2026-01-01T00:00:{second:02}Z",
        "event": {"category": "process"},
        "process": {"name": name},
        **more,
    }


class TestTest:
    def cases(self, *cases, number=1):
        Path(f"rules/rule_{number}.test.toml").write_text("".join(CASE.format(*c) for c in cases))

    def test_all_is_well(self, cli, rule):
        rule("A", 'process where process.name == "a"')
        rule("B")
        self.cases(("fires", "true", "a"), ("does not", "false", "b"))
        found = cli("test", "rules")
        assert (found.status, found.err) == (0, "")
        assert found.out == "1 rules · 2 cases · 2 passed · 1 rules without cases\n"

    def test_what_failed_is_told_with_the_reason(self, cli, rule):
        rule("A", 'process where process.name == "a"')
        self.cases(("must", "true", "b"), ("must not", "false", "a"), ("twice", "2", "a"))
        found = cli("test", "rules")
        assert found.status == 1
        assert "FAILED  A: must\n  expected an alert, found no alert" in found.out
        assert 'failed  process.name == "a"   process.name: "b"' in found.out
        assert "FAILED  A: must not\n  expected no alert, found 1 alert" in found.out
        assert 'held  process.name == "a"   process.name: "a"' in found.out
        assert "expected 2 alerts, found 1 alert" in found.out
        assert found.out.endswith("1 rules · 3 cases · 0 passed · 3 failed\n")

    @pytest.mark.parametrize(
        ("language", "query"),
        [
            ("eql", 'any where event.kind == "signal"'),
            ("esql", 'from .alerts-security.* metadata _id | where event.kind == "signal"'),
        ],
    )
    def test_a_rule_that_reads_alerts(self, cli, rule, language, query):
        rule("A", query, type=language, language=language, index=[".alerts-security.*"])
        Path("rules/rule_1.test.toml").write_text(
            '[[case]]\nname = "an alert"\nfires = 1\nevents = [{ event.kind = "signal" }]\n'
            '[[case]]\nname = "none"\nfires = false\nevents = [{ event.kind = "event" }]\n'
        )
        found = cli("test", "rules")
        assert (found.status, found.out) == (0, "1 rules · 2 cases · 2 passed\n")

    def test_a_case_file_that_cannot_be_read_fails(self, cli, rule):
        rule("A")
        Path("rules/rule_1.test.toml").write_text("[[case")
        found = cli("test", "rules")
        assert found.status == 1
        assert "error[RULE003]" in found.out
        assert "1 errors in case files" in found.out

    def test_a_rule_that_does_not_run_fails(self, cli, rule):
        rule("A", "process where")
        self.cases(("must", "true", "b"))
        found = cli("test", "rules")
        assert found.status == 1
        assert "the rule does not run" in found.out

    def test_an_event_that_is_none_fails(self, cli, rule):
        rule("A")
        Path("rules/rule_1.test.toml").write_text(
            '[[case]]\nname = "x"\nfires = false\nevents = [{ "@timestamp" = "yesterday" }]\n'
        )
        assert "1 of 1 events cannot be read" in cli("test", "rules").out

    def test_stateful_rules(self, cli, rule):
        kql = {"language": "kuery"}
        rule(
            "T",
            "process.name: a",
            type="threshold",
            threshold={"field": ["host.id"], "value": 3},
            **kql,
        )
        rule(
            "N",
            "process.name: a",
            type="new_terms",
            new_terms_fields=["host.id"],
            history_window_start="now-7d",
            **kql,
        )
        rule(
            "I",
            "process.name: a",
            type="threat_match",
            threat_index=["logs-ti*"],
            threat_query="*:*",
            threat_mapping=[
                {
                    "entries": [
                        {"field": "host.id", "type": "mapping", "value": "threat.indicator.h"}
                    ]
                }
            ],
            **kql,
        )
        base = {"process": {"name": "a"}, "host": {"id": "x"}}
        late = {**base, "@timestamp": "+1h"}
        item = {
            "name": "not there",
            "entries": [
                {"field": "host.id", "type": "match", "operator": "included", "value": "x"}
            ],
        }
        cases = {
            1: [
                {"fires": 1, "events": [base] * 3},
                {"fires": 2, "events": [base] * 6},
                {"fires": False, "events": [base, base, late]},
                {"fires": False, "events": [base] * 3, "exceptions": [item]},
            ],
            2: [
                {"fires": 1, "events": [base] * 3},
                {"fires": False, "events": [base], "history": [base]},
                {"fires": True, "events": [base], "history": [{**base, "@timestamp": "-8d"}]},
            ],
            3: [
                {"fires": False, "events": [base]},
                {"fires": True, "events": [base], "indicators": [{"threat.indicator.h": "x"}]},
                {"fires": False, "events": [base], "indicators": [{"threat.indicator.h": "y"}]},
            ],
        }
        for number, rows in cases.items():
            lines = [json.dumps({"name": str(n), **row}) for n, row in enumerate(rows)]
            Path(f"rules/rule_{number}.test.ndjson").write_text("\n".join(lines))
        found = cli("test", "rules")
        assert found.out == "3 rules · 10 cases · 10 passed\n"

    def test_no_cases_at_all(self, cli, rule):
        rule("A")
        found = cli("test", "rules")
        assert found.status == 2
        assert "no rule has cases" in found.err

    def test_junit(self, cli, rule):
        rule('A <"&"> B', 'process where process.name == "a"')
        self.cases(("fine & <good>", "true", "a"), ("bad", "true", "<b>"))
        found = cli("test", "rules", "--format", "junit", "-o", "cases.xml")
        assert (found.status, found.out) == (1, "")
        root = ET.parse("cases.xml").getroot()  # noqa: S314 - our own file
        [suite] = root
        assert suite.attrib == {
            "name": 'A <"&"> B',
            "tests": "2",
            "failures": "1",
            "errors": "0",
        }
        fine, bad = suite
        assert (fine.attrib["name"], len(fine)) == ("fine & <good>", 0)
        [failure] = bad
        assert failure.tag == "failure"
        assert failure.attrib["message"] == "expected an alert, found no alert"
        assert '"<b>"' in failure.text

    def test_junit_holds_no_character_that_xml_forbids(self):
        suite = Suite("a\x00b\x1b", "c\ud800")
        suite.add("d\ne\tf", "g\x07", ["]]>", "\ufffe"])
        root = ET.fromstring(junit([suite]).encode())  # noqa: S314 - our own text
        case = root[0][0]
        assert case.attrib == {"classname": "c\\u{d800}", "name": "d\ne\tf"}
        assert (case[0].attrib["message"], case[0].text) == ("g\\u{7}", "]]>\n\\u{fffe}")


class TestExplain:
    QUERY = (
        'sequence by user.name with maxspan=5s [process where process.name == "a"] '
        '[process where process.name == "b"]'
    )

    def test_text(self, cli, rule, events):
        rule("A", self.QUERY)
        root = {"user": {"name": "root"}}
        name = events(event("a", 0, **root), event("b", 9, **root), event("c", 10))
        found = cli("explain", "A", name, "-r", "rules")
        assert found.status == 0
        assert found.out.startswith("A\n3 events · 3 that the rule sees · 0 alerts\n")
        assert '2 failed first at  process.name == "b"' in found.out
        assert "it would match without `maxspan`: 1 time" in found.out
        assert 'over 9s, joined by "root"' in found.out

    def test_lines_that_are_no_events_are_told_of(self, cli, rule, events):
        rule("A")
        name = events(event("a"), b"junk")
        for command in (["explain", "A", name, "-r", "rules"], ["diff", "rules", "rules", name]):
            told = cli(*command).err
            assert "1 line rejected (`tocsin scan --rejects FILE` keeps them)\n" in told
            assert f": {name}:2\n" in told

    def test_other_types_of_rules(self, cli, rule, events):
        kql = {"language": "kuery"}
        rule(
            "Counted",
            "process.name: a",
            type="threshold",
            threshold={"field": ["host.id"], "value": 8},
            **kql,
        )
        esql = 'from logs-* | where process.name == "a" | stats n = count(*) | where n > 90'
        rule("Table", esql, type="esql", language="esql")
        name = events(*(event("a", n, host={"id": "x"}) for n in range(7)), event("b"))
        told = cli("explain", "Counted", name, "-r", "rules").out
        assert "it would match without a count of more than 4" in told
        told = cli("explain", "Table", name, "-r", "rules").out
        assert "7 events matched" in told
        assert "it would match without what follows its `where`: 7 times" in told
        assert "failed first at  process.name is a" in told

    def test_a_rule_file(self, cli, rule, events):
        rule("A", 'process where process.name == "a"')
        found = cli("explain", "rules/rule_1.toml", events(event("a")))
        assert "alert 1 of 1" in found.out
        assert 'held  process.name == "a"   process.name: "a"' in found.out

    def test_json(self, cli, rule, events):
        rule("A", self.QUERY)
        found = cli(
            "explain", "A", events(event("a"), event("c")), "-r", "rules", "--format", "json"
        )
        told = json.loads(found.out)
        assert (told["alerts"], told["events"], told["seen"]) == (0, 2, 2)
        assert [stage["matched"] for stage in told["stages"]] == [1, 0]
        [miss, other] = told["stages"][1]["nearest"]
        assert miss["failed"] == [
            {"clause": 'process.name == "b"', "field": "process.name", "value": "a"}
        ]
        assert other["line"] == 2

    KINDS = (
        ("eql", "process where true", {}),
        ("query", "process.name: *", {"language": "kuery"}),
        ("threshold", "process.name: *", {"threshold": {"field": ["host.id"], "value": 2}}),
        (
            "new_terms",
            "process.name: *",
            {"new_terms_fields": ["host.id"], "history_window_start": "now-7d"},
        ),
        ("esql", "from logs-* metadata _id | where process.name is not null | keep _id", {}),
        ("esql", "from logs-* | stats n = count(*) by host.id", {}),
        ("eql", "sample by host.id [any where true] [any where true]", {}),
        (
            "threat_match",
            "process.name: *",
            {
                "threat_mapping": [
                    {"entries": [{"field": "host.id", "type": "mapping", "value": "threat.x"}]}
                ]
            },
        ),
    )

    @pytest.mark.parametrize(("kind", "query", "more"), KINDS)
    def test_json_of_alerts_of_every_type(self, cli, rule, events, kind, query, more):
        language = kind if kind in ("eql", "esql") else "kuery"
        rule("A", query, **{"type": kind, "language": language, **more})
        known = events({"threat": {"x": "h"}}, name="known.ndjson")
        host = {"host": {"id": "h"}}
        found = cli(
            "explain", "A", events(event("a", **host), event("b", 1, **host)), "-r", "rules",
            "--format", "json", "--routing", "off",
            *(("--indicators", known) if kind == "threat_match" else ()),
        )  # fmt: skip
        told = json.loads(found.out)
        assert told["alerts"] > 0
        for alert in told["found"]:
            assert set(alert) == {"events", "why", "join_keys"}
            assert alert["events"]

    def test_what_an_event_says_never_steers_the_terminal(self, cli, rule, events):
        rule("A", 'process where process.name == "a" and user.name == "b"')
        found = cli("explain", "A", events(event("a", user={"name": "\x1b[31mred"})), "-r", "rules")
        assert "\x1b" not in found.out
        assert "red" in found.out

    @pytest.mark.parametrize(
        ("name", "message"),
        [
            ("nothing", "no rule is called"),
            ("rule o", "2 rules are called"),
            ("bad", "does not run"),
        ],
    )
    def test_what_cannot_be_explained(self, cli, rule, events, name, message):
        rule("rule one")
        rule("rule of thumb")
        rule("bad", "process where")
        found = cli("explain", name, events(event("a")), "-r", "rules")
        assert found.status == 2
        assert message in found.err


class TestDiff:
    @pytest.fixture
    def sets(self, rule, tmp_path):
        rule("A", 'process where process.name in ("a", "b")')
        rule("B", 'process where process.name == "d"', severity="low")
        (tmp_path / "rules").rename(tmp_path / "old")
        (tmp_path / "new").mkdir()
        for path in (tmp_path / "old").iterdir():
            text = (
                path.read_text()
                .replace(r"\"a\", \"b\"", r"\"b\", \"c\"")
                .replace('"low"', '"high"')
            )
            (tmp_path / "new" / path.name).write_text(text)

    @pytest.mark.usefixtures("sets")
    def test_text(self, cli, events):
        name = events(*(event(name, n) for n, name in enumerate("abcd")))
        found = cli("diff", "old", "new", name)
        assert found.status == 0
        lines = found.out.splitlines()
        assert [line[0] for line in lines if line[:1] in "+-~" and line] == ["-", "~", "+", "~"]
        assert "    was low (21), called A" in lines
        assert lines[-1] == "1 gained · 1 lost · 2 changed · 0 same"

    @pytest.mark.usefixtures("sets")
    def test_ndjson_and_json_have_all(self, cli, events):
        name = events(*(event(name, n) for n, name in enumerate("abcd")))
        rows = cli("diff", "old", "new", name, "--format", "ndjson", "--size", "0").rows
        assert [row["change"] for row in rows] == ["lost", "changed", "gained", "changed"]
        assert rows[0]["new"] is None
        assert rows[1]["old"]["kibana.alert.severity"] == "low"
        assert rows[1]["new"]["kibana.alert.severity"] == "high"
        report = json.loads(cli("diff", "old", "new", name, "--format", "json").out)
        assert report["changes"][0].keys() == rows[0].keys()
        assert {row["name"]: row["changed"] for row in report["rules"]} == {"A": 1, "B": 1}

    @pytest.mark.usefixtures("sets")
    def test_no_change(self, cli, events):
        name = events(event("a"))
        assert cli("diff", "old", "old", name).out == "0 gained · 0 lost · 0 changed · 1 same\n"
        assert json.loads(cli("diff", "old", "old", name, "--format", "json").out)["changes"] == []

    @pytest.mark.usefixtures("sets")
    def test_standard_input_will_not_do(self, cli):
        found = cli("diff", "old", "new", "-")
        assert found.status == 2
        assert "read twice" in found.err


def test_cases_of_no_rule_are_told(cli, rule):
    rule("A", 'process where process.name == "a"')
    case = CASE.format("fires", "true", "a")
    Path("rules/rule_1.test.toml").write_text(case)
    Path("rules/rule_9.test.toml").write_text(case)
    found = cli("test", "rules")
    assert (found.status, found.out) == (0, "1 rules · 1 cases · 1 passed\n")
    assert "warning[CASE003]: the cases are of no rule and do not run\n" in found.err
    assert "--> rules/rule_9.test.toml" in found.err
    assert "there is no rules/rule_9.toml" in found.err


def test_events_of_a_case_that_cannot_be_read_are_told_with_the_reason(cli, rule):
    rule("A")
    events = '[{}, {"@timestamp" = "+7x"}, {x = 1}]'
    Path("rules/rule_1.test.toml").write_text(f'[[case]]\nname = "c"\nfires = 2\nevents = {events}')
    found = cli("test", "rules")
    assert found.status == 1
    assert "1 of 3 events cannot be read; event 2: neither @timestamp nor" in found.out


def test_paths_that_lead_nowhere_are_told(cli, rule):
    rule("A")
    Path("rules/rule_1.test.toml").write_text('[[case]]\nname = "c"\nfires = 1\nevents = [{}]\n')
    found = cli("test", "rules", "none")
    assert "error[RULE001]: cannot read none: no such file or directory" in found.err


@pytest.mark.parametrize("text", [None, "[settings]\nname = 'a'\n", "[hunt]\nname = 'b'\n"])
@pytest.mark.parametrize(
    "command", [["check"], ["test"], ["docs", "-o", "site"], ["show", "x", "-r"]]
)
def test_a_folder_without_rules_is_named(cli, command, text):
    Path("bare").mkdir()
    if text is not None:
        Path("bare/other.toml").write_text(text)
    found = cli(*command, "bare")
    assert (found.status, found.out) == (2, "")
    told = "tocsin: there are no rules in bare: name files, folders or archives of them\n"
    assert found.err == told
