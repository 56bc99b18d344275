"""How the engine does, over HTTP."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from browsing import Tab
from page_outline import checked
from serving import NOW, Kept

from tocsin.live.counts import Counts
from tocsin.server.assemble import Parts, assembled
from tocsin.server.door import Policy
from tocsin.server.pages.engine import EnginePages, Rate
from tocsin.server.pages.shell import Shell
from tocsin.server.sessions import Sessions
from tocsin.web.engine_page import size

HOSTILE = "<script>alert(1)</script>\u202e\x1b[31m"


def tab(status):
    sessions = Sessions(None, lambda: NOW)
    shell = Shell(ThreadPoolExecutor(1), lambda: NOW, sessions)
    policy = Policy(None, visitors=sessions.caller)
    ways = EnginePages(shell, status).ways()
    return Tab(assembled(Parts(Kept(), lambda: NOW, policy=policy, more=ways)))


def status(**more):
    counts = Counts(events=1_234, rejected=2, watermark=NOW - 30_000, alerts={"high": 3}, **more)
    return {
        "troubles": [],
        "rules": {"running": 7, "loaded": 9},
        "engine": {**counts.as_json(), "restarts": 0},
        "journal": {"begin": 1_000, "end": 2_501_000},
        "housekeeping": {"events": 5, "bytes": 100, "failed": 0, "trouble": ""},
        "followers": {},
        "sinks": {},
    }


def test_the_page_tells_how_the_engine_does():
    answer = tab(status).get("/engine", {"accept": "text/html"})
    checked(answer)
    for told in ("All is well", "1,234", "7 of 9 run", "2.5 MB", "3 high", "30 seconds before now"):
        assert told in answer.text
    found = tab(status).get("/engine.json").json()
    facts = {fact["name"]: fact for fact in found["facts"]["Events"]}
    assert facts["Lines that were no events"]["bad"] is True
    assert found["suspended"] == []


def test_what_went_wrong_is_told_and_does_nothing():
    told = status(
        suspended=[("id-1", HOSTILE, f"slow {HOSTILE}", NOW, 4)], dropped=[("", f"old {HOSTILE}")]
    )
    told["troubles"] = [f"no room {HOSTILE}"]
    told["sinks"] = {f"hook {HOSTILE}": {"sent": 3, "problem": f"refused {HOSTILE}"}}
    told["followers"] = {f"file {HOSTILE}": {"events": 12}}
    answer = tab(lambda: told).get("/engine", {"accept": "text/html"})
    checked(answer)
    for words in ("slow &lt;script", "old &lt;script", "no room", "refused", "hook", "events 12"):
        assert words in answer.text
    assert "alert(1)</script>" not in answer.text
    assert "\x1b" not in answer.text
    assert 'href="/rules/' in answer.text


@pytest.mark.parametrize("broken", [{}, {"engine": {}, "rules": [], "sinks": 3}])
def test_a_status_without_numbers_is_a_page(broken):
    checked(tab(lambda: broken).get("/engine", {"accept": "text/html"}))


def test_where_no_engine_runs_the_page_says_so():
    answer = tab(None).get("/engine", {"accept": "text/html"})
    checked(answer)
    assert "No engine runs here" in answer.text
    assert tab(None).get("/engine.json").status_code == 404


def test_events_a_second_are_those_of_late():
    rate = Rate()
    assert rate.told(0, 100) is None
    assert rate.told(2_000, 300) == 100.0
    assert rate.told(6_000, 700) == 100.0
    assert rate.told(12_000, 700) == 0.0
    assert rate.told(13_000, 10) is None


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1_500, "1.5 KB"),
        (2_500_000, "2.5 MB"),
        (10**16, "10,000.0 TB"),
    ],
)
def test_sizes_are_told_as_people_write_them(number, text):
    assert size(number) == text
