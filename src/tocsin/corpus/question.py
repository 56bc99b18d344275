"""Questions to the stored events, and what they mean: a predicate, as those of rules.

A condition is looked at as KQL looks at it: on keywords letter case counts, a number is a number,
an address is an address however it is written, and any value of several may hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

import orjson

from tocsin.alerts.paths import Scalar
from tocsin.corpus.span import ALWAYS, Span
from tocsin.engine.query import filter_of
from tocsin.languages import QueryError
from tocsin.plan.passes import FALSE, TRUE, conjunction, disjunction, negation
from tocsin.plan.predicate import Predicate
from tocsin.plan.rule_kql import condition_of_query
from tocsin.rules.guide_blocks import PLACEHOLDER, Block
from tocsin.rules.guide_blocks import Condition as Written
from tocsin.schema.fields import Schema
from tocsin.schema.values import text_of

MOST_VALUES = 100
"""Values of an alert's field that are put into a condition."""

BOUNDS = ("gt", "gte", "lt", "lte")
"""The names of a range's ends."""


class Kind(StrEnum):
    """How a condition compares."""

    IS = "phrase"
    ONE_OF = "phrases"
    EXISTS = "exists"
    RANGE = "range"
    WILDCARD = "wildcard"


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition on one field.

    ``values``: what `Kind.IS` and `Kind.ONE_OF` compare with (any of them), or patterns with ``*``
    and ``?`` of `Kind.WILDCARD`. ``bounds``: the ends of `Kind.RANGE`, such as
    ``(("gte", 1), ("lt", 5))``. ``excluded``: it must not hold.
    """

    field: str
    kind: Kind = Kind.EXISTS
    values: tuple[Scalar, ...] = ()
    bounds: tuple[tuple[str, Scalar], ...] = ()
    excluded: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """Which of the stored events are meant.

    ``groups`` are alternatives; all conditions of one must hold; without any, every event is
    meant. ``kql`` must hold as well. ``span`` is about the event's time; with a bound, events
    without a time are not meant. ``datasets``: only these, as the folders of sealed events have
    them (``data_stream.dataset``, else ``event.dataset``); none: all.
    """

    groups: tuple[tuple[Condition, ...], ...] = ()
    kql: str = ""
    span: Span = ALWAYS
    datasets: tuple[str, ...] = ()


class Filled(NamedTuple):
    """A guide's block as a question; None if the alert has none of what it needs.

    ``missing`` are the fields that the alert does not have; alternatives that need one of them
    are left out.
    """

    question: Question | None
    missing: tuple[str, ...]


def is_(field: str, *values: Scalar) -> Condition:
    """The field has one of these values."""
    return Condition(field, Kind.ONE_OF, values)


def filled(block: Block, values: Callable[[str], Sequence[Scalar]], span: Span = ALWAYS) -> Filled:
    """The question of an investigate block, its ``{{placeholders}}`` filled with an alert's values.

    Where the alert has several values, any of them will do.
    """
    missing: dict[str, None] = {}
    groups = []
    for group in block.groups:
        made = [_condition(one, values) for one in group]
        lacking = [name for one in made if not isinstance(one, Condition) for name in one]
        missing.update(dict.fromkeys(lacking))
        if not lacking:
            groups.append(tuple(one for one in made if isinstance(one, Condition)))
    question = Question(tuple(groups), span=span) if groups else None
    return Filled(question, tuple(missing))


def _condition(
    written: Written, values: Callable[[str], Sequence[Scalar]]
) -> Condition | tuple[str, ...]:
    """A guide's condition filled in, or the fields that it lacks."""
    kind = written.kind if written.kind in set(Kind) else Kind.IS
    if kind == Kind.EXISTS:
        return Condition(written.field, excluded=written.excluded)
    names = PLACEHOLDER.findall(written.value)
    lacking = tuple(name for name in names if not values(name))
    if lacking:
        return lacking
    if kind == Kind.RANGE:
        return Condition(
            written.field,
            Kind.RANGE,
            bounds=tuple(_bounds(_put(written.value, values))),
            excluded=written.excluded,
        )
    alone = PLACEHOLDER.fullmatch(written.value.strip())
    given = (
        tuple(values(alone[1])[:MOST_VALUES])
        if alone is not None
        else (_put(written.value, values),)
    )
    kind = Kind.ONE_OF if kind == Kind.IS else Kind(kind)
    return Condition(written.field, kind, given, excluded=written.excluded)


def _put(text: str, values: Callable[[str], Sequence[Scalar]]) -> str:
    return PLACEHOLDER.sub(lambda found: text_of(values(found[1])[0]), text)


def _bounds(text: str) -> Iterator[tuple[str, Scalar]]:
    """The ends of a range, which is JSON in guides; none if it cannot be read."""
    try:
        table = orjson.loads(text)
    except orjson.JSONDecodeError:
        return
    if isinstance(table, Mapping):
        for name, value in table.items():
            if name in BOUNDS and isinstance(value, str | int | float):
                yield name, value


def predicate(question: Question) -> Predicate:
    """What must hold of an event, its time aside.

    Raises
    ------
    QueryError
        The KQL is wrong. A condition that no value of its field can meet is met by no event.
    """
    schema = Schema()
    terms = [_datasets(question.datasets, schema)]
    if question.groups:
        terms.append(
            disjunction(
                conjunction(_holds(one, schema) for one in group) for group in question.groups
            )
        )
    if question.kql.strip():
        terms.append(condition_of_query(question.kql, "kuery", schema))
    return conjunction(terms)


def _holds(one: Condition, schema: Schema) -> Predicate:
    clauses: list[dict[str, Any]]
    match one.kind:
        case Kind.EXISTS:
            clauses = [{"exists": {"field": one.field}}]
        case Kind.RANGE:
            ends = {end: text_of(value) for end, value in one.bounds}
            clauses = [{"range": {one.field: ends}}]
        case Kind.WILDCARD:
            clauses = [{"wildcard": {one.field: {"value": text_of(v)}}} for v in one.values]
        case Kind.IS | Kind.ONE_OF:
            clauses = [{"match_phrase": {one.field: {"query": text_of(v)}}} for v in one.values]
    found = disjunction(_clause(clause, schema) for clause in clauses)
    return negation(found) if one.excluded else found


def _clause(clause: Mapping[str, Any], schema: Schema) -> Predicate:
    try:
        return filter_of([clause], schema)
    except (QueryError, orjson.JSONEncodeError):
        # a name in a field of numbers, half of a surrogate pair: no event can have it
        return FALSE


def _datasets(names: Sequence[str], schema: Schema) -> Predicate:
    if not names:
        return TRUE
    stream, older = "data_stream.dataset", "event.dataset"
    without = negation(_holds(Condition(stream), schema))
    return disjunction(
        [
            _holds(is_(stream, *names), schema),
            conjunction([without, _holds(is_(older, *names), schema)]),
        ]
    )
