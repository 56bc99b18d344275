"""Which fields a plan cannot do without: what to tell of a rule that data can never trigger."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import assert_never

from tocsin.plan.leaves import fields_of as fields_of_leaf
from tocsin.plan.plan import Plan, StagePlan, ThresholdPlan, stages_of
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


def missing_needs(plan: Plan, missing: AbstractSet[str]) -> list[str]:
    """The fields for want of which the plan can never match, sorted; none if it can.

    Parameters
    ----------
    missing
        Fields that no event has.
    """
    found: set[str] = set()
    for stage in stages_of(plan):
        if not stage.missing:
            found.update(_stage_needs(stage, missing))
    if isinstance(plan, ThresholdPlan):
        found.update(one.field.name for one in plan.cardinality if one.least > 0)
        found &= missing
    return sorted(found)


def _stage_needs(stage: StagePlan, missing: AbstractSet[str]) -> set[str]:
    keys = {key.field.name for key in stage.keys if not key.optional and key.field.name in missing}
    if can_hold(stage.condition, missing) is not False:
        return keys
    named = {field.name for field in fields_of(stage.condition)} & missing
    alone = {name for name in named if can_hold(stage.condition, {name}) is False}
    return keys | (alone or named)
