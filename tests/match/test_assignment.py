"""Distinct choices from pools."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from tocsin.match.assignment import assignments, possible

POOLS = st.lists(st.lists(st.integers(0, 4), max_size=4, unique=True), max_size=4)


def distinct(pools):
    choices = product(*(range(len(pool)) for pool in pools))
    items = ((c, [pool[at] for pool, at in zip(pools, c, strict=True)]) for c in choices)
    return [choice for choice, chosen in items if len(set(chosen)) == len(chosen)]


@given(POOLS)
def test_all_distinct_choices_come_in_order(pools):
    assert list(assignments(pools)) == distinct(pools)
    assert possible(pools) == bool(distinct(pools))
