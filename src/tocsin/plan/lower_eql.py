"""EQL trees to plans: the only place that knows what a condition means to Elasticsearch.

    process where a == 1 and not f(b) : "x*"

becomes ``and (event.category like "process", a == 1, not test (f(b) : "x*"))``. Conditions part
into leaves below ``and``, ``or`` and ``not``; a leaf is native if one field meets constants, else a
`Test` that is evaluated value by value. ``docs/semantics.md`` says what each means.

Only while lowering a condition may also be null (None here): if it names no mapped field and comes
to null, as everything said of an unmapped ``?field`` does but for ``?field == null``. It stays null
under ``not``, and in the end it does not hold.
"""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from tocsin.diagnostics import Diagnostic
from tocsin.languages.eql.nodes import (
    And,
    Arithmetic,
    Call,
    Comparison,
    EventFilter,
    Expression,
    Field,
    Match,
    Membership,
    Negate,
    Not,
    Or,
    Pipe,
    Query,
    Sample,
    Sequence,
    Stage,
)
from tocsin.languages.errors import QueryCheckError
from tocsin.languages.node import Literal
from tocsin.plan.expression import FLIPPED, Evaluation
from tocsin.plan.leaves_eql import (
    UnreadableError,
    compared,
    matched,
    measured,
    member,
    native,
    within,
)
from tocsin.plan.parts_eql import fields_in, parts_of, with_parts
from tocsin.plan.passes import FALSE, TRUE, conjunction, disjunction, negation
from tocsin.plan.passes import text as text_leaf
from tocsin.plan.plan import EventPlan, Key, Plan, SamplePlan, SequencePlan, StagePlan, Window
from tocsin.plan.predicate import Constant, Exists, FieldRef, Flag, Predicate, Test
from tocsin.plan.wildcard import escaped
from tocsin.schema.fields import Schema
from tocsin.schema.kinds import TEXTUAL

_COMPUTED = (And, Or, Not, Comparison, Membership, Match, Call, Negate, Arithmetic)
"""What Elasticsearch calls a function: every expression but fields and literals."""


def lower(
    query: Query,
    schema: Schema,
    *,
    category_field: str = "event.category",
    text: str = "",
    size: int | None = None,
    result_position: str = "tail",
    look_back: int | None = None,
    max_samples_per_key: int = 1,
    filters: Predicate = TRUE,
) -> Plan:
    """Compile an EQL query.

    Parameters
    ----------
    text
        What ``query`` was parsed from, to quote its clauses.
    size
        The most results, counted from ``result_position`` (``head`` or ``tail``); None for all.
        Of samples, which have no order of time, it is the first ones, as in Elasticsearch.
    look_back
        Milliseconds that a sequence without ``maxspan``, or a sample, reaches back; None: no bound.
    filters
        What every event must satisfy to be seen at all.

    Raises
    ------
    QueryCheckError
        If a constant cannot be read as what its field holds (a time, an address).
    """
    lowering = _Lowering(schema, category_field, text, filters)
    window = Window(_cuts(query.pipes, size, result_position))
    match query.body:
        case EventFilter() as body:
            return EventPlan(StagePlan(lowering.event(body)), window)
        case Sequence(stages, keys, maxspan, until):
            return SequencePlan(
                tuple(lowering.stage(stage, keys) for stage in stages),
                maxspan,
                None if until is None else lowering.stage(until, keys),
                look_back if maxspan is None else maxspan,
                window,
            )
        case Sample(stages, keys):
            return SamplePlan(
                tuple(lowering.stage(stage, keys) for stage in stages),
                look_back,
                Window(_cuts(query.pipes, size, "head")),
                max_samples_per_key,
            )
        case _:
            assert_never(query.body)


def _cuts(
    pipes: tuple[Pipe, ...], size: int | None, result_position: str
) -> tuple[tuple[str, int], ...]:
    """The pipes, and before them the size, counted from where the first pipe counts."""
    cuts = tuple((pipe.name, pipe.count) for pipe in pipes)
    if size is None:
        return cuts
    return ((cuts[0][0] if cuts else result_position, size), *cuts)


