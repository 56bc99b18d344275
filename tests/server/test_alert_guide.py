"""The guide of an alert: its investigate blocks ask our own events and alerts."""

from __future__ import annotations

import re
from html import unescape

import orjson
import pytest
from eventful import eventful
from serving import NOW

from tocsin import load_rules
from tocsin.store.alert import StoredAlert

pytestmark = pytest.mark.usefixtures("unsynced")

RULE = r"""
[metadata]
maturity = "production"
[transform]
[[transform.investigate]]
label = "Processes of the host"
providers = [[
  { field = "host.id", value = "{{host.id}}", queryType = "phrase", excluded = false },
  { field = "process.name", value = "curl", queryType = "phrase", excluded = true },
]]
relativeFrom = "now-1h"
relativeTo = "now"
[[transform.investigate]]
label = "Alerts of the host"
providers = [[
  { field = "event.kind", value = "signal", queryType = "phrase", excluded = false },
  { field = "host.id", value = "{{host.id}}", queryType = "phrase", excluded = false },
]]
relativeFrom = "now-48h/h"
relativeTo = "now"
[[transform.investigate]]
label = "Needs what is not there"
providers = [
  [{ field = "process.entity_id", value = "{{process.entity_id}}", queryType = "phrase" }],
]
[[transform.investigate]]
label = "Bad times"
providers = [[{ field = "a", value = "b", queryType = "phrase", excluded = false }]]
relativeFrom = "soon"
[[transform.investigate]]
label = "A strange field"
providers = [[{ field = "a: b or c", value = "b", queryType = "phrase", excluded = false }]]
[[transform.osquery]]
label = "Services"
query = "SELECT * FROM services WHERE name = '{{host.name}}'"
[rule]
name = "With a guide"
rule_id = "guided"
type = "eql"
language = "eql"
query = "process where true"
risk_score = 1
severity = "low"
description = "d"
index = ["logs-*"]
note = '''
$investigate_0

$investigate_1

$investigate_2

$investigate_3

$investigate_4

$osquery_0
'''
"""


@pytest.fixture
def rule(tmp_path):
    file = tmp_path / "guided.toml"
    file.write_text(RULE)
    [found] = load_rules(file)
    return lambda _: found


def event(at, name="sh", host="h1", **extra):
    return {
        "@timestamp": f"2026-08-01T{at}.000Z",
        "event": {"category": ["process"]},
        "host": {"id": host, "name": "web-1"},
        "process": {"name": name},
        **extra,
    }


def alert(number, host="h1", **extra):
    document = event("12:00:00", host=host) | {
        "event": {"kind": "signal", "category": ["process"]},
        "kibana.alert.original_time": "2026-08-01T12:00:00.000Z",
        **extra,
    }
    line = orjson.dumps(document)
    return StoredAlert(f"{number:040x}", "guided", "With a guide", "low", 1.0, NOW, False, line)


def test_blocks_count_what_they_find(tmp_path, rule):
    events = [
        event("11:30:00"),
        event("11:59:00", name="curl"),
        event("11:59:30", host="h2"),
        event("10:30:00"),
        event("12:00:01"),
        event("12:00:00"),
    ]
    alerts = [alert(1), alert(2), alert(3, host="h2"), alert(4, host="h1x")]
    with eventful(tmp_path, events, alerts, rule) as tab:
        found = tab.get(f"/alerts/{1:040x}.json?all=1").json()["guide"]
        events_found, alerts_found, lacking, bad, strange = found
        assert events_found["events"]["number"] == 2, "not the later, the older, the excluded"
        assert (events_found["events"]["whole"], events_found["alerts"]) == (True, None)
        assert (alerts_found["alerts"]["number"], alerts_found["events"]) == (2, None)
        assert (lacking["missing"], lacking["events"]) == (["process.entity_id"], None)
        assert bad["wrong"] == "its times cannot be read"
        assert (strange["events"]["number"], strange["events"]["address"]) == (0, "")


