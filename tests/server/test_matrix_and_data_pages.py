"""The ATT&CK matrix and the data that came, over HTTP."""

from functools import partial

import pytest
from made_alerts import made
from page_outline import checked
from ruled import made_rule, ruled, shelved
from test_rule_pages import HOSTILE, event

from tocsin.rules.rule import Technique, Threat
from tocsin.schema.attack import release
from tocsin.web.data_advice import advice

pytestmark = pytest.mark.usefixtures("unsynced")

ENDPOINT = "logs-endpoint.events.process-*"


def threat(*techniques):
    return (Threat("MITRE ATT&CK", "TA0002", "Execution", "", techniques),)


SHELL = Technique("T1059", "", "", (Technique("T1059.004", ""),))
JOB = Technique("T1053", "")
CURL = made_rule(
    "id-curl-1",
    "Curl",
    query='process where process.name == "curl"',
    index=(ENDPOINT,),
    integration=("endpoint",),
    threat=threat(SHELL),
    tags=("OS: Linux",),
)
PARENT = made_rule(
    "id-parent-1",
    "Parent",
    query='process where process.parent.name == "curl"',
    index=(ENDPOINT,),
    threat=threat(SHELL, JOB),
    tags=("OS: Windows",),
)
OKTA = made_rule("id-okta-1", "Okta", index=("logs-okta*", "filebeat-*"), threat=threat(JOB))
LEARNING = made_rule(
    "id-learn-1", "Learns", type="machine_learning", language="", query="", threat=threat(JOB)
)
FOUR = shelved(CURL, PARENT, OKTA, LEARNING)
before = partial(ruled, events=[event("curl"), event("ls")], alerts=[made(1, rule="curl-1")])


def cells(stand, query=""):
    found = stand.tab.get(f"/matrix.json{query}").json()
    [column] = [one for one in found["tactics"] if one["id"] == "TA0002"]
    return {cell["id"]: cell for cell in column["techniques"]}


def test_the_matrix_counts_rules_ready_ones_and_alerts(tmp_path):
    with before(tmp_path, FOUR) as stand:
        found = cells(stand.settled())
        told = {name: found["T1059"][name] for name in ("rules", "ready", "alerts")}
        assert told == {"rules": 2, "ready": 1, "alerts": 1}
        told = {name: found["T1053"][name] for name in ("rules", "ready", "alerts")}
        assert told == {"rules": 2, "ready": 0, "alerts": 0}


@pytest.mark.parametrize(
    ("by", "inside", "link"),
    [
        ("rules", ">2</span>", "/rules?technique=T1059"),
        ("ready", ">1/2</span>", "/rules?technique=T1059&amp;data=ready"),
        (
            "alerts",
            ">1</span>",
            "/alerts?status=any&amp;blocks=1&amp;technique=T1059%2A&amp;since=2026-07-03",
        ),
    ],
)
def test_each_colouring_has_numbers_words_and_links(tmp_path, by, inside, link):
    with before(tmp_path, FOUR) as stand:
        answer = stand.settled().get(f"/matrix?by={by}")
        checked(answer)
        [cell] = [line for line in answer.text.split("<li>") if f'href="{link}"' in line]
        assert inside in cell
        assert "rule" in cell.partition('class="hidden"')[2]
        assert answer.text.count('aria-current="true"') == 1
        layer = stand.tab.get(f"/matrix/navigator.json?by={by}")
        assert f"tocsin-{by}.json" in layer.headers["content-disposition"]
        found = layer.json()
        assert found["versions"]["attack"] == release().partition(".")[0]
        scores = {one["techniqueID"]: one["score"] for one in found["techniques"]}
        expected = {"rules": (1, 2), "ready": (0, 0), "alerts": (0, 0)}[by]
        assert (scores["T1059.004"], scores["T1053"]) == (
            {"rules": 2, "ready": 1, "alerts": 1}[by],
            expected[1],
        )


def test_the_matrix_is_narrowed_to_a_system_or_a_source(tmp_path):
    with before(tmp_path, FOUR) as stand:
        stand.settled()
        assert cells(stand, "?system=Linux")["T1059"]["rules"] == 1
        assert cells(stand, "?source=endpoint")["T1053"]["rules"] == 0
        assert "option selected>Linux" in stand.get("/matrix?system=Linux").text
        assert "No rule that runs fits" in stand.get("/matrix?system=None").text
        link = "/rules?technique=T1059&amp;system=Linux"
        assert f'href="{link}"' in stand.get("/matrix?system=Linux").text
        assert stand.get("/matrix?by=colour").status_code == 400


def test_a_matrix_before_the_rules_are_there(tmp_path):
    with ruled(tmp_path, None) as stand:
        answer = stand.get("/matrix")
        checked(answer)
        assert "are being read" in answer.text
        assert stand.tab.get("/matrix.json").status_code == 503
        assert stand.tab.get("/matrix/navigator.json").status_code == 503


