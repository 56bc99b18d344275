"""What an event must satisfy to matter to a pipeline: a predicate that never asks for too much.

The table of a pipeline holds only the events that satisfy it; `where` then decides exactly. Taken
are the conditions of all `where` commands before the first step that looks at several rows. A
condition is turned into what must hold for it to be true (or, below `not`, false): cells of several
values are null in ES|QL, while here any value may satisfy a leaf, so that this asks for less.
What cannot be told of a source field by itself asks for nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from tocsin.languages.esql.check import METADATA
from tocsin.languages.esql.typed import (
    Aggregate,
    Apply,
    Column,
    Constant,
    Expand,
    Extend,
    Filter,
    Pipeline,
    Source,
    Take,
    Typed,
)
from tocsin.languages.esql.types import NUMBERS, Type
from tocsin.plan.passes import TRUE, conjunction, disjunction, negation
from tocsin.plan.predicate import (
    And,
    Compare,
    Exists,
    FieldRef,
    Flag,
    Or,
    Predicate,
    Regex,
    Text,
    Within,
)
from tocsin.plan.regex import regex_error
from tocsin.plan.wildcard import escaped
from tocsin.schema.fields import Schema
from tocsin.schema.kinds import Kind
from tocsin.schema.values import parse_block

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


def candidates(pipeline: Pipeline, schema: Schema, kql: Mapping[str, Predicate]) -> Predicate:
    """The events that a pipeline has to see.

    Parameters
    ----------
    kql
        The condition of each KQL query in the pipeline, by its text.
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
            case Expand(column, into):
                weighing.expand(column, into)
            case Aggregate() | Take():
                break
            case _:
                continue
    return conjunction(terms)


