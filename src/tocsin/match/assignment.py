"""Choosing one item from each of several pools, all distinct, without ever searching in vain."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from collections.abc import Set as AbstractSet


def assignments(pools: Sequence[Sequence[int]]) -> Iterator[tuple[int, ...]]:
    """Every choice of distinct items, one from each pool, as places in the pools, ascending.

    >>> list(assignments([[7, 8], [7, 9]]))
    [(0, 1), (1, 0), (1, 1)]

    The way to each choice takes polynomial time: no item is taken that leaves the rest without a
    choice.
    """
    chosen: list[int] = []
    place = 0
    while True:
        used = {pools[depth][at] for depth, at in enumerate(chosen)}
        if len(chosen) == len(pools):
            yield tuple(chosen)
        else:
            found = _next(pools, len(chosen), place, used)
            if found is not None:
                chosen.append(found)
                place = 0
                continue
        if not chosen:
            return
        place = chosen.pop() + 1


def _next(pools: Sequence[Sequence[int]], depth: int, place: int, used: set[int]) -> int | None:
    """The first place from ``place`` on in a pool whose item leaves the other pools a choice."""
    for at in range(place, len(pools[depth])):
        item = pools[depth][at]
        if item not in used and possible(pools[depth + 1 :], used | {item}):
            return at
    return None


def possible(pools: Sequence[Sequence[int]], used: AbstractSet[int] = frozenset()) -> bool:
    """Whether each pool can have an item of its own, none of them used."""
    owner: dict[int, int] = {}
    return all(_place(pool, pools, used, owner) for pool in range(len(pools)))


def _place(
    pool: int, pools: Sequence[Sequence[int]], used: AbstractSet[int], owner: dict[int, int]
) -> bool:
    """Give a pool an item, moving other pools to other items where that helps."""
    came: dict[int, tuple[int, int | None]] = {}  # item: the pool that wants it, what it has now
    waiting: deque[tuple[int, int | None]] = deque([(pool, None)])
    while waiting:
        wanting, has = waiting.popleft()
        for item in pools[wanting]:
            if item in used or item in came:
                continue
            came[item] = wanting, has
            if item in owner:
                waiting.append((owner[item], item))
                continue
            moved: int | None = item
            while moved is not None:
                owner[moved], moved = came[moved]
            return True
    return False