def test_the_data_page_tells_what_came_and_what_rules_wait_for(tmp_path):
    with before(tmp_path, FOUR) as stand:
        stand.settled()
        answer = stand.get("/data")
        checked(answer)
        found = stand.tab.get("/data.json").json()
        assert found["events"] == 2
        assert found["rules"] == {"ready": 1, "lacks fields": 1, "no events": 1, "cannot run": 1}
        [one] = found["data_sets"]
        assert (one["name"], one["ready"], one["lacking"]) == ("endpoint.events.process", 1, 1)
        assert one["days"][-1] == {"day": "2026-08-01", "events": 2}
        waiting = {row["pattern"]: row for row in found["waiting"]}
        assert set(waiting) == {"logs-okta*", "filebeat-*"}
        assert "Okta" in waiting["logs-okta*"]["text"]
        assert waiting["filebeat-*"]["setting"] == (
            'output.elasticsearch.hosts: ["http://localhost:9280"]'
        )
        [lacking] = found["lacking"]
        assert (lacking["field"], lacking["rules"], lacking["counted"]) == (
            "process.parent.name",
            1,
            True,
        )
        [cannot] = found["cannot_run"]
        assert "machine learning" in cannot["reason"]
        assert 'href="/data?set=endpoint.events.process"' in answer.text


def test_a_data_set_closely(tmp_path):
    with before(tmp_path, FOUR) as stand:
        stand.settled()
        answer = stand.get("/data?set=endpoint.events.process")
        checked(answer)
        found = stand.tab.get("/data.json?set=endpoint.events.process").json()["data_set"]
        fields = {row["name"]: row for row in found["fields"]}
        assert (fields["process.name"]["events"], fields["process.name"]["share"]) == (2, 100.0)
        assert found["ready"] == ["id-curl-1"]
        assert found["lacking"] == [{"rule_id": "id-parent-1", "fields": ["process.parent.name"]}]
        assert 'href="/rules/id-curl-1"' in answer.text
        missing = stand.get("/data?set=nothing")
        assert missing.status_code == 404


def test_nothing_came_and_no_rules_are_there_yet(tmp_path):
    with ruled(tmp_path, None) as stand:
        assert stand.pulse.data() is not None or stand.pulse.data() is not None
        answer = stand.get("/data")
        checked(answer)
        assert "No event has come yet" in answer.text
        assert "http://localhost:9280" in answer.text
        assert "The rules are being read" in answer.text


def test_hostile_data_sets_and_patterns_do_nothing(tmp_path):
    evil = made_rule("id-evil-1", HOSTILE, index=(f"logs-{HOSTILE}-*", HOSTILE, "*" * 3_000))
    data = [event(HOSTILE, data_stream={"dataset": HOSTILE + "x" * 40_000}, **{HOSTILE: 1}), b"{}"]
    with ruled(tmp_path, shelved(evil), data) as stand:
        stand.settled()
        sets = stand.tab.get("/data.json").json()["data_sets"]
        pages = [stand.get("/data"), stand.get("/matrix")]
        pages += [stand.tab.get("/data", params={"set": one["name"] or "-"}) for one in sets]
        assert len(pages) == 4
        for answer in pages:
            assert answer.status_code == 200
            checked(answer)
            assert "alert(1)</script>" not in answer.text
            assert "\u202e" not in answer.text


@pytest.mark.parametrize(
    ("pattern", "text", "setting"),
    [
        ("logs-endpoint.events.process-*", "Elastic Defend", "endpoint.events.process"),
        ("logs-endpoint.events.*", "begins with endpoint.events.", ""),
        ("auditbeat-*", "Auditbeat", "hosts"),
        ("remote:winlogbeat-*", "Winlogbeat", "hosts"),
        (".alerts-security.*", "alerts of other rules", ""),
        ("apm-*-transaction*", "POST http://x/apm", ""),
        ("*", "POST http://x//_bulk", ""),
        ("logs-*", "POST http://x/logs/_bulk", ""),
        ("", "POST http://x//_bulk", ""),
    ],
)
def test_what_to_send_for_a_pattern(pattern, text, setting):
    found = advice(pattern, "http://x")
    assert text in found.text
    assert setting in found.setting
    assert bool(found.setting) == bool(setting)


def test_what_tocsin_reads_itself_is_told():
    assert "--follow" in advice("logs-auditd_manager.auditd-*", "").command
    found = advice("logs-kubernetes.*", "http://x")
    assert "--follow" in found.command
    assert "http://x/_kubernetes/audit" in found.text
    assert "CloudWatch" in found.text


def test_what_holds_the_audit_logs_of_managed_clusters_is_told():
    assert "kube-audit" in advice("logs-azure.platformlogs-*", "").text
    assert "kube-audit" not in advice("logs-azure.activitylogs-*", "").text
    assert "Data Access" in advice("logs-gcp.audit-*", "").text
    assert "Data Access" not in advice("logs-gcp.dns-*", "").text