class _Weighing:
    def __init__(self, source: Source, schema: Schema, kql: Mapping[str, Predicate]) -> None:
        self._kql = kql
        self.defined: dict[int, Typed] = {}
        self._fields: dict[int, FieldRef] = {}
        self._expanded: set[int] = set()
        for column in source.columns:
            kind = _KINDS.get(column.type)
            if kind is not None and column.name not in METADATA and not schema.folded(column.name):
                self._fields[column.id] = FieldRef(schema.path(column.name), kind)

    def expand(self, column: Column, into: Column) -> None:
        """A column of single values now stands for one of several."""
        if (field := self._fields.get(column.id)) is not None:
            self._fields[into.id] = field
            self._expanded.add(into.id)

    def true(self, node: Typed) -> Predicate | None:  # noqa: C901 - a case for each
        """What must hold for a condition to be true; None if that may be anything."""
        match node:
            case Column():
                return self._column(node, wanted=True)
            case Constant(value):
                return TRUE if value is True else None
            case Apply("and", arguments):
                found = [self.true(each) for each in arguments]
                return _all(found)
            case Apply("or", arguments):
                return _any([self.true(each) for each in arguments])
            case Apply("not", (inner,)):
                return self.false(inner)
            case Apply("kql", (Constant(text),)):
                return self._kql.get(str(text))
            case Apply("is null", (operand,)):
                field = self._field(operand)
                whole = field is not None and operand.type is Type.KEYWORD
                return negation(Exists(field)) if whole and field is not None else None
            case Apply("in", (operand, *members)):
                return _any([self._compared("==", operand, each) for each in members])
            case Apply(name) if name in _MIRRORED:
                return self._compared(name, *node.arguments)
            case Apply():
                return self._tested(node)
            case _:
                return None

    def false(self, node: Typed) -> Predicate | None:  # noqa: C901 - a case for each
        """What must hold for a condition to be false."""
        match node:
            case Column():
                return self._column(node, wanted=False)
            case Apply("and", arguments):
                return _any([self.false(each) for each in arguments])
            case Apply("or", arguments):
                return _all([self.false(each) for each in arguments])
            case Apply("not", (inner,)):
                return self.true(inner)
            case Apply("kql", (Constant(text),)):
                condition = self._kql.get(str(text))
                return None if condition is None else negation(condition)
            case Apply("is null", (operand,)):
                field = self._field(operand)
                return None if field is None else Exists(field)
            case Apply("!=", (left, right)):
                return self._compared("==", left, right)
            case Apply("==" | "in" | "like" | "rlike" | "cidr_match", (operand, *_)):
                field = self._field(_bare(operand))
                inside = self.true(node)
                if field is None:
                    return None
                if inside is None or _weak(inside) or self._is_expanded(_bare(operand)):
                    return Exists(field)
                return conjunction([Exists(field), negation(inside)])
            case _:
                return None

    def _column(self, node: Column, *, wanted: bool) -> Predicate | None:
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
        while isinstance(node, Column) and node.id in self.defined:
            node = self.defined[node.id]
        return self._fields.get(node.id) if isinstance(node, Column) else None

    def _is_expanded(self, node: Typed) -> bool:
        while isinstance(node, Column) and node.id in self.defined:
            node = self.defined[node.id]
        return isinstance(node, Column) and node.id in self._expanded

    def _operand(self, node: Typed) -> tuple[FieldRef | None, bool]:
        """The field that is compared, and whether its letter case does not count."""
        while isinstance(node, Column) and node.id in self.defined:
            node = self.defined[node.id]
        fold = isinstance(node, Apply) and node.name in ("to_lower", "to_upper")
        return self._field(_bare(node)), fold

    def _compared(  # noqa: C901 - a case for each kind
        self, sign: str, left: Typed, right: Typed
    ) -> Predicate | None:
        if isinstance(left, Constant):
            left, right, sign = right, left, _MIRRORED[sign]
        field, fold = self._operand(left)
        if field is None:
            return None
        if not isinstance(right, Constant) or isinstance(right.value, tuple):
            return Exists(field)
        value = right.value
        if value is None:
            return None
        if sign == "!=":
            equal = self._compared("==", left, right)
            if equal is None or _weak(equal) or self._is_expanded(_bare(left)):
                return Exists(field)
            return conjunction([Exists(field), negation(equal)])
        if field.kind is Kind.KEYWORD:
            if sign != "==" or not isinstance(value, str) or (fold and not value.isascii()):
                return Exists(field)
            return Text(field, (escaped(value),), fold)
        if field.kind is Kind.BOOLEAN:
            return Flag(field, value) if isinstance(value, bool) and sign == "==" else Exists(field)
        if field.kind is Kind.IP:
            return Within(field, (str(value),)) if sign == "==" else Exists(field)
        ordered = left.type in NUMBERS or left.type is Type.DATE
        if ordered and isinstance(value, int | float) and not isinstance(value, bool):
            return Compare(field, sign, value)
        return Exists(field)

    def _tested(self, node: Apply) -> Predicate | None:  # noqa: C901 - a case for each
        """Patterns, blocks and other tests of one field."""
        if not node.arguments:
            return None
        field, fold = self._operand(node.arguments[0])
        if field is None:
            return None
        told = [each.value for each in node.arguments[1:] if isinstance(each, Constant)]
        texts = [value for value in told if isinstance(value, str)]
        if len(texts) != len(node.arguments) - 1 or field.kind not in (Kind.KEYWORD, Kind.IP):
            return Exists(field) if node.name in _STRICT else None
        match node.name:
            case "cidr_match" if field.kind is Kind.IP:
                blocks = tuple(text for text in texts if parse_block(text) is not None)
                return Within(field, blocks) if len(blocks) == len(texts) else Exists(field)
            case "like" if not fold or all(text.isascii() for text in texts):
                return Text(field, tuple(map(_glob, texts)), fold)
            case "rlike" if not fold and all(regex_error(text) is None for text in texts):
                return Regex(field, tuple(texts))
            case "starts_with":
                return Text(field, (f"{escaped(texts[0])}*",)) if not fold else Exists(field)
            case "ends_with":
                return Text(field, (f"*{escaped(texts[0])}",)) if not fold else Exists(field)
            case "contains":
                return Text(field, (f"*{escaped(texts[0])}*",)) if not fold else Exists(field)
            case name if name in _STRICT:
                return Exists(field)
            case _:
                return None


_STRICT = frozenset(
    {"like", "rlike", "cidr_match", "starts_with", "ends_with", "contains", "match"}
)
"""Tests that are true only of fields that have a value."""


def _weak(found: Predicate) -> bool:
    """Whether a predicate asks for less than the condition does: its negation would be too much."""
    match found:
        case Exists():
            return True
        case And(terms) | Or(terms):
            return any(map(_weak, terms))
        case _:
            return False


def _bare(node: Typed) -> Typed:
    if isinstance(node, Apply) and node.name in ("to_lower", "to_upper") and node.arguments:
        return node.arguments[0]
    return node


def _glob(pattern: str) -> str:
    r"""A pattern of `like` as a leaf has it, in which a lone backslash is not plain."""
    parts: list[str] = []
    at = 0
    while at < len(pattern):
        char = pattern[at]
        if char == "\\" and pattern[at + 1 : at + 2] in ("*", "?", "\\"):
            at += 1
            parts.append("\\" + pattern[at])
        else:
            parts.append("\\\\" if char == "\\" else char)
        at += 1
    return "".join(parts)


def _all(found: list[Predicate | None]) -> Predicate | None:
    known = [each for each in found if each is not None]
    return conjunction(known) if known else None


def _any(found: list[Predicate | None]) -> Predicate | None:
    known = [each for each in found if each is not None]
    return disjunction(known) if len(known) == len(found) and known else None
