"""Pages of alerts over HTTP: what is shown, who may see and do what, and that nothing gets out."""

import csv
import html
import io
import re
from html import unescape
from urllib.parse import parse_qsl, urlencode

import orjson
import pytest
from alert_browser import HTML, Browser
from made_alerts import made
from page_outline import checked
from serving import NOW

import tocsin
from tocsin import load_rules
from tocsin.rules.pack import pack_path
from tocsin.server.keys import Keys, encoded, make_key
from tocsin.server.pages.alerts import AlertPages
from tocsin.server.pages.shell import Shell
from tocsin.server.rule_book import RuleBook
from tocsin.server.sessions import COOKIE, IDLE, MOST, Sessions
from tocsin.store.error import StoreAwayError
from tocsin.store.store import Store
from tocsin.store.triage import Act
from tocsin.web.alert_question import GROUPS


def test_an_empty_store_says_what_to_do(browser):
    answer = browser.get("/alerts")
    checked(answer)
    assert "There are no alerts yet" in answer.text
    assert "http://localhost:9280" in answer.text


def test_browsers_are_led_to_the_queue_and_programs_are_not(browser):
    answer = browser.get("/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/alerts")
    assert browser.client.get("/").json()["tagline"] == "You Know, for Search"


def test_the_queue_has_what_is_to_do(browser, store):
    store.put([made(1), made(2, severity="low", rule="Other", host="db-1"), made(3)])
    store.set_status([f"{3:040x}"], "closed", Act("a", NOW))
    answer = browser.get("/alerts")
    outline = checked(answer)
    links = [named.get("href", "") for tag, named in outline.tags if tag == "a"]
    assert [link for link in links if re.fullmatch("/alerts/[0-9a-f]{40}", link)] == [
        f"/alerts/{2:040x}",
        f"/alerts/{1:040x}",
    ]
    assert "/alerts?severity=low" in links
    assert "2 alerts" in answer.text
    assert "curl http://bad.example/2" in answer.text
    twin = browser.get("/alerts.json?status=any").json()
    assert (twin["total"], twin["pages"]) == (3, 1)
    assert {row["value"]: row["alerts"] for row in twin["facets"]["host"]} == {
        "web-1": 2,
        "db-1": 1,
    }
    assert sum(bar["alerts"] for bar in twin["over_time"]) == 3


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("severity=low", [2]),
        ("host=web-1", [3, 1]),
        ("host=db-1&host=web-1", [3, 2, 1]),
        ("q=bad.example", [3, 2, 1]),
        ("q=nothing", []),
        ("rule=Other", [2]),
        ("tactic=TA0002&order=asc", [1, 2, 3]),
        ("status=any&sort=severity", [3, 1, 2]),
        ("status=closed", []),
        ("assignee=none", [3, 2, 1]),
        ("size=2&page=2", [1]),
        ("since=2100-01-01", []),
    ],
)
def test_questions_choose_and_sort(browser, store, query, numbers):
    store.put([made(1), made(2, severity="low", rule="Other", host="db-1"), made(3)])
    found = browser.get(f"/alerts.json?{query}").json()["alerts"]
    assert [int(row["id"], 16) for row in found] == numbers
    checked(browser.get(f"/alerts?{query}"))


@pytest.mark.parametrize("query", ["status=gone", "page=0", "size=9999", "sort=x", "since=soon"])
def test_what_cannot_be_asked_is_said_on_a_page(browser, store, query):
    store.put([made(1)])
    answer = browser.get(f"/alerts?{query}")
    assert answer.status_code == 400
    checked(answer)


def test_pages_lead_through_all_alerts(browser, store):
    store.put([made(number) for number in range(7)])
    seen, address = [], "/alerts?size=3"
    while address:
        text = browser.get(address).text
        seen += re.findall(r'name="id" value="([0-9a-f]{40})"', text)
        found = re.search(r'rel="next" href="([^"]*)"', text)
        address = found and found[1].replace("&amp;", "&")
    assert seen == [f"{number:040x}" for number in reversed(range(7))]


