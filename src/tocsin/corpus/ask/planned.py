"""A question compiled, or what is wrong with it, before anything is read."""

from __future__ import annotations

from dataclasses import dataclass

from tocsin.corpus.ask.asked import Asked, TooMuchError
from tocsin.diagnostics import Diagnostic, Severity
from tocsin.diagnostics.span import Span as Place
from tocsin.engine.query_esql import needed
from tocsin.languages import QueryError
from tocsin.languages.eql.check import check as check_eql
from tocsin.languages.eql.parser import parse as parse_eql
from tocsin.languages.esql.check import check as check_esql
from tocsin.languages.esql.parser import parse as parse_esql
from tocsin.languages.esql.typed import Source
from tocsin.plan.lower_eql import lower
from tocsin.plan.passes import TRUE, disjunction
from tocsin.plan.plan import EventPlan, stages_of
from tocsin.plan.predicate import Predicate
from tocsin.plan.regex import regex_error
from tocsin.plan.rule_kql import condition_of
from tocsin.rules.rule import Rule
from tocsin.schema.fields import Schema

LANGUAGES = {"eql": "EQL", "kuery": "KQL", "lucene": "Lucene", "esql": "ES|QL"}
"""The languages of questions, with their names."""

_EVERYTHING = frozenset({"*", "_all", "*:*"})

LONGEST = 20_000
"""Characters of a question."""


@dataclass(frozen=True, slots=True)
class Planned:
    """What a question comes to.

    ``condition``: what an event must satisfy, where the answer is single events, the newest
    ``size`` of them; None: it must be asked whole, of the events that satisfy ``some`` or of more.
    ``index``: patterns that the text itself names.
    """

    condition: Predicate | None = None
    some: Predicate = TRUE
    size: int = 0
    index: tuple[str, ...] = ()
    notes: tuple[Diagnostic, ...] = ()


def planned(asked: Asked) -> Planned:
    """Compile a question.

    Raises
    ------
    QueryError
        It is wrong; the diagnostics have their places in its text.
    TooMuchError
        It is too long.
    """
    if len(asked.text) > LONGEST:
        raise TooMuchError(f"A question has at most {LONGEST:,} characters.")
    schema = Schema(text=asked.text_mode)
    if asked.language == "esql":
        return _table(asked, schema)
    if asked.language == "eql":
        return _eql(asked, schema)
    rule = Rule("", "", "query", language=asked.language, query=asked.text)
    condition, found = condition_of(rule, schema)
    if condition is None:
        raise QueryError(*(_placed(one, asked.text) for one in found))
    return Planned(
        condition, size=asked.size, notes=tuple(_placed(one, asked.text) for one in found)
    )


def _eql(asked: Asked, schema: Schema) -> Planned:
    parsed = parse_eql(asked.text)
    found = tuple(check_eql(parsed, schema, asked.text, regex_error))
    if any(one.severity is Severity.ERROR for one in found):
        raise QueryError(*found)
    plan = lower(parsed, schema, text=asked.text)
    if not isinstance(plan, EventPlan) or any(side == "head" for side, _ in plan.window.cuts):
        some = disjunction(stage.condition for stage in stages_of(plan))
        return Planned(some=some, notes=found)
    size = min([asked.size, *(count for _, count in plan.window.cuts)])
    return Planned(plan.stage.condition, size=size, notes=found)


def _table(asked: Asked, schema: Schema) -> Planned:
    checked = check_esql(parse_esql(asked.text), schema, asked.text)
    if checked.pipeline is None:
        raise QueryError(*checked.diagnostics)
    source = checked.pipeline.source
    index = source.indices if isinstance(source, Source) else ()
    some = needed(checked.pipeline, schema, asked.text, asked.now) if index else TRUE
    if _EVERYTHING.intersection(index):
        index = ()
    return Planned(some=some, index=index, notes=tuple(checked.diagnostics))


def _placed(found: Diagnostic, text: str) -> Diagnostic:
    """A diagnostic with the text that its place counts in."""
    inside = 0 <= found.span.start <= len(text)
    place = found.span if inside else Place(-1, -1)
    return Diagnostic(
        found.code,
        found.message,
        found.severity,
        place,
        found.label,
        found.hint,
        text=text if inside else "",
    )
