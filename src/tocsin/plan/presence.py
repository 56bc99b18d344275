"""Whether a field has a value: one of its kind, as in an index that ignores what is malformed."""

from __future__ import annotations

from collections.abc import Callable

from tocsin.columns.cells import Scalar
from tocsin.plan.expression import reader
from tocsin.plan.passes import conjunction, disjunction, negation
from tocsin.plan.predicate import And, Compare, Exists, Flag, Not, Or, Predicate, Within
from tocsin.schema.kinds import NUMERIC, Kind

READ = NUMERIC | {Kind.BOOLEAN, Kind.IP}
"""Kinds whose values are asked whether they are one."""

EVERY_ADDRESS = ("0.0.0.0/0", "::/0")


def is_value(kind: Kind) -> Callable[[Scalar], bool]:
    """Whether an event's value is one of this kind; another is as good as not there."""
    if kind not in READ:
        return lambda _: True
    read = reader(kind, "")

    def told(value: Scalar) -> bool:
        found = read(value)
        return found is not None and found == found  # noqa: PLR0124 - no number is none

    return told


def by_kind(predicate: Predicate) -> Predicate:
    """The same predicate with leaves that compiled code has for values of their kind."""
    match predicate:
        case And(terms):
            return conjunction(map(by_kind, terms))
        case Or(terms):
            return disjunction(map(by_kind, terms))
        case Not(term):
            return negation(by_kind(term))
        case Exists(field) if field.kind in NUMERIC:
            return disjunction([Compare(field, ">=", 0), Compare(field, "<", 0)])
        case Exists(field) if field.kind is Kind.BOOLEAN:
            return disjunction([Flag(field, True), Flag(field, False)])
        case Exists(field) if field.kind is Kind.IP:
            return Within(field, EVERY_ADDRESS)
        case _:
            return predicate
