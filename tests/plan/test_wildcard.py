"""Wildcard patterns: their normal form and what they match."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.plan.wildcard import (
    Patterns,
    Wildcard,
    escaped,
    fold_ascii,
    fold_unicode,
    from_like,
    normal,
    plain_text,
)

texts = st.text(alphabet="ab*?\\\n", max_size=12)


def by_re(pattern, text):
    """The same question put to Python's engine."""
    source, plain = "", False
    for char in pattern:
        if plain or char not in "*?\\":
            source += re.escape(char)
            plain = False
        elif char == "\\":
            plain = True
        else:
            source += {"*": ".*", "?": "."}[char]
    return re.fullmatch(source + (r"\\" if plain else ""), text, re.DOTALL) is not None


@given(texts, texts)
def test_wildcards_agree_with_python(pattern, text):
    assert Wildcard(pattern).matches(text) == by_re(pattern, text)


@given(texts, texts)
def test_the_normal_form_matches_the_same(pattern, text):
    assert by_re(normal(pattern), text) == by_re(pattern, text)
    assert normal(normal(pattern)) == normal(pattern)


@given(texts)
def test_an_escaped_text_matches_itself_only(text):
    assert plain_text(escaped(text)) == text
    assert normal(escaped(text)) == escaped(text)


@pytest.mark.parametrize(
    ("pattern", "form"),
    [
        ("a", "a"),
        (r"\a\*", r"a\*"),
        ("**", "*"),
        ("*?*", "?*"),
        ("a*?b**", "a?*b*"),
        ("a\\", r"a\\"),
    ],
)
def test_normal_forms(pattern, form):
    assert normal(pattern) == form


def test_a_backslash_is_plain_in_eql():
    patterns = Patterns([from_like(r"?:\Windows\*")], fold_ascii)
    assert patterns.matches(r"C:\WINDOWS\x")
    assert not patterns.matches(r"C:Windows*")


def test_index_folding_is_for_ascii_only_and_script_folding_is_not():
    assert not Patterns(["é"], fold_ascii).matches("É")
    assert Patterns(["é"], fold_unicode).matches("É")
    assert Patterns(["KELVIN"], fold_unicode).matches("\u212aelvin")
    assert not Patterns(["KELVIN"], fold_ascii).matches("\u212aelvin")


@given(st.text())
def test_folding_keeps_the_length(text):
    assert len(fold_unicode(text)) == len(fold_ascii(text)) == len(text)


@given(st.lists(texts, max_size=4), texts)
def test_some_pattern_matches(patterns, text):
    assert Patterns(patterns).matches(text) == any(by_re(each, text) for each in patterns)


def test_many_stars_take_no_more_than_text_times_pattern():
    assert not Wildcard("*a?" * 200 + "b").matches("a" * 20_000)