def test_an_alert_tells_why(browser, store):
    store.put([made(1), made(2)])
    store.note([f"{1:040x}"], "seen <b>before</b>", Act("ann", NOW))
    answer = browser.get(f"/alerts/{1:040x}")
    checked(answer)
    for text in (
        "On <code>web-1</code>, <code>app</code> ran <code>curl http://bad.example/1</code>.",
        "process.name == &#34;curl&#34;",
        "seen &lt;b&gt;before&lt;/b&gt;",
        "Related alerts",
        "TA0002 Execution",
        "process.command_line",
    ):
        assert text in answer.text
    twin = browser.get(f"/alerts/{1:040x}.json").json()
    assert twin["why"][0]["value"] == "curl"
    assert twin["sentence"] == "On web-1, app ran curl http://bad.example/1."
    assert twin["document"]["tocsin.notes"][0]["by"] == "ann"
    assert [group["total"] for group in twin["related"]] == [1, 1, 1]
    missing = browser.get("/alerts/none")
    assert missing.status_code == 404
    checked(missing)


def test_a_sequence_shows_its_events_in_order(browser, store):
    blocks = [
        {"@timestamp": f"2026-08-01T12:00:0{n}.000Z", "process": {"command_line": f"step-{n}"}}
        for n in range(3)
    ]
    why = [{"stage": n, "clause": f"c{n}", "field": "f", "value": n} for n in range(3)]
    store.put([made(1, **{"tocsin.building_blocks": blocks, "tocsin.why": why})])
    text = browser.get(f"/alerts/{1:040x}").text
    events = text.partition('id="events"')[2]
    assert events.index("step-0") < events.index("step-1") < events.index("step-2")
    assert "<th>Stage</th>" in text


RULE = """
[metadata]
creation_date = "2026/01/01"
maturity = "production"
[rule]
author = ["x"]
description = "d"
name = "A rule"
note = "Look at **{{process.command_line}}** <script>alert(1)</script>."
risk_score = 73
rule_id = "id-A rule"
severity = "high"
type = "eql"
language = "eql"
query = 'process where process.name == "curl"'
"""


def test_the_guide_is_filled_in(store, tmp_path, caplog):
    (tmp_path / "rule.toml").write_text(RULE)
    asked = []
    keys = iter((1, 1, 2, 3))

    def load():
        asked.append(1)
        if len(asked) == 3:
            raise OSError("gone")
        return load_rules(tmp_path)

    book = RuleBook(load, lambda: next(keys))
    browser = Browser(store, rule=book.rule)
    store.put([made(1), made(2, rule="Other")])
    answer = browser.get(f"/alerts/{1:040x}")
    checked(answer)
    assert '<span class="value">curl http://bad.example/1</span>' in answer.text
    assert "not among those that run" in browser.get(f"/alerts/{2:040x}").text
    assert len(asked) == 1
    assert "curl http://bad.example/1</span>" in browser.get(f"/alerts/{1:040x}").text
    assert "not among those that run" in browser.get(f"/alerts/{1:040x}").text
    assert "gone" in caplog.text
    browser.workers.shutdown()


def test_pages_are_warmed_without_loading_rules(store):
    made_once = []

    def rule(name):
        raise AssertionError(name)

    shell = Shell(None, lambda: NOW, Sessions(None, lambda: NOW))
    pages = AlertPages(shell, store, rule)
    pages.warm()
    store.put([made(1), made(2)])
    pages.warm()
    seen = pages._shown

    def shown(name, *rest):
        made_once.append(name)
        return seen(name, *rest)

    pages = AlertPages(shell, store, rule)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(AlertPages, "_shown", lambda _, *given: shown(*given))
        pages.warm()
    assert len(made_once) == 1
    store.close()
    pages.warm()  # a store that does not answer is told to who asks next


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "evil\u202egpj.exe",
    "\x1b[31mred\x1b[0m\x00",
    "{{ 7 * 7 }}{% include 'x' %}",
    "javascript:alert(1)",
    "' onmouseover='x",
    "x" * 1_000_000,
]


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_values_do_nothing(browser, store, value):
    extra = {
        "user": {"name": value},
        "process": {"name": value, "command_line": value, "args": [value] * 3},
        "tocsin.why": [{"stage": 0, "clause": value, "field": value, "value": value}],
        "x" + value[:1000]: value,
    }
    alert = made(1, rule=value, host=value, **extra)
    store.put([alert])
    store.tag([alert.id], Act("a", NOW), add=[value])
    store.note([alert.id], value[:60_000], Act(value[:50], NOW))
    for url in ("/alerts", f"/alerts/{alert.id}"):
        answer = browser.get(url)
        outline = checked(answer)
        assert len(answer.text) < 400_000
        assert "\u202e" not in answer.text
        assert "\x1b" not in answer.text
        assert "49" not in re.findall(r"(?<=>)\d+(?=<)", answer.text) or "7 * 7" not in value
        assert not any(tag == "img" for tag, _ in outline.tags)
        for tag, named in outline.tags:
            if tag == "a":
                assert named.get("href", "").startswith(("/", "#", "https://attack.mitre.org/"))
    assert browser.get("/alerts.json").json()["total"] == 1
    assert browser.get(f"/alerts/{alert.id}.json").json()["id"] == alert.id
    assert (
        browser.get("/alerts?" + urlencode({"q": value[:500], "host": value[:400]})).status_code
        == 200
    )


