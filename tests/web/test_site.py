"""The site: every page stands, leads somewhere, and holds nothing but what it should."""

from __future__ import annotations

import json
import os
import posixpath
import re
from functools import partial

import pytest
from balance import Page

from shared import needs_shared
from tocsin.engine.compiled import compile_rules
from tocsin.rules.load import load_rules
from tocsin.rules.pack import pack_path
from tocsin.rules.rule import Origin, Rule, Technique, Threat
from tocsin.rules.ruleset import RuleSet
from tocsin.web.library import Library
from tocsin.web.matrix import matrix, navigator
from tocsin.web.names import page_names, slug
from tocsin.web.query_pieces import query_pieces
from tocsin.web.rule_facts import schedule, span
from tocsin.web.rule_page import numbered, rule_page
from tocsin.web.site import POLICY, site

_rule = partial(Rule, name="A rule", type="eql", language="eql", query="process where true")
_NAME = re.compile(r"(?:[a-z]{1,20}/)?[A-Za-z0-9][A-Za-z0-9._-]{0,90}")


def _library(rules: RuleSet) -> Library:
    return Library(rules, compile_rules(rules))


@pytest.fixture(scope="module")
def shipped() -> dict[str, bytes]:
    return dict(site(_library(load_rules(pack_path())), "the shipped rules"))


def _checked(files: dict[str, bytes]) -> None:
    """Every page is balanced, and its links within the site lead to a file and a place there."""
    pages = {name: Page(text.decode()) for name, text in files.items() if name.endswith(".html")}
    for name, page in pages.items():
        assert page.tags.count("h1") == 1, name
        assert page.tags.count("main") == 1, name
        assert page.tags.count("script") <= 1, name
        for link in page.links:
            if link.startswith(("http://", "https://")):
                continue
            path, _, place = link.partition("#")
            target = posixpath.normpath(posixpath.join(posixpath.dirname(name), path or "."))
            target = name if not path else target
            assert target in files, (name, link)
            if place:
                assert place in pages[target].ids, (name, link)


def test_all_pages_of_the_shipped_rules_are_sound(shipped: dict[str, bytes]) -> None:
    _checked(shipped)
    assert all(_NAME.fullmatch(name) for name in shipped)


def test_each_page_has_a_twin(shipped: dict[str, bytes]) -> None:
    for name in shipped:
        if name.endswith(".html"):
            twin = json.loads(shipped[name.replace(".html", ".json")])
            assert isinstance(twin, dict)
    rules = load_rules(pack_path())
    index = json.loads(shipped["index.json"])
    assert {row["rule_id"] for row in index["rules"]} == {rule.id for rule in rules}
    for rule in rules:
        twin = json.loads(shipped[f"rules/{rule.id}.json"])
        assert twin["query"] == rule.query
        assert twin["source"] == rule.origin.text
        assert twin["status"] == "runs"


def test_each_page_says_that_nothing_from_elsewhere_may_run(shipped: dict[str, bytes]) -> None:
    assert "unsafe" not in POLICY
    for name, content in shipped.items():
        if name.endswith(".html"):
            assert b'<meta http-equiv="Content-Security-Policy" content="default-src' in content
            assert b"<style" not in content


def test_a_rule_page_shows_what_its_author_wrote(shipped: dict[str, bytes]) -> None:
    rule = next(rule for rule in load_rules(pack_path()) if rule.note and rule.references)
    text = " ".join(Page(shipped[f"rules/{rule.id}.html"].decode()).text.split())
    for part in (rule.name, rule.id, rule.severity, *rule.index, *rule.tags, *rule.references):
        assert part in text, part
    assert " ".join(rule.query.split()) in text
    assert "Kibana runs it every" in text
    for threat in rule.threat:
        assert threat.tactic_id in text


def test_the_site_is_the_same_each_time(shipped: dict[str, bytes]) -> None:
    assert dict(site(_library(load_rules(pack_path())), "the shipped rules")) == shipped


_EVIL = "</code></pre><script>alert(1)</script>\"' onload=x {{7*7}} \x1b[31m \u202egpj.exe"


