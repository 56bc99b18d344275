"""The pages of rules over HTTP."""

import re
from html import escape, unescape
from urllib.parse import parse_qsl

import pytest
from made_alerts import made
from page_outline import checked
from ruled import made_rule, ruled, shelved
from serving import NOW

from tocsin.engine.compiled import compile_rules
from tocsin.rules.rule import Origin, Technique, Threat
from tocsin.rules.ruleset import RuleSet
from tocsin.store.alert import RuleRun
from tocsin.web.shelf import Tried, joined, parts, shelf, trials

pytestmark = pytest.mark.usefixtures("unsynced")

HOSTILE = "<script>alert(1)</script>\"'>\u202egpj\x1b[31m"
DAY = 86_400_000


def event(name, **extra):
    return {
        "@timestamp": "2026-08-01T11:59:00.000Z",
        "data_stream": {"dataset": "endpoint.events.process"},
        "event": {"category": ["process"], "type": ["start"]},
        "process": {"name": name},
        **extra,
    }


THREAT = Threat(
    "MITRE ATT&CK", "TA0002", "Execution", "", (Technique("T1059", "Command and Scripting"),)
)
CURL = made_rule(
    "id-curl-1",
    "Curl is run",
    query='process where process.name == "curl"',
    index=("logs-endpoint.events.process-*",),
    severity="high",
    risk_score=73,
    threat=(THREAT,),
    tags=("OS: Linux",),
)
PARENT = made_rule(
    "id-parent-1",
    "A parent runs",
    query='process where process.parent.name == "sh"',
    index=("logs-endpoint.events.process-*",),
    threat=(THREAT,),
)
OKTA = made_rule(
    "id-okta-1", "Okta", query="okta where user.name == null", index=("logs-okta*",), severity="low"
)
LEARNING = made_rule("id-learn-1", "Learns", type="machine_learning", language="", query="")
FOUR = shelved(CURL, PARENT, OKTA, LEARNING)


def test_the_list_tells_what_becomes_of_each_rule(tmp_path):
    alerts = [made(number, rule="curl-1") for number in range(3)]
    with ruled(tmp_path, FOUR, [event("curl")], alerts) as stand:
        stand.settled()
        answer = stand.get("/rules")
        checked(answer)
        found = stand.tab.get("/rules.json").json()
        rows = {row["name"]: row for row in found["rules"]}
        assert [row["name"] for row in found["rules"]] == sorted(rows)
        assert {name: row["data"] for name, row in rows.items()} == {
            "A parent runs": "lacks fields",
            "Curl is run": "ready",
            "Learns": "cannot run",
            "Okta": "no events",
        }
        assert rows["Learns"]["status"] == "unsupported"
        assert rows["Curl is run"]["alerts_7_days"] == 3
        assert rows["Okta"]["alerts_7_days"] == 0
        for row in rows.values():
            assert stand.get(row["page"]).status_code == 200
        assert 'href="/alerts?status=any&amp;blocks=1&amp;rule=id-curl-1"' in answer.text


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("q=CURL", ["Curl is run"]),
        ("q=process.parent", ["A parent runs"]),
        ("q=t1059", ["A parent runs", "Curl is run"]),
        ("severity=high", ["Curl is run"]),
        ("severity=high&severity=low&sort=severity", ["Curl is run", "A parent runs", *"LO"]),
        ("technique=T1059&order=desc", ["Curl is run", "A parent runs"]),
        ("tactic=Execution", ["A parent runs", "Curl is run"]),
        ("system=Linux", ["Curl is run"]),
        ("status=unsupported", ["Learns"]),
        ("data=ready", ["Curl is run"]),
        ("sort=alerts&size=1", ["Curl is run"]),
        ("sort=risk&order=asc&size=1&page=4", ["Curl is run"]),
        ("type=nothing", []),
        ("q=nothing+like+it", []),
    ],
)
def test_the_list_is_narrowed_and_sorted(tmp_path, query, names):
    with ruled(tmp_path, FOUR, [event("curl")], [made(1, rule="curl-1")]) as stand:
        found = stand.settled().tab.get(f"/rules.json?{query}").json()
        told = [row["name"] for row in found["rules"]]
        assert len(told) == len(names)
        assert all(name.startswith(start) for name, start in zip(told, names, strict=True))
        checked(stand.get(f"/rules?{query}"))


def test_a_facet_counts_what_another_value_of_it_would_show(tmp_path):
    with ruled(tmp_path, FOUR) as stand:
        found = stand.settled().tab.get("/rules.json?severity=high").json()
        counts = {one["value"]: one["rules"] for one in found["facets"]["severity"]}
        assert counts == {"low": 3, "high": 1}
        assert [one["value"] for one in found["facets"]["system"]] == ["Linux"]


@pytest.mark.parametrize("query", ["sort=x", "order=up", "page=0", "size=9999", "q=" + 600 * "a"])
def test_what_cannot_be_asked_is_said(tmp_path, query):
    with ruled(tmp_path, shelved(CURL)) as stand:
        answer = stand.get(f"/rules?{query}")
        assert answer.status_code == 400
        checked(answer)


