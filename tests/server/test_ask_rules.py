"""Rules made of questions over HTTP: the form, the trial, saving, and who may."""

import asyncio
import re
import time
from html import unescape

import pytest
from ask_browser import HTML, Here, asking_browser

from asked_store import NOON, stored, three_days
from tocsin.corpus.ask.asked import TooMuchError
from tocsin.corpus.ask.trial import Progress
from tocsin.rules.load import load
from tocsin.server.keys import Keys, encoded, make_key
from tocsin.store.store import Store
from tocsin.store.triage import Act

CURL = 'process where process.name == "curl"'
FIELDS = {
    "name": "Curl <script>alert(1)</script>",
    "description": "Finds curl.",
    "language": "eql",
    "q": CURL,
    "index": "logs-*",
    "severity": "high",
    "risk_score": "",
    "interval": "5m",
    "from": "now-9m",
    "tactic": "TA0002",
    "techniques": "t1059.004",
    "last": "7d",
    "note": "## Triage\n\nAsk who ran it.",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    found = tmp_path_factory.mktemp("askrules")
    stored(found, *three_days())
    return found


@pytest.fixture
def rules(tmp_path):
    return tmp_path / "rules"


@pytest.fixture
def browser(folder, rules):
    with asking_browser(folder, rules=rules) as found:
        yield found


def sent(browser, action, **changed):
    token = browser.token("/ask/rule", q=CURL)
    return browser.post("/ask/rule", FIELDS | {"action": action} | changed, token)


def tried_id(answer):
    return re.search(r'name="rule_id" value="([0-9a-f-]{36})"', answer.text)[1]


def test_an_answer_leads_to_the_form(browser):
    link = re.search(r'href="(/ask/rule\?[^"]*)"', browser.get("/ask", q=CURL).text)[1]
    answer = browser.tab.get(unescape(link), headers=HTML)
    assert answer.status_code == 200
    assert CURL.replace('"', "&#34;") in answer.text
    assert 'value="logs-*"' in answer.text


def test_a_rule_is_tried_saved_enabled_and_removed(browser, rules):
    answer = sent(browser, "try")
    assert answer.status_code == 200
    assert "Trial: 9 alerts, 2.2 a day" in answer.text
    assert "2026-07-29: 2 alerts" in answer.text
    assert "Nothing is doubtful" in answer.text
    assert "<script>alert" not in answer.text
    assert not rules.exists()
    name = tried_id(answer)
    saved = sent(browser, "save", rule_id=name)
    assert (saved.status_code, saved.headers["location"]) == (303, f"/ask/rules?saved={name}")
    listed = browser.get("/ask/rules", saved=name)
    assert "is saved" in listed.text
    assert "disabled" in listed.text
    assert "<script>alert" not in listed.text
    assert len(load([rules])) == 0
    token = browser.token("/ask/rules")
    assert browser.post("/ask/rules", {"id": name, "action": "enable"}, token).status_code == 303
    rule = load([rules])[0]
    assert (rule.id, rule.severity, rule.risk_score) == (name, "high", 73)
    assert rule.author == ("local",)
    assert rule.creation_date == "2026/08/01"
    assert rule.threat[0].techniques[0].subtechniques[0].id == "T1059.004"
    twin = browser.get("/ask/rules.json").json()["rules"][0]
    assert (twin["id"], twin["enabled"], twin["runs"], twin["errors"]) == (name, True, False, [])
    browser.post("/ask/rules", {"id": name, "action": "disable"}, token)
    assert len(load([rules])) == 0
    browser.post("/ask/rules", {"id": name, "action": "remove"}, token)
    assert browser.get("/ask/rules.json").json() == {"rules": []}


class Slow(Here):
    """Answers when it is told to."""

    at = Progress(1_000, 4_000, 1)

    def __init__(self, store):
        super().__init__(store)
        self.go = False

    async def ask(self, task, seconds, gone=None, heard=None):
        heard(self.at)
        while not self.go:
            if await gone():
                raise TooMuchError("nobody waits")
            await asyncio.sleep(0.005)
        return task(self._store)


@pytest.fixture
def slow(folder, rules, monkeypatch):
    made = []

    def answers(store):
        made.append(Slow(store))
        return made[0]

    with (
        asyncio.Runner() as runner,  # what goes on between two requests belongs to one loop
        asking_browser(folder, rules=rules, answers=answers) as browser,
    ):
        monkeypatch.setattr("serving.asyncio.run", runner.run)
        yield browser, made[0]


def ended(browser, path):
    for _ in range(1_000):
        found = browser.get(f"{path}.json").json()
        if not found["runs"]:
            return found
        time.sleep(0.005)
    raise AssertionError


def test_a_trial_that_takes_long_says_how_far_it_is_and_what_became_of_it(slow):
    browser, answers = slow
    answer = sent(browser, "try")
    path = answer.headers["location"]
    assert (answer.status_code, path[:12]) == (303, "/ask/trials/")
    page = browser.get(path)
    assert page.status_code == 200
    assert "The trial runs" in page.text
    assert "1,000 of about 4,000 stored events, 1 alert so far" in page.text
    assert 'src="/static/trial.js"' in page.text
    assert 'value="enable"' not in page.text
    found = browser.get(f"{path}.json").json()
    assert (found["runs"], found["events"], found["of"]) == (True, 1_000, 4_000)
    assert "1,000 of about 4,000" in found["told"]
    answers.go = True
    found = ended(browser, path)
    assert (found["alerts"], found["refused"]) == (9, "")
    for _ in range(2):
        page = browser.get(path)
        assert "Trial: 9 alerts, 2.2 a day" in page.text
        assert "static/trial.js" not in page.text
        assert 'value="enable"' in page.text


def test_a_trial_that_joins_events_says_how_many(slow, monkeypatch):
    monkeypatch.setattr(Slow, "at", Progress(4_000, 4_000, 0, 1_200, 2_500))
    browser, _ = slow
    path = sent(browser, "try").headers["location"]
    told = "all 4,000 stored events were looked at; of at most 2,500 that may belong together 1,200"
    assert told in browser.get(path).text
    found = browser.get(f"{path}.json").json()
    assert told in found["told"]
    assert (found["joined"], found["to_join"]) == (1_200, 2_500)


def test_a_trial_can_be_stopped(slow):
    browser, _ = slow
    path = sent(browser, "try").headers["location"]
    assert browser.post(path, {}, "0" * 64).status_code == 403
    assert browser.get(f"{path}.json").json()["runs"]
    answer = browser.post(path, {}, browser.token(path))
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    assert ended(browser, path)["refused"] == "It was stopped."
    page = browser.get(path)
    assert page.status_code == 200
    assert "It was stopped." in page.text
    assert "Finds curl." in page.text


def test_trials_are_forgotten_in_the_end(slow, monkeypatch):
    browser, answers = slow
    monkeypatch.setattr("tocsin.server.trials.MOST", 2)
    running = sent(browser, "try").headers["location"]
    answers.go = True
    ended(browser, running)
    for _ in range(3):
        assert sent(browser, "try").status_code == 200
    assert browser.get(running).status_code == 404
    assert browser.get("/ask/trials/x").status_code == 404


def test_a_rule_can_be_edited_while_its_file_says_no_more(browser, rules):
    name = tried_id(sent(browser, "try"))
    sent(browser, "enable", rule_id=name)
    answer = browser.get("/ask/rule", id=name)
    assert "Finds curl." in answer.text
    sent(browser, "enable", rule_id=name, name="Curl again")
    assert [rule.name for rule in load([rules])] == ["Curl again"]
    file = rules / f"{name}.toml"
    file.write_text(file.read_text().replace("[rule]\n", '[rule]\nsetup = "x"\n'))
    assert browser.get("/ask/rule", id=name).status_code == 400
    assert f"/ask/rule?id={name}" not in browser.get("/ask/rules").text


def test_an_empty_list_says_what_to_do(browser):
    assert "There are none yet" in browser.get("/ask/rules").text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "a\nb"),
        ("description", " "),
        ("severity", "fatal"),
        ("risk_score", "101"),
        ("interval", "soon"),
        ("from", "yesterday"),
        ("tactic", "TA9999"),
        ("techniques", "T0000"),
        ("techniques", "T1003"),
        ("last", "1y"),
        ("language", "sql"),
        ("q", ""),
    ],
)
def test_what_is_missing_or_wrong_is_said_at_its_field(browser, rules, field, value):
    answer = sent(browser, "enable", **{field: value})
    assert answer.status_code == 400
    assert f'id="fault-{field}"' in answer.text
    assert not rules.exists()


