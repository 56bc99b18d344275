"""Texts hashed side by side have the digests that the standard library gives them."""

from __future__ import annotations

import hashlib
import random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tocsin.alerts.digest import BLOCK, DIGITS, LANES, ROWS, SIZE, digests
from tocsin.columns.content import BYTES


def hashed(texts: list[bytes]) -> list[str]:
    """The digests of texts that stand one behind the other, with a gap."""
    data = np.frombuffer(b"#".join([b"", *texts]), np.uint8)
    ends = np.cumsum([len(text) + 1 for text in texts])
    spans = np.array([[end - len(text), end] for end, text in zip(ends, texts, strict=True)])
    out = np.empty(len(texts) * DIGITS, np.uint8)
    state, lanes = np.empty(8 * LANES, np.uint64), np.empty(ROWS * LANES, np.int64)
    digests(data, spans, state, lanes, np.empty(BLOCK * LANES, np.uint8), out)
    told = out.tobytes().decode()
    return [told[at : at + DIGITS] for at in range(0, len(told), DIGITS)]


def expected(texts: list[bytes]) -> list[str]:
    return [hashlib.blake2b(text, digest_size=SIZE).hexdigest() for text in texts]


@given(st.lists(st.integers(0, 600), min_size=1, max_size=9), st.integers())
def test_any_lengths_side_by_side(sizes, seed):
    chance = random.Random(seed)
    texts = [chance.randbytes(size) for size in sizes]
    assert hashed(texts) == expected(texts)


def test_lengths_around_blocks_and_very_different_ones():
    sizes = [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, 2 * BLOCK + 1, 100_000, 0, 3]
    texts = [random.Random(size).randbytes(size) for size in sizes]
    assert hashed(texts) == expected(texts)


def test_digests_are_as_long_as_the_names_of_events():
    assert SIZE == BYTES