def test_a_rule_page_tells_what_the_rule_did_and_waits_for(tmp_path):
    alerts = [made(number, rule="curl-1") for number in range(2)]
    with ruled(tmp_path, FOUR, [event("curl")], alerts) as stand:
        stand.store.commit(2, runs=[RuleRun("id-curl-1", 1, NOW, 77, 2, 0.25, NOW, "")])
        stand.counts["rule_seconds"] = {"id-curl-1": 1.5}
        stand.settled()
        answer = stand.get("/rules/id-curl-1")
        outline = checked(answer)
        text = answer.text
        assert "2 alerts</a>, 2 to do; 2 in the last 7 days, 2 in 30" in text
        assert "1.500 seconds of work" in text
        assert "1 event of its data sets came, with every field" in text
        links = {given.get("href") for tag, given in outline.tags if tag == "a"}
        day = "/alerts?status=any&blocks=1&rule=id-curl-1&since=2026-08-01&until=2026-08-01"
        assert {day, "/alerts?status=any&blocks=1&rule=id-curl-1"} <= links
        assert {"/rules?technique=T1059", "/rules?tactic=Execution", "id-parent-1"} <= links
        twin = stand.tab.get("/rules/id-curl-1.json").json()
        assert twin["query"] == CURL.query
        assert twin["live"]["data"]["data_sets"][0]["name"] == "endpoint.events.process"
        assert twin["live"]["runs"][0]["events"] == 77
        assert twin["live"]["alerts"]["days"][-1] == {"day": "2026-08-01", "alerts": 2}
        assert "none of them has process.parent.name" in stand.get("/rules/id-parent-1").text
        assert "No event of its indices has come" in stand.get("/rules/id-okta-1").text
        assert "has given no alert yet" in stand.get("/rules/id-okta-1").text


def test_a_suspended_rule_says_so_and_why(tmp_path):
    with ruled(tmp_path, FOUR) as stand:
        stand.counts["suspended"] = [("id-curl-1", "Curl is run", f"slow {HOSTILE}", NOW, 5)]
        page = stand.settled().get("/rules/id-curl-1")
        checked(page)
        assert "since 2026-08-01 12:00:00: slow &lt;script&gt;" in page.text
        assert "missed 5 hits" in page.text
        found = stand.tab.get("/rules.json?status=suspended").json()
        assert [row["rule_id"] for row in found["rules"]] == ["id-curl-1"]


def test_rules_that_were_not_chosen_are_shown_too(tmp_path):
    off = made_rule("id-off-1", "Left out")
    never = made_rule("id-never-1", "Not enabled", enabled=False)
    old = made_rule("id-old-1", "Old", maturity="deprecated")
    with ruled(tmp_path, shelved(CURL, off=[off, never, old])) as stand:
        rows = stand.settled().tab.get("/rules.json").json()["rules"]
        assert {row["name"]: (row["status"], row["data"]) for row in rows} == {
            "Curl is run": ("runs", "no events"),
            "Left out": ("disabled", "cannot run"),
            "Not enabled": ("disabled", "cannot run"),
            "Old": ("deprecated", "cannot run"),
        }
        assert "--exclude" in stand.get("/rules/id-off-1").text
        assert "enabled = false" in stand.get("/rules/id-never-1").text


def test_while_rules_are_read_the_pages_say_so(tmp_path):
    with ruled(tmp_path, None) as stand:
        answer = stand.get("/rules")
        checked(answer)
        assert "are being read" in answer.text
        assert stand.tab.get("/rules.json").status_code == 503
        assert stand.get("/rules/id-curl-1").status_code == 503
        stand.desk.trouble = f"no rule can be used: {HOSTILE}"
        assert "no rule can be used: &lt;script" in stand.get("/rules").text


def test_no_rules_and_no_such_rule(tmp_path):
    with ruled(tmp_path, shelved()) as stand:
        assert "There are no rules" in stand.get("/rules").text
        answer = stand.get("/rules/nothing")
        assert answer.status_code == 404
        checked(answer)


def test_hostile_rules_do_nothing(tmp_path):
    technique = Technique("T1059", HOSTILE, "javascript:alert(1)")
    evil = made_rule(
        f"../../{HOSTILE}",
        HOSTILE,
        description=HOSTILE,
        query=f'process where process.name == "{HOSTILE}"' + 60_000 * " ",
        index=(HOSTILE,),
        integration=(HOSTILE,),
        tags=(HOSTILE, f"OS: {HOSTILE}"),
        threat=(Threat(HOSTILE, "TA0002", HOSTILE, "javascript:alert(1)", (technique,)),),
        note=HOSTILE,
        origin=Origin(HOSTILE, HOSTILE),
    )
    rules = shelved(evil, CURL)
    rules.tried = {evil.id: [Tried(HOSTILE, HOSTILE, 0, HOSTILE, HOSTILE, 1)]}
    data = event(HOSTILE, data_stream={"dataset": HOSTILE}, **{HOSTILE: 1})
    with ruled(tmp_path, rules, [data]) as stand:
        stand.settled()
        [page] = [row["page"] for row in stand.tab.get("/rules.json?q=script").json()["rules"]]
        for url in ("/rules", page):
            answer = stand.get(url)
            checked(answer)
            assert "alert(1)</script>" not in answer.text
            assert "\u202e" not in answer.text
            assert "\x1b" not in answer.text
            assert 'href="javascript' not in answer.text
        assert escape("<script>") in stand.get(page).text


