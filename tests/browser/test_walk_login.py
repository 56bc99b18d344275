"""People with passwords: who may look, who may work with alerts, and how a session ends."""

import subprocess
import sys

import pytest
from bench.served import Served, free_port

from browser.demo_events import DEMO, send, total
from browser.tab import opened_tab
from browser.views import each_view
from tocsin.rules.pack import pack_path

PASSWORD = "correct horse 7"  # noqa: S105 - of this test alone


def users(folder, *arguments):
    """Call ``tocsin users`` with a password on standard input."""
    subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "tocsin", "users", *arguments, "--data", str(folder)],
        input=PASSWORD + "\n",
        text=True,
        check=True,
        capture_output=True,
    )


@pytest.fixture(scope="module")
def manned(tmp_path_factory):
    """A live engine with a few alerts and two people: its address and its folder."""
    pytest.importorskip("argon2", reason="tocsin[web] is not installed")
    folder = tmp_path_factory.mktemp("manned")
    data = folder / "data"
    engine = Served(free_port(), data, str(pack_path()), folder / "said", "--lateness", "1s")
    engine.start()
    try:
        engine.listening(300)
        address = f"http://127.0.0.1:{engine.port}"
        send(address, (DEMO / "containers.ndjson").read_bytes().splitlines())
        engine.until(lambda: total(engine) >= 8, 120)
        users(data, "add", "ana", "--role", "analyst")
        users(data, "add", "vic", "--role", "viewer")
        # pages want a login from here on, which a running engine learns within seconds
        engine.until(lambda: engine.told("/alerts.json") is None, 60)
        yield address, data
    finally:
        engine.end()


@pytest.fixture
def tab(chromium, manned, request):
    """A tab of a browser that nobody has logged in with."""
    with opened_tab(chromium, manned[0], request) as tab:
        yield tab


def log_in(tab, name, password=PASSWORD, path="/alerts"):
    """Ask for a page, and log in where that leads."""
    page = tab.page
    page.goto(path)
    assert page.url.startswith(f"{tab.site}/login")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_label("Password").press("Enter")
    tab.ready()
    return page


@each_view
def test_the_login_fits_and_is_accessible(tab):
    page = log_in(tab, "ana", "wrong")
    assert page.get_by_role("alert").inner_text() == "Name or password is wrong."
    tab.fits()
    tab.accessible()


def test_an_analyst_closes_an_alert_in_her_name_and_logs_out(tab):
    page = log_in(tab, "ana", path="/rules?q=kubeletctl")
    assert page.url == f"{tab.site}/rules?q=kubeletctl", "where she wanted to go"
    tab.go("/alerts").locator("tbody").get_by_role("link", name="Kubeletctl").first.click()
    page.get_by_label("Reason").select_option("true_positive")
    page.get_by_role("button", name="Close", exact=True).click()
    assert page.get_by_role("status").inner_text() == "1 alert changed."
    assert "ana" in page.get_by_role("main").inner_text()
    alert = page.url
    page.get_by_role("button", name="Log out").click()
    assert page.url.startswith(f"{tab.site}/login")
    page.goto(alert)
    assert page.url.startswith(f"{tab.site}/login"), "the session is over"


def test_a_viewer_looks_and_no_more(tab):
    page = log_in(tab, "vic")
    page.locator("tbody").get_by_role("link", name="Kubeletctl").first.click()
    page.get_by_role("heading", name="Why the rule fired").wait_for()
    assert page.get_by_role("button", name="Close", exact=True).count() == 0
    tab.accessible()
    form = {"action": "close", "reason": "false_positive"}
    token = page.locator("input[name=csrf]").first.get_attribute("value")
    head = {"origin": tab.site}
    refused = page.request.post(page.url, form=form | {"csrf": token}, headers=head)
    assert refused.status == 403, "with his own token, too"
    assert "It is open" in tab.go(page.url).locator(".lead").inner_text()


def test_a_form_without_the_session_s_token_does_nothing(tab):
    page = log_in(tab, "ana")
    page.locator("tbody").get_by_role("link", name="Kubeletctl").first.click()
    page.get_by_role("heading", name="Why the rule fired").wait_for()
    for form in ({"action": "close"}, {"action": "close", "csrf": "0" * 64}):
        assert page.request.post(page.url, form=form, headers={"origin": tab.site}).status == 403


def test_a_session_ends_with_its_person(tab, manned):
    users(manned[1], "add", "temp")
    page = log_in(tab, "temp")
    for _ in range(60):  # the server reads who there is every few seconds
        if not page.url.startswith(f"{tab.site}/login"):
            break
        page.wait_for_timeout(500)
        page = log_in(tab, "temp")
    page.get_by_role("heading", name="Alerts", exact=True).wait_for()
    users(manned[1], "remove", "temp")
    for _ in range(60):
        page.goto("/alerts")
        if page.url.startswith(f"{tab.site}/login"):
            return
        page.wait_for_timeout(500)
    pytest.fail("the session of somebody who was removed goes on")
