"""Times before, after and within the span that a date of a query stands for, as leaves."""

from __future__ import annotations

from tocsin.languages.eql import nodes as eql
from tocsin.languages.node import Literal
from tocsin.plan.date_span import DateSpan
from tocsin.plan.passes import conjunction
from tocsin.plan.predicate import Compare, FieldRef, Predicate, Test
from tocsin.schema.kinds import Kind
from tocsin.schema.values import time_text


def compared_time(field: FieldRef, operator: str, span: DateSpan, clause: str) -> Predicate:
    """``field operator span``, the operator being one of ``== < <= > >=``.

    ``<=`` and ``>`` look at the span's last moment; a time equals the span that it lies within.
    """
    if operator == "==":
        return within_span(field, span, clause)
    bound = span.last if operator in ("<=", ">") else span.first
    return Compare(field, operator, bound, clause=clause)


def within_span(field: FieldRef, span: DateSpan, clause: str) -> Predicate:
    """Times within a span."""
    if span.first == span.last:
        return Compare(field, "==", span.first, clause=clause)
    ticks = 1 if field.kind is Kind.DATE_NANOS else 1_000_000
    within = eql.And(
        (
            eql.Comparison(">=", eql.Field(field.name), time_literal(span.first * ticks)),
            eql.Comparison("<=", eql.Field(field.name), time_literal(span.last * ticks)),
        )
    )
    after = Compare(field, ">=", span.first, clause=clause)
    # of several times one must lie within: two leaves might each find its own
    return conjunction([after, Test(within, (field,), clause=clause)])


def time_literal(nanos: int) -> Literal:
    """A moment, in nanoseconds since 1970, as a constant of an expression."""
    return Literal(time_text(nanos))
