"""``head`` and ``tail`` on matches that come one after the other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.match.cut import Cut
from tocsin.plan.plan import Window

CUTS = st.lists(st.tuples(st.sampled_from(["head", "tail"]), st.integers(0, 6)), max_size=4)


def through(items, cuts):
    cut = Cut(Window(tuple(cuts)))
    return [*(passed for item in items for passed in cut.push(item)), *cut.finish()]


@pytest.mark.parametrize(
    ("cuts", "expected"),
    [
        ([], [0, 1, 2, 3, 4]),
        ([("head", 2)], [0, 1]),
        ([("tail", 2)], [3, 4]),
        ([("head", 4), ("tail", 2)], [2, 3]),
        ([("tail", 4), ("head", 2)], [1, 2]),
        ([("tail", 0)], []),
        ([("head", 0)], []),
    ],
)
def test_cuts_apply_one_after_the_other(cuts, expected):
    assert through(range(5), cuts) == expected


@given(st.integers(0, 9), CUTS)
def test_cuts_are_slices(count, cuts):
    expected = list(range(count))
    for kind, size in cuts:
        expected = expected[:size] if kind == "head" else expected[max(0, len(expected) - size) :]
    assert through(range(count), cuts) == expected


def test_a_head_gives_its_matches_at_once():
    cut = Cut(Window((("head", 1),)))
    assert list(cut.push("first")) == ["first"]
    assert list(cut.push("second")) == []
