"""The page of questions over HTTP: answers, errors in their place, files, and hostile texts."""

import csv
import io
import re
from html import unescape
from html.parser import HTMLParser

import orjson
import pytest
from ask_browser import HTML, asking_browser
from hypothesis import given, settings
from hypothesis import strategies as st

from asked_store import DAY, NOON, event, stored, three_days
from tocsin.server.keys import Keys
from tocsin.store.store import Store

CURL = 'process where process.name == "curl"'
HOSTILE = '<script>alert(1)</script>"><img src=x onerror=y>\u202egnp.exe\x1b[2J'


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    found = tmp_path_factory.mktemp("ask")
    sealed, fresh = three_days()
    fresh.append(event(NOON + 2, HOSTILE, host={"name": HOSTILE}, user={"name": "=1+1"}))
    stored(found, sealed, fresh)
    return found


@pytest.fixture(scope="module")
def browser(folder):
    with asking_browser(folder) as found:
        yield found


class Outline(HTMLParser):
    """The tags of a page, with their attributes."""

    def __init__(self, text):
        super().__init__()
        self.tags = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


def checked(answer):
    """The tags of an answer that is harmless."""
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert policy.endswith("script-src 'self'; connect-src 'self'")
    assert "unsafe" not in policy
    tags = Outline(answer.text).tags
    scripts = [named for tag, named in tags if tag == "script"]
    assert scripts == [{"src": "/static/ask.js", "defer": None}]
    assert not {"iframe", "object", "embed", "base", "style", "img"} & {tag for tag, _ in tags}
    for _, named in tags:
        assert not any(name.startswith("on") or name == "style" for name in named)
    for char in "\u202e\x1b":
        assert char not in answer.text.partition("</textarea>")[2]
    return tags


def test_without_a_question_examples_are_shown(browser):
    answer = browser.get("/ask")
    tags = checked(answer)
    links = [named["href"] for tag, named in tags if tag == "a" and "href" in named]
    examples = [link for link in links if link.startswith("/ask?")]
    assert len(examples) == 5
    for link in examples:
        assert browser.tab.get(unescape(link), headers=HTML).status_code == 200


def test_events_are_shown_with_the_fields_that_were_asked_for(browser):
    answer = browser.get("/ask", q=CURL, last="all")
    checked(answer)
    assert "9 events" in answer.text
    assert "<th>process.name</th>" in answer.text
    assert "<th>host.name</th>" in answer.text
    assert "2026-08-01 12:00:00.001" in answer.text
    assert "83 events were looked at" in answer.text
    assert "/ask.csv?q=process%20where" in answer.text


def test_the_last_day_is_meant_where_no_time_is_named(browser):
    answer = browser.get("/ask", q=CURL)
    assert "4 events" in answer.text
    assert "since 2026-07-31 12:00" in answer.text


def test_an_error_stands_under_its_character(browser):
    answer = browser.get("/ask", q='process where\n  process.name = "x"')
    tags = checked(answer)
    assert answer.status_code == 400
    area = next(named for tag, named in tags if tag == "textarea")
    assert area["aria-invalid"] == "true"
    described = area["aria-describedby"].split()
    assert all(f'id="{name}"' in answer.text for name in described)
    line, caret = re.search(
        r'<pre class="trouble">(.*?)</mark>.*?\n<span class="caret"[^>]*>(.*?)</span>', answer.text
    ).groups()
    line = unescape(line)
    assert line == "  process.name <mark>="
    assert caret.index("^") == line.index("<mark>")
    assert "line 2, column 16" in answer.text


def test_a_name_that_is_nearly_right_is_proposed(browser):
    answer = browser.get("/ask", language="esql", q="from * | stat count(*)")
    assert "did you mean `stats`?" in answer.text


def test_sequences_stand_together_under_their_keys(browser):
    text = (
        'sequence by host.name with maxspan=1m [process where process.name == "tick"]'
        ' [process where process.name == "curl"]'
    )
    answer = browser.get("/ask", q=text, last="all")
    checked(answer)
    assert "8 sequences" in answer.text
    assert "Sequence 1: web-1" in answer.text
    assert answer.text.count("<caption>Sequence") == 8


def test_a_table_has_its_own_columns(browser):
    text = "from * | stats count = count(*) by process.name | sort count desc | limit 2"
    answer = browser.get("/ask", language="esql", q=text, last="all")
    checked(answer)
    assert "<th>count</th><th>process.name</th>" in answer.text
    assert "<td>72</td><td>tick</td>" in answer.text
    rows = browser.get("/ask.json", language="esql", q=text, last="all").json()["rows"]
    assert rows[0] == {"count": 72, "process.name": "tick"}


def test_hostile_values_are_only_text(browser):
    answer = browser.get("/ask", q=f'any where host.name == "{HOSTILE[:4]}*" or true', last="1h")
    checked(answer)
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;alert" in answer.text
    again = browser.get("/ask", q=HOSTILE)
    checked(again)
    assert "<script>alert" not in again.text


def test_nothing_found_says_what_to_do(browser):
    answer = browser.get("/ask", q='process where process.name == "none"', index="logs-x-*")
    checked(answer)
    assert "Ask about all that is stored" in answer.text
    assert "Ask about all of them" in answer.text


