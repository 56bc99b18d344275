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
    match predicate:
        case Constant(value):
            return value
        case Not(term):
            inner = can_hold(term, missing)
            return None if inner is None else not inner
        case And(terms):
            return _all(can_hold(term, missing) for term in terms)
        case Or(terms):
            inner = _all(_negated(can_hold(term, missing)) for term in terms)
            return _negated(inner)
        case Test() | SomeField() | Inside():
            return None
        case Short(leaf=leaf):
            return can_hold(leaf, missing)
        case Recent() | Tokens():
            return False if predicate.field.name in missing else None
        case Exists() | Text() | Regex() | Compare() | Flag() | Within() | Listed() | Length():
            return False if predicate.field.name in missing else None
        case _:
            assert_never(predicate)


def _negated(answer: bool | None) -> bool | None:
    return None if answer is None else not answer


def _all(answers: Iterator[bool | None]) -> bool | None:
    certain: bool | None = True
    for answer in answers:
        if answer is False:
            return False
        if answer is None:
            certain = None
    return certain


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


def needs_of(plan: Plan, *, lean: bool = True) -> Needs:
    """What a plan needs; ``lean``: nothing else of it is kept, else its own conditions are."""
    stages = [stage for stage in stages_of(plan) if not stage.missing]
    made = tuple(
        (
            bare(stage.condition) if lean else stage.condition,
            tuple(key.field.name for key in stage.keys if not key.optional),
        )
        for stage in stages
    )
    counted = (
        tuple(one.field.name for one in plan.cardinality if one.least > 0)
        if isinstance(plan, ThresholdPlan)
        else ()
    )
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
    needs = needs_of(plan, lean=False)
    return needs.missing(needs.names - missing)


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
    named = {field.name for field in fields_of(condition)} & missing
    alone = {name for name in named if can_hold(condition, {name}) is False}
    return wanted | (alone or named)
