"""The list of stored events over HTTP."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from eventful import eventful

from tocsin.web.kql_text import is_

pytestmark = pytest.mark.usefixtures("unsynced")

HOSTILE = "<script>alert(1)</script>\u202e\x1b[31m"


def event(second, name, **extra):
    return {
        "@timestamp": f"2026-08-01T11:59:{second:02d}.000Z",
        "event": {"category": ["process"], "type": ["start"]},
        "host": {"name": "web-1"},
        "process": {"name": name, "args": [name, "-x"]},
        **extra,
    }


def test_events_are_found_and_told(tmp_path):
    with eventful(tmp_path, [event(1, "curl"), event(2, "ls"), event(3, "curl")]) as tab:
        page = tab.get("/events?q=" + quote('process.name: "curl"'), {"accept": "text/html"}).text
        assert "2 events." in page
        assert page.index("11:59:03") < page.index("11:59:01")
        assert "curl -x" in page
        found = tab.get("/events.json?order=asc&until=2026-08-01T11:59:01").json()
        assert [one["event"]["process"]["name"] for one in found["events"]] == ["curl"]
        assert found["whole"] is True


def test_what_is_hostile_is_only_shown(tmp_path):
    with eventful(tmp_path, [event(1, HOSTILE)]) as tab:
        page = tab.get("/events?q=" + quote(is_("process.name", HOSTILE))).text
        assert "<script>" not in page
        assert "\x1b" not in page
        assert "1 event." in page
        assert "&lt;script&gt;" in page


def test_nothing_found_says_what_that_does_not_prove_and_what_else_to_ask(tmp_path):
    with eventful(tmp_path, [event(1, "curl")]) as tab:
        page = tab.get("/events?q=process.name:+ls&since=2026-08-01").text
        assert "No stored event fits" in page
        assert "does not prove" in page
        assert 'href="/events?q=process.name%3A%20ls"' in page
        assert 'href="/events?since=2026-08-01"' in page


@pytest.mark.parametrize("query", ["", "?q=process.name:+ls&since=2026-08-01"])
def test_where_nothing_is_stored_it_says_what_to_send_where(tmp_path, query):
    with eventful(tmp_path, []) as tab:
        page = tab.get(f"/events{query}").text
        assert "No event is stored yet" in page
        assert re.search(r'hosts: \["http://[^"/]+"\]', page.replace("&#34;", '"'))
        assert 'href="/data"' in page


@pytest.mark.parametrize("query", ["q=" + quote("a: ("), "since=never", "q=" + "a" * 30_000])
def test_what_cannot_be_asked_is_told(tmp_path, query):
    with eventful(tmp_path, []) as tab:
        assert tab.get(f"/events?{query}", {"accept": "text/html"}).status_code == 400
