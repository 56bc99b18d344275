"""What an event must satisfy to matter to a pipeline: a predicate that never asks for too much.

The table of a pipeline holds only the events that satisfy it; `where` then decides exactly. Taken
are the conditions of all `where` commands before the first step that looks at several rows. A
condition is turned into what must hold for it to be true (or, below `not`, false): cells of several
values are null in ES|QL, while here any value may satisfy a leaf, so that this asks for less.
What cannot be told of a source field by itself asks for nothing.
"""

from __future__ import annotations

import itertools
import json
import re
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
from tocsin.plan.passes import FALSE, TRUE, conjunction, disjunction, negation
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
from tocsin.plan.regex import needed_texts, regex_error
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
_WORD = re.compile(r"\w+(?:[.']\w+)*", re.ASCII)
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
                return self._present(operand)
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

    def _present(self, node: Typed) -> Predicate | None:
        """What must hold for an expression not to be null."""
        node = self._resolved(node)
        match node:
            case Column():
                field = self._field(node)
                return None if field is None else Exists(field)
            case Apply("coalesce", arguments):
                return _any([self._present(each) for each in arguments])
            case Apply("case", arguments):
                pairs, rest = divmod(len(arguments), 2)
                told = [
                    self._chosen(arguments[2 * pair], arguments[2 * pair + 1])
                    for pair in range(pairs)
                ]
                if rest:
                    told.append(self._chosen(Constant(True, Type.BOOLEAN), arguments[-1]))
                return _any([each for each in told if each != FALSE])
            case Apply(name, arguments) if name in _NULL_OF_NULL:
                return _all([self._present(each) for each in arguments])
            case _:
                return None

    def _chosen(self, condition: Typed, value: Typed) -> Predicate | None:
        """What must hold for a branch of `case` to be taken and not to be null."""
        if isinstance(value, Constant):
            return FALSE if value.value is None else self.true(condition)
        return _all([self.true(condition), self._present(value)])

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
        node = self._resolved(node)
        return self._fields.get(node.id) if isinstance(node, Column) else None

    def _is_expanded(self, node: Typed) -> bool:
        node = self._resolved(node)
        return isinstance(node, Column) and node.id in self._expanded

    def _operand(self, node: Typed) -> tuple[FieldRef | None, str]:
        """The field that is compared, and the letter case that it is brought into, if it is."""
        node = self._resolved(node)
        fold = node.name[3:] if isinstance(node, Apply) and _bare(node) is not node else ""
        bare = self._resolved(_bare(node))
        if isinstance(bare, Column) and bare.id in self._folded:
            fold = fold or "lower"
        return self._field(bare), fold

    def _compared(  # noqa: C901 - a case for each kind
        self, sign: str, left: Typed, right: Typed
    ) -> Predicate | None:
        if isinstance(left, Constant):
            left, right, sign = right, left, _MIRRORED[sign]
        branches = self._resolved(left)
        if isinstance(branches, Apply) and branches.name == "case":
            return self._branched(sign, branches, right)
        field, fold = self._operand(left)
        if field is None:
            return None
        if not isinstance(right, Constant) or isinstance(right.value, tuple):
            return Exists(field)
        value = right.value
        if value is None:
            return None
        if sign == "!=":  # not a `case`, of which no field is known
            equal = self._compared("==", left, right)
            if equal is None or _weak(equal) or self._is_expanded(_bare(left)):
                return Exists(field)
            return conjunction([Exists(field), negation(equal)])
        if field.kind is Kind.KEYWORD:
            if sign != "==" or not isinstance(value, str) or not _is_in(fold, value):
                return Exists(field)
            return Text(field, (escaped(value),), bool(fold))
        if field.kind is Kind.BOOLEAN:
            return Flag(field, value) if isinstance(value, bool) and sign == "==" else Exists(field)
        if field.kind is Kind.IP:
            return Within(field, (str(value),)) if sign == "==" else Exists(field)
        ordered = left.type in NUMBERS or left.type is Type.DATE
        if ordered and isinstance(value, int | float) and not isinstance(value, bool):
            return Compare(field, sign, value)
        return Exists(field)

    def _resolved(self, node: Typed) -> Typed:
        """What a column was defined as."""
        while isinstance(node, Column) and node.id in self.defined:
            node = self.defined[node.id]
        return node

    def _branched(self, sign: str, node: Apply, right: Typed) -> Predicate | None:
        """What must hold for some branch of `case` to compare so."""
        pairs, rest = divmod(len(node.arguments), 2)
        found: list[Predicate | None] = []
        for pair in range(pairs + rest):
            last = pair == pairs
            value = node.arguments[-1] if last else node.arguments[2 * pair + 1]
            if not _may_hold(sign, value, right):
                continue
            if last:
                return None
            found.append(self.true(node.arguments[2 * pair]))
        return _any(found) if found else FALSE

    def _tested(self, node: Apply) -> Predicate | None:  # noqa: C901 - a case for each
        """Patterns, blocks and other tests of one field."""
        if not node.arguments:
            return None
        field, fold = self._operand(node.arguments[0])
        if field is None:
            return None
        if node.name == "match":
            return _matched(field, node)
        told = [each.value for each in node.arguments[1:] if isinstance(each, Constant)]
        texts = [value for value in told if isinstance(value, str)]
        if len(texts) != len(node.arguments) - 1 or field.kind not in (Kind.KEYWORD, Kind.IP):
            return Exists(field) if node.name in _STRICT else None
        match node.name:
            case "cidr_match" if field.kind is Kind.IP:
                blocks = tuple(text for text in texts if parse_block(text) is not None)
                return Within(field, blocks) if len(blocks) == len(texts) else Exists(field)
            case "like" if all(_is_in(fold, text) for text in texts):
                return Text(field, tuple(map(_glob, texts)), bool(fold))
            case "rlike":
                return _regex(field, texts, fold=fold)
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


