"""What an event must satisfy to matter to a pipeline: a predicate that never asks for too much.

The table of a pipeline holds only the events that satisfy it; `where` then decides exactly. Taken
are the conditions of all `where` commands before the first step that looks at several rows. A
condition is turned into what must hold for it to be true (or, below `not`, false): cells of several
values are null in ES|QL, while here any value may satisfy a leaf, so that this asks for less.
A computed column stands for what it was computed from. What cannot be told of source fields asks
for nothing, save that whatever makes the condition null must be there.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from tocsin.languages.esql.metadata import METADATA
from tocsin.languages.esql.typed import (
    Aggregate,
    Apply,
    Column,
    Constant,
    Expand,
    Extend,
    Extract,
    Filter,
    Pipeline,
    Source,
    Take,
    Typed,
    question,
)
from tocsin.languages.esql.types import Type
from tocsin.plan.esql_defined import Defined
from tocsin.plan.esql_leaves import compared, dissected, known_text, matched, tested, weak
from tocsin.plan.passes import FALSE, TRUE, conjunction, disjunction, negation
from tocsin.plan.predicate import Exists, FieldRef, Flag, Predicate
from tocsin.schema.fields import Schema
from tocsin.schema.kinds import Kind

Needed: TypeAlias = Predicate | None
"""What must hold; None: nothing that could be told of source fields."""

_KINDS = {
    Type.KEYWORD: Kind.KEYWORD,
    Type.LONG: Kind.LONG,
    Type.UNSIGNED: Kind.UNSIGNED_LONG,
    Type.DOUBLE: Kind.DOUBLE,
    Type.BOOLEAN: Kind.BOOLEAN,
    Type.DATE: Kind.DATE,
    Type.IP: Kind.IP,
}
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
_PATTERNS = frozenset({"like", "rlike", "cidr_match", "starts_with", "ends_with", "contains"})
"""Tests that are null for null."""
_SEARCHES = frozenset({"match", "match_phrase"})
NULL_OF_NULL = frozenset(
    {
        *("to_lower", "to_upper", "to_string", "to_integer", "to_long", "to_double", "to_ip"),
        *("to_boolean", "to_datetime", "to_unsigned_long", "to_version", "to_base64"),
        *("concat", "replace", "trim", "ltrim", "rtrim", "length", "byte_length", "split"),
        *("substring", "left", "right", "reverse", "locate", "repeat", "space", "from_base64"),
        *("url_decode", "url_encode", "md5", "sha1", "sha256", "json_extract"),
        *("mv_first", "mv_last", "mv_concat", "mv_min", "mv_max", "mv_dedupe", "mv_sort"),
        *("mv_count", "mv_sum", "mv_avg", "mv_slice", "mv_append", "mv_intersection"),
        *("mv_median", "mv_median_absolute_deviation", "mv_percentile", "mv_pseries_weighted_sum"),
        *("abs", "ceil", "floor", "round", "sqrt", "pow", "signum", "exp", "log10"),
        *(
            "log",
            "copy_sign",
            "scalb",
            "cbrt",
            "hypot",
            "sin",
            "cos",
            "tan",
            "asin",
            "acos",
            "atan",
        ),
        *("atan2", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "to_degrees", "to_radians"),
        *("bit_length", "hash", "ip_prefix", "day_name", "month_name", "network_direction"),
        *("url_encode_component", "round_to", "clamp", "clamp_min", "clamp_max"),
        *("date_trunc", "date_extract", "date_diff", "year", "month", "day", "hour"),
        *("date_format", "date_parse"),
        *("+", "-", "*", "/", "%", "negative", *_MIRRORED),
    }
)
"""Functions and operators that are null wherever an argument is."""


def candidates(pipeline: Pipeline, schema: Schema, kql: Mapping[str, Predicate]) -> Predicate:
    """The events that a pipeline has to see.

    Parameters
    ----------
    kql
        The condition of each KQL or Lucene query in the pipeline, by `question`.
    """
    if not isinstance(pipeline.source, Source):
        return TRUE
    weighing = _Weighing(pipeline.source, schema, kql)
    terms: list[Predicate] = []
    for step in pipeline.steps:
        match step:
            case Filter(condition):
                found = weighing.true(condition)
                if found is not None:
                    terms.append(found)
            case Extend(column, expression):
                weighing.defined[column.id] = expression
            case Extract(columns=columns):
                weighing.extracted.update(dict.fromkeys((each.id for each in columns), step))
            case Expand(column, into):
                weighing.expand(column, into)
            case Aggregate() | Take():
                break
            case _:
                continue
    return conjunction(terms)


class _Weighing(Defined):
    """Weighs conditions; ``defined`` and ``extracted`` say what columns were made of."""

    def __init__(self, source: Source, schema: Schema, kql: Mapping[str, Predicate]) -> None:
        self._kql = kql
        super().__init__()
        self.extracted: dict[int, Extract] = {}
        self._fields: dict[int, FieldRef] = {}
        self._expanded: set[int] = set()
        self._folded: set[int] = set()
        for column in source.columns:
            kind = _KINDS.get(column.type)
            if kind is not None and column.name not in METADATA:
                self._fields[column.id] = FieldRef(schema.path(column.name), kind)
            if schema.folded(column.name):
                self._folded.add(column.id)

    def expand(self, column: Column, into: Column) -> None:
        """A column of single values now stands for one of several."""
        if (field := self._fields.get(column.id)) is not None:
            self._fields[into.id] = field
            self._expanded.add(into.id)

    def true(self, node: Typed) -> Needed:  # noqa: C901 - a case for each
        """What must hold for a condition to be true."""
        match node:
            case Column():
                return self._column(node, wanted=True)
            case Constant(value):
                return TRUE if value is True else FALSE
            case Apply("and", arguments):
                return _all(map(self.true, arguments))
            case Apply("or", arguments):
                return _any(map(self.true, arguments))
            case Apply("not", (inner,)):
                return self.false(inner)
            case Apply("kql" | "qstr"):
                return self._kql.get(question(node))
            case Apply("is null", (operand,)):
                field = self._field(operand)
                whole = field is not None and operand.type is Type.KEYWORD
                return negation(Exists(field)) if whole and field is not None else None
            case Apply("in", (operand, *members)):
                return _any(self._compared("==", operand, each) for each in members)
            case Apply("case" | "coalesce"):
                return self._branches(node, self.true)
            case Apply(name) if name in _MIRRORED:
                return self._compared(name, *node.arguments)
            case Apply(name) if name in _PATTERNS or name in _SEARCHES:
                return self._tested(node)
            case _:
                return None

    def false(self, node: Typed) -> Needed:  # noqa: C901 - a case for each
        """What must hold for a condition to be false."""
        match node:
            case Column():
                return self._column(node, wanted=False)
            case Constant(value):
                return TRUE if value is False else FALSE
            case Apply("and", arguments):
                return _any(map(self.false, arguments))
            case Apply("or", arguments):
                return _all(map(self.false, arguments))
            case Apply("not", (inner,)):
                return self.true(inner)
            case Apply("kql" | "qstr"):
                condition = self._kql.get(question(node))
                return None if condition is None else negation(condition)
            case Apply("is null", (operand,)):
                return self._present(operand)
            case Apply("case" | "coalesce"):
                return self._branches(node, self.false)
            case Apply(name) if name in _MIRRORED:
                return self._compared(_OPPOSITE[name], *node.arguments)
            case Apply(name, (operand, *_)) if name == "in" or name in _PATTERNS:
                return self._negated(node, operand)
            case _:
                return None

    def _negated(self, node: Typed, operand: Typed) -> Needed:
        """What must hold for a test of an operand not to hold, nor to be null."""
        field = self._field(_bare(self.resolved(operand)))
        if field is None:
            return self._present(operand)
        inside = self.true(node)
        if inside is None or weak(inside) or self._is_expanded(operand):
            return Exists(field)
        return conjunction([Exists(field), negation(inside)])

    def _present(self, node: Typed) -> Needed:
        """What must hold for an expression not to be null."""
        node = self.resolved(node)
        match node:
            case Constant(value):
                return FALSE if value is None else TRUE
            case Column():
                step = self.extracted.get(node.id)
                if step is not None:
                    return self._extracted(step)
                field = self._field(node)
                return None if field is None else Exists(field)
            case Apply("case" | "coalesce"):
                return self._branches(node, self._present)
            case Apply(name, arguments) if name in NULL_OF_NULL:
                return _all(map(self._present, arguments))
            case Apply(name, (operand, *_)) if name == "in" or name in _PATTERNS:
                return self._present(operand)
            case _:
                return None

    def _extracted(self, step: Extract) -> Needed:
        """What must hold for a pattern to fit."""
        field, fold = self._operand(step.operand)
        if step.how == "dissect" and field is not None and field.kind is Kind.KEYWORD and not fold:
            return dissected(field, step)
        return self._present(step.operand)

    def _branches(self, node: Apply, ask: Callable[[Typed], Needed]) -> Needed:
        """What must hold for some branch to be taken whose value is as asked."""
        arguments = node.arguments
        pairs, rest = divmod(len(arguments), 2) if node.name == "case" else (0, 0)
        found: list[Needed] = []
        for pair in range(pairs):
            asked = ask(arguments[2 * pair + 1])
            if asked != FALSE:
                found.append(_all([self.true(arguments[2 * pair]), asked]))
        found += map(ask, arguments[2 * pairs :] if rest or not pairs else ())
        return _any(each for each in found if each != FALSE) if found else FALSE

    def _column(self, node: Column, *, wanted: bool) -> Needed:
        """A column of booleans as a condition."""
        field = self._field(node)
        if field is not None:
            return Flag(field, wanted) if field.kind is Kind.BOOLEAN else None
        inner = self.defined.get(node.id)
        if inner is None:
            return None
        return self.true(inner) if wanted else self.false(inner)

    def _field(self, node: Typed) -> FieldRef | None:
        """The source field that an expression is, if it is one."""
        node = self.resolved(node)
        return self._fields.get(node.id) if isinstance(node, Column) else None

    def _is_expanded(self, node: Typed) -> bool:
        node = self.resolved(_bare(self.resolved(node)))
        return isinstance(node, Column) and node.id in self._expanded

    def _operand(self, node: Typed) -> tuple[FieldRef | None, str]:
        """The field that is compared, and the letter case that it is brought into, if it is."""
        node = self.resolved(node)
        fold = node.name[3:] if isinstance(node, Apply) and _bare(node) is not node else ""
        bare = self.resolved(_bare(node))
        if isinstance(bare, Column) and bare.id in self._folded:
            fold = fold or "lower"
        return self._field(bare), fold

    def _compared(self, sign: str, left: Typed, right: Typed) -> Needed:
        left, right = self.resolved(left), self.resolved(right)
        if isinstance(left, Constant):
            left, right, sign = right, left, _MIRRORED[sign]
        if isinstance(left, Constant):
            return TRUE if _may_hold(sign, left, right) else FALSE
        if isinstance(left, Apply) and left.name in ("case", "coalesce"):
            return self._branches(left, lambda value: self._compared(sign, value, right))
        if isinstance(right, Constant):
            return self._beside(sign, left, right)
        text = known_text(right)
        if text is not None:
            return self._beside(sign, left, Constant(text, Type.KEYWORD))
        return _all([self._present(left), self._present(right)])

    def _beside(self, sign: str, left: Typed, right: Constant) -> Needed:
        """An expression beside a constant."""
        value = right.value
        if value is None or isinstance(value, tuple):
            return FALSE if value is None else self._present(left)
        field, fold = self._operand(left)
        if field is None:
            if isinstance(value, bool) and sign in ("==", "!="):
                return self.true(left) if value == (sign == "==") else self.false(left)
            return self._located(sign, left, value) or self._present(left)
        if sign != "!=":
            return compared(field, fold, sign, left.type, value)
        equal = compared(field, fold, "==", left.type, value)
        if weak(equal) or self._is_expanded(left):
            return Exists(field)
        return conjunction([Exists(field), negation(equal)])

    def _located(self, sign: str, left: Typed, value: object) -> Needed:
        """A text that holds another one somewhere, as its place says."""
        if not isinstance(left, Apply) or left.name != "locate" or not isinstance(value, int):
            return None
        at_nought = {"==": value == 0, "!=": value != 0, "<": value > 0, "<=": value >= 0}
        if at_nought.get(sign, value < 0 if sign == ">" else value <= 0):
            return None
        field, fold = self._operand(left.arguments[0])
        part = known_text(left.arguments[1])
        if field is None or field.kind is not Kind.KEYWORD or not part:
            return None
        return tested(field, fold, "contains", (part,))

    def _tested(self, node: Apply) -> Needed:
        """Patterns, blocks and other tests of one field."""
        operand = self.resolved(node.arguments[0])
        rest = node.arguments[1:]
        match operand:
            case Constant(value):
                return FALSE if value is None else TRUE
            case Apply("case" | "coalesce"):
                # what `case` gives is searched by its words, whatever it was
                return self._branches(
                    operand,
                    lambda value: self.true(
                        dataclasses.replace(node, arguments=(_searched(value), *rest))
                    ),
                )
            case _:
                field, fold = self._operand(operand)
        if node.name in _SEARCHES:
            whole = isinstance(node.arguments[0], Column) and node.arguments[0].whole
            return None if field is None else matched(field, node, whole=whole)
        texts = [text for each in rest if (text := known_text(self.resolved(each))) is not None]
        if field is None or len(texts) != len(rest):
            return _all(map(self._present, (operand, *(rest if len(rest) == 1 else ()))))
        return tested(field, fold, node.name, texts)


def _may_hold(sign: str, left: Constant, right: Typed) -> bool:
    """Whether a comparison of constants may be true; what is no constant may be anything."""
    if left.value is None:
        return False
    if not isinstance(right, Constant):
        return True
    one, other = left.value, right.value
    if other is None:
        return False
    if isinstance(one, tuple) or isinstance(other, tuple) or sign not in ("==", "!="):
        return True
    return (one == other) == (sign == "==")


def _searched(node: Typed) -> Typed:
    return dataclasses.replace(node, whole=False) if isinstance(node, Column) else node


def _bare(node: Typed) -> Typed:
    if isinstance(node, Apply) and node.name in ("to_lower", "to_upper") and node.arguments:
        return node.arguments[0]
    return node


def _all(found: Iterable[Needed]) -> Needed:
    known = [each for each in found if each is not None]
    return conjunction(known) if known else None


def _any(found: Iterable[Needed]) -> Needed:
    told = list(found)
    known = [each for each in told if each is not None]
    return disjunction(known) if len(known) == len(told) else None
