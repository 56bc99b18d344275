"""Lucene query strings to predicates: the same questions as KQL's, differently written."""

from __future__ import annotations

from typing import Final, assert_never

from tocsin.diagnostics import Diagnostic
from tocsin.languages.errors import QueryCheckError
from tocsin.languages.lucene.nodes import (
    Bounds,
    Clauses,
    Everything,
    Exists,
    Expression,
    Is,
    Literal,
    Regex,
    Row,
    Value,
    Wildcard,
)
from tocsin.languages.lucene.parser import Query
from tocsin.plan.leaves_eql import UnreadableError
from tocsin.plan.leaves_kql import (
    ANALYSED,
    Glob,
    Manner,
    Phrase,
    Words,
    fits_regex,
    is_between,
    is_value,
)
from tocsin.plan.lower_kql import Fields, unreadable
from tocsin.plan.passes import FALSE, TRUE, conjunction, disjunction, negation
from tocsin.plan.predicate import FieldRef, Predicate
from tocsin.plan.regex import regex_error
from tocsin.plan.wildcard import escaped
from tocsin.schema.fields import Schema
from tocsin.schema.kinds import Kind

ANY: Final = "*"
WORDED: Final = ANALYSED | {Kind.UNKNOWN, Kind.OBJECT}
"""Kinds of which terms in a row are looked for one by one."""


def lower_lucene(
    query: Query,
    schema: Schema,
    *,
    text: str = "",
    compat: bool | None = None,
    now: int | None = None,
    names: tuple[str, ...] = (ANY,),
) -> Predicate:
    """Compile a Lucene query string.

    Parameters
    ----------
    text, compat, now
        As `lower_kql` takes them.
    names
        The fields, or patterns of them, that a value without a field is looked for in.

    Raises
    ------
    QueryCheckError
        If a value cannot be what its field holds, or a regular expression cannot be read.
    """
    manner = Manner(schema.text == "compat" if compat is None else compat, now)
    lowering = _Lowering(schema, text, manner, names)
    found = lowering.condition(query.expression)
    if lowering.diagnostics:
        raise QueryCheckError(*lowering.diagnostics)
    return found


class _Lowering:
    def __init__(self, schema: Schema, text: str, manner: Manner, names: tuple[str, ...]) -> None:
        self.diagnostics: list[Diagnostic] = []
        self._fields = Fields(schema)
        self._text = text
        self._manner = manner
        self._names = names

    def condition(self, node: Expression) -> Predicate:
        match node:
            case Everything():
                return TRUE
            case Clauses(must, should, must_not):
                kept = [self.condition(term) for term in must]
                if should and not must:
                    kept.append(disjunction(self.condition(term) for term in should))
                kept += (
                    negation(self.condition(term), f"NOT {self._clause(term)}") for term in must_not
                )
                return conjunction(kept)
            case Exists(name):
                return self._ask(node, name, Wildcard("*"))
            case Is(None, value):
                return disjunction(self._ask(node, name, value) for name in self._names)
            case Is(field, value):
                return self._ask(node, field or ANY, value)
            case _:
                assert_never(node)

    def _ask(self, node: Is | Exists, name: str, value: Value) -> Predicate:
        clause = self._clause(node)
        if isinstance(value, Regex) and (wrong := regex_error(value.pattern)):
            message = f"the regular expression cannot be read: {wrong}"
            self.diagnostics.append(Diagnostic("LUC005", message, span=value.span, text=self._text))
            return FALSE

        def question(field: FieldRef, fold: bool) -> Predicate:
            return self._question(field, value, fold, clause)

        if "*" in name:
            pattern = "*".join(map(escaped, name.split("*")))
            return self._fields.any(pattern, question, clause)
        try:
            if isinstance(value, Wildcard) and value.pattern == "*":
                return self._fields.exists(name, question, clause)
            return self._fields.one(name, question)
        except UnreadableError as error:
            self.diagnostics.append(unreadable(error, name, value.span, self._text))
            return FALSE

    def _question(self, field: FieldRef, value: Value, fold: bool, clause: str) -> Predicate:
        manner = self._manner
        match value:
            case Literal(text, quoted):
                asked = Phrase(text) if quoted else Words(text)
                return is_value(field, asked, fold=fold, clause=clause, manner=manner)
            case Row(terms, every):
                return self._row(field, terms, every, fold, clause)
            case Wildcard(pattern):
                return is_value(field, Glob(pattern), fold=fold, clause=clause, manner=manner)
            case Regex(pattern):
                return fits_regex(field, pattern, fold=fold, clause=clause, manner=manner)
            case Bounds(limits):
                return is_between(field, limits, clause=clause, manner=manner)
            case _:
                assert_never(value)

    def _row(
        self, field: FieldRef, terms: tuple[str, ...], every: bool, fold: bool, clause: str
    ) -> Predicate:
        """Terms in a row: words of a text, else one value; of a field of unknown kind either."""
        manner = self._manner
        found: list[Predicate] = []
        if field.kind in WORDED:
            words = [
                is_value(field, Words(term), fold=fold, clause=clause, manner=manner)
                for term in terms
            ]
            found.append(conjunction(words) if every else disjunction(words))
        if field.kind not in ANALYSED:
            whole = Words(" ".join(terms))
            found.append(is_value(field, whole, fold=fold, clause=clause, manner=manner))
        return disjunction(found)

    def _clause(self, node: Expression) -> str:
        span = node.span
        return self._text[span.start : span.end] if span.start >= 0 else ""