_NULL_OF_NULL = frozenset(
    {
        *("to_lower", "to_upper", "to_string", "to_integer", "to_long", "to_double", "to_ip"),
        *("concat", "replace", "trim", "length", "split", "mv_first", "mv_last", "mv_concat"),
        *("url_decode", "from_base64", "substring", "date_trunc", "mv_min", "mv_max", "mv_dedupe"),
    }
)
"""Functions that are null wherever an argument is."""

_STRICT = frozenset(
    {"like", "rlike", "cidr_match", "starts_with", "ends_with", "contains", "match"}
)
"""Tests that are true only of fields that have a value."""


def _is_in(case: str, text: str) -> bool:
    """Whether a text may be one in a letter case (``lower``, ``upper``, empty: as it stands).

    Then comparing without regard to case says the same.
    """
    if not case:
        return True
    return text.isascii() and text == (text.lower() if case == "lower" else text.upper())


def _regex(field: FieldRef, patterns: list[str], *, fold: str) -> Predicate:
    """A field that matches one of Lucene's expressions; of those too large, what matches hold."""
    if not fold and all(regex_error(pattern) is None for pattern in patterns):
        return Regex(field, tuple(patterns))
    found: list[str] = []
    for pattern in patterns:
        needed = needed_texts(pattern)
        if needed is None or not all(_is_in(fold, text) for text in needed):
            return Exists(field)
        found += needed
    # an approximation must never be negated: an existing field beside it marks it as one
    return conjunction(
        [Exists(field), Text(field, tuple(f"*{escaped(one)}*" for one in found), bool(fold))]
    )


def _may_hold(sign: str, left: Typed, right: Typed) -> bool:
    """Whether a comparison may be true; what are no constants may be anything."""
    if not isinstance(left, Constant) or not isinstance(right, Constant):
        return True
    one, other = left.value, right.value
    if one is None or other is None:
        return False
    if isinstance(one, tuple) or isinstance(other, tuple) or sign not in ("==", "!="):
        return True
    return (one == other) == (sign == "==")


def _matched(field: FieldRef, node: Apply) -> Predicate:
    """A field that holds a word, or with so many slips some part of it."""
    query = node.arguments[1]
    value = query.value if isinstance(query, Constant) else None
    if field.kind is not Kind.KEYWORD or not isinstance(value, str) or not value.isascii():
        return Exists(field)
    given = node.arguments[2] if len(node.arguments) > 2 else None
    options = json.loads(str(given.value)) if isinstance(given, Constant) else {}
    fuzziness = str(options.get("fuzziness", 0))
    slips = int(fuzziness) if fuzziness in ("0", "1", "2") else 2
    parts: list[str] = []
    for word in _WORD.findall(value.lower()):
        # a slip spoils one part, or, where two letters are swapped, two
        count = 2 * slips + 1
        if slips and len(word) < count:
            return Exists(field)
        cuts = [len(word) * cut // count for cut in range(count + 1)]
        parts += [word[low:high] for low, high in itertools.pairwise(cuts)]
    if not parts:
        return Exists(field)
    return Text(field, tuple(f"*{escaped(part)}*" for part in dict.fromkeys(parts)), fold=True)


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