def _evil() -> Rule:
    technique = Technique("../../T1", _EVIL, "javascript:alert(1)", (Technique(_EVIL, _EVIL),))
    return Rule(
        id="../../etc/passwd",
        name=_EVIL,
        type=_EVIL,
        language=_EVIL,
        description=_EVIL,
        query=f'process where "{_EVIL}" // {_EVIL}',
        severity="high",
        index=(_EVIL,),
        tags=(_EVIL, f"OS: {_EVIL}", "OS: ../../x"),
        threat=(Threat("MITRE ATT&CK", "../TA0001", _EVIL, "javascript:1", (technique,)),),
        references=("javascript:alert(1)", f"https://x.example/{_EVIL}"),
        false_positives=(_EVIL,),
        note=_EVIL,
        setup=_EVIL,
        raw={"threshold": {"field": [_EVIL], "value": _EVIL}},
        origin=Origin(file=_EVIL, text=f"{_EVIL}\n{_EVIL}\r\nthe end"),
    )


def test_a_hostile_rule_does_nothing() -> None:
    rules = RuleSet([_evil(), _rule("x"), _rule("con"), _rule("11111111"), _rule("AAAAAAAA-1")])
    files = dict(site(_library(rules), _EVIL))
    _checked(files)
    for name, content in files.items():
        assert _NAME.fullmatch(name), name
        if name.endswith(".html"):
            text = content.decode()
            assert "alert(1)</script>" not in text
            assert "49" not in Page(text).text
            assert "\x1b" not in text
            assert "\u202e" not in text


def test_names_of_pages_differ_without_letter_case_and_are_no_paths() -> None:
    ids = ["ABCDEFGH", "abcdefgh", "../x", "..", "", "nul", "a" * 300, "ü" * 20, "aux\ud800"]
    names = page_names([_rule(one) for one in ids])
    assert len({name.lower() for name in names.values()}) == len(ids)
    assert all(_NAME.fullmatch(name) for name in names.values())


def test_a_word_for_a_page() -> None:
    assert slug("Command and Control") == "command-and-control"
    assert slug("") != slug("!!!")
    assert slug("a" * 100) != slug("a" * 101)


def _threat(tactic: str, *techniques: str) -> Threat:
    found = tuple(
        Technique(one.partition(".")[0], "", "", (Technique(one, ""),) if "." in one else ())
        for one in techniques
    )
    return Threat("MITRE ATT&CK", tactic, "", "", found)


def test_the_matrix_counts_a_rule_once_for_a_technique() -> None:
    rules = [
        _rule("a", threat=(_threat("TA0002", "T1059.001", "T1059.004"), _threat("TA0003"))),
        _rule("b", threat=(_threat("TA0002", "T1059"),)),
    ]
    columns = {column.id: column for column in matrix(rules)}
    assert list(columns)[2] == "TA0001"
    cells = {cell.id: cell for cell in columns["TA0002"].cells}
    assert cells["T1059"].rules == {"a", "b"}
    assert cells["T1059"].heat == 2
    assert cells["T1204"].heat == 0
    assert "T1059.001" not in cells
    assert columns["TA0002"].covered == 1
    assert len(columns["TA0003"].rules) == 1


def test_a_technique_that_no_table_knows_has_a_cell() -> None:
    columns = {
        column.id: column for column in matrix([_rule("a", threat=(_threat("TA0999", "T9999"),))])
    }
    assert [cell.id for cell in columns["TA0999"].cells] == ["T9999"]


def test_navigator_scores_each_technique_under_its_tactic() -> None:
    rules = [_rule("a", threat=(_threat("TA0004", "T1055.001"),)), _rule("b")]
    layer = navigator(rules, "ours")
    assert layer["domain"] == "enterprise-attack"
    assert [(row["techniqueID"], row["tactic"], row["score"]) for row in layer["techniques"]] == [
        ("T1055", "privilege-escalation", 1),
        ("T1055.001", "privilege-escalation", 1),
    ]


def test_a_query_is_shown_whole_with_its_words_explained() -> None:
    rule = _rule("abcdefgh-1", query='process where stringContains(process.name, "x") // end')
    library = _library(RuleSet([rule]))
    page = rule_page(rule, library)
    assert "".join(piece.text for piece in page.query) == rule.query
    by_text = {piece.text: piece for piece in page.query}
    assert by_text["process.name"].title.startswith("keyword")
    assert by_text["stringContains"].title.startswith("stringContains~(")
    assert by_text["// end"].kind == "comment"
    assert dict(page.functions).keys() == {"stringcontains"}


