"""Checksums of frames are zlib's, by whichever way they come about."""

from __future__ import annotations

import random
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.columns import checksum as module
from tocsin.columns.checksum import LEAST, checksum


@given(st.integers(0, 300), st.integers(0, 70), st.integers())
def test_it_is_zlibs(more: int, begin: int, seed: int) -> None:
    chance = random.Random(seed)
    for size in (more, LEAST - 150 + more, 3 * LEAST + more):
        data = chance.randbytes(size)
        assert checksum(data) == crc32(data)
        assert checksum(memoryview(bytearray(data))[begin:]) == crc32(data[begin:])


def test_one_bit_more_or_less_is_another() -> None:
    data = bytearray(2 * LEAST)
    known = {checksum(data)}
    for bit in range(0, 16 * LEAST, 61):
        data[bit // 8] ^= 1 << bit % 8
        assert checksum(data) == crc32(data)
        known.add(checksum(data))
        data[bit // 8] ^= 1 << bit % 8
    assert len(known) == len(range(0, 16 * LEAST, 61)) + 1


def test_other_processors_have_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_multiplies", lambda: False)
    data = bytes(range(256)) * 64
    assert checksum(data) == crc32(data)
