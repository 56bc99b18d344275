"""Pages: whatever a value holds, it is text."""

from __future__ import annotations

import re

import pytest
from jinja2 import UndefinedError

from tocsin.web.environment import environment, render, style_sheet
from tocsin.web.visible import shortened, visible


def _rendered(text: str, **values: object) -> str:
    return environment().from_string(text).render(values)


def test_a_value_is_escaped_also_in_an_attribute() -> None:
    hostile = "\"><script>alert(1)</script>'"
    page = _rendered('<p title="{{ value }}">{{ value }}</p>', value=hostile)
    assert "<script" not in page
    assert page.count("&lt;script&gt;") == 2
    assert page.count('"') == 2


def test_a_value_is_no_template() -> None:
    assert _rendered("{{ value }}", value="{{ 7 * 7 }}{% raw %}") == "{{ 7 * 7 }}{% raw %}"


def test_a_name_that_was_not_given_fails() -> None:
    with pytest.raises(UndefinedError):
        _rendered("{{ nothing }}")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("a\r\nb", "a\nb"),
        ("a\rb", "a\\rb"),
        ("\x1b]0;owned\x07", "\\x1b]0;owned\\x07"),
        ("exe\u202egpj.scr", "exe\\u202egpj.scr"),
        ("a\u2066b\u2069", "a\\u2066b\\u2069"),
        ("zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff"),
        ("\ud800", "\\ud800"),
        ("ü 漢字 🚨", "ü 漢字 🚨"),
        ("a\u00a0b", "a\u00a0b"),
        ("\x00", "\\x00"),
    ],
)
def test_what_cannot_be_seen_is_shown(text: str, shown: str) -> None:
    assert visible(text) == shown
    assert visible(shown) == shown
    assert _rendered("{{ value }}", value=text) == shown
    shown.encode()


def test_a_long_text_is_cut_and_says_so() -> None:
    assert shortened("a" * 10, 10) == "a" * 10
    assert shortened("a" * 2_000_000, 10) == "aaaaaaaaaa… (1,999,990 more characters)"


def test_the_base_page_has_landmarks_and_loads_nothing_from_elsewhere() -> None:
    page = render("base.html", root="../", navigation=[("../index.html", "Rules", True)])
    assert page.startswith("<!doctype html>")
    assert '<a class="skip" href="#main">' in page
    assert '<main id="main"' in page
    assert '<a href="../index.html" aria-current="page">Rules</a>' in page
    assert 'href="../static/style.css"' in page
    assert not re.search(r"https?:|<script|\sstyle=|\son\w+=", page)


def test_the_style_sheet_can_stand_in_a_page() -> None:
    sheet = style_sheet()
    assert "</" not in sheet
    assert "url(" not in sheet
    assert "@import" not in sheet