class _Lowering:
    """Lowers the conditions of one query."""

    def __init__(self, schema: Schema, category_field: str, text: str, filters: Predicate) -> None:
        self._schema = schema
        self._filters = filters
        self._category = self._reference(category_field)
        self._text = text

    def stage(self, stage: Stage, keys: tuple[Field, ...]) -> StagePlan:
        """A stage, with the keys of the whole query before its own."""
        return StagePlan(
            self.event(stage.filter),
            tuple(Key(self._reference(key.name), key.optional) for key in (*keys, *stage.keys)),
            stage.missing,
            stage.runs,
        )

    def event(self, event: EventFilter) -> Predicate:
        """``category where condition``."""
        condition = self._condition(event.condition)
        if condition is None:
            return FALSE
        if event.category is None:
            return conjunction([condition, self._filters])
        name = self._category.name
        clause = f'{name} == "{event.category}"'
        category = text_leaf(self._category, [escaped(event.category)], clause=clause)
        return conjunction([category, condition, self._filters])

    def _condition(self, node: Expression) -> Predicate | None:
        match node:
            case And(terms):
                return _all([self._condition(term) for term in terms])
            case Or(terms):
                return _any([self._condition(term) for term in terms])
            case Not(term):
                inner = self._condition(term)
                return None if inner is None else negation(inner, self._clause(node))
            case _:
                return self._leaf(node)

    def _leaf(self, node: Expression) -> Predicate | None:
        try:
            return self._question(node)
        except UnreadableError as error:
            raise QueryCheckError(
                Diagnostic(
                    "EQL120",
                    f"the field holds {error.what}, and `{error.value}` is none",
                    span=node.span,
                    text=self._text,
                )
            ) from None

    def _question(self, node: Expression) -> Predicate | None:
        match node:
            case Literal(value):
                return Constant(value) if isinstance(value, bool) else None
            case Field():
                field = self._field(node)
                return None if field is None else Flag(field, True, clause=self._clause(node))
            case Comparison():
                return self._comparison(node)
            case Membership():
                return self._membership(node)
            case Match():
                return self._match(node)
            case Call():
                return self._call(node)
            case Negate() | Arithmetic():
                return self._test(node, self._clause(node))
            case _:
                raise AssertionError(node)

    def _comparison(self, node: Comparison) -> Predicate | None:
        node = self._asking(node)
        left, right, sign = node.left, node.right, node.operator
        if _is_null(left) or (self._constant(left) is not None and not _is_null(right)):
            left, right, sign = right, left, FLIPPED[sign]
        asked = self._constant(right)
        truth = None if asked is None else asked.value
        if sign in ("==", "!=") and isinstance(left, _COMPUTED) and isinstance(truth, bool):
            return self._held(left, truth is (sign == "=="), self._clause(node))
        if sign != "!=":
            return self._compared(Comparison(sign, left, right), self._clause(node))
        shown = f"{self._clause(node.left)} == {self._clause(node.right)}" if self._text else ""
        equal = self._compared(Comparison("==", left, right), shown)
        return None if equal is None else negation(equal, self._clause(node))

    def _asking(self, node: Comparison) -> Comparison:
        """With the word null for a constant side that comes to it, as ``length(null)`` does.

        So ``f == length(null)`` asks whether ``f`` has a value, as in Elasticsearch. Beside another
        constant a side stays as it is: ``?gone == 1`` is null.
        """
        if node.operator not in ("==", "!="):
            return node
        sides = node.left, node.right
        found = [self._constant(side) for side in sides]
        if any(constant is not None and constant.value is not None for constant in found):
            return node
        left, right = (
            side if constant is None else replace(constant, span=side.span)
            for side, constant in zip(sides, found, strict=True)
        )
        return replace(node, left=left, right=right)

    def _held(self, node: Expression, wanted: bool, clause: str) -> Predicate | None:
        """``f(x) == true`` is ``f(x)``, ``f(x) == false`` is ``not f(x)``, as in Elasticsearch."""
        inner = self._condition(node)
        return inner if inner is None or wanted else negation(inner, clause)

    def _compared(self, node: Comparison, clause: str) -> Predicate | None:
        """A comparison other than ``!=``, a constant standing on its right if there is one."""
        left, sign = node.left, node.operator
        constant = self._constant(node.right)
        value = None if constant is None else constant.value
        field = self._field(left)
        found: Predicate | None = None
        if field is not None and _is_null(node.right) and sign == "==":
            return negation(Exists(field, clause=self._clause(left) + " != null"), clause)
        if value is None:
            pass
        elif field is not None:
            found = compared(field, sign, value, self._folded(left), clause)
        elif isinstance(left, Call) and left.name == "length":
            inner = self._field(left.arguments[0])
            if inner is not None:
                found = measured(inner, sign, value, clause)
        return found or self._test(node, clause)

    def _membership(self, node: Membership) -> Predicate | None:
        clause = self._clause(node)
        positive = Membership(node.operand, node.values, node.fold)
        inner = self._member(positive, clause) or self._test(positive, clause)
        return negation(inner, clause) if node.negated and inner is not None else inner

    def _member(self, node: Membership, clause: str) -> Predicate | None:
        field = self._field(node.operand)
        values = []
        for each in node.values:
            constant = each if isinstance(each, Literal) else self._constant(each)
            if constant is None or field is None:
                return None
            if constant.value is not None:
                values.append(constant.value)
        fold = node.fold or self._folded(node.operand)
        return None if field is None else member(field, values, fold, clause)

    def _match(self, node: Match) -> Predicate | None:
        field = self._field(node.operand)
        if field is None:
            return self._test(node, self._clause(node))
        return matched(field, node, self._folded(node.operand), self._clause(node))

    def _call(self, node: Call) -> Predicate | None:
        clause = self._clause(node)
        field = self._field(node.arguments[0]) if node.arguments else None
        constants = [self._constant(argument) for argument in node.arguments[1:]]
        values = [constant.value for constant in constants if constant is not None]
        found: Predicate | None = None
        if field is None or len(values) < len(constants):
            pass
        elif node.name == "cidrMatch":
            found = within(field, values, clause)
        elif len(values) == 1 and isinstance(values[0], str):
            fold = node.fold or self._folded(node.arguments[0])
            found = native(node.name, field, values[0], fold, clause)
        return found or self._test(node, clause)

    def _test(self, node: Expression, clause: str) -> Predicate | None:
        """The expression as a leaf of its own, or its answer if that depends on no field."""
        expression = self._prepared(node)
        mapped = [self._reference(field.name) for field in fields_in(node) if self._field(field)]
        if not isinstance(expression, Literal):
            return Test(expression, tuple(dict.fromkeys(mapped)), clause=clause)
        if mapped:
            return Constant(expression.value is True)
        return Constant(expression.value) if isinstance(expression.value, bool) else None

    def _prepared(self, node: Expression) -> Expression:
        """The expression with paths for fields, null for unmapped ones, and constants folded."""
        if isinstance(node, Literal):
            return node
        field = self._field(node)
        if field is not None:
            return Field(field.name)
        if isinstance(node, Field):
            return Literal(None)
        if isinstance(node, Comparison):
            node = self._asking(node)
        parts = [self._prepared(part) for part in parts_of(node)]
        if isinstance(node, Comparison) and any(map(_is_null, parts)) and not _asks_null(node):
            return Literal(None)
        made = with_parts(node, parts)
        constant = all(isinstance(part, Literal) for part in parts)
        return Literal(Evaluation({}).value(made, {})) if constant else made

    def _constant(self, node: Expression) -> Literal | None:
        """The literal that an expression without a mapped field stands for; None for others."""
        if isinstance(node, Literal):
            return node
        if isinstance(node, Field):
            return Literal(None) if self._unmapped(node) else None
        made = self._prepared(node)
        return made if isinstance(made, Literal) else None

    def _field(self, node: Expression) -> FieldRef | None:
        """A bare mapped field; ``string()`` of a text field is the field itself."""
        if isinstance(node, Call) and node.name == "string" and len(node.arguments) == 1:
            inner = self._field(node.arguments[0])
            return inner if inner is not None and inner.kind in TEXTUAL else None
        if not isinstance(node, Field) or self._unmapped(node):
            return None
        return self._reference(node.name)

    def _unmapped(self, field: Field) -> bool:
        return field.optional and not self._schema.is_mapped(field.name)

    def _folded(self, node: Expression) -> bool:
        return isinstance(node, Field) and self._schema.folded(node.name)

    def _reference(self, name: str) -> FieldRef:
        return FieldRef(self._schema.path(name), self._schema.kind(name))

    def _clause(self, node: Expression) -> str:
        return self._text[node.span.start : node.span.end] if node.span.start >= 0 else ""


def _all(terms: list[Predicate | None]) -> Predicate | None:
    """``and``: a no decides, then a null."""
    if FALSE in terms:
        return FALSE
    found = [term for term in terms if term is not None]
    return conjunction(found) if len(found) == len(terms) else None


def _any(terms: list[Predicate | None]) -> Predicate | None:
    """``or``: nulls count only where nothing else is left."""
    found = disjunction([term for term in terms if term is not None])
    return None if found == FALSE and None in terms else found


def _is_null(node: Expression) -> bool:
    return isinstance(node, Literal) and node.value is None


def _asks_null(node: Comparison) -> bool:
    """Whether a comparison asks if something is missing, once constants are folded."""
    return node.operator in ("==", "!=") and (_is_null(node.left) or _is_null(node.right))
