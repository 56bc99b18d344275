"""KQL trees to predicates: what a query means to Kibana.

    process.name: (curl or wget) and not user.id: 0

becomes ``and (process.name like ("curl", "wget"), not user.id == 0)``. What a value asks depends on
the kind of its field (`leaves_kql`). A pattern of field names, and a value without a field, ask any
field of the event that fits; ``field: { … }`` asks each object of the field alone.
``docs/query/kql.md`` says what each means.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final, assert_never

from tocsin.diagnostics import Diagnostic, Span
from tocsin.languages.errors import QueryCheckError
from tocsin.languages.kql.nodes import (
    AllOf,
    And,
    AnyOf,
    Everything,
    Expression,
    Field,
    FieldLike,
    FieldPattern,
    Is,
    Literal,
    Nested,
    NoneOf,
    Not,
    Or,
    Range,
    Values,
    Wildcard,
)
from tocsin.plan import predicate
from tocsin.plan.leaves_eql import UnreadableError
from tocsin.plan.leaves_kql import (
    PLACES,
    Asked,
    Glob,
    Manner,
    Phrase,
    UnfitError,
    Words,
    in_a_row,
    is_in_range,
    is_value,
)
from tocsin.plan.needle import needles_of
from tocsin.plan.passes import FALSE, TRUE, conjunction, disjunction, negation
from tocsin.plan.predicate import THAT, FieldRef, Inside, Predicate, SomeField
from tocsin.plan.wildcard import Patterns, escaped, normal
from tocsin.schema.fields import Schema
from tocsin.schema.kinds import Kind

Question = Callable[[FieldRef, bool], Predicate]
"""What is asked of one field; whether letter case is ignored."""

MOST_KNOWN: Final = 40
"""Known fields that a pattern of names stands for."""

_HOLDERS: Final = frozenset({Kind.OBJECT, Kind.NESTED, Kind.FLATTENED, Kind.UNKNOWN})
"""Kinds of fields that may be objects."""


def lower_kql(
    query: Expression,
    schema: Schema,
    *,
    text: str = "",
    compat: bool | None = None,
    now: int | None = None,
) -> Predicate:
    """Compile a KQL query.

    Parameters
    ----------
    text
        What ``query`` was parsed from, to quote its clauses.
    compat
        Compare texts as Elasticsearch indexes them, not as they stand; None: as the schema says.
    now
        What ``now`` in a time means, in milliseconds; None: each event's own time.

    Raises
    ------
    QueryCheckError
        If a value cannot be what its field holds.
    """
    manner = Manner(schema.text == "compat" if compat is None else compat, now)
    lowering = _Lowering(schema, text, manner)
    found = lowering.condition(query)
    if lowering.diagnostics:
        raise QueryCheckError(*lowering.diagnostics)
    return found


class Fields:
    """Turns names and patterns of names into leaves.

    Parameters
    ----------
    schema
        Gives the kinds of fields.
    inside
        The path of the nested field whose objects are looked at alone, empty outside.
    """

    def __init__(self, schema: Schema, inside: str = "") -> None:
        self.schema = schema
        self.inside = inside

    def one(self, name: str, question: Question) -> Predicate:
        """Ask one field; of an object that is indexed as one field, all that is in it."""
        name = f"{self.inside}.{name}" if self.inside else name
        field = self.reference(name)
        found = question(field, self.schema.folded(name))
        if field.kind is not Kind.FLATTENED or self.schema.kind(_parent(name)) is Kind.FLATTENED:
            return found
        return disjunction([found, self.any(f"{escaped(name)}.*", question)])

    def exists(self, name: str, question: Question, clause: str = "") -> Predicate:
        """Ask whether a field has a value, an object whether anything in it has one."""
        whole = f"{self.inside}.{name}" if self.inside else name
        field = self.reference(whole)
        found = question(field, False)
        if self.schema.kind(whole) not in _HOLDERS | PLACES:
            return found
        return disjunction([found, self.any(f"{escaped(whole)}.*", question, clause)])

    def any(self, pattern: str, question: Question, clause: str = "") -> Predicate:
        """Ask all fields whose names fit a pattern."""
        questions = []
        for kind in Kind:
            try:
                asked = question(FieldRef(THAT, kind), False)
            except UnreadableError:
                continue
            if asked != FALSE:
                questions.append((kind, asked))
        overrides = tuple(sorted(self.schema.overrides.items()))
        pattern = normal(pattern)
        needles = needles_of(pattern, [asked for _, asked in questions])
        some = SomeField(pattern, tuple(questions), overrides, needles, clause=clause)
        return disjunction([*self._known(pattern, question), some])

    def _known(self, pattern: str, question: Question) -> Iterator[Predicate]:
        """The question of the fields that fit and that the schema knows, unless those are many.

        The matcher answers it by itself, and need not look at the whole event where they do.
        """
        if self.inside:
            return
        fits, start = Patterns([pattern]), re.split(r"[\\*?]", pattern)[0]
        near = (name for name in self.schema.names if name.startswith(start) and "*" not in name)
        known = list(islice(filter(fits.matches, near), MOST_KNOWN + 1))
        for name in known if len(known) <= MOST_KNOWN else ():
            try:
                yield question(self.reference(name), False)
            except UnreadableError:
                continue

    def reference(self, name: str) -> FieldRef:
        """The field of a whole name."""
        return FieldRef(self.schema.path(name), self.schema.kind_alone(name))


class _Lowering:
    """Lowers one query; what is wrong with it is collected in ``diagnostics``."""

    def __init__(self, schema: Schema, text: str, manner: Manner) -> None:
        self.diagnostics: list[Diagnostic] = []
        self._fields = Fields(schema)
        self._text = text
        self._manner = manner

    def condition(self, node: Expression) -> Predicate:
        """A query or a part of it."""
        match node:
            case Everything():
                return TRUE
            case And(terms):
                return conjunction([self.condition(term) for term in terms])
            case Or(terms):
                return disjunction([self.condition(term) for term in terms])
            case Not(term):
                return negation(self.condition(term), self._clause(node.span))
            case Is(field, values):
                return self._values(field, values, self._clause(node.span))
            case Range(field, operator, value):
                clause = self._clause(node.span)
                return self._ask(
                    field,
                    lambda where, _: is_in_range(
                        where, operator, value.text, clause=clause, manner=self._manner
                    ),
                    value.span,
                    clause,
                )
            case Nested():
                return self._nested(node)
            case _:
                assert_never(node)

    def _nested(self, node: Nested) -> Predicate:
        outside = self._fields
        prefix = f"{outside.inside}." if outside.inside else ""
        path = prefix + node.field.name
        self._fields = Fields(outside.schema, path)
        inner = self.condition(node.condition)
        self._fields = outside
        if outside.inside:
            return Inside(path, inner, clause=self._clause(node.span))
        # some object can only satisfy what all of them together do: quick to see
        return conjunction([hopeful(inner), Inside(path, inner, clause=self._clause(node.span))])

    def _values(self, field: FieldLike | None, values: Values, clause: str) -> Predicate:
        """``field: values``, as the author wrote it."""
        match values:
            case Literal() | Wildcard():
                return self._value(field, values, clause)
            case AnyOf(several):
                # a list of plain values is one clause, and other parts are clauses of their own
                return disjunction(
                    self._value(field, each, clause)
                    if isinstance(each, Literal | Wildcard)
                    else self._part(field, each)
                    for each in several
                )
            case AllOf(several):
                return conjunction(self._part(field, each) for each in several)
            case NoneOf(value):
                return negation(self._part(field, value), self._shown(field, values.span))
            case _:
                assert_never(values)

    def _part(self, field: FieldLike | None, values: Values) -> Predicate:
        return self._values(field, values, self._shown(field, values.span))

    def _value(self, field: FieldLike | None, value: Literal | Wildcard, clause: str) -> Predicate:
        asked = asked_of(value)
        if field is None and asked == Glob("*"):
            return TRUE
        manner = self._manner

        def question(where: FieldRef, fold: bool) -> Predicate:
            return disjunction(
                [
                    is_value(where, part, fold=fold, clause=clause, manner=manner)
                    for part in in_a_row(asked, where.kind, manner)
                ]
            )

        return self._ask(field, question, value.span, clause, present=asked == Glob("*"))

    def _ask(
        self,
        field: FieldLike | None,
        question: Question,
        span: Span,
        clause: str,
        *,
        present: bool = False,
    ) -> Predicate:
        """Ask a field, or all that fit; ``span`` is the value, ``present`` asks only for one."""
        fields = self._fields
        match field:
            case None:
                return fields.any("*", question, clause)
            case FieldPattern(parts):
                prefix = f"{fields.inside}." if fields.inside else ""
                pattern = escaped(prefix) + "*".join(map(escaped, parts))
                if normal(pattern) == "*" and present:
                    return TRUE
                return fields.any(pattern, question, clause)
            case Field(name):
                try:
                    if present:
                        return fields.exists(name, question, clause)
                    return fields.one(name, question)
                except UnreadableError as error:
                    self.diagnostics.append(unreadable(error, name, span, self._text))
                    return FALSE
            case _:
                assert_never(field)

    def _clause(self, span: Span) -> str:
        return self._text[span.start : span.end] if span.start >= 0 else ""

    def _shown(self, field: FieldLike | None, span: Span) -> str:
        """A value of a list with its field."""
        if field is None or span.start < 0 or not self._text:
            return self._clause(span)
        return f"{self._clause(field.span)}: {self._clause(span)}"


def asked_of(value: Literal | Wildcard) -> Asked:
    """What a value of KQL asks."""
    match value:
        case Literal(text, quoted):
            return Phrase(text) if quoted else Words(text)
        case Wildcard(parts):
            return Glob(normal("*".join(map(escaped, parts))))
        case _:
            assert_never(value)


def unreadable(error: UnreadableError, name: str, span: Span, text: str) -> Diagnostic:
    """The diagnostic for a value that its field cannot hold, or a question it cannot answer."""
    if isinstance(error, UnfitError):
        message = f"`{name}` {error.problem}"
        return Diagnostic("KQL111", message, span=span, hint=error.hint, text=text)
    message = f"`{name}` holds {error.what}, and `{error.value}` is none"
    return Diagnostic("KQL110", message, span=span, text=text)


def hopeful(condition: Predicate) -> Predicate:
    """What holds of the whole event if the condition holds of one of its objects."""
    match condition:
        case predicate.And(terms):
            return conjunction([hopeful(term) for term in terms])
        case predicate.Or(terms):
            return disjunction([hopeful(term) for term in terms])
        case predicate.Not() | Inside() | SomeField():
            return TRUE
        case _:
            return condition


def _parent(name: str) -> str:
    return name.rpartition(".")[0]
