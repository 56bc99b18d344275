"""Which rules are alike: shared techniques, tags and fields, the rare ones counting for more."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np

from tocsin.rules.attack import technique_ids
from tocsin.rules.rule import Rule

_LOOKED_AT = 50
_WEIGHTS = {"technique": 2.0, "tag": 1.0, "field": 0.5}
_PLURAL = {"technique": "techniques", "tag": "tags", "field": "fields"}
_NAMED = 3


class Related(NamedTuple):
    """A rule that is like another, with the reasons in words, strongest first."""

    rule: Rule
    reasons: tuple[str, ...]


def related(
    rule: Rule,
    among: Sequence[Rule],
    fields: Callable[[Rule], Iterable[str]] | None,
    limit: int,
) -> list[Related]:
    """Other rules like ``rule``, most alike first; at most ``limit``: see `Kin`."""
    return Kin(among, fields).of(rule, limit)


class Kin:
    """Rules and what they share, to ask about many of them.

    ``fields`` gives the fields of a rule's query; it is asked of the rules only that are the most
    alike by techniques and tags.
    """

    def __init__(
        self, among: Sequence[Rule], fields: Callable[[Rule], Iterable[str]] | None = None
    ) -> None:
        self._among = among
        self._ask = fields
        self._known: dict[int, frozenset[tuple[str, str]]] = {}
        self._traits = [_traits(rule) for rule in among]
        holders: dict[tuple[str, str], list[int]] = {}
        for number, traits in enumerate(self._traits):
            for trait in traits:
                holders.setdefault(trait, []).append(number)
        self._holders = {trait: np.array(rows) for trait, rows in holders.items()}
        names = sorted(range(len(among)), key=lambda row: (among[row].name, among[row].id))
        self._rank = np.empty(len(among), dtype=np.int64)
        self._rank[names] = np.arange(len(among))

    def of(self, rule: Rule, limit: int) -> list[Related]:
        """Other rules like ``rule``, most alike first; at most ``limit``."""
        own = _traits(rule)
        counts = Counter({trait: len(self._holders[trait]) for trait in own if self._has(trait)})
        near = self._nearest(rule, own, counts, max(limit, _LOOKED_AT))
        if self._ask is not None:
            mine = self._fields(rule, -1)
            used = {row: self._fields(self._among[row], row) for row in near}
            counts.update(trait for found in used.values() for trait in found)
            own |= mine
            shared = {row: own & (self._traits[row] | used[row]) for row in near}
        else:
            shared = {row: own & self._traits[row] for row in near}
        alike = {row: self._likeness(shared[row], counts) for row in near}
        near.sort(key=lambda row: (-alike[row], self._rank[row]))
        return [Related(self._among[row], _reasons(shared[row], counts)) for row in near[:limit]]

    def _nearest(
        self,
        rule: Rule,
        own: frozenset[tuple[str, str]],
        counts: Counter[tuple[str, str]],
        most: int,
    ) -> list[int]:
        """The rows of rules that share the most, techniques and tags alone."""
        score = np.zeros(len(self._among))
        for trait in sorted(own):
            if self._has(trait):
                score[self._holders[trait]] += self._likeness((trait,), counts)
        # a sum's last digits depend on its order: alike is alike
        order = np.lexsort((self._rank, -score.round(9)))
        found = (int(row) for row in order if score[row] > 0)
        others = (row for row in found if self._among[row].id != rule.id)
        return list(islice(others, most))

    def _has(self, trait: tuple[str, str]) -> bool:
        return trait in self._holders

    def _likeness(
        self, shared: Iterable[tuple[str, str]], counts: Counter[tuple[str, str]]
    ) -> float:
        total = len(self._among) + 1
        return round(
            math.fsum(
                _WEIGHTS[kind] * math.log(total / counts.get((kind, name), 1))
                for kind, name in shared
            ),
            9,
        )

    def _fields(self, rule: Rule, row: int) -> frozenset[tuple[str, str]]:
        if self._ask is None:
            return frozenset()
        if row < 0:
            return _fields(self._ask, rule)
        found = self._known.get(row)
        if found is None:
            found = self._known[row] = _fields(self._ask, rule)
        return found


def _traits(rule: Rule) -> frozenset[tuple[str, str]]:
    techniques = {("technique", name) for name in technique_ids(rule)}
    return frozenset(techniques | {("tag", name) for name in rule.tags})


def _fields(fields: Callable[[Rule], Iterable[str]], rule: Rule) -> frozenset[tuple[str, str]]:
    return frozenset(("field", name) for name in fields(rule))


def _reasons(
    shared: Iterable[tuple[str, str]], counts: Counter[tuple[str, str]]
) -> tuple[str, ...]:
    """One reason for each kind of trait, naming the rarest."""
    reasons = []
    for kind in _WEIGHTS:
        names = [name for found, name in shared if found == kind]
        names.sort(key=lambda name: (counts[kind, name], name))
        if names:
            more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
            word = kind if len(names) == 1 else _PLURAL[kind]
            reasons.append(f"{word} {', '.join(names[:_NAMED])}{more}")
    return tuple(reasons)
