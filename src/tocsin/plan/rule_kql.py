"""The condition of a rule whose query is KQL or Lucene: the query and the rule's filters."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from tocsin.diagnostics import Diagnostic
from tocsin.languages import QueryError
from tocsin.languages.kql.parser import parse
from tocsin.languages.lucene.parser import parse as parse_lucene
from tocsin.plan.filters import filters_of
from tocsin.plan.lower_kql import lower_kql
from tocsin.plan.lower_lucene import lower_lucene
from tocsin.plan.notes_kql import notes_of
from tocsin.plan.passes import TRUE, conjunction
from tocsin.plan.plan import EventPlan, StagePlan
from tocsin.plan.predicate import Predicate
from tocsin.rules.places import places_of
from tocsin.rules.rule import Origin, Rule
from tocsin.schema.fields import Schema


def query_plan(rule: Rule, schema: Schema) -> tuple[EventPlan | None, list[Diagnostic]]:
    """The plan of a rule of type ``query``: one event that satisfies its condition."""
    condition, found = condition_of(rule, schema)
    return (None if condition is None else EventPlan(StagePlan(condition))), found


def condition_of(rule: Rule, schema: Schema) -> tuple[Predicate | None, list[Diagnostic]]:
    """What an event must satisfy for the rule to look at it: its query and its ``filters``.

    Without a condition some diagnostic is an error. Places count in the rule's query, as those of
    EQL do; those of filters in the rule's file, which they name.
    """
    try:
        query, notes = _lowered(rule.query, rule.language, schema, None)
    except QueryError as error:
        return None, list(error.diagnostics)
    filters, found = filters_of_rule(rule, schema)
    return (None if filters is None else conjunction([query, filters])), [*notes, *found]


def filters_of_rule(rule: Rule, schema: Schema) -> tuple[Predicate | None, list[Diagnostic]]:
    """The rule's filters; what is wrong with them has its place in the rule's file."""
    rows, origin = rule.raw.get("filters"), rule.origin
    if rows is None:
        return TRUE, []
    filters, found = filters_of(rows, schema, places_of(origin), origin.text)
    return filters, [in_file(each, origin) for each in found]


def in_file(found: Diagnostic, origin: Origin) -> Diagnostic:
    """A diagnostic whose text is that of a rule, with the file of that."""
    return dataclasses.replace(found, file=origin.file, begins=origin.begins)


def condition_of_query(
    text: str, language: str, schema: Schema, *, now: int | None = None
) -> Predicate:
    """A query in ``kuery`` or ``lucene`` as a predicate.

    Parameters
    ----------
    now
        What ``now`` in a time means, in milliseconds; None: each event's own time.

    Raises
    ------
    QueryError
        With what is wrong, and where.
    """
    return _lowered(text, language, schema, now)[0]


def _lowered(
    text: str, language: str, schema: Schema, now: int | None
) -> tuple[Predicate, Sequence[Diagnostic]]:
    """The condition of a query, and what there is to say of it."""
    if language == "lucene":
        query = parse_lucene(text)
        found, told = lower_lucene(query, schema, text=text, now=now), query.notes
    else:
        found, told = lower_kql(parse(text), schema, text=text, now=now), ()
    return found, [*told, *(() if schema.text == "compat" else notes_of(found, text))]