def test_very_large_alerts_make_no_page_slow_or_large(browser, store):
    big = "A" * 1_000_000
    process = {"name": big, "command_line": f"curl {big}", "args": [big] * 3}
    large = {"process": process, "kibana.alert.reason": big}
    store.put([made(n, rule=f"R{big}", host=f"h{n}{big}", **large) for n in range(8)])
    addresses = ["/alerts", "/alerts?sort=severity", "/alerts.json"]
    addresses += [f"/alerts{kind}?group={by}" for by in GROUPS for kind in ("", ".json")]
    for url in addresses:
        answer = browser.get(url)
        assert answer.status_code == 200
        assert len(answer.content) < 100_000, url
    assert "a very large event: open the alert to see it" in browser.get("/alerts").text
    rows = list(csv.DictReader(io.StringIO(browser.get("/alerts.csv").text)))
    assert len(rows) == 8
    assert max(len(cell) for row in rows for cell in row.values()) < 32_767


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_groups_do_nothing(browser, store, value):
    user = {"name": value}
    store.put([made(1, rule=value, host=value, user=user), made(2, host=f"{value[:300]}2")])
    for number in (1, 2):
        store.tag([f"{number:040x}"], Act("a", NOW), add=[value])
        store.assign([f"{number:040x}"], Act("a", NOW), add=[value])
    for by in GROUPS:
        answer = browser.get(f"/alerts?group={by}")
        outline = checked(answer)
        assert not any(tag == "img" for tag, _ in outline.tags)
        assert len(answer.text) < 100_000
        assert not set("\u202e\x1b") & set(answer.text)
        boxes = [named for _, named in outline.tags if named.get("name") == "of"]
        told = browser.get(f"/alerts.json?group={by}").json()["groups"]
        fields = {"number": store.last_number(), "group": by, "action": "acknowledge"}
        assert len(boxes) == len(told)
        for group in told:  # what a browser makes of a box: tests/browser/test_hostile_pages.py
            of = {"of": group["value"], "back": f"?group={by}"}
            answer = browser.post("/alerts", fields | of)
            counts = dict(parse_qsl(answer.headers["location"].partition("?")[2]))
            assert int(counts["changed"]) + int(counts["same"]) == group["alerts"], by
            if by == "status":
                break


def test_shapes_that_nobody_expects_are_shown(browser, store):
    for number, extra in enumerate(
        (
            {"tocsin.why": "x"},
            {"tocsin.why": [1, {"stage": "x"}]},
            {"tocsin.building_blocks": [1, None]},
            {"tocsin.sample": [{"event": 3}]},
            {"kibana.alert.threshold_result": 3},
            {"host": [1, [2, {"name": {"a": 1}}]], "process": "x"},
        )
    ):
        store.put([made(number, **extra)])
        checked(browser.get(f"/alerts/{number:040x}"))
    deep = made(99)
    nested = b'{"a":' * 900 + b"1" + b"}" * 900
    store.put([deep._replace(document=nested), made(98)._replace(document=b"no json")])
    checked(browser.get(f"/alerts/{99:040x}"))
    checked(browser.get(f"/alerts/{98:040x}"))
    checked(browser.get("/alerts"))


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"action": "acknowledge"}, ("status", "open", "acknowledged")),
        (
            {"action": "close", "reason": "false_positive"},
            ("status", "open", "closed (false_positive)"),
        ),
        ({"action": "assign", "assignee": "ann"}, ("assignees", "", "ann")),
        ({"action": "tag", "tag": "case 7"}, ("tags", "", "case 7")),
        ({"action": "note", "note": "mine"}, ("note", "", "mine")),
        ({"action": "", "assignee": "ann"}, ("assignees", "", "ann")),
    ],
)
def test_an_action_is_done_and_written_down(browser, store, fields, line):
    store.put([made(1)])
    answer = browser.post(f"/alerts/{1:040x}", fields)
    assert answer.status_code == 303
    closed = "&closed=1" if fields["action"] == "close" else ""
    assert answer.headers["location"] == f"/alerts/{1:040x}?changed=1&same=0{closed}"
    [deed] = store.trail(f"{1:040x}")
    assert (deed.action, deed.before, deed.after) == line
    assert (deed.actor, deed.at) == ("local", NOW)
    assert "1 alert changed" in browser.get(answer.headers["location"]).text


