"""Alerts of the same host as one attack would raise them: by time, with their tactics in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tocsin.schema import attack
from tocsin.store.filter import Filter, Order, Page, Sort
from tocsin.store.kept import Kept
from tocsin.store.store import Store
from tocsin.web.matrix import ORDER

DAY = 86_400_000
AROUND = 7 * DAY
"""How long before and after the alert others are looked for, ms."""

EACH_SIDE = 15
"""Alerts before it, and after it, at most; those nearest to it."""


class Step(NamedTuple):
    """An alert of the chain, and its tactics by name; ``itself``: the one that is looked at."""

    kept: Kept
    tactics: tuple[str, ...]
    itself: bool


@dataclass(frozen=True, slots=True)
class Chain:
    """``steps`` by time; ``tactics``: all that were met, in ATT&CK's order, with their alerts.

    ``rises``: whether the alerts go through tactics in that order, one at least following another.
    """

    host: str
    steps: tuple[Step, ...]
    tactics: tuple[tuple[str, int], ...]
    rises: bool
    more: int


def chain(store: Store, kept: Kept) -> Chain | None:
    """The chain that an alert is part of; None if its host has no other alert with a tactic."""
    if not kept.hosts:
        return None
    host = kept.hosts[0]
    at = kept.timestamp
    found: dict[str, Kept] = {}
    total = 0
    for since, until, descending in ((at - AROUND, at, True), (at + 1, at + AROUND, False)):
        wanted = Filter(hosts=(host,), tactics=("*",), since=since, until=until)
        page = Page(limit=EACH_SIDE + 1)
        some = store.find(wanted, Sort(Order.TIME, descending=descending), page)
        found |= {each.id: each for each in some}
        total += store.count(wanted) if len(some) > EACH_SIDE else len(some)
    found[kept.id] = kept
    if len(found) < 2:
        return None
    order = {name: number for number, name in enumerate(ORDER)}
    steps = [
        Step(each, tuple(_names(each, order)), each.id == kept.id)
        for each in sorted(found.values(), key=lambda each: (each.timestamp, each.key))
    ]
    counts: dict[str, int] = {}
    for step in steps:
        for name in step.kept.tactics:
            counts[name] = counts.get(name, 0) + 1
    ranked = sorted(counts, key=lambda name: order.get(name, len(order)))
    return Chain(
        host,
        tuple(steps),
        tuple((_name(name), counts[name]) for name in ranked),
        _rises(steps, order),
        max(0, total - len(found)),
    )


def _names(kept: Kept, order: dict[str, int]) -> list[str]:
    ranked = sorted(kept.tactics, key=lambda name: order.get(name, len(order)))
    return [_name(name) for name in ranked]


def _name(tactic: str) -> str:
    known = attack.tactics().get(tactic)
    return tactic if known is None else known.name


def _rises(steps: Sequence[Step], order: dict[str, int]) -> bool:
    """Whether each alert with a tactic goes on from the one before, or stays where that was."""
    reached: int | None = None
    went = False
    for step in steps:
        numbers = [order[name] for name in step.kept.tactics if name in order]
        if not numbers:
            continue
        onward = [number for number in numbers if reached is None or number >= reached]
        if not onward:
            return False
        went = went or (reached is not None and min(onward) > reached)
        reached = min(onward)
    return went
