"""Give each expression of a query its type, and say where types do not go together."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import assert_never

from tocsin.diagnostics import Severity, Span
from tocsin.diagnostics.near import did_you_mean, near
from tocsin.languages.esql import nodes
from tocsin.languages.esql.calls import Calls
from tocsin.languages.esql.constants import constant, scalar
from tocsin.languages.esql.slips import slips_in
from tocsin.languages.esql.spans import MILLISECONDS, MONTHS
from tocsin.languages.esql.typed import Apply, Column, Constant, Duration, Typed
from tocsin.languages.esql.types import CASTS, NUMBERS, OPEN, Type, common
from tocsin.languages.esql.wanting import as_span
from tocsin.languages.node import Literal

_INCOMPARABLE = frozenset({Type.SPAN, Type.OPTIONS, Type.SOURCE})
_UNORDERED = frozenset({Type.BOOLEAN, Type.GEO_POINT})
_ESCAPED = re.compile(r"(?:[^\\]|\\[*?\\])*")
"""A pattern of `like`."""


class Typing(Calls):
    """Types expressions over the columns that ``look_up`` finds by name.

    ``guesses`` collects what was asked of fields of unknown type; ``origins`` says which columns
    come from which such field, ``fields`` which are fields of the events.
    """

    def aggregate(self, node: nodes.Expression) -> Typed:
        """The typed form of an expression of ``stats``, in which aggregates may stand."""
        self._grouping = True
        try:
            return self.typed(node)
        finally:
            self._grouping = False

    def condition(self, node: nodes.Expression) -> Typed:
        """The typed form of a condition."""
        return self.wanted(self.typed(node), frozenset({Type.BOOLEAN}), node.span, "a condition")

    def typed(self, node: nodes.Expression) -> Typed:  # noqa: C901, PLR0912 - a case for each
        """The typed form of an expression."""
        match node:
            case Literal(value):
                return constant(value)
            case nodes.TimeSpan(amount, unit):
                if unit in MONTHS:
                    return Duration(0, amount * MONTHS[unit])
                return Duration(amount * MILLISECONDS[unit])
            case nodes.ListLiteral(values):
                return self._list(values, node.span)
            case nodes.MapLiteral(entries):
                options = {
                    key: [each.value for each in value.values]
                    if isinstance(value, nodes.ListLiteral)
                    else value.value
                    for key, value in entries
                }
                return Constant(json.dumps(options), Type.OPTIONS)
            case nodes.Field():
                return self._look_up(node)
            case nodes.Star():
                self.report("ESQ103", "`*` stands only in `count(*)`", node.span)
                return Constant(None, Type.NULL)
            case nodes.Call():
                return self._call(node)
            case nodes.Cast(operand, kind):
                return self._cast(node, operand, kind)
            case nodes.Negate(operand):
                return self._negated(self.typed(operand), node.span)
            case nodes.Arithmetic(operator, left, right):
                return self._arithmetic(operator, self.typed(left), self.typed(right), node.span)
            case nodes.Comparison(operator, left, right):
                self._slips(node)
                given = [self.typed(left), self.typed(right)]
                self._unsigned(given, node.span)
                one, other = self.together(given, node.span)
                strange = {one.type, other.type} & _INCOMPARABLE
                if operator not in ("==", "!="):
                    strange |= {one.type, other.type} & _UNORDERED
                for kind in sorted(strange):
                    message = f"`{operator}` is not about what is {kind}"
                    self.report("ESQ102", message, node.span)
                return Apply(operator, (one, other), Type.BOOLEAN)
            case nodes.Membership(operand, members, negated):
                self._slips(node)
                all_of = [self.typed(each) for each in (operand, *members)]
                self._unsigned(all_of, node.span)
                found = Apply("in", tuple(self.together(all_of, node.span)), Type.BOOLEAN)
                return _not(found) if negated else found
            case nodes.Pattern(operator, operand, patterns, negated):
                self._slips(node)
                tested = self._text_of(self.typed(operand), operand.span)
                told = tuple(self._pattern(operator, pattern) for pattern in patterns)
                found = Apply(operator, (tested, *told), Type.BOOLEAN)
                if any(_fits_all(operator, str(pattern.value)) for pattern in told):
                    found = _not(Apply("is null", (tested,), Type.BOOLEAN))
                return _not(found) if negated else found
            case nodes.IsNull(operand, negated):
                found = Apply("is null", (self.typed(operand),), Type.BOOLEAN)
                return _not(found) if negated else found
            case nodes.Match(field, value):
                return self._match("match", (self.typed(field), constant(value.value)), node.span)
            case nodes.Not(term):
                return _not(self.condition(term))
            case nodes.And(terms) | nodes.Or(terms):
                name = "and" if isinstance(node, nodes.And) else "or"
                return Apply(name, tuple(map(self.condition, terms)), Type.BOOLEAN)
            case _:
                assert_never(node)

    def _slips(self, node: nodes.Comparison | nodes.Membership | nodes.Pattern) -> None:
        for slip in slips_in(node):
            self.report("ESQ152", *slip, severity=Severity.WARNING)

    def _pattern(self, operator: str, node: nodes.Expression) -> Constant:
        """A pattern of `like` or `rlike`, which is a text."""
        pattern = self.folded(self.typed(node))
        if not isinstance(pattern, Constant) or not isinstance(pattern.value, str):
            self.report("ESQ107", f"a pattern of `{operator}` is a constant text", node.span)
            return Constant("", Type.KEYWORD)
        if operator == "like" and not _ESCAPED.fullmatch(pattern.value):
            hint = r"`\` in `like` stands before `*`, `?` or `\`"
            self.report("ESQ112", "`\\` escapes nothing here", node.span, hint)
        return pattern

    def _list(self, values: Sequence[Literal], span: Span) -> Constant:
        plain = [constant(value.value) for value in values]
        kind = plain[0].type
        for each in plain:
            both = None if each.type is Type.NULL else common(kind, each.type)
            if both is None:
                message = f"a list holds values of one type, not {kind} and {each.type}"
                self.report("ESQ102", message, span)
                return Constant(None, Type.NULL)
            kind = both
        return Constant(tuple(scalar(each.value) for each in plain), kind)

    def _cast(self, node: nodes.Cast, operand: nodes.Expression, kind: str) -> Typed:
        name = CASTS.get(kind)
        if name is None:
            hint = did_you_mean(near(kind, CASTS))
            self.report("ESQ108", f"no type is called `{kind}`", node.span, hint)
            return self.typed(operand)
        return self.typed(nodes.Call(name, (operand,), span=node.span))

    def _negated(self, operand: Typed, span: Span) -> Typed:
        if isinstance(operand, Duration):
            return Duration(-operand.milliseconds, -operand.months)
        signed = frozenset(NUMBERS - {Type.UNSIGNED})
        number = self.wanted(operand, signed, span, "a number behind `-`")
        return self._bounded(Apply("negative", (number,), number.type), span)

    def _arithmetic(self, operator: str, left: Typed, right: Typed, span: Span) -> Typed:
        if left.type is Type.DATE:
            right = as_span(right) or right
        if right.type is Type.DATE:
            left = as_span(left) or left
        if left.type is right.type is Type.DATE:
            hint = 'write `date_diff("seconds", …, …)`'
            self.report("ESQ102", f"dates have no `{operator}` between them", span, hint)
            return Constant(None, Type.NULL)
        both = {left.type, right.type}
        if operator in ("+", "-") and Type.NULL in both and both & {Type.DATE, Type.SPAN}:
            return Constant(None, Type.DATE if Type.DATE in both else Type.NULL)
        if Type.SPAN in both:
            return self._moved(operator, left, right, span)
        self._unsigned((left, right), span)
        what = f"a number at `{operator}`"
        numbers = frozenset(NUMBERS)
        one = self.wanted(left, numbers, span, what)
        other = self.wanted(right, numbers, span, what)
        kind = common(one.type, other.type) or Type.DOUBLE
        kind = Type.DOUBLE if kind in OPEN else kind
        return self._bounded(Apply(operator, (one, other), kind), span)

    def _bounded(self, node: Apply, span: Span) -> Typed:
        """What is computed of constants of 32 bits, which has as many: beyond them it is null."""
        if not all(map(self._is_short, node.arguments)):
            return node
        found = self.folded(node)
        if not isinstance(found, Constant) or self._is_short(found):
            return found
        self.report(
            "ESQ153",
            f"`{found.value}` is beyond 32 bits, which whole constants have, and null",
            span,
            "begin with a longer one: `1::long * …`",
            Severity.WARNING,
        )
        return Constant(None, Type.LONG)

    def _is_short(self, node: Typed) -> bool:
        known = self.constants.get(node.id) if isinstance(node, Column) else node
        value = known.value if isinstance(known, Constant) else None
        return type(value) is int and -(2**31) <= value < 2**31

    def _unsigned(self, given: Sequence[Typed], span: Span) -> None:
        """Tell of unsigned numbers beside others, which Elasticsearch has nothing in common for."""
        kinds = {each.type for each in given}
        if Type.UNSIGNED in kinds and kinds & (NUMBERS - {Type.UNSIGNED}):
            self.report(
                "ESQ150",
                "unsigned_long is a number as others here; Elasticsearch would refuse the query",
                span,
                "convert one: `to_unsigned_long(…)`, `to_long(…)`",
                Severity.WARNING,
            )

    def _moved(self, operator: str, left: Typed, right: Typed, span: Span) -> Typed:
        """A date earlier or later by a length of time."""
        if operator == "+" and isinstance(left, Duration):
            left, right = right, left
        if operator not in ("+", "-") or not isinstance(right, Duration):
            self.report("ESQ102", "a length of time is added to or taken from a date", span)
            return Constant(None, Type.DATE)
        if isinstance(left, Duration):
            sign = 1 if operator == "+" else -1
            return Duration(
                left.milliseconds + sign * right.milliseconds, left.months + sign * right.months
            )
        date = self.wanted(left, frozenset({Type.DATE}), span, f"a date at `{operator}`")
        return Apply(operator, (date, right), Type.DATE)

    def _text_of(self, operand: Typed, span: Span) -> Typed:
        """What `like` and `rlike` test."""
        if operand.type in (Type.IP, Type.VERSION, *NUMBERS):
            self._converted(operand, Type.KEYWORD, span)
            return Apply("to_string", (operand,), Type.KEYWORD, operand.multi)
        return self.wanted(
            operand, frozenset({Type.KEYWORD}), span, "what is compared to a pattern"
        )


def _fits_all(operator: str, pattern: str) -> bool:
    """Whether every value meets a pattern: then, as in Elasticsearch, several together do, too."""
    return bool(re.fullmatch(r"\*+" if operator == "like" else r"(?:\.\*)+|@", pattern))


def _not(node: Typed) -> Apply:
    return Apply("not", (node,), Type.BOOLEAN)
