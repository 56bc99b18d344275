"""Addresses of questions, and excerpts of what is wrong with them."""

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.corpus.ask.asked import DAY
from tocsin.diagnostics import Diagnostic, Span
from tocsin.web.address import QuestionError
from tocsin.web.ask_draft import DraftForm
from tocsin.web.ask_question import Question, ask_address
from tocsin.web.ask_trouble import troubles


def read(address):
    return Question.read(parse_qsl(address.partition("?")[2]))


@given(st.text(min_size=1, max_size=200), st.sampled_from(["eql", "kuery", "lucene", "esql"]))
def test_an_address_is_read_back_as_the_same_question(text, language):
    question = read(ask_address(language, text, since="2026-08-21", index=["logs-*", "a"]))
    wanted = text.replace("\r\n", "\n")
    assert question.text == (wanted if wanted.strip() else "")
    assert question.language == language
    assert question.index == ("logs-*", "a")
    assert question.last == ""
    assert read(f"/ask{question.query}") == question


def test_without_a_time_the_last_day_is_meant():
    asked = read("/ask?q=x").asked(latest=5 * DAY, now=6 * DAY)
    assert (asked.recent, asked.latest, asked.now) == (DAY, 5 * DAY, 6 * DAY)
    assert read("/ask?q=x&last=all").asked(0, 0).recent is None
    assert read("/ask?q=x&last=7d&until=2026-08-21").asked(0, 0).recent is None


def test_links_change_one_thing_of_a_question():
    question = read("/ask?q=x&last=7d&size=25")
    assert question.changed(whole="1") == "?q=x&last=7d&size=25&whole=1"
    assert question.changed(last="", size="") == "?q=x"


@pytest.mark.parametrize(
    "query",
    ["since=2026-02-02&until=2026-02-01", "index=" + ",".join(map(str, range(60))), "size=1001"],
)
def test_what_cannot_be_meant_is_refused(query):
    with pytest.raises(QuestionError):
        read(f"/ask?q=x&{query}")


@given(st.text(max_size=300), st.integers(0, 320), st.integers(0, 40))
def test_the_caret_stands_under_what_is_marked(text, start, length):
    found = troubles([Diagnostic("EQL001", "no", span=Span(start, start + length), text=text)])[0]
    if not text:
        assert found.line == 0
        return
    assert found.under.lstrip(" ").startswith("^")
    assert len(found.before) + len(found.marked) + len(found.behind) <= 8 * 130
    assert "\n" not in found.before + found.marked + found.behind
    assert 0 <= found.start <= found.end <= len(text.encode("utf-16-le")) // 2


def test_wide_characters_move_the_caret():
    found = troubles([Diagnostic("X", "no", span=Span(2, 3), text="日\tx")])[0]
    assert found.before == "日    "
    assert found.under == " " * 6 + "^"


def test_a_form_says_everything_that_is_wrong_at_once():
    form = DraftForm.read({"severity": "dire", "from": "later", "interval": "0m"})
    assert form.draft("id", "me", "day") is None
    assert set(form.wrong) >= {"name", "description", "q", "severity", "from", "interval"}


def test_a_technique_with_its_parts_is_named_once():
    fields = {
        "name": "a",
        "description": "b",
        "q": "c",
        "language": "eql",
        "severity": "low",
        "interval": "5m",
        "from": "now-9m",
        "last": "7d",
        "tactic": "TA0002",
        "techniques": "t1059, T1059.004 T1059.004",
    }
    draft = DraftForm.read(fields).draft("id", "me", "2026/08/01")
    assert draft.techniques == ("T1059.004",)
    assert draft.risk_score == 21