def test_many_at_a_time(browser, store):
    store.put([made(number) for number in range(6)])
    ids = [f"{number:040x}" for number in range(6)]
    fields = {
        "id": ids[:2],
        "action": "close",
        "reason": "duplicate",
        "note": "n",
        "back": "?size=4",
    }
    answer = browser.post("/alerts", fields)
    assert answer.headers["location"] == "/alerts?size=4&changed=2&same=0&closed=1"
    fields = {"shown": ids[2:], "all": "page", "action": "acknowledge"}
    assert browser.post("/alerts", fields).headers["location"] == "/alerts?changed=4&same=0"
    statuses = [
        row["status"] for row in browser.get("/alerts.json?status=any&order=asc").json()["alerts"]
    ]
    assert statuses == ["closed"] * 2 + ["acknowledged"] * 4
    assert [note.text for note in store.one(ids[0]).notes] == ["n"]
    again = browser.post(f"/alerts/{ids[0]}", {"action": "open"})
    assert again.status_code == 303
    assert store.one(ids[0]).status == "open"


@pytest.mark.parametrize(
    "fields",
    [
        {"action": "acknowledge"},
        {"id": "x", "action": "dance"},
        {"id": "x", "action": "close", "reason": "boredom"},
        {"id": "x", "action": "tag"},
        {"id": "x", "action": "note"},
    ],
)
def test_what_cannot_be_done_is_said(browser, store, fields):
    store.put([made(1)])
    answer = browser.post("/alerts", {**fields, **({"id": f"{1:040x}"} if "id" in fields else {})})
    assert answer.status_code == 400
    checked(answer)
    assert store.trail() == []


def test_a_form_from_elsewhere_does_nothing(browser, store):
    store.put([made(1)])
    url, fields = f"/alerts/{1:040x}", {"action": "acknowledge"}
    token = browser.token()
    other = browser.fresh()
    other.get("/alerts", headers=HTML)

    def post(client, fields, **headers):
        return client.post(url, data=fields, headers=HTML | headers).status_code

    assert post(browser.client, fields) == 403
    assert post(browser.client, {**fields, "csrf": "0" * 64}) == 403
    assert post(browser.client, {**fields, "csrf": "\u00e9"}) == 403
    assert post(other, {**fields, "csrf": token}) == 403
    assert post(browser.fresh(), {**fields, "csrf": token}) == 403
    right = {**fields, "csrf": token}
    assert post(browser.client, right, origin="http://evil.example") == 403
    assert post(browser.client, right, origin="null") == 403
    assert post(browser.client, right, **{"sec-fetch-site": "cross-site"}) == 403
    assert post(browser.client, right, host="rebound.example") == 403
    plain = browser.client.post(
        url, content=b"csrf=" + token.encode(), headers={"content-type": "text/plain"}
    )
    assert plain.status_code == 400
    assert store.trail() == []
    assert post(browser.client, right, origin="http://localhost:9280") == 303


def test_exports_have_every_alert_of_the_question(browser, store):
    store.put([made(number, rule="=HYPERLINK(1)") for number in range(450)])
    lines = browser.get("/alerts.ndjson?q=bad.example").content.splitlines()
    assert len(lines) == 450
    assert orjson.loads(lines[0])["kibana.alert.workflow_status"] == "open"
    answer = browser.get("/alerts.csv?order=asc")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == 450
    assert rows[0]["rule_name"] == "'=HYPERLINK(1)"
    assert "attachment" in answer.headers["content-disposition"]
    assert browser.get("/alerts.csv?status=x").status_code == 400


