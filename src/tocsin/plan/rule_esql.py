"""The plan of a rule whose query is ES|QL."""

from __future__ import annotations

from tocsin.diagnostics import Diagnostic, Severity
from tocsin.languages import QueryError
from tocsin.languages.esql.check import check
from tocsin.languages.esql.metadata import METADATA
from tocsin.languages.esql.parser import parse
from tocsin.languages.esql.typed import (
    Apply,
    Constant,
    Pipeline,
    Source,
    expressions_of,
    question,
    walk,
)
from tocsin.plan.esql_filter import candidates
from tocsin.plan.esql_recent import recent
from tocsin.plan.passes import conjunction
from tocsin.plan.plan import StagePlan, TablePlan
from tocsin.plan.predicate import Predicate
from tocsin.plan.rule_kql import condition_of_query, filters_of_rule
from tocsin.rules.rule import Rule
from tocsin.rules.timing import interval
from tocsin.schema.fields import Schema


def esql_plan(rule: Rule, schema: Schema) -> tuple[TablePlan | None, list[Diagnostic]]:
    """The plan of a rule of type ``esql``; without one some diagnostic is an error."""
    try:
        query = parse(rule.query)
    except QueryError as error:
        return None, list(error.diagnostics)
    checked = check(query, schema, rule.query)
    found = list(checked.diagnostics)
    if checked.pipeline is None:
        return None, found
    kql, told = kql_of(checked.pipeline, schema, rule.query)
    found += told
    filters, told = filters_of_rule(rule, schema)
    found += told
    if filters is None or any(each.severity is Severity.ERROR for each in found):
        return None, found
    asked = candidates(checked.pipeline, schema, kql)
    return (
        TablePlan(
            StagePlan(conjunction([asked, filters])),
            checked.pipeline,
            tuple((text, StagePlan(condition)) for text, condition in kql.items()),
            paths_of(checked.pipeline, schema),
            interval(rule.interval),
            rule.from_,
            rule.to,
            recent(checked.pipeline),
        ),
        found,
    )


def paths_of(pipeline: Pipeline, schema: Schema) -> tuple[str, ...]:
    """Where events carry the columns of the source; empty for metadata."""
    if not isinstance(pipeline.source, Source):
        return ()
    return tuple(
        "" if column.name in METADATA else schema.path(column.name)
        for column in pipeline.source.columns
    )


_LANGUAGES = {"kql": ("kuery", "KQL"), "qstr": ("lucene", "Lucene")}


def kql_of(
    pipeline: Pipeline, schema: Schema, text: str, *, now: int | None = None
) -> tuple[dict[str, Predicate], list[Diagnostic]]:
    """The conditions of all KQL and Lucene queries in a pipeline, by `question`."""
    conditions: dict[str, Predicate] = {}
    for node in walk(*(part for step in pipeline.steps for part in expressions_of(step))):
        if not isinstance(node, Apply) or node.name not in _LANGUAGES:
            continue
        if question(node) in conditions:
            continue
        argument = node.arguments[0]
        query = str(argument.value) if isinstance(argument, Constant) else ""
        language, told = _LANGUAGES[node.name]
        try:
            conditions[question(node)] = condition_of_query(query, language, schema, now=now)
        except QueryError as error:
            first = error.diagnostics[0]
            message = f"the {told} query cannot be used: {first.message}"
            return {}, [Diagnostic("ESQ113", message, hint=first.hint, text=text)]
    return conditions, []
