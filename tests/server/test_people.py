"""People log in with a password and a role; wrong passwords tell nothing and soon have to wait."""

import pytest
from alert_browser import HTML, Browser
from made_alerts import made
from page_outline import checked
from serving import NOW

from tocsin.server import passwords
from tocsin.server.keys import Keys, encoded, make_key
from tocsin.server.people import PER_PAIR, WHILE, People
from tocsin.server.sessions import COOKIE, Sessions
from tocsin.store.people import Person
from tocsin.store.store import Store
from tocsin.store.triage import Act

ACT = Act("a", NOW)
PASSWORD = "correct horse battery"  # noqa: S105 - a test's


@pytest.fixture(autouse=True)
def _cheap(monkeypatch):
    """Hashes of a test need not hold."""
    monkeypatch.setattr(passwords, "TIME", 1)
    monkeypatch.setattr(passwords, "MEMORY", 8)
    passwords._hasher.cache_clear()
    passwords._nobodys.cache_clear()
    yield
    passwords._hasher.cache_clear()
    passwords._nobodys.cache_clear()


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "alerts.db") as found:
        found.put([made(1)])
        yield found


class Staffed(Browser):
    """A server with users on this machine; ``seconds``: the clock of passwords."""

    def __init__(self, store, *, keyed=False):
        self.seconds = 0.0
        known = Keys(store.keys)
        self.people = People(store.people, lambda: self.seconds)
        super().__init__(store, keys=known if keyed else None, spare=known, people=self.people)

    def log_in(self, name, password=PASSWORD):
        return self.post("/login", {"name": name, "password": password, "next": "/alerts?q=x"})


@pytest.fixture(params=[False, True], ids=["alone", "keyed"])
def browser(store, request):
    for name, role in (("Vera", "viewer"), ("anna", "analyst"), ("root", "admin")):
        store.add_person(Person(name, passwords.hashed(PASSWORD), role, NOW, NOW), ACT)
    found = Staffed(store, keyed=request.param)
    yield found
    found.workers.shutdown()


def test_without_users_pages_of_this_machine_are_open(store):
    found = Staffed(store)
    assert found.get("/alerts").status_code == 200
    store.add_person(Person("anna", passwords.hashed(PASSWORD), "analyst", NOW, NOW), ACT)
    found.seconds += 3
    assert found.get("/alerts").status_code == 303
    assert found.client.get("/alerts.json").status_code == 401
    assert found.client.get("/alerts.json", headers={"authorization": "x"}).status_code == 401
    assert found.client.get("/_cluster/health").status_code == 200
    found.workers.shutdown()


def test_roles_allow_what_they_say(browser, store):
    alert = f"/alerts/{1:040x}"
    answer = browser.log_in("vera")
    assert (answer.status_code, answer.headers["location"]) == (303, "/alerts?q=x")
    page = browser.get("/alerts")
    checked(page)
    assert "Vera" in page.text
    assert 'value="acknowledge"' not in page.text
    assert browser.post(alert, {"action": "acknowledge"}).status_code == 403
    browser.log_in("anna")
    page = browser.get("/alerts")
    checked(page)
    assert '<option value="anna">' in page.text
    assert '<option value="Vera">' not in page.text
    assert browser.post(alert, {"action": "acknowledge"}).status_code == 303
    deed = store.trail(f"{1:040x}")[0]
    assert (deed.actor, deed.after) == ("anna", "acknowledged")


def test_a_login_makes_a_new_session(browser):
    browser.get("/login")
    before = browser.client.cookies[COOKIE]
    browser.log_in("anna")
    first = browser.client.cookies[COOKIE]
    assert first != before
    browser.log_in("anna")
    assert browser.client.cookies[COOKIE] != first
    old = browser.fresh().get("/alerts", headers=HTML | {"cookie": f"{COOKIE}={first}"})
    assert old.status_code == 303


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("anna", "wrong"),
        ("nobody", PASSWORD),
        ("anna", ""),
        ("anna", PASSWORD + " "),
        ("anna", "x" * 5_000),
    ],
)
def test_wrong_passwords_and_names_look_alike(browser, monkeypatch, name, password):
    looked = []
    verify = passwords._hasher().__class__.verify
    monkeypatch.setattr(
        passwords._hasher().__class__,
        "verify",
        lambda self, *given: looked.append(1) or verify(self, *given),
    )
    answer = browser.log_in(name, password)
    checked(answer)
    assert answer.status_code == 401
    assert "Name or password is wrong." in answer.text
    assert len(looked) == (0 if len(password) > passwords.LONGEST else 1)
    assert browser.get("/alerts").status_code == 303


def test_after_some_wrong_passwords_one_has_to_wait(browser):
    for _ in range(PER_PAIR):
        assert browser.log_in("anna", "wrong").status_code == 401
    answer = browser.log_in("anna")
    checked(answer)
    assert answer.status_code == 429
    assert "Too many wrong passwords. Try again in 5 minutes." in answer.text
    assert browser.log_in("vera").status_code == 303
    browser.seconds += WHILE
    assert browser.log_in("anna").status_code == 303


def test_another_password_ends_all_sessions(browser, store):
    browser.log_in("anna")
    assert browser.get("/alerts").status_code == 200
    store.set_password("ANNA", passwords.hashed("another password"), Act("root", NOW))
    browser.seconds += 3
    assert browser.get("/alerts").status_code == 303
    assert browser.log_in("anna").status_code == 401
    assert browser.log_in("anna", "another password").status_code == 303


def test_removed_users_and_other_roles_count_at_once(browser, store):
    browser.log_in("anna")
    store.set_role("anna", "viewer", ACT)
    browser.seconds += 3
    assert 'value="acknowledge"' not in browser.get("/alerts").text
    store.remove_person("anna", ACT)
    browser.seconds += 3
    assert browser.get("/alerts").status_code == 303


@pytest.mark.parametrize("scope", ["read", "triage"])
def test_keys_are_good_beside_users(browser, store, scope):
    record, secret = make_key("tool", (scope,), NOW)
    store.add_key(record, ACT)
    key = encoded(record.id, secret)
    headers = {"authorization": f"ApiKey {key}"}
    assert browser.client.get("/alerts.json", headers=headers).json()["total"] == 1
    assert browser.post("/login", {"key": key}).status_code == 303
    done = browser.post(f"/alerts/{1:040x}", {"action": "acknowledge"}).status_code
    assert done == (303 if scope == "triage" else 403)


def test_the_login_page_asks_for_what_there_is(browser, store):
    page = browser.get("/login")
    checked(page)
    assert 'name="password"' in page.text
    for one in store.people():
        store.remove_person(one.name, ACT)
    browser.seconds += 3
    page = browser.get("/login")
    checked(page)
    assert 'name="password"' not in page.text


def test_hashes_are_argon2id():
    assert passwords.hashed(PASSWORD).startswith("$argon2id$")
    assert passwords.right(passwords.hashed(PASSWORD), PASSWORD)
    assert not passwords.right("no hash", PASSWORD)
    assert not passwords.right(None, PASSWORD)
    for wrong in ("short", "x" * 1_001):
        with pytest.raises(ValueError, match="12 to 1,000"):
            passwords.hashed(wrong)


def test_sessions_without_people_are_as_before():
    assert not Sessions(None, lambda: NOW).required
