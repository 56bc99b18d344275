"""The ``should`` clauses of a ``bool`` filter: how many of them must hold, and that they do."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, islice
from typing import Final

from tocsin.plan.filter_shapes import FilterError, Path
from tocsin.plan.passes import FALSE, TRUE, conjunction, disjunction
from tocsin.plan.predicate import Predicate

MOST_CHOICES: Final = 200
"""Ways to choose the clauses of which so many must hold."""


def least_of(given: object, count: int, others: bool, path: Path) -> int:
    """How many ``should`` clauses must hold."""
    if given is None:
        return 0 if others or not count else 1
    text = str(given).strip()
    percent = text.endswith("%")
    try:
        number = int(text.removesuffix("%"))
    except ValueError:
        raise FilterError("KQL130", f"`minimum_should_match` of the form `{text}`", path) from None
    if percent:
        number = count * number // 100 if number >= 0 else -(count * -number // 100)
    return max(0, number if number >= 0 else count + number)


def some_of(terms: Sequence[Predicate], least: int, path: Path) -> Predicate:
    """At least so many of the terms hold."""
    if least > len(terms):
        return FALSE
    if least <= 1:
        return disjunction(terms) if least else TRUE
    chosen = list(islice(combinations(terms, least), MOST_CHOICES + 1))
    if len(chosen) > MOST_CHOICES:
        raise FilterError("KQL130", f"{least} of {len(terms)} `should` clauses", path)
    return disjunction(conjunction(some) for some in chosen)
