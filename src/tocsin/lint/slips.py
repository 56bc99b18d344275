"""Whether two names are one slip of the pen apart: a letter more, less, other or swapped."""

from __future__ import annotations

from collections.abc import Iterable

_SHORTEST = 8
"""Shorter names are too often near each other by chance, but for swapped letters."""
_SHORTEST_SWAPPED = 6


def one_slip_away(name: str, names: Iterable[str]) -> list[str]:
    """Those of ``names`` that one slip turns into ``name``; letter case counts as no slip."""
    if len(name) < _SHORTEST_SWAPPED:
        return []
    if len(name) < _SHORTEST:
        same = (other for other in names if len(other) == len(name) and other != name)
        return [other for other in same if _swapped(name.lower(), other.lower())]
    folded, least, most = name.lower(), len(name) - 1, len(name) + 1
    near = (other for other in names if least <= len(other) <= most and other != name)
    return [other for other in near if _one_slip(folded, other.lower())]


def _one_slip(left: str, right: str) -> bool:
    if abs(len(left) - len(right)) > 1:
        return False
    start = 0
    shortest = min(len(left), len(right))
    while start < shortest and left[start] == right[start]:
        start += 1
    one, other = left[start:], right[start:]
    return (
        one[1:] == other[1:]
        or one[1:] == other
        or one == other[1:]
        or (one[:2] == other[1::-1] and one[2:] == other[2:])
    )


def _swapped(left: str, right: str) -> bool:
    """Whether two letters beside each other are swapped, and nothing else."""
    apart = [
        place for place, pair in enumerate(zip(left, right, strict=True)) if len(set(pair)) > 1
    ]
    if len(apart) != 2 or apart[1] - apart[0] != 1:
        return False
    first, second = apart
    return left[first] == right[second] and left[second] == right[first]
