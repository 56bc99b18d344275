"""The page of an alert shows its process tree, what happened around it, and how common it is."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import orjson
import pytest
from eventful import eventful
from serving import NOW

from tocsin.corpus.answers import Counted, Looked
from tocsin.corpus.prevalence import Common
from tocsin.store.alert import StoredAlert
from tocsin.web.alert_around import Around, Wish

pytestmark = pytest.mark.usefixtures("unsynced")

HTML = {"accept": "text/html"}
HOSTILE = "<script>alert(1)</script>\u202e\x1b[31m"


def event(second, name, parent, **more):
    return {
        "@timestamp": f"2026-08-01T12:00:{second:02}.000Z",
        "host": {"id": "h", "name": "web-1"},
        "user": {"name": "app"},
        "event": {"category": ["process"], "type": ["start"]},
        "process": {
            "entity_id": name,
            "name": name,
            "command_line": f"{name} --run",
            "parent": {"entity_id": parent},
            **more,
        },
    }


def alert(number, second, found, tactic="TA0002", **more):
    document = {
        **found,
        "kibana.alert.rule.name": f"Rule {number}",
        "kibana.alert.original_time": found.get("@timestamp"),
        "kibana.alert.rule.threat": [{"tactic": {"id": tactic, "name": tactic}, "technique": []}],
        "tocsin.why": [{"clause": "process.name == x", "field": "process.name", "value": "x"}],
        **more,
    }
    content = orjson.dumps(document)
    at = NOW + 1_000 * second
    return StoredAlert(f"a{number}", "r", f"Rule {number}", "high", 50, at, False, content)


class Balanced(HTMLParser):
    """Fails where elements are not closed in order."""

    VOID = frozenset({"meta", "link", "input", "br", "img", "hr"})

    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, attrs):
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_tree_timeline_prevalence_and_tactics(tmp_path):
    events = [
        event(1, "init", ""),
        event(2, "bash", "init"),
        event(3, "curl", "bash"),
        event(4, "sh", "curl"),
    ]
    alerts = [alert(1, 3, events[2]), alert(2, 4, events[3], "TA0003")]
    with eventful(tmp_path, events, alerts) as tab:
        page = tab.get("/alerts/a1?all=1").text
        found = tab.get("/alerts/a1.json?all=1").json()
        hour = tab.get("/alerts/a1?scope=user&minutes=120&all=1").text
    Balanced().feed(page)
    tree = re.search(r'<section aria-labelledby="tree">.*?</section>', page, re.DOTALL)[0]
    assert re.findall(r"<strong>(\w+)</strong>", tree) == ["init", "bash", "curl", "sh"]
    assert tree.count("aria-current") == 1
    names = [one["name"] for one in found["process_tree"]["processes"]]
    assert names == ["init", "bash", "curl", "sh"]
    assert [one["told"] for one in found["timeline"]["moments"] if one["itself"]] == ["Rule 1"]
    assert len(found["timeline"]["moments"]) == 6
    assert found["prevalence"][0]["field"] == "process.name"
    assert (found["prevalence"][0]["events"], found["prevalence"][0]["hosts"]) == (1, 1)
    assert [one["tactic"] for one in found["chain"]["tactics"]] == ["Execution", "Persistence"]
    assert found["chain"]["rises"]
    assert "What the user <code>app</code> did within 120 minutes" in hour


def test_without_events_it_says_where_they_would_come_from(tmp_path):
    with eventful(tmp_path, [], [alert(1, 3, event(3, "curl", "bash"))]) as tab:
        page = tab.get("/alerts/a1").text
    Balanced().feed(page)
    assert page.count("tocsin scan --store") == 3
    assert "no event of its own is stored" in page


def test_an_alert_about_nothing_in_particular(tmp_path):
    found = {"@timestamp": "2026-08-01T12:00:03.000Z", "message": "x"}
    with eventful(tmp_path, [found], [alert(1, 3, found)]) as tab:
        page = tab.get("/alerts/a1?scope=nobody&minutes=1e9").text
    Balanced().feed(page)
    assert "names no process" in page
    assert "names no host, user, session or container" in page


def test_hostile_values_stay_text(tmp_path):
    one = event(3, HOSTILE, HOSTILE, command_line=HOSTILE * 30_000, pid="x", exit_code=HOSTILE)
    one["host"] = {"id": HOSTILE, "name": HOSTILE}
    one["user"] = {"name": ["'; drop table alert; --", HOSTILE]}
    with eventful(tmp_path, [one, one], [alert(1, 3, one), alert(2, 3, one)]) as tab:
        page = tab.get("/alerts/a1?all=1").text
        assert tab.get("/alerts/a1.json?all=1").status_code == 200
    Balanced().feed(page)
    assert "<script>alert" not in page
    assert "\x1b" not in page
    assert "\u202e" not in page
    assert len(page) < 1_500_000


def test_what_no_column_tells_says_by_itself_how_much_was_read():
    def common(field, **looked):
        return Common(field, "x", Counted(1, 1, None, None, Looked(**looked)))

    name = common("process.name")
    part = common("acme.team", whole=False, since=NOW, events=5_000)
    none = common("acme.more", whole=False, events=7)
    whole = common("acme.whole")
    found = Around(Wish(), None, None, (name, part, none, whole), None, True)
    assert found.common_whole
    assert not found.looked_at_all
    assert [found.common_note(one)[:60] for one in (name, whole)] == ["", ""]
    assert "newest 5,000 events since 2026-08-01" in found.common_note(part)
    assert found.common_note(none).endswith("only the newest 7 events were read")
    alone = Around(Wish(), None, None, (part,), None, True)
    assert (alone.common_whole, alone.common_note(part)) == (False, "")
    assert alone.common_since.startswith("2026-08-01")