def test_an_empty_queue_says_how_to_get_an_alert(browser):
    page = browser.get("/alerts")
    checked(page)
    command = html.unescape(re.search(r'id="first"><code>(.*?)</code>', page.text, re.DOTALL)[1])
    assert "http://localhost:9280/logs-endpoint.events.process-default/_doc" in command
    sent = command[command.index("{") : command.rindex("}") + 1]
    event = orjson.loads(sent.replace("'$(date -u +%FT%TZ)'", "2026-08-01T12:00:00Z"))
    [alert] = tocsin.scan([event], load_rules(pack_path()))
    assert alert.rule.name == "Direct Kubelet Access by URL on a Host"


def test_new_alerts_of_a_question_are_counted(browser, store):
    store.put([made(1), made(2, severity="low")])
    number = browser.get("/alerts.json").json()["number"]
    assert (
        f"alerts.new?severity=high&amp;after={number}" in browser.get("/alerts?severity=high").text
    )

    def new(question=""):
        return browser.get(f"/alerts.new?{question}&after={number}").json()["new"]

    assert new() == 0
    store.put([made(3), made(4, severity="low", host="db-1"), made(5)])
    assert new() == 3
    assert [new(q) for q in ("severity=high", "host=db-1", "q=bad.example", "q=db-1")] == [
        2,
        1,
        3,
        1,
    ]
    store.set_status([f"{3:040x}"], "closed", Act("a", NOW))
    assert new() == 2
    for wrong in ("", "?after=", "?after=x", "?after=-1", f"?after={'9' * 30}"):
        assert browser.get(f"/alerts.new{wrong}").status_code == 400


def test_only_known_files_are_served(browser):
    for name in ("style.css", "alerts.css"):
        answer = browser.get(f"/static/{name}")
        assert answer.headers["content-type"].startswith("text/css")
    for name in ("../environment.py", "%2e%2e%2fenvironment.py", "none.css"):
        assert browser.get(f"/static/{name}").status_code in {400, 404}


def test_elasticsearch_names_stay_elasticsearchs(browser):
    for url in ("/alerts/_refresh", "/alerts/_flush"):
        assert browser.client.get(url).json().get("_shards") or "refresh" not in url
    bulk = browser.client.post(
        "/alerts/_bulk",
        content=b'{"create":{}}\n{"@timestamp":"2026-08-01T12:00:00.000Z"}\n',
        headers={"content-type": "application/x-ndjson"},
    )
    assert bulk.json()["errors"] is False


@pytest.fixture
def keyed(store):
    store.put([made(1)])
    keys = {}
    for scope in ("ingest", "read", "admin"):
        record, secret = make_key(f"{scope}er", (scope,), NOW)
        store.add_key(record, Act("a", NOW))
        keys[scope] = record.id, encoded(record.id, secret)
    found = Browser(store, keys=Keys(store.keys))
    found.made = keys
    yield found
    found.workers.shutdown()


def log_in(browser, scope):
    fields = {"key": browser.made[scope][1], "next": "/alerts?q=x"}
    return browser.post("/login", fields)


def test_where_keys_are_required_nobody_sees_anything_before_a_login(keyed):
    for url in ("/alerts", "/alerts?q=1", f"/alerts/{1:040x}"):
        answer = keyed.get(url)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/login?next=%2Falerts")
    odd = keyed.get("/alerts/a%3Fb%2Fc%23d")
    assert odd.headers["location"] == "/login?next=%2Falerts%2Fa%253Fb%252Fc%2523d"
    for url in ("/alerts.json", "/alerts.csv", f"/alerts/{1:040x}.json"):
        assert keyed.get(url).status_code == 401
    assert keyed.get("/").headers["location"] == "/alerts"
    assert keyed.client.get("/").status_code == 401
    assert keyed.get("/static/style.css").status_code == 200
    checked(keyed.get("/login"))
    wrong = keyed.post("/login", {"key": "bm86bm8="})
    assert wrong.status_code == 401
    checked(wrong)
    assert keyed.client.post("/login", data={"key": keyed.made["admin"][1]}).status_code == 403


def test_a_reader_looks_and_an_admin_acts(keyed, store):
    answer = log_in(keyed, "read")
    assert (answer.status_code, answer.headers["location"]) == (303, "/alerts?q=x")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    page = keyed.get("/alerts")
    checked(page)
    assert "reader" in page.text
    assert 'value="acknowledge"' not in page.text
    url = f"/alerts/{1:040x}"
    assert keyed.post(url, {"action": "acknowledge"}).status_code == 403
    assert store.one(f"{1:040x}").status == "open"
    log_in(keyed, "admin")
    assert keyed.post(url, {"action": "acknowledge"}).status_code == 303
    assert store.trail(f"{1:040x}")[0].actor == "adminer"