def test_a_question_without_the_rule_s_filters_says_so(tmp_path):
    query = 'rule_id = "guided"\ntype = "query"\nlanguage = "kuery"\nquery = "process.name: sh"\n'
    base = '[rule]\nname = "Q"\nrisk_score = 1\nseverity = "low"\ndescription = "d"\n' + query
    filters = '[[rule.filters]]\n[rule.filters.query.term]\n"process.name" = "sh"\n'
    asked = {"query": "process.name: sh", "language": "kuery"}
    kept = alert(1, **{"kibana.alert.rule.parameters": asked})
    for number, (text, said) in enumerate(((base, False), (base + filters, True))):
        file = tmp_path / f"{number}.toml"
        file.write_text(text)
        [one] = load_rules(file)
        folder = tmp_path / str(number)
        folder.mkdir()
        with eventful(folder, [], [kept], lambda _, one=one: one) as tab:
            page = tab.get(f"/alerts/{1:040x}", {"accept": "text/html"}).text
            assert 'href="/ask?' in page
            assert ("filters are not asked along" in page) is said


def test_buttons_lead_to_what_was_counted(tmp_path, rule):
    events = [event("11:30:00"), event("11:59:00", name="curl"), event("12:00:00")]
    with eventful(tmp_path, events, [alert(1), alert(2)], rule) as tab:
        page = tab.get(f"/alerts/{1:040x}?all=1", {"accept": "text/html"}).text
        links = re.findall(r'<a (?:class="button" )?href="([^"]*)"[^>]*>([^<]*)</a>', page)
        told = {text: unescape(address) for address, text in links}
        listed = tab.get(told["2 events"].replace("/events?", "/events.json?")).json()
        assert [one["event"]["process"]["name"] for one in listed["events"]] == ["sh", "sh"]
        queue = tab.get(told["2 alerts"].replace("/alerts?", "/alerts.json?")).json()
        assert len(queue["alerts"]) == 2
        assert "The alert has no process.entity_id, so it cannot be asked." in page
        assert "/static/copy.js" in page


def test_an_alert_with_hostile_values_asks_for_them_and_does_nothing_else(tmp_path, rule):
    hostile = '"><script>alert(1)</script>" or host.id: *'
    events = [event("11:30:00", host=hostile), event("11:31:00")]
    with eventful(tmp_path, events, [alert(1, host=hostile)], rule) as tab:
        answer = tab.get(f"/alerts/{1:040x}?all=1", {"accept": "text/html"})
        assert "<script>alert" not in answer.text
        [look, *_] = tab.get(f"/alerts/{1:040x}.json?all=1").json()["guide"]
        assert look["events"]["number"] == 1
        listed = tab.get(look["events"]["address"].replace("/events?", "/events.json?")).json()
        assert listed["total"] == 1


def test_an_alert_about_a_kubelet_has_its_steps(tmp_path, rule):
    hostile = "https://n:10250/exec/a/b/c?command=<script>alert(1)</script>"
    curl = {"name": "curl", "args": ["curl", hostile], "interactive": True}
    events = [event("11:59:58") | {"process": curl}, event("11:30:00", name="cat")]
    asked = alert(1, process=curl)
    with eventful(tmp_path, events, [asked, alert(2)], rule) as tab:
        page = tab.get(f"/alerts/{1:040x}?all=1", {"accept": "text/html"}).text
        assert "What the stored events say" in page
        assert "The intent is execution." in page
        assert "<script>alert" not in page
        steps = tab.get(f"/alerts/{1:040x}.json?all=1").json()["steps"]
        nodes = next(one for one in steps if one["name"] == "other_nodes")
        assert nodes["told"] == ["One node: n."]
        listed = nodes["asked"][0]
        assert listed["number"] == 1
        found = tab.get(listed["address"].replace("/events?", "/events.json?")).json()
        assert found["total"] == 1
        other = tab.get(f"/alerts/{2:040x}", {"accept": "text/html"}).text
        assert "What the stored events say" not in other


