"""Check an EQL query against a schema, as Elasticsearch does before it runs one.

Conditions are checked by ``conditions.py``; here it is stages, join keys and spans.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tocsin.languages.eql.conditions import Conditions
from tocsin.languages.eql.constants import family
from tocsin.languages.eql.nodes import EventFilter, Field, Query, Sample, Sequence, Stage
from tocsin.languages.eql.parser import MAX_RUNS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tocsin.diagnostics import Diagnostic, Span
    from tocsin.schema.fields import Schema


def check(
    query: Query,
    schema: Schema,
    text: str,
    validate_regex: Callable[[str], str | None] | None = None,
) -> list[Diagnostic]:
    """All errors and warnings of a query, in the order of their places in ``text``.

    ``validate_regex`` says what is wrong with a regular expression, None if nothing; without it
    they are not looked at.
    """
    conditions = Conditions(schema, text, validate_regex)
    body = query.body
    match body:
        case EventFilter():
            conditions.condition(body.condition)
        case Sequence():
            _joined(conditions, body)
            _sequence(conditions, body)
        case Sample():
            _joined(conditions, body)
            if not body.keys and not all(stage.keys for stage in body.stages):
                message = "a sample needs at least one join key"
                conditions.report("EQL122", message, body.span, "write `sample by field …`")
    return sorted(conditions.diagnostics, key=lambda diagnostic: diagnostic.span.start)


def _sequence(conditions: Conditions, body: Sequence) -> None:
    """The shape of a sequence: how many stages, and what missing events need."""
    count = sum(stage.runs for stage in body.stages)
    if count < 2:
        conditions.report(
            "EQL115",
            f"a sequence needs at least 2 events, found {count}",
            body.span,
            "add an event, or write `with runs=2`",
        )
    missing = [stage for stage in body.stages if stage.missing]
    if missing and body.maxspan is None:
        conditions.report(
            "EQL116",
            "a missing event (`![…]`) needs a maxspan",
            missing[0].span,
            "write `sequence … with maxspan=…`",
        )
    if len(missing) == len(body.stages):
        conditions.report(
            "EQL117",
            "a sequence needs at least one event that is not missing",
            body.span,
            "write one event as `[…]`, without `!`",
        )
    for stage in body.stages:
        if not 1 <= stage.runs <= MAX_RUNS:
            message = f"the number of runs goes from 1 to {MAX_RUNS}"
            conditions.report("EQL026", message, stage.span)


def _joined(conditions: Conditions, body: Sequence | Sample) -> None:
    """The conditions and join keys of all stages."""
    for key in body.keys:
        conditions.field(key)
    stages = list(body.stages)
    if isinstance(body, Sequence) and body.until is not None:
        stages.append(body.until)
    first = stages[0]
    for stage in stages:
        conditions.condition(stage.filter.condition)
        kinds = [conditions.field(key) for key in stage.keys]
        if len(stage.keys) != len(first.keys):
            expected, found = len(first.keys), len(stage.keys)
            conditions.report(
                "EQL113",
                f"expected {expected} join key{'' if expected == 1 else 's'}, found {found}",
                _keys_span(stage),
                "all events of a sequence or sample are joined by the same number of fields",
            )
            continue
        for key, kind, model in zip(stage.keys, kinds, first.keys, strict=True):
            _same_family(conditions, key, kind, model)


def _same_family(conditions: Conditions, key: Field, kind: object, model: Field) -> None:
    expected = conditions.schema.kind(model.name)
    given = conditions.schema.kind(key.name)
    if kind is None or "" in (family(given), family(expected)):
        return
    if family(given) != family(expected):
        conditions.report(
            "EQL114",
            f"join key `{key.name}` is {given}, but `{model.name}` is {expected}",
            key.span,
            "keys are compared by position, so their kinds must agree",
        )


def _keys_span(stage: Stage) -> Span:
    return stage.keys[0].span.to(stage.keys[-1].span) if stage.keys else stage.span