def test_a_question_that_is_wrong_is_never_saved(browser, rules):
    for action in ("try", "save", "enable"):
        answer = sent(browser, action, q="process where x = 1")
        assert answer.status_code == 400
        assert "line 1, column 17" in answer.text
    assert not rules.exists()


def test_an_id_of_another_rule_or_no_id_is_refused(folder, rules):
    known = "6aa52f86-18f1-4a5a-a0ac-e2b5db8af581"
    with asking_browser(folder, rules=rules, loaded=lambda name: name == known or None) as browser:
        for name in (known, "../../x", known.upper()):
            assert sent(browser, "enable", rule_id=name).status_code == 400
    assert not rules.exists()


def test_what_is_not_there_cannot_be_changed(browser):
    token = browser.token("/ask/rule", q=CURL)
    for name in ("6aa52f86-18f1-4a5a-a0ac-e2b5db8af581", "../x"):
        answer = browser.post("/ask/rules", {"id": name, "action": "remove"}, token)
        assert answer.status_code == 404
    assert sent(browser, "burn").status_code == 400


def test_forms_of_others_do_nothing(browser, rules):
    assert browser.post("/ask/rule", FIELDS | {"action": "enable"}, "0" * 64).status_code == 403
    assert browser.post("/ask/rules", {"id": "x", "action": "remove"}, "").status_code == 403
    assert not rules.exists()


def test_only_admins_make_rules(folder, rules, tmp_path):
    with (
        Store.open(tmp_path / "alerts.db") as store,
        asking_browser(folder, Keys(store.keys), rules=rules) as browser,
    ):
        record, secret = make_key("reader", ("read",), NOON)
        store.add_key(record, Act("a", NOON))
        login = browser.get("/login")
        token = re.search(r'name="csrf" value="([0-9a-f]{64})"', login.text)[1]
        browser.post("/login", {"key": encoded(record.id, secret), "next": "/ask"}, token)
        answer = browser.get("/ask", q=CURL)
        assert answer.status_code == 200
        assert "/ask/rule?" not in answer.text
        assert browser.get("/ask/rule", q=CURL).status_code == 403
        token = re.search(r'name="csrf" value="([0-9a-f]{64})"', answer.text)[1]
        assert browser.post("/ask/rule", FIELDS | {"action": "save"}, token).status_code == 403
        assert browser.post("/ask/rules", {"id": "x", "action": "remove"}, token).status_code == 403
        assert browser.get("/ask/trials/x").status_code == 403
        assert browser.post("/ask/trials/x", {}, token).status_code == 403
    assert not rules.exists()
