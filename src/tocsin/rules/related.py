"""Which rules are alike: shared techniques, tags and fields, the rare ones counting for more."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

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
    """Other rules like ``rule``, most alike first; at most ``limit``.

    ``fields`` gives the fields of a rule's query; it is asked of the rules only that are the most
    alike by techniques and tags.
    """
    traits = {id(other): _traits(other) for other in among}
    counts = Counter(trait for found in traits.values() for trait in found)
    own = _traits(rule)

    def likeness(shared: Iterable[tuple[str, str]]) -> float:
        total = len(among) + 1
        return sum(
            _WEIGHTS[kind] * math.log(total / counts.get((kind, name), 1)) for kind, name in shared
        )

    others = [
        (likeness(shared), other, shared)
        for other in among
        if other.id != rule.id and (shared := own & traits[id(other)])
    ]
    others.sort(key=lambda entry: (-entry[0], entry[1].name, entry[1].id))
    if fields is None:
        return [Related(other, _reasons(shared, counts)) for _, other, shared in others[:limit]]
    near = others[:_LOOKED_AT]
    used = {id(other): _fields(fields, other) for _, other, _ in near}
    counts.update(trait for found in used.values() for trait in found)
    mine = _fields(fields, rule)
    again = [
        (likeness(both), other, both)
        for _, other, shared in near
        for both in (shared | (mine & used[id(other)]),)
    ]
    again.sort(key=lambda entry: (-entry[0], entry[1].name, entry[1].id))
    return [Related(other, _reasons(both, counts)) for _, other, both in again[:limit]]


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
