"""``tocsin check``: what becomes of rules, and what is wrong with them."""

import json
from collections import Counter
from pathlib import Path

import pytest

from shared import SHARED, needs_shared


@pytest.fixture
def some_rules(rule):
    rule("Good")
    rule("Wrong", "process where process.name = 1")
    rule("Saved", "", type="saved_query", language="kuery")
    rule("Old", maturity="deprecated")
    rule("Model", "process where problemchild.prediction == 1")


@pytest.mark.usefixtures("some_rules")
class TestReport:
    def test_json_has_a_row_for_each_rule(self, cli):
        report = json.loads(cli("check", "rules", "--format", "json").out)
        assert set(report) == {"rules", "diagnostics"}
        rows = {row["name"]: row for row in report["rules"]}
        assert {name: row["status"] for name, row in rows.items()} == {
            "Good": "runs",
            "Wrong": "invalid",
            "Saved": "unsupported",
            "Old": "deprecated",
            "Model": "degraded",
        }
        assert rows["Good"] == {
            "rule_id": "00000000-0000-4000-8000-000000000001",
            "name": "Good",
            "type": "eql",
            "file": "rules/rule_1.toml",
            "status": "runs",
            "reason": "",
        }
        assert all(row["reason"] for name, row in rows.items() if name != "Good")

    def test_json_has_every_diagnostic_with_its_place(self, cli):
        [found] = json.loads(cli("check", "rules", "--format", "json").out)["diagnostics"]
        assert set(found) == {
            "code", "severity", "message", "file", "line", "column", "hint", "rule_id"
        }  # fmt: skip
        assert (found["severity"], found["file"]) == ("error", "rules/rule_2.toml")
        line = Path(found["file"]).read_text().splitlines()[found["line"] - 1]
        assert line[found["column"] - 1] == "="

    def test_sarif_has_a_result_for_each_diagnostic(self, cli):
        log = json.loads(cli("check", "rules", "--format", "sarif").out)
        [run] = log["runs"]
        [result] = run["results"]
        [described] = run["tool"]["driver"]["rules"]
        assert (log["version"], run["tool"]["driver"]["name"]) == ("2.1.0", "Tocsin")
        assert result["ruleId"] == described["id"]
        assert result["level"] == "error"
        [place] = [place["physicalLocation"] for place in result["locations"]]
        assert place["artifactLocation"]["uri"] == "rules/rule_2.toml"
        region = place["region"]
        line = Path("rules/rule_2.toml").read_text().splitlines()[region["startLine"] - 1]
        assert region["endLine"] == region["startLine"]
        assert line[region["startColumn"] - 1 : region["endColumn"] - 1] == "="

    def test_the_same_places_of_an_export(self, cli):
        rows = [
            {"rule_id": name, "name": name, "type": "eql", "language": "eql", "severity": "low",
             "risk_score": 21, "description": "It.", "index": ["logs-*"], "query": query}
            for name, query in (("a", "any where true"), ("b", 'any where\n a == "\\té" and b = 1'))
        ]  # fmt: skip
        Path("x.ndjson").write_text("".join(json.dumps(row) + "\n" for row in rows))
        Path("y.ndjson").write_text(json.dumps(rows))
        for name in ("x.ndjson", "y.ndjson"):
            [run] = json.loads(cli("check", name, "--format", "sarif").out)["runs"]
            [region] = [
                result["locations"][0]["physicalLocation"]["region"]
                for result in run["results"]
                if result["ruleId"] == "EQL008"
            ]
            line = Path(name).read_text().splitlines()[region["startLine"] - 1]
            assert region["endLine"] == region["startLine"]
            assert line[region["startColumn"] - 1 : region["endColumn"] - 1] == "="
            place = f"--> {name}:{region['startLine']}:{region['startColumn']}"
            assert place in cli("check", name).out

    def test_sarif_of_what_has_no_place(self, cli):
        log = json.loads(cli("check", "rules/rule_1.toml", "no such", "--format", "sarif").out)
        [place] = log["runs"][0]["results"][0]["locations"]
        assert place == {"physicalLocation": {"artifactLocation": {"uri": "no%20such"}}}

    def test_text_counts_and_gives_reasons(self, cli):
        found = cli("check", "rules")
        assert "--> rules/rule_2.toml:" in found.out
        assert (
            "5 rules: 1 runs · 1 invalid · 1 unsupported · 1 deprecated · 1 degraded" in found.out
        )
        assert "1  unsupported: the query is saved in Kibana, not in the rule" in found.out
        assert found.out.endswith("1 error · 0 warnings\n")

    def test_an_error_ends_with_one(self, cli):
        assert cli("check", "rules").status == 1
        assert cli("check", "rules/rule_1.toml").status == 0
        assert cli("check", "rules/rule_1.toml", "nothing").status == 1

    def test_nothing_to_judge_ends_with_two(self, cli):
        assert cli("check", "nothing").status == 2

    def test_the_report_may_be_a_file(self, cli):
        assert cli("check", "rules", "--format", "json", "-o", "report").out == ""
        assert len(json.loads(Path("report").read_bytes())["rules"]) == 5

    def test_the_overlay_names_rules_and_the_format(self, cli):
        Path("tocsin.toml").write_text('[scan]\nrules = ["rules"]\n[check]\nformat = "json"\n')
        assert len(json.loads(cli("check").out)["rules"]) == 5

    def test_what_is_doubtful_in_the_overlay_is_told_once(self, cli):
        Path("tocsin.toml").write_text('[frob]\n[rules."Nope"]\nenabled = false\n')
        found = cli("check", "rules/rule_1.toml")
        assert found.err == ""
        assert (found.out.count("[RULE031]"), found.out.count("[RULE033]")) == (1, 1)
        Path("tocsin.toml").write_text("[scan]\nrules = 3\n")
        found = cli("check", "rules/rule_1.toml")
        assert (found.status, found.out) == (2, "")
        assert found.err.count("[RULE032]") == 1


