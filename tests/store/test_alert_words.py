"""The words of an alert are the same however they are read: at once, one by one, as bytes."""

import json

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.store.word_kernel import found_words
from tocsin.store.words import MOST_WORDS, words_in, words_of

parts = st.one_of(
    st.text('aB1.:@-_ /\\\n"\t\x1f{~\x7f', max_size=30),
    st.sampled_from(["web-1.example.com", "10.0.0.1", "x" * 70, "a-" * 40, "2026-08-01T10:00:00Z"]),
)
values = st.recursive(
    st.one_of(parts, st.integers(0, 99), st.booleans(), st.none()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(parts, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(parts, st.dictionaries(st.text("abc", min_size=1, max_size=2), values, max_size=6))
def test_texts_are_read_at_once_as_one_by_one(name, document):
    at_once = words_of(name, document)
    assert (*at_once, "\u00e4") == words_of(name, {**document, "zz": "\u00e4"})


def test_no_more_words_than_are_kept():
    many = {"a": [f"word{number}" for number in range(3_000)]}
    assert words_of("", many) == tuple(f"word{number}" for number in range(MOST_WORDS))
    assert len(words_of("", {"a": "b.c-" * 50_000})) <= MOST_WORDS
    assert words_of("", {"a": "x" * 100_000}) == ("x" * 64,)


names = st.sampled_from(
    ["a", "b.c", "kibana.x", "tocsin.y", "signal.z", "tocsin.building_blocks", "tocsin.sample"]
)
more = st.one_of(
    parts,
    st.text('aB1.:@-_ é\\\n"\x7f', max_size=80),
    st.integers(-(2**63), 2**63),
    st.integers(-100, 100),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.none(),
)
deep = st.recursive(
    more,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.one_of(names, parts), inner, max_size=4)
    ),
    max_leaves=20,
)


@settings(max_examples=200, deadline=None)
@given(parts, parts, st.dictionaries(st.one_of(names, parts), deep, max_size=8), st.booleans())
def test_bytes_have_the_words_of_what_they_say(name, reason, document, spaced):
    document = {"kibana.alert.reason": reason, **document}
    content = json.dumps(document, indent=1).encode() if spaced else orjson.dumps(document)
    assert words_in(name, document, content) == " ".join(words_of(name, document))


@pytest.mark.parametrize("most", [1, 7, 1000])
def test_no_more_words_of_bytes_than_are_kept(most):
    document = {"a": [f"Word-{number}.x" for number in range(500)], "kibana.b": "unseen"}
    words = words_of("The rule", document)
    assert found_words(b"The rule", orjson.dumps(document), most, 1 << 16) == " ".join(words[:most])
    assert "unseen" not in words


@pytest.mark.parametrize(
    "unusual",
    [
        {"a": "\u00e4"},
        {"a": "\x01"},
        {"a": 10**18},
        {"a": "b " * 40_000},
        {f"a{number}": 1 for number in range(2_000)},
        {"a\n": "b"},
    ],
)
def test_what_is_unusual_is_left_to_python(unusual):
    content = orjson.dumps(unusual)
    assert found_words(b"", content, MOST_WORDS, 1 << 16) is None
    assert words_in("", unusual, content) == " ".join(words_of("", unusual))


def test_bytes_that_are_cut_off_do_no_harm():
    content = orjson.dumps({"a": {"b": ["c\\", 1, "2026-08-01T10:00:00Z"]}, "tocsin.sample": [{}]})
    for size in range(len(content)):
        assert isinstance(found_words(b"", content[:size], 10, 100), str | None)
