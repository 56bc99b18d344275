"""Which indicators have a value, from tables in memory and on disk."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.match.indicator_columns import _blocks
from tocsin.match.indicator_hash import block_hash, may_hold
from tocsin.match.indicator_table import Table

SEED = np.uint64(7)


def table(values, most_held):
    made = Table(most_held)
    for hash_, number in values:
        made.add(np.array([hash_], np.uint64), np.array([number], np.uint32))
    made.finish()
    return made


hashes = st.one_of(st.integers(0, 2**64 - 1), st.sampled_from([0, 1, 2**63, 2**64 - 1]))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(hashes, st.integers(0, 5)), max_size=60), st.sampled_from([3, 1000]))
def test_a_table_finds_what_was_put_in(values, most_held):
    made = table(values, most_held)
    assert made.count == len(values)
    for wanted in {hash_ for hash_, _ in values} | {5}:
        expected = sorted({number for hash_, number in values if hash_ == wanted})
        assert made.numbers(wanted).tolist() == expected
        if expected:
            assert may_hold(made.bloom, np.uint64(wanted))


def test_the_filter_turns_away_nearly_all_else():
    random = np.random.default_rng(1)
    made = Table()
    made.add(random.integers(0, 2**64, 20_000, np.uint64), np.zeros(20_000, np.uint32))
    made.finish()
    others = random.integers(0, 2**64, 20_000, np.uint64)
    assert sum(may_hold(made.bloom, value) for value in others) < 400


def test_an_empty_table():
    made = table([], 10)
    assert made.numbers(7).size == 0
    assert not may_hold(made.bloom, np.uint64(7))


@given(st.integers(0, 2**128 - 1), st.integers(0, 300))
def test_a_range_is_its_blocks(first, size):
    last = min(first + size, 2**128 - 1)
    at = first
    for begin, length in _blocks(first, last):
        assert begin == at
        assert begin % (1 << (128 - length)) == 0
        at += 1 << (128 - length)
    assert at == last + 1


@pytest.mark.parametrize("length", [0, 1, 63, 64, 65, 96, 127])
def test_addresses_of_a_block_have_its_hash(length):
    random = np.random.default_rng(length)
    rest = (1 << (128 - length)) - 1
    base = int.from_bytes(random.bytes(16), "big") & ~rest

    def hashed(address):
        high, low = np.uint64(address >> 64), np.uint64(address & (2**64 - 1))
        return block_hash(high, low, np.int32(length), SEED)

    inside = {hashed(base | (int.from_bytes(random.bytes(16), "big") & rest)) for _ in range(20)}
    assert len({*inside, hashed(base)}) == 1
    if length:
        assert hashed(base ^ (rest + 1)) not in inside
