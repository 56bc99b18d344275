"""A block is used again when nothing looks into it any more, and never before."""

from __future__ import annotations

import numpy as np

from tocsin.columns.pool import BLOCKS, LARGEST, Pool


def test_a_block_that_is_let_go_is_used_again():
    pool = Pool()
    block = pool.block(1000)
    first = block.obj
    del block
    assert pool.block(900).obj is first


def test_a_block_in_use_is_left_alone():
    pool = Pool()
    views = [np.frombuffer(pool.block(100), np.uint8)[10:20] for _ in range(3 * BLOCKS)]
    for at, view in enumerate(views):
        view[:] = at
    assert [set(view.tolist()) for view in views] == [{at} for at in range(3 * BLOCKS)]


def test_an_array_out_of_an_array_keeps_the_block():
    pool = Pool()
    kept = np.frombuffer(pool.block(100), np.uint8)[::2][3:]
    first = kept.base.base.obj if isinstance(kept.base, np.ndarray) else kept.base.obj
    assert pool.block(100).obj is not first


def test_blocks_are_as_large_as_asked_for():
    pool = Pool()
    for size in (0, 1, 100, 10, 5000, 4999, LARGEST + 1):
        assert len(pool.block(size)) >= size


def test_only_so_many_blocks_are_kept():
    pool = Pool()
    for size in range(1, 100):
        pool.block(size * 1000)
    held = [pool.block(10) for _ in range(40)]
    assert len(pool._blocks) == BLOCKS
    assert len({id(block.obj) for block in held}) == 40
    assert pool.block(LARGEST + 1).obj not in pool._blocks


def test_a_pool_is_of_any_number_of_blocks_and_keeps_none_once_it_is_cleared():
    pool = Pool(3)
    held = [pool.block(10) for _ in range(5)]
    assert len(pool._blocks) == 3
    held[0][:2] = b"ab"
    pool.clear()
    assert not pool._blocks
    assert bytes(held[0][:2]) == b"ab"
    first = held[0].obj
    held.clear()
    assert pool.block(10).obj is not first
