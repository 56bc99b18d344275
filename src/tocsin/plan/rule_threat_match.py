"""The plan of an indicator match rule: its query, its mapping, and which documents are indicators.

A document that was given as an indicator need not say that it is one: where it says nothing about
its own kind (no ``event.kind``, ``event.category``, …), what the rule asks of ``event.*`` and
``data_stream.*`` counts as answered, and so does its age where it has no ``@timestamp``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tocsin.diagnostics import Diagnostic
from tocsin.languages import QueryError
from tocsin.plan.filters import filters_of
from tocsin.plan.leaves import Check, check_of, fields_of, leaves_of
from tocsin.plan.passes import FALSE, TRUE, conjunction, disjunction, negation
from tocsin.plan.plan import Pairing, StagePlan, ThreatPlan
from tocsin.plan.predicate import (
    And,
    Compare,
    Constant,
    Exists,
    FieldRef,
    Leaf,
    Not,
    Or,
    Predicate,
    Recent,
)
from tocsin.plan.rule_kql import condition_of, condition_of_query, in_file
from tocsin.rules.layout import Path
from tocsin.rules.places import places_of
from tocsin.rules.report import Report, shown
from tocsin.rules.rule import Rule
from tocsin.rules.timing import TimingError, date_math
from tocsin.schema.fields import Schema
from tocsin.schema.kinds import Kind

INDICATOR_PATH = "threat.indicator"
_ABOUT_ITSELF = ("event.", "data_stream.")
_KINDS = (
    "data_stream.dataset",
    "event.category",
    "event.dataset",
    "event.kind",
    "event.module",
    "event.type",
)
_LANGUAGES = ("kuery", "lucene")
_TIMES = frozenset({"@timestamp", "event.ingested", "event.created"})


def threat_plan(rule: Rule, schema: Schema) -> tuple[ThreatPlan | None, list[Diagnostic]]:
    """The plan of a rule; without one, some diagnostic is an error."""
    condition, found = condition_of(rule, schema)
    origin = rule.origin
    report = Report(origin.file, origin.text, places_of(origin), origin.begins)
    groups = _groups(rule, schema, report)
    indicator = _indicators(rule, schema, report)
    found += report.diagnostics
    if condition is None or indicator is None or not groups or report.failed:
        return None, found
    # an event without the mapped fields meets no indicator
    mapped = disjunction(
        conjunction(
            Exists(pairing.field, clause=f"{pairing.field.name}:*")
            for pairing in group
            if not pairing.negated
        )
        for group in groups
    )
    plan = ThreatPlan(
        StagePlan(conjunction([condition, mapped])),
        groups,
        lenient(indicator),
        tuple(_texts(rule.raw.get("threat_index"))),
        str(rule.raw.get("threat_indicator_path") or INDICATOR_PATH),
    )
    return plan, found


def _groups(rule: Rule, schema: Schema, report: Report) -> tuple[tuple[Pairing, ...], ...]:
    given = rule.raw.get("threat_mapping")
    path: Path = ("rule", "threat_mapping")
    if not isinstance(given, list | tuple) or not given:
        report.add("IND001", path, "the rule needs a `threat_mapping`, a list of groups")
        return ()
    return tuple(
        _group(group, (*path, number), schema, report) for number, group in enumerate(given)
    )


def _group(given: object, path: Path, schema: Schema, report: Report) -> tuple[Pairing, ...]:
    entries = given.get("entries") if isinstance(given, Mapping) else None
    if not isinstance(entries, list | tuple) or not entries:
        report.add("IND001", path, "a group of `threat_mapping` needs `entries`")
        return ()
    found = []
    for number, entry in enumerate(entries):
        match entry:
            case {"field": str(field), "value": str(value)}:
                reference = FieldRef(schema.path(field), schema.kind(field))
                indicator = FieldRef(schema.path(value), schema.kind(value))
                found.append(Pairing(reference, indicator, entry.get("negate") is True))
            case _:
                message = "an entry needs `field` and `value`, the names of two fields"
                report.add("IND001", (*path, "entries", number), message)
    if found and all(pairing.negated for pairing in found):
        message = "some entry of a group must be without `negate`"
        report.add("IND001", (*path, "entries"), message)
    return tuple(found)


def _indicators(rule: Rule, schema: Schema, report: Report) -> Predicate | None:
    """What a document must be like to be an indicator of the rule."""
    text = rule.raw.get("threat_query")
    language = str(rule.raw.get("threat_language") or "kuery")
    path: Path = ("rule", "threat_query")
    query: Predicate = TRUE
    if language not in _LANGUAGES:
        message = f"queries for indicators in `{shown(language)}` are not known"
        report.add("IND002", path, message, hint="write it in KQL: threat_language = kuery")
        return None
    if isinstance(text, str) and text.strip():
        try:
            query = condition_of_query(text, language, schema)
        except QueryError as error:
            for told in error.diagnostics:
                report.add("IND002", path, f"the query for indicators: {told.message}")
            return None
    filters, found = _filters(rule, schema)
    report.diagnostics += found
    return None if filters is None else conjunction([query, filters])


def _filters(rule: Rule, schema: Schema) -> tuple[Predicate | None, list[Diagnostic]]:
    rows, origin = rule.raw.get("threat_filters"), rule.origin
    places = places_of(origin)
    filters, found = filters_of(
        rows, schema, lambda path: places(("rule", "threat_filters", *path[2:])), origin.text
    )
    return filters, [in_file(each, origin) for each in found]


def _texts(value: object) -> Iterator[str]:
    for each in value if isinstance(value, list | tuple) else (value,):
        if isinstance(each, str):
            yield each


def lenient(condition: Predicate) -> Predicate:
    """The condition for documents that may say nothing about their own kind."""
    named = {field.name for leaf in leaves_of(condition) for field in fields_of(leaf)}
    kinds = {name for name in named if name.startswith(_ABOUT_ITSELF)} - _TIMES
    said = disjunction(Exists(FieldRef(name, Kind.KEYWORD)) for name in sorted({*_KINDS, *kinds}))

    def changed(leaf: Leaf, positive: bool) -> Predicate:
        fields = (leaf.field,) if isinstance(leaf, Recent) else fields_of(leaf)
        names = {field.name for field in fields}
        if names and names <= kinds:
            return disjunction([leaf, negation(said)]) if positive else conjunction([leaf, said])
        if names and names <= _TIMES and positive:
            dated = disjunction(Exists(FieldRef(name, Kind.DATE)) for name in sorted(names))
            return disjunction([leaf, negation(dated)])
        return leaf

    return _each_leaf(condition, changed)


def at_a_glance(condition: Predicate) -> Predicate:
    """What holds of a document if the condition does, whatever the event's time, and is cheap."""

    def changed(leaf: Leaf, positive: bool) -> Predicate:
        if check_of(leaf) is not Check.PYTHON:
            return leaf
        return TRUE if positive else FALSE

    return _each_leaf(condition, changed)


