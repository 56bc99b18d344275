"""The user's tocsin.toml."""

import pytest
from made_rules import place

from tocsin.rules.overlay import Overlay, apply, find_overlay, read_overlay
from tocsin.rules.rule import Origin, Rule
from tocsin.rules.ruleset import RuleSet

RULES = RuleSet(
    [
        Rule(
            id="aaaa",
            name="Curl in a Container",
            type="eql",
            severity="low",
            risk_score=21,
            tags=("x",),
        ),
        Rule(id="bbbb", name="Curl on a Host", type="eql", origin=Origin("rules/curl_host.toml")),
    ]
)


def overlaid(tmp_path, text):
    path = tmp_path / "tocsin.toml"
    path.write_text(text)
    return read_overlay(path)


def test_changes_apply_to_the_rules_that_fit(tmp_path):
    overlay = overlaid(
        tmp_path,
        """
        [rules."Curl*"]
        tags = ["Team: A", "x"]
        severity = "high"
        risk_score = 73

        [rules.curl_host]
        enabled = false
        severity = "critical"
        exceptions = ["known.ndjson", "/etc/more.ndjson"]
        """,
    )
    assert overlay.diagnostics == ()
    first, second = apply(overlay, RULES)
    assert (first.severity, first.risk_score, first.tags) == ("high", 73, ("x", "Team: A"))
    assert (first.enabled, first.exceptions) == (True, ())
    assert (second.severity, second.risk_score, second.enabled) == ("critical", 73, False)
    assert second.exceptions == (str(tmp_path / "known.ndjson"), "/etc/more.ndjson")
    assert [rule.name for rule in apply(overlay, RULES).select()] == ["Curl in a Container"]
    assert RULES[0].severity == "low"


def test_a_disabled_rule_can_be_switched_on(tmp_path):
    off = RuleSet([Rule(id="c", name="C", type="eql", enabled=False)])
    assert len(off.select()) == 0
    assert len(apply(overlaid(tmp_path, "[rules.c]\nenabled = true\n"), off).select()) == 1


def test_a_table_that_no_rule_fits_is_told_with_its_place(tmp_path):
    overlay = overlaid(tmp_path, '[rules."Curl on a Hots"]\nenabled = false\n')
    (found,) = apply(overlay, RULES).diagnostics
    assert (found.code, found.severity) == ("RULE033", "warning")
    assert found.hint == "did you mean `Curl on a Host`?"
    assert place(found)[0] == 1


def test_defaults_of_commands_are_read(tmp_path):
    overlay = overlaid(
        tmp_path,
        """
        [scan]
        rules = ["rules", "/srv/more.zip"]
        format = "ndjson"
        min_severity = "medium"
        building_blocks = true
        include = ["os:linux"]
        jobs = 2
        [query]
        timestamp_field = "event.created"
        """,
    )
    assert overlay.diagnostics == ()
    assert overlay.rule_paths == (str(tmp_path / "rules"), "/srv/more.zip")
    assert overlay.defaults["scan"]["include"] == ("os:linux",)
    assert overlay.defaults["scan"]["jobs"] == 2
    assert overlay.defaults["query"] == {"timestamp_field": "event.created"}
    assert Overlay().rule_paths == ()


@pytest.mark.parametrize(
    ("text", "code", "line", "says"),
    [
        ("[scann]\n", "RULE031", 1, "did you mean `scan`?"),
        ("[scan]\nrule_path = 1\n", "RULE031", 2, ""),
        ("[scan]\nrotuing = 'off'\n", "RULE031", 2, "did you mean `routing`?"),
        ("[scan]\nrules = 'a'\n", "RULE032", 2, 'write rules = ["rules/", "detection-rules.zip"]'),
        ("[scan]\njobs = true\n", "RULE032", 2, "write jobs = 1"),
        ("[scan]\nfail_on = 'hgih'\n", "RULE032", 2, "did you mean `high`?"),
        ("[scan]\noutput = '/etc/passwd'\n", "RULE031", 2, ""),
        ("[rules.a]\nseverity = 'severe'\n", "RULE032", 2, ""),
        ("[rules.a]\nrisk_score = 101\n", "RULE032", 2, ""),
        ("[rules.a]\nenable = false\n", "RULE031", 2, "did you mean `enabled`?"),
        ("[rules]\na = false\n", "RULE032", 2, ""),
        ("rules = 5\n", "RULE032", 1, ""),
        ("query = 5\n", "RULE032", 1, ""),
        ("[scan]\nrules = ['']\n", "RULE032", 2, ""),
        ("[scan\n", "RULE003", 1, ""),
    ],
)
def test_what_is_wrong_is_told_at_its_line(tmp_path, text, code, line, says):
    found = overlaid(tmp_path, text).diagnostics[0]
    assert found.code == code
    assert place(found)[0] == line
    assert not says or found.hint == says


def test_a_file_that_is_not_there_is_told(tmp_path):
    overlay = read_overlay(tmp_path / "none.toml")
    assert [d.code for d in overlay.diagnostics] == ["RULE001"]
    assert list(apply(overlay, RULES)) == list(RULES)


def test_a_folder_is_no_overlay(tmp_path):
    (tmp_path / "a.toml").write_text("[scan]\njobs = 2\n")
    assert read_overlay(tmp_path).defaults == {}


def test_the_nearest_file_upwards_is_found(tmp_path):
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    (tmp_path / "tocsin.toml").write_text("")
    assert find_overlay(deep) == tmp_path / "tocsin.toml"
    (tmp_path / "a" / "tocsin.toml").mkdir()
    assert find_overlay(deep) == tmp_path / "tocsin.toml"
    (deep / "tocsin.toml").write_text("")
    assert find_overlay(deep) == deep / "tocsin.toml"