def test_tests_beside_rules_show_their_state(tmp_path):
    file = tmp_path / "curl.toml"
    file.write_text("")
    (tmp_path / "curl.test.toml").write_text(
        '[[case]]\nname = "it fires"\nfires = 1\nevents = [{"event.category" = "process", '
        '"process.name" = "curl"}]\n'
        '[[case]]\nname = "it fires at wget"\nfires = 1\nevents = [{"event.category" = "process", '
        '"process.name" = "wget"}]\n'
    )
    rule = made_rule(
        "id-curl-1",
        "Curl is run",
        query='process where process.name == "curl"',
        origin=Origin(str(file)),
    )
    rules = shelved(rule)
    with ruled(tmp_path, rules) as stand:
        assert "are being run" in stand.get("/rules/id-curl-1").text
        rules.tried = {rule.id: trials(rule)}
        answer = stand.get("/rules/id-curl-1")
        checked(answer)
        assert "1 failed" in answer.text
        assert "expected 1 alert, found no alert" in answer.text
        told = stand.tab.get("/rules/id-curl-1.json").json()["live"]["tests"]
        assert [bool(one["problem"]) for one in told] == [False, True]
        rules.tried = {}
        assert "There are none" in stand.get("/rules/id-curl-1").text


def test_what_changed_is_kept_and_shown(tmp_path):
    folder = tmp_path / "history"
    newer = made_rule(
        "id-curl-1",
        "Curl is run",
        query='process where process.name == "wget"',
        index=CURL.index,
        severity="low",
        version=2,
    )
    sets = [[CURL, OKTA], [CURL, OKTA], [newer, PARENT]]
    for number, rules in enumerate(sets):
        last = shelf(RuleSet(rules), compile_rules(rules), folder, NOW + number)
    assert len(list(folder.iterdir())) == 2
    with ruled(tmp_path, last) as stand:
        answer = stand.get("/rules/changes")
        checked(answer)
        assert "1 added, 1 removed, 1 changed." in answer.text
        for url in ("/rules/changes", "/rules/id-curl-1"):
            assert "<del>curl</del><ins>wget</ins>" in stand.get(url).text
            assert "From version 1 to 2" in stand.get(url).text
        assert "It was added" in stand.get("/rules/id-parent-1").text
        [one] = stand.tab.get("/rules/changes.json").json()["sets"]
        assert [(each["kind"], each["rule_id"]) for each in one["changes"]] == [
            ("added", "id-parent-1"),
            ("changed", "id-curl-1"),
            ("removed", "id-okta-1"),
        ]
        [change] = stand.tab.get("/rules/id-curl-1.json").json()["changes"]
        settings = {row["name"]: (row["before"], row["after"]) for row in change["settings"]}
        assert settings["severity"] == ("high", "low")


def test_rules_that_never_changed(tmp_path):
    with ruled(tmp_path, FOUR) as stand:
        answer = stand.get("/rules/changes")
        checked(answer)
        assert "have not changed" in answer.text
        assert "What changed</h2>" not in stand.get("/rules/id-curl-1").text


def test_a_shelf_is_the_same_after_it_was_handed_over():
    whole = FOUR
    again = joined(iter(list(parts(whole))))
    assert again.rows == whole.rows
    assert again.needs == whole.needs
    assert [rule.id for rule in again.library.rules] == [rule.id for rule in whole.library.rules]
    assert again.by_page["id-curl-1"] is again.library.by_id["id-curl-1"]
    assert again.library.related(again.by_page["id-curl-1"])[0].rule.id == "id-parent-1"


def test_only_the_rules_that_were_chosen_are_compiled():
    assert set(shelved(CURL, off=[OKTA]).needs) == {CURL.id}
    assert len(compile_rules([CURL]).plans) == 1


def test_a_rule_leads_to_its_question(tmp_path):
    with ruled(tmp_path, FOUR) as stand:
        rows = {row["name"]: row for row in stand.settled().tab.get("/rules.json").json()["rules"]}
        link = re.search(r'href="/ask\?([^"]*)"', stand.get(rows["Curl is run"]["page"]).text)[1]
        asked = dict(parse_qsl(unescape(link)))
        assert asked["q"] == CURL.query
        assert asked["language"] == CURL.language
        assert "/ask?" not in stand.get(rows["Learns"]["page"]).text