def at_time(condition: Predicate, now: int) -> Predicate:
    """The condition for an event of this time, in milliseconds since 1970."""

    def changed(leaf: Leaf, _positive: bool) -> Predicate:
        if not isinstance(leaf, Recent):
            return leaf
        try:
            wanted = date_math(leaf.time).at(now, round_up=leaf.up)
        except TimingError:
            return FALSE
        return Compare(FieldRef(leaf.field.name, Kind.DATE), leaf.operator, wanted)

    return _each_leaf(condition, changed)


def by_time(condition: Predicate) -> tuple[Predicate, Predicate]:
    """The condition in two that must both hold: at any time, and depending on the event's."""
    terms = condition.terms if isinstance(condition, And) else (condition,)
    moving = [term for term in terms if any(isinstance(leaf, Recent) for leaf in leaves_of(term))]
    return conjunction(term for term in terms if term not in moving), conjunction(moving)


def _each_leaf(node: Predicate, changed: Any, positive: bool = True) -> Predicate:  # noqa: ANN401
    """The condition with each leaf as ``changed(leaf, positive)`` gives it."""
    match node:
        case Constant():
            return node
        case Not(term):
            return negation(_each_leaf(term, changed, not positive), node.clause)
        case And(terms):
            return conjunction(_each_leaf(term, changed, positive) for term in terms)
        case Or(terms):
            return disjunction(_each_leaf(term, changed, positive) for term in terms)
        case _:
            found: Predicate = changed(node, positive)
            return found