def test_any_text_is_shown_whole() -> None:
    text = '"" """ /* never closed `x` 5m in~ ü "a\nb'
    library = _library(RuleSet([]))
    assert "".join(piece.text for piece in query_pieces(text, (), library.schema)) == text


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (
            {"interval": "5m", "from_": "now-9m"},
            (
                "Kibana runs it every 5 minutes over the last 9 minutes, "
                "so that events may come up to 4 minutes late."
            ),
        ),
        (
            {"interval": "1h", "from_": "now-15m"},
            "so that 45 minutes of every 1 hour are never looked at.",
        ),
        ({"interval": "5m", "from_": "now-5m"}, "over the last 5 minutes. Here it sees"),
        ({"interval": "5m", "from_": "2026-08-01"}, "over all since 2026-08-01. Here it sees"),
        (
            {"from_": "2026-08-01", "history_window_start": "2026-07-01"},
            "all since 2026-08-01; a value is new if nothing since 2026-07-01 has it.",
        ),
        ({"history_window_start": "now-14d"}, "if the last 14 days do not have it"),
        ({"language": "esql"}, "late."),
    ],
)
def test_a_schedule_in_words(given: dict[str, str], told: str) -> None:
    assert told in schedule(_rule("a", **given))


def test_a_schedule_that_cannot_be_read_is_not_told() -> None:
    assert not schedule(_rule("a", interval="soon"))


def test_spans() -> None:
    assert span(0) == "0 ms"
    assert span(90_000) == "1 minute 30 seconds"
    assert span(90_061_000) == "1 day 1 hour"


def test_lines_have_the_numbers_of_their_file() -> None:
    html = str(numbered("a\n<b>\r\n\nc\n", 7))
    assert html.count('class="line"') == 4
    assert 'id="L7"' in html
    assert '<span class="at">8</span>&lt;b&gt;\n' in html
    assert 'id="L10"' in html


def test_findings_lead_to_their_line(shipped: dict[str, bytes]) -> None:
    rule = _rule(
        "abcdefgh-1",
        note="see $osquery_7",
        origin=Origin("a.toml", '[rule]\nname = "A rule"\nnote = "see $osquery_7"\n', -1, 1),
    )
    files = dict(site(_library(RuleSet([rule])), "one"))
    _checked(files)
    assert b'<strong>LINT150</strong> (warning, <a href="#L' in files["rules/abcdefgh-1.html"]


def test_an_empty_table_says_what_to_do() -> None:
    files = dict(site(_library(RuleSet([])), "nothing"))
    _checked(files)
    assert "tocsin docs RULES" in files["index.html"].decode()


def test_of_rules_with_one_id_the_first_is_shown() -> None:
    files = dict(site(_library(RuleSet([_rule("abcdefgh"), _rule("abcdefgh", name="B")])), "two"))
    assert json.loads(files["rules/abcdefgh.json"])["name"] == "A rule"
    _checked(files)


@needs_shared
def test_elastics_rules_have_pages_that_lead_to_each_other(elastic: RuleSet) -> None:
    """Every twentieth; `TOCSIN_PAGES=all` takes all of them, in a minute."""
    step = 1 if os.environ.get("TOCSIN_PAGES") == "all" else 20
    library = _library(RuleSet(list(elastic)[::step]))
    files = dict(site(library, "Elastic's rules"))
    _checked(files)
    for rule in library.rules:
        shown = " ".join(Page(files[f"rules/{library.names[rule.id]}.html"].decode()).text.split())
        assert " ".join(rule.name.split()) in shown
        assert rule.id in shown
        assert library.status(rule).reason in shown


@needs_shared
def test_each_of_elastics_rules_has_a_page_of_its_own(elastic: RuleSet) -> None:
    names = page_names(elastic)
    assert len(set(names.values())) == len({rule.id for rule in elastic}) > 2000
    assert all(names[rule.id] == rule.id for rule in elastic)