def test_a_key_for_events_sees_no_alerts(keyed):
    log_in(keyed, "ingest")
    answer = keyed.get("/alerts")
    assert answer.status_code == 403
    checked(answer)


def test_a_session_is_for_pages_alone(keyed):
    log_in(keyed, "admin")
    for url in ("/metrics", "/alerts/_refresh", "/_cluster/health"):
        assert keyed.client.get(url).status_code == 401
    assert keyed.client.post("/alerts/_bulk", content=b"{}").status_code == 401


def test_sessions_end(keyed, store):
    log_in(keyed, "read")
    old = keyed.client.cookies[COOKIE]
    keyed.now += IDLE
    assert keyed.get("/alerts").status_code == 200
    keyed.now += IDLE + 1
    assert keyed.get("/alerts").status_code == 303
    log_in(keyed, "read")
    for _ in range(3):  # what a page asks by itself is no work
        keyed.now += IDLE // 2
        last = keyed.get("/alerts.new?after=1").status_code
    assert last == 401
    log_in(keyed, "read")
    assert keyed.client.cookies[COOKIE] != old
    token = keyed.token()
    assert keyed.client.post("/logout", data={"csrf": token}, headers=HTML).status_code == 303
    assert keyed.get("/alerts").status_code == 303
    log_in(keyed, "read")
    assert keyed.get("/alerts").status_code == 200
    store.revoke_key(keyed.made["read"][0], Act("a", NOW))
    assert keyed.get("/alerts").status_code == 303


def test_sessions_are_bounded(keyed, monkeypatch):
    monkeypatch.setattr("tocsin.server.sessions.MOST", 2)
    assert MOST == 1_000
    first = None
    for _ in range(3):
        log_in(keyed, "read")
        first = first or keyed.client.cookies[COOKIE]
        last = keyed.client.cookies[COOKIE]
        keyed.client = keyed.fresh()
    for cookie, status in ((first, 303), (last, 200)):
        answer = keyed.fresh().get("/alerts", headers=HTML | {"cookie": f"{COOKIE}={cookie}"})
        assert answer.status_code == status


@pytest.mark.parametrize(
    "address",
    [
        "//evil.example",
        "https://evil.example",
        "/alerts\r\nx: y",
        "/alertsx",
        "/\\evil",
        "javascript:1",
    ],
)
def test_a_login_leads_nowhere_else(keyed, address):
    fields = {"key": keyed.made["read"][1], "next": address}
    assert keyed.post("/login", fields).headers["location"] == "/alerts"


def test_api_clients_with_a_key_get_the_twins(keyed):
    headers = {"authorization": f"ApiKey {keyed.made['read'][1]}"}
    assert keyed.client.get("/alerts.json", headers=headers).json()["total"] == 1


def test_an_alert_leads_to_the_question_of_its_rule(browser, store):
    asked = {"query": 'process where process.name == "<b>"', "language": "eql", "index": ["logs-*"]}
    odd = {"query": "x", "language": "eql"}
    store.put([made(1, **{"kibana.alert.rule.parameters": asked}), made(2)])
    store.put([made(3, **{"kibana.alert.rule.parameters": odd})._replace(timestamp=1 << 60)])
    text = browser.get(f"/alerts/{1:040x}").text
    link = unescape(re.search(r'href="(/ask\?[^"]*)"', text)[1])
    assert dict(parse_qsl(link.partition("?")[2])) == {
        "language": "eql",
        "q": asked["query"],
        "since": "2026-07-31T12:00:00",
        "until": "2026-08-01T13:00:00",
        "index": "logs-*",
    }
    assert "the rule's filters are not asked along" not in unescape(text)
    for number in (2, 3):
        assert 'href="/ask?' not in browser.get(f"/alerts/{number:040x}").text


def test_a_store_that_is_away_is_told_on_a_page(browser, store, monkeypatch):
    def away(*_, **__):
        raise StoreAwayError("the server cannot be reached")

    monkeypatch.setattr(Store, "survey", away)
    answer = browser.get("/alerts")
    assert answer.status_code == 503
    assert "The store cannot be asked" in answer.text
    assert "the server cannot be reached" in answer.text
