"""Texts cut into words as Elasticsearch's standard analyzer cuts them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.plan.words import LONGEST, lower, words


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("Connection refused, by peer.", "connection refused by peer"),
        (r"C:\Windows\System32\cmd.exe", "c windows system32 cmd.exe"),
        ("Get-Item -Path $env:TEMP", "get item path env:temp"),
        ("[System.Windows.Clipboard]::GetText()", "system.windows.clipboard gettext"),
        ("don't 'quoted' it's", "don't quoted it's"),
        ("1,000.50 10.1.2.3 v1.2 a.1 1.a", "1,000.50 10.1.2.3 v1.2 a 1 1 a"),
        ("snake_case __x__ __ _", "snake_case __x__"),
        ("user@example.com", "user example.com"),
        ("你好 world", "你 好 world"),
        ("ひらがな カタカナ", "ひ ら が な カタカナ"),
        ("École ÎLE Straße", "école île straße"),
        ("a\tb\nc", "a b c"),
        ("cafe\u0301s \u202e", "cafe\u0301s"),
        ("a\u00b7b l\u2019eau 1\uff0c5 a\u2027b", "a\u00b7b l\u2019eau 1\uff0c5 a\u2027b"),
        ("x\u00b2 \u00bd \u2163 a\u200bb", "x \u2173 a b"),
        (
            "a\u30ab \u30ab.\u30ab \u30ab_a \ud55c\uad6d\uc5b4",
            "a \u30ab \u30ab \u30ab \u30ab_a \ud55c\uad6d\uc5b4",
        ),
        (
            "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35 \u0e01a",
            "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35 \u0e01 a",
        ),
        ("\u0939\u093f\u0928\u094d\u0926\u0940", "\u0939\u093f\u0928\u094d\u0926\u0940"),
        ("\U0001f525\U0001f525 x\U0001f525", "\U0001f525 \U0001f525 x \U0001f525"),
        (
            "\U0001f468\u200d\U0001f4bb \U0001f1e9\U0001f1ea\U0001f1eb",
            "\U0001f468\u200d\U0001f4bb \U0001f1e9\U0001f1ea \U0001f1eb",
        ),
        ("a_\u203f_1 \u203f", "a_\u203f_1 \u203f"),
        ("\u0663\u060c\u0664 a,b a:\u00e9 1:2", "\u0663\u060c\u0664 a b a:\u00e9 1 2"),
        ("", ""),
        ("...", ""),
    ],
)
def test_a_text_has_its_words(text, cut):
    assert list(words(text)) == cut.split()


def test_a_long_word_comes_in_pieces():
    assert list(words("x" * (2 * LONGEST + 1))) == ["x" * LONGEST, "x" * LONGEST, "x"]


@given(st.text())
def test_lower_case_keeps_length_and_makes_no_ascii(text):
    found = lower(text)
    assert len(found) == len(text)
    assert [char.isascii() for char in found] == [char.isascii() for char in text]
    assert lower(found) == found or not text.isascii()
