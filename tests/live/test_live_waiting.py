"""Hits that wait for their time: in order, and no more than there is room for."""

import random

import numpy as np
import pytest

from tocsin.live.waiting import TYPES, Waiting
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