def test_an_answer_as_lines_can_be_scanned_again(browser):
    answer = browser.get("/ask.ndjson", q=CURL, last="all")
    assert answer.headers["content-disposition"].startswith("attachment")
    lines = [orjson.loads(line) for line in answer.content.splitlines()]
    assert len(lines) == 9
    assert {line["_source"]["process"]["name"] for line in lines} == {"curl"}


def test_a_file_for_spreadsheets_holds_no_formula(browser):
    answer = browser.get("/ask.csv", q="any where true", last="1h")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert rows[0]["user.name"] == "'=1+1"
    assert rows[0]["host.name"] == HOSTILE


def test_programs_are_told_of_errors_with_their_places(browser):
    answer = browser.get("/ask.json", q="process where x = 1")
    assert answer.status_code == 400
    found = answer.json()["diagnostics"][0]
    assert (found["code"], found["line"], found["column"]) == ("EQL008", 1, 17)
    assert (found["start"], found["end"]) == (16, 17)
    assert browser.get("/ask.json").status_code == 400
    assert browser.get("/ask.csv", q="x where (").status_code == 400


def test_what_is_being_written_is_judged(browser):
    assert browser.get("/ask/check.json", q=CURL).json() == {"diagnostics": []}
    found = browser.get("/ask/check.json", q="process where 😀 = 1").json()["diagnostics"][0]
    assert found["start"] >= len("process where ")


def test_words_are_told_those_that_were_seen_first(browser):
    words = browser.get("/ask/words.json").json()
    assert ["process.name", "keyword"] in words["seen"]
    assert "process.name" not in {name for name, _ in words["fields"]}
    assert any(row[0] == "cidrMatch" for row in words["functions"]["eql"])
    assert "maxspan" in words["words"]["eql"]


@pytest.mark.parametrize(
    "params",
    [{"language": "sql"}, {"last": "5y"}, {"since": "never"}, {"size": "0"}, {"size": "9" * 99}],
)
def test_what_an_address_cannot_mean_is_refused(browser, params):
    assert browser.get("/ask", q="any where true", **params).status_code == 400


def test_a_day_and_its_end_bound_a_question(browser):
    found = browser.get("/ask.json", q=CURL, since="2026-07-30", until="2026-07-30").json()
    assert found["looked"]["since"] == NOON - 2 * DAY - DAY // 2
    assert found["looked"]["until"] == NOON - 2 * DAY + DAY // 2 - 1


def test_only_those_who_may_read_can_ask(folder, tmp_path):
    with (
        Store.open(tmp_path / "alerts.db") as store,
        asking_browser(folder, Keys(store.keys)) as browser,
    ):
        answer = browser.get("/ask", q=CURL)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/login?next=%2Fask%3Fq")
        assert browser.tab.get("/ask.json?q=x").status_code == 401


@settings(max_examples=60, deadline=None)
@given(
    st.text(max_size=80) | st.text("()[]{}\"'|=:<>*?\\ \n\tawhere process.name", max_size=60),
    st.sampled_from(["eql", "kuery", "lucene", "esql"]),
)
def test_any_text_is_answered_or_refused_in_its_place(browser, text, language):
    answer = browser.get("/ask", q=text, language=language, last="1h")
    assert answer.status_code in {200, 400, 503}
    checked(answer)
    told = browser.get("/ask/check.json", q=text, language=language).json()["diagnostics"]
    units = len(text.replace("\r\n", "\n").encode("utf-16-le", "surrogatepass")) // 2
    for one in told:
        assert 0 <= one["start"] <= one["end"] <= units
        if one["line"] is not None:
            lines = text.replace("\r\n", "\n").split("\n")
            assert 1 <= one["line"] <= len(lines)
            assert 1 <= one["column"] <= len(lines[one["line"] - 1]) + 1


def test_where_nothing_runs_questions_become_no_rules(folder):
    with asking_browser(folder, makes_rules=False) as browser:
        assert "/ask/rule" not in browser.get("/ask", q=CURL).text
        assert browser.get("/ask/rules").status_code >= 400


def test_columns_that_nothing_stands_in_are_left_out_unless_asked_for(browser):
    tick = browser.get("/ask", q='process where process.name == "tick"').text
    assert "<th>host.name</th>" in tick
    assert "<th>user.name</th>" not in tick
    asked = browser.get("/ask", q='process where process.name == "tick" and user.name == null').text
    assert "<th>user.name</th>" in asked


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("eql", "any where " + "not " * 4_900 + "true"),
        ("eql", "any where " + "(" * 19_000),
        ("kuery", "not " * 4_900 + "a: 1"),
        ("lucene", "(" * 9_000 + "a:1" + ")" * 9_000),
        ("esql", "from x | eval a = " + "abs(" * 3_900 + "1" + ")" * 3_900),
        ("esql", "row a = [" + "[" * 19_000),
    ],
)
def test_texts_without_end_are_refused_in_their_place(browser, language, text):
    answer = browser.get("/ask", q=text, language=language)
    assert answer.status_code == 400
    checked(answer)
    found = browser.get("/ask/check.json", q=text, language=language).json()["diagnostics"]
    assert 0 <= found[0]["start"] <= len(text)
    assert browser.get("/ask", q=text + " " * 20_000, language=language).status_code == 400
