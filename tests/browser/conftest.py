"""One browser and one `tocsin serve` with the demo's alerts for all walks; a tab for each.

    def test_a_walk(tab):
        tab.go("/alerts")
        tab.page.get_by_role("button", name="Acknowledge").click()
        tab.fits()
        tab.accessible()
        tab.shot("queue")

A tab fails its test if a page broke the content security policy, a script failed, or anything was
asked of another server. Walks share the alerts: each takes ones of its own, or says afterwards
what it found.
"""

import shutil

import pytest
from bench.served import Served, free_port

from browser.demo_events import DEMO, send, total
from browser.tab import opened_tab, settling
from tocsin.rules.pack import pack_path

ENTER = {"Enter", "Control+Enter"}
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


def pytest_collection_modifyitems(items):
    """What leaves hostile alerts behind is walked through last: pictures are taken before."""
    items.sort(key=lambda item: item.path.name == "test_hostile_pages.py")


@pytest.fixture(scope="package")
def chromium():
    """Debian's Chromium, driven by Playwright."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("chromium is not here (.ci/run installs it)")
    pytest.importorskip("playwright", reason="Playwright is not installed (make setup)")
    from playwright.sync_api import Keyboard, Locator, sync_playwright

    patched = pytest.MonkeyPatch()
    for kind, name, keys in (
        (Locator, "click", None),
        (Locator, "press", ENTER),
        (Keyboard, "press", ENTER),
    ):
        patched.setattr(kind, name, settling(getattr(kind, name), keys))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        yield browser
        browser.close()
    patched.undo()


@pytest.fixture(scope="package")
def engine(tmp_path_factory):
    """A live engine that has seen the demo's events, in order."""
    folder = tmp_path_factory.mktemp("browser")
    log = folder / "audit.log"
    log.touch()
    engine = Served(
        free_port(),
        folder / "data",
        str(pack_path()),
        folder / "said",
        *("--follow", str(log), "--lateness", "1s"),
    )
    engine.start()
    try:
        engine.listening(300)
        address = f"http://127.0.0.1:{engine.port}"
        send(address, (DEMO / "containers.ndjson").read_bytes().splitlines())
        engine.until(lambda: total(engine) >= 8, 120)
        log.write_bytes((DEMO / "kubelet-abuse.audit.log").read_bytes())
        engine.until(lambda: total(engine) >= 34, 120)
        yield engine
    finally:
        engine.end()


@pytest.fixture(scope="package")
def site(engine):
    """Its address."""
    return f"http://127.0.0.1:{engine.port}"


@pytest.fixture
def tab(chromium, site, request):
    """A tab that shows the demo's alerts."""
    with opened_tab(chromium, site, request) as tab:
        yield tab
