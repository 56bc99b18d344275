"""``tocsin show``: pages of rules, fields, functions and codes."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from tocsin.cli.rule_page import rule_page
from tocsin.diagnostics.codes import CODES
from tocsin.languages.functions import FUNCTIONS
from tocsin.rules.load import load
from tocsin.rules.ruleset import RuleSet

GUIDE = """## Triage

> **Disclaimer**: look yourself.

- First $investigate_0
- then !{osquery{"label":"who","query":"SELECT 1"}}
"""
QUERY = 'process where process.name : "x*" /* why */ and ' + " or ".join(["user.id == 1"] * 20)


@pytest.fixture
def page(cli, rule):
    rule("Relative", 'process where process.name : "y"', tags=["Domain: Endpoint"])
    rule(
        "Full Page",
        QUERY,
        severity="high",
        risk_score=73,
        description="One line\nthat was broken.\n\nAnother.",
        index=["logs-a.*", "logs-b.*"],
        interval="7m",
        max_signals=33,
        tags=["Domain: Endpoint", "OS: Linux"],
        references=["https://example.org/" + "long/" * 30],
        false_positives=["Somebody\ntries it."],
        author=["A. Writer"],
        license="Apache-2.0",
        note=GUIDE,
        setup="## Setup\nTurn it on.",
        version=7,
        **{"from": "now-19m"},
        severity_mapping=[{"field": "event.severity", "operator": "equals", "value": "9",
                           "severity": "critical"}],
        threat=[
            {
                "framework": "MITRE ATT&CK",
                "tactic": {"id": "TA0002", "name": "Execution", "reference": "https://attack.mitre.org/tactics/TA0002/"},
                "technique": [
                    {
                        "id": "T1059",
                        "name": "Command and Scripting Interpreter",
                        "reference": "https://attack.mitre.org/techniques/T1059/",
                        "subtechnique": [
                            {"id": "T1059.004", "name": "Unix Shell", "reference": "https://attack.mitre.org/techniques/T1059/004/"}
                        ],
                    }
                ],
            }
        ],
    )  # fmt: skip
    path = Path("rules/rule_2.toml")
    text = path.read_text().replace(
        "[rule]",
        'creation_date = "2026/01/02"\nupdated_date = "2026/03/04"\nintegration = ["endpoint"]\n'
        'min_stack_version = "9.3.0"\n\n[rule]',
        1,
    )
    path.write_text(text + '\n[transform]\n[[transform.investigate]]\nlabel = "Alerts here"\n')
    return cli("show", "Full Page", "-r", "rules")


class TestRulePage:
    @pytest.mark.parametrize(
        "told",
        [
            "One line that was broken.",
            QUERY,
            "here                runs",
            "severity            high",
            "severity from       event.severity = 9 → critical",
            "risk score          73",
            "indices             logs-a.*, logs-b.*",
            "runs every          7m",
            "looks back          from now-19m to now",
            "max alerts per run  33",
            "tags                Domain: Endpoint, OS: Linux",
            "version             7",
            "created             2026/01/02",
            "updated             2026/03/04",
            "integration         endpoint",
            "minimum stack       9.3.0",
            "authors             A. Writer",
            "licence             Apache-2.0",
            "process.name  keyword",
            "https://example.org/" + "long/" * 30,
            "Somebody tries it.",
            "Disclaimer: look yourself.",
            "Alerts here",
            "osquery: who",
            "SELECT 1",
            "Turn it on.",
            "TA0002 Execution",
            "    T1059.004 Unix Shell",
            "https://attack.mitre.org/techniques/T1059/004/",
            "Relative  00000000-0000-4000-8000-000000000001",
            "tag Domain: Endpoint; field process.name",
        ],
    )
    def test_it_tells(self, page, told):
        assert told in page.out

    def test_it_has_its_parts_in_order(self, page):
        parts = ["Query", "Fields", "MITRE ATT&CK", "References", "False positives",
                 "Investigation guide", "Set-up", "Related rules"]  # fmt: skip
        lines = page.out.splitlines()
        places = [lines.index(part) for part in parts]
        assert places == sorted(places)

    def test_no_terminal_gets_no_escapes(self, page):
        assert "\x1b" not in page.out


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"type": "threshold", "language": "kuery", "query": "a: b",
          "threshold": {"field": ["host.id"], "value": 7,
                        "cardinality": [{"field": "user.id", "value": 3}]}},
         "threshold           at least 7 events for each host.id, at least 3 of user.id"),
        ({"type": "new_terms", "language": "kuery", "query": "a: b",
          "new_terms": {"field": "new_terms_fields", "value": ["host.id", "user.id"],
                        "history_window_start": [{"field": "history_window_start",
                                                  "value": "now-7d"}]}},
         "new terms of        host.id, user.id"),
        ({"alert_suppression": {"group_by": ["host.id"], "duration": {"value": 5, "unit": "h"},
                                "missing_fields_strategy": "suppress"}},
         "suppression         by host.id for 5h"),
        ({"type": "saved_query", "language": "kuery", "query": ""},
         "here                unsupported: the query is saved in Kibana, not in the rule"),
        ({"maturity": "deprecated"}, "here                deprecated: "),
        ({"building_block_type": "default"}, "building block      yes"),
        ({"rule_name_override": "message"}, "name from           message"),
    ],
)  # fmt: skip
def test_what_only_some_rules_have(cli, rule, keys, told):
    rule("Special", **keys)
    assert told in cli("show", "Special", "-r", "rules").out


class TestFinding:
    def test_a_rule_is_found_by_id_name_file_and_parts_of_them(self, cli, rule):
        rule_id = rule("First of Two")
        rule("Second of Two")
        for name in (rule_id, rule_id[:34] + "01", "first of two", "rule_1", "first"):
            assert cli("show", name, "-r", "rules").out.startswith("First of Two\n")

    def test_several_are_listed(self, cli, rule):
        rule("First of Two")
        rule("Second of Two", maturity="deprecated")
        found = cli("show", "of two", "-r", "rules")
        assert found.status == 0
        assert "First of Two\n" in found.out
        assert "Second of Two (deprecated)\n" in found.out

    @pytest.mark.parametrize(
        ("name", "hint"),
        [
            ("process.nam", "`process.name`"),
            ("cidrMach", "`cidrMatch`"),
            ("EQL0088", "`EQL008`"),
            ("Kubelet Certificat File Acess", "`Kubelet Certificate File Access`"),
        ],
    )
    def test_what_is_unknown_gets_a_hint(self, cli, name, hint):
        found = cli("show", name)
        assert found.status == 2
        assert hint in found.err

    def test_the_shipped_rules_need_no_path(self, cli):
        assert cli("show", "kubeletctl").out.startswith("Kubeletctl Run Interactively")


class TestSource:
    def test_the_file_is_verbatim_with_its_line_numbers(self, cli, rule):
        rule("Some rule", "process where true // …\t«»")
        text = Path("rules/rule_1.toml").read_text()
        head, *lines = cli("show", "rule_1", "-r", "rules", "--source").out.split("\n")
        assert head == "rules/rule_1.toml"
        assert [line.split("  ", 1)[1] for line in lines[:-1]] == text.removesuffix("\n").split(
            "\n"
        )
        assert [int(line.split()[0]) for line in lines[:-1]] == list(range(1, len(lines)))

    def test_a_function_has_none(self, cli):
        assert cli("show", "length", "--source").status == 2


class TestReference:
    @pytest.mark.parametrize("name", sorted(FUNCTIONS))
    def test_every_function_has_its_page(self, cli, name):
        out = cli("show", name).out
        assert out.startswith(FUNCTIONS[name].signature)
        assert all(call in out for call, _ in FUNCTIONS[name].examples)

    def test_every_code_has_its_page(self, cli):
        for name, code in CODES.items():
            assert cli("show", name.lower()).out.startswith(f"{name}: {code.title}"[:60])

    def test_a_field_has_its_kind_and_its_readers(self, cli, rule):
        rule("Reader", "process where my.own.field == 1")
        assert "process.pid  long" in cli("show", "process.pid").out
        out = cli("show", "my.own.field", "-r", "rules").out
        assert "1 of 1 rules read it" in out
        assert "Reader" in out


def test_what_an_author_wrote_cannot_steer_the_terminal(cli, rule):
    nasty = "a\x1b[2J\x9b\u202eb"
    query = f'process where process.name == "{nasty}"'
    rule(nasty, query, description=nasty, note=nasty, setup=nasty, references=[nasty],
         false_positives=[nasty], tags=[nasty], author=[nasty])  # fmt: skip
    path = Path("rules/rule_1.toml")
    path.write_text(path.read_text() + "# \u202e\n")
    page = cli("show", "00000000-0000-4000-8000-000000000001", "-r", "rules").out
    source = cli("show", "rule_1", "-r", "rules", "--source").out
    assert page.count("a\\x1b[2J\\x9b\\u202eb") >= 8
    assert source.endswith("# \\u202e\n")
    assert set(page + source) & set("\x1b\x9b\u202e") == set()


@pytest.mark.parametrize("name", ["rule_1", "rule_1.toml", "RULE_1.toml", "rules/rule_1.toml"])
def test_a_rule_goes_by_the_name_of_its_file(cli, rule, name):
    rule("One")
    rule("Two")
    options = () if "/" in name else ("-r", "rules")
    found = cli("show", name, *options)
    assert (found.status, found.err) == (0, "")
    assert found.out.startswith("One\n")


def test_a_file_without_rules_is_told(cli):
    Path("settings.toml").write_text("[tool]\nx = 1\n")
    found = cli("show", "settings.toml")
    assert (found.status, found.out) == (2, "")
    assert "settings.toml holds no rule" in found.err


def test_paths_that_lead_nowhere_are_told_beside_the_page(cli, rule):
    rule("One")
    found = cli("show", "One", "-r", "rules", "-r", "none")
    assert found.status == 0
    assert "error[RULE001]: cannot read none: no such file or directory" in found.err


@pytest.mark.parametrize("name", ["process.name", "RULE001", "length"])
def test_only_rules_have_a_source(cli, name):
    found = cli("show", "--source", name)
    assert (found.status, found.out) == (2, "")
    assert found.err == f"tocsin: `{name}` has a page without --source: it is no rule\n"


def test_a_name_longer_than_any_file_s_is_no_rule(cli):
    found = cli("show", "x" * 10_000)
    assert found.status == 2
    assert "no rule, field, function or code is called" in found.err


@pytest.mark.parametrize("width", [10, 20, 39, 40, 300])
def test_all_values_are_shown_however_narrow_a_terminal_is(cli, rule, width):
    rule("One", severity="high")
    [one] = load(["rules"])
    out = io.StringIO()
    rule_page(one, RuleSet([one]), Console(file=out, width=width))
    shown = "".join(out.getvalue().split())
    assert cli("show", "One", "-r", "rules").status == 0
    for value in (one.id, "high", "eql", "rules/rule_1.toml"):
        assert value in shown


class TestOverlay:
    def test_what_the_overlay_changes_is_shown(self, cli, rule):
        rule("Some Rule", severity="low", risk_score=21, tags=["A"])
        Path("tocsin.toml").write_text(
            """[rules."Some*"]
severity = "critical"
risk_score = 99
enabled = false
tags = ["A", "Team: [b]Blue"]
exceptions = ["ours.ndjson"]
[rules.Other]
severity = "high"
"""
        )
        found = cli("show", "Some Rule", "-r", "rules")
        assert (found.status, found.err) == (0, "")
        page = " ".join(found.out.split())
        assert "severity critical" in page
        assert "risk score 99" in page
        assert "tags A, Team: [b]Blue" in page
        for line in (
            "Changed by tocsin.toml • it is switched off",
            "• the severity is critical, in the rule low",
            "• the risk score is 99, in the rule 21",
            "• added tags: Team: [b]Blue",
            f"• exceptions: {Path('ours.ndjson').absolute()}",
        ):
            assert line in page
        assert "low" in cli("show", "Some Rule", "-r", "rules", "--source").out
        assert "critical" not in cli("show", "Some Rule", "-r", "rules", "--source").out

    def test_a_rule_that_is_left_as_it_is_has_no_such_part(self, cli, rule):
        rule("Some Rule")
        Path("tocsin.toml").write_text('[rules.Other]\nseverity = "high"\n')
        assert "Changed by" not in cli("show", "Some Rule", "-r", "rules").out
