"""A rule's plan: its query parsed, checked and lowered, whatever its type.

Each type of rule has a function here or in a file of its own; what is wrong with a rule is told
with places in the rule's file.
"""

from __future__ import annotations

import dataclasses

from tocsin.diagnostics import Diagnostic, Severity, Span
from tocsin.languages import QueryError
from tocsin.languages.eql.check import check
from tocsin.languages.eql.parser import parse
from tocsin.plan.lower_eql import lower
from tocsin.plan.plan import Plan, SequencePlan, TablePlan
from tocsin.plan.regex import regex_error
from tocsin.plan.rule_esql import esql_plan
from tocsin.plan.rule_kql import condition_of, filters_of_rule, query_plan
from tocsin.plan.rule_new_terms import new_terms_plan
from tocsin.plan.rule_threat_match import threat_plan
from tocsin.plan.rule_threshold import threshold_plan
from tocsin.rules.escaped import offsets
from tocsin.rules.rule import Rule
from tocsin.rules.timing import look_back
from tocsin.schema.fields import Schema


def plan_of(rule: Rule, schema: Schema) -> tuple[Plan | None, list[Diagnostic]]:
    """Compile one rule; without a plan, some diagnostic is an error and says why."""
    plan, found = _PLANS.get(rule.type, _eql)(rule, schema)
    return plan, [in_rule(entry, rule) for entry in found]


def indices_of(rule: Rule, plan: Plan | None) -> tuple[str, ...]:
    """The patterns of the indices whose events a rule sees; ES|QL names them in the query."""
    return plan.indices if isinstance(plan, TablePlan) else rule.index


def _counted(rule: Rule, schema: Schema) -> tuple[Plan | None, list[Diagnostic]]:
    """A rule that looks at the events of a condition together."""
    condition, found = condition_of(rule, schema)
    if condition is None:
        return None, found
    made = threshold_plan if rule.type == "threshold" else new_terms_plan
    plan, told = made(rule, condition, schema)
    return plan, [*found, *told]


def _eql(rule: Rule, schema: Schema) -> tuple[Plan | None, list[Diagnostic]]:
    try:
        query = parse(rule.query)
    except QueryError as error:
        return None, list(error.diagnostics)
    found = check(query, schema, rule.query, regex_error)
    filters, told = filters_of_rule(rule, schema)
    found += told
    if filters is None or any(entry.severity is Severity.ERROR for entry in found):
        return None, found
    try:
        plan = lower(
            query,
            schema,
            category_field=rule.event_category_field,
            text=rule.query,
            look_back=look_back(rule),
            filters=filters,
        )
    except QueryError as error:
        return None, [*found, *error.diagnostics]
    if isinstance(plan, SequencePlan) and rule.timestamp_field != "@timestamp":
        message = f"sequences are put in order by `@timestamp`, not by `{rule.timestamp_field}`"
        hint = "take `timestamp_field` out"
        found.append(Diagnostic("RULE007", message, Severity.WARNING, hint=hint))
    return plan, found


_PLANS = {
    "query": query_plan,
    "saved_query": query_plan,
    "threshold": _counted,
    "new_terms": _counted,
    "threat_match": threat_plan,
    "esql": esql_plan,
}


def in_rule(found: Diagnostic, rule: Rule) -> Diagnostic:
    """The same diagnostic with its place in the rule's file instead of the bare query."""
    origin = rule.origin
    if found.file:
        return dataclasses.replace(found, rule_id=rule.id)
    span = _in_file(found.span, rule)
    if span is None:
        return dataclasses.replace(found, file=origin.file, rule_id=rule.id)
    return dataclasses.replace(
        found,
        file=origin.file,
        text=origin.text,
        span=span,
        rule_id=rule.id,
        begins=origin.begins,
    )


def _in_file(span: Span, rule: Rule) -> Span | None:
    """A place in the query as one in the rule's file; None if the file does not tell."""
    start = rule.origin.query_start
    if span.start < 0:
        return None
    if start >= 0:
        return Span(span.start + start, span.end + start)
    places = offsets(rule.origin.text, rule.query)
    last = len(places) - 1
    return Span(places[min(span.start, last)], places[min(span.end, last)]) if places else None
