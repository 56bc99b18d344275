"""From a question with a mistake to a rule that gives an alert, with the keyboard."""

import json
import os
import signal
import time
import urllib.request
from contextlib import contextmanager, suppress
from pathlib import Path

from browser.demo_events import send
from browser.views import each_view
from tocsin.server.ask_process import BEHIND_INGEST

QUESTION = 'process where process.name == "kubeletctl"'
SENT = b"""{"@timestamp":"2026-08-21T23:59:00.000Z","data_stream":{"type":"logs","dataset":\
"cloud_defend.process","namespace":"default"},"event":{"category":["process"],"type":["start"]},\
"host":{"name":"asked-1"},"process":{"name":"kubeletctl"}}"""


@each_view
def test_questions_fit_and_are_accessible(tab):
    page = tab.go("/ask")
    tab.fits()
    tab.accessible()
    page.get_by_label("Question").fill(QUESTION)
    page.locator("select[name=last]").select_option("all")
    page.get_by_role("button", name="Ask", exact=True).click()
    page.locator("#found").wait_for()
    tab.fits()
    page.locator("tbody summary").first.click()
    tab.fits()
    tab.accessible()
    page.get_by_role("link", name="Make a rule of it").click()
    page.wait_for_url("**/ask/rule?**")
    tab.fits()
    tab.accessible()


def test_fields_are_completed_with_the_keyboard(tab):
    page = tab.go("/ask")
    question = page.get_by_label("Question")
    question.click()
    question.type("process where process.nam")
    first = page.get_by_role("option").first
    first.wait_for()
    assert first.inner_text().startswith("process.name")
    active = question.get_attribute("aria-activedescendant")
    assert page.locator(f"#{active}").get_attribute("aria-selected") == "true"
    tab.accessible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Tab")
    assert question.input_value() == "process where process.name"
    assert page.locator("#words-list").is_hidden()
    question.type(" == ends")
    page.get_by_role("option", name="endsWith").wait_for()
    page.keyboard.press("Escape")
    assert page.locator("#words-list").is_hidden()
    assert question.input_value() == "process where process.name == ends"
    question.type('With(process.name, "proces')
    page.wait_for_timeout(200)
    assert page.locator("#words-list").is_hidden()


def test_a_mistake_is_told_fixed_and_becomes_a_rule_that_gives_an_alert(tab):
    page = tab.go("/ask?last=all")
    question = page.get_by_label("Question")
    question.fill(QUESTION.replace("==", "="))
    page.get_by_text("Line 1, column 28: `=` is not a comparison").wait_for()
    question.press("Control+Enter")
    page.locator("pre.trouble").wait_for()
    place = page.locator("pre.trouble mark").bounding_box()
    caret = page.locator(".caret").bounding_box()
    assert page.locator("pre.trouble mark").inner_text() == "="
    assert place["y"] < caret["y"]
    tab.shot("ask-error")
    question = page.get_by_label("Question")
    question.fill(QUESTION)
    question.press("Control+Enter")
    page.locator("#found").wait_for()
    assert "event" in page.locator("#found").inner_text()
    tab.shot("ask")
    page.get_by_role("link", name="Make a rule of it").click()
    page.get_by_label("Name", exact=True).fill("Asked for kubeletctl")
    page.get_by_label("Description: what it finds, and why that matters").fill("Finds it.")
    page.locator("select[name=last]").select_option("all")
    page.get_by_role("button", name="Try it over the stored events").click()
    page.locator("#trial").wait_for()
    assert "alert" in page.locator("#trial").inner_text()
    tab.fits()
    tab.accessible()
    tab.shot("ask-trial")
    page.get_by_role("button", name="Save and enable").click()
    page.get_by_role("status").wait_for()
    assert "Asked for kubeletctl is saved" in page.get_by_role("status").inner_text()
    tab.fits()
    tab.accessible()
    row = page.locator("tr", has_text="Asked for kubeletctl")
    _until(lambda: page.reload() and row.get_by_text("runs", exact=True).count())
    send(tab.site, [SENT])
    _until(lambda: _asked(tab.site, "/alerts.json?status=any&host=asked-1")["total"])
    alerts = _asked(tab.site, "/alerts.json?status=any&host=asked-1")["alerts"]
    assert "Asked for kubeletctl" in {alert["rule_name"] for alert in alerts}
    page.get_by_role("button", name="Disable Asked for kubeletctl").click()
    row.get_by_text("disabled", exact=True).wait_for()
    page.get_by_role("button", name="Remove Asked for kubeletctl").click()
    assert "There are none yet" in page.locator("main").inner_text()


@each_view
def test_a_trial_that_runs_is_accessible_and_so_is_what_became_of_it(tab, engine):
    page = tab.go("/ask?language=eql&q=any+where+true&last=all")
    page.get_by_role("link", name="Make a rule of it").click()
    page.get_by_label("Name", exact=True).fill("Tried slowly")
    page.get_by_label("Description: what it finds, and why that matters").fill("Finds it.")
    with _halted(engine):
        page.get_by_role("button", name="Try it over the stored events").click()
        page.get_by_role("heading", name="The trial runs").wait_for()
        assert "/ask/trials/" in page.url
        assert "s: it begins" in page.locator("#trial-told").inner_text()
        tab.fits()
        tab.accessible()
    page.locator("#trial").wait_for()
    assert "/ask/trials/" in page.url
    assert page.get_by_role("button", name="Save and enable").is_visible()
    tab.fits()
    tab.accessible()
    with _halted(engine):
        page.get_by_role("button", name="Try it over the stored events").press("Enter")
        page.get_by_role("heading", name="The trial runs").wait_for()
        page.get_by_role("button", name="Stop").press("Enter")
        page.get_by_role("alert").wait_for()
    assert "It was stopped." in page.get_by_role("alert").inner_text()
    tab.fits()
    tab.accessible()


@contextmanager
def _halted(engine):
    """What answers questions stands still."""
    halted = list(_asking(engine.process.pid))
    assert halted
    for process in halted:
        os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in halted:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGCONT)


def _asking(server):
    """The processes that a server has for questions: they alone let others go first by so much."""
    nice = min(os.getpriority(os.PRIO_PROCESS, server) + BEHIND_INGEST, 19)
    for told in Path(f"/proc/{server}/task").glob("*/children"):
        for process in map(int, told.read_text(encoding="ascii").split()):
            with suppress(ProcessLookupError):
                if os.getpriority(os.PRIO_PROCESS, process) == nice:
                    yield process


def _asked(site, path):
    with urllib.request.urlopen(f"{site}{path}", timeout=60) as told:  # noqa: S310 - loopback
        return json.load(told)


def _until(holds, seconds=90):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.5)
