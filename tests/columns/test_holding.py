"""Texts that hold a word are found as one by one, wherever it stands."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.columns.holding import WIDTH, holding

WORDS = st.text("ab", min_size=1, max_size=4).map(str.encode)
TEXTS = st.one_of(
    st.text("abc", max_size=9),
    st.text("bc", min_size=60, max_size=150),
    st.text("ab", max_size=200),
).map(str.encode)


def held(texts: list[bytes], word: bytes, *, before: int = 0, behind: int = 0) -> list[bool]:
    """What the kernel says of texts that stand side by side, with others around them."""
    data = b"a" * before + b"".join(texts) + b"a" * behind
    ends = np.cumsum([before, *map(len, texts)], dtype=np.int64)
    found = np.zeros(len(texts), np.bool_)
    holding(np.frombuffer(data, np.uint8), ends, np.frombuffer(word, np.uint8), found)
    return found.tolist()


@given(st.lists(TEXTS, min_size=1, max_size=6), WORDS, st.integers(0, 70), st.integers(0, 130))
def test_what_holds_a_word(texts: list[bytes], word: bytes, before: int, behind: int) -> None:
    assert held(texts, word, before=before, behind=behind) == [word in text for text in texts]


@pytest.mark.parametrize("place", [0, 1, WIDTH - 3, WIDTH - 1, WIDTH, 3 * WIDTH - 2])
@pytest.mark.parametrize("behind", [0, 1, WIDTH, 200])
def test_every_place(place: int, behind: int) -> None:
    text = b"." * place + b"needle" + b"." * behind
    assert held([text, b"needl", b"e"], b"needle") == [True, False, False]


def test_bytes_of_any_value() -> None:
    texts = [bytes(range(256)), bytes(range(255, -1, -1)), b"\xff" * 99 + b"\x00\xff"]
    assert held(texts, b"\x80\x81") == [True, False, False]
    assert held(texts, b"\x00\xff") == [False, False, True]


def test_no_texts() -> None:
    assert held([b"", b"", b""], b"a") == [False, False, False]
    assert held([b"", b"a", b""], b"a") == [False, True, False]
