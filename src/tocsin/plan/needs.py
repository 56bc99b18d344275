"""Which fields a plan cannot do without: what to tell of a rule that data can never trigger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import assert_never

from tocsin.plan.leaves import fields_of as fields_of_leaf
from tocsin.plan.plan import Plan, ThresholdPlan, stages_of
from tocsin.plan.predicate import (
    EVENT,
    And,
    Compare,
    Constant,
    Exists,
    FieldRef,
    Flag,
    Inside,
    Length,
    Listed,
    Not,
    Or,
    Predicate,
    Recent,
    Regex,
    Short,
    SomeField,
    Test,
    Text,
    Tokens,
    Within,
)

_ABOUT_ONE = (
    Exists,
    Text,
    Regex,
    Compare,
    Flag,
    Within,
    Listed,
    Length,
    Recent,
    Tokens,
)
_JOINED = (And, Or)


def fields_of(predicate: Predicate) -> Iterator[FieldRef]:
    """Every field that the predicate reads, with repeats; `EVENT` where it may be any."""
    pending = [predicate]
    while pending:
        node = pending.pop()
        match node:
            case Constant():
                continue
            case Not(term):
                pending.append(term)
            case And(terms) | Or(terms):
                pending.extend(terms)
            case SomeField() | Inside():
                yield EVENT
            case _:
                yield from fields_of_leaf(node)


def can_hold(predicate: Predicate, missing: AbstractSet[str]) -> bool | None:
    """What is certain if these fields never have a value: True, False, or None for «it depends»."""
    if isinstance(predicate, _ABOUT_ONE):
        return False if predicate.field.name in missing else None
    if isinstance(predicate, _JOINED):
        decisive = isinstance(predicate, Or)
        certain: bool | None = not decisive
        for term in predicate.terms:
            answer = can_hold(term, missing)
            if answer is decisive:
                return decisive
            if answer is None:
                certain = None
        return certain
    match predicate:
        case Constant(value):
            return value
        case Not(term):
            inner = can_hold(term, missing)
            return None if inner is None else not inner
        case Test() | SomeField() | Inside():
            return None
        case Short(leaf=leaf):
            return can_hold(leaf, missing)
        case _:
            assert_never(predicate)


@dataclass(frozen=True, slots=True)
class Needs:
    """What events must have, whatever its value: a plan without all that asks for more.

    ``stages``: a condition for each stage, and the fields of its keys. ``counted``: fields of which
    distinct values are counted. ``names``: all fields that are named in any of it.
    """

    stages: tuple[tuple[Predicate, tuple[str, ...]], ...]
    counted: tuple[str, ...]
    names: frozenset[str]

    def missing(self, fields: AbstractSet[str]) -> list[str]:
        """What of it is missing for good where events have these fields only, sorted."""
        missing = self.names - fields
        found = {name for name in self.counted if name in missing}
        for condition, keys in self.stages:
            found.update(_stage_needs(condition, keys, missing))
        return sorted(found)


def _asked(plan: Plan) -> Iterator[tuple[Predicate, tuple[str, ...]]]:
    """The condition of each stage that must be met, and the fields of its keys."""
    for stage in stages_of(plan):
        if not stage.missing:
            keys = tuple(key.field.name for key in stage.keys if not key.optional)
            yield stage.condition, keys


def _counted(plan: Plan) -> tuple[str, ...]:
    if not isinstance(plan, ThresholdPlan):
        return ()
    return tuple(one.field.name for one in plan.cardinality if one.least > 0)


def needs_of(plan: Plan) -> Needs:
    """What a plan needs; nothing else of it is kept."""
    made = tuple((bare(condition), keys) for condition, keys in _asked(plan))
    counted = _counted(plan)
    names = {field.name for condition, _ in made for field in fields_of(condition)} - {EVENT.name}
    names.update(counted, *(keys for _, keys in made))
    return Needs(made, counted, frozenset(names))


def missing_needs(plan: Plan, missing: AbstractSet[str]) -> list[str]:
    """The fields for want of which the plan can never match, sorted; none if it can.

    Parameters
    ----------
    missing
        Fields that no event has.
    """
    found = {name for name in _counted(plan) if name in missing}
    for condition, keys in _asked(plan):
        found.update(_stage_needs(condition, keys, missing))
    return sorted(found)


def bare(predicate: Predicate) -> Predicate:
    """The predicate with each leaf reduced to the fields that it asks for.

    `can_hold` says the same of it.
    """
    match predicate:
        case Constant():
            return predicate
        case Not(term):
            return Not(bare(term))
        case And(terms):
            return And(tuple(dict.fromkeys(map(bare, terms))))
        case Or(terms):
            return Or(tuple(dict.fromkeys(map(bare, terms))))
        case Short(leaf=leaf):
            return bare(leaf)
        case Test() | SomeField() | Inside():
            return SomeField("", ())
        case _:
            return Exists(predicate.field)


def _stage_needs(condition: Predicate, keys: Iterable[str], missing: AbstractSet[str]) -> set[str]:
    wanted = {name for name in keys if name in missing}
    if can_hold(condition, missing) is not False:
        return wanted
    named = ({field.name for field in fields_of(condition)} & missing) - {EVENT.name}
    alone = {name for name in named if can_hold(condition, {name}) is False}
    return wanted | (alone or named)
