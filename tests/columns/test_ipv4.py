"""Addresses in texts are those that one reads."""

from __future__ import annotations

import ipaddress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.columns.ipv4 import ipv4

NEARLY = st.text("0125.: a", max_size=16)
PARTS = st.lists(st.sampled_from(["0", "00", "1", "01", "9", "10", "099", "255", "256", "999", ""]))


def read(texts: list[str]) -> list[int]:
    data = [text.encode() for text in texts]
    ends = np.cumsum([0, *map(len, data)], dtype=np.int64)
    found = np.empty(len(texts), np.int64)
    letters = np.frombuffer(b"".join(data), np.uint8)
    ipv4(letters, ends, found)
    return found.tolist()


def one(text: str) -> int:
    try:
        return int(ipaddress.IPv4Address(text))
    except ValueError:
        return -1


@given(
    st.lists(
        st.one_of(
            NEARLY,
            PARTS.map(".".join),
            st.ip_addresses(v=4).map(str),
            st.ip_addresses(v=6).map(str),
        ),
        max_size=20,
    )
)
def test_addresses(texts: list[str]) -> None:
    assert read(texts) == [one(text) for text in texts]


@pytest.mark.parametrize("text", ["1.2.3.4", "255.255.255.255", "0.0.0.10"])
@pytest.mark.parametrize("odd", ["{}", "{}.", ".{}", "{} ", "0{}", "{}.1", "{}é"])
def test_what_is_nearly_one(text: str, odd: str) -> None:
    assert read([odd.format(text)]) == [one(odd.format(text))]
