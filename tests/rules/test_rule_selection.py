"""Choosing, finding and comparing rules of a set."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.rules.rule import Origin, Rule, Technique, Threat
from tocsin.rules.ruleset import RuleSet
from tocsin.rules.select import SelectorError, fits, selector


def rule(number, name, **keys):
    return Rule(
        id=f"{number:08d}-0000-4000-8000-000000000000",
        name=name,
        type=keys.pop("type", "eql"),
        **keys,
    )


def mapped(tactic, *techniques):
    found = tuple(Technique(name, name) for name in techniques)
    return (Threat("MITRE ATT&CK", tactic[0], tactic[1], techniques=found),)


EXECUTION, DISCOVERY = ("TA0002", "Execution"), ("TA0007", "Discovery")
A = rule(
    1,
    "Curl in a Container",
    severity="high",
    tags=("OS: Linux", "Domain: Container", "Rare"),
    threat=mapped(EXECUTION, "T1059"),
    origin=Origin("rules/execution_curl.toml"),
)
B = rule(
    2,
    "Curl on Windows",
    severity="low",
    tags=("OS: Windows", "Domain: Endpoint"),
    type="query",
    threat=mapped(DISCOVERY, "T1613"),
    origin=Origin("rules/discovery_curl.toml"),
)
C = rule(3, "Old Thing", maturity="deprecated", tags=("OS: Linux",), severity="high")
D = rule(4, "Coming Thing", maturity="development", tags=("OS: Linux",))
E = rule(5, "Switched Off", enabled=False, tags=("OS: macOS",))
F = rule(
    6,
    "Block",
    building_block=True,
    tags=("Domain: Container", "Rare"),
    metadata={"os_type_list": ["linux"]},
    threat=mapped(EXECUTION, "T1059", "T1059.004"),
)
ALL = RuleSet([A, B, C, D, E, F])


def names(rules):
    return "".join("ABCDEF"[int(found.id[:8]) - 1] for found in rules)


@pytest.mark.parametrize(
    ("rules", "include", "exclude", "left"),
    [
        ([], [], [], "ABF"),
        (["Old Thing"], [], [], "C"),
        (["old thing", "00000001-0000-4000-8000-000000000000"], [], [], "AC"),
        (["execution_curl"], [], [], "A"),
        (["curl*"], [], [], "AB"),
        (["*"], [], [], "ABCDEF"),
        (["Curl"], [], [], ""),
        ([], ["severity:high"], [], "A"),
        ([], ["severity:HIGH", "severity:low"], [], "ABF"),
        ([], ["os:linux"], [], "AF"),
        ([], ["OS:linux", "severity:high"], [], "A"),
        ([], ["tag:Domain: Container"], [], "AF"),
        ([], ["tag:container"], [], "AF"),
        ([], ["tag:*contain*"], [], "AF"),
        ([], ["tactic:execution"], [], "AF"),
        ([], ["tactic:TA0007"], [], "B"),
        ([], ["type:query"], [], "B"),
        ([], ["rule:Coming*"], [], "D"),
        ([], [], ["os:linux"], "B"),
        ([], [], ["tag:container", "severity:low"], ""),
        (["*"], ["os:linux"], ["severity:high"], "DF"),
    ],
)
def test_what_is_selected(rules, include, exclude, left):
    assert names(ALL.select(rules, include, exclude)) == left


def test_what_is_left_out_without_being_asked_is_counted():
    told = [(d.code, d.severity, d.message) for d in ALL.select().diagnostics]
    assert told == [
        ("RULE021", "info", "1 deprecated rule left out"),
        ("RULE021", "info", "1 development rule left out"),
        ("RULE021", "info", "1 disabled rule left out"),
    ]


def test_a_rule_for_practice_runs_only_if_named():
    practice = rule(9, "First Alert", tags=("Use Case: Guided Onboarding",))
    both = RuleSet([A, practice])
    assert list(both.select()) == [A]
    assert [d.message for d in both.select().diagnostics] == ["1 practice rule left out"]
    assert practice in both.select(rule=["First Alert"])


def test_a_selector_that_takes_nothing_is_told_with_what_was_meant():
    chosen = ALL.select(
        rule=["curl in a contianer", "N A CONT"], include=["severity:hihg", "os:solaris"]
    )
    told = {d.message: d.hint for d in chosen.diagnostics if d.code == "RULE020"}
    assert told == {
        "no rule fits `rule:curl in a contianer`": "did you mean `Curl in a Container`?",
        "no rule fits `rule:N A CONT`": "did you mean `Curl in a Container`?",
        "no rule fits `severity:hihg`": "did you mean `high`?",
        "no rule fits `os:solaris`": "there are Linux, Windows, linux, macOS",
    }


@pytest.mark.parametrize("text", ["high", "severity:", "colour:red", ":x", ""])
def test_a_selector_that_cannot_be_read_is_refused_with_the_list(text):
    with pytest.raises(SelectorError, match=r"tag, severity|something"):
        ALL.select(include=[text])


def test_a_mistyped_kind_is_recognised():
    with pytest.raises(SelectorError, match="did you mean `severity`"):
        selector("severty:high")


def test_selecting_again_keeps_what_was_named():
    once = ALL.select(rule=["Old Thing", "Curl*"])
    assert names(once.select()) == "ABC"
    assert names(once.select(include=["severity:high"])) == "AC"


@given(st.text("ab*", max_size=8), st.text("abAB", max_size=10))
def test_wildcards_are_those_of_everyone(pattern, text):
    expected = re.fullmatch(pattern.replace("*", ".*"), text, re.IGNORECASE | re.DOTALL)
    assert fits(pattern, text) == (expected is not None)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Curl in a container", "A"),
        ("00000002-0000-4000-8000-000000000000", "B"),
        ("00000002", "B"),
        ("curl", "AB"),
        ("discovery_curl", "B"),
        ("curl *", "AB"),
        ("zzz", ""),
        ("", ""),
        ("  ", ""),
    ],
)
def test_a_rule_is_found_by_what_a_person_says(text, found):
    assert names(ALL.find(text)) == found


def test_a_mistyped_name_is_suggested():
    assert ALL.suggest("Curl in a Contianer") == ["Curl in a Container"]
    assert ALL.suggest("execution_crul") == ["execution_curl"]


def test_related_rules_share_what_is_rare():
    found = ALL.related(A)
    assert names(related.rule for related in found[:1]) == "F"
    assert found[0].reasons == ("technique T1059", "tags Domain: Container, Rare")
    assert A not in [related.rule for related in found]
    assert len(ALL.related(A, limit=1)) == 1
    assert RuleSet([A]).related(A) == []


def test_fields_decide_between_rules_that_are_as_near():
    fields = {A.id: ["x.y", "z.z"], C.id: ["a.b"], D.id: ["x.y", "z.z"]}
    few = RuleSet([A, C, D])
    assert names(related.rule for related in few.related(D)) == "AC"
    assert names(related.rule for related in few.related(C)) == "DA"
    assert names(related.rule for related in few.related(A)) == "DC"
    fields[C.id], fields[D.id] = fields[D.id], fields[C.id]
    found = few.related(A, lambda one: fields[one.id])
    assert names(related.rule for related in found) == "CD"
    assert found[0].reasons == ("tag OS: Linux", "fields x.y, z.z")
    assert found[1].reasons == ("tag OS: Linux",)


def test_a_set_is_a_sequence():
    assert (len(ALL), ALL[0], ALL[-1], list(ALL[1:3])) == (6, A, F, [B, C])
    assert C in ALL
    assert list(RuleSet()) == []
    assert "6 rules" in repr(ALL)