def test_what_is_no_rule_has_a_row_of_its_own(cli, rule):
    rule("Good")
    rule("Severe", severity="extreme")
    Path("rules/broken.toml").write_text("[rule\n")
    Path("export.ndjson").write_text('{"rule_id": "r", "type": "eql", "name": "Half"}\n')
    done = cli("check", "rules", "export.ndjson", "--format", "json")
    rows = json.loads(done.out)["rules"]
    assert {row["file"]: (row["rule_id"], row["status"]) for row in rows} == {
        "rules/rule_1.toml": ("00000000-0000-4000-8000-000000000001", "runs"),
        "rules/rule_2.toml": ("00000000-0000-4000-8000-000000000002", "invalid"),
        "rules/broken.toml": ("", "invalid"),
        "export.ndjson": ("r", "invalid"),
    }
    assert (len(rows), done.status) == (4, 1)
    assert all(row["reason"] for row in rows[1:])
    told = cli("check", "rules", "export.ndjson").out.splitlines()
    assert "1 rules: 1 runs" in told
    assert "      3  not rules at all: their errors stand above" in told


def test_places_in_a_query_with_escapes_are_places_in_the_file(cli, rule):
    rule("Wrong", 'any where a.b == "c" and d.e = 1')
    [found] = json.loads(cli("check", "rules", "--format", "json").out)["diagnostics"]
    line = Path("rules/rule_1.toml").read_text().splitlines()[found["line"] - 1]
    assert line[found["column"] - 1 :] == '= 1"'


def test_the_shipped_rules_are_in_order(cli):
    found = cli("check")
    assert found.status == 0
    assert found.out == "11 rules: 11 runs\n0 errors · 0 warnings\n"


def test_what_a_comment_allows_is_counted_and_marked(cli, rule):
    rule("A")
    path = next(Path("rules").iterdir())
    text = path.read_text().replace(
        "risk_score = 21", "risk_score = 50 # tocsin: allow LINT140 agreed"
    )
    path.write_text(text)
    assert cli("check", "rules").out.endswith("0 errors · 0 warnings · 1 allowed\n")
    run = json.loads(cli("check", "rules", "--format", "sarif").out)["runs"][0]
    (result,) = run["results"]
    assert result["ruleId"] == run["tool"]["driver"]["rules"][0]["id"] == "LINT140"
    assert result["suppressions"] == [{"kind": "inSource", "justification": "agreed"}]


def test_warnings_do_not_change_the_status(cli, rule):
    rule("A", risk_score=50)
    found = cli("check", "rules")
    assert found.status == 0
    assert "warning[LINT140]" in found.out


def test_a_wrong_threshold_is_an_error(cli, rule):
    rule("A", "a:*", type="threshold", language="kuery", threshold={"value": 0})
    found = cli("check", "rules")
    assert found.status == 1
    assert "error[LINT131]" in found.out
    assert "1 error · " in found.out


@needs_shared
def test_elastics_rules(cli):
    found = cli("check", SHARED / "elastic-rules.tar.gz", "--format", "json")
    report = json.loads(found.out)
    assert found.status == 0
    assert Counter(row["status"] for row in report["rules"]) == {
        "runs": 1948,
        "degraded": 7,
        "unsupported": 113,
        "deprecated": 124,
    }
    assert all(row["reason"] for row in report["rules"] if row["status"] != "runs")
