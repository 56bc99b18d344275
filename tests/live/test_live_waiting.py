"""Hits that wait for their time: in order, and no more than there is room for."""

import random

import numpy as np
import pytest

from tocsin.live.waiting import TYPES, Waiting, nothing
from tocsin.match.openings import Ready


def records(seconds):
    """Records of these seconds, with places in the order in which they come."""
    count = len(seconds)
    columns = (1000 * np.array(seconds), np.arange(count), *[np.zeros(count)] * 3)
    return Ready._make(column.astype(kind) for column, kind in zip(columns, TYPES, strict=True))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("marked", [False, True])
def test_of_too_many_those_that_would_wait_for_longest_go(seed, marked):
    seconds = list(range(1, 101))
    random.Random(seed).shuffle(seconds)
    waiting, most = Waiting(40), 0
    for begin in range(0, 100, 20):
        new = records(seconds[begin : begin + 20])
        if marked:
            assert waiting.passed(new, 0).time.size == 0
        else:
            waiting.hold(new)
        most = max(most, len(waiting))
    assert (most, len(waiting), waiting.evicted) == (40, 40, 60)
    found = []
    for mark in range(0, 45_000, 1500):
        found += waiting.passed(records([]), mark).time.tolist()
    assert found == [1000 * second for second in range(1, 41)]
    assert len(waiting) == 0


HUGE = 1 << 62


def some_records(random, count):
    """Records in any order, few of which differ in all fields."""
    rows = [
        (
            random.randrange(5_000),
            random.choice([random.randrange(40), random.randrange(-5, 5), HUGE + 1, -HUGE]),
            random.choice([0, 1, 300, 20_000]),
            random.getrandbits(64),
            number,
        )
        for number in range(count)
    ]
    return Ready._make(map(np.array, zip(*rows, strict=True), TYPES)) if rows else nothing()


@pytest.mark.parametrize("seed", range(8))
def test_records_come_by_time_place_and_stage_with_all_that_they_have(seed):
    some, waiting = random.Random(seed), Waiting(10**6)
    expected, found = [], []
    for mark in range(0, 6_000, 500):
        new = some_records(some, some.randrange(60))
        expected += zip(*(column.tolist() for column in new), strict=True)
        if some.random() < 0.2:
            waiting.hold(new)
            continue
        given = waiting.passed(new, mark)
        assert [column.dtype for column in given] == [*map(np.dtype, TYPES)]
        rows = [*zip(*(column.tolist() for column in given), strict=True)]
        due = [row for row in expected if row[0] < mark]
        assert sorted(rows) == sorted(due)
        assert [row[:3] for row in rows] == sorted(row[:3] for row in due)
        expected = [row for row in expected if row[0] >= mark]
        found += rows
        if some.random() < 0.3:
            kept, waiting = waiting.all(), Waiting(10**6)
            waiting.restore(kept)
    assert len(waiting) == len(expected)
    assert len(found) > 0