@pytest.mark.parametrize("cloud", ["aks", "gke"])
def test_the_audit_log_of_a_managed_cluster_is_asked(tmp_path, rule, cloud):
    account = "system:serviceaccount:shop:web"
    hostile = "<script>alert(1)</script>"
    entry = event("11:59:30")
    if cloud == "aks":
        log = {
            "verb": "create",
            "user": {"username": account},
            "objectRef": {"resource": "nodes", "name": hostile, "subresource": "proxy"},
            "responseStatus": {"code": "403"},
        }
        entry["data_stream"] = {"dataset": "azure.platformlogs"}
        entry["azure"] = {
            "platformlogs": {"category": "kube-audit-admin", "properties": {"log": log}}
        }
    else:
        entry["data_stream"] = {"dataset": "gcp.audit"}
        entry["service"] = {"name": "k8s.io"}
        entry["event"] = {"action": "io.k8s.core.v1.nodes.proxy.create", "outcome": "failure"}
        entry["client"] = {"user": {"email": account}}
        name = f"core/v1/nodes/{hostile}/proxy/pods"
        entry["gcp"] = {"audit": {"resource_name": name, "status": {"code": 7}}}
        entry["log"] = {"logger": "projects/p/logs/cloudaudit.googleapis.com%2Factivity"}
    process = {"name": "curl", "args": ["curl", "https://n:10250/pods"]}
    asked = alert(1, process=process, user={"name": account})
    with eventful(tmp_path, [entry], [asked], rule) as tab:
        page = tab.get(f"/alerts/{1:040x}?all=1", {"accept": "text/html"}).text
        assert "create nodes/proxy &lt;script" in page
        assert "<script>alert" not in page
        steps = {
            one["name"]: one for one in tab.get(f"/alerts/{1:040x}.json?all=1").json()["steps"]
        }
        log = steps["audit_log"]
        assert log["told"][0] == f"1 audit entry is by {account}: 1 forbidden."
        assert steps["proxied"]["told"] == ["1 in the hour before and after: 1 forbidden."]
        left_out = "kube-audit-admin" if cloud == "aks" else "Data Access"
        assert left_out in log["caution"]
        address = log["asked"][0]["address"].replace("/events?", "/events.json?")
        assert tab.get(address).json()["total"] == 1


def test_the_response_is_text_and_twin(tmp_path, rule):
    process = {"name": "kubeletctl", "args": ["kubeletctl", "pods", "-s", "10.0.0.1"]}
    with eventful(tmp_path, [], [alert(1, process=process)], rule) as tab:
        page = tab.get(f"/alerts/{1:040x}", {"accept": "text/html"}).text
        assert "Tocsin applies nothing" in page
        assert "kind: NetworkPolicy" in page
        actions = tab.get(f"/alerts/{1:040x}.json").json()["response"]
        assert len(actions) == 10
        assert all(action["texts"] for action in actions)


def test_endless_values_do_not_make_endless_addresses(tmp_path, rule):
    long = "x" * 1_000_000
    process = {"name": "kubeletctl", "args": ["kubeletctl", "pods", "-s", long], "title": long}
    asked = alert(1, host=long, process=process)
    with eventful(tmp_path, [event("11:30:00", host=long)], [asked], rule) as tab:
        answer = tab.get(f"/alerts/{1:040x}", {"accept": "text/html"})
        assert answer.status_code == 200
        assert len(answer.text) < 200_000


def test_of_a_guide_without_end_the_first_blocks_are_asked(tmp_path):
    block = '[[transform.investigate]]\nlabel = "<script>alert(1)</script>"\nproviders = [%s]\n'
    group = '[{ field = "host.id", value = "{{host.id}}", queryType = "phrase" }], ' * 60
    head, _, rest = RULE.partition("[[transform.investigate]]")
    body = "[rule]" + rest.partition("[rule]")[2]
    marks = "\n\n".join(f"$investigate_{number}" for number in range(100))
    many = head + (block % group) * 100 + body.replace("$investigate_0", marks)
    file = tmp_path / "many.toml"
    file.write_text(many)
    [found] = load_rules(file)
    with eventful(tmp_path, [event("11:30:00")], [alert(1)], lambda _: found) as tab:
        answer = tab.get(f"/alerts/{1:040x}.json")
        assert len(answer.json()["guide"]) == 50
        page = tab.get(f"/alerts/{1:040x}", {"accept": "text/html"}).text
        assert "<script>alert" not in page
