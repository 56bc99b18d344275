"""The words of an alert are the same whether its texts are read at once or one by one."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.store.words import MOST_WORDS, words_of

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
