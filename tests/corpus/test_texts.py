"""Texts are matched many at a time as they are one by one."""

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from tocsin.corpus.texts import addressed, holding, matching
from tocsin.plan.wildcard import Patterns, fold_ascii, normal
from tocsin.schema.values import parse_block, parse_ip

ALPHABET = st.text(alphabet="aAbB%_\\*?.\n(é😀[]İ", max_size=7)


@given(
    st.lists(ALPHABET.map(normal), min_size=1, max_size=3),
    st.lists(ALPHABET, max_size=8),
    st.booleans(),
)
def test_patterns(patterns, words, fold):
    found = matching(pa.array(words, pa.string()), patterns, fold=fold)
    ready = Patterns(patterns, fold_ascii if fold else None)
    if found is None:
        assert any("?" in pattern or pattern.endswith("\\") for pattern in patterns)
    else:
        assert found.tolist() == [ready.matches(word) for word in words]


def test_what_no_text_can_be_is_no_text():
    words = pa.array(["a", "b"])
    assert matching(words, ["\ud800", "a"], fold=False).tolist() == [True, False]
    assert matching(words, ["*\ud800*"], fold=True).tolist() == [False, False]


def test_addresses_in_blocks():
    texts = ["10.0.0.1", "10.0.0.2", "11.0.0.1", "::1", "::ffff:10.0.0.1", "010.0.0.1", "x", ""]
    words = pa.array(texts)
    for blocks in (["10.0.0.1"], ["10.0.0.0/8", "::1"], ["0.0.0.0/0"], ["::/0"], ["fe80::/10"], []):
        spans = [parse_block(block) for block in blocks]
        expected = [
            ":" not in text
            and (at := parse_ip(text)) is not None
            and any(low <= at <= high for low, high in spans)
            for text in texts
        ]
        assert addressed(words, blocks).tolist() == expected, blocks
    assert addressed(words, ["none", "10.0.0.0/99"]).tolist() == [False] * len(texts)


@given(
    st.lists(st.text("ab*", min_size=1, max_size=9), min_size=1, max_size=2),
    st.lists(st.text("abAB", max_size=140), min_size=1, max_size=30),
    st.integers(0, 5),
    st.booleans(),
)
def test_many_words_of_few_letters(patterns, words, skipped, fold):
    patterns = [normal(pattern) for pattern in patterns]
    array = pa.array(words, pa.string()).slice(min(skipped, len(words)))
    ready = Patterns(patterns, fold_ascii if fold else None)
    found = matching(array, patterns, fold=fold)
    assert found.tolist() == [ready.matches(word) for word in array.to_pylist()]


def test_texts_that_hold_another():
    words = pa.chunked_array([["xäy", "", None, "ä"]]).chunk(0).fill_null("")
    assert holding(words, "ä").tolist() == [True, False, False, True]
    assert holding(words.cast(pa.large_string()), "äy").tolist() == [True, False, False, False]
    assert holding(words.slice(1, 2), "ä").tolist() == [False, False]
