"""The report: one file, whatever the alerts hold, and never a big one."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import partial
from typing import Any

import orjson
from balance import Page, harmless

from tocsin.rules.rule import Rule, Technique, Threat
from tocsin.web.report import Report

_EVIL = (
    "</pre></style><script>alert(1)</script>\"' onload=x {{7*7}} "
    "\x1b[31m \u202egpj.exe [a](javascript:x)"
)
_RULE = partial(Rule, "rule-1", "Something happened", "eql")


def _document(number: int, **more: Any) -> dict[str, Any]:
    return {
        "@timestamp": f"2026-08-01T00:00:{number % 60:02}.000Z",
        "kibana.alert.uuid": f"alert{number}",
        "kibana.alert.severity": "high",
        "kibana.alert.risk_score": 73,
        "kibana.alert.rule.name": "Something happened",
        "host": {"name": f"host-{number}"},
        "process": {"name": "curl"},
        "tocsin.why": [
            {
                "stage": 0,
                "clause": 'process.name == "curl"',
                "field": "process.name",
                "value": "curl",
            }
        ],
        **more,
    }


def _told(document: dict[str, Any]) -> list[str]:
    return [f"it was {document['process']['name']}"]


def _report(*documents: dict[str, Any], rule: Rule | None = None, most: int = 500) -> str:
    report = Report(_told, most)
    rule = rule or _RULE()
    for document in documents:
        line = orjson.dumps(document)
        severity = document["kibana.alert.severity"]
        report.add(rule, document["kibana.alert.rule.name"], severity, lambda line=line: line)
    return report.html()


def test_an_alert_is_shown_with_its_reasons_events_and_guide() -> None:
    threat = Threat(
        "MITRE ATT&CK", "TA0002", "Execution", "https://a.example", (Technique("T1", "x"),)
    )
    rule = _RULE(description="What it is.", note="## Look\n\nat {{host.name}}", threat=(threat,))
    html = _report(_document(3), rule=rule)
    page = harmless(html)
    for part in (
        "1 alert",
        "it was curl",
        'process.name == "curl"',
        "host-3",
        "What it is.",
        "TA0002",
    ):
        assert part in page.text, part
    assert "at host-3" in " ".join(page.text.split())
    assert '"name": "curl"' in page.text
    assert "kibana.alert.uuid" not in page.text


def test_the_style_sheet_is_the_one_that_the_policy_names() -> None:
    html = _report(_document(1))
    [sheet] = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode()
    assert f"style-src &#39;sha256-{digest}&#39;;" in html
    assert "default-src &#39;none&#39;" in html
    assert "<link" not in html
    assert "src=" not in html


def test_hostile_values_do_nothing() -> None:
    evil = {
        "process": {"name": _EVIL, _EVIL: _EVIL},
        "host": {"name": [_EVIL, _EVIL]},
        "user": {"name": _EVIL},
        "kibana.alert.rule.name": _EVIL,
        "@timestamp": _EVIL,
        "tocsin.why": [{"stage": 0, "clause": _EVIL, "field": _EVIL, "value": [_EVIL, None, 3]}],
    }
    rule = _RULE(note="{{process.name}} `{{user.name}}` [x](http://y/{{user.name}})")
    html = _report(_document(1, **evil), rule=rule)
    page = harmless(html)
    assert "\x1b" not in html
    assert "\u202e" not in html
    assert "<script" not in html
    assert "49" not in re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)
    assert all(link.startswith(("#", "http://y/")) for link in page.links)


def test_events_of_stages_and_of_counts_are_shown_in_order() -> None:
    blocks = [{"@timestamp": "t1", "a": "first"}, None, {"@timestamp": "t3", "a": "third"}]
    text = Page(_report(_document(1, **{"tocsin.building_blocks": blocks}))).text
    assert text.index("first") < text.index("no such event") < text.index("third")
    counted = [{"event": {"@timestamp": "t1", "a": f"counted-{n}"}} for n in range(25)]
    text = Page(_report(_document(1, **{"tocsin.sample": counted}))).text
    assert "counted-9" in text
    assert "counted-10" not in text
    assert "15 more events left out" in text


def test_values_of_a_megabyte_are_cut() -> None:
    big = "x" * 1_000_000
    why = [{"stage": 0, "clause": big, "field": "a", "value": big}] * 10
    why += [{"stage": 0, "clause": "c", "field": "a", "value": 1}] * 50
    document = _document(1, process={"name": big}, **{"tocsin.why": why})
    html = _report(document, rule=_RULE(note="{{process.name}}"))
    assert len(html) < 100_000
    assert "more characters" in html
    assert "and 20 more" in html


def test_of_many_alerts_the_most_severe_and_the_first_are_shown() -> None:
    documents = [_document(number) for number in range(20)]
    documents[15]["kibana.alert.severity"] = "critical"
    documents[3]["kibana.alert.severity"] = "low"
    html = _report(*documents, most=5)
    page = harmless(html)
    assert re.findall(r'<article class="card" id="alert-(\d+)"', html) == ["1", "2", "3", "5", "16"]
    assert "20 alerts" in page.text
    assert "15 alerts left out" in page.text


def test_what_is_held_and_written_is_bounded() -> None:
    report = Report(_told)
    rule = _RULE()
    text = "y" * 400_000
    for number in range(300):
        line = orjson.dumps(_document(number, message=text))
        report.add(rule, "name", "high", lambda line=line: line)
    html = report.html()
    assert len(html) < 17 << 20
    assert "alerts left out" in html


def test_no_alert_says_what_to_do() -> None:
    page = harmless(_report())
    assert "0 alerts" in page.text
    assert "tocsin doctor" in page.text


def test_each_alert_is_an_article() -> None:
    assert Page(_report(_document(1))).tags.count("article") == 1
