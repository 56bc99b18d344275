"""Blocks in memory and on disk."""

import numpy as np
import pytest

from tocsin.match.spill import Spill


def block(size):
    return np.arange(size, dtype=np.int64) * size, np.full(size, size, np.int32)


def same(left, right):
    return all(
        np.array_equal(a, b) and a.dtype == b.dtype for a, b in zip(left, right, strict=True)
    )


@pytest.mark.parametrize("limit", [0, 100, 10**6])
def test_blocks_come_back_in_order_wherever_they_were(limit, tmp_path):
    spill = Spill([np.int64, np.int32], limit, tmp_path)
    for size in (5, 0, 1, 20, 3):
        spill.add(*block(size))
    for _ in range(2):
        assert all(
            same(found, block(size)) for found, size in zip(spill, (5, 0, 1, 20, 3), strict=True)
        )
    assert (spill.spilled > 0) == (limit < 300)
    spill.add(*block(7))
    assert same(spill[5], block(7))
    spill.close()
    assert len(spill) == 0


def test_the_file_is_gone_with_the_spill(tmp_path):
    spill = Spill([np.int64, np.int32], 0, tmp_path)
    spill.add(*block(1000))
    assert spill.spilled == 12000
    spill.close()
    assert list(tmp_path.iterdir()) == []


def test_what_is_kept_is_independent_of_the_types_that_come(tmp_path):
    spill = Spill([np.int64, np.int32], 0, tmp_path)
    spill.add(np.arange(10)[::2], np.arange(3, dtype=np.int64))
    assert same(spill[0], (np.arange(0, 10, 2, dtype=np.int64), np.arange(3, dtype=np.int32)))
    spill.close()
