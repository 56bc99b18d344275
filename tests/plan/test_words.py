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
